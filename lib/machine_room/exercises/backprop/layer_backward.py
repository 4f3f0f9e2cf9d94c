"""The exercise dense_backward: slopes back through a dense layer."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import layers
from machine_room.exercises.backprop.networks import NETWORK_AS_A_WHOLE
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence


def _dense_backward_cases(rng: np.random.Generator) -> Iterator[Case]:
    for name, batch, n_in, n_out in (
        (sentence("3 examples, 2 inputs, 4 units"), 3, 2, 4),
        (sentence("5 examples, 4 inputs, 3 units"), 5, 4, 3),
        # here a wrong transposition gives wrong numbers instead of an error
        (sentence("3 examples, 3 inputs, 3 units"), 3, 3, 3),
    ):
        dz, x = rng.normal(size=(batch, n_out)).round(2), rng.normal(size=(batch, n_in)).round(2)
        yield Case(name, (dz, x, rng.normal(size=(n_in, n_out)).round(2)))
    dz, x, weights = rng.normal(size=(6, 5)), rng.normal(size=(6, 4)), rng.normal(size=(4, 5))
    yield Case("float32", (dz.astype(np.float32), x.astype(np.float32), weights.astype(np.float32)))


dense_backward = Exercise(
    reference=layers.dense_backward,
    cases=_dense_backward_cases,
    returns=("dx", "dweights", "dbias"),
    withheld=[*NETWORK_AS_A_WHOLE, "layers.parameter_gradients", "layers.Dense._parameters_backward"],
)


@dense_backward.also_correct
def back_with_loops(dz, x, weights):
    dx, dweights, dbias = np.zeros(x.shape), np.zeros(weights.shape), np.zeros(weights.shape[1])
    for row in range(len(x)):
        for unit in range(weights.shape[1]):
            dbias[unit] += dz[row, unit]
            for i in range(weights.shape[0]):
                dweights[i, unit] += x[row, i] * dz[row, unit]
                dx[row, i] += weights[i, unit] * dz[row, unit]
    return dx, dweights, dbias


@dense_backward.also_correct
def back_with_einsum(dz, x, weights):
    return [np.einsum("bo,io->bi", dz, weights), np.einsum("bi,bo->io", x, dz), np.ones(len(dz)) @ dz]


@dense_backward.also_correct
def back_transposed(dz, x, weights):
    return (weights @ dz.T).T, (dz.T @ x).T, np.sum(dz, 0)


@dense_backward.mistake(
    "The mean enters once, and dz already holds it. dweights and dbias are sums over the batch: do not divide again."
)
def back_divides_by_the_batch(dz, x, weights):
    return dz @ weights.T, x.T @ dz / len(x), dz.sum(axis=0) / len(x)


@dense_backward.mistake("dweights is divided by the size of the batch, but dz already holds that mean. Do not divide.")
def back_divides_dweights(dz, x, weights):
    return dz @ weights.T, x.T @ dz / len(x), dz.sum(axis=0)


@dense_backward.mistake("dbias is a mean over the batch. Take the sum: the mean is already in dz.")
def back_averages_dbias(dz, x, weights):
    return dz @ weights.T, x.T @ dz, dz.mean(axis=0)


@dense_backward.mistake("dx, dweights and dbias are all divided by the size of the batch. dz already holds the mean.")
def back_divides_everything(dz, x, weights):
    dz = dz / len(x)
    return dz @ weights.T, x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "dbias sums over the units. Every unit has its own bias, every example adds to it: sum over the examples, axis=0."
)
def back_sums_over_the_units(dz, x, weights):
    return dz @ weights.T, x.T @ dz, dz.sum(axis=1)


@dense_backward.mistake("dbias has a row per example. All examples share one bias per unit: sum over them, axis=0.")
def back_without_sum(dz, x, weights):
    return dz @ weights.T, x.T @ dz, dz * 1.0


@dense_backward.mistake("dbias has one axis too many, (1, n_out) instead of (n_out,): leave keepdims away.")
def back_keeps_dimensions(dz, x, weights):
    return dz @ weights.T, x.T @ dz, dz.sum(axis=0, keepdims=True)


@dense_backward.mistake("dbias is one number for all units. Sum over the examples only: axis=0.")
def back_sums_everything(dz, x, weights):
    return dz @ weights.T, x.T @ dz, dz.sum()


@dense_backward.mistake("dbias is the sum over the inputs x. A bias's input is always 1: sum dz over the examples.")
def back_sums_the_inputs(dz, x, weights):
    return dz @ weights.T, x.T @ dz, (x.T @ dz).sum(axis=0)


@dense_backward.mistake("dweights is transposed: it has the shape of weights, (n_in, n_out), so x.T @ dz.")
def back_transposes_dweights(dz, x, weights):
    return dz @ weights.T, dz.T @ x, dz.sum(axis=0)


@dense_backward.mistake("For dx the weights must be transposed: (batch, n_out) times (n_out, n_in) is dz @ weights.T.")
def back_forgets_to_transpose_weights(dz, x, weights):
    return dz @ weights, x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "For dweights x must be transposed: (n_in, batch) times (batch, n_out) is x.T @ dz, a sum over the examples."
)
def back_forgets_to_transpose_x(dz, x, weights):
    return dz @ weights.T, x @ dz, dz.sum(axis=0)


@dense_backward.mistake("Through weights slopes go by a matrix product: dz @ weights.T. `*` multiplies entry by entry.")
def back_multiplies_entries(dz, x, weights):
    return dz * weights.T, x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "Only the last example counts: each one overwrites the slopes of the one before. Add them up, with +=."
)
def back_overwrites(dz, x, weights):
    dweights, dbias = np.zeros(weights.shape), np.zeros(weights.shape[1])
    for row in range(len(x)):
        dweights = np.outer(x[row], dz[row])
        dbias = dz[row]
    return dz @ weights.T, dweights, dbias


@dense_backward.mistake(
    "You sum x and dz over the batch before you multiply them. Multiply example by example, then sum: x.T @ dz."
)
def back_sums_before_multiplying(dz, x, weights):
    return dz @ weights.T, np.outer(x.sum(axis=0), dz.sum(axis=0)), dz.sum(axis=0)


@dense_backward.mistake(
    "dx is made with x. Back through the layer it is what came back times the weights: dz @ weights.T."
)
def back_makes_dx_of_x(dz, x, weights):
    return x @ weights @ weights.T, x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "dweights is made with the weights. A weight's slope is what flowed through it, x, times what came back: x.T @ dz."
)
def back_makes_dweights_of_weights(dz, x, weights):
    return dz @ weights.T, weights * dz.sum(axis=0), dz.sum(axis=0)


@dense_backward.mistake("The three results are right, their order is not: return dx, dweights, dbias.")
def back_returns_dx_last(dz, x, weights):
    return x.T @ dz, dz.sum(axis=0), dz @ weights.T


@dense_backward.mistake("dx is missing: return three results, dx, dweights, dbias.")
def back_forgets_dx(dz, x, weights):
    return x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "dx is summed over the batch. Every example has its own inputs, so dx has the shape of x: dz @ weights.T."
)
def back_sums_dx(dz, x, weights):
    return (dz @ weights.T).sum(axis=0), x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "weights @ dz does not fit: the rows of dz are examples, so dz comes first. dx has the shape of x: dz @ weights.T."
)
def back_puts_the_weights_first(dz, x, weights):
    return weights @ dz, x.T @ dz, dz.sum(axis=0)


@dense_backward.mistake(
    "dweights is a sum over the examples, so a matrix product: x.T @ dz. `*` multiplies entry by entry."
)
def back_multiplies_entries_of_x(dz, x, weights):
    return dz @ weights.T, x.T * dz, dz.sum(axis=0)


@dense_backward.mistake(
    "You switch dx off where x is negative. There is no ReLU in this layer: it has a station of its own, relu_backward."
)
def back_includes_relu(dz, x, weights):
    return (dz @ weights.T) * (x > 0), x.T @ dz, dz.sum(axis=0)
