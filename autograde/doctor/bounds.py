"""What the group of processes that this one is in may use: memory and processors, by its cgroup.

A container or pod sees all cores and all memory of the machine, and has what its cgroup says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..inside.limits import MEBIBYTE

__all__ = ["NEEDED_BYTES", "Bounds", "bounds", "cores"]

#: A worker with its box, and the run itself: less, and the kernel ends one of them.
NEEDED_BYTES = 1024 * MEBIBYTE
_UNLIMITED = 1 << 60  # version 1 says a number of this size for no limit


@dataclass(frozen=True)
class Bounds:
    """What may be used; None: as much as the machine has."""

    memory_bytes: int | None = None
    processors: float | None = None


def bounds(group: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> Bounds:
    """Read the tightest limits on the way from this process's group to the top, of cgroups version 2 or 1.

    Args:
        group: where the hierarchy is mounted.
        own: which group this process is in.
    """
    memory = [
        value
        for folder in _folders(group, own, "memory")
        for name in ("memory.max", "memory.limit_in_bytes")
        if (value := _number(folder / name)) is not None and value < _UNLIMITED
    ]
    shares = [share for folder in _folders(group, own, "cpu") if (share := _processors(folder)) is not None]
    return Bounds(min(memory, default=None), min(shares, default=None))


def _folders(group: Path, own: Path, controller: str) -> Iterator[Path]:
    """This process's folders for a controller, and those above. In a container its path may be the host's."""
    try:
        lines = [line.split(":", 2) for line in own.read_text(encoding="utf-8").splitlines()]
    except OSError:
        lines = []
    for top, names in ((group, ""), (group / controller, controller)):
        yield top
        for _, controllers, path in (line for line in lines if len(line) == 3):
            if names in controllers.split(","):
                below = top / path.lstrip("/")
                yield from (folder for folder in (below, *below.parents) if folder.is_relative_to(top))


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None  # "max", or another version's


def _processors(folder: Path) -> float | None:
    try:
        quota, _, period = (folder / "cpu.max").read_text(encoding="ascii").partition(" ")
        return int(quota) / int(period)
    except (OSError, ValueError):
        pass
    limit, each = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
    return limit / each if limit and each and limit > 0 else None


def cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0))
