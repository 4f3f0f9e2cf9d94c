"""How a class did in each case of a check: how hard it is, whether it tells people apart, who fails it alone.

Counted are those whose function was compared, by the check that decided: the hidden one, or the visible one where that
failed already. Both have the same cases, with other numbers. What is kept grows with the cases and not with the class.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..contract.verdict import CaseVerdict
from .moments import FEWEST, chance_of, correlation

__all__ = ["CaseReport", "Cases", "RightOrWrong"]

MOST = 60  # cases of a check that are told apart; none of ours has half as many
OFTEN_ALONE = 0.1  # of those who were compared


@dataclass(frozen=True)
class CaseReport:
    """How a class did in one case."""

    description: str
    asked: int  # whose function was compared
    right: int
    alone: int  # who are wrong in this case and in no other
    discrimination: float | None  # correlation with the points in all other checks

    @property
    def share(self) -> float:
        return self.right / self.asked if self.asked else 0.0

    @property
    def misleads(self) -> bool:
        """Whether those who do well elsewhere fail here, and it is no chance."""
        return self.discrimination is not None and self.discrimination < -chance_of(self.asked)

    @property
    def decides_alone(self) -> bool:
        """Whether many fail by this case and by nothing else."""
        return self.asked >= FEWEST and self.alone >= OFTEN_ALONE * self.asked

    @property
    def remark(self) -> str:
        """What is odd about the case; "" where nothing is."""
        if self.misleads:
            return "who does well elsewhere fails here: is what we expect right?"
        if self.decides_alone:
            return f"{self.alone} fail here and nowhere else: does the question ask for it?"
        return ""


@dataclass
class RightOrWrong:
    """Sums over people who are right or wrong in something, and over their points in all else."""

    asked: int = 0
    right: int = 0
    alone: int = 0
    rest: float = 0.0
    rest_squares: float = 0.0
    rest_of_right: float = 0.0
    counted: int = 0  # of which the points elsewhere are known
    counted_right: int = 0

    def add(self, *, right: bool, rest: float | None, alone: bool = False) -> None:
        self.asked += 1
        self.right += right
        self.alone += alone
        if rest is not None:
            self.counted += 1
            self.counted_right += right
            self.rest += rest
            self.rest_squares += rest * rest
            self.rest_of_right += rest * right

    def discrimination(self) -> float | None:
        """Return the point-biserial correlation; None of few, and where everyone is the same here or elsewhere."""
        if self.counted < FEWEST:
            return None
        mean, share = self.rest / self.counted, self.counted_right / self.counted
        return correlation(
            self.rest_of_right / self.counted - mean * share,
            share * (1 - share),
            self.rest_squares / self.counted - mean * mean,
        )


class Cases:
    """Sums over hand-ins of one check's cases."""

    def __init__(self) -> None:
        self._sums: dict[str, RightOrWrong] = {}

    def add(self, cases: Sequence[CaseVerdict], rest: float | None) -> None:
        """Count one hand-in; `rest` are its points in all other checks, None where they are not all known."""
        wrong = sum(not case.right for case in cases)
        for case in cases:
            if case.description in self._sums or len(self._sums) < MOST:
                sums = self._sums.setdefault(case.description, RightOrWrong())
                sums.add(right=case.right, rest=rest, alone=wrong == 1 and not case.right)

    def report(self) -> tuple[CaseReport, ...]:
        """Return them, the hardest first."""
        made = [
            CaseReport(description, sums.asked, sums.right, sums.alone, sums.discrimination())
            for description, sums in self._sums.items()
        ]
        return tuple(sorted(made, key=lambda one: (math.inf if not one.asked else one.share, one.description)))
