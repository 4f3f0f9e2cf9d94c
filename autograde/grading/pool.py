"""Many submissions on many cores: each worker is a process with a sandbox of its own.

A worker gets a `Job` (a name and a path, no notebook) and gives back a `Graded`; both are plain data, so the same work
can go to another scheduler. Workers hold no gradebook: the parent is its only writer, and it judges nothing.

A worker reads files and values that strangers made. It has a limit on memory and a clock of its own (`WorkerLimits`),
both kept by the kernel. Who ends a worker ends nobody else's work: each has one submission at a time. That one is tried
once more when no other is, and if it ends that worker too, this is the verdict on it: a grader error that stands until
work or engine change (`Verdict.killed_workers`).
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from machine_room.packages import use

from ..contract.failures import WorkersUnavailable
from ..contract.names import of_error
from ..contract.verdict import FINAL_AFTER, Engine, Verdict
from ..course.beside import NOT_DATA, of_course, together_with
from ..course.editions import read_former
from ..course.environment import Interpreter
from ..course.intake import blank
from ..course.notebook import Judging, Notebook, read_master
from ..course.packages import CoursePackage, load
from ..inside.confinement import mapped_bytes
from ..inside.limits import MEBIBYTE, Limits
from ..inside.waiting import AT_MOST
from ..judge.both import grade_both
from ..judge.clock import Account
from ..judge.judge import grade_notebook
from ..judge.together import grade_together
from ..sandbox.process import Isolation, Sandbox, require
from ..sandbox.shelf import Shelf
from ..sandbox.student_view import write_view
from . import rulings
from .lifetime import end_with_parent, without_interrupts
from .reception import Received, receive

__all__ = ["Graded", "Job", "Seat", "Task", "WorkerLimits", "given_up", "grade_all", "prepare", "result_of"]


@dataclass(frozen=True)
class WorkerLimits:
    """What a worker may use for one submission; past it the kernel ends the worker, or refuses it memory.

    Args:
        memory_bytes: of address space, on top of what is mapped once all is imported (RLIMIT_AS). Grading the course's
            own assignments takes under a tenth.
        grace_seconds: of real time, more than a submission can take on a busy machine (an interval timer). Within them
            a worker starts its sandbox and works out the right answers.
    """

    memory_bytes: int = 1024 * MEBIBYTE
    grace_seconds: float = 120.0


@dataclass(frozen=True)
class Task:
    """What is the same for every submission of one notebook. Holds the secret seed: never goes into the sandbox."""

    master: Path
    seed: int
    limits: Limits
    isolation: Isolation
    view: Path  # folder for the students' machine_room
    shelves: tuple[Shelf, ...] | None = None  # what else their code can import; None: what it always can
    key: str = ""  # of the work, but for the submission itself, see `keys.task_key`
    first_key: str = ""  # the same as 0.1.0 worked it out
    engine: Engine = field(default_factory=Engine)  # this process's, which its workers are too
    former: Mapping[int, Path] = field(default_factory=dict)  # masters of the older editions that are accepted
    worker: WorkerLimits = field(default_factory=WorkerLimits)
    judging: Judging = Judging.APART
    ignored: tuple[str, ...] = NOT_DATA  # files in source/ that do not go with the notebook
    preload: tuple[str, ...] = ()  # and modules of its own that every fork would import
    packages: tuple[CoursePackage, ...] = ()  # of the course's own: their exercises are graded, their answers withheld
    libraries: tuple[str, ...] = ()  # that the course declares: what `shelves` are made of on another machine
    interpreter: Interpreter | None = None  # of an environment of the course's own; None: the one that grades

    def beside(self) -> dict[str, bytes]:
        """The course's files that go with the notebook, as they are now.

        Raises:
            CourseError: they are too many, or too large.
        """
        return of_course(self.master.parent, self.ignored, self.limits)

    @property
    def worker_seconds(self) -> float:
        """The clock of a worker, for one submission and all its attempts."""
        return AT_MOST * self.limits.submission_seconds + self.worker.grace_seconds


@dataclass(frozen=True)
class Job:
    """One submission to grade."""

    student: str
    path: Path
    folder: Path | None = None  # the student's, from which on no link is followed; None: the one above the path's


@dataclass(frozen=True)
class Graded:
    """A verdict and the notebook it is about, as rebuilt from the master (blank if the file was unreadable)."""

    verdict: Verdict
    notebook: Notebook


class _Worker:
    """One worker's own things: the master, and a sandbox that is opened at the first submission that needs it."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.master = read_master(task.master)
        self.former = read_former(task.former)
        self.judging = self.master.judging
        self.files = task.beside() if self.judging.some_together else {}
        self.sandbox: Sandbox | None = None

    def grade(self, job: Job) -> Graded:
        try:
            return self._grade(job)
        except MemoryError:  # this process is spoiled: who it was is found out in another
            raise
        except Exception as error:  # a bug of ours, or a file that cannot be read: nobody else's work may wait for it
            notebook = blank(self.master, of_error(error))
            verdict = rulings.our_fault(job.student, notebook, of_error(error))
            return Graded(replace(verdict, engine=self.task.engine), notebook)

    def _grade(self, job: Job) -> Graded:
        began = time.perf_counter()
        task = self.task
        received = receive(job.path, self.master, task.key, self.former, below=job.folder, limits=task.limits)
        notebook = received.notebook
        verdict = rulings.unreadable(job.student, notebook) if received.unreadable else self._readable(job, received)
        signed = rulings.signed(verdict, received, self.task.engine)
        return Graded(replace(signed, wall_seconds=time.perf_counter() - began), notebook)

    def _readable(self, job: Job, received: Received) -> Verdict:
        return rulings.with_edition(self._verdict(job, received), received.notebook, self.master)

    def _verdict(self, job: Job, received: Received) -> Verdict:
        """Grade, and where we fail once more in a fresh sandbox: the last one may have been harmed by someone else.

        Both attempts have the time of one. What the second one does not finish stays our fault, as it was.
        """
        account = Account(self.task.limits.submission_seconds)
        first = self._attempt(job, received, account)
        if not first.grader_errors or account.empty:
            return first
        self.close()
        second = self._attempt(job, received, account)
        return first if account.empty else second

    def _attempt(self, job: Job, received: Received, account: Account) -> Verdict:
        try:
            return self._grade_in_sandbox(job, received, account)
        except MemoryError:  # this process is spoiled: who it was is found out in another
            raise
        except Exception as error:  # a bug of ours must cost nobody's grade and must not stop the run
            return rulings.our_fault(job.student, received.notebook, of_error(error))

    def _grade_in_sandbox(self, job: Job, received: Received, account: Account) -> Verdict:
        task = self.task
        files = together_with(self.files, received.beside)
        grade: Callable[..., Verdict] = {
            Judging.APART: partial(grade_notebook, seed=task.seed),
            Judging.TOGETHER: partial(grade_together, files=files),
            Judging.BOTH: partial(grade_both, seed=task.seed, files=files),
        }[self.judging]
        return grade(
            received.notebook, student=job.student, sandbox=self._opened(), limits=task.limits, account=account
        )

    def _opened(self) -> Sandbox:
        task = self.task
        if self.sandbox is None:
            self.sandbox = Sandbox(
                task.view,
                limits=task.limits,
                isolation=task.isolation,
                shelves=task.shelves,
                preload=task.preload,
                interpreter=task.interpreter,
            )
        return self.sandbox

    def close(self) -> None:
        if self.sandbox is not None:
            self.sandbox.close()
            self.sandbox = None


_worker: _Worker | None = None


def _start(task: Task) -> None:
    global _worker
    threading.Thread(target=end_with_parent, daemon=True).start()
    load(task.packages)
    use([package.name for package in task.packages])
    _worker = _Worker(task)
    _limit_memory(task.worker.memory_bytes)


def _limit_memory(memory_bytes: int) -> None:
    """Bound what this process maps from now on. The soft limit alone: its sandbox has limits of its own."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    mapped = mapped_bytes()
    if mapped:
        most = mapped + memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _ready() -> int:
    """Tell that a worker has started, and which process it is. Where this fails it is our fault, no submission's."""
    assert _worker is not None, "the pool starts every worker with its task"
    return os.getpid()


def _grade(job: Job) -> Graded:
    assert _worker is not None, "the pool starts every worker with its task"
    # SIGALRM ends the process, whatever it is doing: Python's own timers would wait for a call into C to end
    signal.setitimer(signal.ITIMER_REAL, _worker.task.worker_seconds)
    try:
        return _worker.grade(job)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def grade_all(task: Task, jobs: Sequence[Job], *, workers: int, withheld: Sequence[str]) -> Iterator[Graded]:
    """Grade every job and yield the results as they finish, in no particular order.

    Raises:
        IsolationUnavailable: this host cannot give the task's isolation; nothing of any student's has run.
        WorkersUnavailable: they do not start.
    """
    prepare(task, withheld)
    suspects = yield from _side_by_side(task, list(reversed(jobs)), workers)
    for job in suspects:
        yield _alone(task, job)


def prepare(task: Task, withheld: Sequence[str]) -> None:
    """Make ready what every worker of a task needs.

    Raises:
        IsolationUnavailable: this host cannot give the task's isolation; nothing of any student's has run.
    """
    require(task.isolation)
    if not task.judging.some_apart:
        task.view.mkdir(parents=True, exist_ok=True)  # and nothing in it: these tests know no library of ours
    else:
        write_view(task.view, tuple(withheld), task.packages, task.beside())


class Seat:
    """A place for one worker at a time."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.settle()

    def settle(self) -> None:
        """Start a worker, and do not wait for it."""
        self.pid = 0  # not known yet
        self.warm = False  # it has graded something: everything is imported, and the right answers are worked out
        self.pool = _executor(self.task)
        with without_interrupts():
            self.ready = self.pool.submit(_ready)

    def begin(self, job: Job) -> Future[Graded]:
        """Let the worker grade.

        Raises:
            WorkersUnavailable: it did not start.
        """
        try:
            self.pid = self.ready.result()
        except (BrokenProcessPool, MemoryError) as error:
            raise WorkersUnavailable(
                "A grading process ended before it had begun. Is there memory for one? Try fewer: --workers 1."
            ) from error
        return self.pool.submit(_grade, job)

    def leave(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)

    def vacate(self) -> None:
        """End the worker in the middle of whatever it does; its box ends with it. One that starts ends once it has."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        self.leave()


def _side_by_side(task: Task, jobs: list[Job], workers: int) -> Generator[Graded, None, list[Job]]:
    """Take jobs from the end of the list and yield their verdicts; return those that a worker died of."""
    seats = [Seat(task) for _ in range(workers)]
    running: dict[Future[Graded], tuple[Job, Seat]] = {}
    suspects: list[Job] = []

    def begin(seat: Seat) -> None:
        if jobs:
            job = jobs.pop()
            running[seat.begin(job)] = (job, seat)

    try:
        for seat in seats:
            begin(seat)
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job, seat = running.pop(future)
                graded = result_of(task, job, future)
                if graded is None:
                    suspects.append(job)
                    seat.leave()
                    seat.settle()
                begin(seat)  # before anyone writes the verdict down
                if graded is not None:
                    yield graded
    except BaseException:  # interrupted, or nobody asks for more: what is under way is graded by the next run
        for seat in seats:
            seat.vacate()
        raise
    for seat in seats:
        seat.leave()
    return suspects


def _alone(task: Task, job: Job) -> Graded:
    """Grade once more what a worker died of. Nothing else runs now that could have taken its memory or its time."""
    seat = Seat(task)
    began = time.monotonic()
    try:
        graded = result_of(task, job, seat.begin(job))
    finally:
        seat.vacate()
    if graded is not None:
        return graded
    return given_up(task, job, late=time.monotonic() - began >= task.worker_seconds)


def given_up(task: Task, job: Job, *, late: bool) -> Graded:
    """The verdict on what ended one worker after another.

    Args:
        task: what it was graded with.
        job: what was graded.
        late: the last one ran out of time.
    """
    cause = f"took more than {task.worker_seconds:g} seconds" if late else "ran out of memory or crashed"
    reason = (
        f"The process that grades {cause} on this file, {FINAL_AFTER} times. It is not tried again until the file "
        "changes, or with --force. Look at it by hand."
    )
    return _failed(task, job, reason, killed_workers=FINAL_AFTER)


def result_of(task: Task, job: Job, future: Future[Graded]) -> Graded | None:
    """The verdict, or None where the worker died of it."""
    try:
        return future.result()
    except (BrokenProcessPool, MemoryError):
        return None
    except Exception as error:  # a bug of ours must cost nobody's grade and must not stop the run
        return _failed(task, job, f"{type(error).__name__}: {error}")


def _failed(task: Task, job: Job, reason: str, *, killed_workers: int = 0) -> Graded:
    """The verdict on what could not be graded, under the key of its work. The file is read, and not looked into."""
    master = read_master(task.master)
    notebook = blank(master, reason)
    verdict = replace(rulings.our_fault(job.student, notebook, reason), killed_workers=killed_workers)
    try:
        signed = rulings.signed(
            verdict, receive(job.path, master, task.key, below=job.folder, limits=task.limits), task.engine
        )
    except Exception:  # not even that: it is about no file that is known, and is tried again
        signed = replace(verdict, engine=task.engine)
    return Graded(signed, notebook)


def _executor(task: Task) -> Executor:
    """One worker. "spawn": a fork would copy the parent's gradebook connection and threads into it."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=_start, initargs=(task,))
