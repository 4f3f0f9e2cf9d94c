"""What every optimizer keeps to: the class that holds the state, and the door that the pure steps come in by.

Every optimizer of this package stands in one place: its formula, once, as a function that works in place; the pure
step, which calls it on copies; and the class, which calls it on the network's own vector. So one class step equals one
pure step to the last bit, and a step of training allocates nothing.

`theta` is the vector of all parameters, `gradient` that of the loss, `m` the momentum, `s` the sum or average of the
squares of gradients, `t` the number of this update, 1 for the first. Functions whose names end in `_in_place` write
into `theta`, `m`, `s` and `work`, which is scratch of theta's shape; arguments are trusted there. In the pure steps
state starts at zero, no argument is changed, and results are new arrays in the dtype of `theta`. The lecture's
conventions are the default; each docstring says where Keras and PyTorch differ.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, array_like, float_array, learning_rate_value

__all__ = ["Optimizer", "Schedule"]

Schedule = Callable[[int], float]


class Optimizer(ABC):
    """Walks downhill on a flat vector, in place. An optimizer defines `apply`, and `lookahead` where it looks ahead.

    Args:
        learning_rate: eta, a number >= 0, or a schedule: a function from the number of updates made so far (0 for the
            first) to a rate.

    Attributes:
        iterations: updates made since the start or the last `reset`.
        state: the vectors named by `state_names`, shaped as theta; empty before the first update.

    Raises:
        ValueError: the learning rate is negative, infinite or NaN.

    Example:
        >>> from machine_room.optimizers import SGD
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
        """Forget all state and whose it was, as before the first update; the learning rate stays."""
        self.iterations = 0
        self.state: dict[str, Array] = {}
        self._work = np.empty(0)
        self._owner: object = None

    def attach(self, owner: object) -> None:
        """Say whose parameters are updated next. *Called by* a network, before each of its steps.

        Args:
            owner: stands for the network: the same object each time.

        Raises:
            ValueError: the state is another network's, and would mix with this one's.
        """
        if self._owner is owner:
            return
        if self._owner is not None and self.iterations:
            raise ValueError(
                f"this {type(self).__name__} holds the state of another network, after {self.iterations} updates: "
                "give each network an optimizer of its own, or call reset() on this one first"
            )
        self._owner = owner

    def lookahead(self, theta: Array) -> Array:
        """Return the point where the next gradient is to be taken: theta itself, but for the Nesterov trick."""
        return theta

    def update(self, theta: Array, gradient: ArrayLike) -> None:
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

    @abstractmethod
    def apply(self, theta: Array, gradient: Array, work: Array, learning_rate: float) -> None:
        """Change theta and the state in place: the formula. `iterations` counts the updates before this one."""

    def settings(self) -> dict[str, Any]:
        """Return every setting by the name it is given by."""
        names = [name for name in inspect.signature(type(self)).parameters if name != "learning_rate"]
        rate = self._rate if self.schedule is None else self.schedule
        return {"learning_rate": rate, **{name: getattr(self, name) for name in names}}

    def _start(self, theta: Array) -> None:
        if self.iterations:
            raise ValueError(
                f"theta must keep its shape and dtype, {self._work.shape} {self._work.dtype}, "
                f"but it is now {theta.shape} {theta.dtype}: call reset() before training another network"
            )
        self._work = np.empty_like(theta)
        self.state = {name: np.zeros_like(theta) for name in self.state_names}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in self.settings().items())})"


def step_arguments(theta: ArrayLike, gradient: ArrayLike) -> tuple[Array, Array]:
    """Return a copy of theta to step in, and the gradient in theta's dtype."""
    theta = float_array("theta", theta).copy()
    return theta, array_like("gradient", gradient, "theta", theta)


def state_argument(name: str, value: ArrayLike, theta: Array) -> Array:
    """Return a copy of a state vector, in theta's dtype."""
    return array_like(name, value, "theta", theta).copy()
