"""How much of the class had a check right: said only where it tells nothing of one person."""

from __future__ import annotations

from collections import defaultdict

import pytest

from autograde.gradebook.shares import FEWEST, HIDDEN, told_share

SIZES = (20, 21, 23, 30, 47, 50, 99, 100, 200, 1_000)


def told(right: int, size: int) -> str:
    return told_share([(2.0, 2.0)] * right + [(1.5, 2.0)] * (size - right))


@pytest.mark.parametrize("size", range(FEWEST))
def test_of_few_nothing_is_said(size: int) -> None:
    assert {told(right, size) for right in range(size + 1)} == {""}


@pytest.mark.parametrize("size", SIZES)
def test_whatever_is_said_each_side_may_be_others_than_the_reader(size: int) -> None:
    """Of all classes of which the same is said, none leaves fewer than so many in doubt: nobody is known to be wrong,
    or right, because the reader knows their own result."""
    said: dict[str, list[int]] = defaultdict(list)
    for right in range(size + 1):
        said[told(right, size)].append(right)
    for rights in said.values():
        assert max(rights) >= HIDDEN, "all may be wrong, and at most a few are right"
        assert size - min(rights) >= HIDDEN, "all may be right, and at most a few are wrong"
    assert told(0, size) == told(min(HIDDEN - 1, size), size)
    assert told(size, size) == told(size - HIDDEN + 1, size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_said_is_true_to_a_tenth(size: int) -> None:
    for right in range(size + 1):
        words = told(right, size).split()
        percent, exact = int(words[words.index("%") - 1]), 100 * right / size
        if words[0] == "About":
            assert abs(percent - exact) <= 5 + 1e-9
        else:
            assert (exact > percent) if words[0] == "More" else (exact < percent)


def test_a_check_without_points_cannot_be_right() -> None:
    assert told_share([(0.0, 0.0)] * 100) == ""


def test_more_points_than_there_are_is_right_too() -> None:
    assert told_share([(3.0, 2.0)] * 60 + [(0.0, 2.0)] * 40).startswith("About 60 %")
