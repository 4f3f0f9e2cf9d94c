"""Signals through many layers: gradients backward."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import propagation
from machine_room.exercises.activations.depth import layers, relu, relu_derivative, tanh, tanh_derivative
from machine_room.exercises.activations.inputs import WITHHELD
from machine_room.exercises.exercise import Case, Exercise


def norms_cases(rng: np.random.Generator) -> Iterator[Case]:
    x, weights = layers(rng, 2, 2)
    yield Case("one layer, tanh", (x, weights, tanh, tanh_derivative, rng.normal(size=(4, 2)).round(2)))
    x, weights = layers(rng, 3, 3, 3)
    yield Case("two square layers, tanh", (x, weights, tanh, tanh_derivative, rng.normal(size=(4, 3)).round(2)))
    x, weights = layers(rng, 3, 5, 4, 2)
    yield Case("three layers, ReLU", (x + 1, weights, relu, relu_derivative, rng.normal(size=(4, 2)).round(2)))
    x, weights = layers(rng, *([6] * 8))
    yield Case("seven square layers, tanh", (x, weights, tanh, tanh_derivative, rng.normal(size=(4, 6)).round(2)))
    x, weights = layers(rng, 1, 4, 2)
    yield Case(
        "one example with one input, tanh", (x[:1], weights, tanh, tanh_derivative, rng.normal(size=(1, 2)).round(2))
    )


gradient_norms = Exercise(
    reference=propagation.gradient_norms, cases=norms_cases, withheld=WITHHELD, accepts_lists=True
)


@gradient_norms.mistake(
    "The right numbers in the wrong order: you went backward, so turn the list round. The first layer comes first."
)
def last_layer_first(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = []
    for w, z in zip(weights[::-1], sums[::-1], strict=True):
        dz = dh * derivative(z)
        norms.append(np.linalg.norm(dz))
        dh = dz @ w.T
    return np.array(norms)


@gradient_norms.mistake("Every layer multiplies by the activation's slope: dz = dh * derivative(z). It is missing.")
def slope_forgotten(x, weights, activation, derivative, dh):
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        norms[layer] = np.linalg.norm(dh)
        dh = dh @ weights[layer].T
    return norms


@gradient_norms.mistake("The slope is taken at z, what went into the activation, not at h, what came out.")
def slope_at_h(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(activation(sums[layer]))
        norms[layer] = np.linalg.norm(dz)
        dh = dz @ weights[layer].T
    return norms


@gradient_norms.mistake("Backward, the weights are transposed: dh = dz @ W.T.")
def not_transposed(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = np.linalg.norm(dz)
        dh = dz @ weights[layer]
    return norms


@gradient_norms.mistake("The length is the square root of the sum of squares: np.linalg.norm(dz).")
def squared_lengths(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = (dz**2).sum()
        dh = dz @ weights[layer].T
    return norms


@gradient_norms.mistake(
    "The length is the root of the sum of squares; you average the squares. Use np.linalg.norm(dz)."
)
def averaged_squares(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = np.sqrt((dz**2).mean())
        dh = dz @ weights[layer].T
    return norms


@gradient_norms.mistake("That is the length of dh, before the activation's slope; dz is asked for.")
def lengths_of_dh(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        norms[layer] = np.linalg.norm(dh)
        dh = (dh * derivative(sums[layer])) @ weights[layer].T
    return norms


@gradient_norms.mistake(
    "You measure after the step through W: that is the gradient of the layer's input. Measure dz before it."
)
def one_step_too_far(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dh = (dh * derivative(sums[layer])) @ weights[layer].T
        norms[layer] = np.linalg.norm(dh)
    return norms


@gradient_norms.mistake("Forward, each layer gets activation(z) of the one before; yours passes z on.")
def forward_without_activation(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        h = h @ w
        sums.append(h)
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = np.linalg.norm(dz)
        dh = dz @ weights[layer].T
    return norms


@gradient_norms.also_correct
def by_recursion(x, weights, activation, derivative, dh):
    def back(h, layer):
        z = h @ weights[layer]
        if layer + 1 == len(weights):
            arriving, later = dh, []
        else:
            arriving, later = back(activation(z), layer + 1)
        dz = arriving * derivative(z)
        return dz @ weights[layer].T, [float(np.sqrt(np.sum(dz * dz))), *later]

    return back(x, 0)[1]


@gradient_norms.also_correct
def lists_turned_round(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(np.dot(h, w))
        h = activation(sums[-1])
    norms = []
    for w, z in zip(reversed(weights), reversed(sums), strict=True):
        dz = derivative(z) * dh
        norms.append(np.sqrt((dz**2).sum()))
        dh = np.dot(w, dz.T).T
    return np.array(norms[::-1])


@gradient_norms.mistake(
    "Your second loop also runs from the first layer to the last. dh belongs to the last layer: begin there, with "
    "weights[::-1], and go back."
)
def backward_from_the_first_layer(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = []
    for w, z in zip(weights, sums, strict=True):
        dz = dh * derivative(z)
        norms.append(np.linalg.norm(dz))
        dh = dz @ w.T
    return np.array(norms)


@gradient_norms.mistake("dh is multiplied by the activation's slope, derivative(z), not by activation(z).")
def activation_for_the_slope(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * activation(sums[layer])
        norms[layer] = np.linalg.norm(dz)
        dh = dz @ weights[layer].T
    return norms


@gradient_norms.mistake(
    "The weights are turned round, but not the z: each layer needs its own z. Turn both lists round."
)
def sums_not_turned_round(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = []
    for w, z in zip(weights[::-1], sums, strict=True):
        dz = dh * derivative(z)
        norms.append(np.linalg.norm(dz))
        dh = dz @ w.T
    return np.array(norms[::-1])


@gradient_norms.mistake("That is the length of the weights' gradient, h.T @ dz. The length of dz is asked for.")
def lengths_of_dw(x, weights, activation, derivative, dh):
    inputs, sums, h = [], [], x
    for w in weights:
        inputs.append(h)
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = np.linalg.norm(inputs[layer].T @ dz)
        dh = dz @ weights[layer].T
    return norms


@gradient_norms.mistake(
    "np.linalg.norm(dz, 2) of a matrix is its largest stretch. Without the 2 it is the root of the sum of squares."
)
def largest_stretch(x, weights, activation, derivative, dh):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = np.linalg.norm(dz, 2)
        dh = dz @ weights[layer].T
    return norms
