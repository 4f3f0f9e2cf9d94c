"""Whether a function is right but for its first line: parameters in another order, or under other names."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from itertools import combinations, islice, permutations
from types import FunctionType
from typing import Any

from machine_room.checks.evidence import Evidence
from machine_room.checks.helpers import Swapping
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import say

__all__ = ["as_given", "changed_header", "exchanged_arguments"]

MOST_ORDERS = 40
ALL_ORDERS = 4  # parameters up to which every order is tried; of more, every exchange of two


def as_given(exercise: Exercise, cases: tuple[Case, ...]) -> str:
    """Return the first line that students were given: the reference's, without settings that no case uses."""
    used = {name for case in cases for name in case.kwargs}
    most = max((len(case.args) for case in cases), default=0)
    signature = inspect.signature(exercise.reference)
    kept = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for place, (name, parameter) in enumerate(signature.parameters.items())
        if name in used or place < most or (parameter.default is parameter.empty)
    ]
    return f"def {exercise.name}{signature.replace(parameters=kept, return_annotation=inspect.Signature.empty)}:"


def changed_header(evidence: Evidence) -> str | None:
    """Say that the first line was changed, where that is all that is wrong; the function's own names are known."""
    assert evidence.trials is not None
    own = _parameters(evidence.trials.function)
    if own is None or own[: len(_given(evidence))] == _given(evidence):
        renamed = own is not None and _renamed(evidence)
        return _say(evidence, say("a setting was renamed")) if renamed else None
    if any(_right_by(evidence, order) for order in _orders(evidence, own)):
        return _say(evidence, say("its parameters stand in another order"))
    return None


def exchanged_arguments(evidence: Evidence) -> str | None:
    """Say which arguments have changed places, where that is all that is wrong, in the first line or below it."""
    assert evidence.trials is not None
    for order in _orders(evidence, None):
        if _right_by(evidence, order):
            moved = [name for place, name in enumerate(_given(evidence)) if order[place] != place]
            words = say("{names} and {last}", names=", ".join(moved[:-1]), last=moved[-1])
            same = _parameters(evidence.trials.function) is not None
            if same:
                return say("All is right with {words} exchanged: look where your formula uses which.", words=words)
            given = as_given(evidence.exercise, evidence.answers.cases)
            return say(
                "All is right with {words} exchanged: is the first line as it was given? `{given}`",
                words=words,
                given=given,
            )
    return None


def _say(evidence: Evidence, what: str) -> str:
    given = as_given(evidence.exercise, evidence.answers.cases)
    return say(
        "Your formula is right, but the first line was changed: {what}. Keep it as it was given: `{given}`",
        what=what,
        given=given,
    )


def _given(evidence: Evidence) -> list[str]:
    """The parameters that the cases fill by their place."""
    most = max(len(case.args) for case in evidence.answers.cases)
    return list(evidence.exercise.parameters[:most])


def _parameters(function: Callable[..., Any]) -> list[str] | None:
    """The function's own names for what it takes by place; None where nobody can know them."""
    if isinstance(function, Swapping):
        return function.parameter_names()
    if type(function) is not FunctionType:
        return None
    code = function.__code__
    return list(code.co_varnames[: code.co_argcount])


def _orders(evidence: Evidence, own: list[str] | None) -> Iterator[tuple[int, ...]]:
    """Yield the orders to try: by the student's names where they are ours, else likely ones."""
    given = _given(evidence)
    count = len(given)
    if own is not None and set(given) <= set(own):
        places = sorted(range(count), key=lambda place: own.index(given[place]))
        yield tuple(places)
        return
    likely = permutations(range(count)) if count <= ALL_ORDERS else _exchanges(count)
    yield from islice((order for order in likely if order != tuple(range(count))), MOST_ORDERS)


def _exchanges(count: int) -> Iterator[tuple[int, ...]]:
    for one, other in combinations(range(count), 2):
        order = list(range(count))
        order[one], order[other] = other, one
        yield tuple(order)


def _right_by(evidence: Evidence, order: tuple[int, ...]) -> bool:
    """Tell whether the function is right everywhere when it gets its arguments in another order."""
    trials = evidence.trials
    assert trials is not None
    function = trials.function

    def reordered(*args: Any, **kwargs: Any) -> Any:
        return function(*(args[place] for place in order if place < len(args)), **kwargs)

    return trials.is_right(evidence.wrong_cases[0], reordered) and evidence.of(reordered) is None


def _renamed(evidence: Evidence) -> bool:
    """Tell whether settings that are passed by name have other names, and all is right under those."""
    trials = evidence.trials
    assert trials is not None
    function = trials.function
    if type(function) is not FunctionType:
        return False
    code = function.__code__
    own = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    used = {name for case in evidence.answers.cases for name in case.kwargs}
    missing = sorted(used - set(own))
    unknown = [name for name in own if name not in evidence.exercise.parameters]
    if not missing or len(unknown) < len(missing) or code.co_flags & inspect.CO_VARKEYWORDS:
        return False
    for names in islice(permutations(unknown, len(missing)), MOST_ORDERS):
        called = dict(zip(missing, names, strict=True))

        def renamed(*args: Any, called: dict[str, str] = called, **kwargs: Any) -> Any:
            return function(*args, **{called.get(name, name): value for name, value in kwargs.items()})

        if trials.is_right(evidence.wrong_cases[0], renamed) and evidence.of(renamed) is None:
            return True
    return False
