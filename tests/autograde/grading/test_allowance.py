"""From when on a hand-in takes long."""

from __future__ import annotations

import pytest

from autograde.grading.allowance import BOUNDS, LAST, START, TIMES, Allowance


def test_of_an_unknown_notebook_it_is_what_was_set() -> None:
    allowance = Allowance(7.0)
    allowance.took("a", 1.0)
    assert allowance.seconds("b", warm=True) == 7.0


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([0.5], 0.5 * TIMES),
        ([0.5, 0.6, 60.0], 0.6 * TIMES),  # one that took very long says little
        ([0.01], BOUNDS[0]),
        ([60.0], BOUNDS[1]),
        ([9.0] + [0.5] * LAST, 0.5 * TIMES),
        ([60.0] * (LAST // 2) + [0.5] * (LAST // 2 + 1), 0.5 * TIMES),
    ],
)
def test_it_follows_what_is_usual_within_bounds(taken: list[float], expected: float) -> None:
    allowance = Allowance()
    for seconds in taken:
        allowance.took("a", seconds)
    assert allowance.seconds("a", warm=True) == pytest.approx(expected)
    assert allowance.seconds("a", warm=False) == pytest.approx(expected + START)
