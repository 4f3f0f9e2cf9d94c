"""The box a student's code runs in, seen from outside."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType

from .inside.limits import Limits

__all__ = ["Exit", "ExitReason", "Isolation", "IsolationUnavailable", "Process", "Sandbox", "require"]


class Isolation(str, Enum):
    """How much stands between a student's code and this machine."""

    FULL = "full"  # the box, or IsolationUnavailable
    NONE = "none"  # a plain process with limits and a clock; it can read and write what you can


class IsolationUnavailable(RuntimeError):
    """This host cannot give the isolation that was asked for; the message names what is missing and what to do."""


class ExitReason(str, Enum):
    """How a process ended. The set is closed; the reason is our observation, never the process's own claim."""

    FINISHED = "finished"  # exit code 0: served until the channel closed, or the code called os._exit(0)
    EXITED = "exited"  # another exit code
    CPU_LIMIT = "cpu limit"
    WALL_LIMIT = "wall limit"
    MEMORY_LIMIT = "memory limit"  # died, and had used what it may
    CRASHED = "crashed"  # died of a signal: segmentation fault, abort, its own SIGKILL
    KILLED = "killed"  # we called kill()
    LOST = "lost"  # our fault: the zygote died, or the process could not be confined


@dataclass(frozen=True)
class Exit:
    """How a process ended, and what it cost."""

    reason: ExitReason
    detail: str  # one sentence
    cpu_seconds: float
    peak_memory_bytes: int  # resident, the pages shared with the zygote counted


class Process:
    """One fork: a student's process."""

    channel: socket.socket

    def kill(self) -> None:
        """SIGKILL to the process and everything it started; idempotent."""
        raise NotImplementedError

    def wait(self, timeout: float) -> Exit:
        """Wait for the end; after `timeout` seconds kill, and call it WALL_LIMIT."""
        raise NotImplementedError


class Sandbox:
    """One box with one zygote in it."""

    def __init__(self, view: Path, *, limits: Limits | None = None, isolation: Isolation = Isolation.FULL) -> None:
        raise NotImplementedError

    def fork(self) -> Process:
        """A fresh fork of the zygote."""
        raise NotImplementedError

    def close(self) -> None:
        """End everything; idempotent."""
        raise NotImplementedError

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def require(isolation: Isolation) -> None:
    """Raise IsolationUnavailable unless this host can give `isolation`."""
    raise NotImplementedError
