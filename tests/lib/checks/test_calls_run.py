"""A call that a check prints to be copied does run, and calls with the same numbers."""

from typing import Any

import numpy as np
import pytest

from machine_room import exercises
from machine_room.checks.run import VISIBLE_SEED
from machine_room.checks.written import call_text, is_spelled_out

ARGUMENTS: dict[str, Any] = {
    "an array in a list": [np.array([1.0, 2.0])],
    "an array in a tuple": (np.array([1.0, 2.0]),),
    "arrays in tuples in a list": [(np.array([[1.0], [2.0]]), np.array([0.5])), (np.zeros((1, 2)), np.zeros(2))],
    "an array in a dict in a tuple": ({"w": np.array([1.0, np.nan]), "n": 3},),
    "single precision in a list": [np.array([0.1, 0.2], dtype=np.float32)],
    "infinity in a tuple in a list": [(np.inf, -np.inf), (np.nan,)],
    "nothing at all": [(), [], {}],
    "words and truths": ["he", (True, None), {"a": "b"}],
    "an empty array in a tuple": (np.zeros((0,)), 1.5),
}


def same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        same(list(one.values()), list(other.values()))
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        np.testing.assert_array_equal(one, other)
    elif isinstance(one, float):
        np.testing.assert_array_equal(one, other)
    else:
        assert one == other


def called(text: str, name: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    found: tuple[tuple[Any, ...], dict[str, Any]] = eval(text, {"np": np, name: lambda *args, **kwargs: (args, kwargs)})
    return found


@pytest.mark.parametrize("argument", ARGUMENTS.values(), ids=ARGUMENTS)
def test_a_printed_call_calls_with_what_it_shows(argument: Any) -> None:
    text = call_text("f", ("a", "b"), (argument,), {"b": argument})
    args, kwargs = called(text, "f")
    same(args, (argument,))
    same(kwargs, {"b": argument})


@pytest.mark.parametrize("exercise", exercises.all_exercises(), ids=lambda exercise: exercise.name)
def test_every_call_of_an_exercise_that_is_spelled_out_runs(exercise: exercises.Exercise) -> None:
    for case in exercise.draw(VISIBLE_SEED):
        functions = [value for value in (*case.args, *case.kwargs.values()) if callable(value)]
        if not is_spelled_out(case.args, case.kwargs) or functions:
            continue
        args, kwargs = called(
            call_text(exercise.name, exercise.parameters, case.args, dict(case.kwargs)), exercise.name
        )
        same(list(args), list(case.args))
        same(kwargs, dict(case.kwargs))
