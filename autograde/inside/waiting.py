"""How long a process has waited for a processor, and what of its time is fair to count.

On a busy machine a process that could run stands in a queue: Linux calls this run delay and counts it for each thread
(`/proc/<pid>/task/<thread>/schedstat`, the second number). Who sleeps does not wait. Where a limit counts seconds, it
counts those of the clock less those of the queue.

*Called by* the zygote, of its forks, and by the judge, of itself. *Trust*: the kernel's numbers, read from outside. A
student's process cannot write them, but it can bring them about, so `fair` has two floors under it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["AT_MOST", "Reading", "delay_of_this_thread", "fair", "number_in_proc", "read"]

AT_MOST = 10  # a limit is reached at so many times its seconds of real time, whatever the machine was busy with

_NANO = 1e-9


def fair(wall: float, waited: float, cpu: float) -> float:
    """The seconds that count of `wall` seconds of real time.

    Whoever computes has not waited: threads that queue behind each other gain nothing, since what they compute
    counts, up to the real time.

    Args:
        wall: seconds of real time.
        waited: seconds of it in which the process could run and did not.
        cpu: processor seconds of all its threads in that time.
    """
    return max(wall / AT_MOST, min(wall, max(wall - waited, cpu)))


@dataclass(frozen=True)
class Reading:
    """What a process had used and waited up to now."""

    cpu_seconds: float = 0.0  # of all its threads, ended ones too
    waited: Mapping[str, float] = field(default_factory=dict)  # seconds, by thread, of those that live

    def waited_since(self, earlier: Reading) -> float:
        """The seconds that the thread waited which waited longest: side by side, seconds of many are no more time."""
        return max((now - earlier.waited.get(thread, 0.0) for thread, now in self.waited.items()), default=0.0)

    def to_json(self) -> dict[str, Any]:
        return {"cpu_seconds": self.cpu_seconds, "waited": dict(self.waited)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Reading:
        return cls(**said)


def read(pid: int, proc: Path = Path("/proc")) -> Reading | None:
    """Read what a process has used and waited; None where it is gone, or where the kernel does not tell."""
    try:
        waited = {thread: _delay(proc / str(pid) / "task" / thread) for thread in os.listdir(proc / str(pid) / "task")}
        # behind the name, which is the process's own choice and may hold anything: user and system time in ticks
        ticks = (proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()[11:13]
        return Reading(sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"), waited)
    except (OSError, ValueError, IndexError):
        return None


def _delay(task: Path) -> float:
    try:
        return int((task / "schedstat").read_bytes().split()[1]) * _NANO
    except ProcessLookupError:  # a thread that has just ended
        return 0.0


def delay_of_this_thread(task: Path = Path("/proc/thread-self")) -> float:
    """Seconds that the calling thread has waited for a processor; 0 where the kernel does not tell."""
    try:
        return _delay(task)
    except (OSError, ValueError, IndexError):
        return 0.0


def number_in_proc(pid: int) -> int:
    """Under which number /proc shows a process: where the box has not one of its own, it is another pid namespace's."""
    descriptor = os.pidfd_open(pid)
    try:
        with open(f"/proc/self/fdinfo/{descriptor}", encoding="ascii") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), pid)
    except OSError:  # there is no /proc: nobody will ask
        return pid
    finally:
        os.close(descriptor)
