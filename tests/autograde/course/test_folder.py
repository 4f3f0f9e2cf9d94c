"""A course folder: who handed in, and which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.course.folder import Course

ASSIGNMENT = "01-backprop"


@pytest.mark.parametrize("student", ["ada", "zoë müller", "o'brien", "[red]x", "-rf", "a;b"])
def test_any_folder_name_that_can_be_shown_is_a_student(tmp_path: Path, student: str) -> None:
    (tmp_path / "submitted" / student / ASSIGNMENT).mkdir(parents=True)
    (tmp_path / "submitted" / "someone else" / "02-activations").mkdir(parents=True)
    assert Course(tmp_path).students(ASSIGNMENT) == [student]


def test_a_notebook_under_another_name_is_taken_where_there_is_no_doubt(tmp_path: Path) -> None:
    folder = tmp_path / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    course = Course(tmp_path)
    assert course.submission("ada", ASSIGNMENT, "backprop") == folder / "backprop.ipynb"
    (folder / "backprop (1).ipynb").touch()
    (folder / "data.csv").touch()
    assert course.submission("ada", ASSIGNMENT, "backprop") == folder / "backprop (1).ipynb"
    (folder / "other.ipynb").touch()
    assert course.submission("ada", ASSIGNMENT, "backprop") == folder / "backprop.ipynb", "which of the two?"
    (folder / "backprop.ipynb").touch()
    assert course.submission("ada", ASSIGNMENT, "backprop") == folder / "backprop.ipynb"


def test_another_name_is_in_doubt_where_an_assignment_has_two_notebooks(tmp_path: Path) -> None:
    for name in ("backprop", "more"):
        path = tmp_path / "source" / ASSIGNMENT / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    folder = tmp_path / "submitted" / "ada" / ASSIGNMENT
    folder.mkdir(parents=True)
    (folder / "mine.ipynb").touch()
    assert Course(tmp_path).submission("ada", ASSIGNMENT, "backprop") == folder / "backprop.ipynb"
