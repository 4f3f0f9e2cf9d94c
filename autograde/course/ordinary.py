"""What keeps a notebook of an ordinary nbgrader course from being graded here, told before anything is graded."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ..contract.names import escaped
from .apart import obstacle
from .notebook import Judging, Notebook, Role

__all__ = ["MAGIC", "imported", "language_of", "obstacles"]

MAGIC = re.compile(r"^\s*(%%?|!)\s*(\w*)", re.MULTILINE)

PYTHON = ("python", "ipython", "python3", "ipython3")
#: Kernels whose notebooks do not always say their language.
OTHERS = {
    "ir": "R", "bash": "Bash", "octave": "Octave", "matlab": "MATLAB", "scala": "Scala", "sos": "SoS", "java": "Java",
    "julia": "Julia", "xcpp": "C++", "javascript": "JavaScript", "sagemath": "SageMath", "stata": "Stata",
}  # fmt: skip
BEGIN, END = "BEGIN SOLUTION", "END SOLUTION"
#: nbgrader makes the tests of such a line when it generates an assignment: in the master there are none yet.
AUTOTEST = re.compile(r"^\s*#+\s*(?:HASHED )?AUTOTEST\b", re.MULTILINE)


def language_of(notebook: dict[str, Any]) -> str:
    """The language of a notebook as far as it says; of one that says nothing nbgrader's own, "Python"."""
    said = _table(notebook, "metadata")
    kernel, info = _table(said, "kernelspec"), _table(said, "language_info")
    for name in (kernel.get("language"), info.get("name")):
        if isinstance(name, str) and name:
            return "Python" if name.casefold() in PYTHON else name
    first = re.split(r"[-_.\d]", str(kernel.get("name", "")).casefold(), maxsplit=1)[0]
    return OTHERS.get(first, "Python")


def _table(above: dict[str, Any], name: str) -> dict[str, Any]:
    found = above.get(name)
    return found if isinstance(found, dict) else {}


def obstacles(path: Path, master: Notebook, exercises: Collection[str] = ()) -> Iterator[str]:
    """Say why a master cannot be graded together, or together and apart, a sentence each.

    Args:
        path: of the master.
        master: the same, read.
        exercises: the names of those that the course has for the assignment.
    """
    where = f"source/{master.assignment}/{master.name}.ipynb"
    language = language_of(json.loads(path.read_text(encoding="utf-8")))
    if language != "Python":
        yield (
            f"{where} is written in {escaped(language, 40)}, and the sandbox runs Python alone. Grade this assignment "
            "with nbgrader, and read what it says of safety first."
        )
    if master.judging is Judging.BOTH:
        yield from (f"{where}: the cell {text}" for text in _in_doubt(master, exercises))
    for cell in master.cells:
        if _unclosed(cell.source):
            yield (
                f"{where}: the cell {escaped(cell.id, 60)} has a line {BEGIN} without its {END}. nbgrader could not "
                "tell the answer from the rest: add it."
            )
        if cell.role is Role.CHECK and AUTOTEST.search(cell.source):
            yield (
                f"{where}: the test {escaped(cell.id, 60)} has a line AUTOTEST, from which nbgrader makes tests that "
                "are not in the source: nothing would be tested. Write them out as assertions."
            )


def _unclosed(source: str) -> bool:
    """Whether nbgrader would find no end of an answer, or an answer inside of one."""
    inside = False
    for line in source.split("\n"):
        if BEGIN in line:
            if inside:
                return True
            inside = True
        elif END in line:
            inside = False
    return inside


def _in_doubt(master: Notebook, exercises: Collection[str]) -> Iterator[str]:
    """Which cells of a notebook with checks leave in doubt what is judged apart."""
    for cell in master.cells:
        is_test, name = cell.role is Role.CHECK, escaped(cell.id, 60)
        if cell.kind == "code" and (why := obstacle(cell.source, is_test=is_test)):
            yield f"{name} {why}."
        elif is_test and cell.exercise not in {None, *exercises}:
            yield (
                f"{name} checks {escaped(cell.exercise or '', 60)}, and there is no such exercise of "
                f"{master.assignment}. Those there: {', '.join(sorted(exercises)) or 'none'}. Declare it in a package "
                "that autograde.toml names, in the module of its exercises/ with the assignment's name."
            )


def imported(source: str) -> set[str]:
    """The top-level names that a text imports, also inside functions; magics are passed over."""
    plain = "\n".join("pass" if MAGIC.match(line) else line for line in source.split("\n"))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError):
        return set()
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    found |= {
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    return {name.partition(".")[0] for name in found}
