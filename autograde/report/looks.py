"""Who needs a look: what a verdict says that a person should know of. For the instructor's page alone.

None of it proves anything. *Trust*: messages quote students; where a word of theirs could bring about one of these
findings, it is a finding about themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ..contract.names import readable
from ..contract.verdict import CellVerdict, Outcome, Verdict

__all__ = ["Kind", "Look", "looks_of"]

MAX_SENTENCE = 200
WITHHELD = "is not available while your work is graded"  # what `sandbox.student_view` puts in a withheld name's place
HIDDEN = re.compile(
    r"\S{1,200}: not right yet \(\d+ of \d+ hidden case"
)  # the first line of `machine_room.checks.show`
CHANGED = re.compile(r"The (?:check of .{1,200} was deleted|locked cell .{1,200} was changed)")


class Kind(StrEnum):
    """Why; in the order in which the page lists them."""

    OUR_FAULT = "could not be graded"
    TAMPERED = "tampered with what runs it"
    ASKED_THE_LIBRARY = "asked the library for the answer"
    CRASHED = "ended Python"
    LIMITS = "reached a limit"
    HIDDEN_WRONG = "visible right, hidden wrong"
    CHANGED_OURS = "changed or deleted cells of ours"
    EDITION = "says an edition that is not graded here"
    NOTHING = "handed in without an answer"


LIMITS = (Outcome.TIME_LIMIT, Outcome.MEMORY_LIMIT, Outcome.OUTPUT_LIMIT)
OF_OUTCOME = {
    Outcome.GRADER_ERROR: Kind.OUR_FAULT,
    Outcome.VIOLATION: Kind.TAMPERED,
    Outcome.CRASHED: Kind.CRASHED,
    **dict.fromkeys(LIMITS, Kind.LIMITS),
}


@dataclass(frozen=True)
class Look:
    """One reason to look at one student's work."""

    kind: Kind
    student: str
    exercise: str = ""
    sentence: str = ""  # may quote the student


def looks_of(verdict: Verdict) -> Iterator[Look]:
    """Yield the reasons to look at one hand-in."""
    for cell in verdict.cells:
        if (kind := _kind(cell)) is not None:
            yield Look(kind, verdict.student, cell.exercise or cell.cell_id, _line(cell.hint or cell.text))
    for note in verdict.notes:
        if CHANGED.match(note):
            yield Look(Kind.CHANGED_OURS, verdict.student, "", _line(note))
    if verdict.edition_refused:
        yield Look(Kind.EDITION, verdict.student, "", "Graded as the present one. Is editions/ complete?")
    checks = [cell for cell in verdict.cells if cell.outcome is not Outcome.NOT_GRADED]
    if checks and all(cell.outcome is Outcome.MISSING and WITHHELD not in cell.text for cell in checks):
        yield Look(
            Kind.NOTHING, verdict.student, "", _line(verdict.notes[0] if verdict.notes else "Nothing is written.")
        )


def _kind(cell: CellVerdict) -> Kind | None:
    if kind := OF_OUTCOME.get(cell.outcome):
        return kind
    if cell.outcome is Outcome.CORRECT or cell.outcome is Outcome.NOT_GRADED:
        return None
    if WITHHELD in cell.text:
        return Kind.ASKED_THE_LIBRARY
    return Kind.HIDDEN_WRONG if HIDDEN.match(cell.text) else None


def _line(text: str) -> str:
    first, *_ = text.strip().split("\n")
    return readable(first, MAX_SENTENCE)
