"""Testing the tests can fail: each way in which an exercise can be badly declared is found, by name."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from typing import Any

import numpy as np
import pytest

from machine_room.checks.verification import verify_exercise
from machine_room.exercises.exercise import Case, Exercise


def double(x):
    return 2 * x


def _exercise(reference: Any = double) -> Exercise:
    exercise = Exercise(
        reference=reference, cases=lambda rng: [Case("two", (np.array([0.0, 2.0]),)), Case("other", (rng.normal(),))]
    )

    @exercise.mistake("Twice, not squared.")
    def squares(x):
        return x * x

    @exercise.also_correct
    def adds(x):
        return x + x

    return exercise


def test_a_good_exercise_is_found_good() -> None:
    found = verify_exercise(_exercise(), seeds=range(5))
    assert found.ok
    assert (found.exercise, found.mistakes, found.variants, found.seeds) == ("double", 1, 1, 6)


def test_a_mistake_that_no_case_shows_is_uncaught() -> None:
    exercise = _exercise()

    @exercise.mistake("Large numbers too.")
    def caps(x):
        return np.minimum(2 * x, 1e9)

    found = verify_exercise(exercise, seeds=[0])
    assert {name for _, name in found.uncaught} == {"caps"}
    assert not found.ok


def test_two_mistakes_that_look_alike_are_confused_and_the_second_is_misnamed() -> None:
    exercise = _exercise()

    @exercise.mistake("To the power of two, is that what you want?")
    def powers(x):
        return x**2

    found = verify_exercise(exercise, seeds=[0])
    assert {(one, other) for _, one, other in found.confused} == {("squares", "powers")}
    assert {(name, instead) for _, name, instead in found.misnamed} == {("powers", "squares")}
    assert not found.ok


def test_a_right_answer_that_the_check_refuses_is_rejected_with_the_reason() -> None:
    exercise = _exercise()

    @exercise.also_correct
    def sums(x):
        return [2 * value for value in np.ravel(x)]

    found = verify_exercise(exercise, seeds=[0])
    assert {name for _, name, _ in found.rejected} == {"sums"}
    assert all("is a list" in why for *_, why in found.rejected)
    assert not found.ok


def test_a_reference_that_remembers_its_calls_is_rejected_too() -> None:
    calls = []

    def remembers(x):
        calls.append(x)
        return 2 * x + len(calls)

    found = verify_exercise(_exercise(remembers), seeds=[0])
    assert any(name == "remembers" for _, name, _ in found.rejected)


def test_a_reference_that_fails_on_its_own_case_is_our_fault_and_says_so() -> None:
    def broken(x):
        raise ValueError("no such luck")

    with pytest.raises(RuntimeError, match="broken: the reference itself fails on 'two': ValueError: no such luck"):
        verify_exercise(_exercise(broken), seeds=[])
