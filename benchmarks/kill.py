"""`kill -9` at random points of a run over three assignments, and one run more: is anything other than without it?

`python -m benchmarks kill` prints the table, for 100 points. A run grades the assignments and writes their feedback. It
is killed after a time, or at one of the points where it leaves something behind: before and after a flush of the
journal, in the middle of a line of it, around the renaming of a file, at every statement and commit of the gradebook.
Every second time its whole process group is killed, else the parent alone. Then one run goes to its end.

What is compared: all tables of the gradebook, with ids replaced by names, and the bytes of autograded/ and feedback/.
Nothing is left out and no time is normalised: hand-ins have a `timestamp.txt` and a secret, as nbgrader leaves them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autograde.course.build import build
from autograde.course.folder import Course
from autograde.gradebook.database import gradebook_of
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.standings import set_due
from autograde.gradebook.writer import register
from autograde.grading import journal
from autograde.grading.run import GradeOptions, grade
from autograde.trial.synthetic import class_of, write_class
from benchmarks.table import Table

__all__ = ["Point", "differences", "points_of", "table"]

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENTS = ("01-backprop", "02-activations", "03-optimizers")
STUDENTS = 3
POINTS = 100
LATE = "2026-12-02 10:00:00 UTC"


@dataclass(frozen=True)
class Point:
    """Where a run is killed: after a share of its time, or at the n-th step that leaves something behind."""

    seconds: float | None = None
    step: int | None = None
    group: bool = False

    @property
    def kind(self) -> str:
        where = "after a time" if self.step is None else "at a step"
        return f"{where}, {'the whole group' if self.group else 'the parent alone'}"


def make_course(root: Path, students: int = STUDENTS) -> None:
    """Lay out a course in which everyone has handed in everything, each with a time and a secret."""
    for assignment in ASSIGNMENTS:
        shutil.copytree(REPOSITORY / "course" / assignment, root / "course" / assignment)
    build(root)
    course = Course(root.resolve())
    for assignment in ASSIGNMENTS:
        (master,) = course.masters(assignment)
        submissions = class_of(root / "release" / assignment / master.name, master, assignment, 20)
        write_class(root, assignment, master.stem, [one for one in submissions if one.honest][:students])
        register(root, course.read_masters(assignment))
    for number, folder in enumerate(sorted((root / "submitted").glob("*/*"))):
        (folder / "timestamp.txt").write_text(LATE)
        (folder / "submission_secret.txt").write_text(f"{number:064d}")
    from autograde.contract.moments import with_zone

    set_due(root, ASSIGNMENTS[0], with_zone("2026-12-01 23:59 UTC"))
    course.seed()


def run(root: Path) -> None:
    """What is killed: grade everything, and write all pages."""
    for assignment in ASSIGNMENTS:
        grade(Course(root.resolve()), assignment, GradeOptions(workers=1))
        write_feedback(root, assignment)


# --- killing


class Steps:
    """Counts the steps of this process that leave something behind, and ends it at one of them."""

    def __init__(self, point: Point | None) -> None:
        self.point = point
        self.seen = 0

    def step(self, *_: Any, **__: Any) -> bool:
        """Count one; end this process if it is the one. Where a line is half written the caller ends it."""
        self.seen += 1
        if self.point is not None and self.seen == self.point.step:
            self.end()
        return False

    def end(self) -> None:
        assert self.point is not None
        if self.point.group:
            os.killpg(0, signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Count from now on. For a process that ends with its run: nothing is taken back."""
        from sqlalchemy import event
        from sqlalchemy.engine import Engine

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
        point = self._steps.point
        if point is not None and self._steps.seen + 1 == point.step:
            self._file.write(line[: len(line) // 2])
            self._file.flush()
        self._steps.step()
        self._file.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def in_a_fork(root: Path, point: Point | None = None) -> tuple[int, int, float]:
    """Run in a process of its own; return how it ended, how many steps it took, and its seconds.

    Everything is imported here already: so a run costs little more than its grading.
    """
    reader, writer = os.pipe()
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        _run_and_exit(root, point, writer)
    os.close(writer)
    if point is not None and point.seconds is not None:
        _kill_after(child, point)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    return os.waitstatus_to_exitcode(status), int(said or 0), time.monotonic() - began


def _run_and_exit(root: Path, point: Point | None, writer: int) -> None:
    code = 1
    try:
        os.setsid()
        steps = Steps(point)
        steps.watch()
        run(root)
        os.write(writer, str(steps.seen).encode())
        code = 0
    except BaseException as error:
        print(f"the run ended with {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(code)


def _kill_after(child: int, point: Point) -> None:
    assert point.seconds is not None
    time.sleep(point.seconds)
    try:
        if point.group:
            os.killpg(child, signal.SIGKILL)
        else:
            os.kill(child, signal.SIGKILL)
    except ProcessLookupError:  # it had ended
        pass


def points_of(count: int, *, steps: int, seconds: float, seed: int) -> list[Point]:
    """Points at random: half by time, half by step; of each kind every second one ends the whole group."""
    drawn = random.Random(seed)  # no secret
    return [
        Point(step=drawn.randint(1, steps), group=index % 4 < 2)
        if index % 2
        else Point(seconds=drawn.uniform(0, seconds), group=index % 4 < 2)
        for index in range(count)
    ]


# --- comparing


def everything_in(root: Path) -> dict[str, object]:
    """All that a run leaves for people: the gradebook's rows by table, and the files by name."""
    found: dict[str, object] = dict(_tables(root))
    for part in ("autograded", "feedback"):
        for path in sorted((root / part).rglob("*")):
            if path.is_file():
                found[str(path.relative_to(root))] = (path.read_bytes(), path.stat().st_mode)
    return found


def _tables(root: Path) -> Iterator[tuple[str, object]]:
    """The tables with every drawn id replaced by what it stands for, and sorted."""
    with gradebook_of(root):
        pass
    with sqlite3.connect(root / "gradebook.db") as book:
        names = [row[0] for row in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: _rows(book, name) for name in names}
    book.close()
    known = _names_of_ids(tables)
    for name, rows in tables.items():
        shown = [tuple((key, known.get(value, value)) for key, value in row.items()) for row in rows]
        yield f"gradebook: {name}", sorted(shown, key=repr)


def _rows(book: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    cursor = book.execute(f'SELECT * FROM "{table}"')
    return [dict(zip([one[0] for one in cursor.description], row, strict=True)) for row in cursor]


def _names_of_ids(tables: dict[str, list[dict[str, Any]]]) -> dict[Any, str]:
    """What stands for an id: the row's own words, and of the rows that it belongs to theirs. Four passes do."""
    known: dict[Any, str] = {}
    for _ in range(4):
        for name, rows in tables.items():
            for row in rows:
                words = [str(known.get(value, value)) for key, value in row.items() if key != "id"]
                if "id" in row and len(str(row["id"])) == 32:
                    known[row["id"]] = f"{name}({', '.join(words)})"
    return known


def differences(one: Path, other: Path) -> list[str]:
    """What is not the same in two course folders; nothing where all is."""
    ours, theirs = everything_in(one), everything_in(other)
    return [name for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]


# --- the table


def trials(count: int, seed: int) -> Iterator[tuple[Point, bool, list[str]]]:
    """Kill a run at each point, let one more go to its end, and yield what is different from an unbroken one."""
    with TemporaryDirectory() as folder:
        fresh, whole, broken = (Path(folder).resolve() / name for name in ("fresh", "whole", "broken"))
        make_course(fresh)
        shutil.copytree(fresh, whole)
        code, steps, seconds = in_a_fork(whole)
        if code:
            raise RuntimeError("an unbroken run failed")
        for point in points_of(count, steps=steps, seconds=seconds, seed=seed):
            shutil.copytree(fresh, broken)
            was_killed = in_a_fork(broken, point)[0] == -signal.SIGKILL
            code, _, _ = in_a_fork(broken)
            yield point, was_killed, ["the next run failed"] if code else differences(whole, broken)
            shutil.rmtree(broken)


def table(count: int = POINTS, seed: int = 1) -> Table:
    """Kill at `count` points; one row for each way."""
    tried: Counter[str] = Counter()
    killed: Counter[str] = Counter()
    other: Counter[str] = Counter()
    notes = [f"{count} points at random of a run over {', '.join(ASSIGNMENTS)}, {STUDENTS} students, seed {seed}."]
    for point, was_killed, found in trials(count, seed):
        tried[point.kind] += 1
        killed[point.kind] += was_killed
        other[point.kind] += bool(found)
        notes += [f"{point}: {', '.join(found)}"] if found else []
    rows = [(kind, *(str(counts[kind]) for counts in (tried, killed, other))) for kind in sorted(tried)]
    notes.append("Runs that had ended before their time count as tried. Nothing is normalised but ids, to names.")
    return Table("Killed runs", ("kill -9", "points", "killed", "different afterwards"), rows, notes)


if __name__ == "__main__":
    result = table(*map(int, sys.argv[1:3]))
    print(result.text())
    sys.exit(any(row[-1] != "0" for row in result.rows))
