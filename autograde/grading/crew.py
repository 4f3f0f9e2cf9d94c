"""Who of a crew of workers does what, while they come, go, hang and fail. Knows no Dask and reads no verdict.

Each worker that joins is asked to get ready first; who cannot is named with its reason and gets no work. Everyone else
has one hand-in at a time. A worker that is gone, or has had a hand-in for too long, loses it to the next: whoever
answers first has answered, and later answers are nobody's. A hand-in that was lost again and again is given back as
lost, graded by nobody: that may be a cluster's fault or the hand-in's, and is no verdict on it.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from ..contract.failures import WorkersUnavailable
from .parcels import Answer

__all__ = ["MOST_LOSSES", "Arrived", "Crew", "Dispatch", "Errand", "Lost", "Rules"]

MOST_LOSSES = 5  # workers that were lost with one hand-in, until it is given back


class Errand(StrEnum):
    """What a worker is sent for."""

    ENLIST = "enlist"
    GRADE = "grade"


@dataclass(frozen=True)
class Arrived:
    """What came of an errand: an answer, or None where the worker failed at it."""

    ticket: int
    answer: Answer | None


class Crew(Protocol):
    """Workers somewhere else."""

    def members(self) -> Set[str]:
        """Who is there now."""

    def send(self, member: str, errand: Errand, parcel: bytes) -> int:
        """Send a worker on an errand, and do not wait; the ticket is in what arrives."""

    def recall(self, ticket: int) -> None:
        """Nobody waits for this one any more; whatever comes of it does not arrive."""

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        """What has arrived; waits so long at most for the first."""


@dataclass(frozen=True)
class Rules:
    """How long to wait for what, in seconds."""

    grading: float  # one hand-in, with all attempts
    enlisting: float = 300.0  # a worker imports everything, from a cold disk
    nobody: float = 60.0  # without a worker that is ready or getting ready, until the run is given up
    looks: float = 0.5  # between two looks at who is there


@dataclass(frozen=True)
class Lost:
    """A hand-in that no worker brought back."""

    name: str
    workers: int


@dataclass
class _Sent:
    member: str
    errand: Errand
    since: float
    name: str = ""  # of the hand-in


@dataclass
class Dispatch:
    """One notebook's hand-ins, given to a crew.

    Args:
        crew: the workers.
        brief: what each has to know, see `parcels.Brief`.
        pack: the parcel of a hand-in, by name; made when it is sent.
        accept: why an answer's verdict on a hand-in is not taken; empty: it is.
        rules: how long to wait for what.
        say: told in a sentence about every worker that is refused or lost.
    """

    crew: Crew
    brief: bytes
    pack: Callable[[str], bytes]
    accept: Callable[[str, Answer], str]
    rules: Rules
    say: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    _known: set[str] = field(default_factory=set)
    _idle: deque[str] = field(default_factory=deque)
    _refused: dict[str, str] = field(default_factory=dict)
    _sent: dict[int, _Sent] = field(default_factory=dict)
    _waiting: deque[str] = field(default_factory=deque)
    _losses: dict[str, int] = field(default_factory=dict)
    _lost: list[Lost] = field(default_factory=list)

    def answers(self, names: Sequence[str]) -> Iterator[tuple[str, Answer] | Lost]:
        """Have every hand-in graded and yield what came, as it comes: one thing for each name.

        Raises:
            WorkersUnavailable: nobody has been able to work for `Rules.nobody` seconds.
        """
        self._waiting.extend(names)
        left, somebody, looked = len(names), self.clock(), float("-inf")
        try:
            while left:
                if self.clock() - looked >= self.rules.looks:
                    looked = self.clock()
                    self._look()
                self._overdue()
                self._send_out()
                answers = [self._receive(one) for one in self.crew.arrived(0.0 if self._lost else self.rules.looks)]
                self._send_out()  # before anyone writes the verdicts down
                came: list[tuple[str, Answer] | Lost] = [*filter(None, answers), *self._given_up()]
                if self._idle or self._sent or came:
                    somebody = self.clock()
                elif self.clock() - somebody > self.rules.nobody:
                    raise WorkersUnavailable(self._nobody())
                left -= len(came)
                yield from came
        finally:
            for ticket in list(self._sent):
                self.crew.recall(ticket)

    # --- who is there

    def _look(self) -> None:
        present = self.crew.members()
        for member in sorted(present - self._known):
            self._known.add(member)
            self._enlist(member)
        for member in sorted(self._known - present):
            self._known.discard(member)
            self._refused.pop(member, None)
            self._dismiss(member, "has left the cluster")

    def _enlist(self, member: str) -> None:
        ticket = self.crew.send(member, Errand.ENLIST, self.brief)
        self._sent[ticket] = _Sent(member, Errand.ENLIST, self.clock())

    def _dismiss(self, member: str, why: str) -> None:
        """Send this worker nothing more, and take back what it has."""
        told = f"The worker {member} {why}."
        if member in self._idle:
            self._idle.remove(member)
        for ticket in [ticket for ticket, sent in self._sent.items() if sent.member == member]:
            self.crew.recall(ticket)
            if sent_for := self._sent.pop(ticket).name:
                told = f"{told[:-1]} with the hand-in of {sent_for}, which goes to another one."
                self._lose(sent_for)
        self.say(told)

    def _refuse(self, member: str, why: str) -> None:
        self._refused[member] = why
        self._dismiss(member, f"gets no work: {why.rstrip('.')}")

    def _lose(self, name: str) -> None:
        self._losses[name] = losses = self._losses.get(name, 0) + 1
        if losses < MOST_LOSSES:
            self._waiting.appendleft(name)
        else:
            self._lost.append(Lost(name, losses))

    def _given_up(self) -> list[Lost]:
        lost, self._lost = self._lost, []
        return lost

    def _overdue(self) -> None:
        """Put aside who has had something for too long. If it comes back to life its answer is nobody's."""
        most = {Errand.ENLIST: self.rules.enlisting, Errand.GRADE: self.rules.grading}
        for sent in list(self._sent.values()):
            if self.clock() - sent.since > most[sent.errand]:
                self._refuse(sent.member, f"it has not answered for {most[sent.errand]:g} seconds")

    def _nobody(self) -> str:
        reasons = "; ".join(f"{member}: {why.rstrip('.')}" for member, why in sorted(self._refused.items()))
        there = f"of {len(self._known)} workers none can work ({reasons})" if self._known else "no worker is there"
        return (
            f"The cluster grades nothing: {there}. What was graded is kept. Mend that, and run the same command again; "
            "or grade on this machine, without --scheduler."
        )

    # --- who does what

    def _send_out(self) -> None:
        while self._idle and self._waiting:
            name, member = self._waiting.popleft(), self._idle.popleft()
            ticket = self.crew.send(member, Errand.GRADE, self.pack(name))
            self._sent[ticket] = _Sent(member, Errand.GRADE, self.clock(), name)

    def _receive(self, arrived: Arrived) -> tuple[str, Answer] | None:
        sent = self._sent.pop(arrived.ticket, None)
        if sent is None:  # it was recalled
            return None
        answer = arrived.answer
        if answer is None:
            why = "failed at what it was sent for"
        elif answer.refused:
            why = answer.refused
        elif sent.errand is Errand.ENLIST:
            why = "" if answer.ready else "it has not said whether it is ready"
        elif answer.verdict is None:  # it was started anew, under the same address
            self._waiting.appendleft(sent.name)
            self._enlist(sent.member)
            return None
        else:
            why = self.accept(sent.name, answer)
        if why:
            if sent.name:
                self._lose(sent.name)
            self._refuse(sent.member, why)
            return None
        self._idle.append(sent.member)
        return (sent.name, answer) if sent.errand is Errand.GRADE and answer is not None else None
