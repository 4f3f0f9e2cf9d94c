"""Formulas as they stand on paper, each beside one that holds for every number: where does the first fail?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array

__all__ = ["FORMULAS", "failing_input", "fails"]

TOLERANCE = 1e-3  # of the right result: beyond it a formula fails
ENOUGH = 750.0  # where exp overflows on one side, and is 0 on the other


def naive_sigmoid_slope(z: Any) -> Any:
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


def naive_softplus(z: Any) -> Any:
    return np.log(1 + np.exp(z))


def naive_exp_minus_1(z: Any) -> Any:
    return np.exp(z) - 1


def naive_softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum()


def _sigmoid_slope(z: Array) -> Array:
    small: Array = np.exp(-np.abs(z))
    slope: Array = small / (1 + small) ** 2
    return slope


def _softmax(z: Array) -> Array:
    scaled: Array = np.exp(z - z.max())
    shares: Array = scaled / scaled.sum()
    return shares


@dataclass(frozen=True)
class Formula:
    """One formula: as on paper, and so that it holds. `several`: of an array of numbers, not of one."""

    naive: Callable[[Any], Any]
    right: Callable[[Any], Any]
    several: bool = False


#: By the name that exercise and notebook call it.
FORMULAS: Mapping[str, Formula] = MappingProxyType(
    {
        "sigmoid_slope": Formula(naive_sigmoid_slope, _sigmoid_slope),
        "softplus": Formula(naive_softplus, lambda z: np.logaddexp(0, z)),
        "exp_minus_1": Formula(naive_exp_minus_1, np.expm1),
        "softmax": Formula(naive_softmax, _softmax, several=True),
    }
)


def fails(formula: str, z: ArrayLike) -> bool:
    """Run a formula as it stands on paper, and tell whether it fails on z.

    It fails where an entry is not finite, or off by more than a thousandth of the right one; the right ones must be
    finite, else nothing could be said.

    Args:
        formula: "sigmoid_slope", "softplus", "exp_minus_1" or "softmax".
        z: a number; for softmax an array of them. Computed in double precision, whatever it comes in.

    Returns:
        True where it fails.

    Raises:
        ValueError: no formula is called so.

    Example:
        >>> fails("softplus", 50.0), fails("softplus", 800.0)
        (False, True)

    Source: Goldberg 1991, as for `failing_input`.
    """
    naive, right = both(formula, z)
    with np.errstate(all="ignore"):
        near = np.abs(naive - right) <= TOLERANCE * np.abs(right)
    return bool(np.isfinite(right).all() and not near.all())


def both(formula: str, z: ArrayLike) -> tuple[Array, Array]:
    """Return what the formula on paper makes of z, and what is right, as arrays."""
    if formula not in FORMULAS:
        raise ValueError(f"no formula is called {formula!r}: choose one of {', '.join(FORMULAS)}")
    wide = np.asarray(z, np.float64)
    with np.errstate(all="ignore"):
        return np.asarray(FORMULAS[formula].naive(wide)), np.asarray(FORMULAS[formula].right(wide))


def failing_input(formula: str, *, limit: float) -> float | Array:
    """Return an input on which a formula fails as it stands on paper, though a right result exists.

    `exp` overflows from 709.8 on and is 0 below -745; `exp(z) - 1` loses every digit where z is tiny.

    Args:
        formula: as for `fails`.
        limit: how far from 0 an entry may be, at least 750.

    Returns:
        A number; for softmax an array of two.

    Raises:
        ValueError: no formula is called so, or the limit is too small.

    Example:
        >>> failing_input("sigmoid_slope", limit=1000.0)
        -750.0

    Source: Goldberg 1991, "What every computer scientist should know about floating-point arithmetic".
    """
    if not limit >= ENOUGH:
        raise ValueError(f"limit must be at least {ENOUGH:g}, where exp overflows, but it is {limit}")
    inputs: dict[str, float | Array] = {
        "sigmoid_slope": -ENOUGH,
        "softplus": ENOUGH,
        "exp_minus_1": 1e-17,
        "softmax": np.array([ENOUGH, 0.0]),
    }
    if formula not in inputs:
        raise ValueError(f"no formula is called {formula!r}: choose one of {', '.join(FORMULAS)}")
    return inputs[formula]
