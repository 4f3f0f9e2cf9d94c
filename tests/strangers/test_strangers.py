"""Strangers' functions: the right ones pass, the wrong ones are caught, and no hint is known to mislead."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.strangers import Judged, checked, judge, wilson
from machine_room.exercises import all_exercises
from tests.strangers.collection import UNMEASURED, Group, Kind, Stranger, judgements, strangers

MEASURED = [one for one in strangers() if one.group not in UNMEASURED]
WRONG = [pytest.param(one, id=one.key) for one in MEASURED if one.kind is not Kind.RIGHT]
RIGHT = [pytest.param(one, id=one.key) for one in MEASURED if one.kind is Kind.RIGHT]


@pytest.mark.parametrize("stranger", RIGHT)
def test_a_right_function_is_accepted(stranger: Stranger) -> None:
    assert judge(stranger, checked(stranger)) is Judged.ACCEPTED


@pytest.mark.parametrize("stranger", WRONG)
def test_a_wrong_function_is_caught_and_not_misled(stranger: Stranger) -> None:
    assert judge(stranger, checked(stranger)) in (Judged.NAMED, Judged.UNNAMED)


def test_there_are_enough_of_every_kind_and_of_every_exercise() -> None:
    kinds = Counter(one.kind for one in strangers())
    assert kinds[Kind.WRONG] >= 300
    assert kinds[Kind.PAIR] >= 60
    assert kinds[Kind.RIGHT] >= 80
    asked = {exercise.name for exercise in all_exercises() if exercise.score is None}
    tried = {one.exercise.name for one in strangers()}
    assert len(tried & asked) >= 53
    assert len({one.key for one in strangers()}) == len(strangers())
    assert {one.group for one in strangers()} == set(Group)


def test_every_judgement_is_of_a_function_that_is_there() -> None:
    assert set(judgements()) <= {one.key for one in strangers()}
    assert {verdict for said in judgements().values() for verdict in said.values()} <= set(Judged)


def test_intervals_hold_their_share_and_stay_between_0_and_1() -> None:
    for total in (1, 7, 150):
        for hits in (0, total // 2, total):
            low, high = wilson(hits, total)
            assert 0 <= low <= hits / total <= high <= 1
