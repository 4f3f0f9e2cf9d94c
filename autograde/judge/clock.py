"""Time that is fair to count: of a request, of a check, of a whole submission.

A request is timed by a `Watch`. The process is asked for what it waited only where that can matter: once when the
request takes longer than a moment, and again whenever the time seems to be up. A request that is answered at once is
counted by the clock on the wall.

*Called by* `session`. *Trust*: what the process waited is the kernel's word, by way of the zygote (`inside.waiting`).
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..inside.waiting import Reading, delay_of_this_thread, fair

__all__ = ["Account", "Watch"]

A_MOMENT = 0.05  # seconds: what a request may take before anyone asks what it waited
NOTHING = 0.001  # seconds that nobody waits for
SHORTEST = 0.02  # seconds between two questions


class Account:
    """Fair seconds that are spent together, for instance by all requests of one submission and all its attempts."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.spent = 0.0

    @property
    def left(self) -> float:
        return self.seconds - self.spent

    @property
    def empty(self) -> bool:
        return self.left <= 0


class Watch:
    """The fair seconds of one request.

    Args:
        allowed: how many it may take.
        ask: what the process has used and waited up to now; None where that is not known.
        now, own_delay: the clock, and how long this thread of ours has waited; tests bring their own.
    """

    def __init__(
        self,
        allowed: float,
        ask: Callable[[], Reading | None],
        *,
        now: Callable[[], float] = time.monotonic,
        own_delay: Callable[[], float] = delay_of_this_thread,
    ) -> None:
        self._allowed = allowed
        self._ask = ask
        self._now = now
        self._own_delay = own_delay
        self._settled = 0.0  # fair seconds up to the last look
        self._looked_at = now()
        self._last: tuple[Reading, float] | None = None
        self._looks = 0

    def left(self) -> float:
        """Seconds to wait for the process before this is asked again; 0 or less once its time is up."""
        due = self._allowed if self._looks else min(A_MOMENT, self._allowed)
        rest = due - self._unsettled()
        if rest > NOTHING:
            return rest
        self._look()
        left = self._allowed - self._settled
        return max(left, SHORTEST) if left > 0 else 0.0

    def seconds(self) -> float:
        """The fair seconds so far; where the request took more than a moment, by a last look."""
        if self._looks:
            self._look()
        return self._unsettled()

    def _unsettled(self) -> float:
        return self._settled + self._now() - self._looked_at

    def _look(self) -> None:
        reading, delay = self._ask(), self._own_delay()
        now = self._now()
        wall = now - self._looked_at
        if reading is not None and self._last is not None:
            before, delay_before = self._last
            waited = reading.waited_since(before) + delay - delay_before
            wall = fair(wall, waited, reading.cpu_seconds - before.cpu_seconds)
        self._settled += wall
        self._looked_at = now
        self._last = None if reading is None else (reading, delay)
        self._looks += 1
