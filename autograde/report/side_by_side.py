"""Pairs that share answers as the page shows them: both answers side by side, with the lines they have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..contract.names import readable
from ..course.answers import Answers
from .copies import Copies, Pair, Shared

__all__ = ["CopiesReport", "Line", "SideBySide", "copies_report"]

MOST_PAIRS = 40  # that are shown, those with most in common
MOST_WHERE = 3  # answers of one pair
MOST_LINES, MAX_LINE = 40, 140


@dataclass(frozen=True)
class Line:
    """One line of an answer."""

    text: str
    shared: bool


@dataclass(frozen=True)
class SideBySide:
    """One answer of two students."""

    shared: Shared
    left: tuple[Line, ...]
    right: tuple[Line, ...]


@dataclass(frozen=True)
class CopiesReport:
    """Who shares answers in one notebook."""

    notebook: str
    compared: int  # hand-ins
    left_out: tuple[str, ...]  # exercises of one line
    pairs: tuple[Pair, ...]
    shown: tuple[tuple[Pair, tuple[SideBySide, ...]], ...] = ()


def copies_report(notebook: str, compared: int, copies: Copies, answers_of: Callable[[str], Answers]) -> CopiesReport:
    """Compare everyone, and read again what those wrote who are shown.

    Args:
        notebook: its name.
        compared: how many hand-ins were taken in.
        copies: has taken them in.
        answers_of: reads one student's answers.
    """
    pairs = tuple(copies.pairs())
    shown = tuple((pair, _beside(copies, pair, answers_of)) for pair in pairs[:MOST_PAIRS])
    return CopiesReport(notebook, compared, copies.left_out, pairs, shown)


def _beside(copies: Copies, pair: Pair, answers_of: Callable[[str], Answers]) -> tuple[SideBySide, ...]:
    left, right = answers_of(pair.left), answers_of(pair.right)
    found = []
    for shared in pair.shared[:MOST_WHERE]:
        here, there = copies.common(shared.where, left, right)
        found.append(SideBySide(shared, _lines(left, shared.where, here), _lines(right, shared.where, there)))
    return tuple(found)


def _lines(answers: Answers, where: str, shared: frozenset[int]) -> tuple[Line, ...]:
    lines: Sequence[str] = (answers.code.get(where) or answers.prose.get(where) or "").split("\n")
    made = [Line(readable(text, MAX_LINE), number in shared) for number, text in enumerate(lines, start=1)]
    return tuple(made[:MOST_LINES])
