"""What each step of a long command takes: by the clock, and of processors."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
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

    @contextmanager
    def step(self, name: str, also: Callable[[], float] = lambda: 0.0) -> Iterator[None]:
        """Note what a block takes, also where it fails.

        Args:
            name: of the step.
            also: processor seconds up to now of processes that are not this one's.
        """
        began, cpu = time.monotonic(), _cpu() + also()
        code = " (failed)"
        try:
            yield
            code = ""
        finally:
            spent = _cpu() + also() - cpu
            self._lines.append(f"{time.monotonic() - began:7.1f} s {spent:7.1f} cpu s  {name}{code}")

    def note(self, line: str) -> None:
        """Say something more."""
        self._lines.append(f"{'':>27}{line}")

    def text(self) -> str:
        """Return all of it, a line each."""
        return "\n".join(self._lines)


def _cpu() -> float:
    """Of this process, and of all that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
