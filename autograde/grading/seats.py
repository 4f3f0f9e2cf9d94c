"""The workers of a lane, and those that stand ready for what a lane loses.

A worker and its box take seconds of processor time to start: Python, the libraries, the right answers. A lane whose
worker went with a hand-in that takes long, or ended, has the next one from here at once. How many there are is bounded:
who sends endless loops all day uses up the spares, and is then worth what a lane takes to start a worker, as without.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import wait

from .pool import Job, Seat, Task

__all__ = ["Seats", "Spares"]

WARM = 2  # notebooks whose worker a lane keeps: its box has imported everything
Settle = Callable[[Task], Seat]


class Spares:
    """Warm workers that no lane has. Safe to use from several threads.

    Args:
        most: how many there may be; those for several notebooks share it.
        settle: starts a worker.
    """

    def __init__(self, most: int, settle: Settle) -> None:
        self._most, self._settle = most, settle
        self._lock = threading.Lock()
        self._tasks: deque[Task] = deque(maxlen=most)  # what they are wanted for, the latest last
        self._ready: list[Seat] = []
        self._failed: Task | None = None  # no spare could be made for it: not again before somebody wants one
        self._closed = False

    def want(self, task: Task) -> None:
        """Let there be spares for a task from now on: it is watched, or a lane has just lost a worker of it."""
        with self._lock:
            self._failed = None if self._failed == task else self._failed
            if task not in self._tasks:
                self._tasks.append(task)
                self._let_go()

    def wanted(self) -> Task | None:
        """What one more is wanted for."""
        with self._lock:
            missing = (task for task in reversed(self._tasks) if self.count(task) < self._share())
            return next((task for task in missing if task != self._failed), None)

    def take(self, task: Task) -> Seat | None:
        """A warm worker, out of the row; None where there is none."""
        with self._lock:
            found = next((seat for seat in self._ready if seat.task == task), None)
            if found is not None:
                self._ready.remove(found)
            return found

    def add(self, task: Task, is_over: Callable[[], bool], looks: float) -> None:
        """Make one more. Where that fails it is nobody's hand-in; whoever hands in is told what is wrong.

        Args:
            task: what for.
            is_over: says that it is not wanted any more; asked every `looks` seconds.
            looks: so many.
        """
        seat = self._settle(task)
        try:
            warmed = _made_warm(seat, is_over, looks)
        except Exception:
            warmed = False
        if not warmed:
            seat.vacate()
        with self._lock:
            self._failed = None if warmed else task
            if warmed:
                self._ready.append(seat)
                self._let_go()

    def count(self, task: Task) -> int:
        """How many are ready for a task."""
        return sum(seat.task == task for seat in self._ready)

    def __len__(self) -> int:
        return len(self._ready)

    def close(self) -> None:
        """End them all."""
        with self._lock:
            while self._ready:
                self._ready.pop().leave()

    def _share(self) -> int:
        return self._most // max(1, len(self._tasks))

    def _let_go(self) -> None:
        """End what is more than its share, or wanted no more."""
        for seat in list(self._ready):
            if seat.task not in self._tasks or self.count(seat.task) > self._share():
                self._ready.remove(seat)
                seat.leave()


def _made_warm(seat: Seat, is_over: Callable[[], bool], looks: float) -> bool:
    """Have a worker grade the instructor's own notebook, whose verdict is nobody's; False where it was given up."""
    future = seat.begin(Job("", seat.task.master))
    while not wait([future], timeout=looks).done:
        if is_over():
            return False
    future.result()
    seat.warm = True
    return True


class Seats:
    """A lane's workers, one for each of the notebooks that it graded last.

    Args:
        settle: starts a worker.
        spares: where the lane has one from that it has not itself; None: it does not.
    """

    def __init__(self, settle: Settle, spares: Spares | None = None) -> None:
        self._settle, self._spares = settle, spares
        self._seats: deque[Seat] = deque()

    def take(self, task: Task) -> Seat:
        """The worker for a task, out of the row: a warm one where there is one."""
        found = next((seat for seat in self._seats if seat.task == task), None)
        if found is not None:
            self._seats.remove(found)
            return found
        spare = None if self._spares is None else self._spares.take(task)
        return spare or self._settle(task)

    def give_back(self, seat: Seat) -> None:
        seat.warm = True
        self._seats.append(seat)
        while len(self._seats) > WARM:
            self._seats.popleft().leave()

    def warm(self, task: Task) -> None:
        """Have a worker that has graded the instructor's own notebook; the verdict is nobody's."""
        seat = self.take(task)
        try:
            if not seat.warm:
                seat.begin(Job("", task.master)).result()
        except Exception:
            seat.leave()
            raise
        self.give_back(seat)

    def close(self) -> None:
        while self._seats:
            self._seats.popleft().leave()
