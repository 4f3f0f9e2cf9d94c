"""The synthetic class: everyone an autograder meets, the same each time."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from autograde.trial.hostile import HOSTILE
from autograde.trial.synthetic import Submission, class_of, source_as
from machine_room.exercises import find, of_assignment

ROOT = Path(__file__).resolve().parents[3]
SOURCE, RELEASE = (ROOT / part / "01-backprop" / "backprop.ipynb" for part in ("source", "release"))


def make(students: int) -> list[Submission]:
    return class_of(RELEASE, SOURCE, "01-backprop", students)


def solution(content: bytes, exercise: str) -> str:
    return next(str(cell["source"]) for cell in json.loads(content)["cells"] if cell["id"] == exercise)


def test_a_class_of_thirty_has_every_kind_in_it() -> None:
    kinds = Counter(submission.kind for submission in make(30))
    assert {
        "correct",
        "correct, another way",
        "half done",
        "untouched",
        "forged metadata",
        "broken file",
    } <= kinds.keys()
    assert kinds.keys() >= HOSTILE.keys()
    assert kinds["a known mistake"] >= 15


def test_every_exercise_is_got_wrong_by_someone() -> None:
    wrong = {submission.exercise for submission in make(30) if submission.mistake}
    assert wrong == {exercise.name for exercise in of_assignment("01-backprop")}


@pytest.mark.parametrize("students", [1, 2, 5, 19, 20, 200])
def test_a_class_has_the_size_that_was_asked_for_and_one_name_each(students: int) -> None:
    made = make(students)
    assert len({submission.student for submission in made}) == len(made) == students


def test_a_small_class_has_a_correct_student_and_no_hostile_one() -> None:
    made = make(19)
    assert made[0].kind == "correct"
    assert all(submission.honest for submission in made)


def test_the_same_arguments_make_the_same_class() -> None:
    assert make(30) == make(30)


def test_a_class_without_students_is_refused() -> None:
    with pytest.raises(ValueError, match="a class has at least 1 student, got 0"):
        make(0)


def test_the_solutions_carry_no_markers_and_the_mistakes_their_own_code() -> None:
    for submission in make(30):
        if submission.kind != "broken file":
            assert b"BEGIN SOLUTION" not in submission.content
        if submission.mistake and submission.exercise:
            mistakes = {mistake.name: mistake.function for mistake in find(submission.exercise).mistakes}
            expected = source_as(submission.exercise, mistakes[submission.mistake])
            assert solution(submission.content, submission.exercise) == expected


@pytest.mark.parametrize("exercise", of_assignment("01-backprop"), ids=lambda exercise: exercise.name)
def test_every_mistake_and_variant_stands_alone_in_a_students_notebook(exercise: object) -> None:
    """Its source, put where the student's function belongs, runs with nothing but numpy."""
    import numpy as np

    for function in [*(mistake.function for mistake in exercise.mistakes), *exercise.variants]:  # type: ignore[attr-defined]
        names = {"np": np}
        exec(source_as("asked_for", function), names)
        assert callable(names["asked_for"])
