"""What a class's points say about the questions: how hard each is, whether it tells people apart, whether all agree.

Everything is worked out from sums that grow with the checks and not with the class. The formulas are those of classical
test theory (Crocker and Algina, Introduction to Classical and Modern Test Theory, chapters 5, 7 and 14).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

__all__ = ["FEWEST", "Moments", "chance_of", "correlation"]

FEWEST = 10  # hand-ins; below that chance says more than the class does
CLOSE = 1e-12


def correlation(covariance: float, variance: float, other: float) -> float | None:
    """Return the correlation of two sets of numbers, or None where one of them is all the same."""
    if variance <= CLOSE or other <= CLOSE:
        return None
    return min(1.0, max(-1.0, covariance / math.sqrt(variance * other)))


def chance_of(count: int) -> float:
    """The size of a correlation that unrelated numbers of so many people exceed once in twenty classes."""
    return 1.96 / math.sqrt(count) if count else 1.0


class Moments:
    """Sums over hand-ins of the points of each check and of their total.

    Args:
        checks: names of the checks; a hand-in that lacks one of them is left out.
    """

    def __init__(self, checks: tuple[str, ...]) -> None:
        self.checks = checks
        self.count = 0
        self._sums = dict.fromkeys(checks, 0.0)
        self._squares = dict.fromkeys(checks, 0.0)
        self._with_total = dict.fromkeys(checks, 0.0)
        self._total = self._total_squares = 0.0

    def add(self, points: Mapping[str, float]) -> None:
        """Count one hand-in."""
        if points.keys() != self._sums.keys():
            return
        total = math.fsum(points.values())
        self.count += 1
        self._total += total
        self._total_squares += total * total
        for check, value in points.items():
            self._sums[check] += value
            self._squares[check] += value * value
            self._with_total[check] += value * total

    def _variance(self, check: str) -> float:
        return max(0.0, self._squares[check] / self.count - (self._sums[check] / self.count) ** 2)

    def _total_variance(self) -> float:
        return max(0.0, self._total_squares / self.count - (self._total / self.count) ** 2)

    def discrimination(self, check: str) -> float | None:
        """Correlation of a check's points with those of all others; of a check that is all or nothing, point-biserial.

        The check itself is not among the others: with it, a check would agree with itself. None where there is nothing
        to compare: too few hand-ins, everyone the same points here or in all others, or no other check.
        """
        if self.count < FEWEST:
            return None
        variance = self._variance(check)
        covariance = self._with_total[check] / self.count - self._sums[check] * self._total / self.count**2
        rest = self._total_variance() - 2 * covariance + variance
        return correlation(covariance - variance, variance, rest)

    def chance(self) -> float:
        """The size of a correlation that unrelated points exceed once in twenty classes."""
        return chance_of(self.count)

    def alpha(self) -> float | None:
        """Cronbach's alpha of all checks; None where it cannot be worked out."""
        size, total = len(self.checks), self._total_variance() if self.count else 0.0
        if self.why_no_alpha():
            return None
        return size / (size - 1) * (1 - math.fsum(map(self._variance, self.checks)) / total)

    def why_no_alpha(self) -> str:
        """Why it cannot be worked out; "" where it can."""
        if len(self.checks) < 2:
            return "it needs two checks at least"
        if self.count < FEWEST:
            return f"it needs {FEWEST} hand-ins at least, and there are {self.count}"
        if self._total_variance() <= CLOSE:
            return "everyone has the same points"
        return ""
