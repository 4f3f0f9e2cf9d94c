"""Which hand-ins are graded at once, and what a student is told of one that is not: attempts, pauses, until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ..contract.moments import shown, span
from ..course.watch import Counts, Watch

__all__ = ["Attempt", "Deadlines", "better", "refusal"]

KEPT = "It is kept, and nothing of it is lost."
WITH_THE_CLASS = {
    Counts.LAST: "It is graded later, with everybody's.",
    Counts.BEST: "It does not count: the best one of those that were graded does.",
}


@dataclass(frozen=True)
class Attempt:
    """A hand-in that was graded at once.

    Attributes:
        number: of the hand-in.
        at: when it came.
        points: once what being late costs is taken off.
    """

    number: int
    at: datetime
    points: float


@dataclass(frozen=True)
class Deadlines:
    """Until when an assignment can be handed in.

    Attributes:
        due: for everybody; None: nobody said.
        extended: for those who were given longer, by student.
    """

    due: datetime | None = None
    extended: dict[str, datetime] | None = None

    def of(self, student: str) -> datetime | None:
        """Until when this one can."""
        return (self.extended or {}).get(student, self.due)

    def closes(self, watch: Watch, student: str) -> datetime | None:
        """Until when their hand-ins are graded at once; None: always."""
        return watch.until or self.of(student)

    def opens(self, watch: Watch) -> datetime | None:
        """From when on nothing is kept back: when the last of all can hand in no more. None: never."""
        known = [moment for moment in (watch.until, self.due, *(self.extended or {}).values()) if moment is not None]
        return max(known, default=None)


def refusal(watch: Watch, at: datetime, before: Sequence[Attempt], closes: datetime | None) -> str | None:
    """Return why a hand-in is not graded at once, as a sentence for its student; None where it is.

    Args:
        watch: what the course allows.
        at: when it came.
        before: the student's earlier ones that were.
        closes: until when.
    """
    if closes is not None and at > closes:
        why = f"Hand-ins were graded at once until {shown(closes, UTC)}."
        return f"{KEPT} {why} {WITH_THE_CLASS[watch.counts]}"
    if watch.attempts is not None and len(before) >= watch.attempts:
        why = f"{watch.attempts} of yours were graded at once, which is how many are."
        return f"{KEPT} {why} {WITH_THE_CLASS[watch.counts]}"
    again = max((one.at for one in before), default=None)
    if again is not None and at < again + watch.pause:
        why = f"Between two that are graded at once {span(watch.pause)} pass: hand in again in"
        left = again + watch.pause - at
        return f"{KEPT} {why} {span(left)}, after {shown(again + watch.pause, UTC)}. {WITH_THE_CLASS[watch.counts]}"
    return None


def better(before: Sequence[Attempt], points: float) -> Attempt | None:
    """The earlier attempt that counts rather than one with so many points; None where the new one does."""
    best = max(before, key=lambda one: (one.points, one.number), default=None)
    return best if best is not None and best.points > points else None
