"""The exercise relative_error: when two gradients are the same."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import gradients
from machine_room.exercises.exercise import Case, Exercise


def _error_cases(rng: np.random.Generator) -> Iterator[Case]:
    a = rng.uniform(1, 3, size=3).round(1)
    # the second pair differs most and is negative; the third differs least in absolute terms
    yield Case("three numbers", (a, np.array([a[0] + 0.5, -0.25, a[2]])))
    a = rng.uniform(0.5, 2, size=(3, 2)).round(2) * np.array([1, -1])
    yield Case("matrices", (a, (a * (1 + rng.uniform(-0.2, 0.2, size=a.shape))).round(2)))
    a = -rng.uniform(1, 3, size=4).round(1)
    yield Case("negative numbers", (a, a - rng.uniform(0.1, 1, size=4).round(1)))
    yield Case("zeros in both", (np.array([0.0, 1.0]), np.array([0.0, float(rng.integers(2, 5))])))
    yield Case("numbers near 0", (np.array([2e-9, 1e-9]), np.array([-1e-9, 1e-9])))
    a = rng.uniform(1, 3, size=5).astype(np.float32)
    yield Case("float32", (a, (a * rng.uniform(0.5, 1.5, size=5)).astype(np.float32)))
    yield Case("the same twice", (a.astype(float), a.astype(float)))


relative_error = Exercise(
    reference=gradients.relative_error, cases=_error_cases, takes_integers=True, withheld=["gradients.gradient_check"]
)


@relative_error.also_correct
def error_pair_by_pair(a, b):
    largest = 0.0
    for left, right in zip(np.ravel(a), np.ravel(b), strict=True):
        largest = max(largest, abs(left - right) / max(1e-8, abs(left) + abs(right)))
    return largest


@relative_error.also_correct
def error_with_clip(a, b):
    size = np.clip(np.abs(a) + np.abs(b), 1e-8, None)
    return (np.abs(np.subtract(a, b)) / size).max()


@relative_error.mistake(
    "a - b may be negative, and the maximum then misses it. Take the absolute value of the difference."
)
def error_keeps_the_sign(a, b):
    return np.max((a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "In the denominator each number needs its own absolute value, |a| + |b|: in |a + b| a positive and a negative "
    "number cancel."
)
def error_adds_before_abs(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a + b)))


@relative_error.mistake("The denominator lacks the absolute values: |a| + |b|, not a + b.")
def error_adds_without_abs(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, a + b))


@relative_error.mistake(
    "Where a and b are both 0 you divide 0 by 0. Never divide by less than 1e-8: np.maximum(1e-8, ...)."
)
def error_divides_by_zero(a, b):
    return np.max(np.abs(a - b) / (np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "You add 1e-8 to the denominator; the formula takes the larger of the two: np.maximum(1e-8, |a| + |b|)."
)
def error_adds_the_guard(a, b):
    return np.max(np.abs(a - b) / (1e-8 + np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "You return one error for each entry. Return the largest of them, a single number: np.max(...)."
)
def error_of_every_entry(a, b):
    return np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))


@relative_error.mistake(
    "You average over the entries. One wrong entry among many right ones would not show: take the maximum."
)
def error_averages(a, b):
    return np.mean(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake("You add up the errors of all entries. Take the largest one.")
def error_sums(a, b):
    return np.sum(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake("You take the smallest error. It is the largest that tells whether all entries agree.")
def error_takes_the_smallest(a, b):
    return np.min(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "You divide the largest difference by the largest size. Divide entry by entry first, then take the maximum: a "
    "small entry may be the one that is wrong."
)
def error_takes_two_maxima(a, b):
    return np.max(np.abs(a - b)) / max(1e-8, np.max(np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "You compare the lengths of whole vectors. Compare entry by entry and take the maximum, so that one wrong entry "
    "shows."
)
def error_takes_norms(a, b):
    return np.linalg.norm(a - b) / max(1e-8, np.linalg.norm(a) + np.linalg.norm(b))


@relative_error.mistake("You divide by |b| alone. Divide by |a| + |b|, so that neither of the two counts as the truth.")
def error_relative_to_b(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(b)))


@relative_error.mistake("You divide by the larger of |a| and |b|. The formula divides by their sum.")
def error_relative_to_the_larger(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.maximum(np.abs(a), np.abs(b))))


@relative_error.mistake("That is the absolute error. Divide it by the size of the numbers, |a| + |b|.")
def error_is_absolute(a, b):
    return np.max(np.abs(a - b))


@relative_error.mistake(
    "Python's own max and `if` want one number and got an array. The larger of two, entry by entry, is "
    "np.maximum(1e-8, ...)."
)
def error_uses_pythons_max(a, b):
    return np.max(np.abs(a - b) / max(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "It works for vectors, but the rows of a matrix are arrays, and Python's own max and `if` cannot compare those. "
    "Use np.max, which takes all entries."
)
def error_maximum_of_rows(a, b):
    return max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake(
    "np.max looks for the largest entry of one array; its second argument is an axis. The larger of two, entry by "
    "entry, is np.maximum(1e-8, ...)."
)
def error_uses_max_for_maximum(a, b):
    return np.max(np.abs(a - b) / np.max(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake("You divide by |a| alone. Divide by |a| + |b|, so that neither of the two counts as the truth.")
def error_relative_to_a(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a)))


@relative_error.mistake("You divide by the mean of |a| and |b|. The formula divides by their sum.")
def error_relative_to_the_mean(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, (np.abs(a) + np.abs(b)) / 2))


@relative_error.mistake(
    "np.minimum takes the smaller of the two, so you divide by 1e-8 or by 0. It must never be less than 1e-8: "
    "np.maximum."
)
def error_takes_the_smaller_divisor(a, b):
    return np.max(np.abs(a - b) / np.minimum(1e-8, np.abs(a) + np.abs(b)))


@relative_error.mistake("Brackets: |b| is added after the division. Divide by np.maximum(1e-8, np.abs(a) + np.abs(b)).")
def error_adds_after_dividing(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a)) + np.abs(b))
