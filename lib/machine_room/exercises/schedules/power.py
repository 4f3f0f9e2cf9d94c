"""Exercise power_schedule: the rate falls to a half, a third, a quarter."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    rate, s = round(rng.uniform(0.2, 0.9), 2), int(rng.integers(3, 9))
    yield Case("after s steps: half", (s,), {"learning_rate": 0.5, "s": s})
    yield Case("after 2 s steps: a third", (2 * s,), {"learning_rate": rate, "s": s})
    yield Case("at the start, t = 0", (0,), {"learning_rate": rate, "s": s})
    yield Case("between two multiples of s", (s + 2,), {"learning_rate": rate, "s": s})
    yield Case("a fraction of an epoch", (2.5,), {"learning_rate": rate, "s": 7.5})
    yield Case("c = 2", (2 * s,), {"learning_rate": rate, "s": s, "c": 2.0})
    yield Case("c = 1/2", (3 * s + 1,), {"learning_rate": rate, "s": s, "c": 0.5})
    yield Case("the slide's decay=1e-4", (10_000 + s,), {"learning_rate": 0.01, "s": 1e4})


power_schedule = Exercise(reference=schedules.power_schedule, cases=_cases, withheld=("schedules.Power",))


@power_schedule.mistake("The 1 in 1 + t/s is missing: at t = 0 you divide by zero, and the rate is infinite.")
def one_is_missing(t, *, learning_rate, s, c=1.0):
    return learning_rate / (t / s) ** c


@power_schedule.mistake(
    "Divide t by s, do not multiply: a larger s makes the rate fall more slowly. (The slides' decay is 1/s.)"
)
def time_multiplied_by_s(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + t * s) ** c


@power_schedule.mistake("The power c is ignored. It acts on the whole denominator: (1 + t/s)**c.")
def power_ignored(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + t / s)


@power_schedule.mistake("The power c acts on the whole denominator, (1 + t/s)**c, not on t/s alone.")
def power_on_time_alone(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + (t / s) ** c)


@power_schedule.mistake("The power c acts on the denominator only: the learning rate stands outside.")
def power_on_the_rate_too(t, *, learning_rate, s, c=1.0):
    return (learning_rate / (1 + t / s)) ** c


@power_schedule.mistake("1 + t/s is to be raised to c, not multiplied by it.")
def multiplied_by_c(t, *, learning_rate, s, c=1.0):
    return learning_rate / ((1 + t / s) * c)


@power_schedule.mistake("The rate must fall: divide by 1 + t/s instead of multiplying.")
def rises(t, *, learning_rate, s, c=1.0):
    return learning_rate * (1 + t / s) ** c


@power_schedule.mistake(
    "You halve the rate again every s steps. That is exponential: here it is a half, a third, a quarter."
)
def halves_every_s(t, *, learning_rate, s, c=1.0):
    return learning_rate * 0.5 ** (c * t / s)


@power_schedule.mistake("The rate falls a little at every step: t/s is not rounded down.")
def falls_in_steps(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + t // s) ** c


@power_schedule.mistake("Time counts from 0, and at t = 0 the rate is the learning rate itself: no t + 1.")
def starts_one_late(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + (t + 1) / s) ** c


@power_schedule.mistake("Time counts from 0 here, not from 1: no t - 1.")
def starts_one_early(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + (t - 1) / s) ** c


@power_schedule.mistake("Operators: a / 1 + b is (a / 1) + b. Put the denominator in parentheses.")
def no_parentheses(t, *, learning_rate, s, c=1.0):
    return learning_rate / 1 + (t / s) ** c


@power_schedule.mistake(
    "Operators: a / 1 + b / d is (a / 1) + (b / d). Put 1 + t/s in parentheses, and raise that to c."
)
def no_parentheses_at_all(t, *, learning_rate, s, c=1.0):
    return learning_rate / 1 + t / s**c


@power_schedule.mistake("The whole of 1 + t/s is raised to c; you multiply t/s by c.")
def time_multiplied_by_c(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + c * t / s)


@power_schedule.mistake(
    "You halve the rate again every s steps. That is exponential: here it is a half, a third, a quarter. And c is "
    "ignored."
)
def halves_every_s_without_c(t, *, learning_rate, s, c=1.0):
    return learning_rate / 2 ** (t / s)


@power_schedule.mistake("t divided by s, not s by t: at t = 0 you would divide by 0.")
def s_divided_by_time(t, *, learning_rate, s, c=1.0):
    return learning_rate / (1 + s / t) ** c


@power_schedule.mistake("The slide's 0.01 stands in your function: use the argument learning_rate.")
def rate_of_the_slide(t, *, learning_rate, s, c=1.0):
    return 0.01 / (1 + t / s) ** c


@power_schedule.also_correct
def with_a_negative_power(t, *, learning_rate, s, c=1.0):
    return learning_rate * (1 + t / s) ** -c


@power_schedule.also_correct
def over_a_common_denominator(t, *, learning_rate, s, c=1.0):
    return learning_rate * (s / (s + t)) ** c


@power_schedule.also_correct
def in_numpy(t, *, learning_rate, s, c=1.0):
    return np.asarray(learning_rate) / np.power(1 + np.asarray(t, dtype=float) / s, c)
