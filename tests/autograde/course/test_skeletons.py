"""What the commands for authors write builds and verifies as it is, and shows a picture; nothing is overwritten."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograde.cli import autograde
from autograde.contract.failures import CourseError
from autograde.contract.verdict import Outcome
from autograde.course.build import build, leftovers
from autograde.course.folder import Course
from autograde.course.skeletons import new_assignment, new_course, new_exercise, new_picture
from autograde.grading.run import GradeOptions, grade
from autograde.trial.verify import verify_assignment
from machine_room import explore

ASSIGNMENT = "03-first-steps"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    new_course(tmp_path, "tiny_course")
    new_assignment(tmp_path, ASSIGNMENT)
    return Course(tmp_path)


def test_the_course_is_called_as_its_package(course: Course) -> None:
    settings = (course.root / "nbgrader_config.py").read_text(encoding="utf-8")
    assert 'c.CourseDirectory.course_id = "tiny_course"\n' in settings
    assert '"machine-room"' not in settings


def test_an_assignment_of_two_exercises_and_a_picture_builds_verifies_and_shows(course: Course) -> None:
    new_exercise(course.root, ASSIGNMENT, "scaled")
    new_exercise(course.root, ASSIGNMENT, "scaled_again")
    new_picture(course.root, ASSIGNMENT, "moving_wave")
    build(course.root)
    assert build(course.root, check=True) == []
    found = list(verify_assignment(course, ASSIGNMENT))
    assert [finding for finding in found if not finding.holds] == []
    assert "scaled_again: 2 mistakes caught and named, 2 correct variants accepted" in [one.what for one in found]
    assert "first_steps: solutions get 2 of 2" in [one.what for one in found]
    with course.in_use():
        assert explore.moving_wave().image[1:4] == b"PNG"


def test_an_assignment_of_an_answer_in_words_alone_is_graded_by_hand(course: Course) -> None:
    (text,) = (course.root / "course" / ASSIGNMENT).glob("*.md")
    text.write_text(text.read_text() + '\n+++ {"role": "written", "points": 3}\n\nWhy?\n', encoding="utf-8")
    build(course.root)
    assert [finding for finding in verify_assignment(course, ASSIGNMENT) if not finding.holds] == []
    shutil.copytree(course.root / "release" / ASSIGNMENT, course.root / "submitted" / "ada" / ASSIGNMENT)
    (verdict,) = grade(course, ASSIGNMENT, GradeOptions(workers=1))
    assert [(cell.points, cell.max_points, cell.outcome) for cell in verdict.cells] == [(None, 3, Outcome.NOT_GRADED)]


def test_what_is_left_of_a_dropped_assignment_is_told_and_removed_when_asked(course: Course) -> None:
    build(course.root)
    new_assignment(course.root, "04-second")
    build(course.root)
    assert leftovers(course.root) == []
    shutil.rmtree(course.root / "course" / "04-second")
    build(course.root)
    wanted = [Path("release/04-second"), Path("source/04-second")]
    assert [drift.path for drift in leftovers(course.root)] == wanted
    done = CliRunner().invoke(autograde, ["build", "--course", str(course.root)])
    assert done.exit_code == 0
    assert "source/ and release/ are what course/ says, but for what is named above." in done.output
    done = CliRunner().invoke(autograde, ["build", "--prune", "--course", str(course.root)])
    assert "source/04-second is removed: it came from nothing in course/" in done.output
    assert build(course.root, check=True) == []


#: What is refused: the call, and what it says.
REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "a course that is there": (lambda root: new_course(root, "other"), "is there already, and nothing is overwritten"),
    "a package that is no name": (lambda root: new_course(root / "b", "my-course"), "is no name of a package"),
    "a package that is ours": (lambda root: new_course(root / "b", "layers"), "is the name of a part of machine_room"),
    "an assignment that is there": (lambda root: new_assignment(root, ASSIGNMENT), "is there already"),
    "the same section again": (lambda root: new_assignment(root, "04-first-steps"), "is there already"),
    "a path": (lambda root: new_assignment(root, "../elsewhere"), "is no name for an assignment"),
    "an exercise of no assignment": (lambda root: new_exercise(root, "09-none", "f"), "No text in"),
    "a function that is no name": (
        lambda root: new_exercise(root, ASSIGNMENT, "My-Function"),
        "is no name for a function",
    ),
    "a picture that is there": (
        lambda root: new_picture(root, ASSIGNMENT, "worked_network"),
        "There is a picture worked_network already",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_written_is_refused_in_a_sentence_and_changes_nothing(case: str, course: Course) -> None:
    call, sentence = REFUSED[case]
    before = {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    with pytest.raises(CourseError, match=sentence):
        call(course.root)
    after = {path: path.read_bytes() for path in course.root.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert after == before


def test_a_module_that_does_not_end_in_its_exercises_is_left_alone(course: Course) -> None:
    module = course.root / "lib" / "tiny_course" / "exercises" / "first_steps.py"
    module.write_text("EXERCISES = tuple([])\n", encoding="utf-8")
    with pytest.raises(CourseError, match="does not end in a line EXERCISES"):
        new_exercise(course.root, ASSIGNMENT, "scaled")
    assert module.read_text() == "EXERCISES = tuple([])\n"
