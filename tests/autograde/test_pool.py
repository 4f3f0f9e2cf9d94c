"""The pool: every job gets a verdict, also the one that a worker dies of."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from autograde import pool
from autograde.inside.limits import Limits
from autograde.intake import IntakeError
from autograde.notebook import Notebook, Role
from autograde.pool import Graded, Job, Task, grade_all, read_and_key
from autograde.sandbox import Isolation
from autograde.verdict import Outcome, Verdict


@pytest.fixture
def task(small_course: Path, tmp_path: Path) -> Task:
    master = small_course / "source" / "01-backprop" / "small.ipynb"
    return Task(master, seed=1, limits=Limits(), isolation=Isolation.FULL, view=tmp_path / "view", key="common")


def jobs(folder: Path, *students: str) -> list[Job]:
    made = []
    for student in students:
        path = folder / f"{student}.ipynb"
        path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": f"# {student}"}]}), encoding="utf-8")
        made.append(Job(student, path))
    return made


class DyingPool(ThreadPoolExecutor):
    """Runs jobs in threads and breaks as a pool of processes does when the worker of a job named "dies" is killed."""

    def __init__(self, workers: int, **_: Any) -> None:
        super().__init__(workers)
        self.broken = False

    def submit(self, function: Any, job: Job, /, *_: Any, **__: Any) -> Any:
        if self.broken:
            raise BrokenProcessPool

        def run() -> Graded:
            if self.broken or job.student.startswith("dies"):
                self.broken = True
                raise BrokenProcessPool
            return Graded(Verdict(job.student, "a", "n", ()), Notebook("a", "n", ()))

        return super().submit(run)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_executor", lambda task, workers: DyingPool(workers))
    monkeypatch.setattr(pool, "write_view", lambda folder, withheld: None)


@pytest.mark.usefixtures("dying")
@pytest.mark.parametrize(
    "students",
    [["dies"], ["a", "dies", "b"], ["dies-1", "dies-2"], [*"abcdefgh", "dies", *"ijklmnop"], ["dies", *"abcdefgh"]],
    ids=len,
)
def test_a_dead_worker_costs_its_own_submission_and_nobody_else(
    task: Task, tmp_path: Path, students: Sequence[str]
) -> None:
    graded = list(grade_all(task, jobs(tmp_path, *students), workers=2, withheld=()))
    assert sorted(one.verdict.student for one in graded) == sorted(students)
    faulty = {one.verdict.student for one in graded if one.verdict.grader_errors}
    assert faulty == {student for student in students if student.startswith("dies")}


@pytest.mark.usefixtures("dying")
def test_the_notebook_of_a_submission_that_killed_its_worker_holds_no_answer_of_ours(
    task: Task, tmp_path: Path
) -> None:
    (graded,) = grade_all(task, jobs(tmp_path, "dies"), workers=2, withheld=())
    assert {cell.source for cell in graded.notebook.cells if cell.role is Role.SOLUTION} == {""}
    assert {cell.outcome for cell in graded.verdict.cells} == {Outcome.GRADER_ERROR, Outcome.NOT_GRADED}


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_gets_a_verdict_under_the_key_of_what_was_read(task: Task, tmp_path: Path, workers: int) -> None:
    made = jobs(tmp_path, "ada", "bo", "cy")
    graded = {one.verdict.student: one.verdict for one in grade_all(task, made, workers=workers, withheld=())}
    assert graded.keys() == {"ada", "bo", "cy"}
    for job in made:
        assert graded[job.student].key == read_and_key(job, "common")[1]
        assert not graded[job.student].grader_errors


def test_a_key_depends_on_the_file_and_on_all_else(tmp_path: Path) -> None:
    ada, bo = jobs(tmp_path, "ada", "bo")
    keys = {read_and_key(ada, "common")[1], read_and_key(bo, "common")[1], read_and_key(ada, "other")[1]}
    assert len(keys) == 3
    os.unlink(ada.path)
    content, key = read_and_key(ada, "common")
    assert isinstance(content, IntakeError)
    assert key not in keys
