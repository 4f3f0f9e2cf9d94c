"""One submission's rows in nbgrader's tables, written with as few statements as the tables allow.

nbgrader's own interface commits after every cell, which makes a class of hundreds wait for the disk. Its index of
grades and comments is by cell, then notebook: a query that names no cells reads the whole table, which grows.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..contract.grades import Person

__all__ = ["HandedIn", "NotebookRow", "Rows"]


@dataclass(frozen=True)
class NotebookRow:
    """One notebook of a hand-in, as far as its score and its penalty go."""

    id: str
    name: str
    score: float  # a person's where there is one, with extra credit; before the penalty
    penalty: float | None
    by_hand: bool
    extra_credit: float
    waits: bool


@dataclass(frozen=True)
class HandedIn:
    """One student's hand-in of an assignment; times in UTC, without a zone."""

    id: str
    student: str
    stamp: datetime | None
    due: datetime | None  # the extension counted in
    notebooks: tuple[NotebookRow, ...]

    def seconds_late(self, stamp: datetime | None) -> float:
        return 0.0 if stamp is None or self.due is None else (stamp - self.due).total_seconds()


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
        self._asked = api.Notebook.__table__

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
            self.stamp(identifier, stamp)
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

        wanted = tuple(cells)
        query = select(table.c.cell_id).where(table.c.notebook_id == notebook, table.c.cell_id.in_(wanted))
        present = set(self._connection.scalars(query))
        rows = [
            {"id": uuid.uuid4().hex, "notebook_id": notebook, "cell_id": cell, **values}
            for cell in wanted
            if cell not in present
        ]
        self._execute_many(table.insert(), rows)

    def _execute_many(self, statement: Any, values: list[dict[str, Any]]) -> None:
        if values:
            self._connection.execute(statement, values)

    def auto_scores(self, student: str, notebook: str, cells: Collection[str]) -> dict[str, float | None]:
        """What the gradebook holds for these cells of one student's notebook, by cell id."""
        from sqlalchemy import select

        grades, notebooks, submissions = self._grades, self._notebooks, self._submissions
        query = (
            select(grades.c.cell_id, grades.c.auto_score)
            .join(notebooks, notebooks.c.id == grades.c.notebook_id)
            .join(submissions, submissions.c.id == notebooks.c.assignment_id)
            .where(
                submissions.c.student_id == student,
                notebooks.c.notebook_id == notebook,
                grades.c.cell_id.in_(tuple(cells)),
            )
        )
        return {row.cell_id: row.auto_score for row in self._connection.execute(query)}

    def handed_in(self, assignment: str) -> list[HandedIn]:
        """Everyone's hand-in of an assignment, in two queries."""
        from sqlalchemy import select

        table, assignments = self._submissions, self._assignments
        query = (
            select(table.c.id, table.c.student_id, table.c.timestamp, table.c.extension, assignments.c.duedate)
            .join(assignments, assignments.c.id == table.c.assignment_id)
            .where(assignments.c.name == assignment)
            .order_by(table.c.student_id)
        )
        found = self._connection.execute(query).all()
        notebooks = self._scored(assignment)
        return [
            HandedIn(
                row.id,
                row.student_id,
                row.timestamp,
                None if row.duedate is None else _extended(row.duedate, row.extension),
                tuple(notebooks.get(row.id, ())),
            )
            for row in found
        ]

    def _scored(self, assignment: str) -> dict[str, list[NotebookRow]]:
        """The notebooks of everyone's hand-ins by hand-in."""
        from sqlalchemy import case, func, select

        grades, notebooks, submissions = self._grades, self._notebooks, self._submissions
        counts = case((grades.c.manual_score.is_not(None), 1), else_=0)
        waits = case((grades.c.needs_manual_grade, 1), else_=0)
        query = (
            select(
                notebooks.c.assignment_id,
                notebooks.c.id,
                self._asked.c.name,
                notebooks.c.late_submission_penalty,
                func.sum(_score_of(grades.c)),
                func.sum(counts),
                func.sum(func.coalesce(grades.c.extra_credit, 0.0)),
                func.sum(waits),
            )
            .join(submissions, submissions.c.id == notebooks.c.assignment_id)
            .join(self._assignments, self._assignments.c.id == submissions.c.assignment_id)
            .join(self._asked, self._asked.c.id == notebooks.c.notebook_id)
            .outerjoin(grades, grades.c.notebook_id == notebooks.c.id)
            .where(self._assignments.c.name == assignment)
            .group_by(
                notebooks.c.assignment_id, notebooks.c.id, self._asked.c.name, notebooks.c.late_submission_penalty
            )
        )
        found: dict[str, list[NotebookRow]] = {}
        for submission, identifier, name, penalty, score, by_hand, extra, waiting in self._connection.execute(query):
            row = NotebookRow(
                identifier, name, float(score or 0), penalty, bool(by_hand), float(extra or 0), bool(waiting)
            )
            found.setdefault(submission, []).append(row)
        return found

    def due(self, assignment: str) -> datetime | None:
        found = self._one(self._assignments, name=assignment)
        due: datetime | None = None if found is None else found.duedate
        return due

    def students(self) -> dict[str, tuple[str | None, str | None]]:
        """Everyone the gradebook knows: first and last name by id."""
        from sqlalchemy import select

        table = self._students.c
        found = self._connection.execute(select(table.id, table.first_name, table.last_name))
        return {row.id: (row.first_name, row.last_name) for row in found}

    def people(self) -> tuple[Person, ...]:
        """Everyone the gradebook knows, by id."""
        from sqlalchemy import select

        table = self._students.c
        columns = (table.id, table.first_name, table.last_name, table.email, table.lms_user_id)
        found = self._connection.execute(select(*columns).order_by(table.id))
        return tuple(Person(*(value or "" for value in row)) for row in found)

    def max_scores(self, assignment: str) -> dict[str, float]:
        """What each notebook of an assignment is worth, by its name."""
        from nbgrader import api
        from sqlalchemy import func, select

        cells, grades, tasks = api.BaseCell.__table__, api.GradeCell.__table__, api.TaskCell.__table__
        worth = func.coalesce(grades.c.max_score, tasks.c.max_score)
        query = (
            select(self._asked.c.name, func.sum(worth))
            .join(self._assignments, self._assignments.c.id == self._asked.c.assignment_id)
            .join(cells, cells.c.notebook_id == self._asked.c.id)
            .outerjoin(grades, grades.c.id == cells.c.id)
            .outerjoin(tasks, tasks.c.id == cells.c.id)
            .where(self._assignments.c.name == assignment, worth.is_not(None))
            .group_by(self._asked.c.name)
        )
        return {row[0]: float(row[1] or 0) for row in self._connection.execute(query)}

    def stamp(self, submission: str, stamp: datetime | None) -> None:
        where = self._submissions.c.id == submission
        self._connection.execute(self._submissions.update().where(where).values(timestamp=stamp))

    def score(self, notebook: str, cells: Collection[str]) -> float:
        from sqlalchemy import func, select

        table = self._grades.c
        query = select(func.sum(_score_of(table))).where(table.notebook_id == notebook, table.cell_id.in_(tuple(cells)))
        return float(self._connection.scalar(query) or 0.0)

    def seconds_late(self, submission: str) -> float:
        handed_in = self._one(self._submissions, id=submission)
        due = self._one(self._assignments, id=handed_in.assignment_id).duedate
        if due is None or handed_in.timestamp is None:
            return 0.0
        late: timedelta = handed_in.timestamp - _extended(due, handed_in.extension)
        return late.total_seconds()

    def late_penalty(self, notebook: str, penalty: float | None) -> None:
        where = self._notebooks.c.id == notebook
        self._connection.execute(self._notebooks.update().where(where).values(late_submission_penalty=penalty))


def _score_of(grade: Any) -> Any:
    """What a cell counts, as nbgrader has it: a person's score, else the automatic one; with either, extra credit."""
    from sqlalchemy import case, func

    best = func.coalesce(grade.manual_score, grade.auto_score, 0.0)
    counted = grade.manual_score.is_not(None) | grade.auto_score.is_not(None)
    return best + case((counted, func.coalesce(grade.extra_credit, 0.0)), else_=0.0)


def _extended(due: datetime, extension: timedelta | None) -> datetime:
    """The due date of one student; at the end of the calendar it stays where it is."""
    try:
        return due + (extension or timedelta(0))
    except OverflowError:
        return due
