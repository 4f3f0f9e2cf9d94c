"""The parts that Adam and its relatives are made of: moving averages, and the correction of their start.

`m` is the moving average of the gradients (the paper's sign: it points uphill and is subtracted), `s` that of their
squares. How an optimizer is written stands at the top of `optimizer`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, above, array_like, count, float_array, fraction

__all__ = ["bias_correction", "first_moment", "second_moment"]


def average_in_place(m: Array, gradient: Array, work: Array, beta: float) -> None:
    # m = beta * m + (1 - beta) * gradient
    m *= beta
    np.multiply(gradient, 1 - beta, out=work)
    m += work


def first_moment(gradient: ArrayLike, m: ArrayLike, *, beta1: float) -> Array:
    """Return the moving average of the gradients: `beta1 * m + (1 - beta1) * gradient`.

    Args:
        gradient: floats, any shape.
        m: the average so far, same shape; zeros at the start.
        beta1: in [0, 1).

    Raises:
        TypeError: gradient does not hold floats.
        ValueError: the shapes differ, or beta1 is out of its range.

    Example:
        >>> first_moment(np.array([4.0]), np.array([2.0]), beta1=0.5)
        array([3.])

    Source: Kingma and Ba 2015, Algorithm 1.
    """
    gradient = float_array("gradient", gradient)
    m = array_like("m", m, "gradient", gradient).copy()
    average_in_place(m, gradient, np.empty_like(m), fraction("beta1", beta1))
    return m


def average_squares_in_place(s: Array, gradient: Array, work: Array, beta: float) -> None:
    # s = beta * s + (1 - beta) * gradient * gradient
    s *= beta
    np.multiply(gradient, gradient, out=work)
    work *= 1 - beta
    s += work


def second_moment(gradient: ArrayLike, s: ArrayLike, *, beta2: float) -> Array:
    """Return the moving average of the squared gradients: `beta2 * s + (1 - beta2) * gradient**2`.

    Args:
        gradient: floats, any shape.
        s: the average so far, same shape; zeros at the start.
        beta2: in [0, 1).

    Raises:
        TypeError: gradient does not hold floats.
        ValueError: the shapes differ, or beta2 is out of its range.

    Example:
        >>> second_moment(np.array([4.0]), np.array([2.0]), beta2=0.5)
        array([9.])

    Source: Kingma and Ba 2015, Algorithm 1.
    """
    gradient = float_array("gradient", gradient)
    s = array_like("s", s, "gradient", gradient).copy()
    average_squares_in_place(s, gradient, np.empty_like(s), fraction("beta2", beta2))
    return s


def bias_correction(moment: ArrayLike, t: int, *, beta: float) -> Array:
    """Undo that a moving average started at zero: `moment / (1 - beta**t)`.

    Args:
        moment: m or s after t updates, floats.
        t: number of updates, >= 1.
        beta: the average's beta, in [0, 1).

    Returns:
        The corrected average, shaped as moment.

    Raises:
        TypeError: moment does not hold floats.
        ValueError: a setting is out of its range.

    Example:
        >>> bias_correction(np.array([3.0]), 2, beta=0.5)
        array([4.])

    Source: Kingma and Ba 2015, section 3.
    """
    return float_array("moment", moment) / (1 - fraction("beta", beta) ** update_number(t))


def corrected_root(s: Array, correction: float, work: Array, epsilon: float, epsilon_inside: bool) -> None:
    # work = sqrt(s_hat + epsilon) * sqrt(correction), s_hat = s / correction: a whole division less than in s_hat
    # itself, for a factor that the learning rate takes up
    if epsilon_inside:
        np.add(s, epsilon * correction, out=work)
        np.sqrt(work, out=work)
    else:
        np.sqrt(s, out=work)
        work += epsilon * math.sqrt(correction)


def descend_in_place(
    theta: Array,
    direction: Array,
    s: Array,
    correction: float,
    work: Array,
    *,
    scale: float,
    epsilon: float,
    epsilon_inside: bool,
) -> None:
    # theta = theta - eta * direction / sqrt(s_hat + epsilon);  scale = eta * sqrt(correction)
    corrected_root(s, correction, work, epsilon, epsilon_inside)
    np.divide(direction, work, out=work)
    work *= scale
    theta -= work


def update_number(t: int) -> int:
    """Return t as an int; raise ValueError unless it is a whole number >= 1."""
    return count("t", t, 1, hint="the first update is t = 1")


def moment_settings(beta1: float, beta2: float, epsilon: float) -> tuple[float, float, float]:
    """Return what Adam and its relatives are set by, as Python floats; raise ValueError where one is out of range."""
    return fraction("beta1", beta1), fraction("beta2", beta2), above("epsilon", epsilon, 0)
