"""A course that knows nothing of this project, with the traits of real nbgrader courses, laid out in a folder.

Masters have no cell ids and metadata of all three schemas; tests share one state with the student's code.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbgrader

JSON = dict[str, Any]
ASSIGNMENT, NOTEBOOK = "ps1", "problem1"
#: nbgrader's documentation course, as its wheel brings it.
DOCUMENTATION = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"


def code(source: str, **flags: Any) -> JSON:
    """A code cell; `flags` are nbgrader's, with `name` for its grade_id."""
    return {**_cell("code", source, flags), "execution_count": None, "outputs": []}


def text(source: str, **flags: Any) -> JSON:
    return _cell("markdown", source, flags)


def _cell(kind: str, source: str, flags: Mapping[str, Any]) -> JSON:
    metadata: JSON = {}
    if flags:
        plain = {"grade": False, "locked": False, "solution": False, "schema_version": 1, **flags}
        plain["grade_id"] = plain.pop("name")
        metadata["nbgrader"] = plain
    return {"cell_type": kind, "metadata": metadata, "source": source.splitlines(keepends=True)}


def graded(name: str, source: str, points: float = 1, **flags: Any) -> JSON:
    return code(source, **{"name": name, "grade": True, "locked": True, "points": points, **flags})


def solution(name: str, source: str) -> JSON:
    return code(source, name=name, solution=True)


def notebook(*cells: JSON, kernel: Mapping[str, str] | None = None) -> JSON:
    kernelspec = {"name": "pycharm-1234", "display_name": "rt", "language": "python"} if kernel is None else kernel
    return {"cells": list(cells), "metadata": {"kernelspec": dict(kernelspec)}, "nbformat": 4, "nbformat_minor": 2}


def write(path: Path, content: JSON) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


SQUARES = """def squares(n):
    ### BEGIN SOLUTION
    return [i ** 2 for i in range(1, n + 1)]
    ### END SOLUTION"""
#: A notebook with a trait in each cell.
EVERY_TRAIT = (
    text("# Problem set 1"),
    code("import os, helper\nimport numpy as np\nstate = []"),
    solution("squares", SQUARES),
    graded("visible", "assert squares(2) == [1, 4]\nstate.append('seen')", 1, schema_version=2),
    graded(
        "hidden",
        "assert squares(1) == [1]\n### BEGIN HIDDEN TESTS\nassert squares(11)[-1] == 121, 'hush-hush'\n"
        "### END HIDDEN TESTS",
        2.5,
    ),
    graded("partial", "0.25 if squares(3) else 0", 0.5, schema_version=3, task=False),
    graded("of numpy", "np.float64(0.75) * bool(squares(3))", 1),
    graded("state", "assert state == ['seen']\nassert 'squares' in In[2]", 1),
    graded(
        "without",
        "kept = squares\ndel squares\ntry:\n    squares(1)\nexcept NameError:\n    pass\nsquares = kept",
        1,
    ),
    graded("source", "import inspect\nassert 'range' in inspect.getsource(squares)", 1),
    graded("numpy", "np.testing.assert_allclose(squares(2), [1, 4])", 42.5),
    graded("mock", "from unittest import mock\nwith mock.patch('helper.answer', return_value=1):\n"
            "    assert helper.answer() == 1", 0.25),
    graded("unlocked", "assert helper.answer() == 42", 1, locked=False),
    graded("data", "assert open('data/numbers.csv').read() == '1,2\\n'\nassert os.getcwd().endswith('notebook')", 1),
    graded("nothing", "assert True", 0),
    code("# your plot\n### BEGIN SOLUTION\nprint('drawn')\n### END SOLUTION", name="plot", grade=True, solution=True,
         points=2),
    text("YOUR ANSWER HERE", name="why", grade=True, solution=True, points=3),
    text("Invent something.\n\n=== BEGIN MARK SCHEME ===\nTwo for the idea.\n=== END MARK SCHEME ===", name="task",
         task=True, locked=True, points=4, schema_version=3),
)  # fmt: skip


def lay_out(root: Path, *cells: JSON, files: Mapping[str, bytes] | None = None) -> Path:
    """Write source/ps1/problem1.ipynb of these cells, or of every trait, and the files beside it."""
    write(root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb", notebook(*(cells or EVERY_TRAIT)))
    beside = {"helper.py": b"def answer():\n    return 42\n", "data/numbers.csv": b"1,2\n"} if files is None else files
    for name, content in beside.items():
        path = root / "source" / ASSIGNMENT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def hand_in(root: Path, student: str, answers: Mapping[str, str] | None = None, *more: JSON) -> Path:
    """Hand in the notebook with these sources in place of the master's, by name, and cells of the student's own."""
    master = json.loads((root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    for cell in master["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if answers and name in answers:
            cell["source"] = answers[name]
    master["cells"] += more
    path = root / "submitted" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    write(path, master)
    return path


def documentation_course(root: Path) -> Path:
    """nbgrader's documentation course with its two hand-ins, laid out from the installed package."""
    shutil.copytree(DOCUMENTATION / "source" / ASSIGNMENT, root / "source" / ASSIGNMENT)
    shutil.copytree(DOCUMENTATION / "submitted", root / "submitted")
    return root
