"""What is wrong with how an exercise is declared, said before it is tried: one sentence each, with file and line.

A declaration is its author's Python. What it does is caught here, and told where in their file it happened.
"""

from __future__ import annotations

import builtins
import copy
import dis
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

import numpy as np

from machine_room.exercises.exercise import VISIBLE_SEED, Case, Exercise

from ..contract.names import of_error

__all__ = ["Faults", "faults_of", "place_of", "stands_alone"]

KNOWN = {"np", *dir(builtins)}


@dataclass(frozen=True)
class Faults:
    """What is wrong: `fatal` where nothing that is tried could say anything."""

    fatal: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def faults_of(exercise: Exercise) -> Faults:
    """Look at a declaration, and at what its cases and its reference do."""
    fatal = next(_fatal(exercise), None)
    return Faults((fatal,) if fatal else (), tuple(_others(exercise)))


def place_of(thing: object) -> str:
    """`file:line: ` of a function; empty where nobody can know."""
    code = getattr(thing, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}: " if isinstance(code, CodeType) else ""


def _where(error: BaseException, function: object) -> str:
    """The place in the function's own file where an error came from, else the function's own place."""
    code, frame, found = getattr(function, "__code__", None), error.__traceback__, ""
    while frame is not None and isinstance(code, CodeType):
        if frame.tb_frame.f_code.co_filename == code.co_filename:
            found = f"{code.co_filename}:{frame.tb_lineno}: "
        frame = frame.tb_next
    return found or place_of(function)


def _fatal(exercise: Exercise) -> Iterator[str]:
    try:
        cases, again = exercise.draw(VISIBLE_SEED), exercise.draw(VISIBLE_SEED)
    except Exception as error:
        yield (
            f"{_where(error, exercise.cases)}the cases of {exercise.name} cannot be drawn ({of_error(error)}): correct "
            "them there."
        )
        return
    if not cases:
        yield f"{place_of(exercise.cases)}{exercise.name} has no cases, so everything passes: yield a Case or more."
        return
    strange = next((case for case in cases if not isinstance(case, Case)), None)
    if strange is not None:
        yield (
            f"{place_of(exercise.cases)}the cases of {exercise.name} yield {type(strange).__name__}: yield "
            'Case("what it tests", (arguments,)).'
        )
        return
    if not _same(cases, again):
        yield (
            f"{place_of(exercise.cases)}the cases of {exercise.name} are others each time they are drawn from the same "
            "seed: take every random number from the rng that they are given."
        )
        return
    if exercise.score is None:  # of one that is scored a call may take seconds, and it is tried below
        yield from _of_the_reference(exercise, cases)


def _of_the_reference(exercise: Exercise, cases: Sequence[Case]) -> Iterator[str]:
    for case in cases:
        given = copy.deepcopy((case.args, dict(case.kwargs)))
        try:
            result = exercise.reference(*given[0], **given[1])
        except Exception as error:
            yield (
                f"{_where(error, exercise.reference)}the reference of {exercise.name} fails on its own case "
                f"{case.description!r} ({of_error(error)}): correct the one or the other."
            )
            return
        if not _equal(given, (case.args, dict(case.kwargs))):
            yield (
                f"{place_of(exercise.reference)}the reference of {exercise.name} changes its argument: work on a copy, "
                "and return the result."
            )
            return
        if result is None:
            yield (
                f"{place_of(exercise.reference)}the reference of {exercise.name} returns None on its case "
                f"{case.description!r}: return what is asked for."
            )
            return


def _others(exercise: Exercise) -> Iterator[str]:
    if not exercise.mistakes:
        yield (
            f'{place_of(exercise.cases)}{exercise.name} has no known mistake: declare one with @….mistake("a hint"), '
            "so that it is tried whether the cases show it."
        )
    if not exercise.variants:
        yield (
            f"{place_of(exercise.cases)}{exercise.name} has no other right way: declare one with @….also_correct, so "
            "that it is tried whether the check takes more than the reference."
        )
    for mistake in exercise.mistakes:
        if not mistake.hint.strip():
            yield (
                f"{place_of(mistake.function)}the mistake {mistake.name} has an empty hint: write a sentence for who "
                "makes it."
            )
        yield from _borrowed(mistake.function, f"the mistake {mistake.name}")
    for variant in exercise.variants:
        if variant.__module__ == exercise.cases.__module__:  # one from elsewhere need not stand alone
            yield from _borrowed(variant, f"the right way {variant.__name__}")


def stands_alone(function: Callable[..., Any]) -> bool:
    """Whether a mistake or right way can be handed in as it is."""
    return not any(_borrowed(function, ""))


def _borrowed(function: Callable[..., Any], called: str) -> Iterator[str]:
    """What a function needs of its module: its source stands alone in a synthetic student's notebook."""
    if not isinstance(function, FunctionType):
        return
    for name in sorted({*_globals(function)} & function.__globals__.keys() - KNOWN):
        yield (
            f"{place_of(function)}{called} uses {name} of its file, and stands alone in a student's notebook: define "
            "that inside of it."
        )


def _globals(function: FunctionType) -> Iterator[str]:
    """Yield the names that a function, and what is defined in it, looks up in its module; no attributes."""
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting += [one for one in code.co_consts if isinstance(one, CodeType)]
        yield from (step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))


def _same(cases: Sequence[Case], again: Sequence[Case]) -> bool:
    pairs = zip(cases, again, strict=False)
    return len(cases) == len(again) and all(
        _equal((one.args, dict(one.kwargs)), (other.args, dict(other.kwargs))) for one, other in pairs
    )


def _equal(one: Any, other: Any) -> bool:
    """Whether two arguments are the same as far as anybody can tell: functions and objects are not looked into."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return np.array_equal(np.asarray(one), np.asarray(other), equal_nan=np.asarray(one).dtype.kind in "fc")
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    if isinstance(one, int | float | complex | str | bytes | bool) or one is None:
        return type(one) is type(other) and (one == other or one != one)
    return True
