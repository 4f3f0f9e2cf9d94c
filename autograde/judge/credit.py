"""What a test cell of an ordinary course is worth, by what it showed: nbgrader's rules, closed where those are open.

As in nbgrader an exception is worth nothing, and so is anything on stderr; the cell's last expression, where it is a
number, is the points; all else is full marks. docs/any-course.md has the table of what differs, and why.

*Trust*: none. The cell ran beside the student's code, which may have had it show anything.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from machine_room.translation import say

from ..contract.names import readable
from ..contract.verdict import Outcome, Shown, ShownAs

__all__ = ["Credit", "credit_of"]

#: NumPy 2 writes its numbers so; nbgrader takes that for a text, and gives full marks.
NUMPY = re.compile(r"np\.(?:float|int|uint)\d{1,3}\((.{1,60})\)")
MISSING = ("NameError", "NotImplementedError")


@dataclass(frozen=True)
class Credit:
    """What a test came to."""

    points: float
    outcome: Outcome
    why: str = ""  # one sentence, for the student; "" where all is well


def credit_of(pieces: Iterable[Shown], most: float) -> Credit:
    """Judge a test by what its cell showed, in order.

    Args:
        pieces: what it showed.
        most: the points that it is worth.
    """
    for piece in pieces:
        if piece.kind is ShownAs.ERROR:
            return _raised(piece)
        if piece.kind is ShownAs.STDERR and piece.text:
            return Credit(
                0.0, Outcome.WRONG, say("The test printed a warning or an error, which counts as not passed.")
            )
        if piece.kind is ShownAs.RESULT:
            return _result(piece.text, most)
    return Credit(most, Outcome.CORRECT)


def _raised(piece: Shown) -> Credit:
    if piece.name == "AssertionError":
        outcome = Outcome.WRONG
    else:
        outcome = Outcome.MISSING if piece.name in MISSING else Outcome.ERROR
    said = readable(f"{piece.name}: {piece.message}" if piece.message else piece.name, 300)
    return Credit(0.0, outcome, said)


def _result(text: str, most: float) -> Credit:
    number = _number(text)
    if number is None:  # no score: a table, a picture, a truth value
        return Credit(most, Outcome.CORRECT)
    if not math.isfinite(number) or number < 0:
        return Credit(
            0.0,
            Outcome.WRONG,
            say("The test gave {number:g} points, which is no score: it counts as 0.", number=number),
        )
    if number >= most:
        return Credit(most, Outcome.CORRECT)
    return Credit(number, Outcome.WRONG, say("The test gave {number:g} of {most:g} points.", number=number, most=most))


def _number(text: str) -> float | None:
    text = text.strip()
    if found := NUMPY.fullmatch(text):
        text = found[1]
    try:
        return float(text)
    except ValueError:
        return None
