"""What the gradebook holds of one student's notebook, cell by cell: what the grader set, and what a person did."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..contract.failures import is_of_the_machine, one_sentence
from ..contract.provenance import CellRecord, Record
from .database import gradebook_of, has_gradebook

__all__ = ["read_record"]


def read_record(root: Path, assignment: str, notebook: str, student: str) -> Record | None:
    """Return the record; None where the gradebook has none, or there is no gradebook.

    Raises:
        CourseError: it cannot be read.
    """
    from nbgrader.api import MissingEntry

    with one_sentence(f"The gradebook of {root} cannot be read", is_of_the_machine):
        if not has_gradebook(root):
            return None
        with gradebook_of(root) as book:
            try:
                found = book.find_submission_notebook(notebook, assignment, student)
                return _record(book.find_submission(assignment, student), found)
            except MissingEntry:
                return None


def _record(submission: Any, notebook: Any) -> Record:
    comments = {comment.name: comment.manual_comment or "" for comment in notebook.comments}
    due = None if submission.assignment.duedate is None else submission.duedate
    cells = tuple(
        CellRecord(
            grade.name,
            grade.auto_score,
            grade.manual_score,
            grade.extra_credit,
            bool(grade.needs_manual_grade),
            comments.pop(grade.name, ""),
        )
        for grade in sorted(notebook.grades, key=lambda one: one.name)
    )
    said = tuple(  # on cells that are not graded: a solution's comment is shown below it
        CellRecord(name, None, None, None, waits=False, comment=comment)
        for name, comment in sorted(comments.items())
        if comment
    )
    return Record(
        (*cells, *said),
        total=float(notebook.score),
        max_points=float(notebook.max_score),
        penalty=float(notebook.late_submission_penalty or 0.0),
        handed_in=_aware(submission.timestamp),
        due=_aware(due),
        extended=submission.extension is not None,
    )


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
