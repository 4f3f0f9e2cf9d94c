"""A Dask cluster on this machine: workers that are killed at random, what 1, 2 and 4 grade, how fast one writer is.

    python -m benchmarks cluster        a run of 300 in which workers are killed; 1, 2, 4 workers; the writer alone
    python -m benchmarks.cluster 100    the same with 100

Of the run in which workers are killed everything that it leaves for people is compared with what a run at home leaves
(`traces`). A worker is killed at a random moment of the second after a random verdict: while it grades, waits, or gets
ready; another one is started for it. The writer's speed is measured with one verdict that is sent for everyone, by a
crew of fifty that answers at once: so it is all that the run's own process does for a hand-in, reading and sending it,
checking the answer, rebuilding the notebook, journal, gradebook and autograded/.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.contract.failures import Failure
from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.course.notebook import read_master
from autograde.grading import local_cluster
from autograde.grading.bench import Alone, Settled, Work
from autograde.grading.cluster import Cluster, DaskCrew, connected
from autograde.grading.crew import Arrived, Errand
from autograde.grading.options import GradeOptions
from autograde.grading.parcels import Answer, HandIn
from autograde.grading.reception import receive
from autograde.grading.run import grade
from autograde.grading.seeds import seed_for
from benchmarks.grading import make_course
from benchmarks.table import Table
from benchmarks.traces import differences

__all__ = ["Survived", "Written", "killed", "rates", "table", "written"]

ASSIGNMENT = "01-backprop"
STUDENTS = 300
WORKERS = 2
KILLED_EVERY = 25  # verdicts, on average
SPREAD_SECONDS = 1.0  # from that verdict to the kill, at most
FIFTY = 50
CREWS = (1, 2, 4)
START_SECONDS = 120.0


@dataclass
class _Killer:
    """Kills a worker soon after a verdict, both drawn, and starts another one."""

    cluster: local_cluster.LocalCluster
    dice: random.Random = field(default_factory=lambda: random.Random(1))
    killed: int = 0
    _timers: list[threading.Timer] = field(default_factory=list)

    def __call__(self, verdict: Verdict) -> None:
        if self.dice.random() < 1 / KILLED_EVERY:
            self._timers.append(threading.Timer(self.dice.uniform(0.0, SPREAD_SECONDS), self._kill))
            self._timers[-1].start()

    def _kill(self) -> None:
        living = [worker for worker in self.cluster.workers if worker.poll() is None]
        os.kill(self.dice.choice(living).pid, signal.SIGKILL)
        self.killed += 1
        self.cluster.add_worker()

    def end(self) -> None:
        """Kill nobody any more."""
        for timer in self._timers:
            timer.cancel()
            timer.join()


@dataclass(frozen=True)
class Survived:
    """What a run left whose workers were killed."""

    killed: int
    moved: int  # hand-ins that a lost worker had, and that went to another one
    verdicts: int
    differences: Sequence[str]


def killed(root: Path, students: int) -> Survived:
    """Grade one class at home, and once more on workers that are killed."""
    home, away = root / "home", root / "away"
    make_course(home, ASSIGNMENT, students)
    seed_for(Course(home.resolve()), ASSIGNMENT)
    shutil.copytree(home, away)
    grade(Course(home.resolve()), ASSIGNMENT)
    said: list[str] = []
    with local_cluster.started(WORKERS) as cluster, connected(cluster.address) as crew:
        killer = _Killer(cluster)
        try:
            verdicts = grade(Course(away.resolve()), ASSIGNMENT, on_verdict=killer, bench=Cluster(crew, said.append))
        finally:
            killer.end()
    moved = sum("with the hand-in of" in sentence for sentence in said)
    return Survived(killer.killed, moved, len(verdicts), differences(home, away))


def rates(root: Path, students: int, crews: Sequence[int] = CREWS) -> dict[int, float]:
    """Verdicts a second of crews of so many workers, from the first that comes to the last: none is started then."""
    make_course(root, ASSIGNMENT, students)
    course, found = Course(root.resolve()), {}
    for workers in crews:
        came: list[float] = []
        with local_cluster.started(workers) as cluster, connected(cluster.address) as crew:
            _await_all(crew, workers)
            bench = Cluster(crew, lambda sentence: None)
            grade(course, ASSIGNMENT, GradeOptions(force=True), on_verdict=_clock(came), bench=bench)
        late = came[workers:]  # until then some of them get ready
        found[workers] = (len(late) - 1) / (late[-1] - late[0])
    return found


def _clock(came: list[float]) -> Callable[[Verdict], None]:
    return lambda verdict: came.append(time.perf_counter())


def _await_all(crew: DaskCrew, workers: int) -> None:
    until = time.monotonic() + START_SECONDS
    while len(crew.members()) < workers and time.monotonic() < until:
        time.sleep(0.1)


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


@dataclass(frozen=True)
class Written:
    """What the one writer takes for a verdict."""

    cpu_seconds: float
    seconds: float
    parcel_bytes: float  # there and back


def written(root: Path, students: int) -> Written:
    """Have `students` verdicts of a replay written."""
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
    spent = time.process_time() - cpu, time.perf_counter() - began
    parcel = len(HandIn("", "", one.content).to_bytes()) + len(Answer(real).to_bytes())
    return Written(spent[0] / students, spent[1] / students, parcel)


def table(students: int = STUDENTS) -> Table:
    """All three measurements."""
    with TemporaryDirectory() as folder:
        writer = written(Path(folder), students)
    with TemporaryDirectory() as folder:
        survived = killed(Path(folder), students)
    with TemporaryDirectory() as folder:
        a_second = rates(Path(folder), students // 4)
    rows = [
        ("hand-ins graded in the run whose workers were killed", str(survived.verdicts)),
        ("workers killed at random in it", str(survived.killed)),
        ("hand-ins that a lost worker had, and another one graded", str(survived.moved)),
        ("differences to a run at home, in gradebook and autograded/", str(len(survived.differences))),
        *(_rate(workers, rate, a_second) for workers, rate in a_second.items()),
        ("the writer's processor time for a verdict", f"{1e3 * writer.cpu_seconds:.1f} ms"),
        ("so most verdicts a second of one writer", f"{1 / writer.cpu_seconds:.0f}"),
        ("so at least for 10,000 submissions, with any number of workers", f"{_minutes(writer.cpu_seconds):.1f} min"),
        ("the same by the clock of this run, flushes to this disk included", f"{_minutes(writer.seconds):.1f} min"),
        ("sent and brought back for 10,000", f"{1e4 * writer.parcel_bytes / 1e6:.0f} MB"),
    ]
    notes = [
        f"{ASSIGNMENT}, {students} students, {WORKERS} workers where they are killed, {students // 4} for 1, 2 "
        f"and 4. The writer's time is that of a replay of {FIFTY} workers' verdicts, the making and reading of answers "
        f"included ({1e3 * writer.seconds:.1f} ms of real time here). {len(os.sched_getaffinity(0))} cores, and other "
        f"programs kept the machine at a load of {os.getloadavg()[1]:.0f}."
    ]
    return Table("A cluster", ("what", "figure"), rows, notes)


def _rate(workers: int, rate: float, a_second: Mapping[int, float]) -> tuple[str, str]:
    first = next(iter(a_second.values()))
    return f"verdicts a second of {workers} worker{'s' * (workers > 1)}", f"{rate:.1f} ({rate / first:.1f} x)"


def _minutes(seconds: float) -> float:
    return 1e4 * seconds / 60


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if sys.argv[1:] else STUDENTS).text())
