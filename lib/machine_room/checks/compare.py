"""How one observation differs from another, part by part. Both are plain data (see `observe`)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.observe import Observation
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence

__all__ = [
    "Difference",
    "Kind",
    "agree",
    "all_finite",
    "close",
    "differences",
    "identical",
    "parts",
    "unlike",
    "value_differences",
]


MOST_PARTS = 16  # of a result that comes as one array


class Kind(Enum):
    """The ways in which an answer can differ."""

    RAISED = "raised"
    NOTHING = "nothing"  # None, where a result was asked for
    TYPE = "type"  # a string, a list, an object
    COUNT = "count"  # a tuple of another length
    KEYS = "keys"  # a dict without a key
    SHAPE = "shape"
    DTYPE = "dtype"  # truth values, complex numbers
    VALUES = "values"
    CHANGED = "changed"  # an argument
    WARNED = "warned"
    CALLS = "calls"  # of a function it was given
    UNLIKE = "unlike"  # cannot even be compared
    CHANCE = "chance"  # random, but not drawn as asked
    AGAIN = "again"  # the second call with the same input gave something else
    ORDER = "order"  # the same numbers gave something else where they lie in memory in another order


@dataclass(frozen=True, eq=False)
class Difference:
    """One thing that differs; `part` is its name ("dbias"), empty for the whole result."""

    kind: Kind
    part: str = ""
    yours: Any = None
    expected: Any = None


def differences(exercise: Exercise, case: Case, expected: Observation, yours: Observation) -> list[Difference]:
    """List what is wrong with yours, gravest first; empty where it is right."""
    if yours.raised is not None:
        return [Difference(Kind.RAISED, yours=yours.raised)]
    found = list(value_differences(exercise, case, expected.value, yours.value))
    found += [Difference(Kind.CHANGED, yours=name) for name in yours.changed]
    if yours.warned and not expected.warned:
        found.append(Difference(Kind.WARNED, yours=yours.warned))
    if case.max_calls is not None and yours.calls > case.max_calls:
        found.append(Difference(Kind.CALLS, yours=yours.calls, expected=expected.calls))
    return found


def agree(exercise: Exercise, case: Case, one: Observation, other: Observation) -> bool:
    """Tell whether two observations are the same answer: result or kind of error, arguments changed, warned or not."""
    if one.raised is not None or other.raised is not None:
        return (
            one.raised is not None
            and other.raised is not None
            and one.raised.type_name == other.raised.type_name
            and one.changed == other.changed
        )
    return (
        one.changed == other.changed
        and bool(one.warned) == bool(other.warned)
        and _too_many(case, one) == _too_many(case, other)
        and not any(value_differences(exercise, case, one.value, other.value))
    )


def _too_many(case: Case, observation: Observation) -> bool:
    return case.max_calls is not None and observation.calls > case.max_calls


def value_differences(exercise: Exercise, case: Case, expected: Any, yours: Any) -> Iterator[Difference]:
    """Yield what differs between two plain results, or between their moments where they are random."""
    if exercise.measure is not None:
        found = unlike(exercise, expected, yours)
        if found:
            yield from found
            return
        expected, yours = exercise.measure(expected), exercise.measure(yours)
    yield from _differences(exercise, case, expected, yours)


def unlike(exercise: Exercise, expected: Any, yours: Any) -> list[Difference]:
    """List how yours is built differently, whatever its numbers are."""
    return [d for d in _differences(exercise, Case(""), expected, yours) if d.kind is not Kind.VALUES]


def _differences(exercise: Exercise, case: Case, expected: Any, yours: Any) -> Iterator[Difference]:
    if yours is None and expected is not None:
        yield Difference(Kind.NOTHING, expected=expected)
    elif type(expected) is tuple:
        yield from _tuples(exercise, case, expected, yours)
    elif type(expected) is dict:
        yield from _dicts(exercise, case, expected, yours)
    else:
        yield from _leaf(exercise, case, "", expected, yours)


def unpacked(value: Any) -> Any:
    """Return an array as the list that it unpacks to, a number where an entry is one; anything else as it is."""
    return [row if row.ndim else row.item() for row in map(np.asarray, value)] if _has_axes(value) else value


def _unpacks_to(expected: tuple[Any, ...], yours: Any) -> bool:
    """Tell whether an array has the parts that are asked for, each in its shape: `mean, std = f(x)` takes it, too."""
    if not _has_axes(yours) or len(yours) != len(expected):
        return False
    return all(np.shape(row) == np.shape(part) for row, part in zip(unpacked(yours), expected, strict=True))


def _has_axes(value: Any) -> bool:
    return type(value) is np.ndarray and value.ndim > 0 and len(value) <= MOST_PARTS


def _tuples(exercise: Exercise, case: Case, expected: tuple[Any, ...], yours: Any) -> Iterator[Difference]:
    if _unpacks_to(expected, yours):
        yours = unpacked(yours)
    if type(yours) not in (tuple, list):
        yield Difference(Kind.TYPE, yours=yours, expected=expected)
    elif len(yours) != len(expected):
        yield Difference(Kind.COUNT, yours=yours, expected=expected)
    else:
        for name, right, got in zip(part_names(exercise, expected), expected, yours, strict=True):
            yield from _leaf(exercise, case, name, right, got)


def _dicts(exercise: Exercise, case: Case, expected: dict[str, Any], yours: Any) -> Iterator[Difference]:
    if type(yours) is not dict:
        yield Difference(Kind.TYPE, yours=yours, expected=expected)
    elif missing := [key for key in expected if key not in yours]:
        yield Difference(Kind.KEYS, ", ".join(missing), yours=yours, expected=expected)
    else:  # further keys do no harm
        for key, right in expected.items():
            yield from _leaf(exercise, case, key, right, yours[key])


def _leaf(exercise: Exercise, case: Case, part: str, expected: Any, yours: Any) -> Iterator[Difference]:
    kind = _leaf_kind(exercise, case, expected, yours, part)
    if kind is not None:
        yield Difference(kind, part, yours, expected)


def _leaf_kind(exercise: Exercise, case: Case, expected: Any, yours: Any, part: str = "") -> Kind | None:
    if type(yours) is tuple and exercise.accepts_lists:
        yours = list(yours)
    if type(yours) is list and (exercise.accepts_lists or type(expected) is list):
        yours = from_list(yours)
    if type(expected) is list:
        expected = from_list(expected)
    if not is_numeric(expected):
        return None if identical(expected, yours) else Kind.TYPE
    if yours is None:
        return Kind.NOTHING
    if not is_numeric(yours):
        return Kind.TYPE
    if np.shape(yours) != np.shape(expected):
        return Kind.SHAPE
    if np.asarray(yours).dtype.kind in "bc" and np.asarray(expected).dtype.kind != np.asarray(yours).dtype.kind:
        return Kind.DTYPE
    return None if close(case, expected, yours, part).all() else Kind.VALUES


def identical(one: Any, other: Any) -> bool:
    """Tell whether two plain values are of one type and equal."""
    if type(one) is not type(other):
        return False
    if type(one) in (list, tuple):
        return len(one) == len(other) and all(map(identical, one, other))
    if type(one) is dict:
        return one.keys() == other.keys() and all(identical(one[key], other[key]) for key in one)
    return np.array_equal(one, other) if type(one) is np.ndarray else bool(one == other)


def is_numeric(value: Any) -> bool:
    return type(value) in (bool, int, float, complex, np.ndarray)


def all_finite(value: Any) -> bool:
    """Tell whether no number in a plain result is NaN or infinite."""
    if type(value) in (tuple, list, dict):
        return all(map(all_finite, value.values() if type(value) is dict else value))
    return not is_numeric(value) or bool(np.isfinite(np.asarray(value)).all())


def from_list(value: list[Any]) -> Any:
    """Return a nested list of numbers as an array, or the list itself where it is no array."""
    if not _holds_numbers(value):
        return value
    try:
        array = np.array(value)
    except ValueError:  # ragged
        return value
    return array if array.dtype.kind in "biufc" else value


def _holds_numbers(value: Any) -> bool:
    return all(map(_holds_numbers, value)) if type(value) is list else is_numeric(value)


def close(case: Case, expected: Any, yours: Any, part: str = "") -> Array:
    """Return, entry by entry, whether yours is the expected number; NaN equals NaN, infinity infinity.

    The absolute tolerance scales with the largest entry: next to 1e6, 1e-4 is rounding.
    """
    right, got = _real(np.asarray(expected)), _real(np.asarray(yours))
    same = got == right
    if same.all():  # to the last bit, as often as not
        return np.atleast_1d(same)
    rtol, atol = case.tolerance(part)
    with np.errstate(all="ignore"):
        size = np.abs(right)
        finite = np.isfinite(size)
        scale = max(float(size.max(where=finite, initial=0.0)), 1e-2)
        near = (np.abs(got - right) <= rtol * size + atol * scale) & finite
        if not near.all():  # only here can NaN and infinities meet their like
            near = near | same | (np.isnan(got) & np.isnan(right))
    return np.atleast_1d(near)


def _real(array: Array) -> Array:
    return array if array.dtype.kind in "fc" else array.astype(float)


def part_names(exercise: Exercise, result: tuple[Any, ...]) -> list[str]:
    if len(exercise.returns) == len(result):
        return list(exercise.returns)
    return [sentence("result {number}", number=i + 1) for i in range(len(result))]


def parts(exercise: Exercise, result: Any, like: Any) -> dict[str, Any]:
    """Take a plain result apart by the names of the expected one's parts; empty where it is not built like that."""
    if exercise.measure is not None:
        if unlike(exercise, like, result):
            return {}
        result, like = exercise.measure(result), exercise.measure(like)
    if type(like) is tuple:
        result = unpacked(result)
        if type(result) not in (tuple, list) or len(result) != len(like):
            return {}
        named = dict(zip(part_names(exercise, like), result, strict=True))
    elif type(like) is dict:
        named = {key: result[key] for key in like if key in result} if type(result) is dict else {}
    else:
        named = {"": result}
    if exercise.accepts_lists:
        named = {name: from_list(list(part)) if type(part) in (list, tuple) else part for name, part in named.items()}
    return named


def part_agrees(exercise: Exercise, case: Case, part: str, one: Any, other: Any) -> bool:
    """Tell whether one part of a result, by its name, is the same in two observations."""
    return _leaf_kind(exercise, case, one, other, part) is None
