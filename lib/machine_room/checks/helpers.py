"""Whether the mistake is in another of the student's own functions: the library's takes its place, and all run again.

The student's namespace is never touched: the function and those it calls are made anew over a copy of it. Where the
function is another process's, that process does as much, on its own copy (`Swapping`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from types import CodeType, FunctionType
from typing import Any, Protocol, runtime_checkable

from machine_room.checks.evidence import Evidence
from machine_room.exercises import all_exercises
from machine_room.exercises.exercise import Exercise

__all__ = ["Swapping", "blamed_helpers", "global_names", "may_call_others", "own_helpers", "swapped"]

MOST_FUNCTIONS = 50


@runtime_checkable
class Swapping(Protocol):
    """A function elsewhere that can be called with others in the place of those it calls."""

    def helper_names(self, known: Collection[str]) -> tuple[str, ...]:
        """Return which of these names are functions of the student's that it calls, itself or through others."""

    def parameter_names(self) -> list[str] | None:
        """Return its own names for what it takes by place; None where nobody can know them."""

    def with_others(self, others: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
        """Return the function with others in the place of those of these names."""


def blamed_helpers(evidence: Evidence) -> tuple[tuple[str, ...], Evidence | None]:
    """Return the names of the student's own functions that are at fault, and what is still wrong without them.

    One name where it alone explains everything. Every claim has been tried: with the library's functions in their
    place, what is returned as still wrong is all that is; None is nothing.
    """
    trials = evidence.trials
    assert trials is not None
    references = {exercise.name: exercise.reference for exercise in all_exercises()}
    references.pop(evidence.exercise.name, None)
    names = own_helpers(trials.function, references)
    if not names:
        return (), evidence
    rest = evidence.of(swapped(trials.function, {name: references[name] for name in names}))
    if rest is not None and not _changed(evidence, rest):
        return (), evidence
    for name in names:
        alone = swapped(trials.function, {name: references[name]})
        if rest is None and trials.is_right(evidence.wrong_cases[0], alone) and evidence.of(alone) is None:
            return (name,), None
    at_fault = [name for name in names if _matters(evidence, swapped(trials.function, {name: references[name]}))]
    return tuple(at_fault or names), rest


def _changed(evidence: Evidence, rest: Evidence) -> bool:
    """Tell whether fewer cases are wrong: only then has the swap helped."""
    return rest.failing.keys() < evidence.failing.keys()


def _matters(evidence: Evidence, alone: Callable[..., Any]) -> bool:
    rest = evidence.of(alone)
    return rest is None or _changed(evidence, rest)


@cache
def may_call_others(exercise: Exercise) -> bool:
    """Tell whether an answer is likely to call other functions of the course: one of those that we know does."""
    known = (exercise.reference, *exercise.variants, *(mistake.function for mistake in exercise.mistakes))
    others = {other.name for other in all_exercises()} - {exercise.name}
    return any(others & set(global_names(one.__code__)) for one in known if isinstance(one, FunctionType))


def own_helpers(function: Callable[..., Any], known: Collection[str]) -> tuple[str, ...]:
    """Return which of the names are functions of the student's own that a function calls, in the order of `known`."""
    if isinstance(function, Swapping):
        return function.helper_names(known)
    if type(function) is not FunctionType:
        return ()
    own = _reachable(function)
    return tuple(name for name in known if name in own and own[name] is not function)


def swapped(function: Callable[..., Any], others: Mapping[str, Callable[..., Any]]) -> Callable[..., Any]:
    """Return the function with others in the place of those it finds by these names."""
    if isinstance(function, Swapping):
        return function.with_others(others)
    assert isinstance(function, FunctionType)
    names = dict(function.__globals__)
    for name, own in _reachable(function).items():
        names[name] = _over(own, names)
    names.update(others)
    return _over(function, names)


def _over(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    """The same code with other globals."""
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _reachable(function: FunctionType) -> dict[str, FunctionType]:
    """The functions of the same namespace that a function finds by name, itself or through others."""
    found: dict[str, FunctionType] = {}
    waiting = [function]
    while waiting and len(found) < MOST_FUNCTIONS:
        for name in global_names(waiting.pop().__code__):
            value = dict.get(function.__globals__, name)
            if type(value) is FunctionType and value.__globals__ is function.__globals__ and name not in found:
                found[name] = value
                waiting.append(value)
    return found


def global_names(code: CodeType) -> Iterator[str]:
    """Yield the names that code, and what is defined in it, looks up outside of it."""
    yield from code.co_names
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from global_names(constant)
