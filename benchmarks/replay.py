"""Many verdicts through the one writer: what the parent of a run pays for each, and what it holds, while they mount up.

    python -m benchmarks replay

One submission of 06, the longest notebook, is graded for real; its verdict is then handed to an ordinary run for every
other student, as if workers had come to it. So what is measured is all that the parent does: reading what was handed
in, journal, gradebook and autograded/.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.contract.failures import Failure
from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.grading.bench import Alone, Settled, Work
from autograde.grading.pool import Graded, grade_all
from autograde.grading.run import grade
from benchmarks.grading import make_course
from benchmarks.table import Table

__all__ = ["Stretch", "replay", "table"]

ASSIGNMENT = "06-make-it-better"
STUDENTS = 12_000
STRETCHES = 6


@dataclass(frozen=True)
class Stretch:
    """A part of a run, from its first verdict to its last."""

    verdicts: int
    cpu_seconds: float  # of this process
    resident_bytes: int  # at its end


class _Replayed(Alone):
    """A bench that grades the first job alone and gives its verdict to everyone."""

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        (first,) = grade_all(work.task, work.jobs[:1], workers=1, withheld=work.withheld)
        yield Settled(first)
        for job in work.jobs[1:]:
            yield Settled(Graded(replace(first.verdict, student=job.student), first.notebook))


class _Watch:
    """Cuts a run into stretches of the same length."""

    def __init__(self, length: int) -> None:
        self.stretches: list[Stretch] = []
        self._length, self._count = length, 0
        self._began = time.process_time()

    def __call__(self, verdict: Verdict) -> None:
        self._count += 1
        if self._count == 1:  # the one that was graded
            self._began = time.process_time()
        elif (self._count - 1) % self._length == 0:
            now = time.process_time()
            self.stretches.append(Stretch(self._length, now - self._began, _resident()))
            self._began = time.process_time()


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def replay(root: Path, students: int, stretches: int = STRETCHES) -> list[Stretch]:
    """Grade a class of `students` in a course at `root`, one of them for real."""
    (one,) = make_course(root, ASSIGNMENT, 1)
    course = Course(root.resolve())
    (master,) = course.masters(ASSIGNMENT)
    for number in range(students):
        folder = root / "submitted" / f"student{number:05}" / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / master.name).write_bytes(one.content)
    watch = _Watch(students // stretches)
    grade(course, ASSIGNMENT, on_verdict=watch, bench=_Replayed())
    return watch.stretches


def table(students: int = STUDENTS) -> Table:
    """Replay one verdict for everyone."""
    with TemporaryDirectory() as folder:
        stretches = replay(Path(folder), students)
    rows = [
        (
            f"{number * one.verdicts + 1:,} to {(number + 1) * one.verdicts:,}",
            f"{one.cpu_seconds / one.verdicts * 1e3:.1f} ms",
            f"{one.resident_bytes / 2**20:.0f} MB",
        )
        for number, one in enumerate(stretches)
    ]
    notes = [
        f"One verdict on {ASSIGNMENT}, entered for {students:,} students. Processor time of the parent alone, which "
        "reads what was handed in, and writes journal, gradebook (SQLite) and autograded/; its memory at the end of "
        "the stretch."
    ]
    return Table("One writer", ("verdicts", "parent's time for each", "parent's memory"), rows, notes)


if __name__ == "__main__":
    print(table(int(sys.argv[1]) if sys.argv[1:] else STUDENTS).text())
