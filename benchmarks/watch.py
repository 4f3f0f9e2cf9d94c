"""Graded while the student watches: from handing in until the points are read, one at a time and twenty at once.

Through the exchange, the watcher and the grader process, as on a hub, without the hub and the browser. Two of the
twenty never come to an end. Every student waits as the panel does.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.gradebook.hub import HandIn, Hub
from autograde.grading import client
from autograde.grading.processes import cpu_seconds
from autograde.grading.watch import Watcher
from benchmarks.grading import make_course
from benchmarks.serve import process_of
from benchmarks.table import Table
from machine_room.exchange.bundle import packed
from machine_room.exchange.service import TOKEN, Connection, Refused
from machine_room_hub.people import Person, Role
from tests.hub.served import COURSE, PEOPLE, Served, served

ASSIGNMENTS = ("01-backprop", "02-activations", "03-optimizers", "04-schedules", "05-regularization")
AT_ONCE, LOOPS, ALONE = 20, 2, 5
RESTS = 3.0  # seconds
LOOP = "while True: pass"
STAGES = ("collected", "graded", "answered")


@dataclass
class Trial:
    """One assignment's hand-ins, and how long they took."""

    course: Course
    service: Served
    assignment: str
    files: dict[str, bytes]
    stages: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STAGES})

    def hand_in(self, student: str) -> float:
        """Hand in and wait for the points, as the panel does; return the seconds that took."""
        asked = Connection(self.service.url, student)
        place = ("courses", COURSE, "assignments", self.assignment, "hand-ins")
        began = time.monotonic()
        (master,) = self.course.masters(self.assignment)
        number = asked.send(*place, files={master.name: self.files[student]})["number"]
        at, told = "", {"answer": None}
        while told["answer"] is None:
            told = asked.told(*place, student, str(number), "answer", place=at, seconds="20")
            at = str(told.get("place"))
        return time.monotonic() - began

    def at_once(self, students: Sequence[str], beside: Sequence[str]) -> list[float]:
        """Let all hand in in the same moment; nobody waits for those `beside`."""
        found: list[float] = []
        others = [threading.Thread(target=self._in_vain, args=(student,), daemon=True) for student in beside]
        threads = [threading.Thread(target=lambda s=s: found.append(self.hand_in(s))) for s in students]
        for thread in (*others, *threads):
            thread.start()
        for thread in threads:
            thread.join()
        return found

    def _in_vain(self, student: str) -> None:
        with suppress(Refused):  # the exchange ends before they do
            self.hand_in(student)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """A watcher, each of whose steps is timed."""
        trial = self

        class Timed(Hub):
            def collect(self, one: HandIn) -> None:
                trial.timed("collected", super().collect, one)

            def say(self, one: HandIn, answer: Any) -> None:
                trial.timed("answered", super().say, one, answer)

        def grade(*arguments: Any, **named: Any) -> list[Verdict]:
            return list(trial.timed("graded", client.grade, *arguments, **named))

        over = threading.Event()
        hub = Timed(self.course.root, COURSE, self.service.url)
        watcher = Watcher(self.course, hub, say=lambda said: print(said, file=sys.stderr), grade=grade)
        thread = threading.Thread(target=watcher.run, args=(over.is_set,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()

    def timed(self, stage: str, step: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        began = time.monotonic()
        try:
            return step(*arguments, **named)
        finally:
            self.stages[stage].append(time.monotonic() - began)


@dataclass(frozen=True)
class Measured:
    """What a trial came to; seconds."""

    cold: float
    alone: Sequence[float]
    honest: Sequence[float]  # of those who were at once, beside the endless
    stages: dict[str, float]  # of one that was alone: medians
    cpu: float  # of the grader process and its workers, for each hand-in of those that were alone


def measure(assignment: str) -> Measured:
    """Lay out a course and let students hand in."""
    names = ["cold", *(f"alone-{n}" for n in range(ALONE)), *(f"student-{n:02}" for n in range(AT_ONCE))]
    people = {name: Person(name, True, {COURSE: Role.STUDENT}) for name in names}
    with TemporaryDirectory() as folder, served(Path(folder) / "exchange", people={**PEOPLE, **people}) as service:
        root = (Path(folder) / "course").resolve()
        make_course(root, assignment, len(names))
        (root / "autograde.toml").write_text(f"[watch.{assignment}]\n", encoding="utf-8")
        course = Course(root)
        trial = Trial(course, service, assignment, dict(zip(names, _works(course, assignment), strict=False)))
        for name in names[-LOOPS:]:
            trial.files[name] = _endless(trial.files[name])
        service.ask("POST", f"courses/{COURSE}/assignments/{assignment}", who="ivy", data=packed({"a": b""}))
        os.environ[TOKEN] = "ivy"
        try:
            with trial.watched():
                return _measured(trial, names)
        finally:
            with suppress(FileNotFoundError, ProcessLookupError):
                os.kill(process_of(course), signal.SIGKILL)


def _measured(trial: Trial, names: Sequence[str]) -> Measured:
    cold = trial.hand_in(names[0])
    for _ in range(os.cpu_count() or 1):
        trial.hand_in(names[0])
    _until_it_rests(process_of(trial.course))  # every lane has a warm box by then, and each spare worker
    for times in trial.stages.values():
        times.clear()
    before = cpu_seconds(process_of(trial.course))
    alone = [trial.hand_in(name) for name in names[1 : 1 + ALONE]]
    cpu = (cpu_seconds(process_of(trial.course)) - before) / ALONE
    stages = {name: statistics.median(times) for name, times in trial.stages.items()}
    _until_it_rests(process_of(trial.course))
    honest = trial.at_once(names[1 + ALONE : -LOOPS], names[-LOOPS:])
    return Measured(cold, alone, honest, stages, cpu)


def _until_it_rests(grader: int) -> None:
    """Wait until a process and all below it have hardly computed for a while: nothing is made ready any more."""
    before, now = -RESTS, cpu_seconds(grader)
    while now - before > 0.1:
        time.sleep(RESTS)
        before, now = now, cpu_seconds(grader)


def _works(course: Course, assignment: str) -> list[bytes]:
    """What a synthetic class handed in, taken out of submitted/ again."""
    paths = sorted((course.root / "submitted").glob(f"*/{assignment}/*.ipynb"))
    works = [path.read_bytes() for path in paths]
    for path in paths:
        path.unlink()
        path.parent.rmdir()
        path.parent.parent.rmdir()
    return works


def _endless(work: bytes) -> bytes:
    notebook = json.loads(work)
    cell = next(c for c in notebook["cells"] if c["metadata"].get("machine_room", {}).get("role") == "solution")
    cell["source"] = [LOOP]
    return json.dumps(notebook).encode()


def table(assignments: Sequence[str] = ASSIGNMENTS) -> Table:
    """Every assignment but the last, whose digits take their own time."""
    found = {assignment: measure(assignment) for assignment in assignments}
    shown: dict[str, Callable[[Measured], str]] = {
        "the first, cold": lambda one: f"{one.cold:.1f} s",
        "one at a time: median, slowest": lambda one: f"{statistics.median(one.alone):.2f}, {max(one.alone):.2f} s",
        "of which collecting": lambda one: f"{one.stages['collected']:.2f} s",
        "of which in the grader": lambda one: f"{one.stages['graded']:.2f} s",
        "of which answering": lambda one: f"{one.stages['answered']:.2f} s",
        "processor time in the grader": lambda one: f"{one.cpu:.2f} s",
        f"{AT_ONCE} at once: median": lambda one: f"{statistics.median(one.honest):.1f} s",
        "95th percentile": lambda one: f"{sorted(one.honest)[int(0.95 * (len(one.honest) - 1))]:.1f} s",
        "last of those that come to an end": lambda one: f"{max(one.honest):.1f} s",
    }
    rows = [(what, *map(show, found.values())) for what, show in shown.items()]
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg()[:2])
    notes = [f"{os.cpu_count()} cores; {LOOPS} of {AT_ONCE} are endless loops. Load of the machine at the end: {load}."]
    return Table("Graded while the student watches", ("from handing in to the points", *found), rows, notes)
