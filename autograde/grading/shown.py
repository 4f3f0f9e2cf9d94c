"""What a student is shown of a verdict at once: points, how each check ended, a sentence. Nothing that could carry an
input.

Until nobody can hand in any more, a hidden check must not become a way to read its inputs. What students' code raises,
prints or returns holds whatever it was called with (`raise ValueError(repr(args))`), and the sentences of a check hold
numbers of its cases. So nothing of that is filtered: what is shown is put together out of a closed set. A name is the
master's, an outcome one of `Outcome`, a sentence stands below or is a known mistake's in the library.

*Trust*: of a verdict only names of cells, points, outcomes and the mistake's name are read; the name chooses one of the
exercise's own sentences, and any other chooses none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from machine_room.translation import say, sentence

from ..contract.verdict import CellVerdict, Outcome, Verdict
from ..course.watch import Show

__all__ = ["SENTENCES", "Answer", "Line", "State", "lines_of"]

#: What is said of a check that ended so, where no known mistake tells more.
SENTENCES = {
    Outcome.CORRECT: "",
    Outcome.WRONG: sentence(
        "Some results differ from the expected ones. Run the check in your notebook: where it is red, it "
        "says which. Where it is green there, try other shapes, signs and sizes: grading has cases of its own."
    ),
    Outcome.MISSING: sentence("There is no answer yet, or the name that is asked for is never defined."),
    Outcome.ERROR: sentence(
        "Your code raised an error. Run the check in your notebook; where it is green there, try other "
        "shapes, signs and sizes."
    ),
    Outcome.TIME_LIMIT: sentence("Your code did not come to an end in time: is there a loop that never stops?"),
    Outcome.MEMORY_LIMIT: sentence(
        "Your code asked for more memory than there is: does a list or an array grow without end?"
    ),
    Outcome.OUTPUT_LIMIT: sentence("Your code printed without end: is there a print in a loop that never stops?"),
    Outcome.CRASHED: sentence("Python itself ended while your code ran: does it call exit, or itself without end?"),
    Outcome.VIOLATION: sentence("Your code tampered with what runs it, so its answer does not count."),
    Outcome.NOT_GRADED: sentence("A person reads this."),
    Outcome.GRADER_ERROR: sentence(
        "The check itself failed. It is no fault of yours, costs nothing, and is looked at."
    ),
}


class State(StrEnum):
    """What came of a hand-in."""

    GRADED = "graded"
    LATER = "later"  # it is kept, and not graded at once: too many, too soon, too late
    FAILED = "failed"  # it could not be read or recorded: a person looks


@dataclass(frozen=True)
class Line:
    """One check or written answer as a student sees it.

    Attributes:
        name: the exercise, or the cell's.
        points: None where a person decides, or nobody yet.
        most: how many there are.
        outcome: one of `Outcome`; empty where only points are shown.
        hint: one sentence; empty: nothing to say.
        text: the whole message of the check, once nobody can hand in any more.
    """

    name: str
    points: float | None
    most: float
    outcome: str = ""
    hint: str = ""
    text: str = ""


@dataclass(frozen=True)
class Answer:
    """What the course's grader says of one hand-in. It travels as JSON, and is the student's to read.

    Attributes:
        state: what came of it.
        sentence: for the student.
        lines: of each check; none where it was not graded.
        attempt: which one of the student's it is, of those that were graded.
        attempts: how many are graded; None: all.
        penalty: points that being late costs.
        whole: nothing is kept back any more.
        counts: the number of the hand-in that counts now, where it is not simply the last one.
    """

    state: State
    sentence: str
    lines: tuple[Line, ...] = ()
    attempt: int = 0
    attempts: int | None = None
    penalty: float = 0.0
    whole: bool = False
    counts: int | None = None

    @property
    def points(self) -> float:
        """What the checks gave, and being late cost."""
        return max(0.0, sum(line.points or 0.0 for line in self.lines) - self.penalty)

    @property
    def most(self) -> float:
        return sum(line.most for line in self.lines)

    def to_json(self) -> dict[str, Any]:
        """As it travels, with what the lines come to."""
        return {**asdict(self), "points": self.points, "most": self.most}


def lines_of(verdicts: Iterable[Verdict], *, show: Show, whole: bool) -> tuple[Line, ...]:
    """What a student is shown of each check.

    Args:
        verdicts: on all notebooks of one hand-in.
        show: what the course shows before `whole`.
        whole: nobody can hand in any more: all that a check said is shown.
    """
    return tuple(line for verdict in verdicts for line in _lines(verdict, show, whole=whole))


def _lines(verdict: Verdict, show: Show, *, whole: bool) -> Iterator[Line]:
    for cell in verdict.cells:
        name = cell.exercise or cell.cell_id
        if whole:
            yield Line(name, cell.points, cell.max_points, cell.outcome.value, cell.hint or "", cell.text)
        elif show is Show.POINTS:
            yield Line(name, cell.points, cell.max_points)
        else:
            yield Line(name, cell.points, cell.max_points, cell.outcome.value, _hint(cell))


def _hint(cell: CellVerdict) -> str:
    """A known mistake's own sentence, as it stands in the library; else the outcome's."""
    from machine_room.exercises import find  # and NumPy, which `autograde --help` need not wait for

    if cell.exercise is not None and cell.mistake is not None:
        try:
            known = {mistake.name: mistake.said for mistake in find(cell.exercise).mistakes}
        except LookupError:
            known = {}
        if cell.mistake in known:
            return known[cell.mistake]
    return say(SENTENCES[cell.outcome])
