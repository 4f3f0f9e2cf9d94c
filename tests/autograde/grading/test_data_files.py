"""Files beside a notebook are part of the work: where they change it is graded anew, as it is for other tests."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.contract.verdict import Kept, Verdict
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.grading.run import GradeOptions, grade
from autograde.trial.verify import verify_assignment
from tests.own_course import RIGHT, copy_of_course, hand_in

ASSIGNMENT, NOTEBOOK = "02-waves", "waves"
#: What changes of the files, and whether that is other work.
CHANGES: dict[str, tuple[Callable[[Path], object], bool]] = {
    "nothing": (lambda folder: None, False),
    "the same bytes, written again": (
        lambda folder: (folder / "tide.csv").write_bytes((folder / "tide.csv").read_bytes()),
        False,
    ),
    "what a system leaves": (lambda folder: (folder / ".DS_Store").write_text("0"), False),
    "a number": (lambda folder: (folder / "tide.csv").write_text("hour,metres\n0,1\n"), True),
    "one more file": (lambda folder: (folder / "more.csv").write_text("0"), True),
    "one file less": (lambda folder: (folder / "tide.csv").unlink(), True),
    "another name": (lambda folder: (folder / "tide.csv").rename(folder / "tides.csv"), True),
    "another folder": (lambda folder: (folder / "gauges").rename(folder / "places"), True),
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Course:
    root = copy_of_course(tmp_path_factory.mktemp("graded") / "course")
    build(root)
    hand_in(root, ASSIGNMENT, NOTEBOOK, "ada", RIGHT)
    grade(Course(root), ASSIGNMENT, GradeOptions(workers=1))
    return Course(root)


@pytest.fixture
def course(graded: Course, tmp_path: Path) -> Course:
    """The graded course, in a place of its own."""
    shutil.copytree(graded.root, tmp_path / "course")
    return Course(tmp_path / "course")


def kept_in(course: Course) -> list[Kept]:
    kept: list[Kept] = []

    def note(verdict: Verdict, why: Kept) -> None:
        kept.append(why)

    grade(course, ASSIGNMENT, GradeOptions(workers=1), on_kept=note)
    return kept


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_file_is_changed_work_and_nothing_else_is(change: str, course: Course) -> None:
    apply, is_other_work = CHANGES[change]
    apply(course.root / "course" / ASSIGNMENT)
    build(course.root)
    assert kept_in(course) == ([] if is_other_work else [Kept.NOTHING_NEW])


def test_work_whose_feedback_is_out_stays_as_it_is(course: Course) -> None:
    (course.root / "feedback" / "ada" / ASSIGNMENT).mkdir(parents=True)
    (course.root / "course" / ASSIGNMENT / "tide.csv").write_text("hour,metres\n0,1\n")
    build(course.root)
    assert kept_in(course) == [Kept.FEEDBACK_IS_OUT]


def test_verify_runs_the_given_cells_that_read_them(course: Course) -> None:
    assert [finding for finding in verify_assignment(course, ASSIGNMENT) if not finding.holds] == []
    (course.root / "source" / ASSIGNMENT / "tide.csv").unlink()
    told = [finding.detail for finding in verify_assignment(course, ASSIGNMENT) if not finding.holds]
    assert any("tide.csv" in one for one in told)
