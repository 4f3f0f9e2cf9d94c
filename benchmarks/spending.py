"""Run a command and count the processor seconds of everything that it started, the box's processes included.

bubblewrap ends without having waited for the box it watches over, so what was computed in there, students' code and
the zygote, is in nobody's account of their children. Here a command runs below a process of its own that adopts such
orphans (Linux's child subreaper) and ends once all of them have.

    python -P spending.py COMMAND...
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograde.inside.linux import prctl

__all__ = ["Spent", "children_seconds", "counted", "spent_by"]

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds of real time, and processor seconds of all its processes."""

    wall: float
    cpu: float


def counted(command: Sequence[str]) -> list[str]:
    """The command, below a process that ends when all that it started has ended, and has waited for it.

    What that process itself takes, about 0.05 processor seconds, is counted too.
    """
    return [sys.executable, "-P", __file__, *command]


def children_seconds() -> float:
    """Processor seconds of all children of this process that it has waited for."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def spent_by(folder: Path, *module: str) -> Spent:
    """Run `python -m` in a folder, in this environment, with a grader process of its own; return what it all took.

    Raises:
        RuntimeError: it did not end well; with what it said.
    """
    # nbgrader calls alembic by name
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "AUTOGRADE_NO_SERVE": "1"}
    command = counted([sys.executable, "-m", *module])
    began, before = time.perf_counter(), children_seconds()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(module)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return Spent(time.perf_counter() - began, children_seconds() - before)


def main(command: Sequence[str]) -> int:
    """Run the command; wait for it and for every orphan of its descendants."""
    prctl("prctl(PR_SET_CHILD_SUBREAPER)", _PR_SET_CHILD_SUBREAPER, 1)
    code = subprocess.call(command)
    with suppress(ChildProcessError):  # nobody is left
        while True:
            os.wait()
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
