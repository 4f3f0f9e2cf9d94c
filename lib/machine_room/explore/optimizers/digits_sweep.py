"""Training one small network on the digits many times at once: every optimizer at every learning rate."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from machine_room import datasets
from machine_room.arguments import Array, Function, Integers
from machine_room.explore.optimizers.recipes import FAR, RECIPES, Recipe, Walker
from machine_room.explore.student import Attempts
from machine_room.layers import Dense
from machine_room.network import Network

INPUTS, HIDDEN, CLASSES = 64, 24, 10
EPOCHS = 6
BATCHES = 45
RATES = np.geomspace(1e-4, 10**0.5, 10)
_PIECE = 160


class Digits(NamedTuple):
    """The digits with a column of ones for the biases, their labels, and the batches of all epochs."""

    x: Array
    labels: Integers
    unseen_x: Array
    unseen_labels: Integers
    batches: list[Integers]
    theta: Array


@cache
def digits() -> Digits:
    """Return the data, the batches, and the weights that every training starts from."""
    rng = np.random.default_rng(1)
    (x, labels), (unseen_x, unseen_labels) = datasets.train_validation_split(*datasets.digits(), rng=rng)
    layers = [Dense(HIDDEN, activation="relu", kernel_initializer="he_normal"), Dense(CLASSES)]
    theta = Network(layers, inputs=INPUTS, loss="cross_entropy", rng=rng).theta.copy()
    batches = [batch for _ in range(EPOCHS) for batch in np.array_split(rng.permutation(len(x)), BATCHES)]
    return Digits(_with_ones(x), labels, _with_ones(unseen_x), unseen_labels, batches, theta)


def _with_ones(x: Array) -> Array:
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


def _blocks(theta: Array) -> tuple[Array, Array]:
    """Return the two layers of each network, (n, units, inputs + 1): incoming weights, then the bias."""
    first = HIDDEN * (INPUTS + 1)
    return theta[:, :first].reshape(-1, HIDDEN, INPUTS + 1), theta[:, first:].reshape(-1, CLASSES, HIDDEN + 1)


def _forward(theta: Array, x: Array) -> tuple[Array, Array, Array]:
    """Return hidden sums, hidden outputs with ones, and logits of n networks, (n, batch, ...)."""
    one, two = _blocks(theta)
    z = x @ one.transpose(0, 2, 1)
    hidden = _with_ones(np.maximum(z, 0))
    return z, hidden, hidden @ two.transpose(0, 2, 1)


def _log_p(logits: Array) -> Array:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_p: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_p


def gradients(theta: Array, x: Array, labels: Integers) -> Array:
    """Return the gradients of n networks' mean cross-entropy at once, (n, parameters), in theta's order."""
    z, hidden, logits = _forward(theta, x)
    dlogits = np.exp(_log_p(logits))
    dlogits[:, np.arange(len(labels)), labels] -= 1
    dlogits /= len(labels)
    dz = dlogits @ _blocks(theta)[1][:, :, :-1] * (z > 0)
    parts = (dz.transpose(0, 2, 1) @ x, dlogits.transpose(0, 2, 1) @ hidden)
    return np.concatenate([part.reshape(len(theta), -1) for part in parts], axis=1)


class Trained(NamedTuple):
    """How n trainings went: training losses and shares of unseen digits read right, (EPOCHS + 1, n); NaN: flew away."""

    losses: Array
    accuracies: Array


def _logits(theta: Array, x: Array) -> Array:
    """Return the logits of n networks for all digits, in pieces: on large ones the BLAS starts threads for nothing."""
    pieces = np.array_split(x, -(-len(x) // _PIECE))
    return np.concatenate([_forward(theta, piece)[2] for piece in pieces], axis=1)


def _measured(theta: Array) -> tuple[Array, Array]:
    data = digits()
    with np.errstate(all="ignore"):
        log_p = _log_p(_logits(theta, data.x))
        losses = -log_p[:, np.arange(len(data.labels)), data.labels].mean(axis=1)
        read = _logits(theta, data.unseen_x).argmax(axis=-1)
    return losses, (read == data.unseen_labels).mean(axis=1)


def _train(theta: Array, step: Callable[[Walker], None], rates: Array, progress: Callable[[float], None]) -> Trained:
    """Train n networks from theta, (n, parameters), with step; a column of rates."""
    data = digits()
    batch: list[Integers] = [data.batches[0]]

    def gradient_at(at: Array) -> Array:
        return gradients(at.reshape(len(theta), -1), data.x[batch[0]], data.labels[batch[0]]).reshape(at.shape)

    walker = Walker(theta if len(theta) > 1 else theta[0], gradient_at, rates if len(theta) > 1 else float(rates[0, 0]))
    found = [_measured(theta)]
    with np.errstate(all="ignore"):
        for k, chosen in enumerate(data.batches, start=1):
            batch[0] = chosen
            step(walker)
            if k % BATCHES == 0:
                found.append(_measured(walker.theta.reshape(theta.shape)))
                progress(k / len(data.batches))
    losses, accuracies = (np.array(part) for part in zip(*found, strict=True))
    return Trained(np.where(losses < FAR, losses, np.nan), accuracies)


_swept: dict[str, Trained] = {}


def sweep(progress: Callable[[float], None]) -> dict[str, Trained]:
    """Train with every recipe at every rate, once in a program's life: by the recipe's name."""
    for place, recipe in enumerate(RECIPES):
        if recipe.name not in _swept:
            start = np.repeat(digits().theta[None], len(RATES), axis=0)

            def onwards(share: float, place: int = place) -> None:
                progress((place + share) / len(RECIPES))

            _swept[recipe.name] = _train(start, recipe.step, RATES[:, None], onwards)
    return _swept


def train_yours(recipe: Recipe, function: Function, rate: float, attempts: Attempts) -> Trained | None:
    """Train with the student's step at one rate; None and a note where it does not work."""
    data = digits()
    first = gradients(data.theta[None], data.x[data.batches[0]], data.labels[data.batches[0]])[0]
    if not recipe.tried(function, Walker(data.theta, lambda theta: first, rate), attempts):
        return None

    def go() -> Trained:
        return _train(data.theta[None], lambda w: recipe.step_of_yours(w, function), np.array([[rate]]), lambda _: None)

    found: Trained | None = attempts.call(recipe.function, go)
    return found


def best_rate(losses: Sequence[float] | Array) -> int:
    """Return the index of the lowest loss; a training that flew away is never the best."""
    return int(np.nanargmin(losses))
