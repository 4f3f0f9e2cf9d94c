"""Numbers that the cells of a text say already: filled in, right after every change, and told where there are none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograde.course.build import build
from autograde.course.notebook import read_master
from autograde.course.text import CourseTextError
from tests.own_course import copy_of_course

TEXT = Path("course/01-smoothing/smoothing.md")
FIRST = "*Signals, notebook {count: notebook} of {count: notebooks}. {count: points} points.*"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_course(tmp_path / "course")


def change(root: Path, old: str, new: str) -> None:
    text = (root / TEXT).read_text(encoding="utf-8")
    assert old in text
    (root / TEXT).write_text(text.replace(old, new, 1), encoding="utf-8")


def first(root: Path) -> str:
    build(root)
    return read_master(root / "source/01-smoothing/smoothing.ipynb").cells[0].source


def test_they_are_in_source_and_release_and_the_text_stays_as_it_is(root: Path) -> None:
    before = (root / TEXT).read_text(encoding="utf-8")
    assert "*Signals, notebook 1 of 2. 4 points.*" in first(root)
    released = (root / "release/01-smoothing/smoothing.ipynb").read_text(encoding="utf-8")
    assert "*Signals, notebook 1 of 2. 4 points.*" in released
    assert "{count" not in released
    assert (root / TEXT).read_text(encoding="utf-8") == before


#: What each marker becomes.
NUMBERS = {
    "points": "4",
    "exercises": "2",
    "notebook": "1",
    "notebooks": "2",
    "points of moving_average": "2",
    "points of decibels": "1",
}


@pytest.mark.parametrize("name", NUMBERS)
def test_each_has_its_number(name: str, root: Path) -> None:
    change(root, FIRST, f"Here: {{count: {name}}}!")
    assert f"Here: {NUMBERS[name]}!" in first(root)


def test_they_follow_points_that_change_and_notebooks_that_come_and_go(root: Path) -> None:
    change(root, ":points: 2", ":points: 2.5")
    change(root, '"points": 1, "question"', '"points": 3, "question"')
    assert "notebook 1 of 2. 6.5 points.*" in first(root)
    shutil.rmtree(root / "source")  # nobody has it yet, so what is graded may change
    change(root, ":exercise: decibels\n:points: 1", ":exercise: decibels\n:optional: true")
    (root / "course" / "00-before").mkdir()
    (root / "course" / "00-before" / "before.md").write_text("# Before\n")
    assert "notebook 2 of 3. 5.5 points.*" in first(root)
    shutil.rmtree(root / "course" / "02-waves")
    assert "notebook 2 of 2. 5.5 points.*" in first(root)


#: What is no marker, and what is told of it.
WRONG = {
    "{count: pionts}": "{count: pionts} is no number of this notebook: there are {count: points}, {count: exercises}",
    "{count: points of waves}": "{count: points of waves} is no number of this notebook",
    "{count:points}": "{count:points} is no number of this notebook",
    "{Count: points}": "{Count: points} is no number of this notebook",
    "{ count: points }": "{ count: points } is no number of this notebook",
    "{count points}": "{count points} is no number of this notebook",
    "{counts: points}": "{counts: points} is no number of this notebook",
    "{count: points": "{count: points is no number of this notebook",
}


@pytest.mark.parametrize("written", WRONG)
def test_what_is_no_number_is_told_with_its_line(written: str, root: Path) -> None:
    change(root, FIRST, written)
    with pytest.raises(CourseTextError) as raised:
        build(root)
    (problem,) = raised.value.problems
    assert problem.startswith(f"{root / TEXT}:")
    assert WRONG[written] in problem


def test_in_a_code_cell_it_is_told_and_other_braces_are_let_be(root: Path) -> None:
    change(
        root,
        FIRST,
        "The set {points}, $\\text{count} \\text{count of x}$, `{notebook}`, \\{count: points\\} and {discount: 3}.",
    )
    assert (
        "{points}, $\\text{count} \\text{count of x}$, `{notebook}`, \\{count: points\\} and {discount: 3}."
        in first(root)
    )
    change(root, "x = filters.ramp(6)", "x = '{count: points}'")
    with pytest.raises(CourseTextError, match="in a code cell, where nothing fills it in"):
        build(root)
