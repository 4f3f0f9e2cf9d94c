"""The exercise skip_backward: a value that is used twice gets the sum of what comes back along its two paths."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import worked_network
from machine_room.exercises.backprop.networks import NETWORK_AS_A_WHOLE
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence


def _skip_cases(rng: np.random.Generator) -> Iterator[Case]:
    for batch, units in ((2, 2), (3, 3), (5, 3)):
        yield Case(sentence("batch of {batch}, {units} units", batch=batch, units=units), _layer(rng, batch, units))
    yield Case("float32", tuple(value.astype(np.float32) for value in _layer(rng, 4, 3)))


def _layer(rng: np.random.Generator, batch: int, units: int) -> tuple[np.ndarray, ...]:
    """Draw a layer whose ReLU is on and off elsewhere than h, than the sum y, and than without the bias."""
    while True:
        dy, h = rng.normal(size=(batch, units)).round(2), rng.normal(size=(batch, units)).round(2)
        weights, bias = rng.normal(size=(units, units)).round(2), rng.normal(size=units).round(2)
        z = h @ weights + bias
        on, y = z > 0, h + np.maximum(0, z)
        others = (h > 0, y > 0, h @ weights > 0)
        if np.abs(z).min() > 0.02 and on.any() and not on.all() and all((on != other).any() for other in others):
            return dy, h, weights, bias


skip_backward = Exercise(
    reference=worked_network.skip_backward,
    cases=_skip_cases,
    returns=("dh", "dweights", "dbias"),
    withheld=[
        *NETWORK_AS_A_WHOLE,
        "layers.dense_backward",
        "layers.parameter_gradients",
        "layers.Activation.backward",
        "activations.relu_backward",
        "activations.relu_derivative",
    ],
)


@skip_backward.also_correct
def paths_one_by_one(dy, h, weights, bias):
    dh, dweights, dbias = np.zeros(h.shape), np.zeros(weights.shape), np.zeros(len(bias))
    z = h @ weights + bias
    for row in range(len(h)):
        for j in range(len(bias)):
            dh[row, j] += dy[row, j]
            if z[row, j] > 0:
                dbias[j] += dy[row, j]
                for i in range(len(bias)):
                    dh[row, i] += weights[i, j] * dy[row, j]
                    dweights[i, j] += h[row, i] * dy[row, j]
    return dh, dweights, dbias


@skip_backward.also_correct
def paths_as_one_layer(dy, h, weights, bias):
    dz = np.where(h @ weights + bias > 0, dy, 0)
    both = np.hstack([dy, dz]) @ np.vstack([np.eye(len(bias)), weights.T])
    return [both, (dz.T @ h).T, np.ones(len(dz)) @ dz]


@skip_backward.also_correct
def paths_in_place(dy, h, weights, bias):
    dz = dy.copy()
    dz[h @ weights + bias <= 0] = 0
    dh = dz @ weights.T
    dh += dy
    return dh, h.T @ dz, dz.sum(0)


@skip_backward.mistake(
    "h goes to two places. You follow the path through the layer; what comes back along the direct path is missing."
)
def direct_path_forgotten(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake(
    "h goes to two places. dh holds only what comes back along the direct path: add what comes back through the layer."
)
def path_through_the_layer_forgotten(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy * 1.0, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("Where paths meet, slopes add up. You take their mean: do not divide by the number of paths.")
def paths_averaged(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return (dy + dz @ weights.T) / 2, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake(
    "You multiply the slopes of the two paths. Along one path factors multiply; where paths meet, slopes add up."
)
def paths_multiplied(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy * (dz @ weights.T), h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("You subtract one path from the other. y is a sum, so both come back with a plus.")
def paths_subtracted(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy - dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("The direct path is in dh twice. It is one path, and its slope is 1: dy, once.")
def direct_path_twice(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return 2 * dy + dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake(
    "Along the direct path you add h itself. On the way back slopes travel, not values: what comes back there is dy."
)
def value_for_its_slope(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return h + dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake(
    "The ReLU switches your direct path off too. It lies on the other path alone: there dz, on the direct one dy."
)
def relu_on_the_direct_path(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dz + dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake(
    "The ReLU is not in your way back. It lies between the layer and the sum: where z is not above 0, nothing passes."
)
def relu_forgotten_on_the_way_back(dy, h, weights, bias):
    return dy + dy @ weights.T, h.T @ dy, dy.sum(axis=0)


@skip_backward.mistake(
    "The ReLU is in dh, but not in dweights and dbias: they lie before it, so they are made with dz, not with dy."
)
def relu_forgotten_in_the_parameters(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights.T, h.T @ dy, dy.sum(axis=0)


@skip_backward.mistake("The ReLU is not in dbias: a bias lies before it, so it gets the sum of dz, not of dy.")
def relu_forgotten_in_the_bias(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights.T, h.T @ dz, dy.sum(axis=0)


@skip_backward.mistake("You ask whether h is above 0. The ReLU sees z, what the layer makes of h: compute that first.")
def relu_asks_h(dy, h, weights, bias):
    dz = dy * (h > 0)
    return dy + dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("You ask whether y is above 0. y has h in it already: the ReLU sees z alone.")
def relu_asks_y(dy, h, weights, bias):
    dz = dy * (h + np.maximum(0, h @ weights + bias) > 0)
    return dy + dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("Your z has no bias in it, so some units are on that are off: z = h @ weights + bias.")
def bias_forgotten_forward(dy, h, weights, bias):
    dz = dy * (h @ weights > 0)
    return dy + dz @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("Through the layer slopes go by the transposed weights, dz @ weights.T, as in dense_backward.")
def weights_not_transposed(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("dweights is transposed: what flowed through times what came back, h.T @ dz.")
def dweights_transposed(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights.T, dz.T @ h, dz.sum(axis=0)


@skip_backward.mistake(
    "You add the direct path to dz, so to dweights and dbias too. It passes no weight and no bias: it is in dh alone."
)
def direct_path_in_the_parameters(dy, h, weights, bias):
    dz = dy + dy * (h @ weights + bias > 0)
    return dy + (dz - dy) @ weights.T, h.T @ dz, dz.sum(axis=0)


@skip_backward.mistake("You divide by the size of the batch. The mean belongs to the loss and is in dy already.")
def paths_divided_by_the_batch(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights.T, h.T @ dz / len(h), dz.sum(axis=0) / len(h)


@skip_backward.mistake("You sum over the units for dbias. Every unit has its own bias: sum over the examples, axis=0.")
def dbias_over_the_units(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights.T, h.T @ dz, dz.sum(axis=1)


@skip_backward.mistake("dh alone is not enough: return three results, dh, dweights, dbias.")
def dh_alone(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    return dy + dz @ weights.T


@skip_backward.mistake(
    "dy is not yours to change: `dh = dy` is a second name for it, and `+=` changes what the caller holds. "
    "Write dh = dy + ..., which is a new array."
)
def adds_into_dy(dy, h, weights, bias):
    dz = dy * (h @ weights + bias > 0)
    dh = dy
    dh += dz @ weights.T
    return dh, h.T @ dz, dz.sum(axis=0)
