"""What a class answered in its own words and predicted, all of it, for programs: one entry a question and student.

The page of `autograde report` shows some of it. *Trust*: every answer in words is a student's text. A prediction has
been let in by its question, so it is a number, a point, or one of the course's own phrases.
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from machine_room.explore.prediction import predictions

from ..contract.names import encodable, escaped, readable
from ..course.answers import Answers, read_answers
from ..course.editions import read_former
from ..course.folder import Course
from ..course.notebook import Notebook
from ..course.questions import questions_of
from .lms import FORMULA
from .written import asked_of

__all__ = ["Answered", "Collected", "Kind", "Unread", "answers_csv", "answers_json", "collected"]

COLUMNS = ("assignment", "notebook", "kind", "question", "cell", "student", "answer", "truth")
UNREAD = "unread"  # the kind of a line in a table that names a hand-in
NOT_TOLD = "It could not be read. Why may name its student: run this without --anonymous."


class Kind(StrEnum):
    """What sort of answer it is."""

    WORDS = "words"
    PREDICTION = "prediction"


@dataclass(frozen=True)
class Answered:
    """One answer.

    Attributes:
        assignment, notebook, cell: where it stands.
        question: the words above it.
        student: who gave it, or a number that is the same for all of theirs.
        answer: their words; of a prediction a number, a point's two numbers, or a phrase.
        kind: in words, or a prediction.
        truth: what is true, as the library computes it; None: a person reads it.
    """

    assignment: str
    notebook: str
    cell: str
    question: str
    student: str
    answer: Any
    kind: Kind = Kind.WORDS
    truth: Any = None


@dataclass(frozen=True)
class Unread:
    """One hand-in of which nothing is known.

    Attributes:
        assignment, notebook: what was to be handed in.
        student: whose, or their number.
        reason: why; where nobody is named, not told.
    """

    assignment: str
    notebook: str
    student: str
    reason: str


@dataclass(frozen=True)
class Collected:
    """What a class answered, and whose hand-ins could not be read."""

    answers: tuple[Answered, ...]
    unread: tuple[Unread, ...]


def collected(course: Course, assignment: str, *, anonymous: bool = False) -> Collected:
    """Every answer and prediction that lies in `submitted/`, question by question; who gave none has no entry.

    Args:
        course: the course folder.
        assignment: its name.
        anonymous: numbers drawn anew each time in the place of names, and in their order.
    """
    called = _called(course, assignment, anonymous=anonymous)
    found: list[Answered] = []
    unread: list[Unread] = []
    for master in course.read_masters(assignment):
        former = read_former(course.accepted_editions(assignment, master.name))
        for student, name in called.items():
            answers = read_answers(course, master, student, former)
            found += _words(master, name, answers)
            found += _predictions(master, name, answers)
            if answers.unread:
                reason = NOT_TOLD if anonymous else readable(answers.unread)
                unread.append(Unread(assignment, master.name, name, reason))
    unread += _refused(course, assignment, anonymous=anonymous)

    def place(one: Answered | Unread) -> tuple[int, str]:
        return len(one.student) if anonymous else 0, one.student

    return Collected(
        tuple(sorted(found, key=lambda one: (one.notebook, one.kind != Kind.WORDS, one.cell, place(one)))),
        tuple(sorted(unread, key=lambda one: (one.notebook, place(one)))),
    )


def _words(master: Notebook, student: str, answers: Answers) -> Iterator[Answered]:
    for cell, question in asked_of(master).items():
        if cell in answers.prose:
            words = readable(answers.prose[cell])
            yield Answered(master.assignment, master.name, cell, question, student, words)


def _predictions(master: Notebook, student: str, answers: Answers) -> Iterator[Answered]:
    known = predictions()
    for name, cell in questions_of(master).items():
        if name in answers.predictions:
            asked, answer = known[name], answers.predictions[name]
            yield Answered(
                master.assignment, master.name, cell, asked.question, student, answer, Kind.PREDICTION, asked.true()
            )


def _refused(course: Course, assignment: str, *, anonymous: bool) -> Iterator[Unread]:
    """Folders in submitted/ that nobody's work is read from."""
    for folder in course.folders(assignment):
        if folder.refusal is not None:
            name, reason = ("", NOT_TOLD) if anonymous else (escaped(folder.student), readable(folder.refusal))
            yield Unread(assignment, "", name, reason)


def _called(course: Course, assignment: str, *, anonymous: bool) -> Mapping[str, str]:
    students = course.students(assignment)
    if not anonymous:
        return {student: student for student in students}
    drawn = list(students)
    secrets.SystemRandom().shuffle(drawn)
    return {student: str(number) for number, student in enumerate(drawn, 1)}


def answers_json(found: Collected) -> dict[str, Any]:
    """As JSON can hold it."""
    return {
        "answers": [_encodable(asdict(one)) for one in found.answers],
        "unread": [_encodable(asdict(one)) for one in found.unread],
    }


def _encodable(found: dict[str, Any]) -> dict[str, Any]:
    return {key: encodable(value) if isinstance(value, str) else value for key, value in found.items()}


def answers_csv(found: Collected) -> str:
    """One line for each answer, and at the end for each hand-in that could not be read.

    What a spreadsheet would take for a formula gets an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    told = answers_json(found)
    for one in told["answers"]:
        writer.writerow([_cell(one[column]) for column in COLUMNS])
    for one in told["unread"]:
        line = {**dict.fromkeys(COLUMNS, ""), **one, "kind": UNREAD, "answer": one["reason"]}
        writer.writerow([_cell(line[column]) for column in COLUMNS])
    return buffer.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return f"'{value}" if value.lstrip().startswith(FORMULA) else value
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
