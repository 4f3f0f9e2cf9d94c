"""Max-norm: keeping every unit's weight vector short."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import regularizers
from machine_room.exercises.exercise import Case, Exercise


def draw_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield Case("one long unit, one short", (np.array([[3.0, 0.3], [4.0, 0.4]]),), {"limit": 2.0})
    directions = rng.normal(size=(4, 3))
    directions /= np.linalg.norm(directions, axis=0)
    lengths = np.array([0.5, 1.4, 3.0])
    yield Case("three units, lengths 0.5, 1.4 and 3", (directions * lengths,), {"limit": 1.2})
    single = (directions * lengths[::-1]).astype(np.float32)
    yield Case("single precision", (single,), {"limit": 0.9})
    silent = directions * lengths
    silent[:, 1] = 0.0
    yield Case("a unit with weights of 0", (silent,), {"limit": 1.2})
    yield Case("all short enough", (0.3 * directions,), {"limit": 1.2})
    more = rng.normal(size=(3, 6)) * rng.uniform(0.2, 3, size=6)
    yield Case("more units than inputs", (more,), {"limit": 1.5})


max_norm = Exercise(
    reference=regularizers.max_norm,
    cases=draw_cases,
    withheld=("regularizers.MaxNorm",),
)


@max_norm.mistake("A unit's incoming weights are a *column*: take the lengths with axis=0.")
def per_row(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=1, keepdims=True))
    return weights * limit / np.maximum(lengths, limit)


@max_norm.mistake("Every unit has a length of its own. Yours is the length of the whole matrix.")
def whole_matrix(weights, *, limit):
    length = np.sqrt((weights**2).sum())
    return weights * min(1.0, limit / length)


@max_norm.mistake("Only what is too long is shortened. Yours also stretches short vectors to the limit.")
def stretches_too(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return weights * np.where(lengths > 0, limit / np.where(lengths > 0, lengths, 1), 0)


@max_norm.mistake("Shorten the vector and keep its direction: scale the column as a whole, do not cut off its entries.")
def clips_entries(weights, *, limit):
    return np.clip(weights, -limit, limit)


@max_norm.mistake("The length is the *root* of the sum of squares.")
def no_root(weights, *, limit):
    squares = (weights**2).sum(axis=0)
    return weights * limit / np.maximum(squares, limit)


@max_norm.mistake("The length is the root of the sum of squares; you take the sum of absolute values.")
def sum_of_absolute_values(weights, *, limit):
    lengths = np.abs(weights).sum(axis=0)
    return weights * limit / np.maximum(lengths, limit)


@max_norm.mistake(
    "A vector that is too long gets the length `limit`. Yours is only divided by its length, so it gets 1."
)
def length_one(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return np.where(lengths > limit, weights / np.maximum(lengths, limit), weights)


@max_norm.mistake(
    "limit / length divides by 0 where all weights of a unit are 0. Use np.maximum(length, limit) in the denominator."
)
def divides_by_zero(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return weights * np.minimum(1, limit / lengths)


@max_norm.mistake("Your function changes the caller's weights: work on a copy, or make a new array.")
def in_place(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    weights *= limit / np.maximum(lengths, limit)
    return weights


@max_norm.mistake("min, not max: what is long is shortened, what is short keeps the factor 1.")
def maximum_for_minimum(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return weights * np.maximum(1, limit / np.maximum(lengths, 1e-12))


@max_norm.mistake(
    "The factor is limit / length: the longer a vector, the more it shrinks. Yours is the other way round."
)
def ratio_turned_round(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return weights * np.minimum(1, lengths / limit)


@max_norm.mistake("A vector that is too long is shortened to the length limit, not set to 0.")
def long_ones_set_to_zero(weights, *, limit):
    return weights * (np.sqrt((weights**2).sum(axis=0)) <= limit)


@max_norm.mistake(
    "Keras adds 1e-7 to every length, which shortens the short vectors a little as well. Here they stay as they are: "
    "np.minimum(1, limit / length), guarded against a length of 0."
)
def as_in_keras(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return weights * np.clip(lengths, 0, limit) / (1e-7 + lengths)


@max_norm.mistake(
    "np.min looks for the smallest entry of one array. np.minimum(1, ...) takes the smaller of two, entry by entry."
)
def minimum_of_an_array(weights, *, limit):
    lengths = np.sqrt((weights**2).sum(axis=0))
    return weights * np.min(1, limit / np.maximum(lengths, 1e-12))


@max_norm.also_correct
def unit_by_unit(weights, *, limit):
    result = weights.copy()
    for j in range(weights.shape[1]):
        length = np.linalg.norm(weights[:, j])
        if length > limit:
            result[:, j] = weights[:, j] * limit / length
    return result


@max_norm.also_correct
def with_where(weights, *, limit):
    lengths = np.linalg.norm(weights, axis=0, keepdims=True)
    safe = np.where(lengths > limit, lengths, 1.0)
    return np.where(lengths > limit, weights / safe * limit, weights)
