"""What the commands for authors write builds and verifies as it is, and shows a picture; nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.course.skeletons import new_assignment, new_course, new_exercise, new_picture
from autograde.trial.verify import verify_assignment
from machine_room import explore

ASSIGNMENT = "03-first-steps"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    new_course(tmp_path, "tiny_course")
    new_assignment(tmp_path, ASSIGNMENT)
    return Course(tmp_path)


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


def test_an_assignment_without_an_exercise_builds(course: Course) -> None:
    build(course.root)
    assert Course(course.root).assignments() == [ASSIGNMENT]


#: What is refused: the call, and what it says.
REFUSED = {
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
