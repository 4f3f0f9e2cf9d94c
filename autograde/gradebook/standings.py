"""What the gradebook says of a class, for the tables of a run and a report; and when work is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..contract.failures import CourseError, is_of_the_machine, one_sentence
from ..contract.names import escaped, readable
from ..contract.roll import Roll, Standing
from ..course.folder import Course
from .database import course_config, gradebook_of, has_gradebook
from .late import Late
from .rows import HandedIn, Rows

__all__ = ["deadlines", "extend", "extensions", "penalty_of", "read_roll", "require_hand_in", "set_due"]

MAX_NAME = 60


def read_roll(root: Path, assignment: str, url: str = "") -> Roll | None:
    """Return what the gradebook says of an assignment; None where there is no gradebook, and none is made.

    Args:
        root: the course folder.
        assignment: its name.
        url: of the database; empty: the course's own.

    Raises:
        CourseError: it cannot be read.
    """
    with one_sentence(f"The gradebook of {root} cannot be read", is_of_the_machine):
        if not url and not has_gradebook(root):
            return None
        with gradebook_of(root, url) as book, book.engine.connect() as connection:
            return _roll(root, assignment, Rows(connection))


def _roll(root: Path, assignment: str, rows: Rows) -> Roll:
    handed_in, most = rows.handed_in(assignment), rows.max_scores(assignment)
    known = rows.students()
    there = {folder.student for folder in Course(root).folders(assignment)} | {one.student for one in handed_in}
    late = Late(root, course_config(root))
    return Roll(
        due=_aware(rows.due(assignment)),
        standings=tuple(standing for one in handed_in for standing in _standings(one, most)),
        names={student: name for student, parts in known.items() if (name := _name(*parts))},
        missing=tuple(student for student in sorted(known) if student not in there),
        undated=tuple(one.student for one in handed_in if _is_undated(late, one.student, assignment)),
    )


def _standings(one: HandedIn, most: dict[str, float]) -> list[Standing]:
    late = timedelta(seconds=max(0.0, one.seconds_late(one.stamp)))
    return [
        Standing(
            one.student,
            notebook.name,
            notebook.score,
            most.get(notebook.name, 0.0),
            by_hand=notebook.by_hand,
            extra_credit=notebook.extra_credit,
            penalty=notebook.penalty or 0.0,
            late=late,
            waits=notebook.waits,
        )
        for notebook in one.notebooks
    ]


def _is_undated(late: Late, student: str, assignment: str) -> bool:
    text, stamp = late.written(student, assignment)
    return text is not None and stamp is None


def _name(first: str | None, last: str | None) -> str:
    return readable(" ".join(part.strip() for part in (first, last) if part and part.strip()), MAX_NAME)


def _aware(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


# --- when work is due


def set_due(root: Path, assignment: str, due: datetime | None) -> None:
    """Set when an assignment is due, or with None that it never is. Penalties follow at the next grading."""
    with (
        one_sentence(f"The gradebook of {root} does not take the due date", is_of_the_machine),
        gradebook_of(root) as book,
    ):
        _assignment(book, assignment).duedate = None if due is None else _naive(due)
        book.db.commit()


def extend(root: Path, assignment: str, student: str, until: datetime | None) -> None:
    """Give one student until then; None: no extension. It moves along when the due date does, as nbgrader has it.

    Raises:
        CourseError: nothing is due, or nothing of theirs is in the gradebook, which keeps extensions with hand-ins.
    """
    from nbgrader.api import MissingEntry

    with (
        one_sentence(f"The gradebook of {root} does not take the extension", is_of_the_machine),
        gradebook_of(root) as book,
    ):
        due = _assignment(book, assignment).duedate
        try:
            submission = book.find_submission(assignment, student)
        except MissingEntry:
            raise CourseError(
                f"{escaped(student)} has nothing in the gradebook for {assignment}, and nbgrader keeps an extension "
                "with the hand-in. Grade it first and extend then: the next `autograde grade` takes the penalty back."
            ) from None
        if until is not None and due is None:
            raise CourseError(f"{assignment} has no due date that could be extended. Set one first.")
        if until is not None and _naive(until) <= due:
            raise CourseError(f"An extension should end after {assignment} is due. Nothing was changed.")
        submission.extension = None if until is None else _naive(until) - due
        book.db.commit()


def require_hand_in(roll: Roll | None, assignment: str, student: str) -> None:
    """Refuse a student of whom the gradebook has no hand-in of the assignment.

    Raises:
        CourseError: says so.
    """
    if roll is None or student not in {one.student for one in roll.standings}:
        raise CourseError(
            f"{escaped(student)} has nothing in the gradebook for {assignment}. Correct the name, or grade first."
        )


def extensions(root: Path, assignment: str) -> dict[str, datetime]:
    """Until when those have who were given an extension, by student, in UTC."""
    with gradebook_of(root) as book, book.engine.connect() as connection:
        rows = Rows(connection)
        due = rows.due(assignment)
        found = {one.student: one.due for one in rows.handed_in(assignment)}
    return {student: until.replace(tzinfo=UTC) for student, until in found.items() if until and until != due}


def deadlines(root: Path, assignment: str) -> tuple[datetime | None, dict[str, datetime]]:
    """When an assignment is due, and until when those have who were given an extension. Makes no gradebook."""
    with one_sentence(f"The gradebook of {root} cannot be read", is_of_the_machine):
        if not has_gradebook(root):
            return None, {}
        with gradebook_of(root) as book, book.engine.connect() as connection:
            due = _aware(Rows(connection).due(assignment))
        return due, extensions(root, assignment) if due is not None else {}


def penalty_of(root: Path, assignment: str, student: str) -> float:
    """What being late costs one student now, in points."""
    roll = read_roll(root, assignment)
    return sum(one.penalty for one in roll.standings if one.student == student) if roll is not None else 0.0


def _assignment(book: Any, assignment: str) -> Any:
    from nbgrader.api import MissingEntry

    try:
        return book.find_assignment(assignment)
    except MissingEntry:
        raise CourseError(
            f"The gradebook knows no assignment {escaped(assignment)}. Run `autograde build` first."
        ) from None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
