"""One step of each optimizer, as pure functions on the flat parameter vector.

`theta` is the vector of all parameters, `gradient` that of the loss, `m` the momentum, `s` the sum (or average) of squared
gradients, `t` the number of this update, 1 for the first. State starts at zero. No argument is changed; results keep the
dtype of `theta`. The lecture's conventions are the default, and each docstring says where Keras and PyTorch differ.
"""


import numpy as np
from numpy.typing import ArrayLike

from machine_room import update_kernels
from machine_room.arguments import Array, array_like, float_array, learning_rate_value


def gradient_descent_step(theta: ArrayLike, gradient: ArrayLike, *, learning_rate: float) -> Array:
    """Take one step of gradient descent: `theta - learning_rate * gradient`.

    Args:
        theta: parameters, floats, any shape.
        gradient: gradient of the loss at theta, same shape.
        learning_rate: eta >= 0.

    Returns:
        The new theta, a new array.

    Raises:
        TypeError: theta holds integers.
        ValueError: shapes differ, or the learning rate is negative, infinite or NaN.

    Example:
        >>> gradient_descent_step(np.array([1.0, 4.0]), np.array([-40.0, 16.0]), learning_rate=0.002)
        array([1.08 , 3.968])

    Source: the lecture, section 1. Keras and PyTorch do the same.
    """
    theta, gradient = _parameters(theta, gradient)
    rate = learning_rate_value(learning_rate)
    update_kernels.gradient_descent(theta, gradient, np.empty_like(theta), learning_rate=rate)
    return theta


def _parameters(theta: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
    """Return a copy of theta to step in, and the gradient in theta's dtype."""
    theta = float_array("theta", theta).copy()
    return theta, array_like("gradient", gradient, "theta", theta)
