"""What a student's code may use: one table, read by everyone who enforces a row of it or explains it to a student."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

__all__ = ["Limits", "Row", "table"]

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One line of the table of limits."""

    name: str
    unit: str
    default: float
    enforced_by: str
    seen: str  # what the student's code sees when it hits the limit
    outcome: str  # the verdict's Outcome that follows


def _limit(default: float, unit: str, enforced_by: str, seen: str, outcome: str) -> Any:
    row = {"unit": unit, "enforced_by": enforced_by, "seen": seen, "outcome": outcome}
    return field(default=default, metadata=row)


@dataclass(frozen=True)
class Limits:
    """The limits of one fork: the student's process from its first cell to its last answer, or to a breach.

    After a breach a fresh fork begins with fresh limits: they bound what one exercise costs, not the whole notebook.
    A student's code is one process: a second one is refused (PermissionError), whatever the table says.
    """

    cpu_seconds: int = _limit(60, "CPU seconds, all threads together", "RLIMIT_CPU", "killed", "time limit")
    wall_seconds: float = _limit(180.0, "seconds of real time", "the zygote's clock", "killed", "time limit")
    request_seconds: float = _limit(
        20.0, "seconds of real time for one cell or one call", "the session's clock", "killed", "time limit"
    )
    memory_bytes: int = _limit(
        1024 * MEBIBYTE, "bytes on top of the imported libraries", "RLIMIT_AS", "MemoryError", "memory limit"
    )
    threads: int = _limit(
        64, "threads, the first one counted", "RLIMIT_NPROC", "RuntimeError: can't start new thread", "error"
    )
    open_files: int = _limit(128, "descriptors", "RLIMIT_NOFILE", "OSError: Too many open files", "error")
    file_bytes: int = _limit(32 * MEBIBYTE, "bytes of one file", "RLIMIT_FSIZE", "OSError: File too large", "error")
    scratch_bytes: int = _limit(
        64 * MEBIBYTE, "bytes of all files together", "the tmpfs's size", "OSError: No space left on device", "error"
    )
    output_bytes: int = _limit(
        MEBIBYTE, "bytes printed or displayed by one cell", "kernel and session", "killed, or cut off", "output limit"
    )

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not value > 0:
                raise ValueError(
                    f"Limits.{name} must be more than 0, got {value!r}. There is no value for 'unlimited'."
                )

    def to_json(self) -> str:
        """The limits as one line of JSON; equal limits give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Limits:
        """What `to_json` wrote."""
        return cls(**json.loads(text))


def table() -> list[Row]:
    """Every limit with its unit, default, who enforces it, what the student's code sees, and the outcome.

    Example:
        >>> [row.name for row in table()][:2]
        ['cpu_seconds', 'wall_seconds']
    """
    return [Row(name=limit.name, default=getattr(Limits, limit.name), **limit.metadata) for limit in fields(Limits)]
