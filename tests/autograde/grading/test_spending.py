"""What the benchmarks say a run costs: students' processes are in it, which the box that ends does not wait for."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograde.gradebook.database import course_config
from benchmarks import empty_forks
from benchmarks.grading import leave_nbgrader_as_it_is
from benchmarks.spending import children_seconds, counted, spent_by

ORPHAN = """
import os, sys, time
if os.fork() == 0:
    if os.fork() == 0:
        while time.process_time() < {seconds}:
            pass
    os._exit(0)  # as bubblewrap: nobody waits for who computes
sys.exit({code})
"""

A_STUDENT_WHO_COMPUTES = """
import sys, time
from pathlib import Path
from autograde.course.notebook import Cell, Role
from autograde.inside.limits import Limits
from autograde.judge.session import Session
from autograde.sandbox.process import Sandbox
from autograde.sandbox.student_view import write_view
write_view(Path(sys.argv[1]) / "view", ())
with Sandbox(Path(sys.argv[1]) / "view") as sandbox:
    session = Session(sandbox, Limits())
    session.run(Cell("long", Role.EXTRA, "code", "import time\\nwhile time.process_time() < 1: pass"))
    session.close()
print(time.process_time())
"""


def test_what_an_orphan_computes_is_counted_and_waited_for() -> None:
    before = children_seconds()
    subprocess.run(counted([sys.executable, "-c", ORPHAN.format(seconds=0.5, code=0)]), check=True)
    assert children_seconds() - before >= 0.5


def test_the_exit_code_is_the_commands() -> None:
    assert subprocess.call(counted([sys.executable, "-c", ORPHAN.format(seconds=0.0, code=3)])) == 3


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)no_such_module ended with 1:.*No module named"):
        spent_by(tmp_path, "no_such_module")


def test_what_a_student_computes_in_the_box_is_counted(tmp_path: Path) -> None:
    before = children_seconds()
    command = counted([sys.executable, "-c", A_STUDENT_WHO_COMPUTES, str(tmp_path)])
    ours = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert children_seconds() - before >= ours + 1.0


def test_a_fork_in_which_nothing_runs_is_one(tmp_path: Path) -> None:
    assert empty_forks.start("01-backprop", tmp_path, 1) > 0


def test_beside_us_stands_nbgrader_with_the_courses_other_settings(tmp_path: Path) -> None:
    """nbgrader goes on without a file of settings that fails: its figures would be another course's."""
    shutil.copy(Path(__file__).resolve().parents[3] / "nbgrader_config.py", tmp_path)
    leave_nbgrader_as_it_is(tmp_path)
    config = course_config(tmp_path)
    assert "autograde" not in str(config)
    assert config.CourseDirectory.course_id == "machine-room"
