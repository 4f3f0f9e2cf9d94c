"""Losses under Keras's names: the function, and what it asks of the last layer and of the targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room import losses
from machine_room.arguments import Array
from machine_room.keras.missing import missing_from

__all__ = ["CategoricalCrossentropy", "MeanSquaredError", "SparseCategoricalCrossentropy", "get"]

__getattr__ = missing_from(__name__, __all__)


def mean_squared_error(yhat: Array, y: ArrayLike) -> tuple[float, Array]:
    """Return Keras's "mse", the mean over the batch and over the outputs, and its gradient.

    Example:
        >>> mean_squared_error(np.array([[1.0, 3.0]]), [[0.0, 0.0]])
        (5.0, array([[1., 3.]]))
    """
    value, gradient = losses.squared_error(yhat, np.asarray(y, dtype=yhat.dtype).reshape(yhat.shape))
    return value / yhat.shape[1], gradient / yhat.shape[1]


@dataclass(frozen=True)
class KerasLoss:
    """A loss as Keras means it: `one_hot` targets, and outputs that are `probabilities` (a softmax's) or not."""

    name: str
    function: losses.Loss
    probabilities: bool = False
    one_hot: bool = False

    def fits(self, last_activation: str) -> None:
        """Raise ValueError where the last layer's activation is not what the loss expects."""
        if self.function is losses.cross_entropy and self.probabilities != (last_activation == "softmax"):
            wanted = 'activation="softmax"' if self.probabilities else "no activation (from_logits=True is given)"
            other = "from_logits=True" if self.probabilities else "from_logits=False"
            raise ValueError(
                f"{self.name} needs {wanted} in the last layer, but that one's is {last_activation!r}: "
                f"change it, or use the loss with {other}"
            )

    def targets(self, y: ArrayLike) -> Array:
        """Return y as the library's loss takes it: class numbers for one-hot rows."""
        y = np.asarray(y)
        if not self.one_hot and self.function is losses.cross_entropy:
            if y.ndim == 2 and y.shape[1] > 1:
                raise ValueError(
                    f"{self.name} needs class numbers, one for each example, but y has the shape {y.shape}: "
                    "for one-hot targets use categorical_crossentropy"
                )
            return y.ravel()
        if not self.one_hot:
            return y
        if y.ndim != 2 or not np.array_equal(y.sum(axis=1), np.ones(len(y))) or not np.isin(y, (0, 1)).all():
            raise ValueError(
                f"{self.name} needs one-hot targets, a row per example with a single 1, but y has the shape {y.shape}: "
                "for class numbers use sparse_categorical_crossentropy"
            )
        classes: Array = y.argmax(axis=1)
        return classes


def SparseCategoricalCrossentropy(*, from_logits: bool = False) -> KerasLoss:
    """Return cross-entropy for class numbers."""
    return KerasLoss("sparse_categorical_crossentropy", losses.cross_entropy, probabilities=not from_logits)


def CategoricalCrossentropy(*, from_logits: bool = False) -> KerasLoss:
    """Return cross-entropy for one-hot targets."""
    return KerasLoss("categorical_crossentropy", losses.cross_entropy, probabilities=not from_logits, one_hot=True)


def MeanSquaredError() -> KerasLoss:
    """Return the mean squared error."""
    return KerasLoss("mean_squared_error", mean_squared_error)


BY_NAME = {
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
}


def get(loss: Any) -> KerasLoss:
    """Return a loss by Keras's name, or the given one.

    Raises:
        ValueError: the name is unknown.
    """
    if isinstance(loss, KerasLoss):
        return loss
    if isinstance(loss, str) and loss in BY_NAME:
        return BY_NAME[loss]()
    raise ValueError(f"unknown loss {loss!r}: this course has {', '.join(BY_NAME)}")
