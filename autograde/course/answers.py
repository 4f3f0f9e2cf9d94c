"""What a student wrote, by cell: read through the same door as for grading, so that a file is data here too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .folder import Course
from .intake import IntakeError, read_submission, rebuild
from .notebook import Notebook, Role

__all__ = ["Answers", "read_answers"]


@dataclass(frozen=True)
class Answers:
    """One student's own texts. *Trust*: all of it is theirs."""

    code: Mapping[str, str]  # by exercise
    prose: Mapping[str, str]  # by id of the written cell


NOTHING = Answers({}, {})
UNANSWERED = "YOUR ANSWER HERE"  # what nbgrader leaves in a written cell


def read_answers(
    course: Course, master: Notebook, student: str, former: Mapping[int, Notebook] | None = None
) -> Answers:
    """Return what stands in a student's solution and written cells; nothing where the file is no notebook of ours.

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
    except IntakeError:
        return NOTHING
    released = {cell.id: cell.source.strip() for cell in master.cells}
    code = {cell.exercise: cell.source for cell in cells if cell.role is Role.SOLUTION and cell.exercise}
    prose = {
        cell.id: cell.source.strip()
        for cell in cells
        if cell.role is Role.WRITTEN and cell.source.strip() not in ("", UNANSWERED, released.get(cell.id))
    }
    return Answers(code, prose)
