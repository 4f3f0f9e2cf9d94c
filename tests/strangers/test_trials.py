"""Each function of the sets written blind and fresh is what it is called, by the numbers alone, without any check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from machine_room.exercises import all_exercises
from tests.strangers.collection import Group, Kind, Stranger, strangers
from tests.strangers.trials import fault

BLIND = [one for one in strangers() if one.group is Group.BLIND]
FRESH = [one for one in strangers() if one.group is Group.FRESH]
#: A set, how many of each kind it has at least, and how many of each exercise.
SIZES = {
    "blind": (BLIND, {Kind.WRONG: 160, Kind.PAIR: 45, Kind.RIGHT: 80}, {Kind.WRONG: 2, Kind.RIGHT: 1}),
    "fresh": (FRESH, {Kind.WRONG: 200, Kind.PAIR: 60}, {Kind.WRONG: 3, Kind.PAIR: 1, Kind.RIGHT: 1}),
}


@pytest.mark.parametrize("stranger", BLIND + FRESH, ids=lambda one: one.key)
def test_a_right_function_does_what_the_reference_does_and_a_wrong_one_does_not(stranger: Stranger) -> None:
    found = fault(stranger)
    assert bool(found) is (stranger.kind is not Kind.RIGHT), found


def test_of_each_wrong_function_it_is_said_what_is_wrong() -> None:
    for one in BLIND + FRESH:
        assert bool(one.mistake) is bool(one.says) is (one.kind is not Kind.RIGHT), one.key


@pytest.mark.parametrize(("members", "sizes", "of_each"), SIZES.values(), ids=SIZES)
def test_a_set_is_large_enough_and_has_something_of_every_exercise(
    members: list[Stranger], sizes: Mapping[Kind, int], of_each: Mapping[Kind, int]
) -> None:
    kinds = Counter(one.kind for one in members)
    assert all(kinds[kind] >= least for kind, least in sizes.items()), kinds
    here = Counter((one.exercise.name, one.kind) for one in members)
    for exercise in all_exercises():
        if exercise.name != "train_and_read":  # docs/strangers.md says why it is left out
            assert all(here[exercise.name, kind] >= least for kind, least in of_each.items()), exercise.name
