"""Weight decay, and AdamW: Adam from decayed parameters. Letters and epsilon are those of `adam`."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, array_like, at_least, float_array, learning_rate_value
from machine_room.optimizers.adam import adam_in_place, adam_step
from machine_room.optimizers.moments import moment_settings
from machine_room.optimizers.optimizer import Optimizer, Schedule

__all__ = ["AdamW", "adamw_step", "weight_decay_step"]


def weight_decay_in_place(theta: Array, mask: Array | bool, *, learning_rate: float, weight_decay: float) -> None:
    # theta = theta * (1 - eta * lambda), where the mask is True
    np.multiply(theta, 1 - learning_rate * weight_decay, out=theta, where=mask)


def weight_decay_step(
    theta: ArrayLike, *, learning_rate: float, weight_decay: float, mask: ArrayLike | None = None
) -> Array:
    """Multiply all parameters by a factor a little under 1: `theta * (1 - learning_rate * weight_decay)`.

    Args:
        theta: parameters, floats, any shape.
        learning_rate: eta >= 0.
        weight_decay: lambda >= 0.
        mask: True where to decay, shaped as theta (to spare the biases); None decays all.

    Returns:
        The new theta, a new array.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: the shapes differ, or a setting is out of its range.

    Example:
        >>> weight_decay_step(np.array([1.0, 2.0]), learning_rate=0.5, weight_decay=0.5)
        array([0.75, 1.5 ])

    Source: the lecture, section 3. Keras and PyTorch also multiply by the learning rate and decay all by default; the
    paper
    (Loshchilov and Hutter 2019) multiplies by the schedule only, so its lambda is our `learning_rate * weight_decay`.
    """
    theta = float_array("theta", theta).copy()
    kept = True if mask is None else array_like("mask", mask, "theta", theta).astype(bool)
    rate = learning_rate_value(learning_rate)
    weight_decay_in_place(theta, kept, learning_rate=rate, weight_decay=at_least("weight_decay", weight_decay, 0))
    return theta


def adamw_step(
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
    weight_decay: float,
    epsilon_inside: bool = True,
    decay_mask: ArrayLike | None = None,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam from decayed parameters: `weight_decay_step`, then `adam_step`.

    The decay acts on theta itself and never enters m and s, which is what tells it from an L2 penalty.

    Args:
        theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon, epsilon_inside: as in `adam_step`.
        weight_decay: lambda >= 0; theta is multiplied by `1 - learning_rate * weight_decay`.
        decay_mask: True where to decay, shaped as theta (to spare the biases); None decays all, as Keras and PyTorch
            do.

    Returns:
        The new theta, m and s.

    Example:
        >>> zero = np.zeros(1)
        >>> theta, m, s = adamw_step(
        ...     np.ones(1), np.full(1, 4.0), zero, zero, 1,
        ...     learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=9.0, weight_decay=0.5,
        ... )
        >>> theta
        array([0.35])

    Source: Loshchilov and Hutter 2019, Algorithm 2, with lambda multiplied by the learning rate, as in Keras and
    PyTorch.
    """
    decayed = weight_decay_step(theta, learning_rate=learning_rate, weight_decay=weight_decay, mask=decay_mask)
    return adam_step(
        decayed,
        gradient,
        m,
        s,
        t,
        learning_rate=learning_rate,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        epsilon_inside=epsilon_inside,
    )


class AdamW(Optimizer):
    """Adam with weight decay; see `adamw_step`.

    Args:
        learning_rate, beta1, beta2, epsilon: as in `Adam`.
        weight_decay: lambda >= 0; every update first multiplies theta by `1 - learning_rate * weight_decay`.
        decay_mask: True where to decay, shaped as theta (to spare the biases); None decays all, as Keras and PyTorch
            do.

    Raises:
        ValueError: a setting is out of its range.

    Example:
        >>> theta, optimizer = np.array([1.0]), AdamW(0.1, weight_decay=1.0)
        >>> optimizer.update(theta, gradient=np.array([2.0]))
        >>> theta.round(4)
        array([0.8])

    Source: Loshchilov and Hutter 2019; the lecture, section 3.
    """

    state_names = ("m", "s")

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
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon = moment_settings(beta1, beta2, epsilon)
        self.weight_decay = at_least("weight_decay", weight_decay, 0)
        self.decay_mask = None if decay_mask is None else np.asarray(decay_mask, dtype=bool)

    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        mask = True if self.decay_mask is None else self.decay_mask
        weight_decay_in_place(theta, mask, learning_rate=learning_rate, weight_decay=self.weight_decay)
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

    def settings(self) -> dict[str, Any]:
        # A mask has an entry for every parameter of a network.
        mask = self.decay_mask
        return {**super().settings(), "decay_mask": mask if mask is None else f"<{mask.sum()} of {mask.size} decay>"}
