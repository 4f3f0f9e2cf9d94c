"""The tests of the tests find what is wrong with a test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.course.folder import Course
from autograde.trial.verify import Finding, verify_assignment
from machine_room.exercises import Exercise, find

ASSIGNMENT = "01-backprop"
EXERCISES = ("relative_error", "gradient_descent_step")


def has_exercises(monkeypatch: pytest.MonkeyPatch, *exercises: Exercise) -> None:
    """Have the assignment ask for these, and no others."""
    monkeypatch.setattr(Course, "exercises", lambda course, assignment: exercises)


@pytest.fixture
def course(tmp_path: Path, small_course: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    has_exercises(monkeypatch, *map(find, EXERCISES))
    return Course(tmp_path)


def findings(course: Course) -> list[Finding]:
    return list(verify_assignment(course, ASSIGNMENT))


def change(course: Course, part: str, old: str, new: str) -> None:
    path = course.root / part / ASSIGNMENT / "small.ipynb"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_good_assignment_has_nothing_to_find(course: Course) -> None:
    found = findings(course)
    assert [finding for finding in found if not finding.holds] == []
    assert found[0].what.startswith("relative_error: ")
    assert "small: solutions get 3.5 of 3.5" in [finding.what for finding in found]
    assert "small: the untouched release gets 0" in [finding.what for finding in found]


FLAWS: dict[str, tuple[Callable[[Course], object], str, str]] = {
    "a wrong solution": (
        lambda course: change(course, "source", "theta - learning_rate", "theta + learning_rate"),
        "small: solutions get 2.5 of 3.5",
        "gradient_descent_step-check: ",
    ),
    "a solution that warns": (
        lambda course: change(
            course, "source", "play here", 'x\\"); import sys; print(\\"!\\", file=sys.stderr); (\\"'
        ),
        "small: solutions run without errors or anything on stderr",
        "!",
    ),
    "a release that holds an answer": (
        lambda course: shutil.copy(
            course.root / "source" / ASSIGNMENT / "small.ipynb", course.root / "release" / ASSIGNMENT / "small.ipynb"
        ),
        "small: the untouched release gets 3.5",
        "correct, 2.5",
    ),
    "a release that crashes": (
        lambda course: change(course, "release", "play here", 'x\\"); 1 / 0; (\\"'),
        "small: the untouched release runs without errors",
        "ZeroDivisionError",
    ),
}


@pytest.mark.parametrize(("flaw", "what", "detail"), FLAWS.values(), ids=FLAWS)
def test_a_flaw_is_found_and_told(course: Course, flaw: Callable[[Course], None], what: str, detail: str) -> None:
    flaw(course)
    broken = [finding for finding in findings(course) if not finding.holds]
    assert [finding.what for finding in broken] == [what]
    assert detail in broken[0].detail


def test_an_exercise_that_no_notebook_asks_for_is_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    names = (*EXERCISES, "cross_entropy")
    has_exercises(monkeypatch, *map(find, names))
    broken = [finding for finding in findings(course) if not finding.holds]
    assert broken == [Finding("small: every exercise of the assignment is asked for", False, "cross_entropy")]


def test_a_bank_that_confuses_and_misses_is_told(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    real = find("gradient_descent_step")
    flawed = Exercise(reference=real.reference, cases=real.cases)

    @flawed.mistake("This is no mistake.")
    def no_mistake(theta, gradient, *, learning_rate):  # type: ignore[no-untyped-def]
        return theta - learning_rate * gradient

    @flawed.also_correct
    def not_correct(theta, gradient, *, learning_rate):  # type: ignore[no-untyped-def]
        return theta

    has_exercises(monkeypatch, find("relative_error"), flawed)
    (broken,) = [finding for finding in findings(course) if not finding.holds]
    assert "the mistake no_mistake passes (all seeds): " in broken.detail
    assert "the right answer not_correct is rejected (all seeds): " in broken.detail
