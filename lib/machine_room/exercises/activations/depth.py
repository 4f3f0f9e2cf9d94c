"""Signals through many layers: activations forward."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from machine_room import propagation
from machine_room.arguments import Array
from machine_room.exercises.activations.inputs import WITHHELD
from machine_room.exercises.exercise import Case, Exercise


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def relu_derivative(z: Array) -> Array:
    return (z > 0).astype(float)


def tanh(z: Array) -> Array:
    return np.tanh(z)


def tanh_derivative(z: Array) -> Array:
    return 1 - np.tanh(z) ** 2


def layers(rng: np.random.Generator, *sizes: int) -> tuple[Array, list[Array]]:
    """Return inputs of 4 examples and one weight matrix per layer."""
    weights = [rng.normal(size=pair).round(2) for pair in pairwise(sizes)]
    return rng.normal(size=(4, sizes[0])).round(2), weights


def stats_cases(rng: np.random.Generator) -> Iterator[Case]:
    x, weights = layers(rng, 2, 3)
    yield Case("one layer, tanh", (x, weights, tanh))
    x, weights = layers(rng, 3, 3, 3)
    yield Case("two layers, ReLU", (x, weights, relu))
    x, weights = layers(rng, 4, 6, 5, 4)
    weights[0][:, :2] = -np.abs(weights[0][:, :2]) - 0.1  # two units that are off for all these positive inputs
    yield Case("three layers, ReLU, two units dead", (np.abs(x) + 0.1, weights, relu))
    x, weights = layers(rng, *([7] * 9))
    weights[0][:, 0] = -np.abs(weights[0][:, 0]) - 0.1  # a unit that is negative for all these positive inputs
    yield Case("eight layers, tanh", (np.abs(x) + 0.1, weights, tanh))
    x, weights = layers(rng, 3, 4, 2)
    yield Case("one example, tanh", (x[:1], weights, tanh))
    opposites = np.stack([x, -x], axis=1).reshape(-1, 3)  # tanh is odd: down every column, the sum is exactly 0
    yield Case("two layers, tanh, each example with its opposite", (opposites, weights, tanh))


activation_stats = Exercise(
    reference=propagation.activation_stats,
    cases=stats_cases,
    withheld=WITHHELD,
    returns=("mean", "std", "dead"),
    accepts_lists=True,
)


@activation_stats.mistake(
    "Every layer must get the output of the layer before, h = activation(h @ W); yours all get x."
)
def not_chained(x, weights, activation):
    outputs = [activation(x @ w) for w in weights]
    return (
        np.array([h.mean() for h in outputs]),
        np.array([h.std() for h in outputs]),
        np.array([(h == 0).all(axis=0).mean() for h in outputs]),
    )


@activation_stats.mistake("Describe h, after the activation, not z.")
def before_the_activation(x, weights, activation):
    sums, h = [], x
    for w in weights:
        sums.append(h @ w)
        h = activation(sums[-1])
    return (
        np.array([z.mean() for z in sums]),
        np.array([z.std() for z in sums]),
        np.array([(z == 0).all(axis=0).mean() for z in sums]),
    )


@activation_stats.mistake("The next layer gets h, after the activation; yours passes z on.")
def passes_z_on(x, weights, activation):
    outputs, z = [], x
    for w in weights:
        z = z @ w
        outputs.append(activation(z))
    return (
        np.array([h.mean() for h in outputs]),
        np.array([h.std() for h in outputs]),
        np.array([(h == 0).all(axis=0).mean() for h in outputs]),
    )


@activation_stats.mistake("That is the variance: the deviation is its square root, h.std().")
def variance_of_h(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.var())
        dead.append((h == 0).all(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "Take one deviation over all entries of h, h.std(), not the mean of the units' own deviations."
)
def deviation_per_unit(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std(axis=0).mean())
        dead.append((h == 0).all(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "A unit is dead when it is 0 for every example; you count the single zeros. Use (h == 0).all(axis=0)."
)
def zeros_counted(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake("Units are the columns of h, examples its rows: a dead unit is 0 down its column, axis=0.")
def dead_examples(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).all(axis=1).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "A unit is dead when it is 0 for every example, not for some: .all(axis=0), not .any(axis=0)."
)
def sometimes_off(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).any(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake("Dead is exactly 0, (h == 0): a unit that is negative for every example passes a signal on.")
def negative_is_dead(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h <= 0).all(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "A unit whose values add up to 0 need not be dead: ask whether each of them is 0, (h == 0).all(axis=0)."
)
def sums_to_zero(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h.sum(axis=0) == 0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.also_correct
def in_lists(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(float(h.mean()))
        std.append(float(np.sqrt(((h - h.mean()) ** 2).mean())))
        dead.append(float(np.mean(np.abs(h).max(axis=0) == 0)))
    return mean, std, dead


@activation_stats.also_correct
def unit_for_unit(x, weights, activation):
    table = np.zeros((3, len(weights)))
    h = x
    for layer, w in enumerate(weights):
        h = activation(np.dot(h, w))
        dead = 0
        for unit in range(h.shape[1]):
            dead += not np.any(h[:, unit])
        table[:, layer] = np.mean(h), np.std(h), dead / h.shape[1]
    return table[0], table[1], table[2]


@activation_stats.mistake(
    "dead is a *share*, from 0 to 1; you count the dead units. Divide by their number: .mean() instead of .sum()."
)
def dead_units_counted(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).all(axis=0).sum())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "A unit that does not change is not dead, if it is not 0: ask (h == 0).all(axis=0), not for a deviation of 0."
)
def constant_is_dead(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h.std(axis=0) == 0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "That is the share of units that are alive. Dead ones are 0 for every example: (h == 0).all(axis=0)."
)
def alive_counted(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h != 0).any(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "Use the activation that is given, whatever it is: h = activation(h @ W). Yours is always ReLU."
)
def always_relu(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = np.maximum(h @ w, 0)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).all(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake("The activation is missing: h = activation(h @ W).")
def no_activation(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = h @ w
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).all(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake("One number per layer: begin with the first layer's output, not with x itself.")
def begins_with_x(x, weights, activation):
    outputs = [x]
    for w in weights:
        outputs.append(activation(outputs[-1] @ w))
    return (
        np.array([h.mean() for h in outputs]),
        np.array([h.std() for h in outputs]),
        np.array([(h == 0).all(axis=0).mean() for h in outputs]),
    )


@activation_stats.mistake("The return stands inside the loop, so that it ends after one layer. Move it to the left.")
def returns_after_one_layer(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std())
        dead.append((h == 0).all(axis=0).mean())
        return np.array(mean), np.array(std), np.array(dead)


@activation_stats.mistake(
    "The deviation is NumPy's usual one here, divided by the number of entries: std without ddof=1."
)
def deviation_of_a_sample(x, weights, activation):
    mean, std, dead, h = [], [], [], x
    for w in weights:
        h = activation(h @ w)
        mean.append(h.mean())
        std.append(h.std(ddof=1))
        dead.append((h == 0).all(axis=0).mean())
    return np.array(mean), np.array(std), np.array(dead)
