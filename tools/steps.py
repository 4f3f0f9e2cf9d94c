"""What each step of a long command takes: by the clock, and of processors."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

__all__ = ["Steps"]


@dataclass
class Steps:
    """Steps that were taken, in order, and what is to be said of them.

    Example:
        >>> steps = Steps()
        >>> with steps.step("thinking"):
        ...     pass
        >>> steps.text().split()
        ['0.0', 's', '0.0', 'cpu', 's', 'thinking']
    """

    _lines: list[str] = field(default_factory=list)
    _is_alone: bool = True  # else nobody can tell whose the processor time of this process is

    @contextmanager
    def step(self, name: str, also: Callable[[], float] | None = None) -> Iterator[None]:
        """Note what a block takes, also where it fails.

        Args:
            name: of the step.
            also: processor seconds up to now of processes that are not this one's.
        """
        began, cpu = time.monotonic(), self._cpu(also)
        code = " (failed)"
        try:
            yield
            code = ""
        finally:
            is_known = self._is_alone or also
            spent = f"{self._cpu(also) - cpu:7.1f} cpu s" if is_known else f"{'':13}"
            self._lines.append(f"{time.monotonic() - began:7.1f} s {spent}  {name}{code}")

    def side_by_side(self, name: str, *works: Callable[[Steps], None]) -> None:
        """Do several things at once; each notes its own steps, which stand together before what all of it took.

        Args:
            name: of all of it.
            works: each is given where to note. What one raises is raised when all have ended.
        """
        parts = [Steps(_is_alone=False) for _ in works]
        with self.step(name):
            with ThreadPoolExecutor(len(works)) as pool:
                done = [pool.submit(work, part) for work, part in zip(works, parts, strict=True)]
            self._lines += [line for part in parts for line in part._lines]
            for one in done:
                one.result()

    def note(self, line: str) -> None:
        """Say something more."""
        self._lines.append(f"{'':>27}{line}")

    def text(self) -> str:
        """Return all of it, a line each."""
        return "\n".join(self._lines)

    def _cpu(self, also: Callable[[], float] | None) -> float:
        """Of this process and of all that it has waited for, where that is known, and of others."""
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN) if self._is_alone]
        return sum(one.ru_utime + one.ru_stime for one in used) + (also() if also else 0.0)
