"""Graded while the student watches: which hand-ins wait for the course's grader, and what it said of the others.

The service grades nothing and knows no grader. A process of the course asks here, with the course's token, for what
waits, and leaves an answer beside each hand-in. So a grader that is down loses nothing: what has no answer waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from . import names
from .exchange import HANDED_IN, Answer, Exchange
from .people import Person, Role
from .refusals import Refusal, Status

__all__ = ["ANSWER_BYTES", "MOST_SECONDS", "Answers", "Paces", "read_answer", "read_paces"]

ANSWER_BYTES = 1 << 20
MOST_SECONDS = 60.0  # that somebody may wait for news in one request
MOST_PACE = 86_400.0  # that one hand-in may be said to take
GONE_SECONDS = 90.0  # a grader that has not asked for so long is away


@dataclass(frozen=True)
class Paces:
    """How fast a course's grader is, by what it measured.

    Attributes:
        seconds: that one hand-in takes, by assignment; what is not there was never measured.
        lanes: how many are graded at a time.
    """

    seconds: Mapping[str, float] = field(default_factory=dict)
    lanes: int = 1

    def until_done(self, ahead: Iterable[str], own: str) -> float | None:
        """Seconds until a hand-in is graded, given whose come before it, by assignment; None: not measured."""
        if own not in self.seconds:
            return None
        return sum(self.seconds.get(one, 0.0) for one in ahead) / self.lanes + self.seconds[own]


@dataclass(frozen=True)
class Watch:
    """What a course's grader said when it asked last.

    Attributes:
        assignments: which it grades at once.
        trouble: what keeps it from grading, in a sentence; empty: nothing.
        at: when, by a clock that only goes on.
        paces: how fast it is.
    """

    assignments: frozenset[str]
    trouble: str
    at: float
    paces: Paces = field(default_factory=Paces)


@dataclass
class Bell:
    """Wakes everybody who waits for news of a course."""

    rung: int = 0
    waiting: set[asyncio.Future[None]] = field(default_factory=set)

    def ring(self) -> None:
        self.rung += 1
        for one in self.waiting:
            if not one.done():
                one.set_result(None)

    async def wait(self, seconds: float) -> None:
        one = asyncio.get_running_loop().create_future()
        self.waiting.add(one)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(one, seconds)
        finally:
            self.waiting.discard(one)


class Answers:
    """The hand-ins of all courses that wait for an answer, and the answers.

    Args:
        exchange: where both are kept.
        clock: one that only goes on.
    """

    def __init__(self, exchange: Exchange, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._exchange = exchange
        self._clock = clock
        self._epoch = f"{clock():.6f}"  # turns of another process mean nothing here
        self._watches: dict[str, Watch] = {}
        self._bells: dict[str, Bell] = {}
        self._queues: dict[str, tuple[str, frozenset[str], list[Answer]]] = {}  # by course: as of which turn

    def changed(self, course: str) -> None:
        """Tell who waits that something was handed in, or removed."""
        self._bell(course).ring()

    # --- the course's grader

    async def waiting(
        self,
        person: Person,
        course: str,
        assignments: Iterable[str],
        *,
        after: str,
        seconds: float,
        trouble: str,
        paces: Paces,
    ) -> Answer:
        """The hand-ins that wait for an answer, the first one first; waits until there is news.

        Args:
            person: an instructor of the course.
            course: its name.
            assignments: those that are graded at once.
            after: the turn that was told last; empty: answer now.
            seconds: to wait at most.
            trouble: why the grader does not grade, for students; empty where it does.
            paces: how fast it is.
        """
        person.must_be(course, Role.INSTRUCTOR)
        wanted = frozenset(assignments)
        before, now = self._watches.get(course), Watch(wanted, names.shown(trouble), self._clock(), paces)
        self._watches[course] = now
        if before is None or (before.assignments, before.trouble) != (now.assignments, now.trouble):
            self._bell(course).ring()  # students see another state
        elif after == self._turn(course):
            await self._bell(course).wait(min(seconds, MOST_SECONDS))
            self._watches[course] = Watch(wanted, now.trouble, self._clock(), paces)
        return {"turn": self._turn(course), "hand_ins": self._queue(course, wanted)}

    def answer(
        self, person: Person, course: str, assignment: str, student: str, number: int, said: Mapping[str, Any]
    ) -> Answer:
        """Keep what the grader says of a hand-in. What it said before is kept; the last answer counts."""
        person.must_be(course, Role.INSTRUCTOR)
        told = self._exchange.keep_answer(person, course, assignment, student, number, said)
        self._bell(course).ring()
        return told

    # --- the student

    def released(self, person: Person, course: str) -> list[Answer]:
        """What is out in a course, each with the seconds that it takes where it is graded at once and handed in now.

        None where its grader has measured none, or is away.
        """
        return [
            {**one, "seconds": self._if_handed_in(course, str(one["assignment"]))}
            for one in self._exchange.released(person, course)
        ]

    def _if_handed_in(self, course: str, assignment: str) -> float | None:
        watch = self._watches.get(course)
        if watch is None or assignment not in watch.assignments or self._clock() - watch.at >= GONE_SECONDS:
            return None
        ahead = (one["assignment"] for one in self._queue(course, watch.assignments))
        return watch.paces.until_done(ahead, assignment)

    async def seen(
        self, person: Person, course: str, assignment: str, student: str, number: int, *, place: str, seconds: float
    ) -> Answer:
        """What is known of one hand-in by whoever handed it in; waits until that is an answer, or another place.

        Args:
            person: whose it is, or an instructor.
            course, assignment, student, number: which hand-in.
            place: in the queue, as it was told last; empty: answer now.
            seconds: to wait at most.
        """
        until = self._clock() + min(seconds, MOST_SECONDS)
        while True:
            told = self._seen(person, course, assignment, student, number)
            left = until - self._clock()
            if told["answer"] is not None or str(told["place"]) != place or left <= 0:
                return told
            await self._bell(course).wait(left)

    def _seen(self, person: Person, course: str, assignment: str, student: str, number: int) -> Answer:
        sheet = self._exchange.work(person, course, assignment, student, number)
        answer = self._exchange.last_answer(course, assignment, student, number)
        watch = self._watches.get(course)
        watched = watch is not None and assignment in watch.assignments
        place = self._place(course, assignment, student, number) if answer is None and watched else 0
        return {
            "number": number,
            "at": sheet.record["at"],
            "files": sheet.record["files"],
            "answer": answer,
            "place": place,
            "seconds": self._seconds(course, assignment, place) if place else None,
            "watched": watched,
            "there": watch is not None and self._clock() - watch.at < GONE_SECONDS,
            "trouble": watch.trouble if watch else "",
        }

    def _place(self, course: str, assignment: str, student: str, number: int) -> int:
        """How many hand-ins come before this one, and itself; 0 where a later one took its place."""
        queue = self._queue(course, self._watches[course].assignments)
        wanted = (assignment, student, number)
        found = (at for at, one in enumerate(queue, 1) if (one["assignment"], one["student"], one["number"]) == wanted)
        return next(found, 0)

    def _seconds(self, course: str, assignment: str, place: int) -> float | None:
        """How long it will be until the hand-in at a place is graded, by what its grader measured; None: not known."""
        watch = self._watches[course]
        ahead = (one["assignment"] for one in self._queue(course, watch.assignments)[: place - 1])
        return watch.paces.until_done(ahead, assignment)

    # --- who waits

    def _queue(self, course: str, assignments: frozenset[str]) -> list[Answer]:
        """Of every student the last hand-in, where it has no answer yet. The disk is looked at once a turn."""
        turn = self._turn(course)
        if self._queues.get(course, ("", None))[:2] != (turn, assignments):
            self._queues[course] = turn, assignments, self._unanswered(course, assignments)
        return self._queues[course][2]

    def _unanswered(self, course: str, assignments: Iterable[str]) -> list[Answer]:
        folder = names.folder_of(course)
        out = set(self._exchange.store.below(folder, HANDED_IN))
        found = [
            told
            for assignment in assignments
            if (place := names.folder_of(assignment)) in out
            for student in self._exchange.store.below(folder, HANDED_IN, place)
            if (told := self._exchange.unanswered(course, assignment, unquote(student))) is not None
        ]
        return sorted(found, key=lambda one: (one["at"], one["student"]))

    def _turn(self, course: str) -> str:
        return f"{self._epoch}-{self._bell(course).rung}"

    def _bell(self, course: str) -> Bell:
        return self._bells.setdefault(course, Bell())


def read_paces(assignments: Sequence[str], said: Sequence[str], lanes: str) -> Paces:
    """What a grader says of its speed: of each assignment in turn a number of seconds, 0 where nothing was measured.

    What is no such number counts as not measured: an estimate is worth no refusal.
    """
    found = {}
    for assignment, text in zip(assignments, said, strict=False):
        with contextlib.suppress(ValueError):
            seconds = float(text)
            if 0 < seconds <= MOST_PACE:  # and not NaN
                found[assignment] = seconds
    return Paces(found, max(1, int(lanes)) if lanes.isascii() and lanes.isdigit() and len(lanes) < 5 else 1)


def read_answer(body: bytes) -> dict[str, Any]:
    """What a grader sent.

    Raises:
        Refusal: it is no JSON object, or too large.
    """
    told = "An answer is a JSON object of at most a megabyte, and something else came. Nothing was kept."
    if len(body) > ANSWER_BYTES:
        raise Refusal(Status.TOO_LARGE, told)
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal(Status.UNREADABLE, told)
    return found
