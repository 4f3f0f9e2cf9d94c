"""The same class of 06 on a quiet processor and beside busy loops: the same points, however long it takes on the wall.

    python -m benchmarks busy

Everything runs on one processor, so that two busy loops leave a third of it, however many the machine has. What a
submission may take is set to as many times what the longest of the class computes as there are loops: less than it then
takes on the wall. Ten times that is the end in any case (`inside.waiting.AT_MOST`), so the fewer the loops, the
emptier the machine has to be otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.course.settings import FILE
from autograde.grading.journal import Journal
from autograde.trial.synthetic import Submission, class_of, write_class
from benchmarks.table import Table
from benchmarks.watching import Watched, grade_and_watch

__all__ = ["Fairness", "grade_quiet_and_busy", "table"]

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENT = "06-make-it-better"
STUDENTS = 8
LOOPS = 2
SPINS = "import time\nwhile time.process_time() < 3600: pass"  # ends by itself where nobody ends it


@dataclass(frozen=True)
class Fairness:
    """One class, graded twice."""

    submissions: Sequence[Submission]
    quiet: Mapping[str, Verdict]
    busy: Mapping[str, Verdict]
    cost_quiet: Watched
    cost_busy: Watched
    submission_seconds: float

    def graded_otherwise(self) -> list[str]:
        """Students whose points or outcomes are not those of the quiet run."""
        return [student for student in self.quiet if _grades(self.quiet[student]) != _grades(self.busy[student])]

    def longer_than_allowed(self) -> list[str]:
        """Students whose work took more seconds on the wall, beside the loops, than a submission may take."""
        return [name for name, verdict in self.busy.items() if verdict.wall_seconds > self.submission_seconds]

    def cut_off(self) -> list[str]:
        return [
            name for name, one in self.busy.items() if any(cell.outcome is Outcome.TIME_LIMIT for cell in one.cells)
        ]


def _grades(verdict: Verdict) -> list[tuple[object, ...]]:
    return [(cell.cell_id, cell.points, cell.outcome) for cell in verdict.cells]


def grade_quiet_and_busy(root: Path, *, students: int, loops: int) -> Fairness:
    """Grade a class twice below `root`, the second time beside so many busy loops and with just enough time."""
    quiet, busy = root / "quiet", root / "busy"
    submissions = _make_course(quiet, students)
    shutil.copytree(quiet, busy)
    with _one_processor():
        cost_quiet = grade_and_watch(quiet, ASSIGNMENT, "--workers", "1", every=3.0)
        before = _verdicts(quiet)
        seconds = loops * max(verdict.student_cpu_seconds for verdict in before.values())
        (busy / FILE).write_text(f"[limits]\nsubmission_seconds = {seconds}\n", encoding="utf-8")
        (busy / ".autograde").mkdir(mode=0o700)
        shutil.copyfile(quiet / ".autograde" / "seed", busy / ".autograde" / "seed")
        with _busy_loops(loops):
            cost_busy = grade_and_watch(busy, ASSIGNMENT, "--workers", "1", every=3.0)
    return Fairness(submissions, before, _verdicts(busy), cost_quiet, cost_busy, seconds)


def _make_course(root: Path, students: int) -> list[Submission]:
    shutil.copytree(REPOSITORY / "course" / ASSIGNMENT, root / "course" / ASSIGNMENT)
    if (former := REPOSITORY / "editions" / ASSIGNMENT).exists():
        shutil.copytree(former, root / "editions" / ASSIGNMENT)
    build(root, [ASSIGNMENT])
    (master,) = Course(root).masters(ASSIGNMENT)
    release = root / "release" / ASSIGNMENT / master.name
    honest = [one for one in class_of(release, master, ASSIGNMENT, students) if one.honest]
    write_class(root, ASSIGNMENT, master.stem, honest)
    return honest


def _verdicts(root: Path) -> dict[str, Verdict]:
    course = Course(root)
    (master,) = course.masters(ASSIGNMENT)
    return {one.student: one for one in Journal(course.journal(ASSIGNMENT, master.stem))}


@contextmanager
def _one_processor() -> Iterator[None]:
    """Keep this process, and all that it starts, on one processor."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_of_them)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


@contextmanager
def _busy_loops(count: int) -> Iterator[None]:
    """Loops in sessions of their own, like students' processes."""
    spinning = [subprocess.Popen([sys.executable, "-c", SPINS], start_new_session=True) for _ in range(count)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


def table(students: int = STUDENTS, loops: int = LOOPS) -> Table:
    """Grade the class twice and say what differs."""
    with TemporaryDirectory() as folder:
        both = grade_quiet_and_busy(Path(folder), students=students, loops=loops)
    rows = [
        ("points of the class", _total(both.quiet), _total(both.busy)),
        ("graded otherwise than on a quiet processor", "", f"{len(both.graded_otherwise())} of {len(both.quiet)}"),
        ("stopped for time", "", f"{len(both.cut_off())} of {len(both.quiet)}"),
        ("took more seconds on the wall than allowed", "", f"{len(both.longer_than_allowed())} of {len(both.quiet)}"),
        ("wall seconds of the run", f"{both.cost_quiet.wall_seconds:.0f}", f"{both.cost_busy.wall_seconds:.0f}"),
        ("processor seconds of the run", f"{both.cost_quiet.cpu_seconds:.0f}", f"{both.cost_busy.cpu_seconds:.0f}"),
        ("wall seconds of the longest submission", _longest(both.quiet), _longest(both.busy)),
    ]
    notes = [
        f"{len(both.quiet)} honest hand-ins of {ASSIGNMENT} on one processor, a submission allowed "
        f"{both.submission_seconds:.1f} seconds in the second run: {loops} times what the longest computes.",
    ]
    return Table("Beside busy loops", ("what", "quiet", f"beside {loops} loops"), rows, notes)


def _total(verdicts: Mapping[str, Verdict]) -> str:
    return f"{sum(verdict.points for verdict in verdicts.values()):g}"


def _longest(verdicts: Mapping[str, Verdict]) -> str:
    return f"{max(verdict.wall_seconds for verdict in verdicts.values()):.1f}"
