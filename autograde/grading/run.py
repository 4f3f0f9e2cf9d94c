"""Grade one assignment of a course: from submitted/ to gradebook and autograded/, resuming what a killed run left."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import machine_room
from machine_room.exercises import of_assignment

from ..contract.failures import CourseError, Failure, Stage, failure_of, is_of_the_machine, one_sentence, warn
from ..contract.names import escaped
from ..contract.verdict import Verdict
from ..course.editions import read_former
from ..course.folder import Course, Folder
from ..course.libraries import versions
from ..course.notebook import Notebook, read_master
from ..gradebook.writer import GradebookWriter
from ..inside.limits import Limits
from ..intake import IntakeError, blank, rebuild
from ..sandbox.process import Isolation
from ..sandbox.shelf import shelves
from .journal import Journal, digest
from .pool import Graded, Job, Task, grade_all, read_and_key

__all__ = ["GradeOptions", "grade", "withheld_for"]


@dataclass(frozen=True)
class GradeOptions:
    """How to grade; the defaults are what `autograde grade` uses."""

    students: tuple[str, ...] = ()  # empty: everyone who handed in
    workers: int = 0  # 0: one per core
    force: bool = False  # grade again even what has not changed
    isolation: Isolation = Isolation.FULL
    limits: Limits = field(default_factory=Limits)


def withheld_for(assignment: str) -> tuple[str, ...]:
    """What the students' view of the library lacks while this assignment is graded."""
    return tuple(sorted({name for exercise in of_assignment(assignment) for name in exercise.withheld}))


@cache
def _library_digest() -> str:
    """Changes when any source file of the library or the autograder does: then everyone is graded anew."""
    total = hashlib.sha256()
    for root in (Path(machine_room.__file__).parent, Path(__file__).parent.parent):
        for path in sorted(root.rglob("*.py")):
            total.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def grade(
    course: Course,
    assignment: str,
    options: GradeOptions | None = None,
    *,
    on_start: Callable[[int], None] = lambda total: None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
    on_failure: Callable[[Failure], None] = warn,
    on_complaint: Callable[[str], None] = lambda sentence: None,
) -> list[Verdict]:
    """Grade an assignment and record the results; return every verdict, also those that stood already.

    Args:
        course: where submitted/ and source/ are, and where autograded/ and the gradebook go.
        assignment: its name, e.g. "01-backprop".
        options: who, how, with which limits.
        on_start: called once with the number of verdicts to come.
        on_verdict: called after each verdict is in the gradebook.
        on_failure: called for each student whose work could not be read or recorded; the run goes on.
        on_complaint: called with a sentence for each journal that is damaged.

    Raises:
        CourseError: no such assignment, a named student handed nothing in, or what concerns everyone: a gradebook that
            is locked, a full disk.
        SettingsError, LibrariesError: the course's autograde.toml is wrong, or what it declares is not installed.
        IsolationUnavailable: this host cannot isolate, and options.isolation asks for it.
    """
    options = options or GradeOptions()
    with one_sentence(f"Grading in {course.root} stopped", is_of_the_machine):
        masters = [read_master(path) for path in course.masters(assignment)]
        folders = _folders(course, assignment, options.students)
        students = [folder.student for folder in folders if folder.refusal is None]
        on_start(len(students) * len(masters) + len(folders) - len(students))
        for folder in folders:
            if folder.refusal is not None:
                on_failure(failure_of(folder.student, Stage.READING, folder.refusal))
        verdicts: list[Verdict] = []
        with _alone(course), GradebookWriter(course.root) as gradebook:
            for master in masters:
                gradebook.ensure(master)
            for master in masters:
                with Journal(course.private / "journal" / f"{assignment}-{master.name}.jsonl") as journal:
                    if journal.damaged:
                        on_complaint(journal.complaint)
                    for one in _graded(course, master, students, options, journal):
                        entered = _entered(gradebook, one) if isinstance(one, Graded) else one
                        if isinstance(entered, Failure):
                            on_failure(entered)
                            continue
                        verdicts.append(entered)
                        on_verdict(entered)
    return sorted(verdicts, key=lambda verdict: (verdict.notebook, verdict.student))


def _entered(gradebook: GradebookWriter, graded: Graded) -> Verdict | Failure:
    """Record what is not recorded yet. What fails for this student alone is their failure."""
    verdict = graded.verdict
    try:
        with one_sentence(f"The gradebook does not take the grades of {verdict.student}"):
            if not gradebook.recorded(verdict, graded.notebook):
                gradebook.record(verdict, graded.notebook)
    except CourseError:
        raise
    except Exception as error:  # whatever one hand-in holds, the others' grades are entered
        return failure_of(verdict.student, Stage.RECORDING, error)
    return verdict


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Keep a second run out of the same course: the gradebook has one writer."""
    with (course.private / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(f"Another run is grading in {course.root}. Wait for it to end, or stop it.") from None
        yield


def _folders(course: Course, assignment: str, wanted: Sequence[str]) -> list[Folder]:
    present = course.folders(assignment)
    missing = sorted(set(wanted) - {folder.student for folder in present})
    if missing:
        raise CourseError(
            f"Nothing handed in for {assignment} by: {', '.join(map(escaped, missing))}. Expected a folder "
            f"submitted/<student>/{assignment} in {course.root}. Collect first, or correct the names."
        )
    return [folder for folder in present if not wanted or folder.student in wanted]


def _graded(
    course: Course, master: Notebook, students: Sequence[str], options: GradeOptions, journal: Journal
) -> Iterator[Graded | Failure]:
    """Finished work from the journal first, then the rest from the pool, journalled before anyone else sees it."""
    task = _task(course, master, options)
    former = read_former(task.former)
    jobs = []
    for student in students:
        try:
            job = Job(student, course.submission(student, master.assignment, master.name))
            finished = None if options.force else _finished(job, task, master, former, journal)
        except Exception as error:  # whatever one hand-in holds, the others' are read
            yield failure_of(student, Stage.READING, error)
            continue
        if finished:
            yield finished
        else:
            jobs.append(job)
    workers = min(options.workers or os.cpu_count() or 1, len(jobs))
    if jobs:
        for graded in grade_all(task, jobs, workers=workers, withheld=withheld_for(master.assignment)):
            journal.add(graded.verdict)
            yield graded


def _task(course: Course, master: Notebook, options: GradeOptions) -> Task:
    path = next(path for path in course.masters(master.assignment) if path.stem == master.name)
    seed, limits, isolation = course.seed(), options.limits, options.isolation
    libraries = course.settings().allowed()
    former = course.accepted_editions(master.assignment, master.name)
    older = [part for number, stored in former.items() for part in (str(number), stored.read_bytes())]
    return Task(
        master=path.resolve(),
        seed=seed,
        limits=limits,
        isolation=isolation,
        view=course.private / "view" / master.assignment,
        shelves=shelves(libraries),
        key=digest(
            path.read_bytes(),
            _library_digest(),
            limits.to_json(),
            str(seed),
            isolation.value,
            versions(libraries),
            *older,
        ),
        former={number: stored.resolve() for number, stored in former.items()},
    )


def _finished(
    job: Job, task: Task, master: Notebook, former: Mapping[int, Notebook], journal: Journal
) -> Graded | None:
    """What the journal says of exactly this file, tests, library and limits."""
    content, key = read_and_key(job, task.key)
    verdict = journal.finished(job.student, master.name, key)
    if verdict is None or verdict.assignment != master.assignment:
        return None
    if verdict.killed_workers:  # whoever reads this file may end: not here
        return Graded(verdict, blank(master, verdict.grader_errors[0].text))
    try:
        if isinstance(content, IntakeError):
            raise content
        return Graded(verdict, rebuild(master, content, former))
    except IntakeError as error:
        return Graded(verdict, blank(master, str(error)))
