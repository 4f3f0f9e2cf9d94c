"""How a student's process ended: a closed set of reasons, one of which is our own fault."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Exit", "ExitReason"]


class ExitReason(StrEnum):
    """How a process ended. The set is closed; the reason is our observation, never the process's own claim."""

    FINISHED = "finished"  # exit code 0: served until the channel closed, or the code called os._exit(0)
    EXITED = "exited"  # another exit code
    CPU_LIMIT = "cpu limit"
    WALL_LIMIT = "wall limit"
    MEMORY_LIMIT = "memory limit"  # died having used what it may, or taken by the kernel when the host ran out
    CRASHED = "crashed"  # died of a signal: segmentation fault, abort, a forbidden kind of system call
    KILLED = "killed"  # we called kill()
    LOST = "lost"  # our fault: the zygote died, or the process could not be confined


@dataclass(frozen=True)
class Exit:
    """How a process ended, and what it cost."""

    reason: ExitReason
    detail: str  # one sentence
    cpu_seconds: float
    peak_memory_bytes: int  # resident, with the pages that it shares with the zygote
