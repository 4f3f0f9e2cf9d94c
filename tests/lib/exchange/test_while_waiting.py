"""What a student is told while their hand-in waits."""

from __future__ import annotations

from typing import Any

import pytest

from machine_room.exchange.watching import while_waiting

WAITS = {"watched": True, "place": 4, "trouble": "", "there": True, "seconds": None}


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "In the queue: 3 before yours."),
        ({"place": 1}, "Being graded: it is your turn."),
        ({"place": 1, "seconds": 0.3}, "Being graded: it is your turn. It takes about 5 seconds, as others' did."),
        ({"seconds": 42.0}, "In the queue: 3 before yours. It takes about 40 seconds, as others' did."),
        ({"seconds": 89.9}, "In the queue: 3 before yours. It takes about 90 seconds, as others' did."),
        ({"seconds": 90.0}, "In the queue: 3 before yours. It takes about 2 minutes, as others' did."),
        ({"seconds": 3600.0}, "In the queue: 3 before yours. It takes about 60 minutes, as others' did."),
        ({"place": 0}, "You handed in again after this one: the later one is graded."),
        ({"watched": False}, "It is kept, and is graded with everybody's."),
        ({"trouble": "It is broken."}, "It is broken."),
    ],
)
def test_it_says_how_many_come_before_and_how_long_it_takes(told: dict[str, Any], said: str) -> None:
    assert while_waiting({**WAITS, **told}) == said


def test_an_exchange_that_measures_nothing_is_no_fault() -> None:
    assert while_waiting({key: WAITS[key] for key in WAITS if key != "seconds"}) == "In the queue: 3 before yours."
