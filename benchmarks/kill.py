"""`kill -9` at random points of a run over three assignments, and one run more: is anything other than without it?

`python -m benchmarks kill` prints the table, for 100 points. A run grades the assignments and writes their feedback. A
process of it is killed after a time, or at one of the steps where it leaves something behind: before and after a flush
of the journal, in the middle of a line of it, around the renaming of a file, at every statement and commit of the
gradebook. Then one run goes to its end.

A run that grades by itself is killed alone, or with its whole process group. Of a run that has the course's grader
process grade, either of the two is killed; where it is the grader process, the run starts another one and ends well.

What is compared is in `traces`: all tables of the gradebook, and the bytes of autograded/ and feedback/. Hand-ins have
a `timestamp.txt` and a secret, as nbgrader leaves them.
"""

from __future__ import annotations

import mmap
import multiprocessing
import os
import random
import select
import shutil
import signal
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autograde.contract.moments import with_zone
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.standings import set_due
from autograde.gradebook.writer import register
from autograde.grading import client, journal, serve
from autograde.grading.run import GradeOptions, grade
from autograde.grading.seeds import seed_for
from autograde.trial.synthetic import class_of, write_class
from benchmarks.table import Table
from benchmarks.traces import differences

__all__ = ["Point", "Victim", "make_course", "points_of", "table", "trials"]

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENTS = ("01-backprop", "02-activations", "03-optimizers")
STUDENTS = 2
POINTS = 100
JOBS = 4  # trials at once: most of a trial is waiting for processes to start
LATE = "2026-12-02 10:00:00 UTC"
IDLE_SECONDS = 600.0  # of a grader process that nobody ends: none outlives its trial
END_SECONDS = 60.0  # for a process that was killed


class Victim(Enum):
    """Who is killed."""

    PARENT = "a run by itself, the parent alone"
    GROUP = "a run by itself, its whole process group"
    GRADER = "the grader process of a run"
    CLIENT = "a run, not its grader process"

    @property
    def served(self) -> bool:
        """Whether the run has the course's grader process grade."""
        return self in (Victim.GRADER, Victim.CLIENT)


@dataclass(frozen=True)
class Point:
    """Where a run is killed: after a time, or at the n-th step with which that process leaves something behind."""

    victim: Victim
    seconds: float = 0.0
    step: int = 0

    @property
    def kind(self) -> str:
        return f"{self.victim.value}, {'at a step' if self.step else 'after a time'}"


@dataclass(frozen=True)
class Ended:
    """How a run came to its end."""

    code: int
    killed: bool
    seconds: float
    steps: Mapping[Victim, int]


def make_course(root: Path, texts: Mapping[str, Path], students: int = STUDENTS) -> None:
    """Lay out a course in which everyone has handed in everything, each with a time and a secret.

    Args:
        root: where.
        texts: the folder of each assignment's text.
        students: who hand in each assignment.
    """
    for assignment, text in texts.items():
        shutil.copytree(text, root / "course" / assignment)
    build(root)
    course = Course(root.resolve())
    for assignment in texts:
        (master,) = course.masters(assignment)
        submissions = class_of(root / "release" / assignment / master.name, master, assignment, 20)
        write_class(root, assignment, master.stem, [one for one in submissions if one.honest][:students])
        register(root, course.read_masters(assignment))
    for number, folder in enumerate(sorted((root / "submitted").glob("*/*"))):
        (folder / "timestamp.txt").write_text(LATE)
        (folder / "submission_secret.txt").write_text(f"{number:064d}")
    first = next(iter(texts))
    set_due(root, first, with_zone("2026-12-01 23:59 UTC"))
    seed_for(course, first)


def run(root: Path, *, served: bool) -> None:
    """What is killed: grade everything, and write all pages."""
    course = Course(root.resolve())
    for assignment in course.assignments():
        (client.grade if served else grade)(course, assignment, GradeOptions(workers=1))
        write_feedback(root, assignment)


# --- killing


class Steps:
    """Counts the steps with which a run and its grader process leave something behind, and kills at one of them.

    The counts are in memory that both share, and no lock is: one of the two ends where it stands.
    """

    def __init__(self, point: Point | None) -> None:
        self.point = point
        self._counts = mmap.mmap(-1, 24)  # of the run, of its grader process, and whether anyone was killed
        self._run = 0

    def __getitem__(self, index: int) -> int:
        return int(struct.unpack_from("<q", self._counts, 8 * index)[0])

    def __setitem__(self, index: int, value: int) -> None:
        struct.pack_into("<q", self._counts, 8 * index, value)

    @property
    def killed(self) -> bool:
        return bool(self[2])

    @property
    def by_victim(self) -> dict[Victim, int]:
        return {victim: self[victim is Victim.GRADER] for victim in Victim}

    def step(self, *_: Any, **__: Any) -> None:
        """Count one; end this process if it is the one."""
        self[self._mine] += 1
        if self._is_at(self[self._mine]):
            assert self.point is not None
            self.kill(os.getpid(), self.point.victim)

    def next_is_it(self) -> bool:
        """Whether the next step is the one: where a line is half written the caller ends this process."""
        return self._is_at(self[self._mine] + 1)

    @property
    def _mine(self) -> int:
        return int(os.getpid() != self._run)

    def _is_at(self, count: int) -> bool:
        point = self.point
        mine = point is not None and (point.victim is Victim.GRADER) == bool(self._mine)
        return mine and point is not None and not self.killed and count == point.step

    def kill(self, pid: int, victim: Victim) -> None:
        """End a process, or its group, and remember that somebody was ended."""
        self[2] = 1
        try:
            os.killpg(pid, signal.SIGKILL) if victim is Victim.GROUP else os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:  # it had ended
            self[2] = 0

    def watch(self) -> None:
        """Count from now on, in this process and in those forked from it. Nothing is taken back: they end soon."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

        self._run = os.getpid()
        os.fsync = self._around(os.fsync)
        Path.replace = self._around(Path.replace)  # type: ignore[method-assign]
        opened = journal._opened
        journal._opened = lambda path: _HalfLines(opened(path), self)  # type: ignore[assignment,return-value]
        event.listen(Engine, "before_cursor_execute", self.step)
        event.listen(Engine, "after_cursor_execute", self.step)
        event.listen(Engine, "commit", self.step)

    def _around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def stepping(*arguments: Any) -> Any:
            self.step()
            result = function(*arguments)
            self.step()
            return result

        return stepping


class _HalfLines:
    """A journal's file that can end its process in the middle of a line."""

    def __init__(self, file: Any, steps: Steps) -> None:
        self._file, self._steps = file, steps

    def write(self, line: bytes) -> None:
        if self._steps.next_is_it():
            self._file.write(line[: len(line) // 2])
            self._file.flush()
        self._steps.step()
        self._file.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def in_a_fork(root: Path, point: Point | None = None, *, served: bool = False) -> Ended:
    """Run in a process of its own, to the end or to the point; return how it ended.

    Everything is imported here already, and the grader process is forked from the run: so both cost little more than
    their grading.
    """
    steps, began = Steps(point), time.monotonic()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        _run_and_exit(root, steps, served=served)
    if point is not None and point.seconds:
        time.sleep(point.seconds)
        with suppress(OSError, ValueError):  # no grader process yet
            steps.kill(_grader(root) if point.victim is Victim.GRADER else child, point.victim)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    killed = steps.killed if point is not None and point.victim is Victim.GRADER else code == -signal.SIGKILL
    return Ended(code, killed, time.monotonic() - began, steps.by_victim)


def _run_and_exit(root: Path, steps: Steps, *, served: bool) -> None:
    code = 1
    try:
        os.setsid()
        steps.watch()
        client._start = partial(serve.in_the_background, idle_seconds=IDLE_SECONDS, workers=1)
        run(root, served=served)
        code = 0
    except BaseException as error:
        print(f"the run ended with {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def _grader(root: Path) -> int:
    return int((root / ".autograde" / serve.PID).read_text(encoding="ascii"))


def end_grader(root: Path) -> None:
    """End the course's grader process, if it has one, and wait until it has ended."""
    with suppress(OSError, ValueError):
        process = os.pidfd_open(_grader(root))
        try:
            signal.pidfd_send_signal(process, signal.SIGKILL)
            select.select([process], [], [], END_SECONDS)
        finally:
            os.close(process)


def points_of(count: int, *, steps: Mapping[Victim, int], seconds: Mapping[bool, float], seed: int) -> list[Point]:
    """Points at random: each victim in turn, half of them after a time, half at a step."""
    drawn = random.Random(seed)  # no secret
    victims = list(Victim)
    return [
        Point(victim, step=drawn.randint(1, steps[victim]))
        if index // len(victims) % 2
        else Point(victim, seconds=drawn.uniform(0, seconds[victim.served]))
        for index, victim in ((index, victims[index % len(victims)]) for index in range(count))
    ]


# --- the table


@dataclass(frozen=True)
class Trial:
    """A point, whether anyone was killed there, and what is different after one more run."""

    point: Point
    killed: bool
    different: Sequence[str]


def trial(fresh: Path, whole: Path, point: Point) -> Trial:
    """Kill a run at a point, let one more go to its end, and compare."""
    with TemporaryDirectory(dir=fresh.parent) as folder:
        broken = Path(folder) / "broken"
        shutil.copytree(fresh, broken)
        try:
            first = in_a_fork(broken, point, served=point.victim.served)
            last = in_a_fork(broken, served=point.victim.served)
        finally:
            end_grader(broken)
        failed = ["the run failed whose grader process was killed"] if first.code > 0 else []
        failed += ["the next run failed"] if last.code else []
        return Trial(point, first.killed, failed or differences(whole, broken))


def trials(count: int, seed: int, fresh: Path, *, jobs: int = JOBS, first: int = 1) -> Iterator[Trial]:
    """Try points of a run over the course in `fresh`, beside which are put the unbroken runs.

    Args:
        count, seed: how many points are drawn, and how.
        fresh: the course.
        jobs: trials at once.
        first: the number, from 1, of the point to begin with: a run that was stopped can be gone on with.

    Raises:
        RuntimeError: an unbroken run failed, or was other by the grader process than by itself.
    """
    whole, served = (fresh.with_name(name) for name in ("whole", "served"))
    shutil.copytree(fresh, whole)
    shutil.copytree(fresh, served)
    alone, asked = in_a_fork(whole), in_a_fork(served, served=True)
    end_grader(served)
    if alone.code or asked.code or differences(whole, served):
        raise RuntimeError(f"unbroken runs failed, or differ: {alone}, {asked}, {differences(whole, served)}")
    steps = {victim: (asked if victim.served else alone).steps[victim] for victim in Victim}
    points = points_of(count, steps=steps, seconds={False: alone.seconds, True: asked.seconds}, seed=seed)[first - 1 :]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork")) as pool:
        yield from pool.map(partial(trial, fresh, whole), points)


def table(count: int = POINTS, seed: int = 1, first: int = 1, jobs: int = JOBS) -> Table:
    """Kill at `count` points, or at those from the `first` on; one row for each way."""
    tried: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    other: Counter[str] = Counter()
    which = f"{count} points" if first == 1 else f"The last {count - first + 1} of {count} points"
    notes = [f"{which} at random of a run over {', '.join(ASSIGNMENTS)}, {STUDENTS} students, seed {seed}."]
    with TemporaryDirectory() as folder:
        fresh = Path(folder).resolve() / "fresh"
        make_course(fresh, {assignment: REPOSITORY / "course" / assignment for assignment in ASSIGNMENTS})
        for one in trials(count, seed, fresh, jobs=jobs, first=first):
            tried[one.point.kind] += 1
            killed[one.point.kind] += one.killed
            other[one.point.kind] += bool(one.different)
            notes += [f"{one.point}: {', '.join(one.different)}"] if one.different else []
            print(f"{sum(tried.values())}: {one}", file=sys.stderr, flush=True)
    kinds = [Point(victim, step=step).kind for victim in Victim for step in (0, 1)]
    rows = [(kind, *(str(counts[kind]) for counts in (tried, killed, other))) for kind in kinds]
    notes.append("Runs that had ended before their time count as tried. Nothing is normalised but ids, to names.")
    return Table("Killed runs", ("kill -9", "points", "killed", "different afterwards"), rows, notes)


if __name__ == "__main__":
    result = table(*map(int, sys.argv[1:5]))
    print(result.text())
    sys.exit(any(row[-1] != "0" for row in result.rows))
