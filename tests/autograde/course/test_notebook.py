"""Notebooks as data: what is written is read back, whatever a file says about itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.course.notebook import (
    Cell,
    Judging,
    Role,
    cell_json,
    id_of,
    notebook_json,
    read_master,
    role_of,
    solutions_of,
    source_of,
    to_text,
    without_hidden,
)

CELLS = (
    Cell("prose-1", Role.PROSE, "markdown", "# Title\n\ntext"),
    Cell("given-1", Role.GIVEN, "code", "import numpy as np"),
    Cell("explore-1", Role.EXPLORE, "code", "explore.it()"),
    Cell("swish", Role.SOLUTION, "code", "def swish(z):\n    return z", "swish"),
    Cell("swish-check", Role.CHECK, "code", "check(swish)", "swish", 2.5),
    Cell("written-1", Role.WRITTEN, "markdown", "YOUR ANSWER HERE", points=1.0),
)


def test_every_role_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "02-activations" / "activations.ipynb"
    path.parent.mkdir()
    path.write_text(to_text(notebook_json(cell_json(cell) for cell in CELLS)), encoding="utf-8")
    master = read_master(path)
    assert master.cells == CELLS
    assert (master.assignment, master.name) == ("02-activations", "activations")


def test_the_text_is_what_jupyter_writes() -> None:
    import nbformat

    text = to_text(notebook_json(cell_json(cell) for cell in CELLS))
    assert text == nbformat.writes(nbformat.reads(text, as_version=4)) + "\n"


@pytest.mark.parametrize(
    ("flags", "role"),
    [
        ({"grade": True, "solution": True}, Role.WRITTEN),
        ({"grade": True, "solution": False}, Role.CHECK),
        ({"solution": True}, Role.SOLUTION),
        ({"locked": True}, Role.GIVEN),
        ({}, Role.PROSE),
        (None, Role.PROSE),
    ],
)
def test_nbgraders_flags_make_a_role_where_the_build_noted_none(flags: Any, role: Role) -> None:
    assert role_of({"metadata": {"nbgrader": flags}}) is role


@pytest.mark.parametrize("cell", [{}, {"metadata": None}, {"metadata": {"nbgrader": []}}, {"id": 3, "source": 4}])
def test_nonsense_has_no_id_no_source_and_no_role(cell: dict[str, Any]) -> None:
    assert (id_of(cell), source_of(cell), role_of(cell)) == (None, "", Role.PROSE)


def test_solutions_are_found_by_exercise() -> None:
    notebook = notebook_json(cell_json(cell) for cell in CELLS)
    assert solutions_of(notebook) == {"swish": "def swish(z):\n    return z"}


def test_hidden_tests_are_cut_out() -> None:
    source = "check(f)\n### BEGIN HIDDEN TESTS\ncheck(f, hidden=True)\n### END HIDDEN TESTS\nlast"
    assert without_hidden(source) == "check(f)\nlast"


@pytest.mark.parametrize("content", ["", "[]", '{"cells": 3}', '{"cells": [{}]}', '{"cells": [{"id": "a"}]}'])
def test_a_master_that_is_no_notebook_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CourseError, match="is not a notebook that `autograde build` made"):
        read_master(path)


def test_a_master_with_an_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook_json([cell_json(CELLS[1])] * 2)), encoding="utf-8")
    with pytest.raises(CourseError, match="more than one cell with the id given-1"):
        read_master(path)


# --- how a master is judged


def plain(cell: Cell) -> dict[str, Any]:
    """The cell as nbgrader alone would have written it."""
    made = cell_json(cell)
    made["metadata"].pop("machine_room", None)
    return made


def without_id(cell: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if name != "id"}


#: The library's name stands in no source.
ORDINARY = (CELLS[0], CELLS[1], *CELLS[3:])

TRACES: dict[str, Any] = {
    "a role on one cell": [plain(CELLS[0]), cell_json(CELLS[4])],
    "an edition": notebook_json([plain(CELLS[0])], noted={"edition": 2}),
    "an import": [plain(replace(CELLS[1], source="from machine_room import check"))],
    "a name in a test": [plain(replace(CELLS[4], source="import machine_room.checks as c; c.check(swish)"))],
}


@pytest.mark.parametrize("trace", TRACES)
def test_a_master_with_any_trace_of_the_library_is_never_judged_together(tmp_path: Path, trace: str) -> None:
    found = TRACES[trace]
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(found if isinstance(found, dict) else notebook_json(found)), encoding="utf-8")
    assert read_master(path).judging is Judging.APART


def test_a_master_without_a_trace_is_judged_together_and_its_cells_have_names(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook_json(without_id(plain(cell)) for cell in ORDINARY)), encoding="utf-8")
    master = read_master(path)
    assert master.judging is Judging.TOGETHER
    assert [cell.id for cell in master.cells] == ["cell-1", "given-1", "swish", "swish-check", "written-1"]


def test_two_tests_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps(notebook_json([plain(CELLS[4])] * 2)), encoding="utf-8")
    with pytest.raises(CourseError, match=r"more than one cell with the id swish-check\. Give one"):
        read_master(path)


FIRST_SCHEMA: dict[str, Any] = {
    "a task": ({"task": True, "points": 4, "grade_id": "t", "locked": True}, Role.TASK, 4.0),
    "points that are a text": ({"grade": True, "points": "2.5", "grade_id": "t"}, Role.CHECK, 2.5),
    "points that are empty": ({"grade": True, "points": "", "grade_id": "t"}, Role.CHECK, 0.0),
    "points below nothing": ({"grade": True, "points": -1, "grade_id": "t"}, Role.CHECK, 0.0),
    "an answer by hand": ({"grade": True, "solution": True, "points": 3, "grade_id": "t"}, Role.WRITTEN, 3.0),
    "what is left of a cell that was graded once": ({"grade": False, "points": 3, "grade_id": "t"}, Role.PROSE, 3.0),
}


@pytest.mark.parametrize("name", FIRST_SCHEMA)
def test_metadata_of_every_schema_are_read(tmp_path: Path, name: str) -> None:
    flags, role, points = FIRST_SCHEMA[name]
    cell = {"cell_type": "code", "metadata": {"nbgrader": flags}, "source": "x", "outputs": []}
    path = tmp_path / "x.ipynb"
    path.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 0}))
    (read,) = read_master(path).cells
    assert (read.role, read.points) == (role, points)
