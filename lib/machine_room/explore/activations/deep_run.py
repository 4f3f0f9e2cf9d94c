"""The training under the picture of deep networks on digits: plain gradient descent, or Adam beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from machine_room import activations, datasets
from machine_room.arguments import Array
from machine_room.initializers import init_weights
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import SGD, Adam, Optimizer

EPOCHS, WIDTH = 8, 32
TRAIN, _UNSEEN, _BATCH = 800, 400, 32

OPTIMIZERS: dict[str, Callable[[float], Optimizer]] = {"SGD": SGD, "Adam": Adam}

Draw = Callable[[str, tuple[int, int], np.random.Generator], Array]


@dataclass(frozen=True)
class Setting:
    """A stack of dense layers on the digits, and how it is trained."""

    activation: str
    scheme: str
    depth: int
    rate: float
    optimizer: str = "SGD"


@dataclass(frozen=True, eq=False)
class Course:
    """One training: digits read right of 100 unseen, by epoch; and the length of each layer's first gradient."""

    right: Array
    lengths: Array


@cache
def _digits() -> tuple[Array, Array, Array, Array]:
    """Return 800 digits to train on and 400 unseen, standardised."""
    x, labels = datasets.digits()
    order = np.random.default_rng(1).permutation(len(x))
    train, unseen = order[:TRAIN], order[TRAIN : TRAIN + _UNSEEN]
    x = (x - x[train].mean()) / x[train].std()
    return x[train], labels[train], x[unseen], labels[unseen]


def library_draw(scheme: str, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw weights with the library's `init_weights`."""
    return init_weights(scheme, *shape, rng)


@lru_cache(maxsize=64)
def library_course(setting: Setting) -> Course:
    """Train with the library's functions."""
    return train(setting, activations.get(setting.activation), library_draw, lambda share: None)


def train(
    setting: Setting, activation: activations.Activation, draw: Draw, progress: Callable[[float], None]
) -> Course:
    """Train, from the same digits in the same order at every call, for as many steps however slow a function is."""
    x, labels, unseen, answers = _digits()

    def first_weights(shape: tuple[int, int], rng: np.random.Generator) -> Array:
        return draw(setting.scheme, shape, rng)

    hidden = [Dense(WIDTH, activation, kernel_initializer=first_weights) for _ in range(setting.depth)]
    net = Network([*hidden, Dense(10)], inputs=64, loss="cross_entropy", rng=np.random.default_rng(0))
    net.compile(OPTIMIZERS[setting.optimizer](setting.rate))
    rng = np.random.default_rng(2)

    def right() -> float:
        return 100 * float(np.mean(net.forward(unseen).argmax(axis=1) == answers))

    with np.errstate(all="ignore"):
        net.loss_and_gradient(x[:200], labels[:200])
        lengths = np.array([np.linalg.norm(vars(layer)["dweights"]) for layer in net.layers[:-1]])
        reached = [right()]
        for epoch in range(EPOCHS):
            for batch in np.array_split(rng.permutation(TRAIN), TRAIN // _BATCH):
                net.train_step(x[batch], labels[batch])
            reached.append(right())
            progress((epoch + 1) / EPOCHS)
    return Course(np.array(reached), lengths)
