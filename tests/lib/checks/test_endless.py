"""A loop without end, and `exit()`, end in a sentence where somebody works in a notebook."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from machine_room.checks import endless, run
from machine_room.checks.endless import DEAF_ROUNDS, NOT_STOPPED, Watch
from machine_room.checks.run import CheckFailed, check


def loops():
    while True:
        pass


def waits_for_a_change():
    left = 1
    while left > 0:
        left = left * 1


def swallows_interrupts():
    for _ in range(3):  # as often as a bare `except:` in a loop swallows it
        try:
            loops()
        except:  # noqa: E722
            continue
    loops()


def sums_without_end():
    total, step = 0.0, 1
    while total < 2:
        total += 0.5**step
        step += 1
        total = min(total, 1.5)


LOOPS = [loops, waits_for_a_change, swallows_interrupts, sums_without_end]


def _exercise_that(body: Callable[[], Any]) -> Any:
    def relative_error(a, b):
        return body()

    return relative_error


@pytest.fixture
def in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "in_notebook", lambda: True)
    monkeypatch.setattr(run, "_for_its_author", lambda exercise, function, result: result)
    monkeypatch.setattr(run, "_display", lambda result: True)
    monkeypatch.setattr(endless, "MOST_SECONDS", 0.2)  # of processor time: a busy machine does not shorten it
    monkeypatch.setattr(endless, "PAUSE_SECONDS", 0.01)


@pytest.mark.usefixtures("in_a_notebook")
@pytest.mark.parametrize("body", LOOPS)
def test_a_loop_without_end_is_stopped_and_told(body: Callable[[], Any]) -> None:
    with pytest.raises(CheckFailed) as failed:
        check(_exercise_that(body))
    result = failed.value.result
    assert (result.outcome, result.points_share) == ("error", 0.0)
    assert str(result.hint).startswith(
        "relative_error did not come to an end in 0.2 seconds: is there a loop that never stops?"
    )


@pytest.mark.usefixtures("in_a_notebook")
def test_what_comes_to_an_end_is_never_interrupted_afterwards() -> None:
    def relative_error(a, b):
        return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))

    for _ in range(5):
        assert check(relative_error).passed
    assert not [one for one in threading.enumerate() if one.name.endswith("(_watch)") and not one.daemon]


@pytest.mark.usefixtures("in_a_notebook")
def test_the_students_own_interrupt_stays_one() -> None:
    def interrupts():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(_exercise_that(interrupts))


@pytest.mark.usefixtures("in_a_notebook")
@pytest.mark.parametrize("end", [sys.exit, lambda: sys.exit(0), lambda: sys.exit("done"), exit, quit])
def test_ending_python_is_told_and_ends_nothing(end: Callable[[], Any]) -> None:
    with pytest.raises(CheckFailed) as failed:
        check(_exercise_that(end))
    assert "ends Python" in str(failed.value.result.hint)


def test_a_loop_that_hears_no_interrupt_is_told_how_to_stop_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = threading.Event()
    interrupts: list[int] = []

    def deaf() -> None:
        interrupts.append(1)
        if len(interrupts) > DEAF_ROUNDS:
            heard.set()

    monkeypatch.setattr(endless, "PAUSE_SECONDS", 0.001)
    monkeypatch.setattr("_thread.interrupt_main", deaf)
    with Watch(0.0) as watch:
        assert heard.wait(60)
    assert watch.fired
    assert NOT_STOPPED in capsys.readouterr().out


def test_outside_of_the_main_thread_nobody_is_interrupted() -> None:
    seen: list[bool] = []

    def work() -> None:
        with Watch(0.0) as watch:
            seen.append(watch._thread is None)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True]


def test_in_a_real_kernel_the_line_is_named_and_the_kernel_lives_on(tmp_path: Path) -> None:
    cells = [
        "from machine_room import check\nfrom machine_room.checks import endless\nendless.MOST_SECONDS = 0.5",
        "def relative_error(a, b):\n    while True:\n        pass",
        "check(relative_error)",
        "print('alive')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    ).execute(env={**os.environ, "NO_COLOR": "1"})
    shown = "".join(str(output) for output in notebook.cells[2].outputs)
    assert "relative_error did not come to an end in 0.5 seconds" in shown
    assert re.search(r"It was at line [23] of the cell", shown)
    assert notebook.cells[3].outputs[0].text == "alive\n"
