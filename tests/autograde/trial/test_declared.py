"""Mistakes of an author's in an exercise: each is one sentence with file, line and remedy, and no traceback."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from autograde.trial.declared import faults_of
from machine_room.exercises import Case, Exercise, all_exercises

SCALE = 2.0


def double(x: Any) -> Any:
    """Return 2 x."""
    return 2 * x


def numbers(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("three numbers", (rng.normal(size=3),))


def with_a_typo(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("three numbers", (rng.nrmal(size=3),))  # type: ignore[attr-defined]


def none(rng: np.random.Generator) -> Iterator[Case]:
    return iter(())


def bare(rng: np.random.Generator) -> Iterator[Any]:
    yield (rng.normal(size=3),)


def by_luck(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("three numbers", (np.random.default_rng().normal(size=3),))


def in_place(x: Any) -> Any:
    x *= 2
    return x


def fails(x: Any) -> Any:
    return 2 * x[7]


def says_nothing(x: Any) -> None:
    2 * x


def helped(x: Any) -> Any:
    return SCALE * double(x)


def alone(x):  # type: ignore[no-untyped-def]
    return np.sum(x) + len(x)


def exercise(
    reference: Callable[..., Any] = double,
    cases: Any = numbers,
    hint: str = "Twice.",
    wrong: Callable[..., Any] = alone,
) -> Exercise:
    made = Exercise(reference=reference, cases=cases)
    made.mistake(hint)(wrong)
    made.also_correct(alone)
    return made


def without_mistakes() -> Exercise:
    made = Exercise(reference=double, cases=numbers)
    made.also_correct(alone)
    return made


def without_variants() -> Exercise:
    made = Exercise(reference=double, cases=numbers)
    made.mistake("Twice.")(alone)
    return made


def line_of(function: Callable[..., Any], below: int = 0) -> str:
    return f"{inspect.getsourcefile(function)}:{inspect.getsourcelines(function)[1] + below}: "


#: name -> (the exercise, where it is told, the sentence, whether it cannot be tried)
FAULTS: dict[str, tuple[Exercise, str, str, bool]] = {
    "a typo in the cases": (
        exercise(cases=with_a_typo),
        line_of(with_a_typo, 1),
        "the cases of double cannot be drawn (AttributeError: 'numpy.random._generator.Generator' object has no "
        "attribute 'nrmal'",
        True,
    ),
    "no cases": (exercise(cases=none), line_of(none), "double has no cases, so everything passes", True),
    "cases that are none": (exercise(cases=bare), line_of(bare), "the cases of double yield tuple: yield Case(", True),
    "cases by luck": (
        exercise(cases=by_luck),
        line_of(by_luck),
        "the cases of double are others each time they are drawn from the same seed: take every random number from the "
        "rng that they are given.",
        True,
    ),
    "a reference that changes its argument": (
        exercise(reference=in_place),
        line_of(in_place),
        "the reference of in_place changes its argument: work on a copy, and return the result.",
        True,
    ),
    "a reference that fails": (
        exercise(reference=fails),
        line_of(fails, 1),
        "the reference of fails fails on its own case 'three numbers' (IndexError: ",
        True,
    ),
    "a reference that returns nothing": (
        exercise(reference=says_nothing),
        line_of(says_nothing),
        "the reference of says_nothing returns None on its case 'three numbers': return what is asked for.",
        True,
    ),
    "a mistake that needs its file": (
        exercise(wrong=helped),
        line_of(helped),
        "the mistake helped uses SCALE of its file, and stands alone in a student's notebook: define that inside of "
        "it.",
        False,
    ),
    "an empty hint": (
        exercise(hint=" "),
        line_of(alone),
        "the mistake alone has an empty hint: write a sentence for who makes it.",
        False,
    ),
    "no mistake": (without_mistakes(), line_of(numbers), "double has no known mistake: declare one with", False),
    "no other right way": (without_variants(), line_of(numbers), "double has no other right way: declare one", False),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence_with_its_place(fault: str) -> None:
    made, place, sentence, fatal = FAULTS[fault]
    found = faults_of(made)
    told = (found.fatal if fatal else found.others)[0]
    assert told.startswith(place + sentence)
    assert "\n" not in told
    assert bool(found.fatal) is fatal


def test_a_good_exercise_has_none_and_so_have_all_of_ours() -> None:
    assert faults_of(exercise()) == faults_of(exercise())
    good = [exercise(), *(one for one in all_exercises() if one.name in ("relative_error", "adam_step", "dropout"))]
    assert [(one.name, faults_of(one)) for one in good if faults_of(one).fatal or faults_of(one).others] == []
