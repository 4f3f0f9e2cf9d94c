"""What of an ordinary nbgrader course would not work in the sandbox, said before anything is graded.

Sources are read and parsed, and nothing of them is run. What only running would show (a name that is computed, a file
of another program) is not found.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..contract.failures import CourseError
from ..course.beside import of_course
from ..course.folder import Course
from ..course.libraries import Library, import_names, providers
from ..course.notebook import Cell, Judging, Notebook, Role, read_master
from ..course.ordinary import MAGIC, imported, obstacles
from ..gradebook.conventions import Conventions, conventions_of

__all__ = ["Remark", "survey"]

#: Magics that need another program, which there is none of; all others are Python.
PROGRAMS = frozenset(
    (
        "bash",
        "sh",
        "script",
        "system",
        "sx",
        "perl",
        "ruby",
        "python2",
        "pypy",
        "pip",
        "conda",
        "cmd",
        "html",
        "R",
        "sql",
    )
)
SHELL = "!"
NETWORK = frozenset(("requests", "urllib3", "httpx", "aiohttp", "ftplib", "smtplib", "telnetlib", "socket"))
NETWORK_CALLS = re.compile(r"\burlopen\(|\burlretrieve\(|['\"](?:https?|ftp)://")
PROCESSES = frozenset(("subprocess", "multiprocessing", "pexpect"))
OUTSIDE = re.compile(
    r"""['"](/(?!tmp/|dev/null)[\w.-]+/[^'"\n]{0,80}|~/[^'"\n]{1,80}|\.\./[^'"\n]{1,80}|[A-Z]:\\\\[^'"\n]{1,80})['"]"""
)
ASKS = re.compile(r"(?<![\w.])input\(")


@dataclass(frozen=True)
class Remark:
    """One thing that a course's owner should know. `stops`: the assignment cannot be graded so."""

    assignment: str
    text: str
    stops: bool = False


def survey(course: Course) -> list[Remark]:
    """Look through the ordinary assignments of a course; of those that are judged apart nothing is said."""
    return [remark for assignment in course.assignments() for remark in _assignment(course, assignment)]


def _assignment(course: Course, assignment: str) -> Iterator[Remark]:
    try:
        masters = [(path, read_master(path)) for path in course.masters(assignment)]
    except CourseError as error:
        yield Remark(assignment, str(error), stops=True)
        return
    together = [(path, master) for path, master in masters if master.judging is Judging.TOGETHER]
    if not together:
        return
    yield Remark(
        assignment,
        f"the tests of {', '.join(master.name for _, master in together)} run beside the students' code, which can "
        "read them and change what they do. SECURITY.md says what that means.",
    )
    try:
        conventions = conventions_of(course.root, together[0][0])
        files = of_course(together[0][0].parent, conventions.ignored)
    except CourseError as error:
        yield Remark(assignment, str(error), stops=True)
        return
    allowed = course.settings().allowed()
    for problem in conventions.problems:
        yield Remark(assignment, problem, stops=True)
    yield from _time(assignment, conventions)
    for path, master in together:
        yield from (Remark(assignment, obstacle, stops=True) for obstacle in obstacles(path, master))
        yield from (Remark(assignment, text) for text in _of_notebook(master, files, allowed))
    yield from (Remark(assignment, text) for text in _of_modules(files, allowed))


def _time(assignment: str, conventions: Conventions) -> Iterator[Remark]:
    yield Remark(
        assignment,
        f"a cell may take {conventions.cell_seconds:g} seconds (nbgrader_config.py; [limits] in autograde.toml sets "
        "request_seconds otherwise)",
    )


def _of_notebook(master: Notebook, files: Iterable[str], allowed: Iterable[Library]) -> Iterator[str]:
    code = [cell for cell in master.cells if cell.kind == "code"]
    where = f"{master.name}.ipynb"
    yield from _imports({name for cell in code for name in imported(cell.source)}, files, allowed, where)
    for cell in code:
        yield from (f"{where}, cell {cell.id}: {text}" for text in _of_cell(cell))


def _of_modules(files: dict[str, bytes], allowed: Iterable[Library]) -> Iterator[str]:
    for name, content in files.items():
        if name.endswith(".py"):
            yield from _imports(imported(content.decode("utf-8", "replace")), files, allowed, name)


def _imports(names: set[str], files: Iterable[str], allowed: Iterable[Library], where: str) -> Iterator[str]:
    here = {Path(file).parts[0].removesuffix(".py") for file in files}
    known = {name for library in allowed for name in import_names(library)}
    missing = sorted(names - here - known - sys.stdlib_module_names)
    installed = providers(missing)
    for name in missing:
        if name in installed:
            yield (
                f"{where} imports {name}, which students' code does not get by itself. Write "
                f'libraries = ["{installed[name]}"] into autograde.toml.'
            )
        else:
            yield (
                f"{where} imports {name}, which is not installed here. Install it in this environment, and name it "
                "under libraries in autograde.toml."
            )
    for name in sorted(names & NETWORK):
        yield f"{where} imports {name}: there is no network in the sandbox. Put what it fetches beside the notebook."
    for name in sorted(names & PROCESSES):
        yield f"{where} imports {name}: there is one process in the sandbox, and no other can be started."


def _of_cell(cell: Cell) -> Iterator[str]:
    for mark, name in dict.fromkeys(MAGIC.findall(cell.source)):
        if mark == SHELL or name in PROGRAMS:
            yield f"{mark}{name} runs another program, and there is none in the sandbox: it prints a sentence instead."
    if NETWORK_CALLS.search(cell.source):
        yield "it names an address on the web: there is no network in the sandbox."
    for path in dict.fromkeys(OUTSIDE.findall(cell.source)):
        yield f"it names {path}, which is outside of the notebook's folder: nothing there is in the sandbox."
    if ASKS.search(cell.source):
        yield "it calls input(), and nobody is there to answer: that raises an error, as with nbgrader."
    if cell.role is Role.CHECK and not cell.source.strip():
        yield "a test without a line: everyone gets its points."
