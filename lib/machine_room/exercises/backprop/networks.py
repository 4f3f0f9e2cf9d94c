"""The worked network with other numbers, and what in the library would run or differentiate it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room.arguments import Array
from machine_room.translation import sentence

LECTURE_THETA = np.array([1.0, 4.0, 3.0, 2.0, 1.0, -2.0, 2.0, 3.0, -2.0])
LECTURE_X, LECTURE_Y = np.array([-5.0, 2.0]), 8.0

NETWORK_AS_A_WHOLE = [
    "network.Network.forward",
    "network.Network.predict",
    "network.Network.loss",
    "network.Network.gradient",
    "network.Network.loss_and_gradient",
    "network.Network._loss_and_gradient",
    "network.Network.train_step",
    "network.Network.evaluate",
    "network.Network.fit",
    "gradients.backpropagation",
    "gradients.gradient_check",
    "layers.Dense.forward",
    "layers.Dense.backward",
    "training.fit",
]


def _network(rng: np.random.Generator, z1: float, z2: float, yhat: float) -> tuple[Array, Array]:
    """Return theta and x for which the hidden sums and the output are these: which units are on is no accident."""
    x = rng.choice([-3.0, -2.0, 2.0, 3.0], size=2) + rng.uniform(-0.5, 0.5, size=2).round(2)
    w11, w21, w12, w22, v11, v21 = (rng.uniform(0.5, 2, size=6) * rng.choice([-1, 1], size=6)).round(2)
    b1, b2 = z1 - w11 * x[0] - w21 * x[1], z2 - w12 * x[0] - w22 * x[1]
    c1 = yhat - v11 * max(0, z1) - v21 * max(0, z2)
    return np.array([w11, w21, b1, w12, w22, b2, v11, v21, c1]), x


def networks(rng: np.random.Generator) -> Iterator[tuple[str, Array, Array]]:
    yield sentence("the lecture's network"), LECTURE_THETA, LECTURE_X
    for name, one, two, output in (
        (sentence("unit 1 is off"), -1, 1, 1),
        (sentence("both units are on, the output is negative"), 1, 1, -1),
        (sentence("both units are on, the output is positive"), 1, 1, 1),
        (sentence("both units are off"), -1, -1, 1),
    ):
        z1, z2, yhat = rng.uniform(0.5, 3, size=3).round(2) * np.array([one, two, output])
        yield name, *_network(rng, z1, z2, yhat)
    theta, x = _network(rng, 1.5, -0.75, 2.5)
    yield "float32", theta.astype(np.float32), x.astype(np.float32)
