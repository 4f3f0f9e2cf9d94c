"""A crew of workers that come, go, hang, fail and lie: every hand-in is answered once, and each fault is a sentence."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from autograde.contract.failures import WorkersUnavailable
from autograde.contract.verdict import Verdict
from autograde.grading.crew import MOST_LOSSES, Arrived, Dispatch, Errand, Lost, Rules
from autograde.grading.parcels import Answer

RULES = Rules(grading=10.0, enlisting=5.0, nobody=30.0, looks=1.0)
READY = Answer(ready=True)


def verdict_on(name: str) -> Answer:
    return Answer(Verdict(name, "01-backprop", "small", ()))


class Clock:
    """Time goes on when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class StandIn:
    """Workers that answer at once, or as told; `events` are called one by one, each time somebody waits."""

    clock: Clock
    present: set[str] = field(default_factory=set)
    behave: Callable[[str, Errand, str], Answer | str | None] = lambda member, errand, name: (
        READY if errand is Errand.ENLIST else verdict_on(name)
    )
    events: deque[Callable[[], object]] = field(default_factory=deque)
    sent: list[tuple[str, Errand, str]] = field(default_factory=list)
    recalled: list[int] = field(default_factory=list)
    coming: deque[Arrived] = field(default_factory=deque)

    def members(self) -> set[str]:
        return set(self.present)

    def send(self, member: str, errand: Errand, parcel: bytes) -> int:
        name = parcel.decode()
        self.sent.append((member, errand, name))
        answer = self.behave(member, errand, name)
        if not isinstance(answer, str):  # "hangs"
            self.coming.append(Arrived(len(self.sent), answer))
        return len(self.sent)

    def recall(self, ticket: int) -> None:
        self.recalled.append(ticket)

    def arrived(self, seconds: float) -> Sequence[Arrived]:
        if self.events:
            self.events.popleft()()
        if not self.coming:
            self.clock.now += max(seconds, 0.1)
            return []
        return [self.coming.popleft()]

    def graded_by(self, member: str) -> list[str]:
        return [name for who, errand, name in self.sent if who == member and errand is Errand.GRADE]


@pytest.fixture
def crew() -> StandIn:
    return StandIn(Clock(), {"a", "b"})


@pytest.fixture
def said() -> list[str]:
    return []


def dispatch(
    crew: StandIn, said: list[str], accept: Callable[[str, Answer], str] = lambda name, answer: ""
) -> Dispatch:
    return Dispatch(crew, b"brief", str.encode, accept, RULES, said.append, clock=crew.clock)


def run(dispatch: Dispatch, names: Sequence[str]) -> list[str]:
    """Whose verdicts came, each with its own."""
    came = list(dispatch.answers(names))
    for one in came:
        assert not isinstance(one, Lost)
        name, answer = one
        assert answer.verdict is not None
        assert answer.verdict.student == name
    return [one[0] for one in came if not isinstance(one, Lost)]


NAMES = [f"student{number}" for number in range(9)]


def test_all_work_is_done_by_all(crew: StandIn, said: list[str]) -> None:
    assert sorted(run(dispatch(crew, said), NAMES)) == NAMES
    assert crew.graded_by("a")
    assert crew.graded_by("b")
    assert said == []


def test_a_worker_that_cannot_isolate_gets_no_work_and_is_named(crew: StandIn, said: list[str]) -> None:
    def behave(member: str, errand: Errand, name: str) -> Answer:
        if member == "b":
            return Answer(refused="This machine cannot isolate students' code.")
        return READY if errand is Errand.ENLIST else verdict_on(name)

    crew.behave = behave
    assert sorted(run(dispatch(crew, said), NAMES)) == NAMES
    assert crew.graded_by("b") == []
    assert said == ["The worker b gets no work: This machine cannot isolate students' code."]


def test_a_worker_that_joins_late_works(crew: StandIn, said: list[str]) -> None:
    crew.present = set()
    crew.events += [lambda: None, lambda: crew.present.add("late")]
    assert sorted(run(dispatch(crew, said), NAMES)) == NAMES
    assert len(crew.graded_by("late")) == len(NAMES)


def hangs(member: str, errand: Errand, name: str) -> Answer | str:
    if errand is Errand.ENLIST:
        return READY
    return "hangs" if member == "a" else verdict_on(name)


def test_what_a_worker_had_that_died_goes_to_another(crew: StandIn, said: list[str]) -> None:
    crew.behave = hangs
    crew.events += [lambda: None] * 4 + [lambda: crew.present.discard("a")]
    assert sorted(run(dispatch(crew, said), NAMES)) == NAMES
    (lost,) = crew.graded_by("a")
    assert lost in crew.graded_by("b")
    assert said == [f"The worker a has left the cluster with the hand-in of {lost}, which goes to another one."]


def test_a_worker_that_hangs_is_put_aside_and_its_late_answer_is_nobodys(crew: StandIn, said: list[str]) -> None:
    crew.behave = hangs
    task = dispatch(crew, said)
    came = run(task, NAMES)
    assert sorted(came) == NAMES
    (lost,) = crew.graded_by("a")
    assert said == [
        "The worker a gets no work: it has not answered for 10 seconds with the hand-in of "
        f"{lost}, which goes to another one."
    ]
    ticket = 1 + crew.sent.index(("a", Errand.GRADE, lost))
    assert ticket in crew.recalled
    assert task._receive(Arrived(ticket, verdict_on(lost))) is None


FAULTS: dict[str, tuple[Answer | None, str]] = {
    "it failed": (None, "failed at what it was sent for"),
    "another version": (Answer(refused="It has another version."), "It has another version"),
    "another student's verdict": (verdict_on("eve"), "its verdict is on another student"),
    "no grading process": (Answer(refused="A grading process ended before it had begun."), "ended before it had begun"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_worker_that_does_not_do_what_it_was_sent_for_gets_no_more_work(
    fault: str, crew: StandIn, said: list[str]
) -> None:
    answer, sentence = FAULTS[fault]

    def behave(member: str, errand: Errand, name: str) -> Answer | None:
        if errand is Errand.ENLIST:
            return READY
        return answer if member == "a" else verdict_on(name)

    def accept(name: str, answer: Answer) -> str:
        assert answer.verdict is not None
        return "" if answer.verdict.student == name else "its verdict is on another student"

    crew.behave = behave
    assert sorted(run(dispatch(crew, said, accept), NAMES)) == NAMES
    assert len(crew.graded_by("a")) == 1
    assert len(said) == 1
    assert sentence in said[0]


def test_a_worker_that_was_started_anew_is_made_ready_again(crew: StandIn, said: list[str]) -> None:
    forgets = iter([True])

    def behave(member: str, errand: Errand, name: str) -> Answer:
        if errand is Errand.ENLIST:
            return READY
        return Answer() if next(forgets, False) else verdict_on(name)

    crew.behave = behave
    assert sorted(run(dispatch(crew, said), NAMES)) == NAMES
    assert [errand for _, errand, _ in crew.sent].count(Errand.ENLIST) == 3
    assert said == []


def test_where_nobody_can_work_the_run_says_why_of_each(crew: StandIn, said: list[str]) -> None:
    crew.behave = lambda member, errand, name: Answer(refused=f"{member} has no namespaces.")
    with pytest.raises(WorkersUnavailable, match=r"of 2 workers none can work \(a: a has no namespaces; b: b has no"):
        run(dispatch(crew, said), NAMES)
    assert len(said) == 2


def test_where_nobody_comes_the_run_says_so(crew: StandIn, said: list[str]) -> None:
    crew.present = set()
    with pytest.raises(WorkersUnavailable, match="no worker is there"):
        run(dispatch(crew, said), NAMES)
    assert crew.clock.now > RULES.nobody


def test_a_hand_in_that_every_worker_is_lost_with_is_given_back_and_stops_nobody(
    crew: StandIn, said: list[str]
) -> None:
    crew.present = {f"w{number}" for number in range(MOST_LOSSES + 2)}

    def behave(member: str, errand: Errand, name: str) -> Answer | None:
        if errand is Errand.ENLIST:
            return READY
        return None if name == "student3" else verdict_on(name)

    crew.behave = behave
    came = list(dispatch(crew, said).answers(NAMES))
    assert [one for one in came if isinstance(one, Lost)] == [Lost("student3", MOST_LOSSES)]
    assert len(came) == len(NAMES)


def test_who_no_longer_asks_recalls_what_is_under_way(crew: StandIn, said: list[str]) -> None:
    crew.behave = hangs
    answers: Iterator[object] = dispatch(crew, said).answers(NAMES)
    next(answers)
    answers.close()  # type: ignore[attr-defined]
    ticket = 1 + crew.sent.index(("a", Errand.GRADE, crew.graded_by("a")[0]))
    assert ticket in crew.recalled


@pytest.mark.parametrize("seed", range(20))
def test_whatever_workers_do_everyone_is_answered_once(seed: int, crew: StandIn, said: list[str]) -> None:
    """Workers die, hang, fail, forget, come back and come late, at random; a few are honest."""
    dice = random.Random(seed)
    crew.present = {f"w{number}" for number in range(4)} | {"honest"}
    names = [f"student{number}" for number in range(60)]

    def behave(member: str, errand: Errand, name: str) -> Answer | str | None:
        right = READY if errand is Errand.ENLIST else verdict_on(name)
        if member == "honest" or dice.random() < 0.8:
            return right
        wrong = dice.choice(["hangs", "dies", "fails", "forgets", "refuses", "lies"])
        if wrong == "dies":
            crew.present.discard(member)
            crew.present.add(f"{member}'")
        return {"fails": None, "forgets": Answer(), "refuses": Answer(refused="no"), "lies": verdict_on("eve")}.get(
            wrong, "hangs"
        )

    def accept(name: str, answer: Answer) -> str:
        return "" if answer.verdict is not None and answer.verdict.student == name else "it lies"

    crew.behave = behave
    came = list(dispatch(crew, said, accept).answers(names))
    answered = [one.name if isinstance(one, Lost) else one[0] for one in came]
    assert sorted(answered) == sorted(names)
    for one in came:
        assert isinstance(one, Lost) or accept(*one) == ""
