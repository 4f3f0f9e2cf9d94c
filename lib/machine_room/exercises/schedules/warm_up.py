"""Exercise warm_up_schedule: a gentle start."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    rate, s = round(rng.uniform(0.2, 0.9), 2), int(rng.integers(5, 10))
    given = {"learning_rate": rate, "s": s}
    yield Case("the first of four steps", (0,), {"learning_rate": 0.4, "s": 4})
    yield Case("the first step, t = 0", (0,), given)
    yield Case("the second step", (1,), given)
    yield Case("on the way", (s // 2,), given)
    yield Case("the last step of the warm-up, t = s - 1", (s - 1,), given)
    yield Case("the step after it, t = s", (s,), given)
    yield Case("long after", (20 * s,), given)
    yield Case("a rate above 1", (2,), {"learning_rate": 3.0, "s": 5})


warm_up_schedule = Exercise(reference=schedules.warm_up_schedule, cases=_cases, withheld=("schedules.WarmUp",))


@warm_up_schedule.mistake("At t = 0 your rate is 0, and the first step goes nowhere: (t + 1) / s.")
def starts_at_zero(t, *, learning_rate, s):
    return learning_rate * min(1.0, t / s)


@warm_up_schedule.mistake("After s steps the rate stays: never more than the learning rate. Yours goes on rising.")
def never_stops_rising(t, *, learning_rate, s):
    return learning_rate * (t + 1) / s


@warm_up_schedule.mistake("min, not max: the share (t + 1) / s grows until it is 1, and there it stays.")
def max_instead_of_min(t, *, learning_rate, s):
    return learning_rate * max(1.0, (t + 1) / s)


@warm_up_schedule.mistake("(t + 1) / s is the share of the learning rate: multiply by it.")
def share_not_multiplied(t, *, learning_rate, s):
    return min(learning_rate, (t + 1) / s)


@warm_up_schedule.mistake("The full rate is reached at t = s - 1, in the s-th step: divide by s, not by s + 1.")
def one_step_longer(t, *, learning_rate, s):
    return learning_rate * min(1.0, (t + 1) / (s + 1))


@warm_up_schedule.mistake("After the warm-up the rate stays constant: it does not fall again.")
def falls_afterwards(t, *, learning_rate, s):
    return learning_rate * min((t + 1) / s, s / (t + 1))


@warm_up_schedule.mistake("The rate grows by equal amounts, on a straight line, not by equal factors.")
def grows_by_factors(t, *, learning_rate, s):
    return learning_rate * min(1.0, 0.5 ** (s - t - 1))


@warm_up_schedule.mistake("The warm-up is s steps long: after it comes the full rate, not 0.")
def nothing_afterwards(t, *, learning_rate, s):
    return learning_rate * (t + 1) / s if t < s else 0.0


@warm_up_schedule.mistake("No warm-up: the rate is the full one from the first step on.")
def no_warm_up(t, *, learning_rate, s):
    return learning_rate


@warm_up_schedule.mistake("Operators: t + 1 / s is t + (1 / s). Put t + 1 in parentheses.")
def no_parentheses(t, *, learning_rate, s):
    return learning_rate * min(1.0, t + 1 / s)


@warm_up_schedule.mistake("The share is (t + 1) / s: the other way round it falls as t grows.")
def share_turned_round(t, *, learning_rate, s):
    return learning_rate * min(1.0, s / (t + 1))


@warm_up_schedule.mistake("That is only the share. Multiply it by the learning rate.")
def share_alone(t, *, learning_rate, s):
    return min(1.0, (t + 1) / s)


@warm_up_schedule.mistake("The rate rises at every step: (t + 1) / s keeps its fraction (/, not //).")
def share_rounded_down(t, *, learning_rate, s):
    return learning_rate * min(1.0, (t + 1) // s)


@warm_up_schedule.mistake("After the warm-up your function returns nothing: there the full rate holds.")
def returns_nothing_afterwards(t, *, learning_rate, s):
    if t < s:
        return learning_rate * (t + 1) / s


@warm_up_schedule.mistake(
    "np.min looks for the smallest entry of one array. Of two numbers, min(1, ...) is the smaller."
)
def minimum_of_an_array(t, *, learning_rate, s):
    return learning_rate * np.min(1, (t + 1) / s)


@warm_up_schedule.also_correct
def with_an_if(t, *, learning_rate, s):
    if t + 1 >= s:
        return learning_rate
    return learning_rate * (t + 1) / s


@warm_up_schedule.also_correct
def capped_after_multiplying(t, *, learning_rate, s):
    return np.minimum(learning_rate, learning_rate / s * (t + 1))


@warm_up_schedule.also_correct
def with_clip(t, *, learning_rate, s):
    return learning_rate * np.clip((t + 1) / s, 0, 1)


@warm_up_schedule.mistake(
    "min belongs round the share alone: learning_rate * min(1, (t + 1) / s). Yours stops the rate at 1."
)
def min_round_all_of_it(t, *, learning_rate, s):
    return min(1, learning_rate * (t + 1) / s)
