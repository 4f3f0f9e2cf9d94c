"""Functions to take the slope of, for the cases of the finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from machine_room.arguments import Array


def _readable(text: str, function: Callable[[Array], Any]) -> Callable[[Array], Any]:
    """Name a function by its own source, so that the call in a message can be copied into a cell."""
    function.__name__ = text
    return function


def bowl(steepness: float) -> Callable[[Array], Any]:
    return _readable(f"lambda theta: {steepness} * np.sum(theta**2)", lambda theta: steepness * np.sum(theta**2))


def entangled(tilt: float) -> Callable[[Array], Any]:
    """Return a function in which the slope along one entry depends on all others."""
    return _readable(
        f"lambda theta: np.sum(theta) ** 3 / 10 + {tilt} * np.sum(np.sin(theta))",
        lambda theta: np.sum(theta) ** 3 / 10 + tilt * np.sum(np.sin(theta)),
    )


def of_a_matrix(tilt: float) -> Callable[[Array], Any]:
    """Return a function of a matrix: handed anything flat it fails, in another shape it gives something else."""
    return _readable(
        f"lambda theta: np.sum((theta @ theta.T) ** 2) + {tilt} * np.sum(theta[0] * theta[-1])",
        lambda theta: np.sum((theta @ theta.T) ** 2) + tilt * np.sum(theta[0] * theta[-1]),
    )
