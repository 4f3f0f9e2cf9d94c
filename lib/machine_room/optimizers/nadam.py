"""Nadam: Adam with the Nesterov trick. Letters, epsilon and the way of writing are those of `adam`."""

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

__all__ = ["Nadam", "nadam_step", "nadam_weights"]


def nadam_in_place(
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
    momentum_weight: float,
    gradient_weight: float,
) -> None:
    # m and s as in adam
    average_in_place(m, gradient, work, beta1)
    average_squares_in_place(s, gradient, work, beta2)
    # theta = theta - eta * (momentum_weight * m + gradient_weight * gradient) / sqrt(s_hat + epsilon)
    ahead = momentum_weight * m
    ahead += gradient_weight * gradient
    scale, correction = learning_rate * math.sqrt(1 - beta2**t), 1 - beta2**t
    descend_in_place(theta, ahead, s, correction, work, scale=scale, epsilon=epsilon, epsilon_inside=epsilon_inside)


def nadam_step(
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
    momentum_decay: float | None = None,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam with the Nesterov trick: `theta - eta * m_ahead / sqrt(s_hat + epsilon)`.

    `m_ahead = beta1 * m / (1 - beta1**(t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)`: the momentum that the
    *next* step will use, instead of this one's m_hat.

    Args:
        theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon, epsilon_inside: as in `adam_step`.
        momentum_decay: None keeps beta1 constant. A number psi warms the momentum up,
            `mu_t = beta1 * (1 - 0.96**(t * psi) / 2)`, and products of mu replace the powers of beta1: 1 is Keras,
            0.004 PyTorch.

    Returns:
        The new theta, m and s.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or a setting is out of its range.

    Example:
        >>> zero = np.zeros(1)
        >>> theta, m, s = nadam_step(
        ...     np.ones(1), np.full(1, 4.0), zero, zero, 1, learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=9.0
        ... )
        >>> theta.round(4)  # m_ahead = 0.5 * 2 / 0.75 + 0.5 * 4 / 0.5
        array([0.4667])

    Source: Dozat 2016; the lecture, section 3.
    """
    theta, gradient = step_arguments(theta, gradient)
    m, s = state_argument("m", m, theta), state_argument("s", s, theta)
    t, beta1 = update_number(t), fraction("beta1", beta1)
    momentum_weight, gradient_weight = nadam_weights(t, beta1=beta1, momentum_decay=momentum_decay)
    nadam_in_place(
        theta,
        gradient,
        m,
        s,
        t,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta1=beta1,
        beta2=fraction("beta2", beta2),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
        momentum_weight=momentum_weight,
        gradient_weight=gradient_weight,
    )
    return theta, m, s


def nadam_weights(t: int, *, beta1: float, momentum_decay: float | None = None) -> tuple[float, float]:
    """Return what Nadam multiplies m and the gradient by at update t; arguments as in `nadam_step`.

    Args:
        t: number of this update, 1 for the first.
        beta1, momentum_decay: as in `nadam_step`.

    Example:
        >>> momentum_weight, gradient_weight = nadam_weights(1, beta1=0.5)
        >>> round(momentum_weight, 4), gradient_weight
        (0.6667, 1.0)

    Source: Dozat 2016.
    """
    if momentum_decay is None:
        return beta1 / (1 - beta1 ** (t + 1)), (1 - beta1) / (1 - beta1**t)
    mu = beta1 * (1 - 0.5 * 0.96 ** (np.arange(1, t + 2) * momentum_decay))
    product = np.cumprod(mu)
    return float(mu[t] / (1 - product[t])), float((1 - mu[t - 1]) / (1 - product[t - 1]))


class Nadam(Optimizer):
    """Adam with the Nesterov trick; see `nadam_step`.

    Args:
        learning_rate, beta1, beta2, epsilon: as in `Adam`.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), Nadam(0.1, beta1=0.0)
        >>> optimizer.update(theta, gradient=np.array([2.0]))
        >>> theta.round(4)
        array([0.9])

    Source: Dozat 2016; the lecture, section 3.
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
        momentum_weight, gradient_weight = nadam_weights(self.iterations + 1, beta1=self.beta1)
        nadam_in_place(
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
            momentum_weight=momentum_weight,
            gradient_weight=gradient_weight,
        )
