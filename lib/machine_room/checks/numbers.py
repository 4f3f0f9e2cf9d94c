"""The most telling sentence about wrong numbers of the right shape: symptoms, relations, and how many are wrong."""

from __future__ import annotations

import numpy as np

from machine_room.checks.relations import related
from machine_room.checks.wrong_numbers import LAST_TESTS, RELATIONS, TESTS, Part, amount, right_parts

__all__ = ["describe_amount", "describe_numbers", "relation", "telling_sentence"]


def describe_numbers(part: Part) -> str:
    """Return the most telling sentence about wrong numbers, and which of the parts are right."""
    with np.errstate(all="ignore"):  # between two numbers of a student's there may be more than a float holds
        sentence = telling_sentence(part) or amount(part)
    return " ".join(filter(None, [sentence, right_parts(part)]))


def describe_amount(part: Part) -> str:
    """Return how many numbers are wrong, and which of the parts are right."""
    return " ".join(filter(None, [amount(part), right_parts(part)]))


def telling_sentence(part: Part) -> str | None:
    """Return a sentence about why the numbers are wrong, or None."""
    with np.errstate(all="ignore"):
        return next(filter(None, (test(part) for test in (*TESTS, related, *LAST_TESTS))), None)


def relation(part: Part) -> str | None:
    """Return how all numbers are related to the right ones, or to what went in; None where they are not."""
    with np.errstate(all="ignore"):
        return next(filter(None, (test(part) for test in (*RELATIONS, related))), None)
