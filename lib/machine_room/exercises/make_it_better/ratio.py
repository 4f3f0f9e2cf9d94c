"""Exercise update_ratio: how large a step is beside the weights."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import experiments
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("two weights", (np.array([3.0, 4.0]), np.array([3.5, 3.0])))
    for description, shape in ((sentence("five weights"), (5,)), (sentence("a layer of weights, 4 by 3"), (4, 3))):
        before = rng.normal(size=shape).round(2)
        yield Case(description, (before, (before + rng.normal(0, 0.05, shape)).round(3)))
    before = rng.normal(size=6).round(2)
    yield Case("an update that shrinks all weights", (before, 0.75 * before))


update_ratio = Exercise(reference=experiments.update_ratio, cases=_cases, takes_integers=True)


@update_ratio.mistake("The other way round: the size of the update over the size of the weights.")
def upside_down(before, after):
    return np.sqrt(np.sum(before**2)) / np.sqrt(np.sum((after - before) ** 2))


@update_ratio.mistake("Divide by the weights before the update, not after it.")
def divided_by_after(before, after):
    return np.sqrt(np.sum((after - before) ** 2)) / np.sqrt(np.sum(after**2))


@update_ratio.mistake("The update is after - before; you take the size of the new weights.")
def no_difference(before, after):
    return np.sqrt(np.sum(after**2)) / np.sqrt(np.sum(before**2))


@update_ratio.mistake("The size of an array of weights is the root of the sum of squares: the root is missing.")
def no_roots(before, after):
    return np.sum((after - before) ** 2) / np.sum(before**2)


@update_ratio.mistake("Subtract the arrays first, then take the size: sizes hide what changes direction.")
def difference_of_sizes(before, after):
    return abs(np.sqrt(np.sum(after**2)) - np.sqrt(np.sum(before**2))) / np.sqrt(np.sum(before**2))


@update_ratio.mistake("Use the size (root of the sum of squares) on both sides, not the sum of absolute values.")
def absolute_values(before, after):
    return np.sum(np.abs(after - before)) / np.sum(np.abs(before))


@update_ratio.mistake("One ratio for the whole array is asked for, not the mean of each weight's own.")
def mean_of_ratios(before, after):
    return np.mean(np.abs((after - before) / before))


@update_ratio.mistake(
    "For a matrix np.linalg.norm(w, 2) is its largest singular value. Take np.linalg.norm(w), all squares summed."
)
def spectral_norm(before, after):
    return np.linalg.norm(after - before, 2) / np.linalg.norm(before, 2)


@update_ratio.mistake(
    "Subtract the arrays first, then take the size. A size is never below 0, and so is no ratio of two."
)
def difference_of_sizes_with_sign(before, after):
    return (np.sqrt(np.sum(after**2)) - np.sqrt(np.sum(before**2))) / np.sqrt(np.sum(before**2))


@update_ratio.mistake("That is the size of the update. Divide it by the size of the weights before.")
def not_divided(before, after):
    return np.sqrt(np.sum((after - before) ** 2))


@update_ratio.mistake("Take the size of the update and the size of the weights first, then divide: not entry by entry.")
def norm_of_ratios(before, after):
    return np.sqrt(np.sum(((after - before) / before) ** 2))


@update_ratio.mistake(
    "Take the same size above and below the line: here one has the mean of the squares, the other the sum."
)
def mean_over_sum(before, after):
    return np.sqrt(np.mean((after - before) ** 2)) / np.sqrt(np.sum(before**2))


@update_ratio.mistake(
    "The size of an array counts all its entries, not only the largest: the root of the sum of squares."
)
def largest_entries(before, after):
    return np.max(np.abs(after - before)) / np.max(np.abs(before))


@update_ratio.mistake("That is a percentage. Leave out the factor 100.")
def in_percent(before, after):
    return 100 * np.sqrt(np.sum((after - before) ** 2)) / np.sqrt(np.sum(before**2))


@update_ratio.also_correct
def with_norms(before, after):
    return np.linalg.norm(after - before) / np.linalg.norm(before)


@update_ratio.also_correct
def with_mean_squares(before, after):
    return np.sqrt(np.mean((before - after) ** 2) / np.mean(before**2))
