"""The contract of every schedule, and the counting of performance scheduling."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from machine_room import schedules
from machine_room.schedules import plateau_start, plateau_step

# name -> (schedule with its settings fixed, the same as a call of the pure function, rates at t = 0, 10 and 1000)
SCHEDULES = {
    "power": (
        schedules.Power(0.4, s=10),
        lambda t: schedules.power_schedule(t, learning_rate=0.4, s=10),
        (0.4, 0.2, 0.4 / 101),
    ),
    "power of 1/2": (
        schedules.Power(0.4, s=10, c=0.5),
        lambda t: schedules.power_schedule(t, learning_rate=0.4, s=10, c=0.5),
        (0.4, 0.4 / math.sqrt(2), 0.4 / math.sqrt(101)),
    ),
    "exponential": (
        schedules.Exponential(0.4, s=20),
        lambda t: schedules.exponential_schedule(t, learning_rate=0.4, s=20),
        (0.4, 0.4 / math.sqrt(10), 0.4e-50),
    ),
    "staircase": (
        schedules.Exponential(0.4, s=20, factor=0.5, staircase=True),
        lambda t: schedules.exponential_schedule(t, learning_rate=0.4, s=20, factor=0.5, staircase=True),
        (0.4, 0.4, 0.4 / 2**50),
    ),
    "piecewise constant": (
        schedules.PiecewiseConstant(boundaries=[5, 10], values=[0.4, 0.2, 0.1]),
        lambda t: schedules.piecewise_constant_schedule(t, boundaries=[5, 10], values=[0.4, 0.2, 0.1]),
        (0.4, 0.1, 0.1),
    ),
    "1cycle": (
        schedules.OneCycle(total=22, max_rate=0.4),
        lambda t: schedules.one_cycle_schedule(t, total=22, max_rate=0.4),
        (0.04, 0.36, 0.00004),
    ),
    "warm-up": (
        schedules.WarmUp(0.4, s=10),
        lambda t: schedules.warm_up_schedule(t, learning_rate=0.4, s=10),
        (0.04, 0.4, 0.4),
    ),
}
every_schedule = pytest.mark.parametrize(("schedule", "function", "rates"), SCHEDULES.values(), ids=SCHEDULES)


@every_schedule
def test_a_schedule_gives_the_rates_of_its_formula(
    schedule: Any, function: Callable[..., Any], rates: tuple[Any, ...]
) -> None:
    assert [schedule(t) for t in (0, 10, 1000)] == pytest.approx(rates, rel=1e-12)


@every_schedule
@given(t=st.floats(0, 1e6))
def test_a_schedule_is_its_function_a_plain_float_never_negative(
    schedule: Any, function: Callable[..., Any], rates: tuple[Any, ...], t: float
) -> None:
    assert type(schedule(t)) is float
    assert schedule(t) == function(t) >= 0
    assert schedule(np.float64(t)) == schedule(t)


@every_schedule
def test_a_schedule_holds_no_state(schedule: Any, function: Callable[..., Any], rates: tuple[Any, ...]) -> None:
    times = [7, 0, 40, 7, 0]
    assert [schedule(t) for t in times] == [function(t) for t in times]


@every_schedule
def test_time_before_zero_is_refused_word_for_word(
    schedule: Any, function: Callable[..., Any], rates: tuple[Any, ...]
) -> None:
    for bad in (-1, float("nan")):
        with pytest.raises(ValueError) as error:
            schedule(bad)
        assert str(error.value) == f"t must be a finite number >= 0, but it is {bad}: schedules count from 0"


@given(s=st.floats(0.1, 1e4), t=st.floats(0, 1e4))
def test_power_and_exponential_never_rise_and_scale_with_time(s: float, t: float) -> None:
    for make in (schedules.Power, schedules.Exponential):
        assert make(0.4, s=s)(t) >= make(0.4, s=s)(t + 1)
        assert make(0.4, s=s)(t) == pytest.approx(make(0.4, s=2 * s)(2 * t))


def test_one_cycle_rises_then_falls_and_peaks_once() -> None:
    rates = [schedules.one_cycle_schedule(t, total=101, max_rate=1.0) for t in range(101)]
    peak = int(np.argmax(rates))
    assert rates[peak] == 1.0
    assert all(np.diff(rates[: peak + 1]) > 0)
    assert all(np.diff(rates[peak:]) < 0)


MESSAGES = {
    "too few values": (
        lambda: schedules.PiecewiseConstant([5, 15], [0.1, 0.01]),
        "values must be one more than boundaries, but there are 2 values and 2 boundaries",
    ),
    "boundaries fall": (
        lambda: schedules.PiecewiseConstant([15, 5], [0.1, 0.01, 0.001]),
        "boundaries must increase, but they are [15, 5]",
    ),
    "a late NaN": (
        lambda: schedules.PiecewiseConstant([5], [0.1, float("nan")]),
        "learning_rate must be a finite number >= 0, but it is nan: choose one such as 0.01",
    ),
    "NaN": (
        lambda: schedules.Exponential(float("nan"), s=20),
        "learning_rate must be a finite number >= 0, but it is nan: choose one such as 0.01",
    ),
    "s": (lambda: schedules.Power(0.1, s=0), "s must be a finite number > 0, but it is 0"),
    "total": (lambda: schedules.OneCycle(3, max_rate=0.1), "total must be a whole number >= 4, but it is 3"),
    "range test of one step": (
        lambda: schedules.range_test_schedule(0, total=1, min_rate=0.1, max_rate=1.0),
        "total must be a whole number >= 2, but it is 1",
    ),
    "range test from zero": (
        lambda: schedules.range_test_schedule(0, total=9, min_rate=0.0, max_rate=1.0),
        "min_rate must be a finite number > 0, but it is 0.0",
    ),
    "min_delta": (
        lambda: schedules.plateau_wait(1.0, 0, 0.5, min_delta=-1.0),
        "min_delta must be a finite number >= 0, but it is -1.0",
    ),
    "patience": (
        lambda: plateau_step(plateau_start(0.1), 1.0, patience=1.5),  # type: ignore[arg-type] # half an epoch
        "patience must be a whole number >= 0, but it is 1.5",
    ),
    "factor": (
        lambda: plateau_step(plateau_start(0.1), 1.0, factor=2),
        "factor must be a number in [0, 1), but it is 2",
    ),
}


@pytest.mark.parametrize(("attempt", "expected"), MESSAGES.values(), ids=MESSAGES)
def test_bad_settings_are_refused_word_for_word(attempt: Callable[..., Any], expected: str) -> None:
    with pytest.raises(ValueError) as error:
        attempt()
    assert str(error.value) == expected


def rates_of(metrics: Any, **settings: Any) -> Any:
    state, rates = plateau_start(1.0), []
    for metric in metrics:
        state = plateau_step(state, metric, **settings)
        rates.append(state["learning_rate"])
    return rates


# metrics, settings -> rates after each epoch, by hand
PLATEAUS = {
    "constant": ([1] * 6, {"factor": 0.5, "patience": 2}, [1, 1, 0.5, 0.5, 0.25, 0.25]),
    "always better": ([6, 5, 4, 3, 2, 1], {"factor": 0.5, "patience": 1}, [1] * 6),
    "compared with the best, not the last": ([1, 3, 2], {"factor": 0.5, "patience": 2}, [1, 1, 0.5]),
    "a better epoch starts the count again": ([3, 3, 2, 2, 2], {"factor": 0.5, "patience": 2}, [1, 1, 1, 1, 0.5]),
    "too little is not better": ([1, 0.9, 0.8], {"factor": 0.5, "patience": 2, "min_delta": 0.5}, [1, 1, 0.5]),
    "never below min_rate": ([1] * 4, {"factor": 0.1, "patience": 1, "min_rate": 0.3}, [1, 0.3, 0.3, 0.3]),
    "rest": ([1] * 7, {"factor": 0.5, "patience": 1, "cooldown": 3}, [1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25]),
    "NaN is never better": ([float("nan")] * 3, {"factor": 0.5, "patience": 2}, [1, 0.5, 0.5]),
}


@pytest.mark.parametrize(("metrics", "settings", "expected"), PLATEAUS.values(), ids=PLATEAUS)
def test_the_rate_falls_when_the_metric_stops_falling(
    metrics: list[Any], settings: dict[str, Any], expected: list[Any]
) -> None:
    assert rates_of(metrics, **settings) == pytest.approx(expected)


def test_a_plateau_step_leaves_the_state_it_was_given() -> None:
    before: schedules.PlateauState = {"learning_rate": 1.0, "best": 1.0, "wait": 1, "cooldown": 0}
    after = plateau_step(before, 2.0, patience=2)
    assert before == {"learning_rate": 1.0, "best": 1.0, "wait": 1, "cooldown": 0}
    assert after == {"learning_rate": 0.1, "best": 1.0, "wait": 0, "cooldown": 0}


def test_a_range_test_rises_by_equal_factors_from_the_first_rate_to_the_last() -> None:
    rates = [schedules.range_test_schedule(t, total=101, min_rate=1e-4, max_rate=10.0) for t in range(101)]
    assert (rates[0], rates[-1]) == pytest.approx((1e-4, 10.0), rel=1e-12)
    assert np.diff(np.log(rates)) == pytest.approx(math.log(1e5) / 100)
