"""What a class answered in its own words, all of it, for programs: one entry for each question and student.

The page of `autograde report` shows some of it. *Trust*: every answer is a student's text.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..contract.names import encodable, readable
from ..course.answers import read_answers
from ..course.editions import read_former
from ..course.folder import Course
from ..course.notebook import Notebook
from .lms import FORMULA
from .written import asked_of

__all__ = ["Answered", "answers_csv", "answers_json", "collected"]

COLUMNS = ("assignment", "notebook", "question", "cell", "student", "answer")


@dataclass(frozen=True)
class Answered:
    """One answer.

    Attributes:
        assignment, notebook, cell: where it stands.
        question: the words above it.
        student: who gave it, or a number that is the same for all of theirs.
        answer: their words.
    """

    assignment: str
    notebook: str
    cell: str
    question: str
    student: str
    answer: str


def collected(course: Course, assignment: str, *, anonymous: bool = False) -> list[Answered]:
    """Every answer in words that lies in `submitted/`, question by question; who gave none has no entry.

    Args:
        course: the course folder.
        assignment: its name.
        anonymous: numbers drawn anew each time in the place of names, and in their order.
    """
    students = course.students(assignment)
    called = _numbers(students) if anonymous else {student: student for student in students}
    found = [one for master in course.read_masters(assignment) for one in _of(course, master, called)]
    return sorted(found, key=lambda one: (one.notebook, one.cell, len(one.student) if anonymous else 0, one.student))


def _of(course: Course, master: Notebook, called: Mapping[str, str]) -> Iterator[Answered]:
    former = read_former(course.accepted_editions(master.assignment, master.name))
    asked = asked_of(master)
    for student, name in called.items():
        prose = read_answers(course, master, student, former).prose
        for cell, question in asked.items():
            if cell in prose:
                yield Answered(master.assignment, master.name, cell, question, name, readable(prose[cell]))


def _numbers(students: Sequence[str]) -> dict[str, str]:
    drawn = list(students)
    secrets.SystemRandom().shuffle(drawn)
    return {student: str(number) for number, student in enumerate(drawn, 1)}


def answers_json(found: Sequence[Answered]) -> list[dict[str, Any]]:
    """As JSON can hold it."""
    return [{key: encodable(text) for key, text in asdict(one).items()} for one in found]


def answers_csv(found: Sequence[Answered]) -> str:
    """One line for each answer. What a spreadsheet would take for a formula gets an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in answers_json(found):
        writer.writerow([_cell(one[column]) for column in COLUMNS])
    return buffer.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text
