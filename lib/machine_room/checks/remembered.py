"""Whether an answer is that of an earlier call: kept in a global variable, a default argument or a cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from machine_room.checks.evidence import Evidence
from machine_room.checks.observe import same
from machine_room.exercises.exercise import Case
from machine_room.translation import say, sentence

__all__ = ["remembered"]

REMEMBERED = sentence(
    "For other numbers your function gives the very answer that was right in an earlier call: something is kept "
    "between calls (a global variable, a default argument that is changed, a cache), or taken from a variable of the "
    "notebook in the place of an argument."
)


def remembered(evidence: Evidence) -> str:
    """Return the sentence where every wrong answer is a right one of a case before it; empty where one is not."""
    if evidence.exercise.measure is not None or not evidence.failing:
        return ""
    observed = evidence.observed
    earlier = all(_is_an_earlier_one(evidence, index) for index in evidence.failing)
    return say(REMEMBERED) if earlier and any(_tells(observed[index].value) for index in evidence.failing) else ""


def _is_an_earlier_one(evidence: Evidence, index: int) -> bool:
    cases, seen = evidence.answers.cases, evidence.observed
    return seen[index].raised is None and any(
        earlier not in evidence.failing
        and seen[earlier].raised is None
        and same(seen[earlier].value, seen[index].value)
        and _share_no_array(cases[earlier], cases[index])
        for earlier in range(index)
    )


def _tells(value: Any) -> bool:
    """Whether a result cannot be the same by chance: a number of many digits, or an array of several numbers."""
    if type(value) is dict:
        value = tuple(value.values())
    if type(value) in (tuple, list):
        return any(map(_tells, value))
    with np.errstate(all="ignore"):
        if type(value) is np.ndarray and value.size > 1:
            return bool(np.any(value != value.flat[0]))
        return type(value) in (float, np.ndarray) and bool(np.any(value != np.round(value, 3)))


def _share_no_array(one: Case, other: Case) -> bool:
    """Whether the cases have arrays, and none in common: then no argument that is left out makes them alike."""
    arrays = [(a, b) for a, b in zip(one.args, other.args, strict=False) if isinstance(a, np.ndarray)]
    return bool(arrays) and not any(same(a, b) for a, b in arrays)
