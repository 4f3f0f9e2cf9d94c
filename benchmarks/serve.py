"""A course's grader process under everything at once: a class graded again and again, hand-ins one after another, a
person who enters scores, nbgrader's button, two endless loops, and kill -9.

Each hand-in is another file. In the end every file that was handed in has exactly one verdict, the gradebook holds the
last verdict on everyone, and every score that the person entered is there.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.contract.verdict import Verdict
from autograde.course.folder import Course
from autograde.gradebook.database import gradebook_of
from autograde.grading import client, serve
from autograde.grading.journal import Journal
from autograde.grading.keys import digest
from autograde.grading.options import GradeOptions
from benchmarks.grading import make_course
from benchmarks.table import Table
from tools.postgresql import running

ASSIGNMENT, NOTEBOOK = "01-backprop", "backprop"
SECONDS = 600.0
KILLS = 10
STUDENTS = 12
STREAM = 3  # students who hand in again and again, each when the last verdict is there
MANUAL = "backward_221-check"
LOOP = "while True: pass"
LIMITS = "[limits]\nrequest_seconds = 2.0\n"


@dataclass(frozen=True)
class Outcome:
    """What a trial came to; the first four are nothing where all is well."""

    missing: Sequence[str]  # files that were handed in and have no verdict
    twice: Sequence[str]  # files that have more than one
    not_recorded: Sequence[str]  # students whose gradebook does not hold the last verdict
    scores_lost: Sequence[str]  # cells whose score a person entered and that hold another
    handed_in: int
    rounds: int  # of the class
    presses: int  # of nbgrader's button
    entered: int
    kills: int
    waits: Sequence[float]  # seconds from a hand-in to its verdict
    errors: Sequence[str]

    @property
    def holds(self) -> bool:
        return not (self.missing or self.twice or self.not_recorded or self.scores_lost or self.errors)


class Trial:
    """Everybody who does something at once, each in a thread; the person and the button in a process of their own."""

    def __init__(self, root: Path, *, seconds: float, kills: int, url: str = "") -> None:
        self.course = Course(root.resolve())
        self.until = time.monotonic() + seconds
        self.seconds, self.kills, self.url = seconds, kills, url
        self.files: list[tuple[str, str]] = []  # (student, digest of what they handed in)
        self.waits: list[float] = []
        self.rounds = 0
        self.killed = 0
        self.errors: list[str] = []

    def run(self) -> Outcome:
        students = self.course.students(ASSIGNMENT)
        for student in students:
            self._note(student)
        self._loops()
        doing = [self._class, self._kills, *(lambda s=s: self._stream(s) for s in students[:STREAM])]
        threads = [threading.Thread(target=self._guarded, args=(one,)) for one in doing]
        for thread in threads:
            thread.start()
        said = self._person(students[STREAM:])
        for thread in threads:
            thread.join()
        client.grade(self.course, ASSIGNMENT)
        return self._outcome(said)

    def _guarded(self, doing: Callable[[], None]) -> None:
        try:
            doing()
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")

    def _over(self) -> bool:
        return time.monotonic() >= self.until

    # --- who does what

    def _class(self) -> None:
        while not self._over():
            client.grade(self.course, ASSIGNMENT)
            self.rounds += 1

    def _stream(self, student: str) -> None:
        number = 0
        while not self._over():
            number += 1
            handed_in = self._hand_in(student, f"# {number}")
            began = time.monotonic()
            [verdict] = client.grade(self.course, ASSIGNMENT, GradeOptions(students=(student,)))
            self.waits.append(time.monotonic() - began)
            if verdict.file != handed_in:
                self.errors.append(f"{student} was given the verdict on another file")

    def _kills(self) -> None:
        for _ in range(self.kills):
            time.sleep(self.seconds / (self.kills + 1))
            with suppress(FileNotFoundError, ProcessLookupError):
                os.kill(process_of(self.course), signal.SIGKILL)
                self.killed += 1

    def _person(self, students: Sequence[str]) -> dict[str, dict[str, float]]:
        """Enter scores with nbgrader's own code and press its button, in turn as formgrader does; returns what was."""
        command = [sys.executable, "-m", "benchmarks.serve", "person", str(self.course.root), str(self.seconds)]
        done = subprocess.run([*command, *students], capture_output=True, text=True, check=False)
        if done.returncode:
            self.errors.append(done.stderr.strip().rpartition("\n")[2])
            return {}
        said: dict[str, dict[str, float]] = json.loads(done.stdout)
        return said

    # --- hand-ins

    def _path(self, student: str) -> Path:
        return self.course.root / "submitted" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"

    def _note(self, student: str) -> str:
        found = digest(self._path(student).read_bytes())
        self.files.append((student, found))
        return found

    def _hand_in(self, student: str, line: str) -> str:
        """Hand in another file in one step, as the exchange does."""
        path = self._path(student)
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook["cells"][0]["source"] = [line]
        fresh = path.with_name(".fresh")
        fresh.write_text(json.dumps(notebook), encoding="utf-8")
        os.replace(fresh, path)
        return self._note(student)

    def _loops(self) -> None:
        """Two students whose first solution never ends."""
        (release,) = (self.course.root / "release" / ASSIGNMENT).glob("*.ipynb")
        for student in ("loop-1", "loop-2"):
            notebook = json.loads(release.read_text(encoding="utf-8"))
            cell = next(c for c in notebook["cells"] if c["metadata"].get("machine_room", {}).get("role") == "solution")
            cell["source"] = [LOOP]
            self._path(student).parent.mkdir(parents=True)
            self._path(student).write_text(json.dumps(notebook), encoding="utf-8")
            self._note(student)

    # --- what it came to

    def _outcome(self, said: dict[str, dict[str, float]]) -> Outcome:
        journal = self.course.journal(ASSIGNMENT, NOTEBOOK)
        given = Counter(_given(journal))
        # each looked at by whoever was first to it, so a file that was there for a moment only has been waited for
        missing = [f"{student} {file[:8]}" for student, file in self.files if not given[student, file]]
        twice = [f"{student} {file[:8]}" for (student, file), times in given.items() if times > 1]
        entered = said.get("scores", {})
        last = {verdict.student: verdict for verdict in Journal(journal)}
        with gradebook_of(self.course.root, self.url) as book:
            rows = {row.student.id: row for row in book.assignment_submissions(ASSIGNMENT)}
            not_recorded = [name for name, verdict in last.items() if not _is_recorded(rows.get(name), verdict)]
            lost = [
                name
                for name, score in entered.items()
                if book.find_grade(MANUAL, NOTEBOOK, ASSIGNMENT, name).manual_score != score
            ]
        return Outcome(
            missing,
            twice,
            not_recorded,
            lost,
            handed_in=len(self.files),
            rounds=self.rounds,
            presses=int(said.get("counts", {}).get("presses", 0)),
            entered=int(said.get("counts", {}).get("entered", 0)),
            kills=self.killed,
            waits=tuple(self.waits),
            errors=tuple(self.errors),
        )


def _given(journal: Path) -> Iterator[tuple[str, str]]:
    """Yield whose which file every line of the journal is about; kill -9 may have left half a line."""
    for line in journal.read_text(encoding="utf-8").splitlines():
        with suppress(ValueError):
            said = json.loads(line)
            yield said["student"], said["file"]


def _is_recorded(row: object, verdict: Verdict) -> bool:
    grades = {grade.name: grade.auto_score for notebook in getattr(row, "notebooks", ()) for grade in notebook.grades}
    wanted = {cell.cell_id: cell.points for cell in verdict.cells if cell.points is not None}
    return bool(wanted) and all(grades.get(name) == points for name, points in wanted.items())


def process_of(course: Course) -> int:
    return int((course.private / serve.PID).read_text(encoding="ascii"))


def trial(root: Path, *, seconds: float, kills: int, students: int = STUDENTS, url: str = "") -> Outcome:
    """Lay out a course at `root` and let everything happen in it at once.

    Args:
        root: a folder to be made.
        seconds: for how long.
        kills: kill -9 of the process, evenly.
        students: in the class.
        url: of the gradebook's database; empty: SQLite, in the course.
    """
    make_course(root, ASSIGNMENT, students)
    (root / "autograde.toml").write_text(LIMITS, encoding="utf-8")
    if url:
        with (root / "nbgrader_config.py").open("a", encoding="utf-8") as settings:
            settings.write(f"\nc.CourseDirectory.db_url = {url!r}\n")
    course = Course(root.resolve())
    client.grade(course, ASSIGNMENT)
    try:
        return Trial(root, seconds=seconds, kills=kills, url=url).run()
    finally:
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(process_of(course), signal.SIGKILL)


def person(root: Path, seconds: float, students: Sequence[str]) -> dict[str, dict[str, float]]:
    """What somebody does at formgrader, with nbgrader's own code: a score here, the button there, one by one."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    from autograde.gradebook.database import course_config

    config = course_config(root)
    until, draw = time.monotonic() + seconds, random.Random(0)
    scores: dict[str, float] = {}
    presses = entered = 0
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    while time.monotonic() < until:
        student = draw.choice(students)
        with api.gradebook as book:
            score = round(draw.random(), 3)
            book.find_grade(MANUAL, NOTEBOOK, ASSIGNMENT, student).manual_score = score
            book.db.commit()
        scores[student], entered = score, entered + 1
        if entered % 5 == 0:
            done = api.autograde(ASSIGNMENT, student)
            if not done["success"]:
                raise RuntimeError(done.get("log") or done["error"])
            presses += 1
    return {"scores": scores, "counts": {"presses": presses, "entered": entered}}


def table(seconds: float = SECONDS, kills: int = KILLS) -> Table:
    """Ten minutes of it on each database."""
    with TemporaryDirectory() as folder, running() as server:
        urls = {"SQLite": "", "PostgreSQL": server.new_database()}
        found = [trial(Path(folder) / name, seconds=seconds, kills=kills, url=url) for name, url in urls.items()]
    shown: dict[str, Callable[[Outcome], str]] = {
        "files handed in": lambda one: str(one.handed_in),
        "of them without a verdict, with two": lambda one: f"{len(one.missing)}, {len(one.twice)}",
        "students whose gradebook holds another verdict": lambda one: str(len(one.not_recorded)),
        "scores that a person entered, lost": lambda one: f"{one.entered}, {len(one.scores_lost)}",
        "times the class was graded": lambda one: str(one.rounds),
        "presses of nbgrader's button": lambda one: str(one.presses),
        "kill -9 of the process": lambda one: str(one.kills),
        "hand-in to verdict, median": lambda one: f"{statistics.median(one.waits):.1f} s",
        "hand-in to verdict, 95th percentile": lambda one: f"{_95th(one.waits):.1f} s",
    }
    rows = [(what, *map(show, found)) for what, show in shown.items()]
    notes = [f"{seconds:.0f} s of {ASSIGNMENT} each, {STREAM} students at once handing in beside the class."]
    notes += [f"{name}: {error}" for name, one in zip(urls, found, strict=True) for error in one.errors]
    return Table("One grader process", ("what", *urls), rows, notes)


def _95th(values: Sequence[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]


if __name__ == "__main__":
    if sys.argv[1:2] == ["person"]:
        print(json.dumps(person(Path(sys.argv[2]), float(sys.argv[3]), sys.argv[4:])))
    else:
        print(table(float(sys.argv[1]) if sys.argv[1:] else SECONDS).text())
