"""Whether an answer was worked out in single precision: numbers of seven digits, where sixteen went in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room.arguments import Array
from machine_room.checks.compare import Kind, is_numeric, parts
from machine_room.checks.evidence import Evidence
from machine_room.exercises.exercise import is_single
from machine_room.translation import say, sentence

__all__ = ["single_precision"]

DIGITS = 5  # a number of no more is as often one of single precision as not
NEARLY = 1e-4  # of the largest number: farther off something else is wrong

SINGLE = sentence(
    "Your numbers have the seven digits of single precision, and those that go in have sixteen: is there a float32, as "
    "in .astype(np.float32) or dtype=np.float32? Leave it out."
)


def single_precision(evidence: Evidence) -> str:
    """Return the sentence where all wrong numbers are nearly right, and are numbers of single precision."""
    if evidence.exercise.measure is not None or any(
        difference.kind is not Kind.VALUES for found in evidence.failing.values() for difference in found
    ):
        return ""
    tells = False
    for right, got in _wrong_parts(evidence):
        scale = max(float(np.abs(right).max(initial=0.0)), 1e-2)
        if not _is_single(got) or not np.all(np.abs(got - right) <= NEARLY * scale):
            return ""
        tells = tells or bool(np.any((right != right.astype(np.float32)) & (got != np.round(got, DIGITS))))
    return say(SINGLE) if tells else ""


def _wrong_parts(evidence: Evidence) -> Iterator[tuple[Array, Array]]:
    """Yield expected and yours of each wrong part, of the cases with numbers of double precision."""
    for index, found in evidence.failing.items():
        case, expected = evidence.answers.cases[index], evidence.answers.expected[index].value
        if any(map(is_single, case.args)):
            continue
        right = parts(evidence.exercise, expected, expected)
        got = parts(evidence.exercise, evidence.observed[index].value, expected)
        for difference in found:
            if is_numeric(right.get(difference.part)) and is_numeric(got.get(difference.part)):
                yield np.atleast_1d(right[difference.part]), np.atleast_1d(got[difference.part])


def _is_single(numbers: Array) -> bool:
    """Whether all numbers have a float32 that is exactly as large."""
    with np.errstate(all="ignore"):
        return numbers.dtype.kind == "f" and bool(np.array_equal(numbers, numbers.astype(np.float32).astype(float)))
