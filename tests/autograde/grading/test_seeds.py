"""The secret seed: drawn once, private, and tested with every right answer before anybody is graded with it."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograde.contract.failures import CourseError
from autograde.course.folder import Course
from autograde.grading import seeds
from autograde.grading.run import GradeOptions, grade
from autograde.grading.seeds import DRAWS, rejected, seed_for
from machine_room.checks import run_check
from machine_room.exercises import of_assignment
from machine_room.exercises.exercise import Case, Exercise

ASSIGNMENT, LATER = "01-backprop", "02-activations"


def twice(x: float) -> float:
    return 2 * x


def drawing(number: Callable[[np.random.Generator], float]) -> Exercise:
    return Exercise(reference=twice, cases=lambda rng: [Case("a number", (number(rng),))])


def with_a_variant_below(bound: float) -> Exercise:
    """Its check rejects a right answer where the seed draws less than the bound."""
    exercise = drawing(lambda rng: float(rng.uniform()))

    @exercise.also_correct
    def also_twice(x: float) -> float:
        return x + x if x >= bound else 7.0

    return exercise


def that_fails_below(bound: float) -> Exercise:
    """Its check itself fails where the seed draws less than the bound."""

    def number(rng: np.random.Generator) -> float:
        drawn = float(rng.uniform())
        return drawn if drawn >= bound else 1 / int(drawn * 0)

    return drawing(number)


PICKY: dict[str, Callable[[float], Exercise]] = {
    "a right answer is rejected": with_a_variant_below,
    "the check fails": that_fails_below,
}


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    return Course(tmp_path)


@pytest.fixture
def asks(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put exercises in the place of an assignment's; the others have none."""

    def ask(**exercises: Exercise) -> None:
        by_assignment = {name.replace("_", "-"): (one,) for name, one in exercises.items()}
        monkeypatch.setattr(seeds, "of_assignment", lambda name: by_assignment.get(name, ()))

    return ask


def drawn_by(exercise: Exercise, seed: int) -> bool:
    """Whether the exercise's check takes all its right answers with the seed."""
    return rejected_with(exercise, seed) is None


def rejected_with(exercise: Exercise, seed: int) -> str | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seeds, "of_assignment", lambda name: (exercise,))
        found = rejected(["any"], seed)
    return None if found is None else str(found)


def in_turn(monkeypatch: pytest.MonkeyPatch, *numbers: int) -> list[int]:
    """What is drawn; returns what is left of it."""
    left = list(numbers)
    monkeypatch.setattr(secrets, "randbits", lambda bits: left.pop(0))
    return left


@pytest.mark.parametrize("kind", PICKY)
def test_a_seed_that_a_right_answer_fails_with_is_drawn_again(
    kind: str, course: Course, asks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    exercise = PICKY[kind](0.5)
    good = [seed for seed in range(40) if drawn_by(exercise, seed)]
    bad = [seed for seed in range(40) if seed not in good]
    assert 5 < len(good) < 35
    asks(**{ASSIGNMENT.replace("-", "_"): exercise})
    left = in_turn(monkeypatch, *bad[:3], good[0], good[1])
    assert seed_for(course, ASSIGNMENT) == course.seed() == good[0]
    assert left == [good[1]]
    assert seed_for(course, ASSIGNMENT) == good[0]  # which stands


@pytest.mark.parametrize("kind", PICKY)
def test_where_no_seed_does_it_is_said_which_check_is_wrong(
    kind: str, course: Course, asks: Callable[..., None]
) -> None:
    asks(**{ASSIGNMENT.replace("-", "_"): PICKY[kind](2.0)})
    said = f"{DRAWS} seeds in a row do not do: with the last one the hidden check of twice rejects the right answer"
    with pytest.raises(CourseError, match=said):
        seed_for(course, ASSIGNMENT)
    assert not course.has_seed()


def test_a_seed_is_drawn_for_all_assignments_that_are_there(
    course: Course, asks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(course.root / "source" / ASSIGNMENT, course.root / "source" / LATER)
    picky = with_a_variant_below(0.5)
    good = next(seed for seed in range(40) if drawn_by(picky, seed))
    bad = next(seed for seed in range(40) if not drawn_by(picky, seed))
    asks(**{LATER.replace("-", "_"): picky})
    in_turn(monkeypatch, bad, good)
    assert seed_for(course, ASSIGNMENT) == good


def test_a_seed_from_before_is_tested_where_nothing_was_graded_with_it(
    course: Course, asks: Callable[..., None]
) -> None:
    picky = with_a_variant_below(0.5)
    bad = next(seed for seed in range(40) if not drawn_by(picky, seed))
    asks(**{ASSIGNMENT.replace("-", "_"): picky})
    course.keep_seed(bad)
    with pytest.raises(CourseError, match=r"Nothing of 01-backprop was graded with it yet\. Delete that file"):
        seed_for(course, ASSIGNMENT)
    journal = course.journal(ASSIGNMENT, "small")
    journal.parent.mkdir(parents=True)
    journal.touch()  # verdicts are in it: they were given with this seed, and another would change them
    assert seed_for(course, ASSIGNMENT) == bad


def test_grading_draws_a_seed_that_was_tested(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    tested: list[tuple[list[str], int]] = []
    monkeypatch.setattr(seeds, "rejected", lambda names, seed: tested.append((list(names), seed)))
    released = json.loads((course.root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    path = course.root / "submitted" / "ada" / ASSIGNMENT / "small.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(released), encoding="utf-8")
    for _ in range(2):
        grade(course, ASSIGNMENT, GradeOptions(workers=1))
    assert tested == [([ASSIGNMENT], course.seed())]


@pytest.mark.parametrize("assignment", ["01-backprop", "02-activations", "05-regularization", "06-make-it-better"])
def test_every_right_answer_is_tried(assignment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[tuple[str, str]] = []

    def counted(exercise: Exercise, answer: Callable[..., object], **how: object) -> object:
        tried.append((exercise.name, answer.__name__))
        assert how == {"seed": 5, "hidden": True}
        return run_check(exercise, answer, seed=5, hidden=True)

    monkeypatch.setattr(seeds, "run_check", counted)
    assert rejected([assignment], 5) is None
    right = [
        (one.name, answer.__name__) for one in of_assignment(assignment) for answer in (one.reference, *one.variants)
    ]
    assert tried == right


def test_an_assignment_without_exercises_of_ours_takes_any_seed() -> None:
    assert rejected(["99-of-their-own"], 0) is None


def test_the_secret_seed_is_kept_once_and_private(course: Course) -> None:
    with pytest.raises(CourseError, match=r"There is no .*seed yet\. `autograde grade` draws it"):
        course.seed()
    assert course.keep_seed(7) == 7
    assert course.keep_seed(8) == 7
    assert (course.private / "seed").stat().st_mode & 0o077 == 0
    assert course.private.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["seven", "", "7.0", "-7", "\u0663", "7\n8", "\u202e7"])
def test_what_is_no_number_is_no_seed(text: str, course: Course) -> None:
    (course.private / "seed").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="should hold one whole number"):
        course.seed()
