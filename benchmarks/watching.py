"""Watch a run of the grader from outside: the memory of each of its processes, and what the whole of it cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from benchmarks.spending import counted

__all__ = ["Part", "Watched", "grade_and_watch"]

PAGE = os.sysconf("SC_PAGE_SIZE")
ENDS_WELL = (0, 3)  # 3: somebody's work could not be graded or shown, which the verdicts tell


class Part(StrEnum):
    """A process of ours. Students' own, which come and go, are none of these."""

    PARENT = "parent"
    WORKER = "worker"
    ZYGOTE = "zygote"


@dataclass(frozen=True)
class _Seen:
    seconds: float  # since the run began
    part: Part
    pid: int
    resident_bytes: int


@dataclass
class Watched:
    """What one run cost, and what its processes held meanwhile."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0  # of all its processes, students' too
    seen: list[_Seen] = field(default_factory=list)

    def processes(self, part: Part) -> int:
        """How many there were of it in the whole run."""
        return len({one.pid for one in self.seen if one.part is part})

    def resident(self, part: Part, quarter: int) -> float:
        """The median resident memory of one such process, in bytes, over a quarter of the run: 0 to 3."""
        from_, to = (self.wall_seconds * edge / 4 for edge in (quarter, quarter + 1))
        held = [one.resident_bytes for one in self.seen if one.part is part and from_ <= one.seconds < to]
        return statistics.median(held) if held else float("nan")

    def highest(self, part: Part) -> int:
        return max((one.resident_bytes for one in self.seen if one.part is part), default=0)


def grade_and_watch(course: Path, assignment: str, *options: str, every: float = 1.0) -> Watched:
    """Run `autograde grade` in the course folder and look at its processes once in `every` seconds.

    Raises:
        RuntimeError: the run did not end well; with what it said last.
    """
    watched, began = Watched(), time.monotonic()
    command = counted([sys.executable, "-m", "autograde", "grade", "--no-serve", assignment, *options])
    with (course / "said.txt").open("wb") as said:
        run = subprocess.Popen(command, cwd=course, stdout=said, stderr=subprocess.STDOUT)
        ended = threading.Event()
        looking = threading.Thread(target=_look, args=(run.pid, watched, began, every, ended))
        looking.start()
        _, status, spent = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        ended.set()
        looking.join()
    watched.wall_seconds, watched.cpu_seconds = time.monotonic() - began, spent.ru_utime + spent.ru_stime
    if run.returncode not in ENDS_WELL:
        raise RuntimeError(f"autograde grade ended with {run.returncode}: {(course / 'said.txt').read_text()[-2000:]}")
    return watched


def _look(root: int, watched: Watched, began: float, every: float, ended: threading.Event) -> None:
    while not ended.wait(every):
        now = time.monotonic() - began
        watched.seen += [_Seen(now, part, pid, _resident(pid)) for pid, part in _parts(root)]


def _parts(root: int) -> Iterator[tuple[int, Part]]:
    """Yield our processes below `root`. A student's is a fork of the zygote, so it has the zygote's command.

    The run itself is a child of `root` (`spending.counted`).
    """
    below = _children()
    runs = [pid for pid in below[root] if "autograde" in _read(pid, "cmdline").split("\0")]
    yield from ((pid, Part.PARENT) for pid in runs)
    waiting: Sequence[tuple[int, str]] = [(child, "") for pid in runs for child in below[pid]]
    while waiting:
        following: list[tuple[int, str]] = []
        for pid, above in waiting:
            command = _read(pid, "cmdline")
            if "multiprocessing.spawn" in command:
                yield pid, Part.WORKER
            elif (
                "inside.zygote" in command and above.startswith("bwrap") and not _read(pid, "comm").startswith("bwrap")
            ):
                yield pid, Part.ZYGOTE
            following += [(child, _read(pid, "comm")) for child in below[pid]]
        waiting = following


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").iterdir():
        if path.name.isdigit() and (status := _read(int(path.name), "stat")):
            found[int(status.rpartition(")")[2].split()[1])].append(int(path.name))
    return found


def _resident(pid: int) -> int:
    pages = _read(pid, "statm").split()
    return int(pages[1]) * PAGE if pages else 0


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended meanwhile
        return ""
