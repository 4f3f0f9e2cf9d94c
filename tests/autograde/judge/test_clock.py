"""The watch of a request and the accounts it is charged to, by a clock that the test sets."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from autograde.inside.waiting import Reading
from autograde.judge.clock import A_MOMENT, SHORTEST, Account, Look, Watch


@dataclass
class World:
    """A clock, and a process that gets `share` of it, sleeps for the rest or waits for the rest."""

    now: float = 100.0
    known: bool = True
    asked: int = 0
    reading: Reading = field(default_factory=lambda: Reading(3.0, {"1": 50.0}))  # of its life before
    own: float = 7.0

    def pass_by(self, seconds: float, *, computing: float = 0.0, waiting: float = 0.0, own: float = 0.0) -> None:
        self.now += seconds
        self.own += own
        waited = self.reading.waited["1"] + waiting
        self.reading = Reading(self.reading.cpu_seconds + computing, {"1": waited})

    def ask(self) -> Reading | None:
        self.asked += 1
        return self.reading if self.known else None

    def watch(self, allowed: float, last: Look | None = None) -> Watch:
        return Watch(allowed, self.ask, last=last, now=lambda: self.now, own_delay=lambda: self.own)

    def look(self) -> Look:
        return Look(self.reading, self.own)

    def run_out(self, watch: Watch, *, share: float = 0.0, waiting: float = 0.0) -> float:
        """Wait as `frames` does until the time is up; return how long that took."""
        began = self.now
        while (left := watch.left()) > 0:
            self.pass_by(left, computing=share * left, waiting=waiting * left)
        return self.now - began


def test_what_is_answered_at_once_is_never_asked_about() -> None:
    world = World()
    watch = world.watch(2.0)
    assert watch.left() == pytest.approx(A_MOMENT)
    world.pass_by(0.03, waiting=0.03)
    assert watch.seconds() == pytest.approx(0.03)
    assert world.asked == 0


SHARES = {
    "alone": (1.0, 0.0, 2.0),
    "asleep": (0.0, 0.0, 2.0),
    "half": (0.5, 0.5, 4.0),
    "one of three": (1 / 3, 2 / 3, 6.0),
    "half asleep, half waiting": (0.0, 0.5, 4.0),
    "one of twenty": (0.05, 0.95, 20.0),
    "never let in": (0.0, 1.0, 20.0),
}


@pytest.mark.parametrize(("share", "waiting", "expected"), SHARES.values(), ids=SHARES)
def test_a_request_has_its_seconds_and_at_most_ten_times_them(share: float, waiting: float, expected: float) -> None:
    world = World()
    took = world.run_out(world.watch(2.0), share=share, waiting=waiting)
    # the first moment is counted by the clock on the wall: at one of twenty that costs half a second of twenty
    assert expected - 10 * A_MOMENT <= took <= expected + SHORTEST
    assert world.asked < 60


def test_what_it_had_waited_before_counts_for_nothing() -> None:
    world = World()
    world.pass_by(1000.0, waiting=1000.0)
    assert world.run_out(world.watch(2.0)) == pytest.approx(2.0, abs=SHORTEST)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_nobody_can_tell_it_is_the_clock_on_the_wall(share: float) -> None:
    world = World(known=False)
    assert world.run_out(world.watch(2.0), share=share, waiting=1 - share) == pytest.approx(2.0, abs=SHORTEST)


def test_what_the_judge_waits_itself_is_not_the_student_s() -> None:
    world = World()
    watch = world.watch(10.0)
    world.pass_by(0.1)
    watch.left()
    world.pass_by(5.0, own=3.0)
    assert watch.seconds() == pytest.approx(2.1)


LATE = {
    "it waited": {"waiting": 2.9, "computing": 0.1},
    "we waited": {"own": 2.9},
    "both in turn": {"waiting": 1.5, "own": 1.4, "computing": 0.1},
    "both at once": {"waiting": 2.9, "own": 2.9, "computing": 0.1},
}


@pytest.mark.parametrize("passed", LATE.values(), ids=LATE)
def test_a_first_look_that_comes_late_counts_what_was_waited_by_then(passed: dict[str, float]) -> None:
    world = World()
    watch = world.watch(2.0, world.look())
    assert watch.left() == pytest.approx(A_MOMENT)
    world.pass_by(3.0, **passed)
    assert watch.left() >= 1.5
    assert 0.1 <= watch.seconds() <= 0.5


@pytest.mark.parametrize("passed", LATE.values(), ids=LATE)
def test_so_does_the_only_look_at_a_request_that_is_answered_meanwhile(passed: dict[str, float]) -> None:
    world = World()
    watch = world.watch(2.0, world.look())
    world.pass_by(3.0, **passed)
    assert 0.1 <= watch.seconds() <= 0.5


def test_who_computes_until_a_late_look_has_used_its_seconds() -> None:
    world = World()
    watch = world.watch(2.0, world.look())
    world.pass_by(3.0, computing=3.0, own=2.9)
    assert watch.left() == 0.0


@pytest.mark.parametrize(("seconds", "computing", "left"), [(3.0, 0.0, 1.65), (3.0, 3.0, 0.0), (30.0, 0.0, 0.0)])
def test_waiting_for_the_answer_to_our_question_is_not_the_student_s(
    seconds: float, computing: float, left: float
) -> None:
    world = World()

    def ask() -> Reading | None:
        world.pass_by(seconds, computing=computing)
        return world.ask()

    watch = Watch(2.0, ask, last=world.look(), now=lambda: world.now, own_delay=lambda: world.own)
    world.pass_by(A_MOMENT)
    assert watch.left() == pytest.approx(left, abs=0.1)


def test_a_process_that_is_born_has_used_and_waited_nothing() -> None:
    assert Look().process == Reading()
    assert Look().own_delay >= 0


def test_a_process_that_ends_meanwhile_is_charged_the_rest_by_the_wall() -> None:
    world = World()
    watch = world.watch(10.0)
    world.pass_by(0.1)
    watch.left()
    world.known = False
    world.pass_by(1.0, waiting=1.0)
    assert watch.seconds() == pytest.approx(1.1)


def test_an_account_is_spent() -> None:
    account = Account(3.0)
    account.spent += 2.0
    assert (account.left, account.empty) == (1.0, False)
    account.spent += 1.5
    assert account.empty
