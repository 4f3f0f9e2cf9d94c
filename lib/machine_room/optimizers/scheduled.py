"""Gradient descent with a schedule, written out as a loop: the path that it takes."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, count, float_array
from machine_room.schedules import exponential_schedule

__all__ = ["scheduled_descent"]


def scheduled_descent(
    theta: ArrayLike, gradient: Callable[[Array], ArrayLike], *, learning_rate: float, s: float, steps: int
) -> Array:
    """Walk downhill with exponential scheduling, and return every place on the way.

    Step number t, from 0 on: `theta = theta - learning_rate * 0.1**(t / s) * gradient(theta)`.

    Args:
        theta: where to start, floats, (n,); not changed.
        gradient: of the loss, shaped as theta; called once a step.
        learning_rate: eta0 >= 0, the rate of the first step.
        s: steps to a tenth of the rate, > 0.
        steps: >= 1.

    Returns:
        The path, (steps + 1, n): a row for each place, the start first.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: a setting is out of its range.

    Example:
        >>> scheduled_descent(np.array([8.0]), lambda theta: theta, learning_rate=0.5, s=1, steps=2)
        array([[8. ],
               [4. ],
               [3.8]])

    Source: the lecture, section 4.
    """
    path = [float_array("theta", theta).copy()]
    for t in range(count("steps", steps, 1)):
        rate = exponential_schedule(t, learning_rate=learning_rate, s=s)
        path.append(path[-1] - rate * np.asarray(gradient(path[-1].copy())))
    return np.array(path)
