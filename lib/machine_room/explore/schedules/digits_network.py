"""The small digits network of this section's pictures: the same weights and the same batches for every rate."""

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np

from machine_room import datasets
from machine_room.arguments import Array, Integers
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import Optimizer

BATCH = 32


@cache
def digits() -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Return 1,438 digits to train on and 359 to validate with."""
    return datasets.train_validation_split(*datasets.digits(), rng=np.random.default_rng(1))


def steps_per_epoch() -> int:
    """Return how many batches hold all training digits."""
    return -(-len(digits()[0][0]) // BATCH)


def network(optimizer: Optimizer, *, seed: int, hidden: int = 32) -> Network:
    """Return a 64-hidden-10 network with the first weights of this seed."""
    layers = [Dense(hidden, activation="relu", kernel_initializer="he_normal"), Dense(10)]
    model = Network(layers, inputs=64, loss="cross_entropy", rng=np.random.default_rng(seed))
    model.compile(optimizer)
    return model


def batches(seed: int) -> Iterator[Integers]:
    """Yield the rows of one batch after the other, epoch after epoch, in the order of this seed."""
    rng, examples = np.random.default_rng(1000 + seed), len(digits()[0][0])
    while True:
        yield from np.split(rng.permutation(examples), range(BATCH, examples, BATCH))


def read(model: Network, x: Array, labels: Array) -> float:
    """Return how many of a hundred digits are read right."""
    return 100 * float(np.mean(model.predict(x).argmax(axis=1) == labels))


def trained(optimizer: Optimizer, steps: int, *, seed: int, each: Callable[[float], None] | None = None) -> Network:
    """Return a network after some steps; each is called with every step's loss."""
    model, (x, labels) = network(optimizer, seed=seed), digits()[0]
    with np.errstate(all="ignore"):  # a rate that is too large overflows, and is meant to be seen doing so
        for _, rows in zip(range(steps), batches(seed), strict=False):
            loss = model.train_step(x[rows], labels[rows])
            if each is not None:
                each(loss)
    return model
