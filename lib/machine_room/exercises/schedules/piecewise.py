"""Exercise piecewise_constant_schedule: a table of rates."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import schedules
from machine_room.exercises.exercise import Case, Exercise


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    first, second, third = (int(n) for n in np.cumsum(rng.integers(3, 9, size=3)))
    values = [round(float(v), 3) for v in (0.8, 0.4, 0.2, 0.1) * rng.uniform(0.6, 1.0, size=4)]
    given = {"boundaries": [first, second, third], "values": values}
    slide = {"boundaries": [5, 15], "values": [0.01, 0.005, 0.001]}
    yield Case("the slide's schedule, epoch 4", (4,), slide)
    yield Case("the slide's schedule, epoch 5", (5,), slide)
    yield Case("at the start, t = 0", (0,), given)
    yield Case("the last step before a boundary", (first - 1,), given)
    yield Case("at the first boundary", (first,), given)
    yield Case("just after a boundary", (first + 0.5,), given)
    yield Case("the last step before the second boundary", (second - 1,), given)
    yield Case("at the second boundary", (second,), given)
    yield Case("at the last boundary", (third,), given)
    yield Case("long after the last boundary", (10 * third,), given)
    yield Case("one boundary, before", (first - 1,), {"boundaries": [first], "values": values[:2]})
    yield Case("one boundary, after", (first + 1,), {"boundaries": [first], "values": values[:2]})
    yield Case("a rate that rises", (first,), {"boundaries": [first, second], "values": [0.1, 0.7, 0.3]})


piecewise_constant_schedule = Exercise(
    reference=schedules.piecewise_constant_schedule,
    cases=_cases,
    withheld=("schedules.PiecewiseConstant",),
)


@piecewise_constant_schedule.mistake(
    "At t == boundary the new value holds already, as in the slide's `epoch < 5`: compare with < (or >=), "
    "not <= (or >)."
)
def old_value_at_the_boundary(t, *, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t <= boundary:
            return value
    return values[-1]


@piecewise_constant_schedule.mistake("Before the first boundary the rate is values[0]: your index is one too high.")
def one_value_too_far(t, *, boundaries, values):
    reached = sum(t >= boundary for boundary in boundaries)
    return values[min(reached + 1, len(values) - 1)]


@piecewise_constant_schedule.mistake("Once a boundary is reached its new value holds: your index is one too low.")
def one_value_behind(t, *, boundaries, values):
    reached = sum(t >= boundary for boundary in boundaries)
    return values[max(reached - 1, 0)]


@piecewise_constant_schedule.mistake(
    "After the last boundary your function returns nothing: there the last value holds."
)
def nothing_at_the_end(t, *, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t < boundary:
            return value


@piecewise_constant_schedule.mistake("After the last boundary the last value holds, values[-1], not the one before it.")
def last_value_left_out(t, *, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t < boundary:
            return value
    return values[-2]


@piecewise_constant_schedule.mistake(
    "You stop at the first boundary that t has reached; the last one reached decides. Count them, or ask t < boundary."
)
def stops_at_the_first_boundary(t, *, boundaries, values):
    for boundary, value in zip(boundaries, values[1:], strict=False):
        if t >= boundary:
            return value
    return values[0]


@piecewise_constant_schedule.mistake(
    "The boundaries are times from the start, not lengths of the pieces: do not add them up."
)
def boundaries_as_lengths(t, *, boundaries, values):
    end = 0
    for boundary, value in zip(boundaries, values, strict=False):
        end += boundary
        if t < end:
            return value
    return values[-1]


@piecewise_constant_schedule.mistake("values are the rates themselves, not factors to be multiplied.")
def values_as_factors(t, *, boundaries, values):
    rate = values[0]
    for boundary, value in zip(boundaries, values[1:], strict=False):
        if t >= boundary:
            rate = rate * value
    return rate


@piecewise_constant_schedule.mistake(
    "The slide's numbers stand in your function: use the arguments boundaries and values."
)
def numbers_of_the_slide(t, *, boundaries, values):
    if t < 5:
        return 0.01
    return 0.005 if t < 15 else 0.001


@piecewise_constant_schedule.mistake(
    "The rate stays constant between two boundaries: do not draw a line from one value to the next."
)
def lines_between(t, *, boundaries, values):
    return float(np.interp(t, [0, *boundaries], values))


@piecewise_constant_schedule.mistake(
    "The smallest value so far is not asked for: a piecewise constant rate may rise as well."
)
def only_falls(t, *, boundaries, values):
    reached = sum(t >= boundary for boundary in boundaries)
    return min(values[: reached + 1])


@piecewise_constant_schedule.mistake(
    "Yours needs two boundaries. There may be one, or ten: go through them with a loop."
)
def two_boundaries_only(t, *, boundaries, values):
    if t < boundaries[0]:
        return values[0]
    if t < boundaries[1]:
        return values[1]
    return values[2]


@piecewise_constant_schedule.mistake(
    "Your loop ends at the first boundary, whatever t is. The last value comes after the loop, not in an else."
)
def ends_at_the_first_boundary(t, *, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t < boundary:
            return value
        return values[-1]


@piecewise_constant_schedule.mistake("That is a boundary, a time. Return the rate that belongs to it, one of values.")
def boundary_for_value(t, *, boundaries, values):
    for boundary in boundaries:
        if t < boundary:
            return boundary
    return values[-1]


@piecewise_constant_schedule.mistake("That is the place of the rate in the list: return values[place].")
def place_for_value(t, *, boundaries, values):
    return sum(t >= boundary for boundary in boundaries)


@piecewise_constant_schedule.mistake(
    "Your loop goes on after the first boundary that is still ahead, and the last one overwrites it: return there."
)
def overwritten_by_later_boundaries(t, *, boundaries, values):
    rate = values[-1]
    for boundary, value in zip(boundaries, values, strict=False):
        if t < boundary:
            rate = value
    return rate


@piecewise_constant_schedule.mistake(
    "There is one boundary less than values, and your loop asks for one more. Go through the boundaries; after the "
    "last of them, values[-1] holds."
)
def one_boundary_too_many(t, *, boundaries, values):
    for i in range(len(values)):
        if t < boundaries[i]:
            return values[i]


@piecewise_constant_schedule.also_correct
def with_searchsorted(t, *, boundaries, values):
    return values[int(np.searchsorted(boundaries, t, side="right"))]


@piecewise_constant_schedule.also_correct
def with_a_loop(t, *, boundaries, values):
    for boundary, value in zip(boundaries, values, strict=False):
        if t < boundary:
            return value
    return values[-1]


@piecewise_constant_schedule.also_correct
def from_the_end(t, *, boundaries, values):
    for i in range(len(boundaries) - 1, -1, -1):
        if t >= boundaries[i]:
            return values[i + 1]
    return values[0]


@piecewise_constant_schedule.also_correct
def with_a_sum_of_jumps(t, *, boundaries, values):
    jumps = np.diff(np.array(values))
    return values[0] + np.sum(jumps * (t >= np.array(boundaries)))
