"""The training under the picture of the digits: one flat theta, batches of 32, measured after each epoch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.explore.student import Attempts
from machine_room.layers import dense_forward
from machine_room.losses import cross_entropy
from machine_room.translation import say

Split = tuple[tuple[Array, Array], tuple[Array, Array]]

_BATCH = 32
_INPUTS, _CLASSES = 64, 10


@dataclass(frozen=True)
class Functions:
    """What trains: a gradient of the two layers, and a step."""

    gradient: Callable[..., Any]
    step: Callable[..., Any]


@dataclass(frozen=True)
class Run:
    """One training, as far as it got.

    Args:
        losses: on the training digits, before the first epoch and after each.
        accuracies: how many of a hundred unseen digits are read right, likewise.
        read: what the network reads in each unseen digit at the end.
        end: why it stopped early; empty where it did not.
    """

    losses: Array
    accuracies: Array
    read: Array
    end: str = ""

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return len(self.losses) - 1

    def told(self) -> str:
        """Return two lines that say how it went."""
        epochs = "1 epoch" if self.epochs == 1 else say("{epochs} epochs", epochs=self.epochs)
        reached = say(
            "After {epochs} it reads {percent:.0f} of 100 unseen digits.", epochs=epochs, percent=self.accuracies[-1]
        )
        return f"{reached}\n{self.end or self._judged()}"

    def _judged(self) -> str:
        if self.accuracies[-1] < 20:
            return say(
                "Little better than guessing, which gets 10: the learning rate does not fit, or the gradient is wrong."
            )
        if self.losses[-1] > 1.1 * self.losses.min():
            return say("The loss jumps up and down: the learning rate is large.")
        early = np.flatnonzero(self.accuracies >= 90)
        if len(early) == 0:
            return say("Still learning: more epochs, or a larger learning rate.")
        return say(
            "It passed 90 of 100 after {early} epoch{early2}.", early=early[0], early2="" if early[0] == 1 else "s"
        )


@dataclass(frozen=True)
class Setting:
    """A 64-hidden-10 network and how it is trained."""

    rate: float
    hidden: int
    epochs: int

    @property
    def parts(self) -> dict[str, tuple[int, ...]]:
        """The names and shapes of what `two_layer_gradient` returns."""
        return {
            "dweights1": (_INPUTS, self.hidden), "dbias1": (self.hidden,),
            "dweights2": (self.hidden, _CLASSES), "dbias2": (_CLASSES,),
        }  # fmt: skip

    def first_theta(self) -> Array:
        """Return the parameters to start from, one flat vector: He's weights, biases 0; the same at every call."""
        rng = np.random.default_rng(2)
        arrays = [
            rng.standard_normal(shape) * np.sqrt(2 / shape[0]) if len(shape) == 2 else np.zeros(shape)
            for shape in self.parts.values()
        ]
        return np.concatenate([array.ravel() for array in arrays])

    def layers(self, theta: Array) -> list[Array]:
        """Return theta as weights1, bias1, weights2, bias2."""
        ends = np.cumsum([np.prod(shape) for shape in self.parts.values()])[:-1]
        flat = np.split(theta, ends)
        return [part.reshape(shape) for part, shape in zip(flat, self.parts.values(), strict=True)]

    def logits(self, theta: Array, x: Array) -> Array:
        """Return the network's answer to each row of x, (batch, 10)."""
        weights1, bias1, weights2, bias2 = self.layers(theta)
        return dense_forward(np.maximum(0, dense_forward(x, weights1, bias1)), weights2, bias2)


def one_step(
    functions: Functions, setting: Setting, theta: Array, x: Array, labels: Array, attempts: Attempts
) -> Array | None:
    """Return theta after one step on one batch, or None and a note where a function failed."""
    found = attempts.call(
        "two_layer_gradient", functions.gradient, x, labels, *setting.layers(theta), parts=setting.parts
    )
    if found is None:
        return None
    gradient = np.concatenate([part.ravel() for part in found])
    after: Array | None = attempts.call(
        "gradient_descent_step", functions.step, theta, gradient, learning_rate=setting.rate, shape=theta.shape
    )
    return after


def train(
    functions: Functions, setting: Setting, data: Split, attempts: Attempts, progress: Callable[[float], None]
) -> Run:
    """Train the network, from the same start and on the same batches at every call.

    The epochs are the budget: where a function is slow the picture comes later, and shows the same.
    """
    theta, end = setting.first_theta(), ""
    rows = [_measured(theta, setting, data)]
    rng = np.random.default_rng(3)
    for epoch in range(setting.epochs):

        def done(share: float, epoch: int = epoch) -> None:
            progress((epoch + share) / setting.epochs)

        theta, end = _epoch(functions, setting, theta, data[0], rng, attempts, done)
        rows.append(_measured(theta, setting, data))
        if end:
            break
    losses, accuracies = np.transpose(rows)
    read = setting.logits(theta, data[1][0]).argmax(axis=1)
    return Run(
        losses,
        accuracies,
        read,
        end and say("{end}, in epoch {count} of {epochs}.", end=end, count=len(losses) - 1, epochs=setting.epochs),
    )


def _epoch(
    functions: Functions, setting: Setting, theta: Array, examples: tuple[Array, Array], rng: np.random.Generator,
    attempts: Attempts, done: Callable[[float], None],
) -> tuple[Array, str]:  # fmt: skip
    """Return theta after one pass through the examples, and why the pass broke off, if it did."""
    x, labels = examples
    batches = np.array_split(rng.permutation(len(x)), -(-len(x) // _BATCH))
    for number, batch in enumerate(batches, start=1):
        after = one_step(functions, setting, theta, x[batch], labels[batch], attempts)
        if after is None:
            return theta, say("It broke off")
        theta = after
        done(number / len(batches))
    return theta, ""


def _measured(theta: Array, setting: Setting, data: Split) -> tuple[float, float]:
    """Return the loss on the training digits, and how many of a hundred unseen ones are read right."""
    (x, labels), (unseen, answers) = data
    loss, _ = cross_entropy(setting.logits(theta, x), labels)
    return float(loss), 100 * float(np.mean(setting.logits(theta, unseen).argmax(axis=1) == answers))
