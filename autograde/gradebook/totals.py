"""Everyone's total for an assignment, as nbgrader's own export has it, and who everyone is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..contract.failures import CourseError, is_of_the_machine, one_sentence
from ..contract.grades import Grades, Person
from .database import gradebook_of, has_gradebook
from .rows import HandedIn, Rows

__all__ = ["read_grades"]


def read_grades(root: Path, assignments: Sequence[str]) -> tuple[tuple[Person, ...], tuple[Grades, ...]]:
    """Return everyone in the gradebook, by id, and the grades of each assignment.

    Raises:
        CourseError: there is no gradebook, or it cannot be read.
    """
    with one_sentence(f"The gradebook of {root} cannot be read", is_of_the_machine):
        if not has_gradebook(root):
            raise CourseError(f"There is no gradebook in {root} yet. Run `autograde grade` first.")
        with gradebook_of(root) as book, book.engine.connect() as connection:
            rows = Rows(connection)
            return rows.people(), tuple(_grades(rows, assignment) for assignment in assignments)


def _grades(rows: Rows, assignment: str) -> Grades:
    handed_in = [one for one in rows.handed_in(assignment) if one.notebooks]
    return Grades(
        assignment,
        sum(rows.max_scores(assignment).values()),
        {one.student: _total(one) for one in handed_in},
        frozenset(one.student for one in handed_in if any(notebook.waits for notebook in one.notebooks)),
    )


def _total(one: HandedIn) -> float:
    """What nbgrader's CSV export calls the score: penalties are taken off, down to nothing."""
    return max(0.0, sum(notebook.score - (notebook.penalty or 0.0) for notebook in one.notebooks))
