"""Whether a wrong function uses the settings it is given, or a number in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from machine_room.checks.compare import agree
from machine_room.checks.observe import observe
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import say

__all__ = ["ignored_setting"]

MOST_CALLS = 60
WAYS = (0.1, 0.7, 1.3, 10.0)  # less and more


def ignored_setting(exercise: Exercise, function: Callable[..., Any], cases: Iterable[Case]) -> str | None:
    """Return the sentence that names a number passed by name which changes the reference's result, but not this one's.

    It is said only where neither less nor more of it changes anything, in any case in which it should.

    Args:
        exercise: what is asked for.
        function: the student's; it is called again, with other numbers.
        cases: all of the check's.
    """
    smallest = sorted(cases, key=lambda case: case.size)
    for name in exercise.parameters:
        given = [case for case in smallest if type(case.kwargs.get(name)) in (int, float)]
        pairs = [(case, _with_another(case, name, way)) for case in given for way in WAYS]
        telling = [pair for pair in pairs if _matters(exercise, *pair)]
        if telling and all(_same(exercise, function, *pair) for pair in telling[: MOST_CALLS // 2]):
            return say(
                "Your result stays the same when {name} changes: is {name} used, or a number in its place?", name=name
            )
    return None


def _with_another(case: Case, name: str, way: float) -> Case:
    value = case.kwargs[name]
    other = way * value if type(value) is float else value + (1 if way > 1 else -1)
    return replace(case, kwargs={**case.kwargs, name: other if value else abs(1 - way)})


def _same(exercise: Exercise, function: Callable[..., Any], case: Case, other: Case) -> bool:
    one, two = (observe(function, each, exercise.parameters, quiet=True) for each in (case, other))
    return one.raised is None and two.raised is None and agree(exercise, case, one, two)


def _matters(exercise: Exercise, case: Case, other: Case) -> bool:
    """Tell whether the right answer is another one with the other number, which must be one that may be asked for."""
    one, two = (observe(exercise.reference, each, exercise.parameters, quiet=True) for each in (case, other))
    return one.raised is None and two.raised is None and not agree(exercise, case, one, two)
