"""A sandbox without walls: forks of the test process that run the kernel, so that the judge can be tested anywhere."""

from __future__ import annotations

import builtins
import faulthandler
import os
import resource
import select
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace

import matplotlib
import pytest
from matplotlib_inline.config import InlineBackend

from autograde.inside import kernel, waiting
from autograde.inside.limits import Limits
from autograde.inside.shell import Shell
from autograde.inside.waiting import Reading
from autograde.sandbox.process import Exit, ExitReason

Serve = Callable[[socket.socket, Limits], None]
LIMITS = Limits(request_seconds=10.0, cpu_seconds=20, output_bytes=20_000)


class ForkedProcess:
    """A fork of this process that answers on a socket; dies by signal like the real one."""

    def __init__(self, limits: Limits, serve: Serve) -> None:
        self.channel, theirs = socket.socketpair()
        self.exit: Exit | None = None
        self.killed = False
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self.channel.close()
                faulthandler.disable()
                resource.setrlimit(resource.RLIMIT_CPU, (limits.cpu_seconds, limits.cpu_seconds + 1))
                resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
                serve(theirs, limits)
            finally:
                os._exit(0)
        theirs.close()
        self.handle = os.pidfd_open(self.pid)

    def so_far(self) -> Reading | None:
        return waiting.read(self.pid) if self.exit is None else None

    def kill(self) -> None:
        if self.exit is None:
            self.killed = True
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def wait(self, timeout: float) -> Exit:
        if self.exit is None:
            poll = select.poll()
            poll.register(self.handle, select.POLLIN)
            late = not poll.poll(timeout * 1000)
            if late:
                self.kill()
            _, status, usage = os.wait4(self.pid, 0)
            os.close(self.handle)
            reason = ExitReason.WALL_LIMIT if late else self._reason(status)
            self.exit = Exit(reason, f"ended: {reason.value}", usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
        return self.exit

    def _reason(self, status: int) -> ExitReason:
        if self.killed:
            return ExitReason.KILLED
        if os.WIFSIGNALED(status):
            return ExitReason.CPU_LIMIT if os.WTERMSIG(status) == signal.SIGXCPU else ExitReason.CRASHED
        return ExitReason.EXITED if os.WEXITSTATUS(status) else ExitReason.FINISHED


class ForkingSandbox:
    """Stands in for `autograde.sandbox.process.Sandbox`; its forks can be counted, and made to serve something else."""

    def __init__(self, limits: Limits = LIMITS, serve: Serve = kernel.serve) -> None:
        self.limits = limits
        self.serve = serve
        self.processes: list[ForkedProcess] = []

    def fork(self) -> ForkedProcess:
        self.processes.append(ForkedProcess(self.limits, self.serve))
        return self.processes[-1]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(5)
            process.channel.close()


@pytest.fixture(scope="module", autouse=True)
def shell() -> Iterator[None]:
    """The shell that forks inherit, prepared once; other modules' tests find the process as it was."""
    ask, settings = builtins.input, dict(matplotlib.rcParams)
    kernel.prepare()
    yield
    Shell.clear_instance()
    InlineBackend.clear_instance()
    kernel._shell = None
    builtins.input = ask
    matplotlib.rcParams.update(settings)


@pytest.fixture
def sandbox() -> Iterator[ForkingSandbox]:
    sandbox = ForkingSandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture
def limits() -> Limits:
    return LIMITS


@pytest.fixture
def impatient() -> Limits:
    """For what never ends: ten seconds would be long."""
    return replace(LIMITS, request_seconds=1.0)
