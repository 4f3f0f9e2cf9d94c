"""From verdicts and hand-ins to a report, each looked at once: what is kept does not grow with what a class wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from ..contract.verdict import Verdict
from ..course.answers import Answers, read_answers
from ..course.editions import read_former
from ..course.folder import Course
from ..course.notebook import Notebook, Role
from .copies import Copies
from .page import AssignmentReport
from .predicted import Predicted, PredictedReport
from .side_by_side import CopiesReport, copies_report
from .tally import NotebookReport, tally
from .until_right import UntilRight, UntilRightReport
from .written import Asked, Examples, Words, asked_of

__all__ = ["Graded", "assignment_report"]

Lost = dict[str, frozenset[str]]  # by student, the exercises in which they lost points


@dataclass(frozen=True)
class Graded:
    """What a journal has of one notebook.

    Attributes:
        last: the last verdict on everyone.
        earlier: those that another one followed, in the order in which they were given.
    """

    last: Iterable[Verdict]
    earlier: Iterable[Verdict] = ()


def assignment_report(
    course: Course,
    assignment: str,
    graded: Callable[[str], Graded],
    *,
    names: Mapping[str, str],
    with_examples: bool = False,
) -> AssignmentReport:
    """Count an assignment, and read what its class wrote.

    Args:
        course: the course folder.
        assignment: its name.
        graded: given a notebook's name, the verdicts on it.
        names: by student, where one is known.
        with_examples: whether an answer of a student's is shown for each mistake.
    """
    notebooks: list[NotebookReport] = []
    asked: list[Asked] = []
    examples: dict[tuple[str, str], str] = {}
    copies: list[CopiesReport] = []
    until_right: list[UntilRightReport] = []
    predicted: list[PredictedReport] = []
    for master in course.read_masters(assignment):
        lost: Lost = {}
        checks = [cell.id for cell in master.cells if cell.role is Role.CHECK]
        found, hand_ins = graded(master.name), UntilRight(master.name, checks)
        for verdict in found.earlier:
            hand_ins.add_earlier(verdict)
        counted = tally(assignment, master.name, checks, _noting(found.last, lost, hand_ins))
        words = Words(asked_of(master))
        shown = Examples(master, counted.mistakes if with_examples else ())
        notebooks.append(counted)
        said = Predicted(master)
        copies.append(_read(course, master, (words.add, said.add), shown, lost))
        asked += words.asked()
        examples |= shown.found
        until_right += filter(None, [hand_ins.report()])
        predicted += said.report()
    return AssignmentReport(
        assignment, tuple(notebooks), tuple(asked), examples, names, tuple(copies), tuple(until_right), tuple(predicted)
    )


def _noting(verdicts: Iterable[Verdict], lost: Lost, hand_ins: UntilRight) -> Iterator[Verdict]:
    """Pass verdicts on, and note who lost points where, and with which hand-in they were right."""
    for verdict in verdicts:
        hand_ins.add(verdict)
        cells = (cell for cell in verdict.cells if cell.points is not None and cell.points < cell.max_points)
        lost[verdict.student] = frozenset(cell.exercise for cell in cells if cell.exercise)
        yield verdict


def _read(
    course: Course,
    master: Notebook,
    collecting: Iterable[Callable[[Answers], None]],
    examples: Examples,
    lost: Lost,
) -> CopiesReport:
    """Read everyone's hand-in once, and those again that are shown beside each other."""
    former = read_former(course.accepted_editions(master.assignment, master.name))
    answers_of = partial(read_answers, course, master, former=former)
    copies = Copies(master)
    students = course.students(master.assignment)
    for student in students:
        answers = answers_of(student)
        for collect in collecting:
            collect(answers)
        examples.add(student, answers)
        copies.add(student, answers, lost.get(student, frozenset()))
    return copies_report(master.name, len(students), copies, answers_of)
