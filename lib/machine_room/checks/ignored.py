"""Whether a wrong function uses the settings it is given, or a number in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from machine_room.checks.compare import agree
from machine_room.checks.observe import observe
from machine_room.exercises.exercise import Case, Exercise

__all__ = ["ignored_setting"]

_CASES = 3


def ignored_setting(exercise: Exercise, function: Callable[..., Any], failing: Iterable[Case]) -> str | None:
    """Return the sentence that names a number passed by name which changes the reference's result, but not this one's.

    Args:
        exercise: what is asked for.
        function: the student's; it is called again, with another number.
        failing: the cases in which its result is wrong.
    """
    smallest = sorted(failing, key=lambda case: case.size)
    for name in exercise.parameters:
        pairs = [(case, _with_another(case, name)) for case in smallest if type(case.kwargs.get(name)) is float]
        telling = [pair for pair in pairs if not _same(exercise, exercise.reference, *pair)][:_CASES]
        if telling and all(_same(exercise, function, *pair) for pair in telling):
            return f"Your result stays the same when {name} changes: is {name} used, or a number in its place?"
    return None


def _with_another(case: Case, name: str) -> Case:
    value = case.kwargs[name]
    return replace(case, kwargs={**case.kwargs, name: 0.7 * value if value else 0.5})


def _same(exercise: Exercise, function: Callable[..., Any], case: Case, other: Case) -> bool:
    one, two = (observe(function, each, exercise.parameters, quiet=True) for each in (case, other))
    return one.raised is None and agree(exercise, case, one, two)
