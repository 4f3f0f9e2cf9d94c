"""Courses whose classes were graded, made up: hand-ins, verdicts, gradebook. For reports and pages, without a sandbox.

What is made up is who wrote what. What a check says of it is what our checks say: they run here, on functions of the
exercises' own bank. Same arguments, same class.
"""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from autograde.contract.verdict import CaseVerdict, CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.intake import rebuild
from autograde.course.notebook import Notebook, Role, exercise_of, read_master, role_of
from autograde.gradebook.writer import GradebookWriter
from autograde.grading.journal import JournalWriter
from autograde.judge.explaining import words_of
from autograde.trial.synthetic import source_as
from machine_room.checks import run_check
from machine_room.exercises import find
from machine_room.exercises.exercise import VISIBLE_SEED
from machine_room.notebook.predictions import output_of

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENTS = (
    "01-backprop",
    "02-activations",
    "03-optimizers",
    "04-schedules",
    "05-regularization",
    "06-make-it-better",
)
SEED = 7
UNSURE = (
    "Why is the slope at exactly 0 chosen and not worked out?",
    "I could follow every line but I would not have found the order myself.",
    "The shapes. I transpose until it runs.",
    "What happens if the batch has one example only?",
    "Nothing really.",
    "Whether this is what PyTorch does, too.",
    "I do not see why we divide by the batch in one place and not in the other.",
)
#: By assignment a question before a picture, and what a class says: what is true, and misunderstandings; the first
#: of these most.
PREDICTED: dict[str, tuple[str, Any, tuple[Any, ...]]] = {
    "01-backprop": ("forward_passes", 7511, (7400, 15022, 1, 7510)),
    "02-activations": ("slope_of_the_sigmoid_at_6", 0.0025, (0.25, 1, 0.04, 6)),
    "03-optimizers": ("first_step_without_correction", "too long", ("as long as it should be", "too short")),
    "04-schedules": ("epochs_until_the_rate_has_halved", 222, (10_000, 5_000, 50, 7)),
    "05-regularization": ("best_point_with_l1", [0.0, 1.4], ([0.4, 1.2], [0.0, 0.0], [0.25, 0.75])),
    "06-make-it-better": (
        "check_that_the_baseline_fails",
        "2. twenty digits by heart",
        ("3. the size of the steps", "none of them"),
    ),
}
BAD = 2  # place of the question that misleads: the able have it less often
OPERATORS, FUNCTIONS = ("+", "-", "*"), ("exp", "abs", "sqrt", "sign", "tanh", "log1p", "square")


@dataclass(frozen=True)
class Written:
    """One answer, and what the hidden check says of it."""

    source: str
    verdict: CellVerdict


@dataclass(frozen=True)
class Student:
    """One student of a made-up class."""

    name: str
    answers: Mapping[str, Written]  # by exercise; what is not there was not begun
    prose: str
    notes: tuple[str, ...] = ()
    edition_refused: bool = False
    predicted: Any = None  # an answer to the assignment's question; None: they left it out


class Bank:
    """What can be written in an assignment's notebook, and what our checks say of it."""

    def __init__(self, assignment: str) -> None:
        (path,) = (ROOT / "source" / assignment).glob("*.ipynb")
        self.master: Notebook = read_master(path)
        self.released = json.loads((ROOT / "release" / assignment / path.name).read_text(encoding="utf-8"))
        self.checks = {cell.exercise: cell for cell in self.master.cells if cell.role is Role.CHECK and cell.exercise}
        self.exercises = list(self.checks)

    @cache  # noqa: B019  (banks are kept as long as the module)
    def right(self, exercise: str) -> Written:
        return self._written(exercise, find(exercise).reference)

    @cache  # noqa: B019
    def mistaken(self, exercise: str, place: int) -> Written:
        return self._written(exercise, find(exercise).mistakes[place].function)

    def mistakes(self, exercise: str) -> range:
        return range(len(find(exercise).mistakes))

    def _written(self, exercise: str, function: Callable[..., Any]) -> Written:
        cell = self.checks[exercise]
        result = run_check(find(exercise), function, seed=VISIBLE_SEED)
        if result.passed:
            result = run_check(find(exercise), function, seed=SEED, hidden=True)
        points = cell.points * result.points_share
        cases = tuple(CaseVerdict(*case) for case in result.cases)
        words = words_of(result, [result])
        said = CellVerdict(cell.id, exercise, points, cell.points, Outcome(result.outcome), cases=cases, **words)
        return Written(source_as(exercise, function), said)

    def ended(self, exercise: str, outcome: Outcome, text: str, source: str = "") -> Written:
        """An answer of which no check can say anything."""
        cell = self.checks[exercise]
        points = None if outcome is Outcome.GRADER_ERROR else 0.0
        said = CellVerdict(cell.id, exercise, points, cell.points, outcome, hint=text, text=text, html=f"<p>{text}</p>")
        return Written(source or f"def {exercise}(*args, **kwargs):\n    ...", said)


@cache
def bank_of(assignment: str) -> Bank:
    return Bank(assignment)


def made_up_class(assignment: str, size: int, seed: int = 0) -> Iterator[Student]:
    """Make a class: able and less able people, popular mistakes, hard questions, a bad one; odd ones; three copies."""
    bank, rng = bank_of(assignment), random.Random(f"{assignment} {seed}")
    hard = {exercise: rng.uniform(0.55, 1.0) for exercise in bank.exercises}
    popular = {exercise: _shuffled(bank.mistakes(exercise), rng) for exercise in bank.exercises}
    odd = _odd_ones(bank, rng)
    kept: list[Student] = []
    for place in range(size):
        student = _student(f"s{place:05}", bank, hard, popular, rng)
        if place % 19 == 4 and (change := next(odd, None)):
            student = change(student)
        elif len(kept) < 3 and _lost(student) >= 3 and place > 20:
            kept.append(student)
        elif place in (size - 1, size - 3, size - 5) and kept:
            student = replace(student, answers=_renamed(kept.pop().answers))
        yield replace(student, predicted=_prediction(assignment, student))


def _prediction(assignment: str, student: Student) -> Any:
    """What somebody predicts, if anything: drawn apart, so that nothing else of the class hangs on it."""
    rng = random.Random(f"{assignment} {student.name} predicts")
    _, true, others = PREDICTED[assignment]
    if rng.random() < 0.25 or not student.answers:
        return None
    said = true if rng.random() < 0.3 else others[min(int(rng.paretovariate(1.0)) - 1, len(others) - 1)]
    return [max(-0.5, one + rng.gauss(0, 0.05)) for one in said] if isinstance(said, list) else said


def earlier_verdicts(student: Student, assignment: str) -> Iterator[Verdict]:
    """What grading said of what they handed in before, the first one first: each time more of it was right."""
    rng = random.Random(f"{assignment} {student.name} hands in")
    last, bank = verdict_on(student, assignment), bank_of(assignment)
    for left in range(rng.choice((0, 0, 1, 1, 2, 3, 5)), 0, -1):
        cells = [
            bank.ended(cell.exercise, Outcome.WRONG, "Not yet.").verdict
            if cell.exercise and rng.random() < 0.15 * left
            else cell
            for cell in last.cells
        ]
        yield replace(last, cells=tuple(cells), file=f"{left} before", key=f"{student.name}-{left}")


def _shuffled(places: Iterable[int], rng: random.Random) -> list[int]:
    found = list(places)
    rng.shuffle(found)
    return found


def _student(
    name: str, bank: Bank, hard: Mapping[str, float], popular: Mapping[str, list[int]], rng: random.Random
) -> Student:
    able = rng.uniform(0.3, 1.0)
    answers: dict[str, Written] = {}
    stops = len(bank.exercises) if rng.random() < able + 0.3 else rng.randint(BAD + 1, len(bank.exercises))
    for place, exercise in enumerate(bank.exercises[:stops]):
        chance = (
            1.15 - able if place == 2 else min(0.98, able * hard[exercise] + 0.15)
        )  # the third one is a bad question
        if rng.random() < chance:
            written = bank.right(exercise)
        else:
            mistakes = popular[exercise]
            written = bank.mistaken(exercise, mistakes[min(int(rng.paretovariate(1.0)) - 1, len(mistakes) - 1)])
        answers[exercise] = replace(written, source=_own(written, rng))
    return Student(name, answers, rng.choice(UNSURE) if rng.random() < 0.7 else "")


def _own(written: Written, rng: random.Random) -> str:
    """The source with lines that hardly anybody else would write; more where it is wrong."""
    lines = written.source.split("\n")
    head = next(place for place, line in enumerate(lines) if line.rstrip().endswith(":")) + 1
    count = rng.randint(1, 3) if written.verdict.outcome is not Outcome.CORRECT else int(rng.random() < 0.4)
    more = []
    for _ in range(count):
        terms = [f"np.{rng.choice(FUNCTIONS)}({rng.randint(1, 999) / 10})" for _ in range(rng.randint(2, 3))]
        more.append(f"    scratch_{rng.randint(1, 99)} = " + f" {rng.choice(OPERATORS)} ".join(terms))
    return "\n".join([*lines[:head], *more, *lines[head:]])


def _lost(student: Student) -> int:
    return sum(one.verdict.outcome is not Outcome.CORRECT for one in student.answers.values())


def _renamed(answers: Mapping[str, Written]) -> dict[str, Written]:
    return {name: replace(one, source=re.sub(r"\bscratch_", "h", one.source)) for name, one in answers.items()}


def _odd_ones(bank: Bank, rng: random.Random) -> Iterator[Callable[[Student], Student]]:
    """What is odd about somebody: each kind that a report knows, some twice."""
    withheld = "{} is not available while your work is graded: it is what the exercise asks for."
    ends = [
        (Outcome.CRASHED, "Python itself ended while your code ran: does it call exit, or itself without end?"),
        (Outcome.TIME_LIMIT, "Your code did not come to an end in time: is there a loop that never stops?"),
        (Outcome.VIOLATION, "Your code tampered with what runs it, so its answer does not count."),
        (
            Outcome.MEMORY_LIMIT,
            "Your code asked for more memory than there is: does a list or an array grow without end?",
        ),
        (Outcome.MISSING, withheld),
        (Outcome.GRADER_ERROR, "This check itself failed (OSError: no space left). It is no fault of yours."),
        (Outcome.TIME_LIMIT, "Your code did not come to an end in time: is there a loop that never stops?"),
    ]
    for outcome, text in ends:
        exercise = rng.choice(bank.exercises)
        ended = bank.ended(exercise, outcome, text.format(exercise))
        yield lambda student, ended=ended, exercise=exercise: replace(  # type: ignore[misc]  # of a loop
            student, answers={**student.answers, exercise: ended}
        )
    deleted = f"The check of {bank.exercises[0]} was deleted. It was put back and run."
    yield lambda student: replace(student, notes=(deleted,))
    yield lambda student: replace(student, edition_refused=True)
    yield lambda student: replace(student, answers={}, prose="")
    exercise = bank.exercises[1]
    hidden = (
        f"{exercise}: not right yet (2 of 5 hidden cases differ)\n\nYour function knows the visible numbers by heart."
    )
    yield lambda student: replace(
        student, answers={**student.answers, exercise: bank.ended(exercise, Outcome.WRONG, hidden)}
    )


def verdict_on(student: Student, assignment: str) -> Verdict:
    """What grading would say."""
    bank = bank_of(assignment)
    cells = []
    for cell in bank.master.cells:
        if cell.role is Role.CHECK and cell.exercise:
            missing = f"{cell.exercise} is not written yet."
            written = student.answers.get(cell.exercise) or bank.ended(cell.exercise, Outcome.MISSING, missing)
            cells.append(written.verdict)
        elif cell.role is Role.WRITTEN:
            cells.append(CellVerdict(cell.id, None, None, cell.points, Outcome.NOT_GRADED))
    seconds = 0.2 + 0.05 * len(student.answers) + (3.0 if any("loop" in (c.hint or "") for c in cells) else 0.0)
    return Verdict(
        student.name,
        assignment,
        bank.master.name,
        tuple(cells),
        notes=student.notes,
        edition_refused=student.edition_refused,
        cpu_seconds=seconds,
        student_cpu_seconds=seconds / 4,
        key=f"{student.name}-key",
        file="the last",
    )


def hand_in(student: Student, assignment: str) -> bytes:
    """The file that the student handed in."""
    bank, (asked, *_) = bank_of(assignment), PREDICTED[assignment]
    cells = []
    for cell in bank.released["cells"]:
        exercise = exercise_of(cell)
        if role_of(cell) is Role.SOLUTION and (written := student.answers.get(exercise or "")):
            cell = {**cell, "source": written.source}
        elif role_of(cell) is Role.WRITTEN and student.prose:
            cell = {**cell, "source": student.prose}
        elif student.predicted is not None and f'explore.predict("{asked}")' in "".join(cell["source"]):
            data = output_of(asked, student.predicted)
            cell = {**cell, "outputs": [{"output_type": "display_data", "metadata": {}, "data": data}]}
        cells.append(cell)
    return json.dumps({**bank.released, "cells": cells}).encode()


def lay_out(
    root: Path, assignment: str, students: Iterable[Student], *, in_gradebook: bool = False, watched: bool = False
) -> Course:
    """Lay a course folder out in which these were graded; without the gradebook nobody has a page of feedback.

    Watched, some handed in several times, and each was graded.
    """
    bank = bank_of(assignment)
    for part in ("source", "release", "editions"):
        if (ROOT / part / assignment).is_dir():
            shutil.copytree(ROOT / part / assignment, root / part / assignment, dirs_exist_ok=True)
    course = Course(root)
    graded = list[Student]()
    with JournalWriter(course.journal(assignment, bank.master.name)) as journal:
        for student in students:
            path = root / "submitted" / student.name / assignment / f"{bank.master.name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(hand_in(student, assignment))
            for verdict in earlier_verdicts(student, assignment) if watched else ():
                journal.add(verdict)
            journal.add(verdict_on(student, assignment))
            graded += [student] if in_gradebook else []
    if in_gradebook:
        _enter(root, assignment, graded)
    return course


def _enter(root: Path, assignment: str, students: Sequence[Student]) -> None:
    master = bank_of(assignment).master
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        for student in students:
            writer.record(verdict_on(student, assignment), rebuild(master, hand_in(student, assignment)))


def wrong_in_all(assignment: str) -> Student:
    """Somebody who is wrong in every exercise, by the mistake of which a check has most to say."""
    bank = bank_of(assignment)
    answers = {
        exercise: max(
            (bank.mistaken(exercise, place) for place in bank.mistakes(exercise)), key=lambda one: len(one.verdict.html)
        )
        for exercise in bank.exercises
    }
    return Student("worst", answers, " ".join(UNSURE))
