"""Grade one assignment of a course: from submitted/ to gradebook and autograded/, resuming what a killed run left."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import machine_room
from machine_room.exercises import of_assignment

from .course import Course, CourseError
from .inside.limits import Limits
from .intake import IntakeError, read_submission, rebuild
from .journal import Journal, digest
from .nbgrader_gradebook import GradebookWriter
from .notebook import Notebook, read_master
from .pool import Graded, Job, Task, grade_all
from .sandbox import Isolation
from .verdict import Verdict

__all__ = ["GradeOptions", "grade", "withheld_for"]


@dataclass(frozen=True)
class GradeOptions:
    """How to grade; the defaults are what `autograde grade` uses."""

    students: tuple[str, ...] = ()  # empty: everyone who handed in
    workers: int = 0  # 0: one per core
    force: bool = False  # grade again even what has not changed
    isolation: Isolation = Isolation.FULL
    limits: Limits = Limits()


def withheld_for(assignment: str) -> tuple[str, ...]:
    """What the students' view of the library lacks while this assignment is graded."""
    return tuple(sorted({name for exercise in of_assignment(assignment) for name in exercise.withheld}))


@cache
def _library_digest() -> str:
    """Changes when any source file of the library or the autograder does: then everyone is graded anew."""
    total = hashlib.sha256()
    for root in (Path(machine_room.__file__).parent, Path(__file__).parent):
        for path in sorted(root.rglob("*.py")):
            total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def grade(
    course: Course,
    assignment: str,
    options: GradeOptions = GradeOptions(),  # noqa: B008 - frozen
    *,
    on_start: Callable[[int], None] = lambda total: None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
) -> list[Verdict]:
    """Grade an assignment and record the results; return every verdict, also those that stood already.

    Args:
        course: where submitted/ and source/ are, and where autograded/ and the gradebook go.
        assignment: its name, e.g. "01-backprop".
        options: who, how, with which limits.
        on_start: called once with the number of verdicts to come.
        on_verdict: called after each verdict is in the gradebook.

    Raises:
        CourseError: no such assignment, or a named student handed nothing in.
        IsolationUnavailable: this host cannot isolate, and options.isolation asks for it.
    """
    masters = {path.stem: path for path in course.masters(assignment)}
    students = _students(course, assignment, options.students)
    on_start(len(students) * len(masters))
    verdicts: list[Verdict] = []
    with GradebookWriter(course.root, course.gradebook) as gradebook:
        for name, path in masters.items():
            master = read_master(path)
            gradebook.ensure(master)
            with Journal(course.private / "journal" / f"{assignment}-{name}.jsonl") as journal:
                for graded in _graded(course, assignment, path, master, students, options, journal):
                    gradebook.record(graded.verdict, graded.notebook)
                    verdicts.append(graded.verdict)
                    on_verdict(graded.verdict)
    return sorted(verdicts, key=lambda verdict: (verdict.notebook, verdict.student))


def _students(course: Course, assignment: str, wanted: Sequence[str]) -> list[str]:
    present = course.students(assignment)
    missing = sorted(set(wanted) - set(present))
    if missing:
        raise CourseError(
            f"Nothing handed in for {assignment} by: {', '.join(missing)}. Expected a folder "
            f"submitted/<student>/{assignment} in {course.root}. Collect first, or correct the names."
        )
    return [student for student in present if not wanted or student in wanted]


def _graded(
    course: Course,
    assignment: str,
    path: Path,
    master: Notebook,
    students: Sequence[str],
    options: GradeOptions,
    journal: Journal,
) -> Iterable[Graded]:
    """Finished work from the journal first, then the rest from the pool, journalled before anyone else sees it."""
    seed = course.seed()
    common = digest(path.read_bytes(), _library_digest(), options.limits.to_json(), str(seed), options.isolation.value)
    jobs = []
    for student in students:
        job = Job(student, master.name, course.submission(student, assignment, master.name), key="")
        notebook, key = _look(job, master, common)
        finished = None if options.force else journal.finished(student, master.name, key)
        if finished:
            yield Graded(finished, notebook)
        else:
            jobs.append(Job(student, master.name, job.path, key))
    task = Task(
        master=path.resolve(),
        assignment=assignment,
        seed=seed,
        limits=options.limits,
        isolation=options.isolation,
        view=course.private / "view" / assignment,
    )
    workers = min(options.workers or os.cpu_count() or 1, max(1, len(jobs)))
    if jobs:
        for graded in grade_all(task, jobs, workers=workers, withheld=withheld_for(assignment)):
            journal.add(graded.verdict)
            yield graded


def _look(job: Job, master: Notebook, common: str) -> tuple[Notebook, str]:
    """The rebuilt notebook and its key; an unreadable file's key is its reason."""
    try:
        content = read_submission(job.path)
        return rebuild(master, content), digest(common, content)
    except IntakeError as error:
        return master, digest(common, "unreadable", str(error))
