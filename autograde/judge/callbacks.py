"""What a student's function may do with functions of ours that it was handed: call them, on few numbers, not for ever.

A finite difference gets the `f` it takes the slope of, and calls it from their process. `f` then runs here, in the
judge, on what they sent. So this is a boundary like the wire: an argument is a number, an array of numbers or a list of
such, with no more entries and axes than the arguments of the call that is under way make likely, and the calls are
counted and timed.

*Called by* `session`. *Trust*: a callback's arguments are the student's. They are taken apart by exact type and counted
before our function sees them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np

from .replies import Callback

__all__ = ["MAX_CALLS", "MAX_REFUSALS", "MAX_SECONDS", "Allowance", "TooMuch"]

MAX_CALLS = 5_000  # of our functions, during one call of theirs; the exercises' own answers need 81 at most
MAX_REFUSALS = 100  # after which nobody can be going on by mistake
MAX_SECONDS = 5.0  # of processor time in our functions, during one call of theirs; one callback takes microseconds
MAX_ARGUMENTS = 8
MAX_NAME = 60
ROOM, SPARE = 4, 64  # entries: so many times those of all the call's arguments together, and so many more
LARGEST_INT = 1 << 63  # beyond 64 bits NumPy makes objects of whole numbers
NUMBERS = frozenset({bool, int, float, complex})
KINDS = "biufc"


class TooMuch(Exception):
    """The student's function goes on calling what it was handed, whatever it is told."""


class Allowance:
    """What one call of a student's function may still ask of the functions it was handed.

    Args:
        args, kwargs: of that call; ours. They say how much an honest function passes on.
    """

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        values = (*args, *kwargs.values())
        self.entries = ROOM * sum(map(_entries, values)) + SPARE
        self.axes = 1 + max(map(_axes, values), default=0)
        self.calls = 0
        self.refusals = 0
        self.seconds = 0.0

    def answer(self, callback: Callback) -> Any:
        """Call our function with what they sent and return its result.

        Raises:
            TooMuch: they went on and on; no message helps.
            Exception: what they are to be told: why the call is refused, or what our function raised.
        """
        self.calls += 1
        try:
            self._admit(callback)
        except (TypeError, RuntimeError):
            self.refusals += 1
            if self.refusals > MAX_REFUSALS:
                raise TooMuch(f"{self.refusals} calls of a function it was given, all refused") from None
            raise
        began = time.thread_time()
        try:
            return callback.function(*callback.args, **callback.kwargs)
        finally:
            self.seconds += time.thread_time() - began

    def _admit(self, callback: Callback) -> None:
        name = str(getattr(callback.function, "__name__", "f"))
        if self.calls > MAX_CALLS:
            raise RuntimeError(f"{name} was called more than {MAX_CALLS} times: is there a loop that never stops?")
        if self.seconds > MAX_SECONDS:
            raise RuntimeError(f"the calls of {name} took more than {MAX_SECONDS:g} seconds together")
        if len(callback.args) + len(callback.kwargs) > MAX_ARGUMENTS:
            raise TypeError(f"{name} takes no more than {MAX_ARGUMENTS} arguments")
        if not all(keyword.isidentifier() and len(keyword) <= MAX_NAME for keyword in callback.kwargs):
            raise TypeError(f"{name} got a keyword that is no name")
        _Count(name, self.entries, self.axes).all((*callback.args, *callback.kwargs.values()), 0)


class _Count:
    """Counts the entries of what is handed to one of our functions, and stops where there are too many."""

    def __init__(self, name: str, entries: int, axes: int) -> None:
        self.name = name
        self.entries = self.left = entries
        self.axes = axes

    def all(self, values: Iterable[Any], depth: int) -> None:
        for value in values:
            self.one(value, depth)

    def one(self, value: Any, depth: int) -> None:
        kind = type(value)
        if kind is list or kind is tuple:
            self._take(1 + len(value))  # before it is walked
            if depth >= self.axes:
                self._refuse(f"takes at most {self.axes} axes; this list is nested deeper")
            self.all(value, depth + 1)
        elif kind is np.ndarray:
            self._array(value, depth)
        elif kind is int and not -LARGEST_INT <= value < LARGEST_INT:
            self._refuse("takes numbers; a whole number beyond 64 bits is none")
        elif kind not in NUMBERS and not (issubclass(kind, np.generic) and value.dtype.kind in KINDS):
            self._refuse(f"takes numbers and arrays of numbers, got {_type_name(value)}")

    def _array(self, value: np.ndarray[Any, Any], depth: int) -> None:
        if value.dtype.kind not in KINDS:
            self._refuse(f"takes arrays of numbers, got one of dtype {value.dtype.name}")
        if depth + value.ndim > self.axes:
            self._refuse(f"takes at most {self.axes} axes here, got {depth + value.ndim}")
        self._take(max((value.size, *value.shape)))  # an axis may be long though there is not one entry

    def _take(self, entries: int) -> None:
        self.left -= entries
        if self.left < 0:
            self._refuse(f"takes at most {self.entries} numbers here, got more: hand it no more than you were given")

    def _refuse(self, why: str) -> NoReturn:
        raise TypeError(f"{self.name} {why}")


def _type_name(value: Any) -> str:
    name = getattr(value, "type_name", None)  # of what stands in for an object of theirs
    return name if type(name) is str else type(value).__name__


def _entries(value: Any) -> int:
    """How many numbers an argument of ours holds."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, dict):
        return sum(map(_entries, value.values()))
    return sum(map(_entries, value)) if isinstance(value, (list, tuple)) else 1


def _axes(value: Any) -> int:
    """How many axes it has; a list of arrays has those of its arrays, and one more."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, dict):
        return max(map(_axes, value.values()), default=0)
    return 1 + max(map(_axes, value), default=0) if isinstance(value, (list, tuple)) else 0
