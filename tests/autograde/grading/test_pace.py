"""How long one hand-in takes: the middle of what was measured, from the journal and from now on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.grading.journal import JournalWriter
from autograde.grading.pace import LAST, Pace

from .test_journal import VERDICT

ASSIGNMENT = "01-backprop"


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    shutil.copytree(small_course / "source", tmp_path / "source")
    return Course(tmp_path)


def took(seconds: float, student: str = "ada") -> Verdict:
    return replace(VERDICT, student=student, assignment=ASSIGNMENT, notebook="small", wall_seconds=seconds)


def test_where_nothing_was_measured_nothing_is_said(course: Course) -> None:
    pace = Pace(course)
    assert pace.seconds([ASSIGNMENT]) == {}
    pace.add(ASSIGNMENT, [took(0.0)])
    assert pace.seconds([ASSIGNMENT]) == {}


def test_it_is_the_middle_of_what_was_measured_before_and_since(course: Course) -> None:
    with JournalWriter(course.journal(ASSIGNMENT, "small")) as writer:
        for student, seconds in (("ada", 2.0), ("bo", 3.0), ("cy", 100.0)):
            writer.add(took(seconds, student))
    pace = Pace(course)
    assert pace.seconds([ASSIGNMENT]) == {ASSIGNMENT: 3.0}
    pace.add(ASSIGNMENT, [took(2.5), took(2.5)])
    assert pace.seconds([ASSIGNMENT]) == {ASSIGNMENT: 2.5}


def test_what_is_long_ago_does_not_count(course: Course) -> None:
    pace = Pace(course)
    pace.add(ASSIGNMENT, [took(100.0) for _ in range(1000)])
    pace.add(ASSIGNMENT, [took(1.0) for _ in range(LAST)])
    assert pace.seconds([ASSIGNMENT]) == {ASSIGNMENT: 1.0}


def test_a_hand_in_of_several_notebooks_takes_all_of_them(course: Course) -> None:
    pace = Pace(course)
    pace.add(ASSIGNMENT, [took(1.0), replace(took(4.0), notebook="second")])
    assert pace.seconds([ASSIGNMENT]) == {ASSIGNMENT: 5.0}
