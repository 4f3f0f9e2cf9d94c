"""The box a student's code runs in, seen from outside.

Theory of operation
-------------------

    grader (you)        Sandbox, Process: starts the box, asks for forks, keeps channels, judges how they ended
      └─ bwrap          monitor, then pid 1 of the box: own user, pid, net, ipc, uts, mount and cgroup namespaces
          └─ zygote     ours; every library imported; no student's code ever; capabilities in the box alone
              ├─ fork   a student's process: pid 1 of a pid namespace of its own, no second process beside it
              └─ fork   another one; they cannot see each other, nor the zygote

*Privileges.* Nothing needs root. An ordinary user's students are that user, in namespaces that hold none of the
user's files. If the grader is root, its students are the user `box.STUDENT`. Before its first line a fork loses all
capabilities and gets Landlock, rlimits and a filter of system calls; `inside.confinement` has the steps and their
order.

*Pipes.* Three sockets, all Unix stream pairs made here. The control socket is the zygote's descriptor 0; a request on
it hands over the far ends of the other two. The *channel* ends in the fork: its peer is untrusted, and nobody but the
session reads it. The *status* socket ends in the zygote and is trusted: it says what the fork has waited for a
processor when it is asked, and how the fork ended; closing it kills the fork.

*Ends.* A fork ends when its code does, when the kernel ends it (CPU, a signal), when the zygote's clock does (wall
time), or when its status socket is closed: by `kill`, by `wait` past its timeout, or because the grader itself has
died. Killing the first process of a pid namespace ends everything in it; there is nothing to hunt down. If the grader
dies the box dies with it (PR_SET_PDEATHSIG, which Linux ties to the thread that started the box: keep that thread
alive). If the zygote dies, forks under way are LOST and the next `fork` starts a new one.

`Isolation.NONE` is the same program without the box: plain forks of a plain process, with rlimits and the clock and
nothing else.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import weakref
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from signal import SIGKILL, SIGXCPU, Signals
from types import TracebackType
from typing import Any

from ..course.environment import Interpreter, this_interpreter
from ..course.libraries import allowed
from ..inside.limits import Limits
from ..inside.waiting import Reading
from ..inside.zygote import KilledBy, Order
from .box import ASK_THE_DOCTOR, STUDENT, Contents, IsolationUnavailable, Proc, start_boxed, start_plain
from .ends import Exit, ExitReason
from .shelf import Shelf
from .shelf import shelves as shelves_of
from .trials import FRESH_PROC, refused

__all__ = ["Exit", "ExitReason", "Isolation", "IsolationUnavailable", "Process", "Sandbox", "SandboxError", "require"]

START_SECONDS = 120.0  # importing takes one or two; a cold disk on a busy host takes longer
ANSWER_SECONDS = 30.0  # for a fork, or for the report of one that was killed


class Isolation(StrEnum):
    """How much stands between a student's code and this machine."""

    FULL = "full"  # the box, or IsolationUnavailable
    NONE = "none"  # a plain process with limits and a clock; it can read and write what you can


class SandboxError(RuntimeError):
    """The sandbox itself failed: our fault, and no verdict on a student."""


class _Lines:
    """Lines of JSON from the zygote."""

    def __init__(self, source: socket.socket) -> None:
        self._source = source
        self._pending = b""

    def next(self, timeout: float) -> dict[str, Any]:
        """The next line; {} at the end. TimeoutError after `timeout` seconds without one."""
        self._source.settimeout(timeout)
        while b"\n" not in self._pending:
            try:
                more = self._source.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                return {}
            self._pending += more
        line, _, self._pending = self._pending.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message


KILLED = {
    ExitReason.KILLED: "The process was killed by the grader.",
    ExitReason.WALL_LIMIT: "The process did not end in the time that the grader had for it.",
}


class Process:
    """One fork: a student's process. Its `channel` is an AF_UNIX stream socket whose peer is untrusted.

    Made by `Sandbox.fork`. Kill it or wait for it: an abandoned one ends when this object is collected.
    """

    def __init__(self, channel: socket.socket, status: socket.socket, limits: Limits, *, isolated: bool) -> None:
        self.channel = channel
        self._status = status
        self._lines = _Lines(status)
        self._limits = limits
        self._isolated = isolated
        self._killed_for = ExitReason.KILLED
        self._said: dict[str, Any] | None = None  # how it ended, where that was said when something else was asked
        self._exit: Exit | None = None
        self._close = weakref.finalize(self, lambda: [*map(socket.socket.close, (channel, status))])

    def _forked(self) -> bool:
        """Whether the zygote has made the fork; False if the zygote is gone."""
        said = self._lines.next(ANSWER_SECONDS)
        if "error" in said:
            raise SandboxError(f"The sandbox could not start a process for a submission: {said['error']}.")
        return "forked" in said

    def so_far(self) -> Reading | None:
        """What the process has used and waited up to now; None where it has ended, or nobody can tell."""
        if self._exit is not None or self._said is not None:
            return None
        try:
            self._status.send(b"?")
            said = self._lines.next(ANSWER_SECONDS)
        except OSError:  # a timeout is one
            return None
        if "so_far" in said:
            return None if said["so_far"] is None else Reading.from_json(said["so_far"])
        self._said = said
        return None

    def kill(self) -> None:
        """SIGKILL to the process and all that is in its pid namespace; idempotent, does not wait."""
        with suppress(OSError):
            self._status.shutdown(socket.SHUT_WR)

    def wait(self, timeout: float) -> Exit:
        """How the process ended; after `timeout` seconds it is killed, and the reason is WALL_LIMIT.

        Closes the channel. A second call returns the same Exit.
        """
        if self._exit is None:
            try:
                said = self._report(timeout)
            finally:
                self._close()
            self._exit = self._judge(said)
        return self._exit

    def _report(self, timeout: float) -> dict[str, Any]:
        try:
            return self._end(max(timeout, 0.001))
        except TimeoutError:
            self._killed_for = ExitReason.WALL_LIMIT
            self.kill()
        try:
            return self._end(ANSWER_SECONDS)
        except TimeoutError:
            return {}

    def _end(self, timeout: float) -> dict[str, Any]:
        """What the zygote says of the end; answers that came too late for their question are passed over."""
        said = self._said
        while said is None or "so_far" in said:
            said = self._lines.next(timeout)
        return said

    def _judge(self, said: dict[str, Any]) -> Exit:
        if "exit" not in said:
            return Exit(ExitReason.LOST, said.get("error", "The sandbox's zygote died."), 0.0, 0)
        reason, detail = self._reason(said["exit"], said["cpu"], said["grown"], KilledBy(said["killed_by"]))
        return Exit(reason, detail, said["cpu"], said["peak"])

    def _reason(self, code: int, cpu_seconds: float, grown_bytes: int, killed_by: KilledBy) -> tuple[ExitReason, str]:
        limits = self._limits
        if code == 0:
            return ExitReason.FINISHED, "The process ended by itself, with exit code 0."
        if code == -SIGKILL and killed_by is KilledBy.CLOCK:
            return ExitReason.WALL_LIMIT, f"The process had run for {limits.wall_seconds:g} seconds."
        if code == -SIGKILL and killed_by is KilledBy.REQUEST:
            return self._killed_for, KILLED[self._killed_for]
        # The kernel samples at ticks what it compares with the limit; the time it reports afterwards is exact.
        if code in (-SIGKILL, -SIGXCPU) and cpu_seconds >= 0.5 * limits.cpu_seconds:
            return ExitReason.CPU_LIMIT, f"The process had used its {limits.cpu_seconds} seconds of processor time."
        if grown_bytes >= 0.9 * limits.memory_bytes:
            return ExitReason.MEMORY_LIMIT, f"The process died after it had used {grown_bytes >> 20} MiB of memory."
        if code == -SIGKILL and self._isolated:
            # Nobody else can send it: inside its namespace the process is init, which SIGKILL does not reach.
            return ExitReason.MEMORY_LIMIT, "The kernel killed the process: the machine had run out of memory."
        if code < 0:
            return ExitReason.CRASHED, f"The process died of {_signal_name(-code)}."
        return ExitReason.EXITED, f"The process ended by itself, with exit code {code}."


def _pair(ours: ExitStack, theirs: ExitStack) -> tuple[socket.socket, socket.socket]:
    one, other = socket.socketpair()
    return ours.enter_context(one), theirs.enter_context(other)


def _signal_name(number: int) -> str:
    return Signals(number).name if number in set(Signals) else f"signal {number}"


class _Running:
    """A box with a zygote that is ready."""

    def __init__(self, contents: Contents, order: Order, proc: Proc = Proc.FRESH) -> None:
        with ExitStack() as opened:
            self._errors = opened.enter_context(tempfile.TemporaryFile())
            self.control, theirs = socket.socketpair()
            opened.enter_context(self.control)
            with theirs:
                if order.isolated:
                    self._process = start_boxed(contents, order, theirs.fileno(), self._errors, proc)
                else:
                    home = tempfile.TemporaryDirectory(prefix="autograde-", ignore_cleanup_errors=True)
                    place = Path(opened.enter_context(home))
                    self._process = start_plain(contents, order, theirs.fileno(), self._errors, place)
            opened.callback(self._end_process)
            self._await_ready(isolated=order.isolated)
            self.end = opened.pop_all().close

    def _await_ready(self, *, isolated: bool) -> None:
        try:
            said = _Lines(self.control).next(START_SECONDS)
        except TimeoutError:
            said = {"error": f"it was not ready after {START_SECONDS:g} seconds"}
        if "ready" in said:
            return
        if said.get("host") or (isolated and not said):
            reason = said.get("error") or self._last_words()
            raise IsolationUnavailable(f"This machine cannot isolate students' code: {reason}. {ASK_THE_DOCTOR}")
        raise SandboxError(f"The sandbox did not start: {said.get('error') or self._last_words()}.")

    def _last_words(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1].rstrip(".") if lines else f"it ended with exit code {self._process.returncode}, without a word"

    def ask(self, channel: socket.socket, status: socket.socket) -> bool:
        """Ask for a fork; False if the zygote is gone."""
        try:
            socket.send_fds(self.control, [b"f"], [channel.fileno(), status.fileno()])
        except OSError:
            return False
        return True

    @property
    def pid(self) -> int:
        """Of bwrap, or of the zygote if there is no box."""
        return self._process.pid

    def _end_process(self) -> None:
        self.control.close()  # which is how it is told
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _started(contents: Contents, order: Order) -> _Running:
    """A box with a /proc of its own, or where this host does not let one be mounted, with this place's."""
    global _proc
    try:
        return _Running(contents, order, _proc)
    except IsolationUnavailable:
        if _proc is Proc.BOUND or not order.isolated or not refused(FRESH_PROC):
            raise
    running = _Running(contents, order, Proc.BOUND)
    _proc = Proc.BOUND
    return running


_proc = Proc.FRESH  # what the last box of this process could have


class Sandbox:
    """One box with one zygote in it, for one worker and one assignment; starts at the first `fork`.

    Called by: `session`, which forks, talks over the channel, and kills or waits. Trust: what `view` holds can be
    read by students. Not thread-safe: a worker has its own.

    Args:
        view: a folder with the students' `machine_room/` and nothing secret.
        limits: what each fork may use.
        isolation: FULL, or by explicit request NONE.
        shelves: the libraries that students' code may import; None for what it always may.
        preload: modules of these that every fork would import, beside those that it always does.
        interpreter: the Python of an environment of the course's own; None: the one that this process runs in.

    Raises:
        LibrariesError: at once, where `shelves` is None and those libraries are not installed as they should be.
        IsolationUnavailable: at the first fork, if this host cannot isolate; ask early with `require`.

    Example:
        with Sandbox(Path("view")) as sandbox:
            process = sandbox.fork()
            process.channel.sendall(request)
            process.wait(10.0).reason
    """

    def __init__(
        self,
        view: Path,
        *,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        isolation: Isolation = Isolation.FULL,
        shelves: Sequence[Shelf] | None = None,
        preload: Sequence[str] = (),
        interpreter: Interpreter | None = None,
        _order: Order = Order(),  # noqa: B008 - frozen; the tests' way to serve something else
    ) -> None:
        isolated = isolation is Isolation.FULL
        student = STUDENT if isolated and os.geteuid() == 0 else None
        shown = shelves_of(allowed()) if shelves is None else shelves
        self._contents = Contents(view, shown, interpreter or this_interpreter())
        loaded = (*_order.preload, *preload)
        self._order = replace(_order, limits=limits, isolated=isolated, student=student, preload=loaded)
        self._running: _Running | None = None
        self._finalizer = weakref.finalize(self, lambda: None)

    def fork(self) -> Process:
        """A fresh fork of the zygote in namespaces of its own; starts the box if there is none (any more).

        Raises:
            IsolationUnavailable: this host cannot isolate.
            SandboxError: the box does not start, or cannot fork.
        """
        process = self._try_fork(self._running or self._start())
        if process is None:
            process = self._try_fork(self._start())
        if process is None:
            raise SandboxError("The sandbox's zygote died twice before it could fork.")
        return process

    def _start(self) -> _Running:
        self.close()
        self._running = running = _started(self._contents, self._order)
        self._finalizer = weakref.finalize(self, running.end)
        return running

    def _try_fork(self, running: _Running) -> Process | None:
        with ExitStack() as ours:
            with ExitStack() as theirs:
                channel, their_channel = _pair(ours, theirs)
                status, their_status = _pair(ours, theirs)
                asked = running.ask(their_channel, their_status)
            process = Process(channel, status, self._order.limits, isolated=self._order.isolated)
            if not asked or not process._forked():
                return None
            ours.pop_all()
            return process

    def close(self) -> None:
        """End the box and every process in it; idempotent. A later `fork` starts a new one."""
        self._finalizer()
        self._running = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def require(isolation: Isolation) -> None:
    """Return if this host can give `isolation`; takes some 50 ms: a box starts, and one process in it is confined.

    Raises:
        IsolationUnavailable: it cannot; the sentence says what is missing.
    """
    if isolation is Isolation.NONE:
        return
    trial = Order(preload=(), serve="inside.zygote:serve_nothing")
    with tempfile.TemporaryDirectory() as folder:
        (empty := Path(folder, "view")).mkdir()
        with Sandbox(empty, shelves=(), _order=trial) as sandbox:
            process = sandbox.fork()
            process.kill()
            process.wait(ANSWER_SECONDS)
