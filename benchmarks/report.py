"""What a class's report and a student's page cost: processor seconds, megabytes, kilobytes.

`python -m benchmarks report` prints the table. The classes are made up (`tests/made_up_course.py`): six of 200, one an
assignment, and one of 5,000, larger with `STUDENTS`. Each report is made by the command, in a process of its own.
Pages of feedback are those of 100 students, all written twice, the second time counted: texts of the course are ready
then, as they are after the first students of a class.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograde.gradebook.feedback import write_feedback
from benchmarks.table import Table
from tests.made_up_course import ASSIGNMENTS, lay_out, made_up_class

__all__ = ["table"]

CLASS, PAGES = 200, 100
STUDENTS = int(os.environ.get("STUDENTS", "5000"))
MOST_SECONDS, MOST_PAGE_MS, MOST_PAGE_KB = 60, 25, 60


def table() -> Table:
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for assignment in ASSIGNMENTS:
            root = Path(folder, assignment)
            lay_out(root, assignment, made_up_class(assignment, CLASS), watched=True)
            rows.append(_report(root, assignment, CLASS))
        large = Path(folder, "large")
        lay_out(large, ASSIGNMENTS[0], made_up_class(ASSIGNMENTS[0], STUDENTS), watched=True)
        rows.append(_report(large, ASSIGNMENTS[0], STUDENTS))
        for assignment in ASSIGNMENTS:
            root = Path(folder, f"pages-{assignment}")
            lay_out(root, assignment, made_up_class(assignment, PAGES), in_gradebook=True)
            rows.append(_pages(root, assignment))
    notes = (
        f"Asked for: a report of 5,000 within {MOST_SECONDS} s; a page of feedback within {MOST_PAGE_MS} ms, and of at "
        f"most {MOST_PAGE_KB} KB.",
        "Seconds are of the processor. A page's time has the gradebook's part in it; the largest page's size is told.",
    )
    return Table("Reports and pages of feedback", ("what", "seconds", "ms each", "KB", "peak MB"), rows, notes)


def _report(root: Path, assignment: str, size: int) -> tuple[str, ...]:
    """Run the command, and read from the kernel what it took."""
    command = [sys.executable, "-m", "autograde", "report", assignment, "--page", "--examples", "--course", str(root)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"autograde report ended with {process.returncode}")
    seconds = used.ru_utime + used.ru_stime
    page = (root / "reports" / f"{assignment}.html").stat().st_size
    return (
        f"report of {size:,}, {assignment}",
        f"{seconds:.1f}",
        f"{1_000 * seconds / size:.1f}",
        f"{page / 1_000:.0f}",
        f"{used.ru_maxrss / 1_024:.0f}",
    )


def _pages(root: Path, assignment: str) -> tuple[str, ...]:
    write_feedback(root, assignment)
    began = time.process_time()
    pages = write_feedback(root, assignment)
    seconds = time.process_time() - began
    largest = max(page.stat().st_size for page in pages)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024
    each = 1_000 * seconds / len(pages)
    name = f"{len(pages)} pages, {assignment}"
    return (name, f"{seconds:.1f}", f"{each:.1f}", f"{largest / 1_000:.0f}", f"{peak:.0f}")
