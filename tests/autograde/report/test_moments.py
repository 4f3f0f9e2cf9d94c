"""What is worked out from sums, beside SciPy and beside the definition on the whole table."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from autograde.report.moments import FEWEST, Moments

CHECKS = ("a", "b", "c", "d")
WORTH = np.array([1.0, 2.0, 3.0, 0.5])


def table(seed: int, hand_ins: int, *, partly: bool) -> np.ndarray:
    """Points of a class in which some are better than others."""
    rng = np.random.default_rng(seed)
    skill = rng.normal(size=(hand_ins, 1))
    share = skill + rng.normal(size=(hand_ins, len(CHECKS)))
    points: np.ndarray = (np.clip(share, 0, 1).round(2) if partly else (share > 0).astype(float)) * WORTH
    return points


def counted(points: np.ndarray) -> Moments:
    moments = Moments(CHECKS)
    for row in points:
        moments.add(dict(zip(CHECKS, map(float, row), strict=True)))
    return moments


@pytest.mark.parametrize("hand_ins", [FEWEST, 200, 5_000])
@pytest.mark.parametrize("partly", [True, False])
def test_discrimination_is_the_correlation_with_all_other_checks(hand_ins: int, partly: bool) -> None:
    points = table(hand_ins, hand_ins, partly=partly)
    moments = counted(points)
    for place, check in enumerate(CHECKS):
        rest = points.sum(axis=1) - points[:, place]
        expected = stats.pearsonr(points[:, place], rest).statistic
        if not partly:
            assert stats.pointbiserialr(points[:, place] > 0, rest).statistic == pytest.approx(expected)
        assert moments.discrimination(check) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("partly", [True, False])
def test_alpha_is_cronbachs(partly: bool) -> None:
    points = table(1, 300, partly=partly)
    covariances = np.cov(points, rowvar=False)
    size = len(CHECKS)
    expected = size / (size - 1) * (1 - np.trace(covariances) / covariances.sum())
    assert counted(points).alpha() == pytest.approx(expected, abs=1e-9)


def test_checks_that_all_say_the_same_are_fully_reliable() -> None:
    same = np.tile(np.random.default_rng(0).integers(0, 2, (50, 1)).astype(float), (1, len(CHECKS)))
    assert counted(same).alpha() == pytest.approx(1.0)
    assert counted(same).discrimination("a") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("points", "why"),
    [
        (np.zeros((0, 4)), "it needs 10 hand-ins at least, and there are 0"),
        (table(0, FEWEST - 1, partly=False), "it needs 10 hand-ins at least, and there are 9"),
        (np.ones((50, 4)), "everyone has the same points"),
    ],
)
def test_where_alpha_cannot_be_worked_out_the_reason_is_told(points: np.ndarray, why: str) -> None:
    moments = counted(points)
    assert moments.alpha() is None
    assert moments.why_no_alpha() == why
    assert [moments.discrimination(check) for check in CHECKS] == [None] * 4


def test_one_check_has_nothing_to_agree_with() -> None:
    moments = Moments(("a",))
    for value in range(50):
        moments.add({"a": float(value % 2)})
    assert (moments.alpha(), moments.discrimination("a")) == (None, None)
    assert moments.why_no_alpha() == "it needs two checks at least"


def test_a_check_that_everyone_has_says_nothing_of_them() -> None:
    points = table(3, 100, partly=False)
    points[:, 1] = 2.0
    assert counted(points).discrimination("b") is None
    assert counted(points).discrimination("a") is not None


def test_a_hand_in_that_lacks_a_check_is_left_out() -> None:
    moments = counted(table(3, 20, partly=False))
    moments.add({"a": 1.0})
    assert moments.count == 20
