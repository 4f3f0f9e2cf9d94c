"""A Dask cluster on this machine: workers that are killed at random, and how fast one writer takes what fifty send.

    python -m benchmarks cluster        a run of 300 in which workers are killed; and the writer alone
    python -m benchmarks.cluster 100    the same with 100

Of the run in which workers are killed everything that it leaves for people is compared with what a run at home leaves
(`traces`). The writer's speed is measured with one verdict that is sent for everyone, by a crew that answers at once:
so it is all that the run's own process does for a hand-in, reading and sending it, checking the answer, rebuilding the
notebook, journal, gradebook and autograded/.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.contract.failures import Failure
from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.course.notebook import read_master
from autograde.grading import local_cluster
from autograde.grading.bench import Alone, Settled, Work
from autograde.grading.cluster import Cluster, connected
from autograde.grading.crew import Arrived, Errand
from autograde.grading.options import GradeOptions
from autograde.grading.parcels import Answer, HandIn
from autograde.grading.reception import receive
from autograde.grading.run import grade
from autograde.grading.seeds import seed_for
from benchmarks.grading import make_course
from benchmarks.table import Table
from benchmarks.traces import differences

__all__ = ["killed", "table", "written"]

ASSIGNMENT = "01-backprop"
STUDENTS = 300
WORKERS = 2
KILLED_EVERY = 25  # verdicts, on average
FIFTY = 50


@dataclass
class _Killer:
    """Kills a worker at random after a verdict, and starts another one."""

    cluster: local_cluster.LocalCluster
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    killed: int = 0

    def __call__(self, verdict: Verdict) -> None:
        living = [worker for worker in self.cluster.workers if worker.poll() is None]
        if living and self.dice.random() < 1 / KILLED_EVERY:
            os.kill(self.dice.choice(living).pid, signal.SIGKILL)
            self.killed += 1
            self.cluster.add_worker()


def killed(root: Path, students: int) -> tuple[int, int, list[str]]:
    """Grade one class at home, and once more on workers that are killed.

    Returns:
        how many were killed, how many sentences were said, and what differs.
    """
    home, away = root / "home", root / "away"
    make_course(home, ASSIGNMENT, students)
    seed_for(Course(home.resolve()), ASSIGNMENT)
    shutil.copytree(home, away)
    grade(Course(home.resolve()), ASSIGNMENT)
    said: list[str] = []
    with local_cluster.started(WORKERS) as cluster, connected(cluster.address) as crew:
        killer = _Killer(cluster)
        grade(Course(away.resolve()), ASSIGNMENT, on_verdict=killer, bench=Cluster(crew, said.append))
    return killer.killed, len(said), differences(home, away)


class _Fifty(Alone):
    """A bench whose crew of fifty gives one real verdict for every hand-in, at once."""

    def __init__(self, real: Verdict) -> None:
        self._real = real

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        return Cluster(_Replaying(work, self._real), lambda sentence: None).graded(work)


class _Replaying:
    def __init__(self, work: Work, real: Verdict) -> None:
        self._work, self._real = work, real
        self._master = read_master(work.task.master)
        self._paths = {job.student: job for job in work.jobs}
        self._coming: deque[Arrived] = deque()
        self._tickets = 0

    def members(self) -> set[str]:
        return {f"worker{number}" for number in range(FIFTY)}

    def send(self, member: str, errand: Errand, parcel: bytes) -> int:
        self._tickets += 1
        answer = Answer(ready=True) if errand is Errand.ENLIST else self._answer(HandIn.from_bytes(parcel))
        self._coming.append(Arrived(self._tickets, Answer.from_bytes(answer.to_bytes())))
        return self._tickets

    def _answer(self, hand_in: HandIn) -> Answer:
        """The worker's part, as cheap as it can be: reading the file once more."""
        job = self._paths[hand_in.student]
        received = receive(job.path, self._master, self._work.task.key, {}, below=job.folder)
        return Answer(replace(self._real, student=hand_in.student, key=received.key, file=received.file))

    def recall(self, ticket: int) -> None:
        pass

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        came, self._coming = list(self._coming), deque()
        return came


def written(root: Path, students: int) -> tuple[float, float]:
    """Seconds of processor and of real time of the one process, for each verdict of `students`."""
    (one,) = make_course(root, ASSIGNMENT, 1)
    course = Course(root.resolve())
    (real,) = grade(course, ASSIGNMENT, GradeOptions(workers=1))
    (master,) = course.masters(ASSIGNMENT)
    for number in range(students):
        folder = root / "submitted" / f"student{number:05}" / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / master.name).write_bytes(one.content)
    began, cpu = time.perf_counter(), time.process_time()
    grade(course, ASSIGNMENT, bench=_Fifty(real))
    return (time.process_time() - cpu) / students, (time.perf_counter() - began) / students


def table(students: int = STUDENTS) -> Table:
    """Both measurements."""
    with TemporaryDirectory() as folder:
        cpu, real = written(Path(folder), students)
    with TemporaryDirectory() as folder:
        dead, said, different = killed(Path(folder), students)
    rows = [
        ("workers killed at random in that run", str(dead)),
        ("sentences that it said", str(said)),
        ("differences to a run at home, in gradebook and autograded/", str(len(different))),
        ("the writer's processor time for a verdict", f"{1e3 * cpu:.1f} ms"),
        ("so most verdicts a second of one writer", f"{1 / cpu:.0f}"),
        ("so at least for 10,000 submissions, with any number of workers", f"{1e4 * cpu / 60:.1f} min"),
    ]
    notes = [
        f"{ASSIGNMENT}, {students} students, {WORKERS} workers at a time; the writer's time with a replay of {FIFTY} "
        f"workers' verdicts, the making and reading of answers included ({1e3 * real:.1f} ms of real time here)."
    ]
    return Table("A cluster", ("what", "figure"), rows, notes)


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if sys.argv[1:] else STUDENTS).text())
