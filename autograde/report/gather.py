"""From verdicts and hand-ins to a report, each looked at once: what is kept does not grow with what a class wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from ..contract.verdict import Verdict
from ..course.answers import read_answers
from ..course.editions import read_former
from ..course.folder import Course
from ..course.notebook import Notebook, Role
from .copies import Copies
from .page import AssignmentReport
from .side_by_side import CopiesReport, copies_report
from .tally import NotebookReport, tally
from .written import Asked, Examples, Words, asked_of

__all__ = ["assignment_report"]

Lost = dict[str, frozenset[str]]  # by student, the exercises in which they lost points


def assignment_report(
    course: Course,
    assignment: str,
    verdicts: Callable[[str], Iterable[Verdict]],
    *,
    names: Mapping[str, str],
    with_examples: bool = False,
) -> AssignmentReport:
    """Count an assignment, and read what its class wrote.

    Args:
        course: the course folder.
        assignment: its name.
        verdicts: given a notebook's name, the last verdict on everyone.
        names: by student, where one is known.
        with_examples: whether an answer of a student's is shown for each mistake.
    """
    notebooks: list[NotebookReport] = []
    asked: list[Asked] = []
    examples: dict[tuple[str, str], str] = {}
    copies: list[CopiesReport] = []
    for master in course.read_masters(assignment):
        lost: Lost = {}
        checks = [cell.id for cell in master.cells if cell.role is Role.CHECK]
        counted = tally(assignment, master.name, checks, _noting(verdicts(master.name), lost))
        words = Words(asked_of(master))
        shown = Examples(master, counted.mistakes if with_examples else ())
        notebooks.append(counted)
        copies.append(_read(course, master, words, shown, lost))
        asked += words.asked()
        examples |= shown.found
    return AssignmentReport(assignment, tuple(notebooks), tuple(asked), examples, names, tuple(copies))


def _noting(verdicts: Iterable[Verdict], lost: Lost) -> Iterator[Verdict]:
    """Pass verdicts on, and note who lost points where."""
    for verdict in verdicts:
        cells = (cell for cell in verdict.cells if cell.points is not None and cell.points < cell.max_points)
        lost[verdict.student] = frozenset(cell.exercise for cell in cells if cell.exercise)
        yield verdict


def _read(course: Course, master: Notebook, words: Words, examples: Examples, lost: Lost) -> CopiesReport:
    """Read everyone's hand-in once, and those again that are shown beside each other."""
    former = read_former(course.accepted_editions(master.assignment, master.name))
    answers_of = partial(read_answers, course, master, former=former)
    copies = Copies(master)
    students = course.students(master.assignment)
    for student in students:
        answers = answers_of(student)
        words.add(answers)
        examples.add(student, answers)
        copies.add(student, answers, lost.get(student, frozenset()))
    return copies_report(master.name, len(students), copies, answers_of)
