"""The trainings under the comparison on few digits: one network, seven ways to hold it back, three seeds each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from machine_room import datasets
from machine_room.arguments import Array, Integers
from machine_room.callbacks import EarlyStoppingState, early_stopping_step
from machine_room.layers import Dense, Dropout, Layer
from machine_room.network import Network
from machine_room.optimizers import Nesterov
from machine_room.regularizers import L1, L1L2, L2, MaxNorm
from machine_room.translation import sentence

SEEDS = (0, 1, 2)
UNITS, BATCH = 100, 20
_RATE = 0.05


@dataclass(frozen=True)
class Way:
    """One way to hold the network back."""

    name: str
    penalty: Callable[[], L1L2] | None = None
    dropout: float = 0.0
    longest: float = 0.0
    weight_decay: float = 0.0
    patience: int = 0

    def layers(self) -> list[Layer]:
        """Return fresh layers of the 64-100-10 network."""

        def dense(units: int, activation: str | None) -> Dense:
            return Dense(
                units,
                activation,
                kernel_initializer="he_normal",
                kernel_regularizer=None if self.penalty is None else self.penalty(),
                kernel_constraint=MaxNorm(self.longest) if self.longest else None,
            )

        return [dense(UNITS, "relu"), Dropout(self.dropout), dense(10, None)]


WAYS = (
    Way(sentence("none")),
    Way(sentence("L2, λ = 0.003"), penalty=lambda: L2(0.003)),
    Way(sentence("L1, λ = 0.001"), penalty=lambda: L1(0.001)),
    Way(sentence("dropout, p = 0.5"), dropout=0.5),
    Way(sentence("max-norm, r = 1"), longest=1.0),
    Way(sentence("weight decay 0.03"), weight_decay=0.03),
    Way(sentence("early stopping, patience 5"), patience=5),
)


@dataclass(frozen=True)
class Result:
    """What one training led to: test digits read wrong, of a hundred, training digits likewise, and epochs needed."""

    wrong: float
    wrong_seen: float
    epochs: int


@cache
def digits() -> tuple[Array, Integers]:
    """Return all digits, shuffled: the first to learn from, 900 to 1,197 to validate, the rest to test."""
    x, labels = datasets.digits()
    order = np.random.default_rng(1).permutation(len(x))
    return x[order], labels[order]


@lru_cache(maxsize=512)
def train(way: Way, examples: int, epochs: int, seed: int) -> Result:
    """Train with Nesterov's momentum on the first examples; only early stopping looks at the validation digits."""
    x, labels = digits()
    rng, shuffle = np.random.default_rng(seed), np.random.default_rng(100 + seed)
    net = Network(way.layers(), inputs=64, loss="cross_entropy", rng=rng)
    net.compile(Nesterov(_RATE))
    state, done = EarlyStoppingState(), 0
    while done < epochs and not state.stop:
        for rows in np.split(shuffle.permutation(examples), range(BATCH, examples, BATCH)):
            net.train_step(x[rows], labels[rows])
            net.theta *= 1 - _RATE * way.weight_decay
        if way.patience:
            loss = net.loss_function(net.forward(x[900:1197]), labels[900:1197])[0]
            state = early_stopping_step(state, loss, net.theta, patience=way.patience)
        done += 1
    if state.best_theta is not None:
        net.theta = state.best_theta
    return Result(_wrong(net, slice(1197, None)), _wrong(net, slice(examples)), done)


def _wrong(net: Network, rows: slice) -> float:
    x, labels = digits()
    return 100 * float(np.mean(net.forward(x[rows]).argmax(axis=1) != labels[rows]))
