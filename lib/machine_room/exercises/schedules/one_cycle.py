"""Exercise one_cycle_schedule: up, back, and down to almost nothing."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    # totals of which an odd number of steps is left without the last phase, so that halving leaves one over
    peak, total = round(rng.uniform(0.5, 0.9), 2), int(rng.choice([24, 26, 28, 31, 33, 35]))
    half = (total - total // 10 - 1) // 2
    given = {"total": total, "max_rate": peak}
    ends = {"start_rate": round(0.3 * peak, 3), "final_rate": round(0.1 * peak, 3)}
    yield Case("21 steps, on the way up", (3,), {"total": 21, "max_rate": 1.0})
    yield Case("21 steps, the last step", (20,), {"total": 21, "max_rate": 1.0})
    yield Case("the first step", (0,), given)
    yield Case("on the way up", (half // 3,), given)
    yield Case("the peak", (half,), given)
    yield Case("on the way back", (half + half // 3,), given)
    yield Case("back at the start rate", (2 * half,), given)
    yield Case("one step into the last phase", (2 * half + 1,), given)
    yield Case("the last step", (total - 1,), given)
    yield Case("after the last step", (total + 5,), given)
    yield Case("the first step, all rates given", (0,), {**given, **ends})
    yield Case("on the way up, all rates given", (half // 2,), {**given, **ends})
    yield Case("the last step, all rates given", (total - 1,), {**given, **ends})
    yield Case("a start rate of 0", (half // 2,), {**given, "start_rate": 0.0})
    yield Case("only the start rate given", (total - 1,), {**given, "start_rate": ends["start_rate"]})


one_cycle_schedule = Exercise(reference=schedules.one_cycle_schedule, cases=_cases, withheld=("schedules.OneCycle",))


@one_cycle_schedule.mistake(
    "The last total // 10 + 1 steps belong to the third phase: halve what is left of total, not total itself."
)
def no_last_phase(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    half = total // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return final


@one_cycle_schedule.mistake("The last phase has total // 10 + 1 steps: the + 1 is missing.")
def last_phase_one_short(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("Round half down: (total - last) // 2, so that up and back have whole numbers of steps.")
def half_with_a_fraction(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) / 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake(
    "In the last phase the rate falls from start_rate to final_rate; yours stays at start_rate."
)
def stays_at_the_start_rate(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start


@one_cycle_schedule.mistake("The last phase runs from t = 2 * half to t = total: divide by total - 2 * half.")
def last_phase_over_last_steps(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / last)


@one_cycle_schedule.mistake(
    "final_rate is reached at t = total, one step after the last: divide by total - 2 * half, without - 1."
)
def ends_one_step_early(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 1 - 2 * half))


@one_cycle_schedule.mistake("From t = total on the rate stays at final_rate: do not let the line run on.")
def falls_below_final_rate(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * (t - 2 * half) / (total - 2 * half)


@one_cycle_schedule.mistake("The first rate is start_rate, not 0.")
def starts_at_zero(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return max_rate * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("The second phase comes back to start_rate, not to 0.")
def back_to_zero(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate * (2 * half - t) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake(
    "In the second phase the rate comes back from max_rate to start_rate; yours stays at the top."
)
def stays_at_the_peak(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("In the second phase count from its own beginning: t - half.")
def second_phase_counts_from_the_start(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * t / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("All three pieces are straight lines: add equal amounts, do not multiply by equal factors.")
def by_factors(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start * (max_rate / start) ** (t / half)
    if t < 2 * half:
        return max_rate * (start / max_rate) ** ((t - half) / half)
    return start * (final / start) ** min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("Use start_rate where it is given; max_rate / 10 is only what stands in for None.")
def start_rate_ignored(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("Use final_rate where it is given; start_rate / 1000 is only what stands in for None.")
def final_rate_ignored(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("Without final_rate the end is a thousandth of start_rate, not of max_rate.")
def final_rate_from_the_peak(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = max_rate / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake(
    "Each line begins with a share of 0: on the second, p is (t - half) / half. Yours count from step 0, all three."
)
def shares_from_step_zero(t, *, total, max_rate, start_rate=None, final_rate=None):
    start_rate = max_rate / 10 if start_rate is None else start_rate
    final_rate = start_rate / 1000 if final_rate is None else final_rate
    half = (total - total // 10 - 1) // 2
    if t < half:
        return start_rate + (max_rate - start_rate) * t / half
    if t < 2 * half:
        return max_rate + (start_rate - max_rate) * t / (2 * half)
    return start_rate + (final_rate - start_rate) * t / total


@one_cycle_schedule.mistake(
    "The third line goes from t = 2 * half to t = total: divide by total - 2 * half, which may be one more than last. "
    "And from t = total on the rate stays at final_rate."
)
def last_as_its_length(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * (t - 2 * half) / last


@one_cycle_schedule.mistake("A share is counted of its own line: the first two are half steps long, not total.")
def shares_of_total(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / total
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / total
    return start + (final - start) * (t - 2 * half) / total if t < total else final


@one_cycle_schedule.mistake("The peak is at t = half, half steps from the start: divide by half, not by half - 1.")
def half_minus_one(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / (half - 1)
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / (half - 1)
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake(
    "Both lines end at start_rate, not at 0: start_rate + (max_rate - start_rate) * p, and the same back."
)
def up_from_zero_and_back_to_it(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return max_rate * t / half
    if t < 2 * half:
        return max_rate * (2 * half - t) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("The second line comes back to start_rate. final_rate is where the third ends.")
def back_to_the_final_rate(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (final - max_rate) * (t - half) / half
    return final


@one_cycle_schedule.mistake("Upside down: the first line goes up from start_rate to max_rate, the second comes back.")
def down_and_up(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return max_rate + (start - max_rate) * t / half
    if t < 2 * half:
        return start + (max_rate - start) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("Operators: a line is a + (b - a) * p. Without the parentheses it is a + b - (a * p).")
def lines_without_parentheses(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + max_rate - start * t / half
    if t < 2 * half:
        return max_rate + start - max_rate * (t - half) / half
    return start + final - start * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("The second line goes up again. It comes back, from max_rate to start_rate.")
def up_twice(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return start + (max_rate - start) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake("Operators: * t - half / half is (* t) - (half / half). Put t - half in parentheses.")
def second_line_without_parentheses(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * t - half / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.mistake(
    "The third line begins at t = 2 * half: count its share from there, (t - 2 * half) / (total - 2 * half)."
)
def third_line_from_the_peak(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - half) / (total - half))


@one_cycle_schedule.mistake(
    "The third line begins at t = 2 * half. total - last may be one step later, since half is rounded down."
)
def third_line_one_step_late(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < total - last:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - (total - last)) / last)


@one_cycle_schedule.mistake("From step total on your function returns nothing: there final_rate holds.")
def nothing_after_the_last_step(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    if t < total:
        return start + (final - start) * (t - 2 * half) / (total - 2 * half)


@one_cycle_schedule.also_correct
def with_three_lines(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    last = total // 10 + 1
    half = (total - last) // 2
    if t < half:
        return start + (max_rate - start) * t / half
    if t < 2 * half:
        return max_rate + (start - max_rate) * (t - half) / half
    return start + (final - start) * min(1.0, (t - 2 * half) / (total - 2 * half))


@one_cycle_schedule.also_correct
def with_interpolation(t, *, total, max_rate, start_rate=None, final_rate=None):
    start_rate = max_rate / 10 if start_rate is None else start_rate
    final_rate = start_rate / 1000 if final_rate is None else final_rate
    half = (total - total // 10 - 1) // 2
    return np.interp(t, [0, half, 2 * half, total], [start_rate, max_rate, start_rate, final_rate])


@one_cycle_schedule.also_correct
def from_the_peak(t, *, total, max_rate, start_rate=None, final_rate=None):
    start_rate = max_rate / 10 if start_rate is None else start_rate
    final_rate = start_rate / 1000 if final_rate is None else final_rate
    half = (total - (total // 10 + 1)) // 2
    if t <= 2 * half:
        return max_rate - (max_rate - start_rate) * abs(t - half) / half
    left = max(0, total - t) / (total - 2 * half)
    return final_rate + (start_rate - final_rate) * left


@one_cycle_schedule.mistake(
    "You go up and down in two phases. There are three: up, down, and a last one of total // 10 + 1 steps, from "
    "start_rate to final_rate."
)
def up_and_down_alone(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    half = total // 2
    if t < half:
        return start + (max_rate - start) * t / half
    return max_rate - (max_rate - start) * (t - half) / (total - half)


@one_cycle_schedule.mistake(
    "That is PyTorch's default, up to max_rate and down to final_rate. Here the rate comes back to start_rate first, "
    "and falls to final_rate in the last total // 10 + 1 steps."
)
def down_to_the_final_rate_at_once(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = max_rate / 10 if start_rate is None else start_rate
    final = start / 1000 if final_rate is None else final_rate
    half = total // 2
    if t < half:
        return start + (max_rate - start) * t / half
    return max_rate + (final - max_rate) * min(1.0, (t - half) / (total - half))


@one_cycle_schedule.mistake(
    "A start_rate of 0 is a rate as well, and `or` takes it for none: ask whether it `is None`."
)
def zero_taken_for_none(t, *, total, max_rate, start_rate=None, final_rate=None):
    start = start_rate or max_rate / 10
    final = start / 1000 if final_rate is None else final_rate
    half = (total - total // 10 - 1) // 2
    return float(np.interp(t, [0, half, 2 * half, total], [start, max_rate, start, final]))
