"""Each function of the set written blind is what its first line says, by the numbers alone and without any check."""

from __future__ import annotations

import pytest

from tests.strangers.collection import Group, Kind, Stranger, strangers
from tests.strangers.trials import fault

BLIND = [one for one in strangers() if one.group is Group.BLIND]


@pytest.mark.parametrize("stranger", BLIND, ids=lambda one: one.key)
def test_a_right_function_does_what_the_reference_does_and_a_wrong_one_does_not(stranger: Stranger) -> None:
    found = fault(stranger)
    assert bool(found) is (stranger.kind is not Kind.RIGHT), found


def test_of_each_wrong_function_it_is_said_what_is_wrong() -> None:
    for one in BLIND:
        assert bool(one.mistake) is bool(one.says) is (one.kind is not Kind.RIGHT), one.key
