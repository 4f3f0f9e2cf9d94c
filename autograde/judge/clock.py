"""Time that is fair to count: of a request, of a check, of a whole submission.

A request is timed by a `Watch`. The process is asked for what it waited only where that can matter: once when the
request takes longer than a moment, and again whenever the time seems to be up. A request that is answered at once is
counted by the clock on the wall. On a busy machine even the first look may come seconds late: what had been waited by
then counts from the last look in a request before, or from the birth of the process.

*Called by* `session`. *Trust*: what the process waited is the kernel's word, by way of the zygote (`inside.waiting`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ..inside.waiting import Reading, delay_of_this_thread, fair

__all__ = ["Account", "Look", "Watch"]

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


@dataclass(frozen=True)
class Look:
    """What was known at one moment: of the process, None where nobody could tell; and what this thread had waited."""

    process: Reading | None = field(default_factory=Reading)  # by default that of one which is being born
    own_delay: float = field(default_factory=delay_of_this_thread)


class Watch:
    """The fair seconds of one request.

    Args:
        allowed: how many it may take.
        ask: what the process has used and waited up to now; None where that is not known.
        last: the look from which the first of this request counts; None where there is none.
        now, own_delay: the clock, and how long this thread of ours has waited; tests bring their own.
    """

    def __init__(
        self,
        allowed: float,
        ask: Callable[[], Reading | None],
        *,
        last: Look | None = None,
        now: Callable[[], float] = time.monotonic,
        own_delay: Callable[[], float] = delay_of_this_thread,
    ) -> None:
        self._allowed = allowed
        self._ask = ask
        self._now = now
        self._own_delay = own_delay
        self._settled = 0.0  # fair seconds up to the last look
        self._looked_at = now()
        self.last = last
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
        if self._looks or self._unsettled() > A_MOMENT:
            self._look()
        return self._unsettled()

    def _unsettled(self) -> float:
        return self._settled + self._now() - self._looked_at

    def _look(self) -> None:
        asked_at = self._now()
        look = Look(self._ask(), self._own_delay())
        now = self._now()
        wall = now - self._looked_at
        if look.process is not None and self.last is not None and self.last.process is not None:
            waited = look.process.waited_since(self.last.process) + look.own_delay - self.last.own_delay
            asking = now - asked_at  # nobody's fault but the machine's
            wall = fair(wall, waited + asking, look.process.cpu_seconds - self.last.process.cpu_seconds)
        self._settled += wall
        self._looked_at = now
        self.last = look
        self._looks += 1
