"""How long grading one hand-in takes, by what was measured: for who waits to see it graded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from statistics import median

from ..contract.verdict import Verdict
from ..course.folder import Course
from .journal import Journal, JournalError

__all__ = ["Pace"]

LAST = 51  # measured hand-ins that count, of each notebook: a course's machine may change


class Pace:
    """One course's, of the assignments that it was asked for. Safe to use from several threads.

    Args:
        course: whose journals hold what was measured before.
    """

    def __init__(self, course: Course) -> None:
        self._course = course
        self._measured: dict[str, dict[str, deque[float]]] = {}  # by assignment and notebook
        self._lock = threading.Lock()

    def add(self, assignment: str, verdicts: Iterable[Verdict]) -> None:
        """Note what grading took."""
        with self._lock:
            self._note(self._measured.setdefault(assignment, self._before(assignment)), verdicts)

    def seconds(self, assignments: Iterable[str]) -> Mapping[str, float]:
        """The middle of what one hand-in took, by assignment; none where nothing was graded yet."""
        with self._lock:
            for assignment in assignments:
                self._measured.setdefault(assignment, self._before(assignment))
            return {
                assignment: sum(median(taken) for taken in self._measured[assignment].values())
                for assignment in assignments
                if self._measured[assignment]
            }

    def _before(self, assignment: str) -> dict[str, deque[float]]:
        """What the journals say; read once an assignment."""
        found: dict[str, deque[float]] = {}
        if assignment not in self._measured:
            for path in self._course.masters(assignment):
                try:
                    self._note(found, Journal(self._course.journal(assignment, path.stem)))
                except JournalError:  # of a newer version: told by who grades
                    continue
        return found

    @staticmethod
    def _note(measured: dict[str, deque[float]], verdicts: Iterable[Verdict]) -> None:
        for verdict in verdicts:
            if verdict.wall_seconds > 0:
                measured.setdefault(verdict.notebook, deque(maxlen=LAST)).append(verdict.wall_seconds)
