"""What another grading of the same work would change: plain, frozen data, like the verdicts it is about."""

from __future__ import annotations

from dataclasses import dataclass

from .failures import Failure
from .verdict import Engine, Verdict

__all__ = ["Change", "CheckChange", "Comparison"]


@dataclass(frozen=True)
class CheckChange:
    """One check whose points would change."""

    cell_id: str
    exercise: str | None
    old: float | None  # None: there was, or will be, no such check
    new: float | None


@dataclass(frozen=True)
class Change:
    """One student's notebook whose points would change."""

    student: str
    notebook: str
    by: Engine  # who gave the old points
    old: float
    new: float
    checks: tuple[CheckChange, ...]

    @property
    def difference(self) -> float:
        return self.new - self.old


@dataclass(frozen=True)
class Comparison:
    """What this engine says of work that was graded before, with the tests, seed and limits of today."""

    assignment: str
    engine: Engine
    changes: tuple[Change, ...]
    unchanged: int
    failed: tuple[Verdict, ...]  # with grader errors: nothing is known of them
    not_compared: tuple[str, ...]  # students whose present file has no verdict yet
    failures: tuple[Failure, ...] = ()  # students whose work cannot be read
