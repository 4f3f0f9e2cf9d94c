"""On a busy machine: who waits for a processor is waited for, who sleeps or makes the queue is not.

Everything runs on one processor, so that two neighbours leave a third of it, whatever the machine has.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograde.contract.verdict import Outcome
from autograde.course.notebook import Cell, Role
from autograde.inside.limits import Limits
from autograde.judge.session import Breach, Session
from autograde.sandbox.process import Isolation, Sandbox

LIMITS = Limits(request_seconds=2.0)
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")  # in which the kernel counts what a process has used
COMPUTES = """
import time
def compute(seconds):
    began = time.process_time()
    while time.process_time() - began < seconds: pass
    return 1
"""
SLEEPS = "import time\ntime.sleep(30)"
# Hashing lets go of Python's lock, so all these can run, and stand in each other's way.
QUEUES_BEHIND_ITSELF = """
import hashlib, threading
def spin():
    while True: hashlib.sha256(bytes(1 << 20))
for _ in range(8): threading.Thread(target=spin).start()
spin()
"""
# Threads that come and go: what they computed goes with them, but not what they cost.
QUEUES_BEHIND_OTHERS_THAT_END = """
import hashlib, threading
block = bytes(1 << 22)
def spin(): hashlib.sha256(block)
while True:
    for _ in range(8): threading.Thread(target=spin).start()
    spin()
"""


@pytest.fixture
def one_processor() -> Iterator[None]:
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(all_of_them)})
    yield
    os.sched_setaffinity(0, all_of_them)


@pytest.fixture
def neighbours(one_processor: None) -> Iterator[None]:
    """Two busy loops, in sessions of their own like students' processes; they end even if nobody ends them."""
    command = [sys.executable, "-c", "import time\nwhile time.process_time() < 30: pass"]
    spinning = [subprocess.Popen(command, start_new_session=True) for _ in range(2)]
    yield
    for process in spinning:
        process.kill()
        process.wait()


@pytest.fixture(params=Isolation)
def session(request: pytest.FixtureRequest, tmp_path: Path, one_processor: None) -> Iterator[Session]:
    (view := tmp_path / "view").mkdir()
    tmp_path.chmod(0o755)
    with Sandbox(view, limits=LIMITS, isolation=request.param) as sandbox:
        session = Session(sandbox, LIMITS)
        session.run(Cell("first", Role.SOLUTION, "code", COMPUTES))  # the box has started before anyone is in its way
        yield session
        session.close()


def test_a_second_of_work_gets_its_second(session: Session, neighbours: None) -> None:
    compute, began, spent = session.get("compute"), time.monotonic(), session._whole.spent
    assert compute(1.0) == 1
    assert time.monotonic() - began > LIMITS.request_seconds  # which would have been too long
    ticks = 4 * TICK_SECONDS  # its own and its system's, at both ends
    assert 1.0 - ticks <= session._whole.spent - spent <= LIMITS.request_seconds + 0.5


def seconds_until_stopped(session: Session, source: str) -> float:
    began = time.monotonic()
    with pytest.raises(Breach) as caught:
        session.run(Cell("cell", Role.SOLUTION, "code", source))
    assert caught.value.outcome is Outcome.TIME_LIMIT
    assert caught.value.reason == "It was stopped after 2 seconds."
    return time.monotonic() - began


def test_sleep_is_no_wait(session: Session, neighbours: None) -> None:
    assert 2.0 <= seconds_until_stopped(session, SLEEPS) < 6.0


@pytest.mark.parametrize("source", [QUEUES_BEHIND_ITSELF, QUEUES_BEHIND_OTHERS_THAT_END])
def test_threads_that_queue_behind_each_other_gain_nothing(session: Session, source: str) -> None:
    before = session.student_cpu_seconds
    seconds_until_stopped(session, source)
    # on one processor the work of all of them is what they took, whoever else was in their way
    assert session.sandbox_cpu_seconds - before < LIMITS.request_seconds + 1.0


def test_an_endless_loop_on_a_busy_machine_ends(session: Session, neighbours: None) -> None:
    assert seconds_until_stopped(session, "while True: pass") < 10 * LIMITS.request_seconds + 2.0
