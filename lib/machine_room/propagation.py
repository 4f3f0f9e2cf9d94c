"""What happens to a signal on its way through many layers: activations forward, gradients backward. No biases."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, array_like, float_array

__all__ = ["activation_stats", "gradient_norms"]

Elementwise = Callable[[Array], Array]


def activation_stats(x: ArrayLike, weights: Sequence[Array], activation: Elementwise) -> tuple[Array, Array, Array]:
    """Send x through layers `h = activation(h @ W)` and describe every layer's output.

    Args:
        x: inputs, floats, (batch, n_in).
        weights: one matrix (n_in, n_out) per layer, the rows of each as many as the columns of the one before.
        activation: elementwise function of an array.

    Returns:
        mean, std and dead, one entry per layer: mean and standard deviation over all entries of h, and the share of
        units that are 0 for every example.

    Raises:
        TypeError: x does not hold floats.
        ValueError: there is no layer, or x is no table of examples.

    Example:
        >>> x, weights = np.array([[1.0], [3.0]]), np.array([[1.0, -1.0]])
        >>> mean, std, dead = activation_stats(x, [weights], lambda z: z * (z > 0))
        >>> mean, std.round(4), dead
        (array([1.]), array([1.2247]), array([0.5]))

    Source: the lecture, section 2, vanishing and exploding; Glorot and Bengio 2010, section 4.
    """
    outputs = [activation(z) for z in _sums(_batch(x), weights, activation)]
    mean = np.array([h.mean() for h in outputs])
    std = np.array([h.std() for h in outputs])
    dead = np.array([(h == 0).all(axis=0).mean() for h in outputs])
    return mean, std, dead


def gradient_norms(
    x: ArrayLike, weights: Sequence[Array], activation: Elementwise, derivative: Elementwise, dh: ArrayLike
) -> Array:
    """Send x forward and dh backward through layers `z = h @ W`, `h = activation(z)`; return the length of every dz.

    Backward: `dz = dh * derivative(z)`, then `dh = dz @ W.T` for the layer before.

    Args:
        x: inputs, floats, (batch, n_in).
        weights: one matrix (n_in, n_out) per layer.
        activation, derivative: elementwise functions of an array.
        dh: gradient with respect to the last layer's output, (batch, n_out).

    Returns:
        `sqrt(sum(dz**2))` of every layer, first layer first.

    Raises:
        TypeError: x or dh does not hold floats.
        ValueError: there is no layer, or a shape does not fit.

    Example:
        >>> one, half = np.array([[1.0]]), lambda z: np.full_like(z, 0.5)
        >>> gradient_norms(one, [one, one, one], np.tanh, half, one)
        array([0.125, 0.25 , 0.5  ])

    Source: the lecture, section 2, vanishing and exploding.
    """
    sums = _sums(_batch(x), weights, activation)
    dh = array_like("dh", float_array("dh", dh), "the last layer's output", sums[-1])
    norms = np.zeros(len(weights))
    for layer in reversed(range(len(weights))):
        dz = dh * derivative(sums[layer])
        norms[layer] = np.linalg.norm(dz)
        dh = dz @ weights[layer].T
    return norms


def _batch(x: ArrayLike) -> Array:
    x = float_array("x", x)
    if x.ndim != 2:
        raise ValueError(f"x must have the shape (batch, n_in), but it has {x.shape}")
    return x


def _sums(h: Array, weights: Sequence[Array], activation: Elementwise) -> list[Array]:
    """Return every layer's z."""
    if len(weights) == 0:
        raise ValueError("weights must hold one matrix per layer, but it is empty")
    sums = [h @ weights[0]]
    for matrix in weights[1:]:
        sums.append(activation(sums[-1]) @ matrix)
    return sums
