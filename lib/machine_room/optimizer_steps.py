"""One step of each optimizer, as pure functions on the flat parameter vector.

`theta` is the vector of all parameters, `gradient` that of the loss, `m` the momentum, `s` the sum or average of the
squares of gradients, `t` the number of this update, 1 for the first. State starts at zero. No argument is changed;
results are new arrays in the dtype of `theta`. The lecture's conventions are the default; each docstring says where
Keras and PyTorch differ. Every step raises TypeError where theta holds integers, and ValueError where shapes differ or
a hyper-parameter is out of range.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from machine_room import update_kernels
from machine_room.arguments import Array, above, array_like, float_array, fraction, learning_rate_value


def gradient_descent_step(theta: ArrayLike, gradient: ArrayLike, *, learning_rate: float) -> Array:
    """Take one step of gradient descent: `theta - learning_rate * gradient`.

    Args:
        theta: parameters, floats, any shape.
        gradient: gradient of the loss at theta, same shape.
        learning_rate: eta >= 0.

    Returns:
        The new theta.

    Raises:
        TypeError: theta holds integers.
        ValueError: shapes differ, or the learning rate is negative, infinite or NaN.

    Example:
        >>> gradient_descent_step(np.array([1.0, 4.0]), np.array([-40.0, 16.0]), learning_rate=0.002)
        array([1.08 , 3.968])

    Source: the lecture, section 1. Keras and PyTorch do the same.
    """
    theta, gradient = step_arguments(theta, gradient)
    rate = learning_rate_value(learning_rate)
    update_kernels.gradient_descent(theta, gradient, np.empty_like(theta), learning_rate=rate)
    return theta


def momentum_step(
    theta: ArrayLike, gradient: ArrayLike, m: ArrayLike, *, learning_rate: float, beta: float
) -> tuple[Array, Array]:
    """Keep going the way we went: `m = beta * m - learning_rate * gradient`, then `theta + m`.

    Args:
        theta, gradient: as in `gradient_descent_step`.
        m: the last step taken, shaped as theta.
        learning_rate: eta >= 0.
        beta: how much of the last step is kept, in [0, 1).

    Returns:
        The new theta and the new m.

    Example:
        >>> momentum_step(np.array([1.0]), np.array([2.0]), np.array([0.5]), learning_rate=0.1, beta=0.9)
        (array([1.25]), array([0.25]))

    Source: the lecture, section 3. Keras does the same. PyTorch keeps `b = beta * b + gradient` and subtracts
    `learning_rate * b`: the same path while the learning rate is constant, another once it changes.
    """
    theta, gradient = step_arguments(theta, gradient)
    m = state_argument("m", m, theta)
    update_kernels.momentum(
        theta,
        gradient,
        m,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta=fraction("beta", beta),
    )
    return theta, m


def nesterov_lookahead(theta: ArrayLike, m: ArrayLike, *, beta: float) -> Array:
    """Return the point where Nesterov takes the gradient: `theta + beta * m`.

    Example:
        >>> nesterov_lookahead(np.array([1.0]), np.array([0.5]), beta=0.5)
        array([1.25])
    """
    theta = float_array("theta", theta)
    return theta + fraction("beta", beta) * array_like("m", m, "theta", theta)


def nesterov_step(
    theta: ArrayLike,
    gradient_at: Callable[[Array], ArrayLike],
    m: ArrayLike,
    *,
    learning_rate: float,
    beta: float,
) -> tuple[Array, Array]:
    """Take a momentum step with the gradient at the look-ahead point.

    `m = beta * m - learning_rate * gradient_at(theta + beta * m)`, then `theta + m`.

    Args:
        theta: parameters, floats.
        gradient_at: function that takes a parameter vector and returns the gradient there. A function, not its value,
            because where to look is the whole trick.
        m: the last step taken, shaped as theta.
        learning_rate: eta >= 0.
        beta: in [0, 1).

    Returns:
        The new theta and the new m.

    Example:
        >>> nesterov_step(np.array([1.0]), lambda theta: theta, np.array([-0.5]), learning_rate=0.5, beta=0.5)
        (array([0.375]), array([-0.625]))

    Source: Nesterov 1983; the lecture, section 3. Keras and PyTorch store the look-ahead point instead of theta:
    their parameters equal our `nesterov_lookahead(theta, m, beta=beta)` after each step.
    """
    gradient = gradient_at(nesterov_lookahead(theta, m, beta=beta))
    return momentum_step(theta, gradient, m, learning_rate=learning_rate, beta=beta)


def adagrad_step(
    theta: ArrayLike,
    gradient: ArrayLike,
    s: ArrayLike,
    *,
    learning_rate: float,
    epsilon: float,
    epsilon_inside: bool = True,
) -> tuple[Array, Array]:
    """Give each parameter its own rate: `s = s + gradient**2`, then `theta - eta * gradient / sqrt(s + epsilon)`.

    Args:
        theta, gradient: as in `gradient_descent_step`.
        s: sum of the squared gradients so far, shaped as theta.
        learning_rate: eta >= 0.
        epsilon: keeps the root away from 0, > 0.
        epsilon_inside: True for `sqrt(s + epsilon)`, False for `sqrt(s) + epsilon`.

    Returns:
        The new theta and the new s.

    Example:
        >>> adagrad_step(np.array([1.0]), np.array([3.0]), np.array([6.0]), learning_rate=0.4, epsilon=1.0)
        (array([0.7]), array([15.]))

    Source: Duchi et al. 2011; the lecture, section 3. Keras does the same but starts s at 0.1; PyTorch has epsilon
    outside.
    """
    theta, gradient = step_arguments(theta, gradient)
    s = state_argument("s", s, theta)
    update_kernels.adagrad(
        theta,
        gradient,
        s,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
    )
    return theta, s


def rmsprop_step(
    theta: ArrayLike,
    gradient: ArrayLike,
    s: ArrayLike,
    *,
    learning_rate: float,
    beta: float,
    epsilon: float,
    epsilon_inside: bool = True,
) -> tuple[Array, Array]:
    """Give each parameter its own rate, and forget old gradients.

    `s = beta * s + (1 - beta) * gradient**2`, then `theta - learning_rate * gradient / sqrt(s + epsilon)`.

    Args:
        theta, gradient, learning_rate, epsilon, epsilon_inside: as in `adagrad_step`.
        s: moving average of the squared gradients, shaped as theta.
        beta: how much of the average is kept, in [0, 1).

    Returns:
        The new theta and the new s.

    Example:
        >>> rmsprop_step(np.array([1.0]), np.array([2.0]), np.array([2.0]), learning_rate=0.2, beta=0.5, epsilon=1.0)
        (array([0.8]), array([3.]))

    Source: Tieleman and Hinton 2012; the lecture, section 3. Keras does the same; PyTorch has epsilon outside.
    """
    theta, gradient = step_arguments(theta, gradient)
    s = state_argument("s", s, theta)
    update_kernels.rmsprop(
        theta,
        gradient,
        s,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta=fraction("beta", beta),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
    )
    return theta, s


def step_arguments(theta: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
    """Return a copy of theta to step in, and the gradient in theta's dtype."""
    theta = float_array("theta", theta).copy()
    return theta, array_like("gradient", gradient, "theta", theta)


def state_argument(name: str, value: ArrayLike, theta: Array) -> Array:
    """Return a copy of a state vector, in theta's dtype."""
    return array_like(name, value, "theta", theta).copy()
