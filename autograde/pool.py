"""Many submissions on many cores: each worker is a process with a sandbox of its own.

A worker gets a `Job` (a name and a path, no notebook) and gives back a `Graded`; both are plain data, so the same work
can go to another scheduler. Workers hold no gradebook: the parent is its only writer.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing.connection import wait as wait_for_any
from pathlib import Path

from .inside.limits import Limits
from .intake import IntakeError, blank, read_submission, rebuild
from .journal import digest
from .judge import grade_notebook
from .names import of_error
from .notebook import Cell, Notebook, Role, read_master
from .sandbox import Isolation, Sandbox, require
from .shelf import Shelf
from .student_view import write_view
from .verdict import CellVerdict, Outcome, Verdict

__all__ = ["Graded", "Job", "Task", "grade_all", "read_and_key"]


@dataclass(frozen=True)
class Task:
    """What is the same for every submission of one notebook. Holds the secret seed: never goes into the sandbox."""

    master: Path
    seed: int
    limits: Limits
    isolation: Isolation
    view: Path  # folder for the students' machine_room
    shelves: tuple[Shelf, ...] | None = None  # what else their code can import; None: what it always can
    key: str = ""  # digest of all that a verdict depends on, but for the submission itself


@dataclass(frozen=True)
class Job:
    """One submission to grade."""

    student: str
    path: Path


@dataclass(frozen=True)
class Graded:
    """A verdict and the notebook it is about, as rebuilt from the master (blank if the file was unreadable)."""

    verdict: Verdict
    notebook: Notebook


def read_and_key(job: Job, key: str) -> tuple[bytes | IntakeError, str]:
    """The submitted file, or why there is none, and the digest of everything that its verdict depends on."""
    try:
        content = read_submission(job.path)
    except IntakeError as error:
        return error, digest(key, "unreadable", str(error))
    return content, digest(key, content)


def _unreadable(job: Job, notebook: Notebook, key: str) -> Verdict:
    """The verdict on a file that is no notebook: nothing could run, everything is missing, the reason is told."""
    cells = tuple(_ended(cell, Outcome.MISSING, notebook.notes[0], 0.0) for cell in notebook.cells if cell.graded)
    return Verdict(job.student, notebook.assignment, notebook.name, cells, notes=notebook.notes, key=key)


def _our_fault(job: Job, notebook: Notebook, reason: str) -> Verdict:
    """The verdict when grading itself failed: no points are set and the run's summary says so."""
    cells = tuple(
        _ended(cell, Outcome.GRADER_ERROR, reason, None)
        if cell.role is Role.CHECK
        else CellVerdict(cell.id, cell.exercise, None, cell.points, Outcome.NOT_GRADED)
        for cell in notebook.cells
        if cell.graded
    )
    return Verdict(job.student, notebook.assignment, notebook.name, cells, notes=notebook.notes)


def _ended(cell: Cell, outcome: Outcome, reason: str, points: float | None) -> CellVerdict:
    return CellVerdict(cell.id, cell.exercise, points, cell.points, outcome, hint=reason, text=reason)


class _Worker:
    """One worker's own things: the master, and a sandbox that is opened at the first submission that needs it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.master = read_master(task.master)
        self.sandbox: Sandbox | None = None

    def grade(self, job: Job) -> Graded:
        try:
            return self._grade(job)
        except Exception as error:  # a bug of ours, or a file that cannot be read: nobody else's work may wait for it
            notebook = blank(self.master, of_error(error))
            return Graded(_our_fault(job, notebook, of_error(error)), notebook)

    def _grade(self, job: Job) -> Graded:
        began = time.perf_counter()
        content, key = read_and_key(job, self.task.key)
        try:
            if isinstance(content, IntakeError):
                raise content
            notebook = rebuild(self.master, content)
        except IntakeError as error:
            notebook = blank(self.master, str(error))
            return Graded(_unreadable(job, notebook, key), notebook)
        verdict = self._verdict(job, notebook)
        return Graded(replace(verdict, key=key, wall_seconds=time.perf_counter() - began), notebook)

    def _verdict(self, job: Job, notebook: Notebook) -> Verdict:
        """Grade, and where we fail once more in a fresh sandbox: the last one may have been harmed by someone else."""
        verdict = self._attempt(job, notebook)
        if verdict.grader_errors:
            self.close()
            verdict = self._attempt(job, notebook)
        return verdict

    def _attempt(self, job: Job, notebook: Notebook) -> Verdict:
        try:
            return self._grade_in_sandbox(job, notebook)
        except Exception as error:  # a bug of ours must cost nobody's grade and must not stop the run
            return _our_fault(job, notebook, of_error(error))

    def _grade_in_sandbox(self, job: Job, notebook: Notebook) -> Verdict:
        task = self.task
        if self.sandbox is None:
            self.sandbox = Sandbox(task.view, limits=task.limits, isolation=task.isolation, shelves=task.shelves)
        return grade_notebook(notebook, student=job.student, sandbox=self.sandbox, limits=task.limits, seed=task.seed)

    def close(self) -> None:
        if self.sandbox is not None:
            self.sandbox.close()
            self.sandbox = None


_worker: _Worker | None = None


def _start(task: Task) -> None:
    global _worker
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = _Worker(task)


def _end_with_parent() -> None:
    """End when the run is killed: a worker must not go on, or wait for ever, without anyone to report to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_any([parent.sentinel])
        os._exit(1)


def _grade(job: Job) -> Graded:
    assert _worker is not None, "the pool starts every worker with its task"
    return _worker.grade(job)


def grade_all(task: Task, jobs: Sequence[Job], *, workers: int, withheld: Sequence[str]) -> Iterator[Graded]:
    """Grade every job and yield the results as they finish, in no particular order.

    A worker that dies (ours, not the sandbox) costs the submission it had a grader error and is replaced.

    Raises:
        IsolationUnavailable: this host cannot give the task's isolation; nothing of any student's has run.
    """
    require(task.isolation)
    write_view(task.view, tuple(withheld))
    if workers > 1:
        yield from _in_processes(task, list(reversed(jobs)), workers)
        return
    worker = _Worker(task)
    try:
        for job in jobs:
            yield worker.grade(job)
    finally:
        worker.close()


def _in_processes(task: Task, jobs: list[Job], workers: int) -> Iterator[Graded]:
    """Grade with a pool of processes; where one dies, find out whose submission it was and go on with a new pool."""
    while jobs:
        with _executor(task, workers) as pool:
            try:
                suspects = yield from _until_broken(pool, jobs, workers)
            finally:  # also where the run is interrupted: what has not begun need not begin
                pool.shutdown(wait=False, cancel_futures=True)
        yield from _one_by_one(task, suspects)


def _until_broken(pool: ProcessPoolExecutor, jobs: list[Job], workers: int) -> Generator[Graded, None, list[Job]]:
    """Take jobs from the end of the list and yield their verdicts; return what was under way when a worker died."""
    running: dict[Future[Graded], Job] = {}
    try:
        while jobs or running:
            while jobs and len(running) < 2 * workers:  # few ahead: a broken pool must not drag many down
                running[pool.submit(_grade, jobs[-1])] = jobs[-1]
                jobs.pop()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                graded = future.result()
                del running[future]
                yield graded
    except BrokenProcessPool:
        pass
    return list(running.values())


def _one_by_one(task: Task, suspects: list[Job]) -> Iterator[Graded]:
    """Grade what was under way when a worker died, each in a worker of its own, to find the culprit."""
    for job in suspects:
        with _executor(task, 1) as pool:
            try:
                graded = pool.submit(_grade, job).result()
            except BrokenProcessPool:
                reason = "the grading process died on this submission, twice"
                notebook = blank(read_master(task.master), reason)
                graded = Graded(_our_fault(job, notebook, reason), notebook)
        yield graded


def _executor(task: Task, workers: int) -> ProcessPoolExecutor:
    # "spawn": a fork would copy the parent's gradebook connection and threads into every worker
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_start, initargs=(task,))
