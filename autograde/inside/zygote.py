"""The zygote: imports everything once, then forks a student's process whenever it is asked to.

Called by `sandbox.process`, in the box. Trust: the zygote is ours and runs no line of a student's; its forks are the
students'. A fork cannot reach it: it sees neither the zygote's process nor any of its descriptors.

The zygote talks in lines of JSON. On the control socket (descriptor 0) it says once `{"ready": true}` or `{"error":
reason}`. A request is one byte with two descriptors: the channel that the fork is to serve, and a status socket. On
the status socket it says `{"forked": pid}`, later `{"exit": code, ...}`, or `{"error": reason}` if a fork could not
be made or confined. A byte on the status socket asks what the fork has used and waited so far; the answer is
`{"so_far": reading or null}`, see `waiting`. Whoever closes the other end of a status socket kills the fork; whoever
closes the control socket ends the zygote and all forks.
"""

from __future__ import annotations

import gc
import importlib.util
import io
import json
import os
import random
import resource
import selectors
import shutil
import signal
import site
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from fcntl import F_DUPFD, fcntl
from typing import Any, NoReturn

from . import seccomp, waiting
from .alone import check_single_thread
from .confinement import BESIDE, ConfinementError, confine, mapped_bytes, set_limits
from .limits import Limits
from .linux import CLONE_NEWPID, setns, unshare

__all__ = ["KilledBy", "Order", "main"]

CONTROL, CHANNEL, STATUS = 0, 3, 4  # descriptors; the last two in a fork
SHORTEST_SECONDS = 0.1  # between two looks at what a fork has waited
MAX_DESCRIPTORS = 1024  # of the zygote: two per fork under way, and few are


class KilledBy(str, Enum):  # noqa: UP042 - StrEnum came with Python 3.11, see `environment`
    """For whom the zygote killed a fork."""

    NOBODY = ""  # it ended by itself, or the kernel ended it
    REQUEST = "request"  # the sandbox closed the status socket
    CLOCK = "clock"  # its time was up


@dataclass(frozen=True)
class Order:
    """What the sandbox tells its zygote to be, as one line of JSON on the command line."""

    limits: Limits = field(default_factory=Limits)
    isolated: bool = True  # in the box; else plain processes with limits
    student: int | None = None  # the user to become in a fork; None: stay who the zygote is
    serve: str = "inside.kernel:serve"  # what a fork ends in, as module:function(channel, limits)
    preload: tuple[str, ...] = (
        "numpy.random",
        "matplotlib.backends.backend_agg",
        "IPython.core.interactiveshell",
        "machine_room",
    )

    def to_json(self) -> str:
        return json.dumps({**vars(self), "limits": self.limits.to_json()})

    @classmethod
    def from_json(cls, text: str) -> Order:
        values = json.loads(text)
        return cls(**{**values, "limits": Limits.from_json(values["limits"]), "preload": tuple(values["preload"])})


def serve_nothing(channel: socket.socket, limits: Limits) -> None:
    """What a fork ends in when all that matters is whether it can be made."""


def _resident_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@dataclass
class _Fork:
    pid: int
    in_proc: int  # its number there, see `waiting`
    status: socket.socket
    began: float
    deadline: float
    scratch: str | None
    killed_by: KilledBy = KilledBy.NOBODY


@dataclass
class _Zygote:
    order: Order
    control: socket.socket
    forks: dict[int, _Fork] = field(default_factory=dict)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    own_pid_namespace: int = -1
    peak_bytes_at_birth: int = field(default_factory=_resident_bytes)  # of a fork: what it shares with the zygote

    def __post_init__(self) -> None:
        self.woken, self.waker = socket.socketpair()  # SIGCHLD writes a byte
        self.woken.setblocking(False)
        self.waker.setblocking(False)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self.selector.register(self.control, selectors.EVENT_READ, self.requested)
        self.selector.register(self.woken, selectors.EVENT_READ, self.reap)
        if self.order.isolated:
            self.own_pid_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)

    def run(self) -> _Inheritance:
        """Serve requests for ever; return only in a fork."""
        while True:
            for key, _ in self.selector.select(self.seconds_to_next_deadline()):
                inheritance: _Inheritance | None = key.data()
                if inheritance is not None:
                    return inheritance
            for fork in self.forks.values():
                if fork.deadline <= time.monotonic() and not fork.killed_by:
                    self.ring(fork)

    def ring(self, fork: _Fork) -> None:
        """Kill what has had its time; what has stood in a queue for a processor gets it later."""
        wall, reading = time.monotonic() - fork.began, waiting.read(fork.in_proc)
        if reading is not None:
            wall = waiting.fair(wall, reading.waited_since(waiting.Reading()), reading.cpu_seconds)
        left = self.order.limits.wall_seconds - wall
        if left > 0:
            fork.deadline = time.monotonic() + max(left, SHORTEST_SECONDS)
        else:
            self.kill(fork, KilledBy.CLOCK)

    def seconds_to_next_deadline(self) -> float | None:
        running = [fork.deadline for fork in self.forks.values() if not fork.killed_by]
        return max(0.0, min(running) - time.monotonic()) if running else None

    def requested(self) -> _Inheritance | None:
        message, descriptors, _, _ = socket.recv_fds(self.control, 1, 2)
        if not message:
            self.end()
        channel, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        scratch = None if self.order.isolated else tempfile.mkdtemp(prefix="scratch-", dir=os.getcwd())
        try:
            pid = self.fork()
        except OSError as error:
            _say(status, {"error": f"fork: {error}"})
            return None
        if pid == 0:
            return self.leave(channel.detach(), status.detach(), scratch)
        channel.close()
        _say(status, {"forked": pid})
        now = time.monotonic()
        fork = _Fork(pid, waiting.number_in_proc(pid), status, now, now + self.order.limits.wall_seconds, scratch)
        self.forks[pid] = fork
        self.selector.register(status, selectors.EVENT_READ, lambda: self.asked(fork))
        return None

    def fork(self) -> int:
        if self.order.isolated:
            # The next fork, not this process, becomes the first of a new pid namespace. A second unshare would be
            # refused; going back to one's own namespace first makes it possible.
            setns(self.own_pid_namespace, CLONE_NEWPID)
            unshare(CLONE_NEWPID, "unshare a pid namespace")
        return os.fork()

    def asked(self, fork: _Fork) -> None:
        if self.forks.get(fork.pid) is not fork:  # it was reaped while this event waited for its turn
            return
        if _asks(fork.status):
            reading = waiting.read(fork.in_proc)
            _say(fork.status, {"so_far": reading and reading.to_json()})
            return
        self.selector.unregister(fork.status)  # closed for writing: it would be readable from now on
        self.kill(fork, KilledBy.REQUEST)

    def kill(self, fork: _Fork, reason: KilledBy) -> None:
        fork.killed_by = fork.killed_by or reason
        os.kill(fork.pid, signal.SIGKILL)  # the first of its pid namespace: all of it ends
        self.kill_group(fork.pid)

    def kill_group(self, pid: int) -> None:
        if not self.order.isolated:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def reap(self) -> None:
        with suppress(BlockingIOError):
            self.woken.recv(4096)
        with suppress(ChildProcessError):
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self.kill_group(ended.si_pid)  # before it is reaped: until then the number is nobody else's
                _, status, usage = os.wait4(ended.si_pid, 0)
                self.report(self.forks.pop(ended.si_pid), os.waitstatus_to_exitcode(status), usage)

    def report(self, fork: _Fork, code: int, usage: Any) -> None:
        with suppress(KeyError):
            self.selector.unregister(fork.status)
        if fork.scratch:
            shutil.rmtree(fork.scratch, ignore_errors=True)
        cpu_seconds = usage.ru_utime + usage.ru_stime
        peak_bytes = usage.ru_maxrss * 1024
        grown_bytes = max(0, peak_bytes - self.peak_bytes_at_birth)
        said = {"exit": code, "cpu": cpu_seconds, "peak": peak_bytes, "grown": grown_bytes, "killed_by": fork.killed_by}
        _say(fork.status, said)
        fork.status.close()

    def end(self) -> NoReturn:
        for fork in self.forks.values():
            self.kill(fork, KilledBy.REQUEST)
            os.waitpid(fork.pid, 0)
            if fork.scratch:
                shutil.rmtree(fork.scratch, ignore_errors=True)
        os._exit(0)

    def leave(self, channel: int, status: int, scratch: str | None) -> _Inheritance:
        """In a fork: let go of everything that is the zygote's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.selector.close()
        for ours in (self.control, self.woken, self.waker, *(fork.status for fork in self.forks.values())):
            ours.detach()  # the descriptors are closed below, by number
        os.setsid()
        _keep_only(channel, status)
        return _Inheritance(self.order, scratch)


@dataclass(frozen=True)
class _Inheritance:
    """What a fork has: the channel at descriptor CHANNEL, its status socket at STATUS, and this."""

    order: Order
    scratch: str | None


def _asks(status: socket.socket) -> bool:
    """Whether the other end of a status socket that can be read has a question; else it is closed."""
    with suppress(ConnectionError):
        return bool(status.recv(1))
    return False


def _say(status: socket.socket, what: dict[str, Any]) -> None:
    with suppress(OSError):  # nobody listens any more
        status.sendall(json.dumps(what).encode() + b"\n")


def _keep_only(channel: int, status: int) -> None:
    channel, status = (fcntl(descriptor, F_DUPFD, 10) for descriptor in (channel, status))
    null = os.open(os.devnull, os.O_RDWR)
    for source, target in ((null, 0), (null, 1), (null, 2), (channel, CHANNEL), (status, STATUS)):
        os.dup2(source, target, inheritable=False)
    os.closerange(STATUS + 1, MAX_DESCRIPTORS)


def _be_student(inheritance: _Inheritance, serve: Callable[[socket.socket, Limits], None]) -> NoReturn:
    """The life of a fork; it never returns into the zygote's code."""
    order, code = inheritance.order, 1
    try:
        try:
            if inheritance.scratch is None:
                confine(order.limits, student=order.student)
            else:
                os.chdir(inheritance.scratch)
                _copy_beside(os.path.join("..", BESIDE))
                set_limits(order.limits, mapped_bytes(), threads=False)
        except (ConfinementError, OSError) as error:
            os.write(STATUS, json.dumps({"error": str(error)}).encode() + b"\n")
            os._exit(code)
        os.close(STATUS)
        _seed()
        serve(socket.socket(fileno=CHANNEL), order.limits)
        code = 0
    finally:
        os._exit(code)


def _copy_beside(folder: str) -> None:
    """Without a box nothing can be mounted: a copy for each fork, which honest code does not write to."""
    if not os.path.isdir(folder):
        return
    shutil.copytree(folder, ".", dirs_exist_ok=True)
    for above, _, files in os.walk("."):
        for name in files:
            os.chmod(os.path.join(above, name), 0o444)


def _seed() -> None:
    """Start the global generators alike in every fork: a cell that runs again after a breach draws the same numbers."""
    random.seed(0)
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed(0)


def _preload(order: Order) -> Callable[[socket.socket, Limits], None]:
    """Import what every fork would import, so that none has to."""
    site.sethelper()  # help(), which Python leaves out with -S
    for name in order.preload:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
    _touch_lazy_names("machine_room")
    if "matplotlib.backends.backend_agg" in sys.modules:
        _draw_once()
    module, _, function = order.serve.partition(":")
    server = importlib.import_module(module)
    getattr(server, "prepare", lambda: None)()
    serve: Callable[[socket.socket, Limits], None] = getattr(server, function)
    return serve


def _touch_lazy_names(package: str) -> None:
    module = sys.modules.get(package)
    for name in getattr(module, "__all__", ()):
        getattr(module, name)


def _draw_once() -> None:
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots().set_title("fonts are found and measured here, not in every fork")
    figure.savefig(io.BytesIO(), format="png")


def _limit_descriptors() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = min(MAX_DESCRIPTORS, hard) if hard != resource.RLIM_INFINITY else MAX_DESCRIPTORS
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _drop_inherited_memory_limit() -> None:
    """The grader bounds its own memory and cannot help handing that on; a fork's bound is its own, see `Limits`."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _try_confinement(zygote: _Zygote) -> None:
    """Make one fork that only confines itself: what this host refuses is known before the first student's turn."""
    seccomp.program(os.uname().machine)  # built here, so that no fork has to
    read, write = os.pipe()
    pid = zygote.fork()
    if pid == 0:
        try:
            confine(zygote.order.limits, student=zygote.order.student)
            _check_readable()
            os.write(write, b"confined")
        except BaseException as error:
            os.write(write, str(error).encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as said:
        reason = said.read().decode() or "the process died of it"
    os.waitpid(pid, 0)
    if reason != "confined":
        raise ConfinementError(reason)


def _check_readable() -> None:
    """In a confined process: the zygote has imported much already, but a student will import more."""
    for folder in _import_folders():
        try:
            os.listdir(folder)
        except PermissionError as error:
            raise ConfinementError(
                f"the user that students' code runs as may not read what is {folder} in the box; "
                "make it readable for others (chmod a+rX)"
            ) from error


def _import_folders() -> Iterator[str]:
    for folder in filter(os.path.isdir, sys.path):
        yield folder
        yield from (entry.path for entry in os.scandir(folder) if entry.is_dir())  # each is a mount of its own


def main(text: str) -> None:
    """Be the zygote that an `Order` in JSON describes; in a fork, become the student's process."""
    control = socket.socket(fileno=os.dup(CONTROL))
    order = Order.from_json(text)
    try:
        _limit_descriptors()
        _drop_inherited_memory_limit()
        serve = _preload(order)
        check_single_thread()
        zygote = _Zygote(order, control)
        if order.isolated:
            _try_confinement(zygote)
    except BaseException as error:
        host = isinstance(error, ConfinementError)  # the host refuses, rather than that we are broken
        _say(control, {"error": str(error) if host else f"{type(error).__name__}: {error}", "host": host})
        raise
    gc.collect()
    gc.freeze()  # a collection in a fork would write to every object's header, and so copy every page
    _say(control, {"ready": True})
    inheritance = zygote.run()
    del zygote, control, text
    _be_student(inheritance, serve)
