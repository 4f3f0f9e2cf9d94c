"""What an exercise is worth stands in the course's text alone: the library's table is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from machine_room.exercises import assignments as with_exercises
from machine_room.exercises import of_assignment
from machine_room.notebook.points import assignment_of, assignments, counted

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_has_the_exercises_of_the_library_in_their_order() -> None:
    assert tuple(one.name for one in assignments()) == with_exercises()
    for one in assignments():
        assert list(one.checks) == [exercise.name for exercise in of_assignment(one.name)]


@pytest.mark.parametrize("one", assignments(), ids=lambda one: one.name)
def test_the_points_are_those_of_the_notebook_that_students_have(one: object) -> None:
    from machine_room.notebook.points import Assignment

    assert isinstance(one, Assignment)
    notebook = json.loads((ROOT / "release" / one.name / one.notebook).read_text(encoding="utf-8"))
    graded = [
        cell["metadata"]["nbgrader"] for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    assert {flags["grade_id"].removesuffix("-check"): flags["points"] for flags in graded if not flags["solution"]} == (
        one.checks
    )
    assert sum(flags["points"] for flags in graded) == one.total
    assert f"{counted(one.total)} points" in "".join(notebook["cells"][0]["source"])


def test_an_exercise_of_no_notebook_is_in_none() -> None:
    assert assignment_of("nothing_of_ours") is None
