"""A process that forks has one thread; one that is about to end is waited for, one that stays is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograde.inside import alone

HOME = Path(alone.__file__).parents[1]  # where the box has it: as a package of its own
PROGRAM = """
import sys, threading, time
sys.path.insert(0, sys.argv[1])
from inside import alone
alone.LEAVING_SECONDS = float(sys.argv[2])
ends = threading.Event()
exec(sys.argv[3])
alone.check_single_thread()
print("alone")
"""
LEAVING = {
    "none": "",
    "a timer that was cancelled": "timer = threading.Timer(60, print); timer.start(); timer.cancel()",
    "one at its last steps": "threading.Thread(target=time.sleep, args=[0.2]).start()",
}


def run(thread: str, seconds: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(HOME), str(seconds), thread]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("thread", LEAVING.values(), ids=LEAVING)
def test_a_thread_that_ends_is_waited_for(thread: str) -> None:
    assert run(thread, 30.0).stdout == "alone\n"


def test_a_thread_that_stays_is_refused() -> None:
    ended = run("threading.Thread(target=ends.wait, daemon=True).start()", 0.1)
    assert "a library started a thread when it was imported" in ended.stderr
    assert ended.stdout == ""
