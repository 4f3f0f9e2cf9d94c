"""The pool: every job gets a verdict, also the one that a worker dies of."""

from __future__ import annotations

import ctypes
import faulthandler
import json
import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograde.contract.failures import WorkersUnavailable
from autograde.contract.verdict import CellVerdict, Engine, Outcome, Verdict
from autograde.course.notebook import Notebook, Role, read_master
from autograde.grading import pool
from autograde.grading.pool import Job, Task, WorkerLimits, grade_all
from autograde.grading.reception import receive
from autograde.inside.confinement import mapped_bytes
from autograde.inside.limits import Limits
from autograde.inside.waiting import AT_MOST
from autograde.judge import callbacks
from autograde.judge.clock import Account
from autograde.sandbox.process import Isolation
from machine_room.checks import observe

ENGINE = Engine("9.9", "digest")


@pytest.fixture
def task(small_course: Path, tmp_path: Path) -> Task:
    master = small_course / "source" / "01-backprop" / "small.ipynb"
    return Task(
        master, seed=1, limits=Limits(), isolation=Isolation.FULL, view=tmp_path / "view", key="common", engine=ENGINE
    )


def signed(task: Task, job: Job) -> tuple[str, str, Engine]:
    """What a verdict on this job should say of file, work and engine."""
    received = receive(job.path, read_master(task.master), task.key)
    return received.key, received.file, ENGINE


def jobs(folder: Path, *students: str) -> list[Job]:
    made = []
    for student in students:
        path = folder / f"{student}.ipynb"
        path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": f"# {student}"}]}), encoding="utf-8")
        made.append(Job(student, path))
    return made


def judges_as_told(notebook: Notebook, *, student: str, sandbox: Any, **_: Any) -> Verdict:
    """Stands in for the judge, in a worker: dies of some students' work in the way that their name begins with."""
    way, _colon, marker = student.partition(":")
    if "/" in marker and Path(marker).exists():  # the second time all is well
        way = "honest"
    elif "/" in marker:
        Path(marker).touch()
    WAYS[way]()
    cells = (CellVerdict("relative_error-check", "relative_error", 2.5, 2.5, Outcome.CORRECT),)
    return Verdict(student, notebook.assignment, notebook.name, cells)


def takes_memory_piece_by_piece() -> None:
    taken = []
    while True:
        taken.append(bytearray(1 << 20))


def blocks_signals() -> None:
    """All that a program may block and still be ended by its clock: a library might."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1})


WAYS: dict[str, Callable[[], Any]] = {
    "honest": lambda: None,
    "takes memory": takes_memory_piece_by_piece,
    "takes it at once": lambda: np.ones(1 << 28),
    "takes it for integers": lambda: 1 << (1 << 34),
    "never returns": lambda: time.sleep(1000),
    "never returns from C": lambda: sum(range(10**13)),
    "blocks signals and never returns": lambda: blocks_signals() or sum(range(10**13)),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "crashes": lambda: ctypes.string_at(0),
    "exits": lambda: os._exit(0),
    "aborts": os.abort,
}
DEADLY = [way for way in WAYS if way != "honest"]
PATIENCE = WorkerLimits(memory_bytes=256 << 20, grace_seconds=4.0)


def start_with_faults(task: Task) -> None:
    """In a worker: what `pool._start` does, and then a judge with faults."""
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pool._start(task)
    vars(pool)["grade_notebook"] = judges_as_told


def executor_with_faults(task: Task) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, mp_context=context, initializer=start_with_faults, initargs=(task,))


@pytest.fixture
def faulty(task: Task, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A task whose workers are real processes with real limits, and a judge that dies of some work."""
    monkeypatch.setattr(pool, "_executor", executor_with_faults)
    return replace(task, limits=Limits(submission_seconds=0.03), worker=PATIENCE)


@pytest.mark.parametrize("way", DEADLY)
def test_a_worker_that_ends_costs_its_own_submission_and_nobody_else(faulty: Task, tmp_path: Path, way: str) -> None:
    students = ["honest:a", way, "honest:b"]
    made = [Job(student, tmp_path / "work.ipynb") for student in students]
    (tmp_path / "work.ipynb").write_bytes(b'{"cells": []}')
    graded = {one.verdict.student: one for one in grade_all(faulty, made, workers=2, withheld=())}
    assert sorted(graded) == sorted(students)
    for honest in ("honest:a", "honest:b"):
        assert (graded[honest].verdict.points, graded[honest].verdict.killed_workers) == (2.5, 0)
    verdict, notebook = graded[way].verdict, graded[way].notebook
    assert (verdict.killed_workers, verdict.final) == (2, True)
    assert {cell.outcome for cell in verdict.cells} == {Outcome.GRADER_ERROR, Outcome.NOT_GRADED}
    assert "2 times. It is not tried again until the file changes, or with --force." in verdict.cells[0].text
    assert (verdict.key, verdict.file, verdict.engine) == signed(faulty, made[1])
    assert {cell.source for cell in notebook.cells if cell.role is Role.SOLUTION} == {""}


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_many_that_end_their_workers_leave_the_others_whole(faulty: Task, tmp_path: Path, workers: int) -> None:
    students = ["is killed", "exits", *(f"honest:{tmp_path}" for _ in range(3)), "crashes"]
    made = jobs(tmp_path, *"abcdef")
    made = [Job(student, job.path) for student, job in zip(students, made, strict=True)]
    graded = list(grade_all(faulty, made, workers=workers, withheld=()))
    assert sorted(one.verdict.student for one in graded) == sorted(students)
    killed = {one.verdict.student for one in graded if one.verdict.killed_workers}
    assert killed == {"is killed", "exits", "crashes"}


@pytest.mark.parametrize("way", ["is killed", "takes memory", "never returns"])
def test_who_ends_a_worker_once_is_graded_the_second_time(faulty: Task, tmp_path: Path, way: str) -> None:
    (job,) = jobs(tmp_path, "work")
    (graded,) = grade_all(faulty, [Job(f"{way}:{tmp_path / 'seen'}", job.path)], workers=1, withheld=())
    assert (tmp_path / "seen").exists()
    assert (graded.verdict.points, graded.verdict.killed_workers) == (2.5, 0)


def test_a_file_that_would_take_all_memory_when_it_is_parsed_is_refused_before(task: Task, tmp_path: Path) -> None:
    """A real one: parsed, 20 MB of empty lists would take a gigabyte."""
    (tmp_path / "bomb.ipynb").write_bytes(b'{"cells": [' + b"[]," * 7_000_000 + b"[]]}")
    ada, *_ = jobs(tmp_path, "ada")
    narrow = replace(task, worker=WorkerLimits(memory_bytes=200 << 20))
    graded = list(grade_all(narrow, [Job("bomb", tmp_path / "bomb.ipynb"), ada], workers=2, withheld=()))
    by_student = {one.verdict.student: one.verdict for one in graded}
    assert by_student["bomb"].killed_workers == 0
    assert {cell.outcome for cell in by_student["bomb"].cells if cell.points is not None} == {Outcome.MISSING}
    assert not by_student["ada"].grader_errors


def test_a_bug_of_ours_in_a_worker_stops_neither_the_run_nor_the_worker(task: Task, tmp_path: Path) -> None:
    class Mended(ThreadPoolExecutor):
        def submit(self, function: Any, /, *arguments: Any, **_: Any) -> Any:
            def run() -> Any:
                if arguments and arguments[0].student == "bo":
                    raise RecursionError("ours")
                return function(*arguments)

            return super().submit(run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_worker", pool._Worker(task))
        patch.setattr(pool, "_executor", lambda task: Mended(1))
        graded = list(grade_all(task, jobs(tmp_path, "ada", "bo"), workers=1, withheld=()))
    by_student = {one.verdict.student: one.verdict for one in graded}
    assert not by_student["ada"].grader_errors
    assert by_student["bo"].grader_errors
    assert not by_student["bo"].final  # tried again: no worker ended


def fails_to_start(task: Task) -> None:
    os._exit(3)


def test_workers_that_do_not_start_are_nobodys_fault(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def executor(task: Task) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=fails_to_start, initargs=(task,))

    monkeypatch.setattr(pool, "_executor", executor)
    with pytest.raises(WorkersUnavailable, match="ended before it had begun"):
        list(grade_all(task, jobs(tmp_path, "ada"), workers=1, withheld=()))


def tells_its_limits(notebook: Notebook, **_: Any) -> Verdict:
    soft, _hard = resource.getrlimit(resource.RLIMIT_AS)
    clock, _interval = signal.getitimer(signal.ITIMER_REAL)
    return Verdict("ada", "a", "n", (), notes=(str(os.getpid()), str(soft - mapped_bytes()), str(clock)))


def start_and_tell(task: Task) -> None:
    pool._start(task)
    vars(pool)["grade_notebook"] = tells_its_limits


@pytest.mark.parametrize("workers", [1, 2])
def test_no_submission_is_judged_in_the_main_process_or_without_limits(
    task: Task, tmp_path: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def executor(task: Task) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(1, mp_context=context, initializer=start_and_tell, initargs=(task,))

    monkeypatch.setattr(pool, "_executor", executor)
    (graded,) = grade_all(task, jobs(tmp_path, "ada"), workers=workers, withheld=())
    process, room_bytes, clock = map(float, graded.verdict.notes)
    assert process != os.getpid()
    assert 0.8 * task.worker.memory_bytes < room_bytes <= task.worker.memory_bytes
    assert AT_MOST * task.limits.submission_seconds < clock <= task.worker_seconds


def test_the_page_on_security_tells_the_judge_s_limits(task: Task) -> None:
    told = {
        "a worker's memory": f"{task.worker.memory_bytes >> 20} MiB",
        "a worker's clock": f"{replace(task, limits=Limits()).worker_seconds:g}",
        "callbacks: calls": f"{callbacks.MAX_CALLS:,}",
        "callbacks: arguments": f"{callbacks.ROOM} times all numbers of the call's own arguments, "
        f"and {callbacks.SPARE}",
        "callbacks: time": f"{callbacks.MAX_SECONDS:g}",
        "callbacks: refusals": f"{callbacks.MAX_REFUSALS}",
        "a result's arrays": f"{observe.ROOM} times the entries of the expected result, and {observe.SPARE:,}",
    }
    lines = (Path(__file__).parents[3] / "SECURITY.md").read_text(encoding="utf-8").splitlines()
    for limit, value in told.items():
        assert [line for line in lines if line.startswith(f"| {limit} | {value} |")]


class Spends:
    """Stands in for the judge: each attempt fails for our fault, or does not, and takes some of the account."""

    def __init__(self, *attempts: tuple[float, Outcome]) -> None:
        self.attempts = list(attempts)
        self.left: list[float] = []

    def __call__(self, notebook: Notebook, *, student: str, account: Account, **_: Any) -> Verdict:
        seconds, outcome = self.attempts.pop(0)
        account.spent += seconds
        self.left.append(account.left)
        points = None if outcome is Outcome.GRADER_ERROR else 0.0
        return Verdict(student, "a", "n", (CellVerdict("f-check", "f", points, 2.5, outcome),))


OURS, SLOW, RIGHT = Outcome.GRADER_ERROR, Outcome.TIME_LIMIT, Outcome.CORRECT
ATTEMPTS = {
    "all is well": ([(10.0, RIGHT)], RIGHT, [290.0]),
    "slow": ([(301.0, SLOW)], SLOW, [-1.0]),
    "the second helps": ([(100.0, OURS), (100.0, RIGHT)], RIGHT, [200.0, 100.0]),
    "the second fails too": ([(100.0, OURS), (100.0, OURS)], OURS, [200.0, 100.0]),
    "no time for a second": ([(300.0, OURS)], OURS, [0.0]),
    "the second is cut short for the first one's sake": ([(200.0, OURS), (101.0, SLOW)], OURS, [100.0, -1.0]),
}


@pytest.mark.parametrize(("attempts", "outcome", "left"), ATTEMPTS.values(), ids=ATTEMPTS)
def test_both_attempts_have_the_time_of_one(
    attempts: list[tuple[float, Outcome]],
    outcome: Outcome,
    left: list[float],
    task: Task,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    judge = Spends(*attempts)
    monkeypatch.setattr(pool, "grade_notebook", judge)
    (job,) = jobs(tmp_path, "ada")
    verdict = pool._Worker(replace(task, limits=Limits(submission_seconds=300.0))).grade(job).verdict
    assert [cell.outcome for cell in verdict.cells if cell.outcome is not Outcome.NOT_GRADED] == [outcome]
    assert judge.left == left
    assert judge.attempts == []


def test_a_worker_s_clock_is_later_than_all_that_a_session_allows(task: Task) -> None:
    for seconds in (0.1, 1.0, 20.0, 300.0):
        limits = Limits(submission_seconds=seconds)
        assert replace(task, limits=limits).worker_seconds >= AT_MOST * seconds + 60


@pytest.mark.parametrize("isolation", [Isolation.FULL, Isolation.NONE])
def test_a_student_s_memory_is_not_bounded_by_the_worker_s(task: Task, tmp_path: Path, isolation: Isolation) -> None:
    """The box inherits the worker's limit, which is lower than what a student's process is promised."""
    source = "import numpy as np\nprint(np.ones(100 << 20).nbytes)"
    master = read_master(task.master)
    cells = [{"cell_type": "code", "source": source, "metadata": {}}]
    path = tmp_path / "large.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    narrow = replace(task, isolation=isolation, worker=WorkerLimits(memory_bytes=200 << 20))
    (graded,) = grade_all(narrow, [Job("ada", path)], workers=1, withheld=())
    assert master.assignment == graded.verdict.assignment
    assert [output.stdout for output in graded.verdict.outputs if output.stdout] == [f"{8 * (100 << 20)}\n"]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_verdict_says_what_it_is_about_and_what_gave_it(task: Task, tmp_path: Path, workers: int) -> None:
    made = [*jobs(tmp_path, "ada", "bo", "cy"), Job("dee", tmp_path / "none.ipynb")]
    graded = {one.verdict.student: one.verdict for one in grade_all(task, made, workers=workers, withheld=())}
    assert graded.keys() == {"ada", "bo", "cy", "dee"}
    for job in made:
        verdict = graded[job.student]
        assert (verdict.key, verdict.file, verdict.engine) == signed(task, job)
        assert not verdict.grader_errors
