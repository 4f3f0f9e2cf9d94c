"""Many submissions on many cores: each worker is a process with a sandbox of its own.

A worker gets a `Job` (paths and names, no notebook) and gives back a `Graded`; both are plain data, so the same work can go
to another scheduler. Workers hold no gradebook: the parent is its only writer.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

from .inside.limits import Limits
from .intake import IntakeError, read_submission, rebuild
from .judge import grade_notebook
from .notebook import Notebook, Role, read_master
from .sandbox import Isolation, Sandbox, require
from .student_view import write_view
from .verdict import CellVerdict, Outcome, Verdict

__all__ = ["Graded", "Job", "Task", "grade_all"]


@dataclass(frozen=True)
class Task:
    """What is the same for every submission of one notebook. Holds the secret seed: never goes into the sandbox."""

    master: Path
    assignment: str
    seed: int
    limits: Limits
    isolation: Isolation
    view: Path  # folder for the students' machine_room


@dataclass(frozen=True)
class Job:
    """One submission to grade."""

    student: str
    notebook: str
    path: Path
    key: str


@dataclass(frozen=True)
class Graded:
    """A verdict and the notebook it is about, as rebuilt from the master (the bare master if the file was unreadable)."""

    verdict: Verdict
    notebook: Notebook


def _unreadable(job: Job, master: Notebook, reason: str) -> Verdict:
    """The verdict on a file that is no notebook: nothing could run, every check is missing, the reason is told."""
    return Verdict(
        student=job.student,
        assignment=master.assignment,
        notebook=master.name,
        cells=_each_check(master, Outcome.MISSING, reason, points=0.0),
        notes=(reason,),
        key=job.key,
    )


def _our_fault(job: Job, master: Notebook, reason: str) -> Verdict:
    """The verdict when grading itself failed: no points are set and the run's summary says so."""
    return Verdict(
        student=job.student,
        assignment=master.assignment,
        notebook=master.name,
        cells=_each_check(master, Outcome.GRADER_ERROR, reason, points=None),
        key=job.key,
    )


def _each_check(master: Notebook, outcome: Outcome, reason: str, points: float | None) -> tuple[CellVerdict, ...]:
    return tuple(
        CellVerdict(cell.id, cell.exercise, points, cell.points, outcome, text=reason)
        for cell in master.cells
        if cell.role is Role.CHECK
    )


class _Worker:
    """One worker's own things: the master, and a sandbox that is opened at the first submission."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.master = read_master(task.master)
        self.sandbox = Sandbox(task.view, limits=task.limits, isolation=task.isolation)

    def grade(self, job: Job) -> Graded:
        began = time.perf_counter()
        try:
            notebook = rebuild(self.master, read_submission(job.path))
        except IntakeError as error:
            return Graded(_unreadable(job, self.master, str(error)), self.master)
        try:
            verdict = grade_notebook(
                notebook,
                student=job.student,
                sandbox=self.sandbox,
                limits=self.task.limits,
                seed=self.task.seed,
            )
        except Exception as error:  # a bug of ours must cost nobody's grade and must not stop the run
            return Graded(_our_fault(job, self.master, f"{type(error).__name__}: {error}"), notebook)
        return Graded(replace(verdict, key=job.key, wall_seconds=time.perf_counter() - began), notebook)


_worker: _Worker | None = None


def _start(task: Task) -> None:
    global _worker
    _worker = _Worker(task)


def _grade(job: Job) -> Graded:
    assert _worker is not None, "the pool starts every worker with its task"
    return _worker.grade(job)


def grade_all(task: Task, jobs: Sequence[Job], *, workers: int, withheld: Sequence[str]) -> Iterator[Graded]:
    """Grade every job and yield the results as they finish, in no particular order.

    A worker that dies (ours, not the sandbox) costs the submission it had a grader error and is replaced.

    Raises:
        IsolationUnavailable: this host cannot isolate as the task asks; nothing was run.
    """
    require(task.isolation)
    write_view(task.view, tuple(withheld))
    if workers == 1:
        worker = _Worker(task)
        try:
            for job in jobs:
                yield worker.grade(job)
        finally:
            worker.sandbox.close()
        return
    yield from _in_processes(task, list(jobs), workers)


def _in_processes(task: Task, jobs: list[Job], workers: int) -> Iterator[Graded]:
    master = read_master(task.master)
    while jobs:
        with _executor(task, workers) as pool:
            running: dict[Future[Graded], Job] = {}
            broken = False
            while (jobs or running) and not broken:
                while jobs and len(running) < 2 * workers:  # few ahead: a broken pool must not drag many down
                    job = jobs.pop()
                    running[pool.submit(_grade, job)] = job
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    job = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        broken = True
                        running[future] = job
                        break
            if broken:
                yield from _one_by_one(task, list(running.values()), master)


def _one_by_one(task: Task, suspects: list[Job], master: Notebook) -> Iterator[Graded]:
    """Grade the submissions that were under way when a worker died, each in a worker of its own, to find the culprit."""
    for job in suspects:
        with _executor(task, 1) as pool:
            try:
                yield pool.submit(_grade, job).result()
            except BrokenProcessPool:
                yield Graded(_our_fault(job, master, "the grading process died on this submission, twice"), master)


def _executor(task: Task, workers: int) -> ProcessPoolExecutor:
    # "spawn": a fork would copy the parent's gradebook connection and threads into every worker
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(task,))
