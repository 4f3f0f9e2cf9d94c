"""The trainings under the sanity checks: first losses, twenty digits by heart, and the size of the first steps."""

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np

from machine_room import datasets, experiments, initializers
from machine_room.arguments import Array
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import SGD

SEEDS = (0, 1, 2)
FEW, EPOCHS, STEPS, BATCH = 20, 400, 60, 32
WORST = 1e3
INITIALIZERS = {
    "normal 0.1": partial(initializers.normal, stddev=0.1),
    "normal 1": partial(initializers.normal, stddev=1.0),
    "glorot_normal": "glorot_normal",
    "he_normal": "he_normal",
}


@dataclass(frozen=True)
class Setting:
    """Two hidden layers of 64, and plain gradient descent."""

    activation: str
    initializer: str
    rate: float


@dataclass(frozen=True)
class Run:
    """What the three checks found.

    Args:
        first: the loss before any step, for each seed.
        few: the loss on twenty digits, before training and after each epoch.
        weights: the first layer's weights before the first step and after each.
    """

    first: Array
    few: Array
    weights: tuple[Array, ...]


def network(setting: Setting, seed: int) -> Network:
    """Return an untrained network."""
    start: Any = INITIALIZERS[setting.initializer]
    hidden = [Dense(64, setting.activation, kernel_initializer=start) for _ in range(2)]
    rng = np.random.default_rng(seed)
    model = Network([*hidden, Dense(10, kernel_initializer=start)], inputs=64, loss="cross_entropy", rng=rng)
    model.compile(SGD(setting.rate))
    return model


@lru_cache(maxsize=64)
def run(setting: Setting) -> Run:
    """Make all three checks."""
    x, labels = datasets.practice_digits()
    with np.errstate(all="ignore"):  # a rate that is too large overflows, and is meant to be seen doing so
        first = np.array([_finite(network(setting, seed).loss(x, labels)) for seed in SEEDS])
        return Run(first, _few(setting, x[:FEW], labels[:FEW]), _steps(setting, x, labels))


def _few(setting: Setting, x: Array, labels: Array) -> Array:
    model = network(setting, SEEDS[0])
    losses = [_finite(model.train_step(x, labels)) for _ in range(EPOCHS)]
    return np.array([*losses, _finite(model.loss(x, labels))])


def _steps(setting: Setting, x: Array, labels: Array) -> tuple[Array, ...]:
    model, rng = network(setting, SEEDS[0]), np.random.default_rng(SEEDS[0])
    layer: Any = model.layers[0]
    weights = [layer.weights.copy()]
    for _ in range(STEPS):
        batch = rng.integers(len(x), size=BATCH)
        model.train_step(x[batch], labels[batch])
        if not np.isfinite(model.theta).all():
            break
        weights.append(layer.weights.copy())
    return tuple(weights)


def _finite(loss: float) -> float:
    return min(float(loss), WORST) if np.isfinite(loss) else WORST


EXPECTED = experiments.expected_first_loss(experiments.CLASSES)
