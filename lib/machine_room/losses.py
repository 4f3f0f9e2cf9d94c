"""Losses: each returns its value, a mean over the batch, and its gradient with respect to the network's output."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, array_like, float_array

__all__ = ["cross_entropy", "get", "squared_error"]

Loss = Callable[[Array, ArrayLike], tuple[float, Array]]


def squared_error(yhat: ArrayLike, y: ArrayLike) -> tuple[float, Array]:
    """Return the mean over the batch of `sum (yhat - y)**2`, and its gradient `2 (yhat - y) / batch`.

    Args:
        yhat: predictions, floats, (batch, n_out).
        y: targets, same shape.

    Returns:
        The loss and dyhat, (batch, n_out). Keras's and PyTorch's "mse" also divides by n_out.

    Raises:
        TypeError: yhat does not hold floats.
        ValueError: the shapes differ, or the batch is empty.

    Example:
        >>> squared_error(np.array([[10.0]]), np.array([[8.0]]))
        (4.0, array([[4.]]))

    Source: the lecture, section 1.
    """
    yhat = float_array("yhat", yhat)
    difference = yhat - array_like("y", y, "yhat", yhat)
    batch = _batch_size("yhat", yhat)
    return float(np.vdot(difference, difference)) / batch, difference * (2 / batch)


def cross_entropy(logits: ArrayLike, labels: ArrayLike) -> tuple[float, Array]:
    """Return the mean over the batch of `-log softmax(logits)[label]`, and its gradient `(softmax - onehot) / batch`.

    The row's maximum is subtracted before exp, so that large logits cannot overflow.

    Args:
        logits: the last layer's sums, before any softmax, floats, (batch, classes).
        labels: class numbers, integers in [0, classes), (batch,).

    Returns:
        The loss and dlogits, (batch, classes).

    Raises:
        TypeError: logits do not hold floats, or labels do not hold integers.
        ValueError: the shapes do not fit, the batch is empty, or a label is out of range.

    Example:
        >>> loss, dlogits = cross_entropy(np.array([[0.0, 0.0]]), np.array([1]))
        >>> round(loss, 4), dlogits
        (0.6931, array([[ 0.5, -0.5]]))

    Source: Keras's `SparseCategoricalCrossentropy(from_logits=True)` and PyTorch's `cross_entropy` are the same.
    """
    logits = float_array("logits", logits)
    labels = _labels(labels, logits)
    batch = _batch_size("logits", logits)
    # Where the labels' columns stand, counted along the rows: one index into a flat array is faster than two.
    chosen = np.arange(0, logits.size, logits.shape[1]) + labels
    # The ufuncs' own reduce: the methods max and sum call it too, by way of Python, which a small batch feels.
    shifted = np.subtract(logits, np.maximum.reduce(logits, axis=1, keepdims=True), order="C")
    correct = shifted.reshape(-1)[chosen]
    dlogits = np.exp(shifted, out=shifted)
    totals = np.add.reduce(dlogits, axis=1, keepdims=True)
    loss = float(np.add.reduce(np.log(totals[:, 0]) - correct)) / batch
    # (softmax - onehot) / batch
    dlogits /= totals * batch
    dlogits.reshape(-1)[chosen] -= 1 / batch
    return loss, dlogits


def _batch_size(name: str, output: Array) -> int:
    if output.ndim == 0 or len(output) == 0:
        raise ValueError(f"{name} must hold at least one example, but its shape is {output.shape}")
    return len(output)


def _labels(labels: ArrayLike, logits: Array) -> Array:
    labels = np.asarray(labels)
    if logits.ndim != 2:
        raise ValueError(f"logits must have the shape (batch, classes), but theirs is {logits.shape}")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must hold integers, the class numbers, but their dtype is {labels.dtype}")
    if labels.shape != logits.shape[:1]:
        raise ValueError(
            f"labels must have the shape {logits.shape[:1]}, one per row of logits, but theirs is {labels.shape}"
        )
    if labels.size and (np.minimum.reduce(labels) < 0 or np.maximum.reduce(labels) >= logits.shape[1]):
        raise ValueError(
            f"labels must lie in [0, {logits.shape[1]}), the columns of logits, "
            f"but they reach from {labels.min()} to {labels.max()}"
        )
    return labels


# Keras's names beside ours; its "mse" also divides by the number of outputs, so it is not among them.
BY_NAME: dict[str, Loss] = {
    "squared_error": squared_error,
    "cross_entropy": cross_entropy,
    "sparse_categorical_crossentropy": cross_entropy,
}


def get(loss: str | Loss) -> Loss:
    """Return a loss by name, or the given function.

    Args:
        loss: a name of `BY_NAME`, or a function (output, y) -> (loss, gradient with respect to output).

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("squared_error") is squared_error
        True
    """
    if callable(loss):
        return loss
    if loss in BY_NAME:
        return BY_NAME[loss]
    raise ValueError(f"unknown loss {loss!r}: choose one of {', '.join(BY_NAME)}")
