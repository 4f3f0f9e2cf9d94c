"""The regularized loss of a whole network: what is penalised, and what is not."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from machine_room import regularizers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.regularization.penalties import WITHHELD


def draw_cases(rng: np.random.Generator) -> Iterator[Case]:
    loss = round(float(rng.uniform(0.5, 1.5)), 2)
    l1, l2 = round(float(rng.uniform(0.1, 0.4)), 2), round(float(rng.uniform(0.5, 0.9)), 2)
    one = (np.array([[2.0], [-3.0]]), np.array([0.5]))
    yield Case("one layer, L2", (loss, [one]), {"l2": l2})
    yield Case("one layer, L1", (loss, [one]), {"l1": l1})

    def layers(*sizes: int) -> list[tuple[np.ndarray, np.ndarray]]:
        return [
            (rng.normal(scale=2, size=(n_in, n_out)).round(1), rng.normal(loc=1, size=n_out).round(1))
            for n_in, n_out in pairwise(sizes)
        ]

    yield Case("two layers, both penalties", (loss, layers(3, 4, 2)), {"l1": l1, "l2": l2})
    yield Case("three layers, both penalties", (2 * loss, layers(4, 3, 5, 2)), {"l1": l2, "l2": l1})
    yield Case("no penalty", (loss, layers(2, 2)), {})


regularized_loss = Exercise(reference=regularizers.regularized_loss, cases=draw_cases, withheld=WITHHELD)


@regularized_loss.mistake("Leave the biases alone: only weights are penalised. A bias does not make a network overfit.")
def biases_included(loss, layers, *, l1=0.0, l2=0.0):
    for weights, bias in layers:
        loss = loss + l1 * (np.abs(weights).sum() + np.abs(bias).sum()) + l2 * ((weights**2).sum() + (bias**2).sum())
    return loss


@regularized_loss.mistake("You penalise the biases. It is the weights that are pulled towards 0.")
def biases_instead(loss, layers, *, l1=0.0, l2=0.0):
    for _, bias in layers:
        loss = loss + l1 * np.abs(bias).sum() + l2 * (bias**2).sum()
    return loss


@regularized_loss.mistake("Every layer counts: add their penalties up. In yours, only the last layer's is left.")
def last_layer_only(loss, layers, *, l1=0.0, l2=0.0):
    penalty = 0.0
    for weights, _ in layers:
        penalty = l1 * np.abs(weights).sum() + l2 * (weights**2).sum()
    return loss + penalty


@regularized_loss.mistake(
    "Every layer counts, and yours ends with the first. In a loop over the layers, return after it, not in it."
)
def first_layer_only(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        return loss + l1 * np.abs(weights).sum() + l2 * (weights**2).sum()


@regularized_loss.mistake("The loss itself is missing: return loss + penalty.")
def penalty_alone(loss, layers, *, l1=0.0, l2=0.0):
    penalty = 0.0
    for weights, _ in layers:
        penalty += l1 * np.abs(weights).sum() + l2 * (weights**2).sum()
    return penalty


@regularized_loss.mistake("l1 and l2 are swapped: l1 goes with the absolute values, l2 with the squares.")
def strengths_swapped(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        loss = loss + l2 * np.abs(weights).sum() + l1 * (weights**2).sum()
    return loss


@regularized_loss.mistake("Do not divide by the number of layers: their penalties add up.")
def mean_over_layers(loss, layers, *, l1=0.0, l2=0.0):
    penalty = 0.0
    for weights, _ in layers:
        penalty += l1 * np.abs(weights).sum() + l2 * (weights**2).sum()
    return loss + penalty / len(layers)


@regularized_loss.mistake("The loss is added once, not once for every layer.")
def loss_once_per_layer(loss, layers, *, l1=0.0, l2=0.0):
    total = 0.0
    for weights, _ in layers:
        total += loss + l1 * np.abs(weights).sum() + l2 * (weights**2).sum()
    return total


@regularized_loss.mistake("There is no factor 1/2 on L2 here: l2 * sum(w**2).")
def half_of_l2(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        loss = loss + l1 * np.abs(weights).sum() + l2 * (weights**2).sum() / 2
    return loss


@regularized_loss.mistake("The elastic net is the sum of both penalties. Yours adds only L2.")
def l1_forgotten(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        loss = loss + l2 * (weights**2).sum()
    return loss


@regularized_loss.mistake("Every entry of layers is a pair, and you treat it as an array: for weights, bias in layers.")
def pairs_not_taken_apart(loss, layers, *, l1=0.0, l2=0.0):
    for weights in layers:
        loss = loss + l1 * np.sum(np.abs(weights)) + l2 * np.sum(weights**2)
    return loss


@regularized_loss.mistake("The elastic net is the sum of both penalties. Yours adds only L1.")
def l2_forgotten(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        loss = loss + l1 * np.abs(weights).sum()
    return loss


@regularized_loss.mistake("Both penalties may be asked for at once: add both, without else or elif.")
def one_or_the_other(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        if l1:
            loss = loss + l1 * np.abs(weights).sum()
        elif l2:
            loss = loss + l2 * (weights**2).sum()
    return loss


@regularized_loss.mistake("The last layer's weights are penalised as well.")
def last_layer_left_out(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers[:-1]:
        loss = loss + l1 * np.abs(weights).sum() + l2 * (weights**2).sum()
    return loss


@regularized_loss.mistake("A penalty makes the loss larger: add it, do not subtract it.")
def penalties_subtracted(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        loss = loss - l1 * np.abs(weights).sum() - l2 * (weights**2).sum()
    return loss


@regularized_loss.mistake("Those are the gradients of the penalties. Add the penalties themselves, a number each.")
def gradients_added(loss, layers, *, l1=0.0, l2=0.0):
    for weights, _ in layers:
        loss = loss + l1 * np.sign(weights) + 2 * l2 * weights
    return loss


@regularized_loss.also_correct
def all_weights_in_one_vector(loss, layers, *, l1=0.0, l2=0.0):
    w = np.concatenate([weights.ravel() for weights, bias in layers])
    return loss + l1 * np.sum(np.abs(w)) + l2 * np.sum(w**2)


@regularized_loss.also_correct
def in_two_sums(loss, layers, *, l1=0.0, l2=0.0):
    absolute = sum(np.abs(layer[0]).sum() for layer in layers)
    squared = sum(np.square(layer[0]).sum() for layer in layers)
    return float(loss + l1 * absolute + l2 * squared)
