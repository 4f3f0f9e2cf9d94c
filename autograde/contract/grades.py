"""Grades as they leave the gradebook: who people are, and what counts for each assignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Grades", "Person"]


@dataclass(frozen=True)
class Person:
    """One student as the gradebook has them. *Trust*: all of it may be a student's own words."""

    student: str  # nbgrader's id: on a hub, the user name
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""  # nbgrader's `lms_user_id`


@dataclass(frozen=True)
class Grades:
    """What counts for one assignment: manual scores, extra credit and late penalties are in it, as nbgrader has it."""

    assignment: str
    max_points: float
    totals: Mapping[str, float]  # by student, of those who handed in
    waiting: frozenset[str] = frozenset()  # of whose work a cell waits for a person, or could not be graded
