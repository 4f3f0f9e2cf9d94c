"""Time that is fair to count: the arithmetic, and what the kernel says of a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograde.inside import waiting
from autograde.inside.waiting import AT_MOST, Reading, fair

TIMES = {
    "alone on the machine": ((2.0, 0.0, 2.0), 2.0),
    "asleep": ((30.0, 0.0, 0.0), 30.0),
    "asleep, woken for a moment": ((30.0, 0.01, 0.1), 29.99),
    "one of three": ((3.0, 2.0, 1.0), 1.0),
    "one of three, half asleep": ((6.0, 2.0, 1.0), 4.0),
    "one of a thousand": ((1000.0, 999.0, 1.0), 100.0),
    "never let in": ((10.0, 10.0, 0.0), 1.0),
    "two threads in turn on one processor": ((2.0, 1.0, 2.0), 2.0),
    "two threads on two processors": ((2.0, 0.0, 4.0), 2.0),
    "many threads on two processors": ((2.0, 1.9, 4.0), 2.0),
    "a wait longer than the time": ((1.0, 5.0, 0.4), 0.4),
    "no time at all": ((0.0, 0.0, 0.0), 0.0),
}


@pytest.mark.parametrize(("times", "expected"), TIMES.values(), ids=TIMES)
def test_what_counts_is_real_time_less_the_wait(times: tuple[float, float, float], expected: float) -> None:
    assert fair(*times) == pytest.approx(expected)


@pytest.mark.parametrize("waited", [0.0, 0.5, 1.0, 9.0, 1e9])
@pytest.mark.parametrize("cpu", [0.0, 0.5, 64.0])
def test_it_is_never_more_than_real_time_and_never_less_than_a_tenth(waited: float, cpu: float) -> None:
    assert 1.0 / AT_MOST <= fair(1.0, waited, cpu) <= 1.0


def test_threads_that_wait_side_by_side_have_waited_once() -> None:
    herd = Reading(waited={str(thread): 1.0 for thread in range(60)})
    assert herd.waited_since(Reading()) == 1.0


def test_only_what_was_waited_since_counts_and_ended_threads_take_theirs_along() -> None:
    earlier = Reading(waited={"1": 5.0, "2": 9.0})
    assert Reading(waited={"1": 5.5, "3": 0.25}).waited_since(earlier) == 0.5
    assert Reading().waited_since(earlier) == 0.0


def test_a_reading_survives_json() -> None:
    reading = Reading(1.5, {"7": 0.25})
    assert Reading.from_json(reading.to_json()) == reading


def make_proc(folder: Path, stat: str, **threads: str) -> Path:
    for thread, schedstat in threads.items():
        (folder / "7" / "task" / thread[1:]).mkdir(parents=True)
        (folder / "7" / "task" / thread[1:] / "schedstat").write_text(schedstat)
    (folder / "7" / "stat").write_text(stat)
    return folder


def test_the_numbers_stand_behind_whatever_the_process_calls_itself(tmp_path: Path) -> None:
    stat = "7 (a) R 9 9 9) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 2 0 1"
    proc = make_proc(tmp_path, stat, _7="1 2000000000 3\n", _8="1 500000000 3\n")
    ticks = os.sysconf("SC_CLK_TCK")
    assert waiting.read(7, proc) == Reading(300 / ticks, {"7": 2.0, "8": 0.5})


BROKEN = {"no number": "one two three\n", "one number": "1\n", "nothing": ""}


@pytest.mark.parametrize("schedstat", BROKEN.values(), ids=BROKEN)
def test_a_kernel_that_does_not_tell_is_no_error(tmp_path: Path, schedstat: str) -> None:
    assert waiting.read(7, make_proc(tmp_path, "7 (a) " + "0 " * 20, _7=schedstat)) is None
    assert waiting.read(8, tmp_path) is None
    assert waiting.delay_of_this_thread(tmp_path / "7" / "task" / "7") == 0.0
    assert waiting.delay_of_this_thread(tmp_path) == 0.0


def test_this_kernel_tells_of_a_process_and_of_this_thread() -> None:
    source = "import time\nwhile time.process_time() < 0.2: pass\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        reading = waiting.read(process.pid)
        process.communicate(b"\n")
    assert reading is not None
    assert 0.15 <= reading.cpu_seconds < 5.0
    assert list(reading.waited) == [str(process.pid)]
    assert waiting.read(process.pid) is None
    assert waiting.delay_of_this_thread() > 0.0
