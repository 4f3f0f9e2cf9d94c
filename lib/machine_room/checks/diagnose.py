"""Why an answer is wrong: first the exercise's known mistakes, then what can be said of any array of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from machine_room.checks import symptoms
from machine_room.checks.answers import Answers
from machine_room.checks.compare import Difference, Kind, agree, is_numeric, part_agrees, parts
from machine_room.checks.observe import Observation
from machine_room.exercises.exercise import Mistake

__all__ = ["Diagnosis", "Outcome", "Ruling", "diagnose", "rule"]


class Outcome(StrEnum):
    """How a check has ended. As text these are in journals: never change one."""

    CORRECT = "correct"
    WRONG = "wrong"  # it ran, and something differs
    MISSING = "missing"  # not written yet
    ERROR = "error"  # it raised


@dataclass(frozen=True)
class Ruling:
    """How a check that did not pass has ended, and the case to show (its index)."""

    outcome: Outcome
    case: int


@dataclass(frozen=True)
class Diagnosis:
    """What to tell: the hint, and the mistake's name where it is a known one."""

    hint: str
    mistake: str | None


def rule(answers: Answers, observed: Sequence[Observation], failing: Mapping[int, Sequence[Difference]]) -> Ruling:
    """Say how the check ends where something differs. This looks at no number of the student's: it cannot fail."""
    shown = min(failing, key=lambda index: (failing[index][0].kind is Kind.WARNED, answers.cases[index].size, index))
    if all(seen.raised is not None and seen.raised.not_written for seen in observed):
        return Ruling(Outcome.MISSING, shown)
    return Ruling(Outcome.ERROR if failing[shown][0].kind is Kind.RAISED else Outcome.WRONG, shown)


def diagnose(
    answers: Answers,
    observed: Sequence[Observation],
    failing: Mapping[int, Sequence[Difference]],
    ruling: Ruling,
    *,
    function: Callable[..., Any] | None = None,
) -> Diagnosis:
    """Name what went wrong.

    Args:
        answers: the cases and what is known about them.
        observed: what the student's function did, case by case.
        failing: the differences found, by index of the case; not empty.
        ruling: how the check has ended.
        function: the student's, where it may be called again to find out more.
    """
    if ruling.outcome is Outcome.MISSING:
        return Diagnosis(symptoms.not_written(answers.exercise, observed), None)
    known = whole_match(answers, observed) or part_match(answers, observed, failing)
    if known is not None:
        return Diagnosis(known.hint, known.name)
    return Diagnosis(symptoms.describe(answers, observed, failing, ruling.case, function), None)


def whole_match(answers: Answers, observed: Sequence[Observation]) -> Mistake | None:
    """Return the known mistake that did the same in every case."""
    for mistake, known in answers.mistaken:
        pairs = list(zip(answers.cases, known, observed, strict=True))
        if all(agree(answers.exercise, case, one, other) for case, one, other in pairs) and (
            _shows_in_values(answers, known) or all(_same_message(one, other) for _, one, other in pairs)
        ):
            return mistake
    return None


def _shows_in_values(answers: Answers, known: Sequence[Observation]) -> bool:
    """Tell whether a mistake gives a wrong result somewhere, not only an error: a TypeError may have many causes."""
    return any(
        seen.raised is None and not agree(answers.exercise, case, expected, seen)
        for case, expected, seen in zip(answers.cases, answers.expected, known, strict=True)
    )


def _same_message(one: Observation, other: Observation) -> bool:
    return one.raised is None or (other.raised is not None and one.raised.message == other.raised.message)


def part_match(
    answers: Answers, observed: Sequence[Observation], failing: Mapping[int, Sequence[Difference]]
) -> Mistake | None:
    """Return the known mistake that explains one part of the result in every case, where no single one explains it all.

    So two mistakes made together are named one after the other.
    """
    wrong = list(dict.fromkeys(d.part for found in failing.values() for d in found if d.kind in _OF_PARTS))
    for part in wrong:
        for mistake, known in answers.mistaken:
            if _explains(answers, part, known, observed):
                return mistake
    return None


_OF_PARTS = (Kind.VALUES, Kind.SHAPE, Kind.DTYPE)


def _is_cut_off(right: Any, theirs: Any) -> bool:
    if not is_numeric(right) or not is_numeric(theirs):
        return False
    right, theirs = np.asarray(right), np.asarray(theirs)
    whole = theirs.dtype.kind in "iu" and right.dtype.kind == "f" and right.shape == theirs.shape
    return whole and np.array_equal(np.trunc(right), theirs)


def _explains(answers: Answers, part: str, known: Sequence[Observation], observed: Sequence[Observation]) -> bool:
    exercise, differs = answers.exercise, False
    for case, expected, one, other in zip(answers.cases, answers.expected, known, observed, strict=True):
        right = parts(exercise, expected.value, expected.value)
        ours, theirs = parts(exercise, one.value, expected.value), parts(exercise, other.value, expected.value)
        if one.raised or other.raised or part not in ours or part not in theirs:
            return False
        if _is_cut_off(right[part], theirs[part]):
            return False  # a mistake of its own
        if not part_agrees(exercise, case, part, ours[part], theirs[part]):
            return False
        differs = differs or not part_agrees(exercise, case, part, right[part], ours[part])
    return differs
