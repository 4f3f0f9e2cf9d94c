"""The numbers that the cases of this section are made of: short, never near 0 where that would hide a mistake."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from machine_room.arguments import Array
from machine_room.exercises.exercise import Case
from machine_room.optimizers import adam_step
from machine_room.translation import sentence


def signed(rng: np.random.Generator, size: int, low: float = 0.2, high: float = 2.0) -> Array:
    """Return size numbers of either sign with two decimals, their magnitudes between low and high."""
    numbers: Array = (rng.uniform(low, high, size) * rng.choice([-1.0, 1.0], size)).round(2)
    return numbers


def positive(rng: np.random.Generator, size: int, low: float = 0.2, high: float = 2.0) -> Array:
    """Return size positive numbers with two decimals, between low and high."""
    return rng.uniform(low, high, size).round(2)


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Return one number with two decimals, between low and high."""
    return round(float(rng.uniform(low, high)), 2)


class AdamState(NamedTuple):
    """What goes into the step number t: a step's positional arguments."""

    theta: Array
    gradient: Array
    m: Array
    s: Array
    t: int


def adam_walk(start: Array, gradients: Array, **settings: Any) -> Iterator[AdamState]:
    """Yield what Adam's step is called with at t = 1, 2, ..., one row of gradients each."""
    theta, m, s = start, np.zeros_like(start), np.zeros_like(start)
    for t, gradient in enumerate(gradients, start=1):
        yield AdamState(theta, gradient, m, s, t)
        theta, m, s = adam_step(theta, gradient, m, s, t, **settings)


def adam_cases(rng: np.random.Generator, **more: float) -> Iterator[Case]:
    """Yield cases that tell the wrong Adams apart.

    At the usual settings four in ten of the wrong Adams take the right first step. A large epsilon shows where it
    stands, betas far from 1 and from each other show which is which, and later steps show what the first one hides.

    Args:
        rng: where the numbers come from.
        **more: keywords beside Adam's, "weight_decay".
    """
    settings = {"learning_rate": between(rng, 0.2, 0.6), "beta1": 0.8, "beta2": 0.9, "epsilon": 0.1}
    one = adam_walk(signed(rng, 1), signed(rng, 3).reshape(3, 1), **settings)
    for state in one:
        yield Case(sentence("one parameter, t = {t}", t=state.t), state, {**settings, **more})
    settings |= {"beta1": between(rng, 0.5, 0.75), "beta2": between(rng, 0.8, 0.95), "epsilon": between(rng, 0.2, 0.9)}
    for state in adam_walk(signed(rng, 3), signed(rng, 12).reshape(4, 3), **settings):
        yield Case(sentence("three parameters, t = {t}", t=state.t), state, {**settings, **more})
    usual = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}
    gradient = signed(rng, 4)
    gradient[1] = 0.0
    zeros = np.zeros(4)
    first = AdamState(signed(rng, 4), gradient, zeros, zeros, 1)
    yield Case("the usual settings, a gradient that is 0", first, {**usual, **more})
    late = AdamState(signed(rng, 5), signed(rng, 5), signed(rng, 5), positive(rng, 5), 500)
    yield Case("late: t = 500", late, {**settings, **more})
    theta, gradient, m = (signed(rng, 3).astype(np.float32) for _ in range(3))
    yield Case("float32", (theta, gradient, m, positive(rng, 3).astype(np.float32), 3), {**settings, **more})
