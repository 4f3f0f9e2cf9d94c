"""What a student wrote, by cell: read through the same door as for grading, so that a file is data here too."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from machine_room.explore.prediction import predictions
from machine_room.notebook.predictions import kept_in

from .folder import Course
from .intake import IntakeError, parsed, read_submission, rebuild
from .notebook import Notebook, Role
from .questions import questions_of

__all__ = ["Answers", "read_answers"]


@dataclass(frozen=True)
class Answers:
    """One student's own texts and predictions. *Trust*: all of it is theirs."""

    code: Mapping[str, str]  # by exercise
    prose: Mapping[str, str]  # by id of the written cell
    predictions: Mapping[str, Any] = field(default_factory=dict)  # by question, each as its kind accepted it
    unread: str = ""  # why there is nothing; empty: the file could be read


NOTHING = Answers({}, {})
UNANSWERED = "YOUR ANSWER HERE"  # what nbgrader leaves in a written cell


def read_answers(
    course: Course, master: Notebook, student: str, former: Mapping[int, Notebook] | None = None
) -> Answers:
    """Return what stands in a student's solution and written cells, and what they predicted.

    Nothing of it where the file is no notebook of ours: then `unread` says why.

    Args:
        course: where it was handed in.
        master: the notebook.
        student: whose; a name of a folder in submitted/.
        former: the masters of older editions that a file may be made from.
    """
    try:
        path = course.submission(student, master.assignment, master.name)
        content = read_submission(path, course.root / "submitted" / student)
        cells = rebuild(master, content, former).cells
        predicted = _predicted(content, questions_of(master))
    except IntakeError as error:
        return replace(NOTHING, unread=str(error))
    released = {cell.id: cell.source.strip() for cell in master.cells}
    code = {cell.exercise: cell.source for cell in cells if cell.role is Role.SOLUTION and cell.exercise}
    prose = {
        cell.id: cell.source.strip()
        for cell in cells
        if cell.role is Role.WRITTEN and cell.source.strip() not in ("", UNANSWERED, released.get(cell.id))
    }
    return Answers(code, prose, predicted)


def _predicted(content: bytes, asked: Collection[str]) -> dict[str, Any]:
    """What the outputs carry of the questions that were asked, where it answers them. Everything else is left out."""
    found: dict[str, Any] = {}
    known = predictions()
    for name, answer in kept_in(parsed(content), asked).items() if asked else ():
        try:
            found[name] = known[name].kind.accept(answer)
        except ValueError:
            continue
    return found
