"""Learning rate schedules: the rate as a function of time.

Functions are the formulas; classes fix their settings and are called with the time alone. What `t` counts is for
whoever calls to say: an optimizer's `learning_rate` is called with the updates made so far (a schedule *by step*), the
callback `LearningRateScheduler` with the epoch (*by epoch*). Both count from 0, and fractions are welcome.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from machine_room.arguments import above, at_least, count, fraction, learning_rate_value

__all__ = [
    "Exponential", "OneCycle", "PiecewiseConstant", "PlateauState", "Power", "WarmUp", "exponential_schedule",
    "one_cycle_schedule", "piecewise_constant_schedule", "plateau_start", "plateau_step", "plateau_wait",
    "power_schedule", "range_test_schedule", "warm_up_schedule",
]  # fmt: skip


def power_schedule(t: float, *, learning_rate: float, s: float, c: float = 1.0) -> float:
    """Return `learning_rate / (1 + t / s)**c`: after s steps a half, after 2 s a third (c = 1).

    Args:
        t: time >= 0, in steps or epochs.
        learning_rate: eta0 >= 0, the rate at t = 0.
        s: time to the first halving, > 0, in the unit of t.
        c: power >= 0.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> [power_schedule(t, learning_rate=0.6, s=10) for t in (0, 10, 20)]
        [0.6, 0.3, 0.19999999999999998]

    Source: the lecture, section 4. The slides' `SGD(decay=1e-4)` has s = 1e4; Keras's `InverseTimeDecay` is c = 1.
    """
    t, rate = _time(t), learning_rate_value(learning_rate)
    return float(rate / (1 + t / above("s", s, 0)) ** at_least("c", c, 0))


def exponential_schedule(
    t: float, *, learning_rate: float, s: float, factor: float = 0.1, staircase: bool = False
) -> float:
    """Return `learning_rate * factor**(t / s)`: with factor 0.1, ten times less every s.

    Args:
        t: time >= 0, in steps or epochs.
        learning_rate: eta0 >= 0, the rate at t = 0.
        s: time to each factor, > 0, in the unit of t.
        factor: > 0.
        staircase: round t / s down, so that the rate falls in steps.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> exponential_schedule(40, learning_rate=0.5, s=20, factor=0.5)
        0.125

    Source: the lecture, section 4 (`0.01 * 0.1 ** (epoch / 20)`). Keras's `ExponentialDecay` is the same.
    """
    exponent = _time(t) / above("s", s, 0)
    if staircase:
        exponent = math.floor(exponent)
    return float(learning_rate_value(learning_rate) * above("factor", factor, 0) ** exponent)


def piecewise_constant_schedule(t: float, *, boundaries: Sequence[float], values: Sequence[float]) -> float:
    """Return `values[i]`, where i is how many boundaries t has reached.

    Args:
        t: time >= 0, in steps or epochs.
        boundaries: increasing times. At `t == boundary` the new value holds already.
        values: rates, one more than boundaries.

    Raises:
        ValueError: the numbers of boundaries and values do not fit, or the boundaries do not increase.

    Example:
        >>> [piecewise_constant_schedule(t, boundaries=[5, 15], values=[0.01, 0.005, 0.001]) for t in (4, 5, 15)]
        [0.01, 0.005, 0.001]

    Source: the lecture, section 4 (`epoch < 5`). PyTorch's `MultiStepLR` is the same; Keras's
    `PiecewiseConstantDecay` still has the old value at `t == boundary`.
    """
    if len(values) != len(boundaries) + 1:
        raise ValueError(
            f"values must be one more than boundaries, "
            f"but there are {len(values)} values and {len(boundaries)} boundaries"
        )
    if any(later <= earlier for earlier, later in itertools.pairwise(boundaries)):
        raise ValueError(f"boundaries must increase, but they are {list(boundaries)}")
    t = _time(t)
    return learning_rate_value(values[sum(t >= boundary for boundary in boundaries)])


def one_cycle_schedule(
    t: float,
    *,
    total: int,
    max_rate: float,
    start_rate: float | None = None,
    final_rate: float | None = None,
) -> float:
    """Return the 1cycle rate: linearly up to max_rate, linearly back, then down to almost nothing.

    Of `total` steps the last `total // 10 + 1` fall from start_rate to final_rate. Half of the others (rounded down)
    climbs, as many come back.

    Args:
        t: step, 0 <= t; from total on the rate stays at final_rate.
        total: number of steps, >= 4.
        max_rate: the peak, > 0.
        start_rate: rate at t = 0; None for max_rate / 10.
        final_rate: rate at the end; None for start_rate / 1000.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> [round(one_cycle_schedule(t, total=21, max_rate=1.0), 3) for t in (0, 9, 18, 21)]
        [0.1, 1.0, 0.1, 0.0]

    Source: Smith 2018, in the linear form that Geron uses. PyTorch's `OneCycleLR` has two cosine phases and cycles the
    momentum.
    """
    t, total = _time(t), count("total", total, 4)
    peak = above("max_rate", max_rate, 0)
    start = peak / 10 if start_rate is None else at_least("start_rate", start_rate, 0)
    final = start / 1000 if final_rate is None else at_least("final_rate", final_rate, 0)
    last_phase = total // 10 + 1
    half = (total - last_phase) // 2
    if t < half:
        return _between(start, peak, t / half)
    if t < 2 * half:
        return _between(peak, start, (t - half) / half)
    return _between(start, final, min(1.0, (t - 2 * half) / (total - 2 * half)))


def warm_up_schedule(t: float, *, learning_rate: float, s: float) -> float:
    """Return `learning_rate * min(1, (t + 1) / s)`: linearly up over s steps, constant from then on.

    Args:
        t: time >= 0, in steps or epochs.
        learning_rate: the rate after the warm-up, >= 0.
        s: length of the warm-up, > 0, in the unit of t. The first rate is learning_rate / s, not 0.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> [warm_up_schedule(t, learning_rate=0.4, s=4) for t in (0, 1, 3, 100)]
        [0.1, 0.2, 0.4, 0.4]

    Source: Goyal et al. 2017, section 2.2.
    """
    return learning_rate_value(learning_rate) * min(1.0, (_time(t) + 1) / above("s", s, 0))


def range_test_schedule(t: float, *, total: int, min_rate: float, max_rate: float) -> float:
    """Return `min_rate * (max_rate / min_rate)**(t / (total - 1))`: from min_rate to max_rate by equal factors.

    A learning rate range test trains a few hundred steps with it, once: where the loss falls fastest the rate is good,
    where the loss starts to rise it is too large.

    Args:
        t: step, 0 <= t.
        total: number of steps, >= 2; the last, t = total - 1, has max_rate.
        min_rate, max_rate: > 0.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> [round(range_test_schedule(t, total=3, min_rate=0.001, max_rate=10.0), 6) for t in range(3)]
        [0.001, 0.1, 10.0]

    Source: Smith 2017, section 3.3, whose test rises linearly; by factors since fastai.
    """
    low, high = above("min_rate", min_rate, 0), above("max_rate", max_rate, 0)
    return float(low * (high / low) ** (_time(t) / (count("total", total, 2) - 1)))


@dataclass(frozen=True)
class Power:
    """`power_schedule` with its settings fixed.

    Args:
        learning_rate, s, c: as in `power_schedule`.

    Example:
        >>> Power(learning_rate=0.5, s=10)(10)
        0.25

    Source: the lecture, section 4.
    """

    learning_rate: float
    s: float
    c: float = 1.0

    def __post_init__(self) -> None:
        self(0)

    def __call__(self, t: float) -> float:
        return power_schedule(t, learning_rate=self.learning_rate, s=self.s, c=self.c)


@dataclass(frozen=True)
class Exponential:
    """`exponential_schedule` with its settings fixed.

    Args:
        learning_rate, s, factor, staircase: as in `exponential_schedule`.

    Example:
        >>> Exponential(0.5, s=20, factor=0.5)(40)
        0.125

    Source: the lecture, section 4.
    """

    learning_rate: float
    s: float
    factor: float = 0.1
    staircase: bool = False

    def __post_init__(self) -> None:
        self(0)

    def __call__(self, t: float) -> float:
        return exponential_schedule(
            t, learning_rate=self.learning_rate, s=self.s, factor=self.factor, staircase=self.staircase
        )


@dataclass(frozen=True)
class PiecewiseConstant:
    """`piecewise_constant_schedule` with its settings fixed.

    Args:
        boundaries, values: as in `piecewise_constant_schedule`.

    Example:
        >>> PiecewiseConstant(boundaries=[5], values=[0.5, 0.25])(5)
        0.25

    Source: the lecture, section 4.
    """

    boundaries: Sequence[float]
    values: Sequence[float]

    def __post_init__(self) -> None:
        for value in self.values:
            learning_rate_value(value)
        self(0)

    def __call__(self, t: float) -> float:
        return piecewise_constant_schedule(t, boundaries=self.boundaries, values=self.values)


@dataclass(frozen=True)
class OneCycle:
    """`one_cycle_schedule` with its settings fixed.

    Args:
        total, max_rate, start_rate, final_rate: as in `one_cycle_schedule`.

    Example:
        >>> cycle = OneCycle(total=10, max_rate=0.5)
        >>> max(cycle(t) for t in range(10)) <= 0.5
        True

    Source: the lecture, section 4; Smith 2018.
    """

    total: int
    max_rate: float
    start_rate: float | None = None
    final_rate: float | None = None

    def __post_init__(self) -> None:
        self(0)

    def __call__(self, t: float) -> float:
        return one_cycle_schedule(
            t, total=self.total, max_rate=self.max_rate, start_rate=self.start_rate, final_rate=self.final_rate
        )


@dataclass(frozen=True)
class WarmUp:
    """`warm_up_schedule` with its settings fixed.

    Args:
        learning_rate, s: as in `warm_up_schedule`.

    Example:
        >>> WarmUp(0.5, s=2)(0), WarmUp(0.5, s=2)(7)
        (0.25, 0.5)

    Source: the lecture, section 4.
    """

    learning_rate: float
    s: float

    def __post_init__(self) -> None:
        self(0)

    def __call__(self, t: float) -> float:
        return warm_up_schedule(t, learning_rate=self.learning_rate, s=self.s)


class PlateauState(TypedDict):
    """Where performance scheduling stands: the rate, the best metric so far, epochs without a better one, epochs to
    rest. A plain dict."""

    learning_rate: float
    best: float
    wait: int
    cooldown: int


def plateau_start(learning_rate: float) -> PlateauState:
    """Return the state before the first epoch: whatever comes is better than infinity.

    Args:
        learning_rate: eta >= 0, the rate of the first epoch.

    Raises:
        ValueError: the learning rate is out of its range.

    Example:
        >>> plateau_start(0.5)
        {'learning_rate': 0.5, 'best': inf, 'wait': 0, 'cooldown': 0}

    Source: the lecture, section 4.
    """
    return {"learning_rate": learning_rate_value(learning_rate), "best": math.inf, "wait": 0, "cooldown": 0}


def plateau_wait(best: float, wait: int, metric: float, *, min_delta: float = 1e-4) -> tuple[float, int]:
    """Compare an epoch with the best so far: return the new best, and how many epochs in a row were no better.

    An epoch is better if `metric < best - min_delta`.

    Args:
        best: smallest metric so far that counted as better.
        wait: epochs since then.
        metric: this epoch's validation error; NaN is never better.
        min_delta: >= 0, absolute.

    Returns:
        `(metric, 0)` after a better epoch, `(best, wait + 1)` after any other.

    Raises:
        ValueError: min_delta is out of its range.

    Example:
        >>> plateau_wait(0.5, 3, 0.25), plateau_wait(0.5, 3, 0.75)
        ((0.25, 0), (0.5, 4))

    Source: Keras's `ReduceLROnPlateau`. PyTorch compares relatively: `metric < best * (1 - threshold)`.
    """
    if metric < best - at_least("min_delta", min_delta, 0):
        return float(metric), 0
    return best, wait + 1


def plateau_step(
    state: PlateauState,
    metric: float,
    *,
    factor: float = 0.1,
    patience: int = 10,
    min_delta: float = 1e-4,
    cooldown: int = 0,
    min_rate: float = 0.0,
) -> PlateauState:
    """Lower the rate when the metric has stopped falling: performance scheduling, one epoch of it.

    After `patience` epochs in a row that are no better (see `plateau_wait`), the rate is multiplied by factor and
    counting starts again. Epochs of the cooldown after it do not count.

    Args:
        state: as returned by the last call; `plateau_start(learning_rate)` at the start. It is not changed.
        metric: this epoch's validation error; NaN is never better.
        factor: in [0, 1).
        patience: epochs >= 0; 0 means the same as 1.
        min_delta: >= 0, absolute.
        cooldown: epochs >= 0.
        min_rate: the rate never falls below it.

    Returns:
        The new state.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> state = plateau_start(0.5)
        >>> for metric in (1.0, 1.0, 1.0):
        ...     state = plateau_step(state, metric, factor=0.5, patience=2)
        >>> state
        {'learning_rate': 0.25, 'best': 1.0, 'wait': 0, 'cooldown': 0}

    Source: the lecture, section 4; Keras's `ReduceLROnPlateau`, whose cooldown counts down before the comparison, so
    that a cooldown of 1 is the same as none. PyTorch waits for `patience + 1` bad epochs and compares relatively.
    """
    factor, patience = fraction("factor", factor), max(1, count("patience", patience, 0))
    cooldown, min_rate = count("cooldown", cooldown, 0), at_least("min_rate", min_rate, 0)
    rate, resting = state["learning_rate"], max(0, state["cooldown"] - 1)
    best, wait = plateau_wait(state["best"], 0 if state["cooldown"] else state["wait"], metric, min_delta=min_delta)
    if resting:
        wait = 0
    if wait < patience or rate <= min_rate:
        return {"learning_rate": rate, "best": best, "wait": wait, "cooldown": resting}
    return {"learning_rate": max(rate * factor, min_rate), "best": best, "wait": 0, "cooldown": cooldown}


def _time(t: float) -> float:
    return at_least("t", t, 0, hint="schedules count from 0")


def _between(start: float, end: float, share: float) -> float:
    return start + (end - start) * share
