"""Adam: momentum, a rate for each parameter, and averages that forget.

The lecture's epsilon stands inside the root; `epsilon_inside=False` is Algorithm 1 of the paper and PyTorch. Keras adds
its epsilon to the root of the *uncorrected* s: that is `epsilon_inside=False` with `epsilon / sqrt(1 - beta2**t)`. How
an optimizer is written, and what the letters mean, stands at the top of `optimizer`.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, above, fraction, learning_rate_value
from machine_room.optimizers.moments import (
    average_in_place,
    average_squares_in_place,
    descend_in_place,
    moment_settings,
    update_number,
)
from machine_room.optimizers.optimizer import Optimizer, Schedule, state_argument, step_arguments

__all__ = ["Adam", "adam_step"]


def adam_in_place(
    theta: Array,
    gradient: Array,
    m: Array,
    s: Array,
    t: int,
    work: Array,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    epsilon_inside: bool,
) -> None:
    # m = beta1 * m + (1 - beta1) * gradient;  s = beta2 * s + (1 - beta2) * gradient * gradient
    average_in_place(m, gradient, work, beta1)
    average_squares_in_place(s, gradient, work, beta2)
    # theta = theta - eta * m_hat / sqrt(s_hat + epsilon);  m_hat = m / (1 - beta1^t);  s_hat = s / (1 - beta2^t)
    scale, correction = learning_rate * math.sqrt(1 - beta2**t) / (1 - beta1**t), 1 - beta2**t
    descend_in_place(theta, m, s, correction, work, scale=scale, epsilon=epsilon, epsilon_inside=epsilon_inside)


def adam_step(
    theta: ArrayLike,
    gradient: ArrayLike,
    m: ArrayLike,
    s: ArrayLike,
    t: int,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    epsilon_inside: bool = True,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam: `theta - eta * m_hat / sqrt(s_hat + epsilon)`.

    m and s are the new `first_moment` and `second_moment`, m_hat and s_hat their `bias_correction`.

    Args:
        theta, gradient: parameters and gradient, floats, same shape.
        m, s: moments after the last update, shaped as theta; zeros at the start.
        t: number of this update, 1 for the first.
        learning_rate: eta >= 0.
        beta1, beta2: in [0, 1).
        epsilon: keeps the root away from 0, > 0.
        epsilon_inside: True for `sqrt(s_hat + epsilon)`, False for `sqrt(s_hat) + epsilon`.

    Returns:
        The new theta, m and s; m and s without the correction.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or a setting is out of its range.

    Example:
        >>> zero = np.zeros(1)
        >>> theta, m, s = adam_step(
        ...     np.ones(1), np.full(1, 4.0), zero, zero, 1, learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=9.0
        ... )
        >>> theta, m, s
        (array([0.6]), array([2.]), array([8.]))

    Source: Kingma and Ba 2015, Algorithm 1; the lecture, section 3.
    """
    theta, gradient = step_arguments(theta, gradient)
    m, s = state_argument("m", m, theta), state_argument("s", s, theta)
    adam_in_place(
        theta,
        gradient,
        m,
        s,
        update_number(t),
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta1=fraction("beta1", beta1),
        beta2=fraction("beta2", beta2),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
    )
    return theta, m, s


class Adam(Optimizer):
    """Momentum, adaptive learning rate and scaling decay; see `adam_step`.

    Args:
        learning_rate: eta >= 0, or a schedule.
        beta1, beta2: how much of the averages is kept, in [0, 1).
        epsilon: > 0, inside the root. The default's root is 1e-7, what Keras adds outside.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), Adam(0.1)
        >>> optimizer.update(theta, gradient=np.array([2.0]))
        >>> theta.round(4)
        array([0.9])

    Source: Kingma and Ba 2015; the lecture, section 3.
    """

    state_names = ("m", "s")

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-14,
    ) -> None:
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon = moment_settings(beta1, beta2, epsilon)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        adam_in_place(
            theta,
            gradient,
            self.state["m"],
            self.state["s"],
            self.iterations + 1,
            work,
            learning_rate=learning_rate,
            beta1=self.beta1,
            beta2=self.beta2,
            epsilon=self.epsilon,
            epsilon_inside=True,
        )
