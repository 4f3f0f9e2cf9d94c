"""The door: what steps, schedules and callbacks check about their arguments, with sentences that say what to do."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Array",
    "Function",
    "Integers",
    "Pixels",
    "above",
    "array_like",
    "at_least",
    "count",
    "float_array",
    "fraction",
    "learning_rate_value",
]

#: Numbers of any kind; what a function asks of them is in its docstring.
Array = NDArray[Any]
#: Class numbers, rows to take.
Integers = NDArray[np.int64]
#: A picture's bytes.
Pixels = NDArray[np.uint8]
#: A function of a student's, or one that stands in its place: it may take and return anything.
Function = Callable[..., Any]


def float_array(name: str, value: ArrayLike) -> Array:
    """Return value as an array of floats, without a copy where it is one; raise TypeError where it holds anything else.

    Integers are refused rather than converted: a step on an integer vector silently truncates.

    Args:
        name: what the caller calls it, for the sentence.
        value: what was given.

    Raises:
        TypeError: it holds anything but floats.

    Example:
        >>> float_array("theta", [1.0, 2.0])
        array([1., 2.])
    """
    array = np.asarray(value)
    if array.dtype.kind != "f":
        raise TypeError(
            f"{name} must hold floats, but its dtype is {array.dtype}: convert it first, "
            f"{name} = np.array({name}, float)"
        )
    return array


def array_like(name: str, value: ArrayLike, other_name: str, other: Array) -> Array:
    """Return value as an array with the dtype of other; raise ValueError where its shape differs.

    Args:
        name: what the caller calls it, for the sentence.
        value: what was given.
        other_name, other: the array whose shape and dtype it takes.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> array_like("gradient", [1, 2], "theta", np.zeros(2))
        array([1., 2.])
    """
    array = np.asarray(value)
    if array.shape != other.shape:
        raise ValueError(f"{name} must have the shape of {other_name}, {other.shape}, but it has {array.shape}")
    return array.astype(other.dtype, copy=False)


def at_least(name: str, value: float, low: float, *, hint: str = "") -> float:
    """Return value as a Python float, so that it never widens a float32 vector; raise ValueError unless finite, >=
    low.

    Args:
        name: what the caller calls it, for the sentence.
        value: what was given.
        low: the bound.
        hint: what to do instead, after a colon.

    Raises:
        ValueError: it is out of range, or no finite number.

    Example:
        >>> at_least("noise", np.float32(0.5), 0)
        0.5
    """
    return _checked(name, value, lambda number: number >= low, f"a finite number >= {low:g}", hint)


def above(name: str, value: float, low: float, *, hint: str = "") -> float:
    """Return value as a Python float; raise ValueError unless it is finite and > low.

    Args:
        name: what the caller calls it, for the sentence.
        value: what was given.
        low: the bound.
        hint: what to do instead, after a colon.

    Raises:
        ValueError: it is out of range, or no finite number.

    Example:
        >>> above("noise", np.float32(0.5), 0)
        0.5
    """
    return _checked(name, value, lambda number: number > low, f"a finite number > {low:g}", hint)


def fraction(name: str, value: float, *, hint: str = "") -> float:
    """Return value as a Python float; raise ValueError unless 0 <= value < 1.

    Args:
        name: what the caller calls it, for the sentence.
        value: what was given.
        hint: what to do instead, after a colon.

    Raises:
        ValueError: it is out of range, or no number.

    Example:
        >>> fraction("beta", 0.9)
        0.9
    """
    return _checked(name, value, lambda number: 0 <= number < 1, "a number in [0, 1)", hint)


def count(name: str, value: int, low: int, *, hint: str = "") -> int:
    """Return value as a Python int; raise ValueError unless it is a whole number >= low.

    Args:
        name: what the caller calls it, for the sentence.
        value: what was given.
        low: the smallest that is allowed.
        hint: what to do instead, after a colon.

    Raises:
        ValueError: it is smaller, or no whole number.

    Example:
        >>> count("units", 3.0, 1)
        3
    """
    number = _checked(name, value, lambda v: v >= low and v == int(v), f"a whole number >= {low}", hint)
    return int(number)


def _checked(name: str, value: float, accept: Callable[[float], bool], expected: str, hint: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not (math.isfinite(number) and accept(number)):
        raise ValueError(f"{name} must be {expected}, but it is {value}" + (f": {hint}" if hint else ""))
    return number


def learning_rate_value(value: float) -> float:
    """Return a learning rate as a Python float; raise ValueError unless it is finite and >= 0.

    Args:
        value: what was given.

    Raises:
        ValueError: it is negative, infinite or no number.

    Example:
        >>> learning_rate_value(0.01)
        0.01
    """
    return at_least("learning_rate", value, 0, hint="choose one such as 0.01")
