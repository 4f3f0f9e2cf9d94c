"""A wrong answer is diagnosed, never an error of ours, also where an argument is a list of arrays of several shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room.checks import run_check
from machine_room.exercises.exercise import Case, Exercise


def total(layers: list[tuple[Any, Any]]) -> float:
    return float(sum(weights.sum() for weights, _ in layers))


def cases(rng: np.random.Generator) -> list[Case]:
    shapes = [[(2, 3), (3, 1)], [(1, 1), (4, 4), (4, 2)]]
    return [Case("layers", ([(rng.normal(size=s), np.zeros(s[1])) for s in several],)) for several in shapes]


EXERCISE = Exercise(reference=total, cases=cases)
WRONG: dict[str, Callable[..., Any]] = {
    "twice": lambda layers: 2 * total(layers),
    "shifted": lambda layers: total(layers) + 1,
    "first": lambda layers: total(layers[:1]),
    "zero": lambda layers: 0.0,
    "nothing": lambda layers: None,
    "raises": lambda layers: np.array(layers),
}


@pytest.mark.parametrize("function", WRONG.values(), ids=WRONG)
def test_a_wrong_answer_to_a_list_of_layers_is_diagnosed(function: Callable[..., Any]) -> None:
    result = run_check(EXERCISE, function, seed="visible")
    assert not result.passed
    assert result.hint
