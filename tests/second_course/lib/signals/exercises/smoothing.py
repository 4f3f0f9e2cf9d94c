"""The exercises of 01-smoothing."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine_room.exercises import Case, Exercise
from signals import filters

Array = NDArray[Any]


def moving_average_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw signals of a few lengths."""
    for length, width in ((6, 2), (9, 4), (5, 5)):
        yield Case(f"{length} numbers, width {width}", (rng.normal(size=length).round(2),), {"width": width})


moving_average = Exercise(
    reference=filters.moving_average,
    cases=moving_average_cases,
    withheld=("signals.filters.smoothed", "signals.filters.Smoother"),
)
moving_average.also_correct(filters.by_running_sum)


@moving_average.mistake("Divide by the width: yours is the sum of the neighbours, not their mean.")
def sums(x, *, width):
    return np.convolve(x, np.ones(width), mode="valid")


@moving_average.mistake("Leave out the ends, where there are fewer neighbours than the width.")
def with_ends(x, *, width):
    return np.convolve(x, np.ones(width) / width, mode="full")


@moving_average.also_correct
def by_slices(x, *, width):
    return np.array([np.mean(x[i : i + width]) for i in range(len(x) - width + 1)])


def decibels(power: float, reference: float = 1.0) -> float:
    """Return how loud a power is beside another one: 10 log10(power / reference)."""
    return float(10 * np.log10(power / reference))


def decibels_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw powers louder and softer than the reference."""
    yield Case("louder", (round(float(rng.uniform(2, 9)), 2),))
    yield Case("softer than 5", (round(float(rng.uniform(0.1, 0.9)), 2), 5.0))


# A reference may stand beside its exercise: of this room nothing is there while work is graded.
loudness = Exercise(reference=decibels, cases=decibels_cases)


@loudness.mistake("The logarithm is to base 10.")
def natural(power, reference=1.0):
    return 10 * np.log(power / reference)


@loudness.also_correct
def by_difference(power, reference=1.0):
    return 10 * (np.log10(power) - np.log10(reference))


@loudness.also_correct
def by_base_two(power, reference=1.0):
    return 10 * np.log2(power / reference) / np.log2(10)


EXERCISES = (moving_average, loudness)
