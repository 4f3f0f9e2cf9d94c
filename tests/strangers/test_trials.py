"""Each function of the sets written blind and fresh is what it is called, by the numbers alone, without any check."""

from __future__ import annotations

from collections import Counter

import pytest

from machine_room.exercises import all_exercises
from tests.strangers.collection import Group, Kind, Stranger, strangers
from tests.strangers.trials import fault

BLIND = [one for one in strangers() if one.group is Group.BLIND]
FRESH = [one for one in strangers() if one.group is Group.FRESH]


@pytest.mark.parametrize("stranger", BLIND + FRESH, ids=lambda one: one.key)
def test_a_right_function_does_what_the_reference_does_and_a_wrong_one_does_not(stranger: Stranger) -> None:
    found = fault(stranger)
    assert bool(found) is (stranger.kind is not Kind.RIGHT), found


def test_of_each_wrong_function_it_is_said_what_is_wrong() -> None:
    for one in BLIND + FRESH:
        assert bool(one.mistake) is bool(one.says) is (one.kind is not Kind.RIGHT), one.key


def test_every_exercise_that_answers_to_the_reference_has_two_mistakes_and_a_right_function() -> None:
    kinds = Counter(one.kind for one in BLIND)
    assert kinds[Kind.WRONG] >= 160
    assert kinds[Kind.PAIR] >= 45
    assert kinds[Kind.RIGHT] >= 80
    here = Counter((one.exercise.name, one.kind) for one in BLIND)
    for exercise in all_exercises():
        if exercise.name != "train_and_read":  # docs/strangers.md says why it is left out
            assert here[exercise.name, Kind.WRONG] >= 2, exercise.name
            assert here[exercise.name, Kind.RIGHT] >= 1, exercise.name


def test_the_fresh_set_has_three_mistakes_and_a_right_function_of_every_exercise() -> None:
    kinds = Counter(one.kind for one in FRESH)
    assert kinds[Kind.WRONG] >= 200
    assert kinds[Kind.PAIR] >= 60
    here = Counter((one.exercise.name, one.kind) for one in FRESH)
    for exercise in all_exercises():
        if exercise.name != "train_and_read":  # docs/strangers.md says why it is left out
            assert here[exercise.name, Kind.WRONG] >= 3, exercise.name
            assert here[exercise.name, Kind.PAIR] >= 1, exercise.name
            assert here[exercise.name, Kind.RIGHT] >= 1, exercise.name
