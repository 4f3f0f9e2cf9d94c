"""A call is sent when the one before it is answered: nothing of a later one can be found while a function runs.

All calls of a check in one message would cost less. But a later case's arguments can hold an earlier one's answer: the
state that Adam goes on from is what the step before should have returned.
"""

from __future__ import annotations

import os
import socket
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograde.course.notebook import Cell, Role
from autograde.inside.limits import Limits
from autograde.judge.session import Session
from machine_room.checks import run_check
from machine_room.checks.answers import answers
from machine_room.exercises import find

from .conftest import ForkingSandbox

SEED = 7
STEPS = ("adam_step", "nadam_step", "adamw_step")
#: Ways to see what waits in a socket; `look(descriptor)` says whether anything does.
WAYS = {
    "asks how much there is": """
        import array, fcntl, termios
        def look(descriptor):
            size = array.array("i", [0])
            fcntl.ioctl(descriptor, termios.FIONREAD, size)
            return size[0] > 0
    """,
    "waits for more": """
        import select
        def look(descriptor):
            return bool(select.select([descriptor], [], [], 0.02)[0])
    """,
    "reads without taking": """
        import os, socket
        def look(descriptor):
            with socket.socket(fileno=os.dup(descriptor)) as channel:
                try:
                    return bool(channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
                except BlockingIOError:
                    return False
    """,
    "takes what comes": """
        import os
        def look(descriptor):
            os.set_blocking(descriptor, False)
            try:
                return bool(os.read(descriptor, 1 << 16))
            except BlockingIOError:
                return False
            finally:
                os.set_blocking(descriptor, True)
    """,
}
LOOKS_IN_ITS_SOCKETS = """
import os, stat
calls, found = [], []
def sockets():
    for name in os.listdir("/proc/self/fd"):
        try:
            if int(name) not in OTHERS and stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                yield int(name)
        except OSError:
            pass
def adam_step(*args, **kwargs):
    calls.append(0)
    found.append([look(descriptor) for descriptor in sockets()])
"""


def looking(way: str) -> Callable[[int], bool]:
    names: dict[str, Any] = {}
    exec(textwrap.dedent(WAYS[way]), names)
    look: Callable[[int], bool] = names["look"]
    return look


@pytest.mark.parametrize("way", WAYS)
def test_a_way_to_look_ahead_finds_what_is_there(way: str) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not looking(way)(theirs.fileno())
        ours.send(b"the next call")
        assert looking(way)(theirs.fileno())


@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_the_next_call_has_come_while_one_runs(way: str, sandbox: ForkingSandbox, limits: Limits) -> None:
    others = f"OTHERS = {sorted(map(int, os.listdir('/proc/self/fd')))}"  # the fork inherits what this process has open
    source = "\n".join((others, textwrap.dedent(WAYS[way]), LOOKS_IN_ITS_SOCKETS))
    session = Session(sandbox, limits)  # type: ignore[arg-type] # stands in for a sandbox
    session.run(Cell("ahead", Role.EXTRA, "code", source))
    result = run_check(find("adam_step"), session.get("adam_step"), seed=SEED, hidden=True)
    found = session.get("found")
    session.close()
    assert not result.passed
    assert len(found) == len(answers(find("adam_step"), SEED).cases) > 5
    assert all(found)  # there is a socket, and it is looked into
    assert not any(map(any, found))


@pytest.mark.parametrize("name", STEPS)
def test_a_later_case_holds_an_earlier_answer(name: str) -> None:
    known = answers(find(name), SEED)
    state = known.expected[0].value[1:]
    assert any(
        all(any(np.array_equal(part, value) for value in case.args) for part in state) for case in known.cases[1:]
    )
