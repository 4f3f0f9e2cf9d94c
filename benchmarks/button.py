"""How long an instructor waits after pressing nbgrader's *Autograde* for one student: nbgrader's own, and the sandbox.

    python -m benchmarks button

What formgrader's button calls is called in a process of its own, as formgrader's server is one. The first press finds
no grader process and has it started; the next ones find it warm.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.course.folder import Course
from benchmarks.grading import ASSIGNMENTS, leave_nbgrader_as_it_is, make_course
from benchmarks.serve import process_of
from benchmarks.spending import spent_by
from benchmarks.table import Table

__all__ = ["table"]

PRESSES = 4


def press(root: Path, assignment: str, students: Sequence[str]) -> list[float]:
    """Press the button for one student after the other; return the seconds that each press took.

    Raises:
        RuntimeError: nbgrader says that it failed; with its log.
    """
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    from autograde.gradebook.database import course_config

    config = course_config(root)
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    took = []
    for student in students:
        began = time.perf_counter()
        done = api.autograde(assignment, student)
        took.append(time.perf_counter() - began)
        if not done["success"]:
            raise RuntimeError(done.get("log") or done["error"])
    return took


def _pressed(root: Path, assignment: str) -> list[float]:
    students = sorted(path.name for path in (root / "submitted").iterdir())
    command = [sys.executable, "-m", "benchmarks.button", "press", str(root), assignment, *students]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [float(seconds) for seconds in json.loads(done.stdout.splitlines()[-1])]


def measure(assignment: str) -> tuple[list[float], list[float]]:
    """Seconds of each press, by nbgrader alone and by the sandbox, on the same hand-ins."""
    with TemporaryDirectory() as folder:
        theirs, ours = Path(folder) / "nbgrader", Path(folder) / "ours"
        for root in (theirs, ours):
            make_course(root, assignment, PRESSES)
        leave_nbgrader_as_it_is(theirs)
        # nbgrader takes an assignment's tests from its gradebook: setting up is not counted.
        spent_by(theirs, "nbgrader", "generate_assignment", assignment, "--create", "--force")
        try:
            return _pressed(theirs, assignment), _pressed(ours, assignment)
        finally:
            with suppress(FileNotFoundError, ProcessLookupError):
                os.kill(process_of(Course(ours)), signal.SIGTERM)


def table(assignments: Sequence[str] = ASSIGNMENTS) -> Table:
    """Press the button for one student after the other, in each assignment."""
    rows = []
    for assignment in assignments:
        theirs, ours = measure(assignment)
        warm, usual = statistics.median(ours[1:]), statistics.median(theirs)
        rows.append((assignment, f"{usual:.1f} s", f"{ours[0]:.1f} s", f"{warm:.2f} s", f"{usual / warm:.0f} x"))
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    columns = ("assignment", "nbgrader's own", "ours, first press", "ours, the next", "times sooner")
    notes = (
        f"Seconds of real time from the press to the answer, for one honest student, of {PRESSES} in turn (medians; "
        "the first press alone starts the grader process). nbgrader's own runs the student's code with the rights of "
        f"who presses. Other programs kept the machine at a load of {os.getloadavg()[1]:.0f}.",
    )
    return Table("The button", columns, rows, notes)


if __name__ == "__main__":
    if sys.argv[1:2] == ["press"]:
        print(json.dumps(press(Path(sys.argv[2]), sys.argv[3], sys.argv[4:])))
    else:
        print(table(sys.argv[1:] or ASSIGNMENTS).text())
