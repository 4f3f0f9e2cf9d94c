"""Losses of two parameters, to watch optimizers on: each with its value, its gradient and its lowest points."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from machine_room.arguments import Array, above

__all__ = ["Surface", "beale", "bowl", "rosenbrock", "saddle"]


@dataclass(frozen=True)
class Surface:
    """A loss of two parameters.

    Attributes:
        name: what it is called.
        value: from theta, shape (2,) or (2, ...), to the loss there: a number, or an array of the shape (...).
        gradient: from theta to the gradient there, in theta's shape.
        start: where walks on it usually start.
        minima: its lowest points.
        window: what to show of it: low and high of the first parameter, low and high of the second.

    Example:
        >>> surface = bowl(condition=10)
        >>> float(surface.value(np.array([1.0, 1.0]))), surface.gradient(np.array([1.0, 1.0]))
        (5.5, array([ 1., 10.]))
        >>> surface.value(np.zeros((2, 3))).shape
        (3,)
    """

    name: str
    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...]
    window: tuple[float, float, float, float]


def bowl(*, condition: float = 10.0, turned: float = 0.0) -> Surface:
    """Return an elongated bowl: `(x**2 + condition * y**2) / 2`, lowest at (0, 0).

    Args:
        condition: how many times as steep it is along y as along x, > 0. Gradient descent diverges for learning rates
            above `2 / condition` (where condition >= 1).
        turned: degrees by which bowl and start are turned, counterclockwise. Turned, no parameter is steep by itself:
            an adaptive learning rate of each parameter cannot make it round.

    Raises:
        ValueError: condition is out of its range.

    Example:
        >>> float(bowl(condition=10).value(np.array([1.0, 1.0])))
        5.5
        >>> quarter = bowl(condition=10, turned=90)
        >>> float(quarter.value(np.array([1.0, 0.0]))), abs(quarter.gradient(np.array([1.0, 0.0])).round(12))
        (5.0, array([10.,  0.]))

    Source: the lecture, section 3: "loss functions often resemble elongated bowls".
    """
    steepness = above("condition", condition, 0)
    cos, sin = np.cos(np.radians(turned)), np.sin(np.radians(turned))

    def along_axes(theta: Array) -> Array:
        x, y = theta
        return np.stack([cos * x + sin * y, cos * y - sin * x])

    def value(theta: Array) -> Array:
        x, y = along_axes(theta)
        height: Array = (x**2 + steepness * y**2) / 2
        return height

    def gradient(theta: Array) -> Array:
        x, y = along_axes(theta)
        return np.stack([cos * x - sin * steepness * y, sin * x + cos * steepness * y])

    start = (-2.0 * cos - 1.0 * sin, 1.0 * cos - 2.0 * sin)
    return Surface("bowl", value, gradient, start, ((0.0, 0.0),), (-2.4, 2.4, -1.5, 1.5))


def rosenbrock() -> Surface:
    """Return Rosenbrock's bent valley: `(1 - x)**2 + 100 * (y - x**2)**2`, lowest at (1, 1).

    Finding the valley is easy; following its flat, curved floor is not.

    Example:
        >>> float(rosenbrock().value(np.array([1.0, 1.0])))
        0.0

    Source: Rosenbrock 1960.
    """

    def value(theta: Array) -> Array:
        x, y = theta
        height: Array = (1 - x) ** 2 + 100 * (y - x**2) ** 2
        return height

    def gradient(theta: Array) -> Array:
        x, y = theta
        above_floor = y - x**2
        return np.stack([-2 * (1 - x) - 400 * x * above_floor, 200 * above_floor])

    return Surface("Rosenbrock", value, gradient, (-1.2, 1.0), ((1.0, 1.0),), (-1.7, 1.7, -0.7, 1.9))


def beale() -> Surface:
    """Return Beale's surface, a flat basin between steep walls, lowest at (3, 0.5).

    `(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2`

    Example:
        >>> float(beale().value(np.array([3.0, 0.5])))
        0.0

    Source: Beale 1958.
    """

    def terms(theta: Array) -> tuple[Array, Array, Array]:
        x, y = theta
        return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3

    def value(theta: Array) -> Array:
        a, b, c = terms(theta)
        height: Array = a**2 + b**2 + c**2
        return height

    def gradient(theta: Array) -> Array:
        x, y = theta
        a, b, c = terms(theta)
        along_x = 2 * (a * (y - 1) + b * (y**2 - 1) + c * (y**3 - 1))
        along_y = 2 * x * (a + 2 * b * y + 3 * c * y**2)
        return np.stack([along_x, along_y])

    return Surface("Beale", value, gradient, (1.0, 1.4), ((3.0, 0.5),), (-0.4, 4.2, -1.2, 1.9))


def saddle() -> Surface:
    """Return a saddle between two valleys: `x**2 / 2 + (y**2 - 1)**2 / 4`, lowest at (0, 1) and (0, -1).

    At (0, 0) the gradient is 0, yet along y it goes down. The usual start lies almost on the ridge that leads there.

    Example:
        >>> float(saddle().value(np.array([0.0, 1.0])))
        0.0

    Source: the lecture, section 3: saddle points.
    """

    def value(theta: Array) -> Array:
        x, y = theta
        height: Array = x**2 / 2 + (y**2 - 1) ** 2 / 4
        return height

    def gradient(theta: Array) -> Array:
        x, y = theta
        return np.stack([x, y * (y**2 - 1)])

    return Surface("saddle", value, gradient, (-1.6, 0.001), ((0.0, 1.0), (0.0, -1.0)), (-1.9, 1.9, -1.5, 1.5))
