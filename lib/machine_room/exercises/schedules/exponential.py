"""Exercise exponential_schedule: the rate falls by the same factor every s."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    rate, factor, s = round(rng.uniform(0.2, 0.9), 2), round(rng.uniform(0.3, 0.7), 2), int(rng.integers(3, 9))
    given = {"learning_rate": rate, "s": s, "factor": factor}
    yield Case("the slide's schedule, epoch 20", (20,), {"learning_rate": 0.01, "s": 20})
    yield Case("the slide's schedule, epoch 7", (7,), {"learning_rate": 0.01, "s": 20})
    yield Case("at the start, t = 0", (0,), given)
    yield Case("after s steps: once the factor", (s,), given)
    yield Case("between two multiples of s", (2 * s - 1,), given)
    yield Case("a fraction of an epoch", (s + 0.25,), given)
    yield Case("staircase, the last step before the edge", (2 * s - 1,), {**given, "staircase": True})
    yield Case("staircase, the edge itself", (2 * s,), {**given, "staircase": True})
    yield Case("staircase, the first step", (1,), {**given, "staircase": True})
    yield Case("staircase, half an epoch before the edge", (3 * s - 0.5,), {**given, "staircase": True})


exponential_schedule = Exercise(
    reference=schedules.exponential_schedule, cases=_cases, withheld=("schedules.Exponential",)
)


@exponential_schedule.mistake(
    "e**(-t/s) is another schedule. After s steps the rate is multiplied by factor: factor**(t/s)."
)
def base_e(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * np.exp(-(t // s if staircase else t / s))


@exponential_schedule.mistake("The factor is always 0.1 in your function: use the argument factor.")
def always_a_tenth(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * 0.1 ** (t // s if staircase else t / s)


@exponential_schedule.mistake("You apply the factor at every step. It is meant once every s steps: divide t by s.")
def every_step(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor**t


@exponential_schedule.mistake("Divide t by s in the exponent, do not multiply.")
def time_multiplied_by_s(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t * s)


@exponential_schedule.mistake("With staircase=True the rate falls in steps: round t/s down.")
def never_in_steps(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t / s)


@exponential_schedule.mistake("Without staircase the rate falls smoothly: t/s keeps its fraction (/, not //).")
def always_in_steps(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t // s)


@exponential_schedule.mistake("The two ways are the wrong way round: round t/s down when staircase is True.")
def staircase_the_wrong_way_round(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t / s if staircase else t // s)


@exponential_schedule.mistake(
    "The staircase rounds down: round() goes to the nearest, and steps down half an s too early."
)
def rounds_to_the_nearest(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (round(t / s) if staircase else t / s)


@exponential_schedule.mistake("The staircase rounds down, not up: the first s steps have the full rate.")
def rounds_up(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (np.ceil(t / s) if staircase else t / s)


@exponential_schedule.mistake("The factor is a power: factor**(t/s), not factor * t/s.")
def product_instead_of_power(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor * (t // s if staircase else t / s)


@exponential_schedule.mistake("The learning rate stands outside the power: learning_rate * factor**(t/s).")
def rate_inside_the_power(t, *, learning_rate, s, factor=0.1, staircase=False):
    return (learning_rate * factor) ** (t // s if staircase else t / s)


@exponential_schedule.mistake("The rate must fall: multiply by factor**(t/s), a factor below 1, instead of dividing.")
def rises(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate / factor ** (t // s if staircase else t / s)


@exponential_schedule.mistake("Time counts from 0, and at t = 0 the rate is the learning rate itself: no t + 1.")
def starts_one_late(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** ((t + 1) // s if staircase else (t + 1) / s)


@exponential_schedule.mistake("Operators: factor ** t / s is (factor**t) / s. Put t / s in parentheses.")
def no_parentheses(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor**t // s if staircase else learning_rate * factor**t / s


@exponential_schedule.mistake("With staircase you divide by s twice: t // s is the exponent already.")
def divided_twice(t, *, learning_rate, s, factor=0.1, staircase=False):
    if staircase:
        t = t // s
    return learning_rate * factor ** (t / s)


@exponential_schedule.mistake("t/s is an exponent, factor ** (t / s), and with staircase it is t // s. You multiply.")
def product_and_no_staircase(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor * (t / s)


@exponential_schedule.mistake(
    "Operators, where there is no staircase: factor ** t / s is (factor**t) / s. Put t / s in parentheses."
)
def no_parentheses_without_staircase(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t // s) if staircase else learning_rate * factor**t / s


@exponential_schedule.mistake("Without staircase, divide t by s in the exponent, do not multiply.")
def time_multiplied_without_staircase(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t // s if staircase else t * s)


@exponential_schedule.mistake("The slide's 0.01 and 20 stand in your function: use the arguments learning_rate and s.")
def numbers_of_the_slide(t, *, learning_rate, s, factor=0.1, staircase=False):
    return 0.01 * factor ** (t // 20 if staircase else t / 20)


@exponential_schedule.mistake("t % s is the remainder of the division. t/s rounded down is t // s.")
def remainder(t, *, learning_rate, s, factor=0.1, staircase=False):
    return learning_rate * factor ** (t % s if staircase else t / s)


@exponential_schedule.mistake("With staircase it is the exponent t/s that is rounded down, not the rate.")
def rate_rounded_down(t, *, learning_rate, s, factor=0.1, staircase=False):
    rate = learning_rate * factor ** (t / s)
    return np.floor(rate) if staircase else rate


@exponential_schedule.mistake("Without staircase your function returns nothing: that way needs a return as well.")
def nothing_without_staircase(t, *, learning_rate, s, factor=0.1, staircase=False):
    if staircase:
        return learning_rate * factor ** (t // s)


@exponential_schedule.mistake("With staircase your function returns nothing: that way needs a return as well.")
def nothing_with_staircase(t, *, learning_rate, s, factor=0.1, staircase=False):
    if not staircase:
        return learning_rate * factor ** (t / s)


@exponential_schedule.also_correct
def with_floor(t, *, learning_rate, s, factor=0.1, staircase=False):
    exponent = np.floor(t / s) if staircase else t / s
    return learning_rate * np.power(factor, exponent)


@exponential_schedule.also_correct
def with_exp_and_log(t, *, learning_rate, s, factor=0.1, staircase=False):
    passed = t - t % s if staircase else t
    return learning_rate * np.exp(np.log(factor) * passed / s)


@exponential_schedule.also_correct
def by_repeated_multiplication(t, *, learning_rate, s, factor=0.1, staircase=False):
    rate = learning_rate
    while t >= s:
        rate, t = rate * factor, t - s
    return rate if staircase else rate * factor ** (t / s)


@exponential_schedule.mistake(
    "exp(-factor * t / s) is another schedule. After s steps the rate is multiplied by factor: factor**(t/s)."
)
def factor_in_the_exponent(t, *, learning_rate, s, factor=0.1, staircase=False):
    share = np.floor(t / s) if staircase else t / s
    return learning_rate * np.exp(-factor * share)
