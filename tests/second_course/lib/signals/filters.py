"""Filters for signals in time. What students are asked to write is not here while their work is graded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def moving_average(x: Array, *, width: int) -> Array:
    """Return the mean of each `width` neighbours that lie within the signal, `len(x) - width + 1` numbers.

    y_i = (x_i + ... + x_{i + width - 1}) / width
    """
    means: Array = np.convolve(x, np.full(width, 1 / width), mode="valid")
    return means


def by_running_sum(x: Array, *, width: int) -> Array:
    """Do the same in another way: no student must find it either."""
    total = np.concatenate([[0.0], np.cumsum(x)])
    means: Array = (total[width:] - total[:-width]) / width
    return means


def smoothed(x: Array, width: int) -> Array:
    """Smooth for the pictures: another name for the same thing."""
    return moving_average(x, width=width)


class Smoother:
    """The same as an object."""

    def __init__(self, width: int) -> None:
        self.width = width

    def __call__(self, x: Array) -> Array:
        return np.array([np.mean(x[i : i + self.width]) for i in range(len(x) - self.width + 1)])


def ramp(n: int) -> Array:
    """Return 0, 1, ..., n - 1: no exercise, so students have it."""
    return np.arange(float(n))
