"""The exercises of 02-waves: one of its own, and one of machine_room's."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from machine_room.exercises import Case, Exercise
from machine_room.exercises.backprop import relative_error

Array = NDArray[Any]


def sine_wave(time: Array, *, frequency: float) -> Array:
    """Return sin(2 pi frequency time)."""
    wave: Array = np.sin(2 * np.pi * frequency * time)
    return wave


def sine_wave_cases(rng: np.random.Generator) -> Iterator[Case]:
    """Draw a few moments and a frequency."""
    for moments in (3, 5):
        frequency = float(rng.uniform(0.5, 3.0).__round__(2))
        yield Case(f"{moments} moments", (rng.uniform(0, 2, moments).round(2),), {"frequency": frequency})


wave = Exercise(reference=sine_wave, cases=sine_wave_cases)


@wave.mistake("A whole turn is 2 pi.")
def half_turns(time, *, frequency):
    return np.sin(np.pi * frequency * time)


@wave.also_correct
def by_cosine(time, *, frequency):
    return np.cos(2 * np.pi * frequency * time - np.pi / 2)


@wave.also_correct
def by_complex(time, *, frequency):
    return np.exp(2j * np.pi * frequency * time).imag


EXERCISES = (wave, relative_error)
