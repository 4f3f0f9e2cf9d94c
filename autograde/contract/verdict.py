"""What grading one submission says: plain, frozen data that crosses processes, journals and the gradebook.

Nothing here is computed from what the student's process claims about itself; points come from the judge alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

__all__ = [
    "FINAL_AFTER",
    "CaseVerdict",
    "CellOutput",
    "CellVerdict",
    "Engine",
    "Kept",
    "Outcome",
    "Shown",
    "ShownAs",
    "Verdict",
]

FINAL_AFTER = 2  # workers that died of one submission: the verdict stands, and no third is spent on it


class Outcome(StrEnum):
    """How a check ended. The set is closed: every check of every submission ends in exactly one of these."""

    CORRECT = "correct"
    WRONG = "wrong"  # ran, and differs from the reference
    MISSING = "missing"  # still the stub, deleted, or never defined
    ERROR = "error"  # the student's code raised
    TIME_LIMIT = "time limit"
    MEMORY_LIMIT = "memory limit"
    OUTPUT_LIMIT = "output limit"
    CRASHED = "crashed"  # the student's process died: os._exit, a signal, a segmentation fault
    VIOLATION = "violation"  # broke the protocol: malformed, oversized or forged replies
    NOT_GRADED = "not graded"  # a person's to grade
    GRADER_ERROR = "grader error"  # our fault: never a zero, always in the summary


class Kept(StrEnum):
    """Why a verdict that was given before stands."""

    NOTHING_NEW = "nothing new"  # the same work, the same engine
    OTHER_ENGINE = "other engine"  # the same work; another engine might say something else
    FEEDBACK_IS_OUT = "feedback is out"  # the same file; the tests have changed, but the student knows their grade


@dataclass(frozen=True)
class CaseVerdict:
    """One case of a check: a call of the function, compared with the reference."""

    description: str  # the same in the visible and the hidden check
    right: bool


@dataclass(frozen=True)
class CellVerdict:
    """One check (or written) cell: its points and the reason."""

    cell_id: str  # nbgrader's grade_id
    exercise: str | None
    points: float | None  # None: not graded, or a grader error
    max_points: float
    outcome: Outcome
    mistake: str | None = None  # identifier in the exercise's bank, for the class report
    hint: str | None = None  # one sentence, for the student
    text: str = ""  # the whole message as text
    html: str = ""  # the same, as HTML that we made and escaped
    cases: tuple[CaseVerdict, ...] = ()  # of the check that decided; none where nothing was compared

    @property
    def optional(self) -> bool:
        """Whether nobody loses anything by it: an exercise without points."""
        return self.exercise is not None and self.max_points == 0

    def __post_init__(self) -> None:
        if self.points is None:
            return
        if not math.isfinite(self.points) or not 0 <= self.points <= self.max_points:
            raise ValueError(
                f"{self.cell_id}: points must be a finite number from 0 to {self.max_points}, got {self.points!r}"
            )


class ShownAs(StrEnum):
    """What a piece of a cell's output is, in Jupyter's terms."""

    STDOUT = "stdout"
    STDERR = "stderr"
    DISPLAY = "display"
    RESULT = "result"  # of the cell's last expression
    ERROR = "error"


@dataclass(frozen=True)
class Shown:
    """One piece of what an ordinary notebook's cell showed, as the sandbox said it. Untrusted."""

    kind: ShownAs
    text: str = ""  # printed; or text/plain; or the traceback
    html: str = ""  # unsanitised
    image: bytes = b""  # begins as PNG, size-capped
    name: str = ""  # of an error: its class
    message: str = ""  # of an error: what it says


@dataclass(frozen=True)
class CellOutput:
    """What one of the student's cells printed or raised, as the sandbox said it. Untrusted text: escape it."""

    cell_id: str
    stdout: str = ""
    stderr: str = ""
    result: str = ""  # text/plain of the last expression
    error: str = ""  # the traceback, text only
    images: tuple[bytes, ...] = ()  # begin as PNG, size-capped; `gradebook.pictures` takes them apart
    shown: tuple[Shown, ...] = ()  # of an ordinary course instead of all of that: piece by piece, in order


@dataclass(frozen=True)
class Engine:
    """What graded: all that a verdict depends on and no course has set. `grading/engine.py` says what is in it."""

    version: str = ""  # for people, e.g. "0.1.0"; two engines may share it
    digest: str = ""  # the same for the same engine alone; empty: not known

    def __str__(self) -> str:
        return self.version or "an unknown version"


@dataclass(frozen=True)
class Verdict:
    """Everything grading says about one student's notebook."""

    student: str
    assignment: str
    notebook: str
    cells: tuple[CellVerdict, ...]
    outputs: tuple[CellOutput, ...] = ()
    notes: tuple[str, ...] = ()  # what intake had to mend, e.g. "check cell adam_step-check was deleted"
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0  # ours and the sandbox's
    student_cpu_seconds: float = 0.0  # of which the student's own cells
    edition: int | None = None  # the older edition of the notebook that it was graded by; None: the present one
    edition_refused: bool = False  # the file says an edition that the course does not grade
    key: str = ""  # digest of the work: submission, masters, and what else the course set; see grading/keys.py
    file: str = ""  # digest of the submission alone; empty in verdicts of 0.1.0
    engine: Engine = Engine()
    killed_workers: int = 0  # how many of our processes ended while they graded this, for memory, time or a crash

    @property
    def points(self) -> float:
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def max_points(self) -> float:
        return sum(cell.max_points for cell in self.cells)

    @property
    def grader_errors(self) -> tuple[CellVerdict, ...]:
        return tuple(cell for cell in self.cells if cell.outcome is Outcome.GRADER_ERROR)

    def without_outputs(self) -> Verdict:
        """The verdict as a table needs it: what cells printed and drew, and pages say, can be megabytes a verdict."""
        return replace(self, outputs=(), cells=tuple(replace(cell, html="") for cell in self.cells))

    @property
    def final(self) -> bool:
        """Whether it stands until something changes. Our fault is tried again, unless it ends whoever tries."""
        return not self.grader_errors or self.killed_workers >= FINAL_AFTER

    @property
    def main_mistake(self) -> str:
        """The hint (or outcome) of the most expensive lost check, for one line of a table."""
        lost = [cell for cell in self.cells if cell.points is not None and cell.points < cell.max_points]
        if not lost:
            return ""
        worst = max(lost, key=lambda cell: cell.max_points - (cell.points or 0.0))
        return worst.hint or worst.outcome.value
