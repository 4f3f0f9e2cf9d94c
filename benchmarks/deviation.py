"""How far a path of ours is from an oracle's, and our steps in the oracles' conventions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from machine_room import optimizers, schedules
from machine_room.arguments import Array

__all__ = [
    "TOLERANCE",
    "Deviation",
    "Step",
    "descend",
    "difference",
    "momentum",
    "path",
    "plateau_rates",
    "with_moments",
    "with_squares",
]

TOLERANCE = 1e-10


@dataclass(frozen=True)
class Deviation:
    """The largest absolute difference from an oracle, and what makes the two conventions one."""

    part: str
    name: str
    oracle: str
    deviation: float
    convention: str = "the same"
    tolerance: float = TOLERANCE

    @property
    def agrees(self) -> bool:
        return self.deviation <= self.tolerance  # False for NaN

    def __str__(self) -> str:
        mark = "ok " if self.agrees else "FAR"
        return f"{mark} {self.part:<14} {self.name:<28} {self.oracle:<16} {self.deviation:8.1e}  {self.convention}"


def difference(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Return the largest absolute difference; infinite where shapes differ."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    return float(np.abs(ours - theirs).max()) if ours.shape == theirs.shape else float("inf")


Step = Callable[[Array, Array, dict[str, Array], int], Array]


def path(step: Step, theta: ArrayLike, gradients: ArrayLike, *, s: float = 0.0) -> Array:
    """Return theta after each step along the given gradients; the state is a dict with m = 0 and s."""
    theta = np.array(theta, float)
    state = {"m": np.zeros_like(theta), "s": np.full_like(theta, s)}
    points = []
    for t, gradient in enumerate(np.asarray(gradients, float), start=1):
        state["theta"] = theta = step(state.get("theta", theta), gradient, state, t)
        points.append(state.pop("seen", theta))
    return np.array(points)


def descend(learning_rate: float) -> Step:
    return lambda theta, gradient, state, t: optimizers.gradient_descent_step(
        theta, gradient, learning_rate=learning_rate
    )


def momentum(learning_rate: float, beta: float, *, seen_ahead: bool = False) -> Step:
    """Momentum; with seen_ahead the point that is compared is the look-ahead point, which Keras and PyTorch store."""

    def step(theta: Array, gradient: Array, state: dict[str, Array], t: int) -> Array:
        theta, state["m"] = optimizers.momentum_step(
            theta, gradient, state["m"], learning_rate=learning_rate, beta=beta
        )
        if seen_ahead:
            state["seen"] = optimizers.nesterov_lookahead(theta, state["m"], beta=beta)
        return theta

    return step


def with_squares(function: Callable[..., tuple[Array, Array]], **settings: Any) -> Step:
    """AdaGrad and RMSProp."""

    def step(theta: Array, gradient: Array, state: dict[str, Array], t: int) -> Array:
        theta, state["s"] = function(theta, gradient, state["s"], **settings)
        return theta

    return step


def with_moments(
    function: Callable[..., tuple[Array, Array, Array]], *, epsilon_hat: float | None = None, **settings: Any
) -> Step:
    """Adam and its relatives; epsilon_hat is Keras's, added to the root of the uncorrected s."""

    def step(theta: Array, gradient: Array, state: dict[str, Array], t: int) -> Array:
        if epsilon_hat is not None:
            settings.update(epsilon=epsilon_hat / np.sqrt(1 - settings["beta2"] ** t), epsilon_inside=False)
        theta, state["m"], state["s"] = function(theta, gradient, state["m"], state["s"], t, **settings)
        return theta

    return step


def plateau_rates(metrics: list[float], **settings: Any) -> list[float]:
    """Return the rate after each epoch, from 1 at the start."""
    state, rates = schedules.plateau_start(1.0), []
    for metric in metrics:
        state = schedules.plateau_step(state, metric, **settings)
        rates.append(state["learning_rate"])
    return rates
