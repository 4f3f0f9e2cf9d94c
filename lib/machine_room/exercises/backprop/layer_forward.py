"""The exercise dense_forward: one dense layer on a batch."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import layers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence


def _dense_cases(rng: np.random.Generator) -> Iterator[Case]:
    for name, batch, n_in, n_out in (
        (sentence("3 examples, 2 inputs, 4 units"), 3, 2, 4),
        (sentence("5 examples, 4 inputs, 3 units"), 5, 4, 3),
        # here a wrong transposition gives wrong numbers instead of an error
        (sentence("3 examples, 3 inputs, 3 units"), 3, 3, 3),
    ):
        x, weights = rng.normal(size=(batch, n_in)).round(2), rng.normal(size=(n_in, n_out)).round(2)
        yield Case(name, (x, weights, rng.uniform(1, 2, size=n_out).round(2)))
    x, weights, bias = rng.normal(size=(6, 4)), rng.normal(size=(4, 5)), rng.normal(size=5)
    yield Case("float32", (x.astype(np.float32), weights.astype(np.float32), bias.astype(np.float32)))


dense_forward = Exercise(
    reference=layers.dense_forward,
    cases=_dense_cases,
    withheld=["layers.Dense.forward", "network.Network.forward", "network.Network.predict"],
)


@dense_forward.also_correct
def dense_with_loops(x, weights, bias):
    z = np.zeros((len(x), weights.shape[1]))
    for row in range(len(x)):
        for unit in range(weights.shape[1]):
            z[row, unit] = bias[unit]
            for i in range(weights.shape[0]):
                z[row, unit] += x[row, i] * weights[i, unit]
    return z


@dense_forward.also_correct
def dense_with_an_input_of_ones(x, weights, bias):
    ones = np.ones((len(x), 1))
    return np.hstack([x, ones]) @ np.vstack([weights, bias])


@dense_forward.also_correct
def dense_transposed_twice(x, weights, bias):
    return (np.dot(weights.T, x.T) + bias[:, None]).T


@dense_forward.mistake("The bias is missing: add it to every row of x @ weights.")
def dense_without_bias(x, weights, bias):
    return x @ weights


@dense_forward.mistake("The bias is added, not subtracted.")
def dense_subtracts_the_bias(x, weights, bias):
    return x @ weights - bias


@dense_forward.mistake(
    "weights must not be transposed: it is (n_in, n_out), so x @ weights already fits, (batch, n_in) times "
    "(n_in, n_out)."
)
def dense_transposes_the_weights(x, weights, bias):
    return x @ weights.T + bias


@dense_forward.mistake("The order of the matrix product: x @ weights, (batch, n_in) times (n_in, n_out).")
def dense_turns_the_product_round(x, weights, bias):
    return weights @ x + bias


@dense_forward.mistake("`*` multiplies entry by entry. The sum over the inputs is a matrix product: x @ weights.")
def dense_multiplies_entries(x, weights, bias):
    return x * weights + bias


@dense_forward.mistake("Your result has a column per example. Examples are rows: (batch, n_out).")
def dense_with_examples_in_columns(x, weights, bias):
    return weights.T @ x.T + bias[:, None]


@dense_forward.mistake("A dense layer's sums are linear: no ReLU here, it is a station of its own.")
def dense_with_relu(x, weights, bias):
    return np.maximum(0, x @ weights + bias)


@dense_forward.mistake("Do not average over the batch: every example has its own row of z.")
def dense_averages(x, weights, bias):
    return x @ weights / len(x) + bias


@dense_forward.mistake("You add up the rows. Every example keeps its own row of z.")
def dense_sums_the_batch(x, weights, bias):
    return (x @ weights + bias).sum(axis=0)


@dense_forward.mistake("The bias is added once per input. Add it once, after the sum over the inputs.")
def dense_adds_the_bias_in_the_loop(x, weights, bias):
    z = np.zeros((len(x), len(bias)))
    for i in range(len(weights)):
        z += np.outer(x[:, i], weights[i]) + bias
    return z


@dense_forward.mistake("Only the last input counts: inside the loop you overwrite the sum. Use += there.")
def dense_overwrites_the_sum(x, weights, bias):
    z = np.zeros((len(x), len(bias)))
    for i in range(len(weights)):
        z = np.outer(x[:, i], weights[i])
    return z + bias


@dense_forward.mistake("Brackets: the bias is added after the matrix product, x @ weights + bias.")
def dense_adds_the_bias_to_the_weights(x, weights, bias):
    return x @ (weights + bias)


@dense_forward.mistake(
    "bias[:, None] is a column, one number for each row. The bias has one number for each unit, a column of z: add it "
    "as it is."
)
def dense_makes_the_bias_a_column(x, weights, bias):
    return x @ weights + bias[:, None]
