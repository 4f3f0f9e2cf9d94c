"""What a check tries on its own account once all of an exercise's cases are right: a batch of one, one unit, integers.

These cases are made of the exercise's own: an axis is cut to length 1, together with every axis that is as long in all
cases; numbers are rounded to integers. The reference says what is asked for: a case that it refuses, or that makes it
warn, is none. An exercise whose text asks for less says so with `untried`, and one for integers with `takes_integers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from machine_room.checks.compare import all_finite, value_differences
from machine_room.checks.observe import Observation, observe
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence

__all__ = ["Again", "Further", "Trial", "again", "as_floats", "further", "in_other_order"]

Axis = tuple[int | str, int]  # an argument by its place or name, and which of its axes


class Trial(Enum):
    """What is tried beyond an exercise's own cases; by these words an exercise says `untried`."""

    OTHER_NUMBERS = "other numbers"
    ONE_ROW = "one row"
    ONE_UNIT = "one unit"
    INTEGERS = "integers"


@dataclass(frozen=True, eq=False)
class Further:
    """A case that was made of an exercise's own, what it tries, and what the reference answers."""

    trial: Trial
    case: Case
    expected: Observation


def further(exercise: Exercise, cases: Sequence[Case]) -> tuple[Further, ...]:
    """Return what else the exercise asks for, one case of each kind at most.

    Args:
        exercise: says what is asked for by its reference, and what is not by `untried`.
        cases: its own, of one seed.
    """
    if exercise.score is not None:
        return ()
    plain = [case for case in cases if not any(map(callable, _values(case).values()))]  # a function knows its shapes
    if exercise.measure is None:
        plain.sort(key=lambda case: case.size)  # what is shown is small; random results have their least telling last
    makers = {Trial.ONE_ROW: _one_row, Trial.ONE_UNIT: _one_unit, Trial.INTEGERS: _integers}
    found = (
        next(_asked_for(exercise, trial, make(cases, plain)), None)
        for trial, make in makers.items()
        if trial.value not in exercise.untried and (trial is not Trial.INTEGERS or exercise.takes_integers)
    )
    return tuple(one for one in found if one is not None)


@dataclass(frozen=True, eq=False)
class Again:
    """What is called after all cases: a case once more (its index), with other numbers where there are some."""

    index: int
    other: Further | None


def again(exercise: Exercise, cases: Sequence[Case], others: Sequence[Case]) -> Again:
    """Return which case is called once more, and with which numbers.

    Args:
        exercise, cases: its own, of one seed.
        others: those of another seed. Where one has arrays of the same shapes and other numbers an answer that was kept
            shows.
    """
    if exercise.measure is not None:
        return Again(0, None)
    order = sorted(range(len(cases)), key=lambda index: _how_little_it_tells(cases[index]))
    for index in order if len(others) == len(cases) else ():
        if _is_like(cases[index], others[index]):
            case = replace(
                others[index], description=sentence("{case}, with other numbers", case=cases[index].description)
            )
            made = next(_asked_for(exercise, Trial.OTHER_NUMBERS, iter([(case, case)])), None)
            if made is not None:
                return Again(index, made)
    return Again(order[0], None)


def _how_little_it_tells(case: Case) -> int:
    """A matrix lies in either order, an array of several numbers is no other by chance."""
    if any(map(_is_matrix, case.args)):
        return 0
    return 1 if any(isinstance(value, np.ndarray) and value.size > 1 for value in case.args) else 2


def _is_like(case: Case, other: Case) -> bool:
    """Whether all arrays have the same shapes, and there are some, of which none has the same numbers."""
    arrays = [(a, b) for a, b in zip(case.args, other.args, strict=False) if isinstance(a, np.ndarray)]
    return bool(arrays) and all(
        isinstance(b, np.ndarray) and a.shape == b.shape and (a.size < 2 or not np.array_equal(a, b)) for a, b in arrays
    )


def _is_matrix(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 1 and min(value.shape) > 1


def _asked_for(exercise: Exercise, trial: Trial, made: Iterator[tuple[Case, Case]]) -> Iterator[Further]:
    """Yield the cases that the reference can answer; of integers first those whose answer is no integer."""
    whole = []
    for case, with_floats in made:
        expected = observe(exercise.reference, case, exercise.parameters, quiet=True)
        if expected.raised is not None or expected.warned or expected.changed or not all_finite(expected.value):
            continue
        if trial is not Trial.INTEGERS:
            if type(expected.value) in (int, float) and trial is not Trial.OTHER_NUMBERS:  # no axis that could be lost
                return
            yield Further(trial, case, expected)
        elif exercise.measure is None and _is_the_same(exercise, with_floats, expected):
            if not _is_whole(expected.value):
                yield Further(trial, case, expected)
            whole.append(Further(trial, case, expected))
    yield from whole


def _is_the_same(exercise: Exercise, case: Case, expected: Observation) -> bool:
    other = observe(exercise.reference, case, exercise.parameters, quiet=True)
    return other.raised is None and not any(value_differences(exercise, case, other.value, expected.value))


def _is_whole(value: Any) -> bool:
    if type(value) is dict:
        value = list(value.values())
    if type(value) in (tuple, list):
        return all(map(_is_whole, value))
    array = np.asarray(value)
    return array.dtype.kind not in "fc" or bool(np.array_equal(array, np.round(array)))


def _one_row(cases: Sequence[Case], candidates: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """The first axis of the first matrix cut to length 1, unless a case of the exercise's has it so.

    Only where the cases say that it may have any length: by several of it, or by arrays of another dimension.
    """
    shapes = {first[1].shape for first in map(_first, cases) if first is not None}
    matrices = {shape[0] for shape in shapes if len(shape) == 2}
    if 1 in matrices or (len(matrices) < 2 and len({len(shape) for shape in shapes}) < 2):
        return
    lengths = _lengths(cases)
    for case in candidates:
        first = _first(case)
        if first is not None and first[1].ndim == 2 and first[1].dtype == float and len(first[1]) > 1:
            made = _cut(case, _linked(lengths, (first[0], 0)))
            yield replace(made, description=sentence("a single row, as in a batch of one")), made


def _one_unit(cases: Sequence[Case], candidates: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """The second axis of the first array cut to length 1, where it meets another array's in a product."""
    lengths = _lengths(cases)
    for case in candidates:
        first = _first(case)
        if first is None or first[1].ndim != 2 or first[1].dtype != float:
            continue
        axis = (first[0], 1)
        group = _linked(lengths, axis)
        shapes = {value.shape for value in _values(case).values() if isinstance(value, np.ndarray)}
        if len(shapes) < 2 or len({name for name, _ in group}) < 2 or 1 in lengths[axis]:
            continue
        made = _cut(case, group)
        yield replace(made, description=sentence("a single column, as of a layer with one input or one unit")), made


def _integers(cases: Sequence[Case], candidates: Sequence[Case]) -> Iterator[tuple[Case, Case]]:
    """Arrays and lists of floats that are handed in by their place rounded to integers; what is named is a setting."""
    for case in candidates:
        with_floats = replace(case, args=tuple(map(_rounded, case.args)))
        made = replace(case, args=tuple(_as_integers(_rounded(value)) for value in case.args))
        floats = list(filter(_holds_floats, case.args))
        if floats and all(len(np.unique(np.round(value))) > 1 for value in floats):
            yield replace(made, description=sentence("integers")), with_floats


def _holds_floats(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype == float and value.size > 0 and bool(np.isfinite(value).all())
    return type(value) is list and len(value) > 0 and all(type(item) is float and np.isfinite(item) for item in value)


def _rounded(value: Any) -> Any:
    if not _holds_floats(value):
        return value
    return [float(round(item)) for item in value] if type(value) is list else np.round(value)


def _as_integers(value: Any) -> Any:
    if not _holds_floats(value):
        return value
    return [int(item) for item in value] if type(value) is list else value.astype(int)


def as_floats(value: Any) -> Any:
    """Integers in an array or a list as floats, and anything else as it is."""
    if isinstance(value, np.ndarray):
        return value.astype(float) if value.dtype.kind == "i" else value
    return list(map(float, value)) if type(value) is list else value


def in_other_order(case: Case) -> Case:
    """The same case with its matrices laid out in memory column by column, as `x.T` lies there."""
    return _changed(
        case,
        {
            name: np.asfortranarray(value) if isinstance(value, np.ndarray) and value.ndim > 1 else value
            for name, value in _values(case).items()
        },
    )


def _values(case: Case) -> dict[int | str, Any]:
    """The arguments by place or name."""
    found: dict[int | str, Any] = dict(enumerate(case.args))
    found.update(case.kwargs)
    return found


def _changed(case: Case, values: Mapping[int | str, Any]) -> Case:
    args = tuple(values[place] for place in range(len(case.args)))
    return replace(case, args=args, kwargs={name: values[name] for name in case.kwargs})


def _first(case: Case) -> tuple[int, np.ndarray[Any, Any]] | None:
    """The first array among the arguments, with its place."""
    return next(((place, value) for place, value in enumerate(case.args) if isinstance(value, np.ndarray)), None)


def _lengths(cases: Sequence[Case]) -> dict[Axis, list[int | None]]:
    """How long every axis of every argument is, case by case; None where it has no such axis."""
    found: dict[Axis, list[int | None]] = {}
    for index, case in enumerate(cases):
        for name, value in _values(case).items():
            for axis, length in enumerate(np.shape(value) if isinstance(value, np.ndarray) else ()):
                found.setdefault((name, axis), [None] * len(cases))[index] = length
    return found


def _linked(lengths: Mapping[Axis, Sequence[int | None]], axis: Axis) -> set[Axis]:
    """The axes that are as long as this one in every case that has both."""

    def is_linked(other: Sequence[int | None]) -> bool:
        both = [(a, b) for a, b in zip(lengths[axis], other, strict=True) if a is not None and b is not None]
        return bool(both) and all(a == b for a, b in both)

    return {name for name, other in lengths.items() if is_linked(other)}


def _cut(case: Case, group: set[Axis]) -> Case:
    """The case with every axis of a group cut to length 1."""

    def cut(name: int | str, value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return value
        return value[tuple(slice(1) if (name, axis) in group else slice(None) for axis in range(value.ndim))]

    return _changed(case, {name: cut(name, value) for name, value in _values(case).items()})
