"""Start students' processes in which nothing runs: `python -m benchmarks.empty_forks ASSIGNMENT FOLDER COUNT`.

What one of them costs is the difference between many and few (`grading`).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

from autograde.grading.run import withheld_for
from autograde.inside.limits import Limits
from autograde.judge.session import Session
from autograde.sandbox.process import Isolation, Sandbox
from autograde.sandbox.student_view import write_view

__all__ = ["start"]


def start(assignment: str, folder: Path, count: int) -> float:
    """Start and end so many processes in one box; return the processor seconds that they took themselves."""
    view, limits, spent = folder / "view", Limits(), 0.0
    write_view(view, withheld_for(assignment))
    with Sandbox(view, limits=limits, isolation=Isolation.FULL) as sandbox:
        for _ in range(count):
            session = Session(sandbox, limits)
            with suppress(NameError):
                session.get("nothing")  # the first request makes the process, and its answer says that it serves
            session.close()
            spent += session.sandbox_cpu_seconds
    return spent


if __name__ == "__main__":
    start(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
