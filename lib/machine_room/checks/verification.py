"""Test the tests of an exercise: its mistakes must be caught and named, its right answers must pass.

Right answers are also tried in the other forms that unpack alike, and under a first line with its parameters in another
order, which must be named.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from machine_room.checks.answers import answers
from machine_room.checks.compare import agree
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.exercises.exercise import Exercise
from machine_room.translation import ENGLISH, speaking

__all__ = ["Verification", "verify_exercise"]


@dataclass(frozen=True)
class Verification:
    """What verifying one exercise found, over all seeds. Every tuple is empty where all is well.

    `uncaught` and `misnamed` hold (seed, mistake[, named instead]); `confused` pairs of mistakes that look alike on
    every case of a seed; `rejected` (seed, variant, why); `unnamed` (first line, what is said) first lines in
    another order that are called something else.
    """

    exercise: str
    mistakes: int
    variants: int
    seeds: int
    uncaught: tuple[tuple[int | str, str], ...]
    misnamed: tuple[tuple[int | str, str, str | None], ...]
    confused: tuple[tuple[int | str, str, str], ...]
    rejected: tuple[tuple[int | str, str, str], ...]
    unnamed: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        return not (self.uncaught or self.misnamed or self.confused or self.rejected or self.unnamed)


@speaking(ENGLISH)
def verify_exercise(exercise: Exercise, seeds: Iterable[int | str] = range(20)) -> Verification:
    """Run the whole bank against the visible cases and those of every seed; in English, in which hints are compared."""
    all_seeds = (VISIBLE_SEED, *seeds)
    uncaught, misnamed, confused, rejected = [], [], [], []
    for seed in all_seeds:
        for right in _right_answers(exercise, all_forms=seed == VISIBLE_SEED):
            result = run_check(exercise, right, seed=seed)
            if not result.passed:
                rejected.append((seed, right.__name__, result.hint or ""))
        for mistake in exercise.mistakes:
            result = run_check(exercise, mistake.function, seed=seed)
            if result.passed:
                uncaught.append((seed, mistake.name))
            elif result.mistake != mistake.name or result.hint != mistake.hint:
                misnamed.append((seed, mistake.name, result.mistake))
        known = answers(exercise, seed)
        for (one, one_did), (other, other_did) in combinations(known.mistaken, 2):
            if all(agree(exercise, *triple) for triple in zip(known.cases, one_did, other_did, strict=True)):
                confused.append((seed, one.name, other.name))
    return Verification(
        exercise.name,
        len(exercise.mistakes),
        len(exercise.variants),
        len(all_seeds),
        tuple(uncaught),
        tuple(misnamed),
        tuple(confused),
        tuple(rejected),
        tuple(_unnamed_headers(exercise)),
    )


def _right_answers(exercise: Exercise, *, all_forms: bool) -> Iterator[Callable[..., Any]]:
    for right in (exercise.reference, *exercise.variants):
        yield right
        if all_forms and exercise.score is None and run_check(exercise, right, seed=VISIBLE_SEED).passed:
            yield from (_in_form(right, form, name) for name, form in FORMS.items())


def _in_form(function: Callable[..., Any], form: Callable[[Any], Any], name: str) -> Callable[..., Any]:
    @wraps(function)
    def other(*args: Any, **kwargs: Any) -> Any:
        return form(function(*args, **kwargs))

    other.__name__ = f"{function.__name__}, {name}"
    return other


def _as_a_list(result: Any) -> Any:
    return list(result) if type(result) is tuple else result


def _as_an_array(result: Any) -> Any:
    """One array, where the parts of a tuple have one shape and are numbers."""
    if type(result) is not tuple or any(part is None for part in result):
        return result
    return np.array(result) if len({np.shape(part) for part in result}) == 1 else result


#: Forms of a result that unpack alike.
FORMS: dict[str, Callable[[Any], Any]] = {"as a list": _as_a_list, "as an array": _as_an_array}


#: What a message about a changed first line says: ours, and where Python itself misses an argument.
NAMED = ("the first line was changed", "Keep the first line as it was given")


def _unnamed_headers(exercise: Exercise) -> Iterator[tuple[str, str]]:
    """Try the reference under first lines in which two neighbours have changed places."""
    parameters = inspect.signature(exercise.reference).parameters.values()
    names = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
    for one, other in [] if exercise.score is not None else pairwise(names):
        order = [{one: other, other: one}.get(name, name) for name in names]
        result = run_check(exercise, _under_another_header(exercise, names, order), seed=VISIBLE_SEED)
        if not result.passed and not any(words in (result.hint or "") for words in NAMED):
            yield f"{exercise.name}({', '.join(order)})", result.hint or ""


def _under_another_header(exercise: Exercise, names: list[str], order: list[str]) -> Callable[..., Any]:
    space: dict[str, Any] = {"reference": exercise.reference}
    call = f"reference({', '.join(names)}, **settings)"
    exec(f"def {exercise.name}({', '.join(order)}, **settings):\n    return {call}\n", space)
    function: Callable[..., Any] = space[exercise.name]
    return function
