"""A worker with the processes below it, its box and students' code: what they have used, and letting them give way."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["GIVES_WAY", "cpu_seconds", "give_way"]

GIVES_WAY = 5  # of nice: a third of what another process gets of a core


def cpu_seconds(root: int) -> float:
    """Processor time of a process, of all below it that live, and of those that it and they have waited for."""
    return sum(ticks for _, ticks in _below(root)) / os.sysconf("SC_CLK_TCK")


def give_way(root: int) -> None:
    """Let a process, all below it and what they will start have the processor after others who want it.

    What waits for a processor is not charged for it (`inside.waiting`), so nobody's limits come nearer.
    """
    for pid, _ in _below(root):
        with contextlib.suppress(OSError):  # it has ended
            os.setpriority(os.PRIO_PROCESS, pid, GIVES_WAY)


def _below(root: int) -> Iterator[tuple[int, int]]:
    """Yield a process and all below it, each with its ticks and those of its children that it has waited for."""
    below: dict[int, list[int]] = {}
    ticks: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            pid = int(path.parent.name)
            below.setdefault(int(fields[1]), []).append(pid)
            ticks[pid] = sum(map(int, fields[11:15]))
    left = [root]
    while left:
        pid = left.pop()
        if pid in ticks:
            yield pid, ticks[pid]
        left += below.get(pid, [])
