"""The training under the picture of the dying ReLU: a small network on digits, rough at first and then gentle."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from machine_room import activations, datasets
from machine_room.arguments import Array
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import SGD

HIDDEN = (32, 32)
ROUGH_EPOCHS, GENTLE_EPOCHS = 6, 14
GENTLE_RATE = 0.05
_EXAMPLES, _UNSEEN, _BATCH = 400, 300, 20


@dataclass(frozen=True, eq=False)
class Course:
    """One training: the share of units off for every digit, and unseen digits read right of 100, by epoch."""

    off: Array
    right: Array


@cache
def _digits() -> tuple[Array, Array, Array, Array]:
    x, labels = datasets.digits()
    order = np.random.default_rng(1).permutation(len(x))
    train, unseen = order[:_EXAMPLES], order[_EXAMPLES : _EXAMPLES + _UNSEEN]
    return x[train], labels[train], x[unseen], labels[unseen]


def leaky(function: Callable[[Array], Array], alpha: float) -> activations.Activation:
    """Return the leaky ReLU as an activation to train with; function computes it forward."""
    return activations.Activation(function, lambda dh, z: dh * activations.leaky_relu_derivative(z, alpha=alpha))


def rough(rate: float) -> tuple[Course, Array]:
    """Train a fresh ReLU network at this learning rate; return how it went, and theta at the end."""
    net = _network(activations.get("relu"))
    course = _train(net, rate, ROUGH_EPOCHS, first=True)
    return course, net.theta.copy()


def gentle(theta: Array, activation: activations.Activation) -> Course:
    """Go on from theta at a gentle rate, with this activation in the hidden layers."""
    net = _network(activation)
    net.theta = theta
    return _train(net, GENTLE_RATE, GENTLE_EPOCHS, first=False)


def _network(activation: activations.Activation) -> Network:
    hidden = [Dense(units, activation, kernel_initializer="he_normal") for units in HIDDEN]
    return Network([*hidden, Dense(10)], inputs=64, loss="cross_entropy", rng=np.random.default_rng(0))


def _train(net: Network, rate: float, epochs: int, *, first: bool) -> Course:
    x, labels, _, _ = _digits()
    rng = np.random.default_rng(2)
    net.compile(SGD(learning_rate=rate))
    with np.errstate(all="ignore"):
        rows = [_measured(net)] if first else []
        for _ in range(epochs):
            for batch in np.array_split(rng.permutation(len(x)), len(x) // _BATCH):
                net.train_step(x[batch], labels[batch])
            rows.append(_measured(net))
    off, right = np.transpose(rows)
    return Course(off, right)


def _measured(net: Network) -> tuple[float, float]:
    """Return the share of hidden units that are off for every digit, and unseen digits read right of 100."""
    x, _, unseen, answers = _digits()
    off, h = [], x
    for layer in net.layers[:-1]:
        h = layer.forward(h)
        off.append(~(layer.z > 0).any(axis=0))  # type: ignore[attr-defined]
    right = net.forward(unseen).argmax(axis=1) == answers
    return float(np.concatenate(off).mean()), 100 * float(right.mean())
