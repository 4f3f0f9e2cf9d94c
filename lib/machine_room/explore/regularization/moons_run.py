"""The training under the picture of the moons: a network too large for its sixty examples, and what holds it back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from machine_room import datasets
from machine_room.arguments import Array, Integers
from machine_room.callbacks import EarlyStoppingState, early_stopping_step
from machine_room.layers import Dense, Dropout
from machine_room.network import Network
from machine_room.optimizers import Nesterov
from machine_room.regularizers import L1L2

EXAMPLES, UNITS, EPOCHS = 60, 40, 300
_BATCHES = 3
_RATE = 0.03
# He's first weights are already good enough for the moons; from smaller ones it takes a while to learn them.
_SMALLER = 0.3


@dataclass(frozen=True)
class Setting:
    """What holds the network back; all zero is nothing. `patience` 0 never stops."""

    l1: float = 0.0
    l2: float = 0.0
    rate: float = 0.0
    weight_decay: float = 0.0
    patience: int = 0


@dataclass(frozen=True, eq=False)
class Run:
    """One training: the losses after each epoch, the network as it is kept, and the epoch it is from."""

    training: Array
    validation: Array
    network: Network
    kept: int

    @property
    def weights(self) -> Array:
        """All weights, without biases."""
        return np.concatenate([layer.weights.ravel() for layer in self.network.layers if isinstance(layer, Dense)])


@dataclass(frozen=True, eq=False)
class Course:
    """A whole training: the losses after each epoch, and theta, (epochs, parameters)."""

    setting: Setting
    training: Array
    validation: Array
    thetas: Array

    def until(self, epochs: int) -> Run:
        """Return what this training is after so many epochs, or after all where it stopped before."""
        count = min(epochs, len(self.training))
        kept = count - 1
        if self.setting.patience:
            state = EarlyStoppingState()
            for loss, theta in zip(self.validation[:count].tolist(), self.thetas, strict=False):
                state = early_stopping_step(state, loss, theta, patience=self.setting.patience)
            kept -= state.wait
        network = _network(self.setting)
        network.theta = self.thetas[kept]
        return Run(self.training[:count], self.validation[:count], network, kept)


@cache
def moons() -> tuple[tuple[Array, Integers], tuple[Array, Integers]]:
    """Return 60 examples to train on and 400 to validate with."""
    rng = np.random.default_rng(3)
    return datasets.moons(EXAMPLES, rng=rng, noise=0.28), datasets.moons(400, rng=rng, noise=0.28)


_kept: dict[Setting, Course] = {}
#: Trainings that are kept; each takes some 4 MB.
_MOST = 6


def train(setting: Setting, progress: Callable[[float], None]) -> Course:
    """Train from the same first weights and with the same batches, whatever the setting; the last ones are kept."""
    course = _kept.pop(setting, None) or _train(setting, progress)
    _kept[setting] = course
    while len(_kept) > _MOST:
        del _kept[next(iter(_kept))]
    return course


def _train(setting: Setting, progress: Callable[[float], None]) -> Course:
    (x, labels), (unseen, unseen_labels) = moons()
    net = _network(setting)
    shuffle = np.random.default_rng(7)
    state = EarlyStoppingState()
    losses: list[tuple[float, float]] = []
    thetas: list[Array] = []
    with np.errstate(all="ignore"):  # a penalty that is far too strong may overflow, and is meant to be seen
        for epoch in range(EPOCHS):
            for rows in np.split(shuffle.permutation(EXAMPLES), _BATCHES):
                net.train_step(x[rows], labels[rows])
                net.theta *= 1 - _RATE * setting.weight_decay
            losses.append((_loss(net, x, labels), _loss(net, unseen, unseen_labels)))
            thetas.append(net.theta.copy())
            state = early_stopping_step(state, losses[-1][1], net.theta, patience=max(1, setting.patience))
            if epoch % 20 == 0:
                progress(epoch / EPOCHS)
            if setting.patience and state.stop:
                break
    training, validation = np.array(losses).T
    return Course(setting, training, validation, np.array(thetas))


def _loss(net: Network, x: Array, labels: Integers) -> float:
    """Return the loss without penalties: what the curves compare."""
    return net.loss_function(net.forward(x), labels)[0]


def _network(setting: Setting) -> Network:
    def dense(units: int, activation: str | None) -> Dense:
        penalty = L1L2(setting.l1, setting.l2) if setting.l1 or setting.l2 else None
        return Dense(units, activation, kernel_initializer="he_normal", kernel_regularizer=penalty)

    layers = [dense(UNITS, "relu"), Dropout(setting.rate), dense(UNITS, "relu"), Dropout(setting.rate), dense(2, None)]
    net = Network(layers, inputs=2, loss="cross_entropy", rng=np.random.default_rng(0))
    net.theta *= _SMALLER
    net.compile(Nesterov(_RATE))
    return net
