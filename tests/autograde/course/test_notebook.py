"""Notebooks as data: what is written is read back, whatever a file says about itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.course.notebook import (
    Cell,
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
    path.write_text(json.dumps(notebook_json([cell_json(CELLS[0])] * 2)), encoding="utf-8")
    with pytest.raises(CourseError, match="more than one cell with the id prose-1"):
        read_master(path)
