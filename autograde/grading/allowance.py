"""How much processor time a hand-in of a notebook usually takes, and from when on one takes long."""

from __future__ import annotations

import statistics
from collections import defaultdict, deque

__all__ = ["SLOW_AFTER", "Allowance"]

SLOW_AFTER = 3.0  # seconds of processor time, of a notebook of which none was graded yet
TIMES = 3.0  # as many times what is usual: what is moved goes on, and is judged the same
BOUNDS = 0.75, 30.0  # seconds: work that is usually done at once has this long, and no class's habits are worth more
START = 6.0  # seconds of a worker and its box until the first hand-in, and of working out the right answers
LAST = 25  # hand-ins that say what is usual


class Allowance:
    """What the last hand-ins of each notebook took. Those in the slow lane tell nothing.

    Args:
        slow_after: seconds of processor time after which a hand-in of an unknown notebook takes long.
    """

    def __init__(self, slow_after: float = SLOW_AFTER) -> None:
        self._slow_after = slow_after
        self._taken: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=LAST))

    def took(self, notebook: str, seconds: float) -> None:
        """Note what one hand-in took."""
        self._taken[notebook].append(seconds)

    def seconds(self, notebook: str, *, warm: bool) -> float:
        """The processor time in seconds after which a hand-in takes long, while others wait.

        Args:
            notebook: which one.
            warm: its worker has graded before; else it has all to import first, which is nobody's doing.
        """
        return self._of_warm(notebook) + (0.0 if warm else START)

    def _of_warm(self, notebook: str) -> float:
        taken = self._taken.get(notebook)
        if not taken:
            return self._slow_after
        least, most = BOUNDS
        return min(max(least, TIMES * statistics.median(taken)), most)
