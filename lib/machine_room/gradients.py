"""Gradients in three ways: two finite differences, and backpropagation; and how to compare them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, above, float_array

__all__ = [
    "GradientCheck",
    "backpropagation",
    "forward_difference",
    "gradient_check",
    "numerical_gradient",
    "relative_error",
]


class _Layer(Protocol):
    def forward(self, x: Array, *, training: bool = False) -> Array: ...
    def backward(self, dy: Array) -> Array: ...
    def backward_first(self, dy: Array) -> None: ...


def forward_difference(f: Callable[[Array], float], theta: ArrayLike, *, epsilon: float = 1e-6) -> Array:
    """Approximate the gradient of f one-sidedly: `(f(theta + epsilon * e_i) - f(theta)) / epsilon`, entry by entry.

    Costs one evaluation of f per parameter, plus one. The error shrinks like epsilon, until rounding takes over.

    Args:
        f: function of one array shaped as theta, returning a number.
        theta: where to take the gradient, floats, any shape; not changed.
        epsilon: size of the nudge, > 0.

    Returns:
        The gradient, shaped as theta.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: epsilon is not a finite number > 0.

    Example:
        >>> forward_difference(lambda theta: np.sum(theta**2), np.array([3.0, 4.0]), epsilon=0.5)
        array([6.5, 8.5])

    Source: the lecture, section 1, idea 1.
    """
    theta, epsilon = float_array("theta", theta).copy(), above("epsilon", epsilon, 0)
    start = f(theta.copy())
    return _entrywise(theta, lambda nudge: (f(nudge(epsilon)) - start) / epsilon)


def numerical_gradient(f: Callable[[Array], float], theta: ArrayLike, *, epsilon: float = 1e-5) -> Array:
    """Approximate the gradient of f from both sides: `(f(theta + epsilon e_i) - f(theta - epsilon e_i)) / (2 epsilon)`.

    Costs two evaluations of f per parameter. The error shrinks like epsilon squared, until rounding takes over.

    Args:
        f: function of one array shaped as theta, returning a number.
        theta: where to take the gradient, floats, any shape; not changed.
        epsilon: size of the nudge, > 0.

    Returns:
        The gradient, shaped as theta.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: epsilon is not a finite number > 0.

    Example:
        >>> numerical_gradient(lambda theta: np.sum(theta**2), np.array([3.0, 4.0]), epsilon=0.5)
        array([6., 8.])

    Source: the lecture, section 1, idea 1, taken centrally.
    """
    theta, epsilon = float_array("theta", theta).copy(), above("epsilon", epsilon, 0)
    return _entrywise(theta, lambda nudge: (f(nudge(epsilon)) - f(nudge(-epsilon))) / (2 * epsilon))


def _entrywise(theta: Array, slope: Callable[[Callable[[float], Array]], float]) -> Array:
    """Return slope(nudge) for every entry, where nudge(h) is a copy of theta with h added to that entry."""
    gradient = np.empty_like(theta)
    for index in np.ndindex(theta.shape):

        def nudge(h: float, index: tuple[int, ...] = index) -> Array:
            nudged = theta.copy()  # a fresh one each time: f may keep or change what it is given
            nudged[index] += h
            return nudged

        gradient[index] = slope(nudge)
    return gradient


def relative_error(a: ArrayLike, b: ArrayLike) -> float:
    """Return how far two gradients are apart, in relation to their size: `max |a - b| / max(1e-8, |a| + |b|)`.

    About 1e-7 or less is agreement; 1e-4 may be a kink; 1e-2 is a bug.

    Args:
        a, b: numbers or arrays of one shape.

    Returns:
        A float in [0, 1]; 0 for empty arrays.

    Raises:
        ValueError: the shapes differ.

    Example:
        >>> relative_error([1.0, 3.0], [1.0, 1.0])
        0.5

    Source: CS231n, notes on gradient checks.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"a and b must have the same shape, but a has {a.shape} and b has {b.shape}")
    if a.size == 0:
        return 0.0
    a, b = a.astype(float), b.astype(float)
    return float(np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))))


@dataclass(frozen=True)
class GradientCheck:
    """What `gradient_check` found; true where the two gradients agree.

    Attributes:
        error: the relative error, a float in [0, 1].
        tolerance: the largest that passes.
        computed, numerical: the two gradients, shaped as theta.

    Example:
        >>> check = GradientCheck(1e-9, 1e-6, np.zeros(1), np.zeros(1))
        >>> bool(check)
        True
    """

    error: float
    tolerance: float
    computed: Array
    numerical: Array

    def __bool__(self) -> bool:
        return self.error <= self.tolerance


def gradient_check(
    f: Callable[[Array], float],
    gradient: Callable[[Array], ArrayLike] | ArrayLike,
    theta: ArrayLike,
    *,
    epsilon: float = 1e-5,
    tolerance: float = 1e-6,
) -> GradientCheck:
    """Compare a gradient with the central difference: true where their `relative_error` is at most tolerance.

    Args:
        f: function of one array shaped as theta, returning a number.
        gradient: the gradient at theta, or a function of theta that returns it.
        theta: where to compare, floats, any shape; not changed. Stay away from kinks, such as ReLU's at 0.
        epsilon: nudge of the central difference, > 0.
        tolerance: largest relative error to accept, >= 0.

    Returns:
        A `GradientCheck` with `error`, `computed` and `numerical`.

    Raises:
        TypeError: theta does not hold floats.

    Example:
        >>> bool(gradient_check(lambda theta: np.sum(theta**2), lambda theta: 2 * theta, np.array([3.0, 4.0])))
        True
        >>> bool(gradient_check(lambda theta: np.sum(theta**2), lambda theta: theta, np.array([3.0, 4.0])))
        False

    Source: Stanford's CS231n, notes on gradient checks.
    """
    theta = float_array("theta", theta)
    computed = np.asarray(gradient(theta.copy()) if callable(gradient) else gradient)
    numerical = numerical_gradient(f, theta, epsilon=epsilon)
    return GradientCheck(relative_error(computed, numerical), tolerance, computed, numerical)


def backpropagation(
    layers: Sequence[_Layer],
    loss: Callable[[Array, Any], tuple[float, Array]],
    x: Array,
    y: Any,
    *,
    training: bool = False,
) -> float:
    """Run one forward and one backward pass: the chain rule, from the loss back through every layer.

    Each layer with parameters writes their gradient into its own view of the network's gradient vector.

    Args:
        layers: from input to output; `forward(x)` remembers what `backward(dy)` needs. Of the first layer only
            `backward_first(dy)` is asked: the gradient with respect to x would cost a matrix product for nobody.
        loss: function of the last layer's output and y, returning the loss and its gradient with respect to the output.
        x: inputs, (batch, n_in).
        y: targets, as the loss takes them.
        training: True turns dropout on.

    Returns:
        The loss.

    Example:
        >>> from machine_room.losses import squared_error
        >>> from machine_room import Dense, Network
        >>> net = Network([Dense(1)], inputs=1)
        >>> net.theta[:] = [2.0, 0.0]
        >>> backpropagation(net.layers, squared_error, np.array([[1.0]]), np.array([[0.0]]))
        4.0
        >>> net.layers[0].dweights
        array([[4.]])

    Source: the lecture, section 1, idea 2.
    """
    output = x
    for layer in layers:
        output = layer.forward(output, training=training)
    value, dy = loss(output, y)
    for layer in reversed(layers[1:]):
        dy = layer.backward(dy)
    layers[0].backward_first(dy)
    return value
