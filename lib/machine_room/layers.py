"""Dense layers: the two formulas, forward and backward on a batch."""

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, float_array

__all__ = ["dense_backward", "dense_forward"]


def dense_forward(x: ArrayLike, weights: ArrayLike, bias: ArrayLike) -> Array:
    """Return the sums of a dense layer: `z = x @ weights + bias`.

    Args:
        x: inputs, floats, (batch, n_in).
        weights: (n_in, n_out); a unit's incoming weights are a column.
        bias: (n_out,).

    Returns:
        z, (batch, n_out).

    Raises:
        TypeError: x does not hold floats.
        ValueError: the shapes do not fit.

    Example:
        >>> dense_forward(np.array([[-5.0, 2.0]]), np.array([[1.0, 2.0], [4.0, 1.0]]), np.array([3.0, -2.0]))
        array([[  6., -10.]])
    """
    x, weights, bias = float_array("x", x), np.asarray(weights), np.asarray(bias)
    _fits(x, weights)
    if bias.shape != weights.shape[1:]:
        raise ValueError(
            f"bias must have the shape {weights.shape[1:]}, one per column of weights, but it has {bias.shape}"
        )
    z = x @ weights
    z += bias
    return z


def dense_backward(dz: ArrayLike, x: ArrayLike, weights: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the gradients of a dense layer: `dx = dz @ weights.T`, `dweights = x.T @ dz`, `dbias = sum of dz's rows`.

    The sums run over the batch without 1/batch: the mean is the loss's, and dz already holds it.

    Args:
        dz: gradient with respect to z, floats, (batch, n_out).
        x: the layer's inputs, (batch, n_in).
        weights: (n_in, n_out).

    Returns:
        dx, (batch, n_in); dweights, (n_in, n_out); dbias, (n_out,).

    Raises:
        TypeError: dz or x does not hold floats.
        ValueError: the shapes do not fit.

    Example:
        >>> dense_backward(np.array([[8.0, 0.0]]), np.array([[-5.0, 2.0]]), np.array([[1.0, 2.0], [4.0, 1.0]]))
        (array([[ 8., 32.]]), array([[-40.,   0.],
               [ 16.,   0.]]), array([8., 0.]))
    """
    dz, x, weights = float_array("dz", dz), float_array("x", x), np.asarray(weights)
    _fits(x, weights)
    if dz.shape != (len(x), weights.shape[1]):
        raise ValueError(f"dz must have the shape {(len(x), weights.shape[1])}, (batch, n_out), but it has {dz.shape}")
    return dz @ weights.T, x.T @ dz, dz.sum(axis=0)


def _fits(x: Array, weights: Array) -> None:
    if x.ndim != 2:
        raise ValueError(f"x must have the shape (batch, n_in), but it has {x.shape}")
    if weights.ndim != 2 or weights.shape[0] != x.shape[1]:
        raise ValueError(
            f"weights must have {x.shape[1]} rows, one per column of x {x.shape}, but their shape is {weights.shape}"
        )
