"""How many hand-ins it took until an exercise was right: of who had several graded, as `autograde watch` does.

The journal has a line for each grading. Lines of one student that are about the same file are one hand-in, of which the
last line counts: it was graded anew. One that was never graded is not in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..contract.verdict import Outcome, Verdict

__all__ = ["PLACES", "ExerciseUntilRight", "UntilRight", "UntilRightReport"]

PLACES = ("first", "second", "third", "fourth or later")  # hand-ins that are told apart
UNKNOWN = (Outcome.GRADER_ERROR, Outcome.NOT_GRADED)


@dataclass(frozen=True)
class ExerciseUntilRight:
    """One exercise.

    Attributes:
        exercise: its name.
        at: how many were right for the first time with their first, second, third or a later hand-in.
        never: how many were right in none.
    """

    exercise: str
    at: tuple[int, ...]
    never: int


@dataclass(frozen=True)
class UntilRightReport:
    """One notebook, of which somebody had more than one hand-in graded.

    Attributes:
        notebook: its name.
        students: who had any graded.
        several: of whom so many had more than one.
        hand_ins: of all of them together.
        most: of one of them.
        exercises: in the notebook's order.
    """

    notebook: str
    students: int
    several: int
    hand_ins: int
    most: int
    exercises: tuple[ExerciseUntilRight, ...]


class UntilRight:
    """Counts. What is kept grows with hand-ins that were followed by another, and their checks.

    Args:
        notebook: its name.
        checks: cell ids of its checks, in the notebook's order.
    """

    def __init__(self, notebook: str, checks: Sequence[str]) -> None:
        self._notebook = notebook
        self._names = dict.fromkeys(checks, "")
        self._right_at = {check: Counter[int]() for check in checks}  # 0: in none
        self._before: dict[str, dict[str, frozenset[str]]] = {}  # by student and file, the checks that were right
        self._hand_ins: list[int] = []

    def add_earlier(self, verdict: Verdict) -> None:
        """Note a verdict that another one on the same student followed; in the order in which they were given."""
        self._before.setdefault(verdict.student, {})[_file(verdict)] = _right(verdict)

    def add(self, verdict: Verdict) -> None:
        """Count a student, of whom this is the last verdict, once all earlier ones were noted."""
        hand_ins = {**self._before.pop(verdict.student, {}), _file(verdict): _right(verdict)}
        self._hand_ins.append(len(hand_ins))
        for cell in verdict.cells:
            if cell.cell_id not in self._names:
                continue
            self._names[cell.cell_id] = cell.exercise or cell.cell_id
            places = (place for place, right in enumerate(hand_ins.values(), 1) if cell.cell_id in right)
            first = next(places, 0)
            if first or cell.outcome not in UNKNOWN:
                self._right_at[cell.cell_id][first] += 1

    def report(self) -> UntilRightReport | None:
        """What was counted; None where nobody had more than one hand-in graded."""
        several = sum(count > 1 for count in self._hand_ins)
        if not several:
            return None
        exercises = tuple(_exercise(name, self._right_at[check]) for check, name in self._names.items() if name)
        counts = (len(self._hand_ins), several, sum(self._hand_ins), max(self._hand_ins))
        return UntilRightReport(self._notebook, *counts, exercises)


def _file(verdict: Verdict) -> str:
    return verdict.file or verdict.key  # which is all that verdicts of 0.1.0 have


def _right(verdict: Verdict) -> frozenset[str]:
    return frozenset(cell.cell_id for cell in verdict.cells if cell.outcome is Outcome.CORRECT)


def _exercise(name: str, right_at: Counter[int]) -> ExerciseUntilRight:
    each = [right_at[place] for place in range(1, len(PLACES))]
    later = sum(count for place, count in right_at.items() if place >= len(PLACES))
    return ExerciseUntilRight(name, (*each, later), right_at[0])
