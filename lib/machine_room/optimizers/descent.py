"""Gradient descent, and with it momentum and the Nesterov trick: one rate for all parameters.

How an optimizer is written, and what the letters mean, stands at the top of `optimizer`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, array_like, at_least, float_array, fraction, learning_rate_value
from machine_room.optimizers.optimizer import Optimizer, Schedule, state_argument, step_arguments
from machine_room.schedules import Power

__all__ = [
    "SGD",
    "Momentum",
    "Nesterov",
    "gradient_descent_step",
    "momentum_step",
    "nesterov_lookahead",
    "nesterov_step",
]


def gradient_descent_in_place(theta: Array, gradient: Array, work: Array, *, learning_rate: float) -> None:
    # theta = theta - eta * gradient
    np.multiply(gradient, learning_rate, out=work)
    theta -= work


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
    gradient_descent_in_place(theta, gradient, np.empty_like(theta), learning_rate=rate)
    return theta


def momentum_in_place(
    theta: Array, gradient: Array, m: Array, work: Array, *, learning_rate: float, beta: float
) -> None:
    # m = beta * m - eta * gradient
    m *= beta
    np.multiply(gradient, learning_rate, out=work)
    m -= work
    # theta = theta + m
    theta += m


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

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or a setting is out of its range.

    Example:
        >>> momentum_step(np.array([1.0]), np.array([2.0]), np.array([0.5]), learning_rate=0.1, beta=0.9)
        (array([1.25]), array([0.25]))

    Source: the lecture, section 3. Keras does the same. PyTorch keeps `b = beta * b + gradient` and subtracts
    `learning_rate * b`: the same path while the learning rate is constant, another once it changes.
    """
    theta, gradient = step_arguments(theta, gradient)
    m = state_argument("m", m, theta)
    momentum_in_place(
        theta,
        gradient,
        m,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta=fraction("beta", beta),
    )
    return theta, m


class Momentum(Optimizer):
    """Gradient descent that keeps part of its last step; see `momentum_step`.

    Args:
        learning_rate: eta >= 0, or a schedule.
        beta: how much of the last step is kept, in [0, 1).

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), Momentum(0.1, beta=0.5)
        >>> optimizer.update(theta, gradient=np.array([2.0]))
        >>> theta.round(4)
        array([0.8])

    Source: the lecture, section 3; Polyak 1964.
    """

    state_names = ("m",)

    def __init__(self, learning_rate: float | Schedule = 0.01, *, beta: float = 0.9) -> None:
        super().__init__(learning_rate)
        self.beta = fraction("beta", beta)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        momentum_in_place(theta, gradient, self.state["m"], work, learning_rate=learning_rate, beta=self.beta)


def nesterov_lookahead(theta: ArrayLike, m: ArrayLike, *, beta: float) -> Array:
    """Return the point where Nesterov takes the gradient: `theta + beta * m`.

    Args:
        theta: parameters, floats.
        m: the last step taken, shaped as theta.
        beta: in [0, 1).

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or beta is out of its range.

    Example:
        >>> nesterov_lookahead(np.array([1.0]), np.array([0.5]), beta=0.5)
        array([1.25])

    Source: Nesterov 1983; the lecture, section 3.
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


class Nesterov(Optimizer):
    """Momentum with the gradient taken at the look-ahead point; see `nesterov_step`.

    Args:
        learning_rate: eta >= 0, or a schedule.
        beta: how much of the last step is kept, in [0, 1).

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), Nesterov(learning_rate=0.1)
        >>> for _ in range(200):
        ...     optimizer.update(theta, gradient=optimizer.lookahead(theta))  # the gradient of theta**2 / 2
        >>> bool(abs(theta[0]) < 1e-4)
        True

    Source: Nesterov 1983; the lecture, section 3.
    """

    state_names = ("m",)

    def __init__(self, learning_rate: float | Schedule = 0.01, *, beta: float = 0.9) -> None:
        super().__init__(learning_rate)
        self.beta = fraction("beta", beta)

    def lookahead(self, theta: Array) -> Array:
        return nesterov_lookahead(theta, self.state["m"], beta=self.beta) if self.iterations else theta

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        momentum_in_place(theta, gradient, self.state["m"], work, learning_rate=learning_rate, beta=self.beta)


class SGD(Optimizer):
    """Stochastic gradient descent with Keras's options: gradient descent, momentum and Nesterov in one.

    Args:
        learning_rate: eta >= 0, or a schedule.
        momentum: beta; 0 is plain gradient descent.
        nesterov: take the gradient at the look-ahead point.
        decay: power scheduling by step, `learning_rate / (1 + decay * step)`, so s = 1 / decay. The slides' option;
            today's Keras has it as the schedule `InverseTimeDecay`.

    Raises:
        ValueError: a setting is out of its range, or decay is given beside a schedule.

    Example:
        >>> optimizer = SGD(learning_rate=0.01, decay=1e-4)
        >>> optimizer.iterations = 10_000
        >>> optimizer.learning_rate
        0.005
        >>> optimizer
        SGD(learning_rate=0.01, momentum=0.0, nesterov=False, decay=0.0001)

    Source: the lecture, sections 1, 3 and 4; Keras's optimizer of the same name.
    """

    state_names = ("m",)

    def __init__(
        self,
        learning_rate: float | Schedule = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        decay: float = 0.0,
    ) -> None:
        self._decay = at_least("decay", decay, 0)
        self._power: Power | None = None
        if self._decay > 0:
            if callable(learning_rate):
                raise ValueError("decay is itself a schedule: give a number as learning_rate, or leave decay out")
            learning_rate = self._power = Power(learning_rate=learning_rate, s=1 / self._decay)
        super().__init__(learning_rate)
        self.momentum, self.nesterov = fraction("momentum", momentum), nesterov

    @property
    def decay(self) -> float:
        """The decay while it sets the rate: 0 once `learning_rate` has been set to something else."""
        return self._decay if self.schedule is self._power else 0.0

    def lookahead(self, theta: Array) -> Array:
        if not (self.nesterov and self.iterations):
            return theta
        return nesterov_lookahead(theta, self.state["m"], beta=self.momentum)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        if self.momentum:
            momentum_in_place(theta, gradient, self.state["m"], work, learning_rate=learning_rate, beta=self.momentum)
        else:
            gradient_descent_in_place(theta, gradient, work, learning_rate=learning_rate)

    def settings(self) -> dict[str, Any]:
        rate = {"learning_rate": self._power.learning_rate} if self._power is not None and self.decay else {}
        return {**super().settings(), **rate}
