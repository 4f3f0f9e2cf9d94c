"""Workers that all runs of one process share: everyone's next hand-in in turn, and a lane for what takes long.

As many lanes as the machine has cores take the next hand-in of the run that was served longest ago: one student beside
a class of thousands waits for one hand-in at most. Where a run waits while another's hand-in has used several times the
processor time that is usual for its notebook (`allowance`), that one moves to the slow lane, which has one worker and
gives way to the others: with its process, where nothing else is there, else to be begun anew when its turn comes. So
endless loops stop nobody, and each other alone.

A student's notebook is held from the moment a lane looks at the file until the verdict is recorded.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

from ..contract.failures import Failure, Stage, failure_of
from .allowance import SLOW_AFTER, Allowance
from .bench import Settled, Work
from .journal import JournalWriter
from .pool import Graded, Job, Seat, Task, given_up, result_of
from .processes import cpu_seconds, give_way
from .seats import Seats, Spares

__all__ = ["Held", "Lanes"]

LOOKS = 0.25  # seconds between two looks at what is under way
SPARE = 2  # workers at most, with a box each, that are warm beside those of the lanes: two loops at once cost two
Key = tuple[Path, str]  # a journal and a student
Answer = Settled | Failure | Exception


class Held:
    """Which students' notebooks somebody grades or records just now."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._held: set[Key] = set()

    @contextlib.contextmanager
    def free(self, journal: JournalWriter, student: str) -> Iterator[bool]:
        """Hold it if nobody does; False where somebody does."""
        key = (journal.journal.path, student)
        mine = self.take(key)
        try:
            yield mine
        finally:
            if mine:
                self.release([key])

    def take(self, key: Key) -> bool:
        with self.changed:
            if key in self._held:
                return False
            self._held.add(key)
            return True

    def release(self, keys: Iterable[Key]) -> None:
        with self.changed:
            self._held.difference_update(keys)
            self.changed.notify_all()


class _Order:
    """One run's hand-ins to grade: those that wait, and the answers."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.waiting = deque(job.student for job in work.jobs)
        self.answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
        self.under_way = 0
        self.answered: set[str] = set()  # and held until the run has recorded them
        self.served = 0.0  # when a lane last took one of its hand-ins
        self.withdrawn = False

    def key(self, student: str) -> Key:
        return self.work.journal.journal.path, student


@dataclass
class _Turn:
    """One hand-in that a lane has taken. Its student's notebook is held."""

    order: _Order
    student: str
    job: Job | None = None  # once somebody has looked
    seat: Seat | None = None  # where it is under way
    future: Future[Graded] | None = None
    began: float = field(default_factory=time.monotonic)
    spent: float = 0.0  # processor time of the worker before
    deaths: int = 0  # workers that ended with it

    @property
    def task(self) -> Task:
        return self.order.work.task


class Lanes:
    """The workers of one process. Threads start with the first hand-in.

    Args:
        workers: lanes beside the slow one; 0: one per core.
        held: shared with whoever records outside of `graded`.
        slow_after: seconds of processor time, until it is known what a notebook takes.
    """

    def __init__(self, workers: int = 0, *, held: Held | None = None, slow_after: float = SLOW_AFTER) -> None:
        self.held = held or Held()
        self._workers = workers or os.cpu_count() or 1
        self._allowance = Allowance(slow_after)
        self._changed = self.held.changed
        self._orders: list[_Order] = []
        self._cold: list[deque[Task]] = [deque() for _ in range(self._workers)]  # what each lane is to make warm
        self._warmed: list[Task] = []  # each once: what a lane has let go since is warmed by who hands in
        self._slow: deque[_Turn] = deque()
        self._slow_busy = False
        self._warming = 0  # lanes that make themselves warm just now
        self._spares = Spares(min(SPARE, self._workers), Seat)
        self._closed = False
        self._threads: list[threading.Thread] = []

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        """Grade a run's hand-ins, whose task is prepared; each student's notebook is held until the next is asked for.

        Raises:
            WorkersUnavailable: they do not start.
        """
        order = _Order(work)
        with self._changed:
            self._start()
            self._orders.append(order)
            self._changed.notify_all()
        try:
            for _ in work.jobs:
                student, answer = order.answers.get()
                if isinstance(answer, Exception):
                    raise answer
                yield answer
                self._done(order, student)
        finally:
            self._withdraw(order)

    def warm(self, task: Task) -> None:
        """Have every lane make itself warm for a prepared task, when nobody waits, if it was not asked to before."""
        with self._changed:
            if task in self._warmed:
                return
            self._start()
            self._warmed.append(task)
            self._spares.want(task)
            for cold in self._cold:
                cold.append(task)
            self._changed.notify_all()

    def close(self) -> None:
        """End all threads and workers. What is under way is given up."""
        with self._changed:
            self._closed = True
            for order in self._orders:
                order.answers.put(("", RuntimeError("the grader process is being stopped")))
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        if not self._threads:
            slow = threading.Thread(target=self._slow_lane, daemon=True, name="slow lane")
            spares = threading.Thread(target=self._keep_spares, daemon=True, name="spares")
            lanes = (threading.Thread(target=self._lane, args=(cold,), daemon=True, name="lane") for cold in self._cold)
            self._threads = [slow, spares, *lanes]
            for thread in self._threads:
                thread.start()

    def _done(self, order: _Order, student: str) -> None:
        with self._changed:
            order.answered.discard(student)
            self.held.release([order.key(student)])

    def _withdraw(self, order: _Order) -> None:
        """Nobody asks for the rest: what has not begun need not begin, and what has is ended by its lane."""
        with self._changed:
            order.withdrawn = True
            order.waiting.clear()
            self._orders.remove(order)
            waiting = [turn for turn in self._slow if turn.order is order and turn.future is None]
            for turn in waiting:
                self._slow.remove(turn)
            over = [*order.answered, *(turn.student for turn in waiting)]
            self.held.release([order.key(student) for student in over])

    def _answer(self, turn: _Turn, answer: Answer) -> None:
        order = turn.order
        with self._changed:
            order.under_way -= 1
            if order.withdrawn:
                self.held.release([order.key(turn.student)])
            else:
                order.answered.add(turn.student)
                order.answers.put((turn.student, answer))
            self._changed.notify_all()

    # --- the lanes

    def _lane(self, cold: deque[Task]) -> None:
        seats = Seats(Seat, self._spares)
        while turn := self._next(cold):
            if isinstance(turn, Task):
                self._warm(turn, seats)
            else:
                self._serve(turn, seats, slow=False)
        seats.close()

    def _warm(self, task: Task, seats: Seats) -> None:
        with contextlib.suppress(Exception):  # whoever hands in is told what is wrong
            seats.warm(task)
        with self._changed:
            self._warming -= 1
            self._changed.notify_all()

    def _slow_lane(self) -> None:
        seats = Seats(Seat)  # and no spares: those are for who waits, and a loop waits for nothing
        while turn := self._next_slow():
            self._serve(turn, seats, slow=True)
            with self._changed:
                self._slow_busy = False
        seats.close()

    def _next(self, cold: deque[Task]) -> _Turn | Task | None:
        """The next hand-in of the run that was served longest ago, its student's notebook held; None: no more come.

        A task: nobody waits, and this lane is to make itself warm for it.
        """
        with self._changed:
            while not self._closed:
                for order in sorted(self._orders, key=lambda order: order.served):
                    if order.under_way >= order.work.workers:
                        continue
                    for student in order.waiting:
                        if self.held.take(order.key(student)):
                            order.waiting.remove(student)
                            order.under_way += 1
                            order.served = time.monotonic()
                            return _Turn(order, student)
                if cold:
                    self._warming += 1
                    return cold.popleft()
                self._changed.wait()
            return None

    def _next_slow(self) -> _Turn | None:
        with self._changed:
            while not self._closed:
                if self._slow:
                    self._slow_busy = True
                    return self._slow.popleft()
                self._changed.wait()
            return None

    def _keep_spares(self) -> None:
        """Make one worker after another warm, while nobody waits: a box and the right answers take seconds."""
        while task := self._next_spare():
            self._spares.add(task, lambda: self._closed, LOOKS)
            with self._changed:
                self._changed.notify_all()
        self._spares.close()

    def _next_spare(self) -> Task | None:
        """What a spare is wanted for, once nobody waits and no lane is still to be made warm; None: none any more."""
        with self._changed:
            while not self._closed:
                busy = self._warming or any(self._cold) or any(order.waiting for order in self._orders)
                if not busy and (task := self._spares.wanted()):
                    return task
                self._changed.wait()
            return None

    def _lost(self, task: Task) -> None:
        """A lane has no worker for a task any more. Where it is one that nobody asked to be warm for, it starts one."""
        if task in self._warmed:
            self._spares.want(task)

    def _serve(self, turn: _Turn, seats: Seats, *, slow: bool) -> None:
        """Take one hand-in to its answer, or to the slow lane."""
        try:
            answer = self._begun(turn, seats)
            if answer is None:
                if slow and turn.seat is not None:
                    give_way(turn.seat.pid)
                answer = self._watched(turn, seats, slow=slow)
        except Exception as error:  # workers do not start: the run is told
            if turn.seat is not None:
                turn.seat.leave()
            answer = error
        if answer is not None:
            self._answer(turn, answer)

    def _begun(self, turn: _Turn, seats: Seats) -> Answer | None:
        """Look at the file as it is now and let a worker begin; an answer where none need."""
        if turn.future is not None:
            return None
        try:
            seen = turn.order.work.look(turn.student)
        except Exception as error:  # whatever one hand-in holds, the others' are read
            return failure_of(turn.student, Stage.READING, error)
        if isinstance(seen, Settled):
            return seen
        turn.job, turn.seat, turn.began = seen, seats.take(turn.task), time.monotonic()
        try:
            turn.future = turn.seat.begin(seen)
        except BrokenProcessPool:  # ended while it was idle, which is no hand-in's doing
            turn.seat = Seat(turn.task)
            turn.future = turn.seat.begin(seen)
        turn.spent = cpu_seconds(turn.seat.pid)
        return None

    def _watched(self, turn: _Turn, seats: Seats, *, slow: bool) -> Answer | None:
        """Wait for the worker; None where the hand-in is the slow lane's from now on."""
        assert turn.job is not None
        assert turn.seat is not None
        assert turn.future is not None
        while not wait([turn.future], timeout=LOOKS).done:
            if turn.order.withdrawn or self._closed:
                turn.seat.vacate()
                return RuntimeError("the run was given up")
            if not slow and self._is_in_the_way(turn):
                self._move(turn)
                return None
        graded = result_of(turn.task, turn.job, turn.future)
        if graded is not None:
            if turn.seat.warm and not slow:
                self._allowance.took(turn.task.key, cpu_seconds(turn.seat.pid) - turn.spent)
            seats.give_back(turn.seat)
            return Settled(graded)
        turn.seat.leave()
        if not slow:
            self._lost(turn.task)
        return self._after_a_death(turn, slow=slow)

    def _after_a_death(self, turn: _Turn, *, slow: bool) -> Answer | None:
        """A hand-in that ended its worker is tried once more, in the slow lane."""
        assert turn.job is not None
        turn.deaths += 1
        if turn.deaths > 1:
            late = time.monotonic() - turn.began >= turn.task.worker_seconds
            return Settled(given_up(turn.task, turn.job, late=late))
        turn.seat = turn.future = None
        with self._changed:
            self._slow.append(turn)
            self._changed.notify_all()
        return None

    def _is_in_the_way(self, turn: _Turn) -> bool:
        """Whether a run waits for a lane while another's hand-in has used more than its share."""
        with self._changed:
            others = any(order is not turn.order and order.waiting for order in self._orders)
        assert turn.seat is not None
        return others and cpu_seconds(turn.seat.pid) - turn.spent >= self._allowance.seconds(
            turn.task.key, warm=turn.seat.warm
        )

    def _move(self, turn: _Turn) -> None:
        assert turn.seat is not None
        self._lost(turn.task)
        with self._changed:
            if self._slow_busy or self._slow:
                turn.seat.vacate()
                turn.seat = turn.future = None
            self._slow.append(turn)
            self._changed.notify_all()
