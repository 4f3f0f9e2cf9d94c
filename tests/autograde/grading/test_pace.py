"""From when on a hand-in takes long."""

from __future__ import annotations

import pytest

from autograde.grading.pace import BOUNDS, LAST, TIMES, Pace


def test_of_an_unknown_notebook_it_is_what_was_set() -> None:
    pace = Pace(7.0)
    pace.took("a", 1.0)
    assert pace.slow_after("b") == 7.0


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
    pace = Pace()
    for seconds in taken:
        pace.took("a", seconds)
    assert pace.slow_after("a") == pytest.approx(expected)
