"""Twelve trainings of one small network, eleven of them sick: what was done to each, and how one sees it."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from machine_room import datasets
from machine_room.arguments import Array, Integers
from machine_room.layers import Dense, Layer
from machine_room.network import Network
from machine_room.regularizers import L2
from machine_room.translation import sentence

EPOCHS, UNITS = 20, 32
_BATCH, _EXAMPLES, _UNSEEN, _RATE = 32, 600, 297, 0.1


@dataclass(frozen=True)
class Ailment:
    """What was done to a run.

    Args:
        name: the diagnosis.
        sign: how one sees it in the curves.
        rate: the learning rate; factor multiplies it after each epoch.
        examples: how many digits it is trained on.
        depth, activation, initializer: of the hidden layers; scale multiplies the first weights.
        penalty: strength of L2.
        shuffled: the training labels are drawn by lot.
        uphill: every step goes along the gradient instead of against it.
    """

    name: str
    sign: str
    rate: float = _RATE
    factor: float = 1.0
    examples: int = _EXAMPLES
    depth: int = 1
    activation: str = "relu"
    initializer: str = "he_normal"
    scale: float = 1.0
    penalty: float = 0.0
    shuffled: bool = False
    uphill: bool = False

    def layers(self) -> list[Layer]:
        """Return fresh layers."""
        kind: dict[str, Any] = {"kernel_initializer": self.initializer}
        if self.penalty:
            kind["kernel_regularizer"] = L2(self.penalty)
        return [*(Dense(UNITS, self.activation, **kind) for _ in range(self.depth)), Dense(10, **kind)]


#: In the picture's order; the first is well.
AILMENTS = (
    Ailment(sentence("healthy"), sentence("both losses fall and stay together, and it reads what it has not seen")),
    Ailment(sentence("rate too large"), sentence("the losses jump up and down and come no lower"), rate=1.1),
    Ailment(
        sentence("labels by lot"),
        sentence("the training loss falls, the validation loss rises above ln 10, and new digits are guessed"),
        shuffled=True,
        examples=200,
        rate=0.4,
    ),
    Ailment(
        sentence("rate too small"),
        sentence("both losses fall nearly along a straight line and are still on their way"),
        rate=0.002,
    ),
    Ailment(sentence("weights all 0"), sentence("nothing moves from ln 10, and no weight has a gradient"), scale=0.0),
    Ailment(
        sentence("overfits"),
        sentence("it reads nearly all it was trained on, and the validation loss stays far above the training loss"),
        examples=60,
        rate=0.4,
    ),
    Ailment(
        sentence("uphill"),
        sentence("the losses rise from the first epoch on, and faster and faster"),
        uphill=True,
        rate=0.002,
    ),
    Ailment(
        sentence("penalty too strong"),
        sentence("it learns a little, then both losses stop together, high above 0"),
        penalty=0.05,
    ),
    Ailment(
        sentence("weights too large"),
        sentence("the first loss is far above ln 10: sure of itself, and wrong"),
        scale=8.0,
        rate=0.01,
    ),
    Ailment(
        sentence("too many sigmoids"),
        sentence("nothing moves from ln 10, and the gradient shrinks on its way back from layer to layer"),
        depth=6,
        activation="sigmoid",
        initializer="glorot_normal",
    ),
    Ailment(
        sentence("rate fell too early"),
        sentence("it learns at first and then stands still, at a loss that is not low"),
        factor=0.3,
    ),
    Ailment(
        sentence("blown up"),
        sentence("the losses leave the picture at once, and then there are no numbers any more"),
        rate=300.0,
        activation="linear",
    ),
)
NAMES = tuple(ailment.name for ailment in AILMENTS)


@dataclass(frozen=True, eq=False)
class Run:
    """Losses and digits read right of 100, training and validation, (EPOCHS + 1, 2); first gradients by layer."""

    losses: Array
    right: Array
    lengths: Array = field(default_factory=lambda: np.empty(0))


@lru_cache(maxsize=len(AILMENTS))
def run(number: int) -> Run:
    """Train run number, from 1 on; the same at every call."""
    ailment = AILMENTS[number - 1]
    rng = np.random.default_rng(5)
    (x, labels), unseen = _digits(ailment, rng)
    model = Network(ailment.layers(), inputs=64, loss="cross_entropy", rng=rng)
    model.theta *= ailment.scale
    rows = []
    with np.errstate(all="ignore"):  # some of them are meant to overflow
        model.loss_and_gradient(x, labels)
        lengths = np.array([np.linalg.norm(vars(layer)["dweights"]) for layer in model.layers])
        for epoch in range(EPOCHS + 1):
            rows.append([_measured(model, *part) for part in ((x, labels), unseen)])
            rate = ailment.rate * ailment.factor**epoch * (-1 if ailment.uphill else 1)
            for batch in np.array_split(rng.permutation(len(x)), -(-len(x) // _BATCH)):
                model.theta -= rate * model.gradient(x[batch], labels[batch])
    losses, right = np.array(rows).transpose(2, 0, 1)
    return Run(losses, right, lengths)


def _digits(ailment: Ailment, rng: np.random.Generator) -> tuple[tuple[Array, Integers], tuple[Array, Integers]]:
    x, labels = datasets.practice_digits()
    unseen = x[-_UNSEEN:], labels[-_UNSEEN:]
    x, labels = x[: ailment.examples], labels[: ailment.examples]
    return (x, rng.permutation(labels) if ailment.shuffled else labels), unseen


def _measured(model: Network, x: Array, labels: Integers) -> tuple[float, float]:
    """Return the loss without penalties, and how many of 100 are read right."""
    logits = model.forward(x)
    return model.loss_function(logits, labels)[0], 100 * float(np.mean(logits.argmax(axis=1) == labels))
