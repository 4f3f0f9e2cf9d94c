"""Graded while the student watches, at the exchange: who waits, in which order, who is told what, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from machine_room.exchange.bundle import packed
from machine_room.exchange.service import Connection, Refused
from machine_room.exchange.watching import while_waiting
from machine_room_hub.answers import ANSWER_BYTES, Paces, read_paces
from machine_room_hub.store import Store
from tests.hub.served import COURSE, Served, served

PS1, PS2 = "01-backprop", "02-activations"
GOOD = {"state": "graded", "points": 3.0}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path / "root") as service:
        for assignment in (PS1, PS2):
            path = f"courses/{COURSE}/assignments/{assignment}"
            assert service.ask("POST", path, who="ivy", data=packed({"a.ipynb": b"{}"})).status_code == 201
        yield service


def hand_in(service: Served, student: str, assignment: str = PS1) -> int:
    told = Connection(service.url, student).send(
        "courses", COURSE, "assignments", assignment, "hand-ins", files={"a.ipynb": student.encode()}
    )
    return int(told["number"])


def waiting(service: Served, *assignments: str, who: str = "ivy", **query: str | list[str]) -> dict[str, Any]:
    """What the course's grader is told."""
    wanted = list(assignments or (PS1,))
    told: dict[str, Any] = Connection(service.url, who).told("courses", COURSE, "waiting", assignment=wanted, **query)
    return told


def in_line(service: Served, *assignments: str) -> list[tuple[str, int]]:
    return [(one["student"], one["number"]) for one in waiting(service, *assignments)["hand_ins"]]


def place_of(student: str, number: int, assignment: str = PS1) -> tuple[str, ...]:
    return ("courses", COURSE, "assignments", assignment, "hand-ins", student, str(number), "answer")


def answer(service: Served, student: str, number: int, said: object = GOOD) -> None:
    Connection(service.url, "ivy").say(*place_of(student, number), said=said)


def seen(service: Served, student: str, number: int, **query: str) -> dict[str, Any]:
    told: dict[str, Any] = Connection(service.url, student).told(*place_of(student, number), **query)
    return told


def test_hand_ins_wait_in_the_order_in_which_they_came_until_they_are_answered(service: Served) -> None:
    hand_in(service, "bob")
    hand_in(service, "ada")
    assert in_line(service) == [("bob", 1), ("ada", 1)]
    assert [seen(service, who, 1)["place"] for who in ("bob", "ada")] == [1, 2]
    answer(service, "bob", 1)
    assert in_line(service) == [("ada", 1)]
    assert seen(service, "ada", 1)["place"] == 1
    assert {key: seen(service, "bob", 1)["answer"][key] for key in GOOD} == GOOD


def test_of_each_student_the_last_hand_in_waits_and_an_earlier_one_has_no_place_any_more(service: Served) -> None:
    assert [hand_in(service, "ada"), hand_in(service, "ada")] == [1, 2]
    assert in_line(service) == [("ada", 2)]
    assert seen(service, "ada", 1)["place"] == 0
    answer(service, "ada", 2)
    assert in_line(service) == []


def test_only_what_the_grader_asks_for_waits_and_the_student_is_told_whether_it_does(service: Served) -> None:
    hand_in(service, "ada", PS2)
    hand_in(service, "ada")
    told = Connection(service.url, "ada").told(*place_of("ada", 1))
    assert (told["watched"], told["there"], told["place"]) == (False, False, 0)  # no grader has asked yet
    assert in_line(service) == [("ada", 1)]
    told = seen(service, "ada", 1)
    assert (told["watched"], told["there"], told["place"]) == (True, True, 1)
    other = Connection(service.url, "ada").told(*place_of("ada", 1, PS2))
    assert (other["watched"], other["place"]) == (False, 0)
    assert len(in_line(service, PS1, PS2)) == 2


def test_a_student_is_told_how_long_it_takes_by_what_the_grader_measured(service: Served) -> None:
    for student, assignment in (("bob", PS2), ("bob", PS1), ("ada", PS1)):
        hand_in(service, student, assignment)
    waiting(service, PS1, PS2, pace=["8", "30"], lanes="2")
    told = seen(service, "ada", 1)
    assert (told["place"], told["seconds"]) == (3, (30 + 8) / 2 + 8)
    assert while_waiting(told) == "In the queue: 2 before yours. It takes about 25 seconds, as others' did."
    assert Connection(service.url, "bob").told(*place_of("bob", 1, PS2))["seconds"] == 30
    answer(service, "bob", 1)
    assert seen(service, "ada", 1)["seconds"] == 30 / 2 + 8
    waiting(service, PS1, PS2)  # a grader that measured nothing
    assert seen(service, "ada", 1)["seconds"] is None
    assert while_waiting(seen(service, "ada", 1)) == "In the queue: 1 before yours."


@pytest.mark.parametrize(
    ("said", "lanes", "paces"),
    [
        (["8", "30"], "2", Paces({PS1: 8.0, PS2: 30.0}, 2)),
        (["0.000", "30"], "", Paces({PS2: 30.0})),
        (["8"], "0", Paces({PS1: 8.0})),
        (["nan", "inf"], "-1", Paces()),
        (["-8", "1e300"], "1e9", Paces()),
        (["<b>", ""], "99999999", Paces()),
        ([], "²", Paces()),
        (["8", "30", "5"], "9999", Paces({PS1: 8.0, PS2: 30.0}, 9999)),
    ],
)
def test_what_is_no_measured_time_counts_as_not_measured(said: list[str], lanes: str, paces: Paces) -> None:
    assert read_paces([PS1, PS2], said, lanes) == paces


def test_what_keeps_the_grader_from_grading_is_told(service: Served) -> None:
    hand_in(service, "ada")
    waiting(service, trouble="The gradebook is locked.")
    assert seen(service, "ada", 1)["trouble"] == "The gradebook is locked."
    waiting(service)
    assert seen(service, "ada", 1)["trouble"] == ""


def later(wait: Any, then: Any) -> Any:
    """What `wait` returns, which asks for news that `then` makes."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(wait()))
    thread.start()
    then()
    thread.join(60)
    assert not thread.is_alive()
    return found[0]


def test_the_grader_is_told_of_a_hand_in_while_it_waits(service: Served) -> None:
    turn = waiting(service)["turn"]
    told = later(lambda: waiting(service, after=turn, seconds="50"), lambda: hand_in(service, "ada"))
    assert [one["student"] for one in told["hand_ins"]] == ["ada"]
    assert told["turn"] != turn


def test_a_student_is_told_of_the_answer_while_they_wait(service: Served) -> None:
    hand_in(service, "ada")
    waiting(service)
    told = later(lambda: seen(service, "ada", 1, place="1", seconds="50"), lambda: answer(service, "ada", 1))
    assert told["answer"]["points"] == 3.0


def test_a_student_is_told_that_it_is_their_turn_soon_while_they_wait(service: Served) -> None:
    hand_in(service, "bob")
    hand_in(service, "ada")
    waiting(service)
    told = later(lambda: seen(service, "ada", 1, place="2", seconds="50"), lambda: answer(service, "bob", 1))
    assert (told["answer"], told["place"]) == (None, 1)


@pytest.mark.parametrize("seconds", ["", "-1", "nan", "many"])
def test_who_says_no_time_waits_for_none(service: Served, seconds: str) -> None:
    turn = waiting(service)["turn"]
    assert waiting(service, after=turn, seconds=seconds)["turn"] == turn


def test_a_turn_of_another_process_is_answered_at_once(tmp_path: Path) -> None:
    with served(tmp_path / "root") as service:
        turn = waiting(service)["turn"]
    with served(tmp_path / "root") as service:
        waiting(service)  # what is watched has changed: a grader is there
        assert waiting(service, after=turn, seconds="50")["turn"] != turn


def test_the_last_answer_counts_and_all_are_kept(service: Served) -> None:
    hand_in(service, "ada")
    answer(service, "ada", 1)
    answer(service, "ada", 1, {**GOOD, "points": 4.0})
    assert seen(service, "ada", 1)["answer"]["points"] == 4.0
    [told] = Connection(service.url, "ivy").told("courses", COURSE, "students", "ada")
    assert [one["answer"]["points"] for one in told["answers"]] == [3.0, 4.0]
    [listed] = Connection(service.url, "ada").told("courses", COURSE, "hand-ins")
    assert listed["answer"]["points"] == 4.0


@pytest.mark.parametrize("said", [[], "graded", 3, None, {"text": "x" * ANSWER_BYTES}], ids=lambda s: type(s).__name__)
def test_an_answer_that_is_none_is_refused_and_the_hand_in_waits_on(service: Served, said: object) -> None:
    hand_in(service, "ada")
    with pytest.raises(Refused, match="a JSON object of at most a megabyte"):
        answer(service, "ada", 1, said)
    assert in_line(service) == [("ada", 1)]


def test_answers_are_there_when_the_service_starts_again_and_what_waited_waits(tmp_path: Path) -> None:
    with served(tmp_path / "root") as service:
        service.ask("POST", f"courses/{COURSE}/assignments/{PS1}", who="ivy", data=packed({"a.ipynb": b"{}"}))
        hand_in(service, "bob")
        hand_in(service, "ada")
        answer(service, "bob", 1)
    with served(tmp_path / "root") as service:
        assert in_line(service) == [("ada", 1)]
        assert seen(service, "bob", 1)["answer"]["points"] == 3.0


def test_what_is_forgotten_or_too_old_takes_its_answers_along(service: Served) -> None:
    for student in ("ada", "bob"):
        hand_in(service, student)
        answer(service, student, 1)
    ivy = Connection(service.url, "ivy")
    ivy.remove("courses", COURSE, "students", "ada")
    assert answered(service.exchange.store) == ["bob"]
    ivy.remove("courses", COURSE, "expired", before="2999-01-01T00:00:00Z")
    assert [service.exchange.store.below(COURSE, "answered", PS1, "bob")] == [[]]


def answered(store: Store) -> list[str]:
    return store.below(COURSE, "answered", PS1)
