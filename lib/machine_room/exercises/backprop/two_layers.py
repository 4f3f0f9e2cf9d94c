"""The exercise two_layer_gradient: the chain rule through a whole network."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import worked_network
from machine_room.exercises.backprop.networks import NETWORK_AS_A_WHOLE
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence


def _two_layer_cases(rng: np.random.Generator) -> Iterator[Case]:
    for name, batch, n_in, hidden, classes in (
        (sentence("3 examples, 2 inputs, 4 hidden units, 3 classes"), 3, 2, 4, 3),
        (sentence("6 examples, 4 inputs, 5 hidden units, 3 classes"), 6, 4, 5, 3),
        # here a wrong transposition gives wrong numbers instead of an error
        (sentence("3 examples, 3 of everything"), 3, 3, 3, 3),
    ):
        yield Case(name, _two_layers(rng, batch, n_in, hidden, classes))
    floats = tuple(
        value.astype(np.float32) if value.dtype == float else value for value in _two_layers(rng, 5, 3, 6, 4)
    )
    yield Case("float32", floats)


def _two_layers(rng: np.random.Generator, batch: int, n_in: int, hidden: int, classes: int) -> tuple[np.ndarray, ...]:
    """Draw a batch and a network in which every example has units that are on and units that are off."""
    while True:
        x = rng.normal(size=(batch, n_in)).round(2)
        weights1, bias1 = rng.normal(size=(n_in, hidden)).round(2), rng.normal(size=hidden).round(2)
        z = x @ weights1 + bias1
        mixed = (z > 0).any(axis=1).all() and (z < 0).any(axis=1).all() and (z > 0).any(axis=0).all()
        if mixed and np.abs(z).min() > 0.02:
            break
    weights2, bias2 = rng.normal(size=(hidden, classes)).round(2), rng.normal(size=classes).round(2)
    return x, rng.permutation(np.arange(batch) % classes), weights1, bias1, weights2, bias2


two_layer_gradient = Exercise(
    reference=worked_network.two_layer_gradient,
    cases=_two_layer_cases,
    returns=("dweights1", "dbias1", "dweights2", "dbias2"),
    withheld=[
        *NETWORK_AS_A_WHOLE,
        "layers.dense_forward",
        "layers.dense_backward",
        "layers.Activation.backward",
        "losses.cross_entropy",
        "activations.relu_backward",
        "activations.relu_derivative",
    ],
)


@two_layer_gradient.also_correct
def layers_with_one_hot(x, labels, weights1, bias1, weights2, bias2):
    n = len(x)
    h = (x @ weights1 + bias1).clip(min=0)
    scores = np.exp(h @ weights2 + bias2)
    error = scores / scores.sum(1)[:, None] - np.eye(len(bias2))[labels]
    back = np.where(h > 0, error @ weights2.T, 0)
    return x.T @ back / n, back.sum(0) / n, h.T @ error / n, error.sum(0) / n


@two_layer_gradient.also_correct
def layers_example_by_example(x, labels, weights1, bias1, weights2, bias2):
    gradients = [np.zeros(weights1.shape), np.zeros(bias1.shape), np.zeros(weights2.shape), np.zeros(bias2.shape)]
    for inputs, label in zip(x, labels, strict=True):
        z = weights1.T @ inputs + bias1
        h = np.maximum(z, 0)
        logits = weights2.T @ h + bias2
        dlogits = np.exp(logits - logits.max())
        dlogits = dlogits / dlogits.sum()
        dlogits[label] -= 1
        dz = (weights2 @ dlogits) * (z > 0)
        for total, part in zip(gradients, [np.outer(inputs, dz), dz, np.outer(h, dlogits), dlogits], strict=True):
            total += part / len(x)
    return tuple(gradients)


@two_layer_gradient.mistake(
    "Going back, ReLU is left out: dh reaches layer 1 as it is. Where the hidden unit was off nothing may pass: "
    "relu_backward(dh, z)."
)
def layers_without_relu_backward(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = dlogits @ weights2.T
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("Going forward, ReLU is left out: h = np.maximum(0, z) before the second layer.")
def layers_without_relu_forward(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    dlogits = np.exp(z @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), z.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("There is no ReLU in your network, neither forward nor backward: dense, ReLU, dense.")
def layers_without_any_relu(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    dlogits = np.exp(z @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = dlogits @ weights2.T
    return x.T @ dz, dz.sum(axis=0), z.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "dweights2 is made with z. The second layer's inputs are h, what ReLU lets out: "
    "dense_backward(dlogits, h, weights2)."
)
def layers_second_from_z(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), z.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "All four are too large by the number of examples: the mean over the batch is missing. cross_entropy puts it into "
    "dlogits."
)
def layers_without_mean(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "The mean over the batch is taken twice: it is already in dlogits, so dense_backward must not divide again."
)
def layers_mean_twice(x, labels, weights1, bias1, weights2, bias2):
    n = len(x)
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(n), labels] -= 1
    dlogits /= n
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz / n, dz.sum(axis=0) / n, h.T @ dlogits / n, dlogits.sum(axis=0) / n


@two_layer_gradient.mistake(
    "The second layer is right, the first is too small by the number of examples. The mean enters once, in dlogits: do "
    "not divide again on the way."
)
def layers_mean_again_in_the_first(x, labels, weights1, bias1, weights2, bias2):
    n = len(x)
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(n), labels] -= 1
    dlogits /= n
    dz = (dlogits @ weights2.T) * (z > 0) / n
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "The first layer's gradient uses weights2 after its update. All gradients belong to the same, old parameters; this "
    "function only computes them."
)
def layers_update_on_the_way(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dweights2 = h.T @ dlogits
    weights2 = weights2 - 0.1 * dweights2
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), dweights2, dlogits.sum(axis=0)


@two_layer_gradient.mistake("You switch on the sign of dh. What counts is whether the unit was on: z > 0.")
def layers_switch_on_dh(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = np.maximum(0, dlogits @ weights2.T)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "You overwrote the hidden values with zeros and ones when you made the mask, and dweights2 needs the values. Make "
    "the mask a new array: z > 0."
)
def layers_overwrite_hidden_values(x, labels, weights1, bias1, weights2, bias2):
    h = np.maximum(0, x @ weights1 + bias1)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    mask = h
    mask[h > 0] = 1
    dz = (dlogits @ weights2.T) * mask
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("Going back through ReLU you multiply by its value h. Multiply by its slope: z > 0.")
def layers_multiply_by_the_value(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * h
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("The biases are missing in the forward pass: x @ weights1 + bias1, h @ weights2 + bias2.")
def layers_without_biases(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "There is no softmax: dlogits is softmax(logits) minus the wanted ones, not logits minus them."
)
def layers_without_softmax(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = h @ weights2 + bias2
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("The second layer ends in a ReLU too. Its outputs are logits: leave them as they are.")
def layers_with_relu_at_the_end(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(np.maximum(0, h @ weights2 + bias2))
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("All four have the wrong sign: dlogits is predicted minus wanted.")
def layers_have_the_wrong_sign(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= -len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "The numbers are right, their order is not: layer 1 first, dweights1, dbias1, dweights2, dbias2."
)
def layers_in_backward_order(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return h.T @ dlogits, dlogits.sum(axis=0), x.T @ dz, dz.sum(axis=0)


@two_layer_gradient.mistake(
    "The biases are summed over the units. Every unit has its own bias: sum over the examples, axis=0."
)
def layers_sum_over_the_units(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=1), h.T @ dlogits, dlogits.sum(axis=1)


@two_layer_gradient.mistake(
    "dh is made without transposing: dlogits @ weights2.T leads back from the classes to the units."
)
def layers_forget_to_transpose(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "cross_entropy returns two results, and you go on with both as if they were one. Take them apart: "
    "loss, dlogits = cross_entropy(...)."
)
def layers_go_back_from_the_pair(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    p = np.exp(h @ weights2 + bias2)
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(x)), labels]).mean()
    p[np.arange(len(x)), labels] -= 1
    dlogits = (loss, p / len(x))
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, np.sum(dlogits, axis=0)


@two_layer_gradient.mistake(
    "The numbers are right, their order is not: each layer's weights and then its bias, dweights1, dbias1, dweights2, "
    "dbias2."
)
def layers_return_both_weights_first(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, h.T @ dlogits, dz.sum(axis=0), dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "The numbers are right, their order is not: in each layer the weights come before the bias, dweights1, dbias1, "
    "dweights2, dbias2."
)
def layers_return_biases_first(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return dz.sum(axis=0), x.T @ dz, dlogits.sum(axis=0), h.T @ dlogits


@two_layer_gradient.mistake(
    "relu_backward's arguments are in each other's place: dh comes first, then z, which holds the switch."
)
def layers_swap_relus_arguments(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = z * (dlogits @ weights2.T > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "dweights2 is made with x. What flows into the second layer is h: dense_backward(dlogits, h, weights2)."
)
def layers_second_from_x(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), x.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake(
    "dweights1 is made with h. What flows into the first layer is x: dense_backward(dz, x, weights1)."
)
def layers_first_from_h(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return h.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("The second layer lacks its bias in the forward pass: h @ weights2 + bias2.")
def layers_without_the_second_bias(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1 + bias1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)


@two_layer_gradient.mistake("The first layer lacks its bias in the forward pass: x @ weights1 + bias1.")
def layers_without_the_first_bias(x, labels, weights1, bias1, weights2, bias2):
    z = x @ weights1
    h = np.maximum(0, z)
    dlogits = np.exp(h @ weights2 + bias2)
    dlogits /= dlogits.sum(axis=1, keepdims=True)
    dlogits[np.arange(len(x)), labels] -= 1
    dlogits /= len(x)
    dz = (dlogits @ weights2.T) * (z > 0)
    return x.T @ dz, dz.sum(axis=0), h.T @ dlogits, dlogits.sum(axis=0)
