"""Ctrl-C while real workers grade: one sentence, nobody left behind, and the next run goes on from there."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from autograde.course.folder import Course
from autograde.grading import client, protocol, serve

from . import test_run
from .test_run import ASSIGNMENT, RIGHT, SLOW, hand_in, scores

course = test_run.course
SAYS = "\nautograde: Interrupted. What was graded until now is kept: the same command goes on from there.\n"
WAIT = 120.0
LIMITS = "[limits]\nrequest_seconds = 15\nsubmission_seconds = 15\n"  # a grader process goes on with what has begun


def to_the_group(pid: int) -> None:
    """As a terminal sends it."""
    os.killpg(pid, signal.SIGINT)


def to_the_command(pid: int) -> None:
    """As `kill -INT` sends it."""
    os.kill(pid, signal.SIGINT)


def again_and_again(pid: int) -> None:
    """As an impatient person sends it."""
    for _ in range(20):
        with suppress(ProcessLookupError):
            to_the_group(pid)
            time.sleep(0.01)


def a_verdict(course: Course) -> bool:
    path = course.journal(ASSIGNMENT, "small")
    return path.exists() and b"\n" in path.read_bytes()


def workers_start(course: Course) -> bool:
    """What they need was written just now; they import, or their boxes do."""
    return (course.private / "view" / ASSIGNMENT / "machine_room").is_dir()


@dataclass(frozen=True)
class Interrupt:
    arguments: tuple[str, ...]
    when: Callable[[Course], bool]
    send: Callable[[int], None]


ALONE, SERVED = ("--no-serve",), ()
INTERRUPTS = {
    "a run by itself, with a verdict": Interrupt(ALONE, a_verdict, to_the_group),
    "a run by itself, its workers starting": Interrupt(ALONE, workers_start, to_the_group),
    "a run by itself, and not its workers": Interrupt(ALONE, a_verdict, to_the_command),
    "a run by itself, again and again": Interrupt(ALONE, a_verdict, again_and_again),
    "a run that has it graded, with a verdict": Interrupt(SERVED, a_verdict, to_the_group),
    "a run that has it graded, workers starting": Interrupt(SERVED, workers_start, to_the_group),
}


@pytest.mark.parametrize("name", INTERRUPTS)
def test_an_interrupted_run_ends_in_one_sentence_and_alone_and_the_next_one_goes_on(
    course: Course, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    row = INTERRUPTS[name]
    monkeypatch.delenv("AUTOGRADE_NO_SERVE")
    (course.root / "autograde.toml").write_text(LIMITS)
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "zoe", relative_error=SLOW)
    with no_grader_left(course):
        with begun(course, *row.arguments) as command:
            until(lambda: row.when(course) or command.poll() is not None)
            below = descendants(command.pid)
            row.send(command.pid)
            said = command.communicate(timeout=WAIT)
        assert (command.returncode, *said) == (130, "", SAYS)
        until(lambda: not any(is_alive(one) for one in below))
        assert row.when is workers_start or graded(course) == ["ada"]
        hand_in(course, "zoe", **RIGHT)
        with begun(course, *row.arguments) as command:
            assert command.communicate(timeout=WAIT)[1] == ""
        assert command.returncode == 0
        assert scores(course) == {"ada": 3.5, "zoe": 3.5}
        assert graded(course).count("ada") == 1, "what was graded is kept"


def is_killed(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def ends_by_itself(pid: int) -> None:
    """Nobody has asked for a while."""


@pytest.mark.parametrize("end", [is_killed, ends_by_itself])
def test_of_a_grader_process_with_spare_workers_nothing_is_left(course: Course, end: Callable[[int], None]) -> None:
    """Also of those in the making: one that ends by itself after a second has not made all of them."""
    wanted = 2 if end is is_killed else 1
    command = [sys.executable, "-m", "autograde", "serve", "--course", str(course.root), "--workers", "1"]
    with subprocess.Popen([*command, "--idle", "3600" if end is is_killed else "1"]) as process:
        try:
            until((course.private / protocol.SOCKET).exists)
            client.wake(course, [ASSIGNMENT])
            until(lambda: len(workers_below(process.pid)) >= wanted)
            below = descendants(process.pid)
            end(process.pid)
            process.wait(WAIT)
            until(lambda: not any(is_alive(one) for one in below))
        finally:
            process.kill()


def workers_below(pid: int) -> list[int]:
    """The processes that grade; each has a box below it, once it has graded."""
    return [one for one, _ in descendants(pid) if b"spawn_main" in command_of(one)]


def command_of(pid: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@contextmanager
def begun(course: Course, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`autograde grade` with two workers, in a process group of its own."""
    command = [sys.executable, "-m", "autograde", "grade", ASSIGNMENT, "--workers", "2", *arguments]
    with subprocess.Popen(
        [*command, "--course", str(course.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def no_grader_left(course: Course) -> Iterator[None]:
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.kill(int((course.private / serve.PID).read_text()), signal.SIGKILL)


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.01)


def graded(course: Course) -> list[str]:
    """Whose verdicts are in the journal, in the order in which they came."""
    return [json.loads(line)["student"] for line in course.journal(ASSIGNMENT, "small").read_bytes().splitlines()]


# --- processes, by number and by the time they began: numbers come again

Process = tuple[int, str]


def stat_of(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return []


def is_alive(process: Process) -> bool:
    stat = stat_of(process[0])
    return bool(stat) and stat[19] == process[1] and stat[0] not in "ZX"


def descendants(root: int) -> list[Process]:
    """The process and all below it, also in other sessions and groups."""
    stats = {int(path.name): stat_of(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found, left = [], [root]
    while left:
        pid = left.pop()
        if stat := stats.get(pid):
            found.append((pid, stat[19]))
        left += [below for below, stat in stats.items() if stat and int(stat[1]) == pid]
    return found
