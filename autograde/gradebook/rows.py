"""One submission's rows in nbgrader's tables, written with as few statements as the tables allow.

nbgrader's own interface commits after every cell, which makes a class of hundreds wait for the disk.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

__all__ = ["Rows"]


class Rows:
    """The statements of one transaction, on nbgrader's tables."""

    def __init__(self, connection: Any) -> None:
        from nbgrader import api

        self._connection = connection
        self._students = api.Student.__table__
        self._submissions = api.SubmittedAssignment.__table__
        self._notebooks = api.SubmittedNotebook.__table__
        self._grades = api.Grade.__table__
        self._comments = api.Comment.__table__
        self._assignments = api.Assignment.__table__

    def _one(self, table: Any, **where: Any) -> Any:
        from sqlalchemy import select

        query = select(table).where(*(table.c[name] == value for name, value in where.items()))
        return self._connection.execute(query).one_or_none()

    def _id(self, table: Any, **values: Any) -> tuple[str, bool]:
        """The id of the row with these values, and whether it had to be made."""
        found = self._one(table, **values)
        if found is not None:
            return found.id, False
        identifier = uuid.uuid4().hex
        self._connection.execute(table.insert().values(id=identifier, **values))
        return identifier, True

    def submission(self, student: str, assignment: str, stamp: datetime | None) -> str:
        if self._one(self._students, id=student) is None:
            self._connection.execute(self._students.insert().values(id=student))
        identifier, _ = self._id(self._submissions, assignment_id=assignment, student_id=student)
        if stamp is not None:
            where = self._submissions.c.id == identifier
            self._connection.execute(self._submissions.update().where(where).values(timestamp=stamp))
        return identifier

    def notebook(self, submission: str, notebook: str) -> str:
        identifier, new = self._id(self._notebooks, assignment_id=submission, notebook_id=notebook)
        if new:
            where = self._notebooks.c.id == identifier
            self._connection.execute(self._notebooks.update().where(where).values(flagged=False))
        return identifier

    def grades(self, notebook: str, cells: Mapping[str, str], scores: Mapping[str, float | None]) -> None:
        """Set the automatic scores. A person's stay, and are flagged: the work they were given for may have changed."""
        from sqlalchemy import bindparam, case

        table = self._grades
        self._insert_missing(table, notebook, cells.values(), needs_manual_grade=True)
        by_hand = table.c.manual_score.is_not(None)
        update = (
            table.update()
            .where(table.c.notebook_id == notebook, table.c.cell_id == bindparam("cell"))
            .values(
                auto_score=bindparam("score"),
                needs_manual_grade=case((by_hand, True), else_=bindparam("manual")),
            )
        )
        values = [{"cell": cells[name], "score": score, "manual": score is None} for name, score in scores.items()]
        self._execute_many(update, values)

    def comments(self, notebook: str, cells: Mapping[str, str], comments: Mapping[str, str | None]) -> None:
        from sqlalchemy import bindparam

        table = self._comments
        self._insert_missing(table, notebook, cells.values())
        where = (table.c.notebook_id == notebook, table.c.cell_id == bindparam("cell"))
        update = table.update().where(*where).values(auto_comment=bindparam("comment"))
        self._execute_many(update, [{"cell": cells[name], "comment": text} for name, text in comments.items()])

    def _insert_missing(self, table: Any, notebook: str, cells: Iterable[str], **values: Any) -> None:
        from sqlalchemy import select

        present = set(self._connection.scalars(select(table.c.cell_id).where(table.c.notebook_id == notebook)))
        rows = [
            {"id": uuid.uuid4().hex, "notebook_id": notebook, "cell_id": cell, **values}
            for cell in cells
            if cell not in present
        ]
        self._execute_many(table.insert(), rows)

    def _execute_many(self, statement: Any, values: list[dict[str, Any]]) -> None:
        if values:
            self._connection.execute(statement, values)

    def auto_scores(self, student: str, notebook: str) -> dict[str, float | None]:
        """What the gradebook holds for one student's notebook, by cell id."""
        from sqlalchemy import select

        grades, notebooks, submissions = self._grades, self._notebooks, self._submissions
        query = (
            select(grades.c.cell_id, grades.c.auto_score)
            .join(notebooks, notebooks.c.id == grades.c.notebook_id)
            .join(submissions, submissions.c.id == notebooks.c.assignment_id)
            .where(submissions.c.student_id == student, notebooks.c.notebook_id == notebook)
        )
        return {row.cell_id: row.auto_score for row in self._connection.execute(query)}

    def score(self, notebook: str) -> float:
        from sqlalchemy import case, func, select

        table = self._grades.c
        best = func.coalesce(table.manual_score, table.auto_score, 0.0)
        counted = table.manual_score.is_not(None) | table.auto_score.is_not(None)
        extra = func.coalesce(table.extra_credit, 0.0)
        query = select(func.sum(best + case((counted, extra), else_=0.0))).where(table.notebook_id == notebook)
        return float(self._connection.scalar(query) or 0.0)

    def seconds_late(self, submission: str) -> float:
        handed_in = self._one(self._submissions, id=submission)
        due = self._one(self._assignments, id=handed_in.assignment_id).duedate
        if due is None or handed_in.timestamp is None:
            return 0.0
        late: timedelta = handed_in.timestamp - due - (handed_in.extension or timedelta(0))
        return late.total_seconds()

    def late_penalty(self, notebook: str, penalty: float | None) -> None:
        where = self._notebooks.c.id == notebook
        self._connection.execute(self._notebooks.update().where(where).values(late_submission_penalty=penalty))
