"""Kinds of mistakes that are no exercise's own, tried on every exercise: its reference, spoiled in one way.

A kind says of each exercise whether it can be made there at all, and what a message that names it contains. What no
check finds stands in `NOT_FOUND` with the reason, and is held to that as well.
"""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from machine_room.checks import run_check
from machine_room.checks.answers import answers
from machine_room.checks.faults import faults
from machine_room.checks.further import in_other_order
from machine_room.exercises import all_exercises
from machine_room.exercises.exercise import VISIBLE_SEED, Case, Exercise

HIDDEN_SEED = 11
EXERCISES = [exercise for exercise in all_exercises() if exercise.score is None]

Function = Callable[..., Any]


@cache
def cases(exercise: Exercise) -> Sequence[Case]:
    """All that a check calls a function with, what it makes of the exercise's cases included."""
    return answers(exercise, VISIBLE_SEED).with_further.cases


@cache
def results(exercise: Exercise) -> Sequence[Any]:
    return [seen.value for seen in answers(exercise, VISIBLE_SEED).with_further.expected]


def arrays(value: Any) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the arrays in a result or among arguments."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays(item)


def mapped(result: Any, change: Callable[[Any], Any], of: type | tuple[type, ...] = np.ndarray) -> Any:
    """A result with a change in every array of it, or in every number as well."""
    if isinstance(result, of) and not isinstance(result, bool):
        return change(result)
    if type(result) in (tuple, list):
        return type(result)(mapped(item, change, of) for item in result)
    if type(result) is dict:
        return {key: mapped(item, change, of) for key, item in result.items()}
    return result


NUMBERS = (np.ndarray, float, int, np.generic)


def first_array(args: Sequence[Any]) -> np.ndarray[Any, Any] | None:
    return next(arrays(list(args)), None)


def is_one_row(args: Sequence[Any]) -> bool:
    """Whether the first array has one row; of lists of numbers alone, one number."""
    array = first_array(args)
    rows = [case_array for case_array in [array] if case_array is not None and case_array.ndim]
    return bool(rows) and rows[0].shape[0] == 1


# --- the kinds: what is done to a right function ---------------------------------------------------------------------


def squeezes(f: Function) -> Function:
    return lambda *args, **kwargs: mapped(f(*args, **kwargs), np.squeeze)


def fails_for_one_row(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        if is_one_row(args):
            raise IndexError("index 1 is out of bounds for axis 0 with size 1")
        return f(*args, **kwargs)

    return spoiled


def none_for_one_row(f: Function) -> Function:
    return lambda *args, **kwargs: None if is_one_row(args) else f(*args, **kwargs)


def zero_for_one_row(f: Function) -> Function:
    return lambda *args, **kwargs: (
        mapped(f(*args, **kwargs), lambda a: a * 0, NUMBERS) if is_one_row(args) else f(*args, **kwargs)
    )


def fails_for_one_unit(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        if has_one_unit(args):
            raise IndexError("too many indices for array")
        return f(*args, **kwargs)

    return spoiled


def has_one_unit(args: Sequence[Any]) -> bool:
    array = first_array(args)
    return array is not None and array.ndim == 2 and array.shape[1] == 1


def fails_where_square(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        if is_square(args):
            raise ValueError("which axis is which?")
        return f(*args, **kwargs)

    return spoiled


def is_square(args: Sequence[Any]) -> bool:
    array = first_array(args)
    return array is not None and array.ndim == 2 and array.shape[0] == array.shape[1]


def transposes(f: Function) -> Function:
    return lambda *args, **kwargs: mapped(f(*args, **kwargs), np.transpose)


def keeps_integers(f: Function) -> Function:
    """As np.zeros_like of an argument does, filled in."""

    def spoiled(*args, **kwargs):
        result = f(*args, **kwargs)
        return mapped(result, lambda a: np.trunc(a), NUMBERS) if takes_integers(args) else result

    return spoiled


def divides_integers_in_place(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        if takes_integers(args):
            array = np.array(next(one for one in args if holds_integers(one)))
            array /= 2.0
        return f(*args, **kwargs)

    return spoiled


def takes_integers(args: Sequence[Any]) -> bool:
    data = [one for one in args if isinstance(one, (np.ndarray, list))]
    return bool(data) and all(map(holds_integers, data))


def holds_integers(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "i")
    return type(value) is list and all(type(item) is int for item in value)


def works_in_single_precision(f: Function) -> Function:
    def narrow(value: Any) -> Any:
        return value.astype(np.float32) if isinstance(value, np.ndarray) and value.dtype == float else value

    return lambda *args, **kwargs: f(*map(narrow, args), **{name: narrow(value) for name, value in kwargs.items()})


def answers_in_single_precision(f: Function) -> Function:
    return lambda *args, **kwargs: mapped(
        f(*args, **kwargs), lambda a: a.astype(np.float32) if a.dtype.kind == "f" else a
    )


def answers_with_its_argument(f: Function) -> Function:
    """Changed in place, and returned: where the result has its shape."""

    def spoiled(*args, **kwargs):
        result = f(*args, **kwargs)
        argument, whole = first_array(args), next(arrays(result), None)
        if argument is None or whole is None or argument.shape != whole.shape:
            return result
        argument[...] = whole
        return result

    return spoiled


def spoils_its_argument(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        result = mapped(f(*args, **kwargs), np.copy)
        for one in args:
            if isinstance(one, np.ndarray) and one.dtype.kind == "f":
                one += 1
            elif type(one) is list:
                one.reverse()
        return result

    return spoiled


def counts_its_calls(f: Function) -> Function:
    """As a running mean, a momentum in a global variable, a default argument that grows."""
    calls: list[int] = []

    def spoiled(*args, **kwargs):
        calls.append(1)
        return mapped(f(*args, **kwargs), lambda a: a + 0.5 * len(calls), NUMBERS)

    return spoiled


def drifts_after_all_cases(f: Function) -> Function:
    """Right as long as the exercise's own cases go, for whom nothing else is left to see it by."""
    calls: list[int] = []

    def spoiled(*args, **kwargs):
        calls.append(1)
        own = len(answers(find_of(f), VISIBLE_SEED).cases)
        return mapped(f(*args, **kwargs), lambda a: a + max(0, len(calls) - own), NUMBERS)

    return spoiled


def find_of(f: Function) -> Exercise:
    return next(exercise for exercise in EXERCISES if exercise.reference is f)


def remembers_by_shape(f: Function) -> Function:
    """A cache whose key is too coarse."""
    cache_: dict[Any, Any] = {}

    def spoiled(*args, **kwargs):
        key = str([one.shape for one in arrays([*args, *kwargs.values()])])
        return cache_.setdefault(key, f(*args, **kwargs))

    return spoiled


def yields(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        yield f(*args, **kwargs)

    return spoiled


def returns_nothing(f: Function) -> Function:
    return lambda *args, **kwargs: None


def goes_by_memory(f: Function) -> Function:
    """Takes a matrix apart as it lies in memory, and puts it together row by row."""

    def laid(value: Any) -> Any:
        return (
            value.ravel(order="K").reshape(value.shape) if isinstance(value, np.ndarray) and value.ndim > 1 else value
        )

    return lambda *args, **kwargs: f(*map(laid, args), **kwargs)


def gives_up_on_large_numbers(f: Function) -> Function:
    """As exp does, where the result is put right afterwards: only NumPy's warning is left."""

    def spoiled(*args, **kwargs):
        if any(np.abs(a).max(initial=0.0) > 710 for a in arrays(list(args))):
            np.exp(np.array([800.0]))
        return f(*args, **kwargs)

    return spoiled


def is_nan_for_large_numbers(f: Function) -> Function:
    def spoiled(*args, **kwargs):
        large = any(np.abs(a).max(initial=0.0) > 710 for a in arrays(list(args)))
        return mapped(f(*args, **kwargs), lambda a: a * (np.nan if large else 1))

    return spoiled


def adds_an_axis(f: Function) -> Function:
    return lambda *args, **kwargs: mapped(f(*args, **kwargs), lambda a: a[None])


def gives_lists(f: Function) -> Function:
    return lambda *args, **kwargs: mapped(f(*args, **kwargs), lambda a: a.tolist())


def gives_objects(f: Function) -> Function:
    return lambda *args, **kwargs: mapped(f(*args, **kwargs), lambda a: a.astype(object))


# --- where each can be made: by what the exercise takes and gives, not by what its cases show ------------------------


def gives_arrays(exercise: Exercise) -> bool:
    return any(a.ndim > 0 for result in results(exercise) for a in arrays(result))


def is_of_fixed_size(exercise: Exercise) -> bool:
    """Whether the first array has the same shape in all cases: that of a certain network, or it takes none."""
    found = {getattr(first_array(case.args), "shape", None) for case in answers(exercise, VISIBLE_SEED).cases}
    return len(found) == 1


def has_rows(exercise: Exercise) -> bool:
    """Whether arrays of any length go in and come out. Of one number, as of a penalty, no axis can be lost."""
    return gives_arrays(exercise) and not is_of_fixed_size(exercise)


def multiplies_matrices(exercise: Exercise) -> bool:
    """Whether arrays of several shapes meet, of which two are matrices."""
    return any(
        len({a.shape for a in case.args if isinstance(a, np.ndarray)}) > 1
        and sum(isinstance(a, np.ndarray) and a.ndim == 2 for a in case.args) > 1
        for case in cases(exercise)
    )


def gives_matrices(exercise: Exercise) -> bool:
    return any(a.ndim == 2 and min(a.shape) > 1 for result in results(exercise) for a in arrays(result))


def gives_fractions_for_integers(exercise: Exercise) -> bool:
    return any(np.any(np.asarray(a) % 1 != 0) for result in for_integers(exercise) for a in numbers(result))


def works_on_integers(exercise: Exercise) -> bool:
    return bool(list(for_integers(exercise)))


def for_integers(exercise: Exercise) -> Iterator[Any]:
    """Yield what the reference gives for the numbers of its cases rounded to integers; nothing where it refuses."""
    for case in answers(exercise, VISIBLE_SEED).cases if exercise.measure is None else ():
        rounded = [as_integers(one) for one in case.args]
        if takes_integers(rounded) and not any(map(callable, rounded)):
            try:
                yield exercise.reference(*rounded, **case.kwargs)
            except TypeError:  # it refuses integers, as the library does nearly everywhere
                return


def as_integers(value: Any) -> Any:
    floats = isinstance(value, np.ndarray) or (type(value) is list and all(type(item) is float for item in value))
    if not floats or not np.all(np.isfinite(value)):
        return value
    rounded = np.round(value).astype(int)
    return rounded if isinstance(value, np.ndarray) else rounded.tolist()


def numbers(result: Any) -> Iterator[Any]:
    if isinstance(result, NUMBERS):
        yield result
    elif isinstance(result, (tuple, list, dict)):
        for item in result.values() if isinstance(result, dict) else result:
            yield from numbers(item)


def takes_what_it_gives(exercise: Exercise) -> bool:
    """Whether the first array that goes in has the shape of the first that comes out."""
    pairs = zip(cases(exercise), results(exercise), strict=True)
    found = [(first_array(case.args), next(arrays(result), None)) for case, result in pairs]
    return any(a is not None and b is not None and a.shape == b.shape for a, b in found)


def takes_what_can_be_changed(exercise: Exercise) -> bool:
    every = [one for case in cases(exercise) for one in case.args]
    return any(type(one) is list or (isinstance(one, np.ndarray) and one.dtype.kind == "f") for one in every)


def is_certain(exercise: Exercise) -> bool:
    return exercise.measure is None


def is_certain_and_takes_arrays(exercise: Exercise) -> bool:
    return is_certain(exercise) and any(first_array(case.args) is not None for case in cases(exercise))


def goes_by_place(exercise: Exercise) -> bool:
    """Whether it matters where in a matrix a number stands: a sum does not care."""
    if exercise.measure is not None:
        return False
    for case, result in zip(cases(exercise), results(exercise), strict=True):
        moved = in_other_order(case)
        wrong = goes_by_memory(exercise.reference)(*moved.args, **moved.kwargs)
        if any(not np.allclose(a, b) for a, b in zip(numbers(result), numbers(wrong), strict=True)):
            return True
    return False


def is_a_curve(exercise: Exercise) -> bool:
    """Whether it works on each number by itself, however large."""
    return exercise.curve is not None and exercise.curve.label == "z"


def takes_no_lists(exercise: Exercise) -> bool:
    return gives_arrays(exercise) and not exercise.accepts_lists


@dataclass(frozen=True)
class Kind:
    """A way to spoil a right function: what a message that names it says, and where it can be made."""

    spoil: Callable[[Function], Function]
    says: str
    applies: Callable[[Exercise], bool] = lambda exercise: True

    @property
    def name(self) -> str:
        return self.spoil.__name__


ONE = r"batch of one|one (example|row|entry|parameter|weight|number)|axis of length 1|single number"

KINDS = (
    Kind(squeezes, "axis of length 1", has_rows),
    Kind(fails_for_one_row, ONE, has_rows),
    Kind(none_for_one_row, ONE, has_rows),
    Kind(zero_for_one_row, ONE, has_rows),
    Kind(fails_for_one_unit, "one input", multiplies_matrices),
    Kind(fails_where_square, "which axis is which", multiplies_matrices),
    Kind(transposes, "transposed|column per example|another way round", gives_matrices),
    Kind(keeps_integers, "integers", gives_fractions_for_integers),
    Kind(divides_integers_in_place, "made from integers", works_on_integers),
    Kind(answers_with_its_argument, "changes its argument", takes_what_it_gives),
    Kind(spoils_its_argument, "changes its argument", takes_what_can_be_changed),
    Kind(counts_its_calls, "kept between calls"),
    Kind(drifts_after_all_cases, "kept between calls", is_certain),
    Kind(remembers_by_shape, "right in an earlier call", is_certain_and_takes_arrays),
    Kind(goes_by_memory, "lies in memory", goes_by_place),
    Kind(gives_up_on_large_numbers, "NumPy warns: overflow", is_a_curve),
    Kind(is_nan_for_large_numbers, "NaN|very large", is_a_curve),
    Kind(yields, "is a generator"),
    Kind(returns_nothing, "forget `return`"),
    Kind(adds_an_axis, "shape", gives_arrays),
    Kind(gives_lists, "list", takes_no_lists),
    Kind(gives_objects, "object", gives_arrays),
)

#: What no check finds, and why it is not asked for.
NOT_FOUND: dict[tuple[str, str], str] = {
    ("l1_gradient", "goes_by_memory"): "its matrices have other shapes with other seeds: a row is called once more",
    ("l2_gradient", "goes_by_memory"): "its matrices have other shapes with other seeds: a row is called once more",
    ("dropout_forward", "zero_for_one_row"): "so few random numbers may be any: of one row only the shape is compared",
}

#: What is found and described, but not named, and why.
NOT_NAMED: dict[tuple[str, str], str] = {
    ("descend_with_early_stopping", "none_for_one_row"): "the cases are listed, and called by what the loss does there",
    ("regularized_loss", "remembers_by_shape"): "its arrays lie in a list, and two cases share them",
    ("forward_221", "remembers_by_shape"): "two cases share their x",
    ("dropout_backward", "remembers_by_shape"): "told as a rate that is not used, which is so from the second call on",
    ("descend_with_early_stopping", "remembers_by_shape"): "several cases start at one theta",
}


def spoiled(spoil: Callable[[Function], Function], exercise: Exercise) -> Function:
    """A function of the exercise's name, made anew: what it keeps between calls is its own."""
    made = spoil(exercise.reference)

    def function(*args, **kwargs):
        return made(*args, **kwargs)

    function.__name__ = exercise.name
    return function


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_mistake_of_this_kind_is_found_and_named_wherever_it_can_be_made(kind: Kind) -> None:
    passed, unnamed, tried = set(), {}, 0
    for exercise in filter(kind.applies, EXERCISES):
        tried += 1
        visible = run_check(exercise, spoiled(kind.spoil, exercise), seed=VISIBLE_SEED)
        hidden = faults(answers(exercise, HIDDEN_SEED), spoiled(kind.spoil, exercise)).failing
        if visible.passed or not hidden:
            passed.add(exercise.name)
        elif not re.search(kind.says, f"{visible.seen} {visible.hint}"):
            unnamed[exercise.name] = f"{visible.seen} || {visible.hint}"
    assert tried
    assert passed == {name for name, one in NOT_FOUND if one == kind.name}
    assert unnamed.keys() == {name for name, one in NOT_NAMED if one == kind.name}, unnamed


#: Where seven digits are too few for what is asked, and why.
NEEDS_MORE_DIGITS = {
    "weight_decay_step": "of a decay of 1e-5 of the weight two digits are left",
}


def test_an_answer_of_single_precision_is_right_where_its_digits_are() -> None:
    """No text asks for a type: what is rounded once, at the end, has seven digits, and passes."""
    for exercise in EXERCISES:
        result = run_check(exercise, spoiled(answers_in_single_precision, exercise), seed=VISIBLE_SEED)
        assert result.passed == (exercise.name not in NEEDS_MORE_DIGITS), f"{result.seen} || {result.hint}"


def test_work_in_single_precision_is_named_where_it_costs_digits() -> None:
    found, digits_lost = {}, {"forward_difference", "numerical_gradient"}  # of a difference hardly one is left
    for exercise in EXERCISES:
        result = run_check(exercise, spoiled(works_in_single_precision, exercise), seed=VISIBLE_SEED)
        if not result.passed:
            found[exercise.name] = f"{result.seen} || {result.hint}"
    unnamed = {name: said for name, said in found.items() if not re.search("single precision|float32,", said)}
    assert len(found) > 15
    assert unnamed.keys() <= digits_lost, unnamed


def test_the_reasons_speak_of_exercises_and_kinds_that_there_are() -> None:
    names, kinds = {exercise.name for exercise in EXERCISES}, {kind.name for kind in KINDS}
    assert {name for name, _ in (*NOT_FOUND, *NOT_NAMED)} | NEEDS_MORE_DIGITS.keys() <= names
    assert {kind for _, kind in (*NOT_FOUND, *NOT_NAMED)} <= kinds
    assert all(map(str.strip, (*NOT_FOUND.values(), *NOT_NAMED.values(), *NEEDS_MORE_DIGITS.values())))
