"""What is told where all of an exercise's cases are right, and only one that the check has made of them is not.

Also what is told where an axis is lost, which shows in a batch of one alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from machine_room.checks import symptoms
from machine_room.checks.built import shape_words
from machine_room.checks.compare import Difference, Kind, is_numeric
from machine_room.checks.evidence import Diagnosis, Evidence
from machine_room.checks.further import Trial, as_floats
from machine_room.translation import say, sentence

__all__ = ["beyond", "lost_axis"]

NO_WAY_OF_ITS_OWN = sentence(
    "needs no way of its own: look at what your code does where a length is 1 (an `if` on it, an index, a division by "
    "n - 1)."
)
KEEP_THE_AXIS = sentence(
    "np.squeeze, .flatten(), .ravel(), .item() or an index such as [0] takes an axis of length 1 away."
)

OTHER_ORDER = sentence(
    "Right, but not where a matrix lies in memory column by column, as x.T does: the same numbers, another layout."
)
BY_INDEX = sentence(
    "Go through it by index or np.ndindex; reshape and ravel it without order='K' or 'A', and use no .data."
)

OTHER_NUMBERS = sentence(
    "Only the numbers are others, in arrays of the same shapes: does your function go by anything else than its "
    "arguments?"
)

#: What is behind it: where only the shape differs, and else.
IDEAS: dict[Trial, tuple[str, str]] = {
    Trial.ONE_ROW: (
        sentence("{keep} A batch of one is a batch like any other: leave it its axis.", keep=KEEP_THE_AXIS),
        sentence("A batch of one is a batch like any other, and {needs}", needs=NO_WAY_OF_ITS_OWN),
    ),
    Trial.OTHER_NUMBERS: (OTHER_NUMBERS, OTHER_NUMBERS),
    Trial.ONE_UNIT: (
        sentence("{keep} A layer may have one input or one unit: leave it its axis.", keep=KEEP_THE_AXIS),
        sentence("A layer may have one input or one unit, and {needs}", needs=NO_WAY_OF_ITS_OWN),
    ),
    Trial.INTEGERS: (
        sentence("Make floats of what you are given first: np.asarray(..., float)."),
        sentence(
            "An array made from integers holds integers: np.zeros_like, .copy() and np.array give one, which cuts off "
            "what stands behind the decimal point, or refuses it in place (`-=`, `/=`); `//` rounds down. Make floats "
            "of what you are given first: np.asarray(..., float)."
        ),
    ),
}


def beyond(evidence: Evidence) -> Diagnosis | None:
    """Name the kind of case that is wrong; None where it is one of the exercise's own."""
    if evidence.failing[evidence.shown][0].kind is Kind.ORDER:
        return Diagnosis(say(OTHER_ORDER), say(BY_INDEX))
    trial = evidence.answers.trial(evidence.shown)
    if trial is None:
        return None
    first = evidence.failing[evidence.shown][0]
    described = "" if first.kind is Kind.VALUES else _shapes(first) or symptoms.describe(evidence)
    where = say("Right in all other cases, wrong with {case}.", case=evidence.answers.cases[evidence.shown].description)
    of_shapes, otherwise = IDEAS[trial]
    if trial is Trial.INTEGERS and not _is_right_for_floats(evidence):
        otherwise = ""
    return Diagnosis(f"{where} {described}".rstrip(), say(of_shapes if first.kind is Kind.SHAPE else otherwise))


def _is_right_for_floats(evidence: Evidence) -> bool:
    """Whether the same numbers are right as floats, so that it is for their type that they are not."""
    case = evidence.answers.cases[evidence.shown]
    return evidence.trials is None or evidence.trials.is_right(replace(case, args=tuple(map(as_floats, case.args))))


def lost_axis(evidence: Evidence) -> str:
    """Say that an axis of length 1 is gone, where that is all that is wrong, and longer ones are right; else ""."""
    every = [difference for found in evidence.failing.values() for difference in found]
    if len(evidence.failing) == len(evidence.answers.cases) or not all(map(_is_lost, every)):
        return ""
    return say("{shapes} {keep} Leave it there.", shapes=_shapes(every[0]), keep=KEEP_THE_AXIS)


def _is_lost(difference: Difference) -> bool:
    if difference.kind is not Kind.SHAPE:
        return False
    yours, expected = np.shape(difference.yours), np.shape(difference.expected)
    return len(yours) < len(expected) and tuple(n for n in expected if n != 1) == tuple(n for n in yours if n != 1)


def _shapes(difference: Difference) -> str:
    if difference.kind is not Kind.SHAPE or not is_numeric(difference.yours):
        return ""
    yours, expected = (shape_words(np.asarray(one)) for one in (difference.yours, difference.expected))
    part = difference.part or say("The result")
    return say("{part} has the shape {yours}, expected {expected}.", part=part, yours=yours, expected=expected)
