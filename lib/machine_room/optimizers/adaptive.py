"""AdaGrad and RMSProp: a rate for each parameter, from the squares of its gradients.

How an optimizer is written, and what the letters mean, stands at the top of `optimizer`.
"""

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, above, fraction, learning_rate_value
from machine_room.optimizers.moments import average_squares_in_place
from machine_room.optimizers.optimizer import Optimizer, Schedule, state_argument, step_arguments

__all__ = ["AdaGrad", "RMSProp", "adagrad_step", "rmsprop_step"]


def adagrad_in_place(
    theta: Array, gradient: Array, s: Array, work: Array, *, learning_rate: float, epsilon: float, epsilon_inside: bool
) -> None:
    # s = s + gradient * gradient
    np.multiply(gradient, gradient, out=work)
    s += work
    # theta = theta - eta * gradient / sqrt(s + epsilon)
    np.copyto(work, s)
    root_in_place(work, epsilon, epsilon_inside)
    np.divide(gradient, work, out=work)
    work *= learning_rate
    theta -= work


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

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or a setting is out of its range.

    Example:
        >>> adagrad_step(np.array([1.0]), np.array([3.0]), np.array([6.0]), learning_rate=0.4, epsilon=1.0)
        (array([0.7]), array([15.]))

    Source: Duchi et al. 2011; the lecture, section 3. Keras does the same but starts s at 0.1; PyTorch has epsilon
    outside.
    """
    theta, gradient = step_arguments(theta, gradient)
    s = state_argument("s", s, theta)
    adagrad_in_place(
        theta,
        gradient,
        s,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
    )
    return theta, s


class AdaGrad(Optimizer):
    """A rate for each parameter, from the sum of its squared gradients; see `adagrad_step`.

    Args:
        learning_rate: eta >= 0, or a schedule.
        epsilon: keeps the root away from 0, > 0, inside it.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), AdaGrad(0.1, epsilon=1e-7)
        >>> optimizer.update(theta, gradient=np.array([2.0]))
        >>> theta.round(4)
        array([0.9])

    Source: Duchi et al. 2011; the lecture, section 3.
    """

    state_names = ("s",)

    def __init__(self, learning_rate: float | Schedule = 0.01, *, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.epsilon = above("epsilon", epsilon, 0)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        adagrad_in_place(
            theta,
            gradient,
            self.state["s"],
            work,
            learning_rate=learning_rate,
            epsilon=self.epsilon,
            epsilon_inside=True,
        )


def rmsprop_in_place(
    theta: Array,
    gradient: Array,
    s: Array,
    work: Array,
    *,
    learning_rate: float,
    beta: float,
    epsilon: float,
    epsilon_inside: bool,
) -> None:
    # s = beta * s + (1 - beta) * gradient * gradient
    average_squares_in_place(s, gradient, work, beta)
    # theta = theta - eta * gradient / sqrt(s + epsilon)
    np.copyto(work, s)
    root_in_place(work, epsilon, epsilon_inside)
    np.divide(gradient, work, out=work)
    work *= learning_rate
    theta -= work


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

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or a setting is out of its range.

    Example:
        >>> rmsprop_step(np.array([1.0]), np.array([2.0]), np.array([2.0]), learning_rate=0.2, beta=0.5, epsilon=1.0)
        (array([0.8]), array([3.]))

    Source: Tieleman and Hinton 2012; the lecture, section 3. Keras does the same; PyTorch has epsilon outside.
    """
    theta, gradient = step_arguments(theta, gradient)
    s = state_argument("s", s, theta)
    rmsprop_in_place(
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


class RMSProp(Optimizer):
    """AdaGrad that forgets; see `rmsprop_step`.

    Args:
        learning_rate: eta >= 0, or a schedule.
        beta: how much of the average is kept, in [0, 1).
        epsilon: keeps the root away from 0, > 0, inside it.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), RMSProp(0.1, beta=0.0)
        >>> optimizer.update(theta, gradient=np.array([2.0]))
        >>> theta.round(4)
        array([0.9])

    Source: Tieleman and Hinton 2012; the lecture, section 3.
    """

    state_names = ("s",)

    def __init__(self, learning_rate: float | Schedule = 0.001, *, beta: float = 0.9, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.beta = fraction("beta", beta)
        self.epsilon = above("epsilon", epsilon, 0)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        rmsprop_in_place(
            theta,
            gradient,
            self.state["s"],
            work,
            learning_rate=learning_rate,
            beta=self.beta,
            epsilon=self.epsilon,
            epsilon_inside=True,
        )


def root_in_place(s: Array, epsilon: float, epsilon_inside: bool) -> None:
    # sqrt(s + epsilon), the lecture's and Keras's AdaGrad's; or sqrt(s) + epsilon, PyTorch's and Adam's Algorithm 1
    if epsilon_inside:
        s += epsilon
        np.sqrt(s, out=s)
    else:
        np.sqrt(s, out=s)
        s += epsilon
