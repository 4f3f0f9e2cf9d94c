"""Optimizers: classes that hold the state around the update formulas, and a door to the pure steps.

A class changes the network's vector in place with the kernels of `update_kernels`; the pure steps of
`optimizer_steps` and `adam_steps` call the same kernels on copies. So one class step equals one pure step to the last
bit.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from machine_room import update_kernels
from machine_room.adam_steps import (
    adam_step,
    adamw_step,
    bias_correction,
    first_moment,
    nadam_step,
    nadam_weights,
    second_moment,
)
from machine_room.arguments import Array, above, array_like, at_least, float_array, fraction, learning_rate_value
from machine_room.optimizer_steps import (
    adagrad_step,
    gradient_descent_step,
    momentum_step,
    nesterov_lookahead,
    nesterov_step,
    rmsprop_step,
)
from machine_room.schedules import Power

__all__ = [
    "INGREDIENTS",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "adagrad_step",
    "adam_step",
    "adamw_step",
    "bias_correction",
    "first_moment",
    "get",
    "gradient_descent_step",
    "momentum_step",
    "nadam_step",
    "nesterov_lookahead",
    "nesterov_step",
    "rmsprop_step",
    "second_moment",
]

Schedule = Callable[[int], float]


class Optimizer:
    """Walks downhill on a flat vector, in place.

    Args:
        learning_rate: eta, a number >= 0, or a schedule: a function from the number of updates made so far (0 for the
            first) to a rate.

    Attributes:
        iterations: updates made since the start or the last `reset`.

    Example:
        >>> theta, optimizer = np.array([1.0, -2.0]), SGD(learning_rate=0.5)
        >>> optimizer.update(theta, gradient=np.array([1.0, -2.0]))
        >>> theta
        array([ 0.5, -1. ])
    """

    state_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, learning_rate: float | Schedule) -> None:
        self.learning_rate = learning_rate
        self.reset()

    @property
    def learning_rate(self) -> float:
        """The rate of the next update. Set it to a number or a schedule."""
        return self._rate if self.schedule is None else learning_rate_value(self.schedule(self.iterations))

    @learning_rate.setter
    def learning_rate(self, value: float | Schedule) -> None:
        self.schedule: Schedule | None = value if callable(value) else None
        self._rate = 0.0 if callable(value) else learning_rate_value(value)

    def reset(self) -> None:
        """Forget all state, as before the first update; the learning rate stays."""
        self.iterations = 0
        self.state: dict[str, Array] = {}
        self._work = np.empty(0)

    def lookahead(self, theta: Array) -> Array:
        """Return the point where the next gradient is to be taken: theta itself, but for the Nesterov trick."""
        return theta

    def update(self, theta: Array, gradient: Array) -> None:
        """Change theta in place, by one step along the gradient taken at `lookahead(theta)`.

        Args:
            theta: the network's parameters, a float array.
            gradient: same shape.

        Raises:
            TypeError: theta holds integers, or is not an array.
            ValueError: shapes differ from each other or from the last update's, or a schedule gave an unusable rate.
        """
        if not isinstance(theta, np.ndarray):
            raise TypeError(f"theta must be a NumPy array, to be changed in place, but it is a {type(theta).__name__}")
        gradient = array_like("gradient", gradient, "theta", float_array("theta", theta))
        if self._work.shape != theta.shape or self._work.dtype != theta.dtype:
            self._start(theta)
        self.apply(theta, gradient, self._work, self.learning_rate)
        self.iterations += 1

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        """Change theta and the state in place; what each optimizer defines."""
        raise NotImplementedError

    def _start(self, theta: Array) -> None:
        if self.iterations:
            raise ValueError(
                f"theta must keep its shape and dtype, {self._work.shape} {self._work.dtype}, "
                f"but it is now {theta.shape} {theta.dtype}: call reset() before training another network"
            )
        self._work = np.empty_like(theta)
        self.state = {name: np.zeros_like(theta) for name in self.state_names}

    def __repr__(self) -> str:
        return f"{type(self).__name__}(learning_rate={self.schedule or format(self._rate, 'g')})"


class Momentum(Optimizer):
    """Gradient descent that keeps part of its last step; see `momentum_step`."""

    state_names = ("m",)

    def __init__(self, learning_rate: float | Schedule = 0.01, *, beta: float = 0.9) -> None:
        super().__init__(learning_rate)
        self.beta = fraction("beta", beta)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        update_kernels.momentum(theta, gradient, self.state["m"], work, learning_rate=learning_rate, beta=self.beta)


class Nesterov(Momentum):
    """Momentum with the gradient taken at the look-ahead point; see `nesterov_step`.

    Example:
        >>> theta, optimizer = np.array([1.0]), Nesterov(learning_rate=0.1)
        >>> for _ in range(200):
        ...     optimizer.update(theta, gradient=optimizer.lookahead(theta))  # the gradient of theta**2 / 2
        >>> bool(abs(theta[0]) < 1e-4)
        True
    """

    def lookahead(self, theta: Array) -> Array:
        return nesterov_lookahead(theta, self.state["m"], beta=self.beta) if self.iterations else theta


class SGD(Nesterov):
    """Stochastic gradient descent with Keras's options.

    Args:
        learning_rate: eta >= 0, or a schedule.
        momentum: beta; 0 is plain gradient descent.
        nesterov: take the gradient at the look-ahead point.
        decay: power scheduling by step, `learning_rate / (1 + decay * step)`, so s = 1 / decay. The slides' option;
            today's Keras has it as the schedule `InverseTimeDecay`.

    Example:
        >>> optimizer = SGD(learning_rate=0.01, decay=1e-4)
        >>> optimizer.iterations = 10_000
        >>> optimizer.learning_rate
        0.005
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        decay: float = 0.0,
    ) -> None:
        if at_least("decay", decay, 0) > 0:
            if callable(learning_rate):
                raise ValueError("decay is itself a schedule: give a number as learning_rate, or leave decay out")
            learning_rate = Power(learning_rate=learning_rate, s=1 / decay)
        super().__init__(learning_rate, beta=fraction("momentum", momentum))
        self.nesterov = nesterov

    def lookahead(self, theta: Array) -> Array:
        return super().lookahead(theta) if self.nesterov else theta

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        if self.beta:
            super().apply(theta, gradient, work, learning_rate)
        else:
            update_kernels.gradient_descent(theta, gradient, work, learning_rate=learning_rate)


class AdaGrad(Optimizer):
    """A rate for each parameter, from the sum of its squared gradients; see `adagrad_step`."""

    state_names = ("s",)

    def __init__(self, learning_rate: float | Schedule = 0.01, *, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.epsilon = above("epsilon", epsilon, 0)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        update_kernels.adagrad(
            theta,
            gradient,
            self.state["s"],
            work,
            learning_rate=learning_rate,
            epsilon=self.epsilon,
            epsilon_inside=True,
        )


class RMSProp(Optimizer):
    """AdaGrad that forgets; see `rmsprop_step`."""

    state_names = ("s",)

    def __init__(self, learning_rate: float | Schedule = 0.001, *, beta: float = 0.9, epsilon: float = 1e-7) -> None:
        super().__init__(learning_rate)
        self.beta = fraction("beta", beta)
        self.epsilon = above("epsilon", epsilon, 0)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        update_kernels.rmsprop(
            theta,
            gradient,
            self.state["s"],
            work,
            learning_rate=learning_rate,
            beta=self.beta,
            epsilon=self.epsilon,
            epsilon_inside=True,
        )


class Adam(Optimizer):
    """Momentum, adaptive learning rate and scaling decay; see `adam_step`.

    Args:
        learning_rate: eta >= 0, or a schedule.
        beta1, beta2: how much of the averages is kept, in [0, 1).
        epsilon: > 0, inside the root. The default's root is 1e-7, what Keras adds outside.
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
        self.beta1 = fraction("beta1", beta1)
        self.beta2 = fraction("beta2", beta2)
        self.epsilon = above("epsilon", epsilon, 0)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        update_kernels.adam(
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


class Nadam(Adam):
    """Adam with the Nesterov trick; see `nadam_step`."""

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        momentum_weight, gradient_weight = nadam_weights(self.iterations + 1, beta1=self.beta1)
        update_kernels.nadam(
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


class AdamW(Adam):
    """Adam with weight decay; see `adamw_step`.

    Args:
        learning_rate, beta1, beta2, epsilon: as in `Adam`.
        weight_decay: lambda >= 0; every update first multiplies theta by `1 - learning_rate * weight_decay`.
        decay_mask: True where to decay, shaped as theta (to spare the biases); None decays all, as Keras and PyTorch
            do.
    """

    def __init__(
        self,
        learning_rate: float | Schedule = 0.001,
        *,
        weight_decay: float = 0.004,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-14,
        decay_mask: Array | None = None,
    ) -> None:
        super().__init__(learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon)
        self.weight_decay = at_least("weight_decay", weight_decay, 0)
        self.decay_mask = None if decay_mask is None else np.asarray(decay_mask, dtype=bool)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        mask = True if self.decay_mask is None else self.decay_mask
        update_kernels.weight_decay(theta, mask, learning_rate=learning_rate, weight_decay=self.weight_decay)
        super().apply(theta, gradient, work, learning_rate)


# The lecture's table, section 3: what each recipe is made of.
INGREDIENTS: dict[type[Optimizer], frozenset[str]] = {
    SGD: frozenset(),
    Momentum: frozenset({"momentum"}),
    Nesterov: frozenset({"momentum", "Nesterov trick"}),
    AdaGrad: frozenset({"adaptive learning rate"}),
    RMSProp: frozenset({"adaptive learning rate", "scaling decay"}),
    Adam: frozenset({"momentum", "adaptive learning rate", "scaling decay"}),
    Nadam: frozenset({"momentum", "Nesterov trick", "adaptive learning rate", "scaling decay"}),
    AdamW: frozenset({"momentum", "adaptive learning rate", "scaling decay", "weight decay"}),
}

BY_NAME: dict[str, Callable[[], Optimizer]] = {
    **{optimizer.__name__.lower(): optimizer for optimizer in INGREDIENTS},
    "nag": Nesterov,
}


def get(optimizer: str | Optimizer) -> Optimizer:
    """Return a new optimizer with default settings by its name, in any case, or the given one.

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("adam")
        Adam(learning_rate=0.001)
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, str) and optimizer.lower() in BY_NAME:
        return BY_NAME[optimizer.lower()]()
    raise ValueError(
        f"unknown optimizer {optimizer!r}: choose one of {', '.join(BY_NAME)}, "
        f"or give one such as Adam(learning_rate=0.001)"
    )
