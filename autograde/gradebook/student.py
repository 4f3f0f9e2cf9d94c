"""One student in nbgrader's gradebook: all of their rows as plain data, and their removal by nbgrader's means."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract.failures import is_of_the_machine, one_sentence
from ..contract.records import Aside, Found, Sink
from .database import gradebook_of, has_gradebook

__all__ = ["Grades"]


@dataclass(frozen=True)
class Grades:
    """The rows of a student (`contract.records.Place`).

    Args:
        root: the course folder.
        url: of the database; empty: the course's own.
    """

    root: Path
    url: str = ""
    name: str = "gradebook"
    about: str = "What the gradebook holds: who you are, when you handed in, points, extra credit, comments, penalties."

    def found(self, student: str) -> list[Found]:
        rows = self._rows(student)
        if rows is None:
            return []
        handed_in = ", ".join(one["assignment"] for one in rows["hand_ins"]) or "no hand-in"
        return [Found("the gradebook", f"the student; {handed_in}")]

    def hand_over(self, student: str, sink: Sink) -> None:
        rows = self._rows(student)
        if rows is not None:
            text = json.dumps(rows, indent=1, ensure_ascii=False)
            sink.add([f"{self.name}.json"], io.BytesIO(text.encode("utf-8", "backslashreplace")))

    def forget(self, student: str, aside: Aside) -> None:
        """Remove the student as `nbgrader db student remove --force` does; then let the file forget what it held.

        nbgrader commits hand-in by hand-in and the student last: who was killed in between finds the rest.
        """
        if not self._is_there():
            return
        with (
            one_sentence(f"The gradebook of {self.root} does not let go", is_of_the_machine),
            gradebook_of(self.root, self.url) as book,
        ):
            if _student(book, student) is not None:
                book.remove_student(student)
            book.db.remove()
            if book.engine.dialect.name == "sqlite":  # which leaves in the file what was deleted, until it needs room
                with book.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                    connection.exec_driver_sql("VACUUM")

    def assignments(self) -> list[str]:
        """The assignments that the gradebook knows."""
        if not self._is_there():
            return []
        with gradebook_of(self.root, self.url) as book:
            return sorted(one.name for one in book.assignments)

    def _is_there(self) -> bool:
        return bool(self.url) or has_gradebook(self.root)

    def _rows(self, student: str) -> dict[str, Any] | None:
        with one_sentence(f"The gradebook of {self.root} cannot be read", is_of_the_machine):
            if not self._is_there():
                return None
            with gradebook_of(self.root, self.url) as book:
                found = _student(book, student)
                return None if found is None else _told(found)


def _student(book: Any, student: str) -> Any:
    from nbgrader.api import MissingEntry

    try:
        return book.find_student(student)
    except MissingEntry:
        return None


def _told(student: Any) -> dict[str, Any]:
    names = ("id", "first_name", "last_name", "email", "lms_user_id")
    hand_ins = sorted(student.submissions, key=lambda one: str(one.name))
    return {
        "student": {name: getattr(student, name) for name in names},
        "hand_ins": [_hand_in(one) for one in hand_ins],
    }


def _hand_in(row: Any) -> dict[str, Any]:
    return {
        "assignment": row.name,
        "handed_in_utc": None if row.timestamp is None else row.timestamp.isoformat(),
        "extension_seconds": None if row.extension is None else row.extension.total_seconds(),
        "notebooks": [_notebook(one) for one in sorted(row.notebooks, key=lambda one: str(one.name))],
    }


def _notebook(row: Any) -> dict[str, Any]:
    grade = ("auto_score", "manual_score", "extra_credit", "needs_manual_grade")
    comment = ("auto_comment", "manual_comment")
    return {
        "notebook": row.name,
        "score": row.score,
        "late_submission_penalty": row.late_submission_penalty,
        "flagged": row.flagged,
        "grades": [_cell(one, grade) for one in sorted(row.grades, key=lambda one: str(one.name))],
        "comments": [_cell(one, comment) for one in sorted(row.comments, key=lambda one: str(one.name))],
    }


def _cell(row: Any, columns: tuple[str, ...]) -> dict[str, Any]:
    return {"cell": row.name, **{column: getattr(row, column) for column in columns}}
