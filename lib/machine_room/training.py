"""The training loop: epochs, batches, validation, callbacks and a progress line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, count, fraction
from machine_room.callbacks import Callback, History, Model
from machine_room.progress_line import ProgressLine

__all__ = ["Trainable", "fit"]


class Trainable(Model, Protocol):
    """What `fit` needs of a network, beside what callbacks do."""

    inputs: int | None
    dtype: np.dtype[Any]
    rng: np.random.Generator
    metrics: list[str]

    def build(self, inputs: int) -> None: ...
    def train_step(self, x: ArrayLike, y: ArrayLike) -> float: ...
    def measure(self, x: ArrayLike, y: ArrayLike) -> dict[str, float]: ...


def fit(
    network: Trainable,
    x: ArrayLike,
    y: ArrayLike,
    *,
    epochs: int = 1,
    batch_size: int = 32,
    validation_data: tuple[ArrayLike, ArrayLike] | None = None,
    validation_split: float = 0.0,
    callbacks: Sequence[Callback] = (),
    shuffle: bool = True,
    rng: np.random.Generator | None = None,
    progress: bool = True,
) -> History:
    """Train a network with its optimizer, and return the `History` of its metrics.

    Args:
        network: compiled; its theta changes.
        x, y: examples and targets, as many of one as of the other.
        epochs: passes over the data, >= 1.
        batch_size: examples per update, >= 1; the last batch may be smaller.
        validation_data: (x, y) to evaluate after every epoch, as val_loss and so on.
        validation_split: instead, the share of the last examples to hold back, in [0, 1), as in Keras.
        callbacks: called at the seams, in this order, after the history.
        shuffle: draw a new order every epoch.
        rng: where the order is drawn from; None takes the network's.
        progress: show one line that follows the epochs, on a terminal or in a notebook.

    Returns:
        The `History` of this call.

    Raises:
        ValueError: x and y differ in length, hold nothing, or a number is out of range.

    Example:
        >>> from machine_room import Dense, Network
        >>> net = Network([Dense(1)], inputs=1, rng=np.random.default_rng(0))
        >>> x = np.array([[1.0], [2.0]])
        >>> history = fit(net, x, 3 * x, epochs=50, progress=False)
        >>> history.history["loss"][-1] < history.history["loss"][0]
        True

    Source: the lecture, section 1; Keras's `fit`.
    """
    x, y = np.asarray(x, dtype=network.dtype), np.asarray(y)
    if len(x) != len(y) or len(x) == 0:
        raise ValueError(f"x and y must hold equally many examples, at least one, but they hold {len(x)} and {len(y)}")
    epochs, batch_size = count("epochs", epochs, 1), count("batch_size", batch_size, 1)
    rng = network.rng if rng is None else rng
    if validation_data is None and fraction("validation_split", validation_split) > 0:
        kept = max(1, int(len(x) * (1 - validation_split)))
        (x, y), validation_data = (x[:kept], y[:kept]), (x[kept:], y[kept:])
    if network.inputs is None:
        network.build(x.shape[1])
    history = History()
    everyone = [history, *[callback for callback in callbacks if callback is not history]]
    network.stop_training = False
    for callback in everyone:
        callback.set_model(network)
    for callback in everyone:
        callback.on_train_begin({})
    logs: dict[str, float] = {}
    line = ProgressLine(epochs)
    for epoch in range(epochs):
        for callback in everyone:
            callback.on_epoch_begin(epoch, {})
        order = rng.permutation(len(x)) if shuffle else np.arange(len(x))
        logs = _epoch(network, x, y, order, batch_size, epoch, everyone)
        if validation_data is not None:
            logs |= {f"val_{name}": value for name, value in network.measure(*validation_data).items()}
        for callback in reversed(everyone):  # the history last: it records what the others add to logs
            callback.on_epoch_end(epoch, logs)
        if progress:
            line.show(epoch + 1, logs, last=epoch + 1 == epochs or network.stop_training)
        if network.stop_training:
            break
    for callback in everyone:
        callback.on_train_end(logs)
    return history


def _epoch(
    network: Trainable, x: Array, y: Array, order: Array, batch_size: int, epoch: int, callbacks: Sequence[Callback]
) -> dict[str, float]:
    """Update once per batch; return the mean loss over the examples, and the other metrics after the epoch."""
    total, batches = 0.0, -(-len(x) // batch_size)
    for number in range(batches):
        batch = order[number * batch_size : (number + 1) * batch_size]
        loss = network.train_step(x.take(batch, axis=0), y[batch])  # take needs half of the time for rows
        total += loss * len(batch)
        for callback in callbacks:
            callback.on_batch_end(epoch * batches + number, {"loss": loss})
    logs = {"loss": total / len(x)}
    if network.metrics:
        logs |= {name: value for name, value in network.measure(x, y).items() if name != "loss"}
    return logs
