"""Autograding a class, isolation on, beside `nbgrader autograde`, which has none: the same files, in the same run.

`python -m benchmarks.grading` prints the table. Both are timed as an instructor meets them, from the command to the
prompt, gradebook and autograded/ included; ours also on a larger class, where starting the workers no longer counts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.course.build import build
from autograde.course.folder import Course
from autograde.trial.synthetic import Submission, class_of, write_class
from benchmarks.table import Table

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENT = "01-backprop"
STUDENTS = 20
LARGE = 400


def make_course(root: Path, students: int) -> list[Submission]:
    """Lay out a course folder at `root` in which `students` honest students have handed in."""
    shutil.copytree(REPOSITORY / "course" / ASSIGNMENT, root / "course" / ASSIGNMENT)
    shutil.copyfile(REPOSITORY / "nbgrader_config.py", root / "nbgrader_config.py")
    build(root, [ASSIGNMENT])
    course = Course(root.resolve())
    (master,) = course.masters(ASSIGNMENT)
    release = root / "release" / ASSIGNMENT / master.name
    honest = [one for one in class_of(release, master, ASSIGNMENT, 2 * students) if one.honest][:students]
    write_class(root, ASSIGNMENT, master.stem, honest)
    return honest


def _leave_nbgrader_as_it_is(root: Path) -> None:
    """Take our plug-in out of the settings: `nbgrader autograde` would ask us."""
    settings = root / "nbgrader_config.py"
    lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    settings.write_text("".join(line for line in lines if "autograde.plugin" not in line), encoding="utf-8")


def seconds_of(root: Path, *command: str) -> float:
    """Run a command of this environment in the course folder; return how long it took."""
    # nbgrader calls alembic by name
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "AUTOGRADE_NO_SERVE": "1"}
    began = time.perf_counter()
    ended = subprocess.run([sys.executable, "-m", *command], cwd=root, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return time.perf_counter() - began


def table(students: int = STUDENTS, large: int = LARGE) -> Table:
    """Grade the class with both, and the larger one with ours."""
    with TemporaryDirectory() as folder:
        ours, theirs, many = (Path(folder) / name for name in ("ours", "nbgrader", "large"))
        make_course(ours, students)
        make_course(theirs, students)
        _leave_nbgrader_as_it_is(theirs)
        make_course(many, large)
        # nbgrader takes an assignment's tests from its gradebook, ours from source/: setting up is not timed.
        seconds_of(theirs, "nbgrader", "generate_assignment", ASSIGNMENT, "--create", "--force")
        mine = seconds_of(ours, "autograde", "grade", ASSIGNMENT)
        them = seconds_of(theirs, "nbgrader", "autograde", ASSIGNMENT, "--create")
        mine_large = seconds_of(many, "autograde", "grade", ASSIGNMENT)
    rows = [
        _row(f"nbgrader autograde, {students} students, no isolation", them, students, them / students),
        _row(f"autograde grade, {students} students, isolated", mine, students, them / students),
        _row(f"autograde grade, {large} students, isolated", mine_large, large, them / students),
    ]
    notes = [f"Honest submissions of {ASSIGNMENT}; from the command to the prompt, gradebook written. Aim: 50 times."]
    return Table("Autograding", ("command", "whole run", "a submission", "times as fast"), rows, notes)


def _row(name: str, seconds: float, students: int, reference: float) -> tuple[str, ...]:
    each = seconds / students
    return name, f"{seconds:.1f} s", f"{each * 1e3:.0f} ms", f"{reference / each:.0f} x"


if __name__ == "__main__":
    print(table().text())
