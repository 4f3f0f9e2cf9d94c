"""Exercise range_test_schedule: every rate from small to large, once."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    total = int(rng.integers(6, 12))
    low, high = round(rng.uniform(0.001, 0.01), 3), round(rng.uniform(0.5, 5.0), 2)
    given = {"total": total, "min_rate": low, "max_rate": high}
    yield Case("the middle of three steps", (1,), {"total": 3, "min_rate": 0.01, "max_rate": 1.0})
    yield Case("the first step", (0,), given)
    yield Case("the second step", (1,), given)
    yield Case("a step in between", (total // 2,), given)
    yield Case("the last step, total - 1", (total - 1,), given)
    yield Case("a hundred steps", (50 + total,), {"total": 100, "min_rate": 1e-4, "max_rate": high})


range_test_schedule = Exercise(
    reference=schedules.range_test_schedule, cases=_cases, withheld=("schedules.Exponential",)
)


@range_test_schedule.mistake(
    "Equal steps on a straight line: the small rates fly by. Multiply by the same factor each step."
)
def straight_line(t, *, total, min_rate, max_rate):
    return min_rate + (max_rate - min_rate) * t / (total - 1)


@range_test_schedule.mistake("The last step is t = total - 1, and it has max_rate: divide t by total - 1.")
def never_reaches_the_top(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) ** (t / total)


@range_test_schedule.mistake("The first step is t = 0, and it has min_rate: no t + 1.")
def starts_one_late(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) ** ((t + 1) / total)


@range_test_schedule.mistake("The whole way is the factor max_rate / min_rate, not max_rate.")
def grows_by_max_rate(t, *, total, min_rate, max_rate):
    return min_rate * max_rate ** (t / (total - 1))


@range_test_schedule.mistake("Upside down: begin with min_rate at t = 0 and end with max_rate.")
def falls(t, *, total, min_rate, max_rate):
    return max_rate * (min_rate / max_rate) ** (t / (total - 1))


@range_test_schedule.mistake("The share of the way, t / (total - 1), is the exponent, not a factor.")
def product_instead_of_power(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) * t / (total - 1)


@range_test_schedule.mistake(
    "The whole factor max_rate / min_rate is spread over all steps; you apply it at every step."
)
def factor_at_every_step(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) ** t


@range_test_schedule.mistake("min_rate stands outside the power: min_rate * (max_rate / min_rate)**(...).")
def min_rate_left_out(t, *, total, min_rate, max_rate):
    return (max_rate / min_rate) ** (t / (total - 1))


@range_test_schedule.mistake("Operators: a**t / n is (a**t) / n. Put the whole exponent in parentheses.")
def exponent_without_parentheses(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) ** t / (total - 1)


@range_test_schedule.mistake("The power acts on the ratio max_rate / min_rate alone: min_rate stands before it.")
def power_of_everything(t, *, total, min_rate, max_rate):
    return (min_rate * max_rate / min_rate) ** (t / (total - 1))


@range_test_schedule.mistake(
    "The other way round: the factor is max_rate / min_rate, above 1. Yours makes the rate fall."
)
def ratio_turned_round(t, *, total, min_rate, max_rate):
    return min_rate * (min_rate / max_rate) ** (t / (total - 1))


@range_test_schedule.mistake("Operators: t / total - 1 is (t / total) - 1. Put total - 1 in parentheses.")
def total_without_parentheses(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) ** (t / total - 1)


@range_test_schedule.mistake("Operators: the power comes first. Put max_rate / min_rate in parentheses.")
def ratio_without_parentheses(t, *, total, min_rate, max_rate):
    return min_rate * max_rate / min_rate ** (t / (total - 1))


@range_test_schedule.mistake("The rate grows at every step: t / (total - 1) keeps its fraction (/, not //).")
def share_rounded_down(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate / min_rate) ** (t // (total - 1))


@range_test_schedule.mistake("Rates are compared by factors: max_rate / min_rate, not max_rate - min_rate.")
def difference_for_ratio(t, *, total, min_rate, max_rate):
    return min_rate * (max_rate - min_rate) ** (t / (total - 1))


@range_test_schedule.mistake("np.logspace takes exponents of 10. np.geomspace takes the rates themselves.")
def exponents_of_ten(t, *, total, min_rate, max_rate):
    return np.logspace(min_rate, max_rate, total)[t]


@range_test_schedule.mistake("Those are the rates of all steps. Return one number, the rate of step t.")
def all_rates_at_once(t, *, total, min_rate, max_rate):
    return np.geomspace(min_rate, max_rate, total)


@range_test_schedule.also_correct
def through_logarithms(t, *, total, min_rate, max_rate):
    share = t / (total - 1)
    return np.exp((1 - share) * np.log(min_rate) + share * np.log(max_rate))


@range_test_schedule.also_correct
def with_geomspace(t, *, total, min_rate, max_rate):
    return np.geomspace(min_rate, max_rate, total)[t]


@range_test_schedule.also_correct
def step_by_step(t, *, total, min_rate, max_rate):
    factor = (max_rate / min_rate) ** (1 / (total - 1))
    rate = min_rate
    for _ in range(t):
        rate *= factor
    return rate
