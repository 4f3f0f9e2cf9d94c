"""The eight optimizers as the pictures run them: the library's kernels on whole sweeps, and the student's functions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.student import Attempts
from machine_room.optimizers.adam import adam_in_place
from machine_room.optimizers.adamw import weight_decay_in_place
from machine_room.optimizers.adaptive import adagrad_in_place, rmsprop_in_place
from machine_room.optimizers.descent import gradient_descent_in_place, momentum_in_place
from machine_room.optimizers.nadam import nadam_in_place, nadam_weights
from machine_room.translation import say

#: The usual settings, the same in every picture.
BETA, BETA1, BETA2, EPSILON, WEIGHT_DECAY = 0.9, 0.9, 0.999, 1e-7, 0.01
#: Beyond this a walk has left every surface; it ends there.
FAR = 1e6

Gradient = Callable[[Array], Array]

_ADAM: dict[str, Any] = {"beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON}
_INSIDE: dict[str, Any] = {"epsilon": EPSILON, "epsilon_inside": True}


class Walker:
    """Where a walk stands: theta, the state of its optimizer, and scratch of theta's shape.

    Args:
        theta: parameters; copied, then changed in place.
        gradient_at: from parameters to the gradient there.
        rate: the learning rate: a number, or one for each column of theta.
    """

    def __init__(self, theta: Array, gradient_at: Gradient, rate: Any) -> None:
        self.theta, self.gradient_at, self.rate = theta.copy(), gradient_at, rate
        self.m, self.s, self.work = np.zeros_like(theta), np.zeros_like(theta), np.empty_like(theta)
        self.t = 0


def _sgd(w: Walker) -> None:
    gradient_descent_in_place(w.theta, w.gradient_at(w.theta), w.work, learning_rate=w.rate)


def _momentum(w: Walker) -> None:
    momentum_in_place(w.theta, w.gradient_at(w.theta), w.m, w.work, learning_rate=w.rate, beta=BETA)


def _nesterov(w: Walker) -> None:
    momentum_in_place(w.theta, w.gradient_at(w.theta + BETA * w.m), w.m, w.work, learning_rate=w.rate, beta=BETA)


def _adagrad(w: Walker) -> None:
    adagrad_in_place(w.theta, w.gradient_at(w.theta), w.s, w.work, learning_rate=w.rate, **_INSIDE)


def _rmsprop(w: Walker) -> None:
    rmsprop_in_place(w.theta, w.gradient_at(w.theta), w.s, w.work, learning_rate=w.rate, beta=BETA, **_INSIDE)


def _adam(w: Walker) -> None:
    gradient = w.gradient_at(w.theta)
    adam_in_place(w.theta, gradient, w.m, w.s, w.t, w.work, learning_rate=w.rate, epsilon_inside=True, **_ADAM)


def _nadam(w: Walker) -> None:
    of_m, of_gradient = nadam_weights(w.t, beta1=BETA1)
    nadam_in_place(
        w.theta, w.gradient_at(w.theta), w.m, w.s, w.t, w.work, learning_rate=w.rate, epsilon_inside=True,
        momentum_weight=of_m, gradient_weight=of_gradient, **_ADAM,
    )  # fmt: skip


def _adamw(w: Walker) -> None:
    gradient = w.gradient_at(w.theta)
    weight_decay_in_place(w.theta, True, learning_rate=w.rate, weight_decay=WEIGHT_DECAY)
    adam_in_place(w.theta, gradient, w.m, w.s, w.t, w.work, learning_rate=w.rate, epsilon_inside=True, **_ADAM)


def _call_momentum(step: Function, w: Walker) -> Any:
    return step(w.theta.copy(), w.gradient_at(w.theta), w.m.copy(), learning_rate=w.rate, beta=BETA)


def _call_nesterov(step: Function, w: Walker) -> Any:
    return step(w.theta.copy(), w.gradient_at, w.m.copy(), learning_rate=w.rate, beta=BETA)


def _call_adagrad(step: Function, w: Walker) -> Any:
    return step(w.theta.copy(), w.gradient_at(w.theta), w.s.copy(), learning_rate=w.rate, epsilon=EPSILON)


def _call_rmsprop(step: Function, w: Walker) -> Any:
    return step(w.theta.copy(), w.gradient_at(w.theta), w.s.copy(), learning_rate=w.rate, beta=BETA, epsilon=EPSILON)


def _call_adam(step: Function, w: Walker) -> Any:
    gradient = w.gradient_at(w.theta)
    return step(w.theta.copy(), gradient, w.m.copy(), w.s.copy(), w.t, learning_rate=w.rate, **_ADAM)


def _call_adamw(step: Function, w: Walker) -> Any:
    gradient, state = w.gradient_at(w.theta), (w.m.copy(), w.s.copy(), w.t)
    return step(w.theta.copy(), gradient, *state, learning_rate=w.rate, weight_decay=WEIGHT_DECAY, **_ADAM)


@dataclass(frozen=True)
class Recipe:
    """One of the lecture's eight optimizers.

    Args:
        name: what the lecture calls it.
        function: the exercise that writes its step; empty for gradient descent, an exercise of section 1.
        returns: what that function returns.
        advance: one step of the library's, in place.
        call: one call of the student's step with what the walker stands at.
        colour, style: of its lines.
    """

    name: str
    function: str
    returns: tuple[str, ...]
    advance: Callable[[Walker], None]
    call: Callable[[Function, Walker], Any]
    colour: str
    style: str = "-"

    def step(self, walker: Walker) -> None:
        """Take one step of the library's."""
        walker.t += 1
        self.advance(walker)

    def step_of_yours(self, walker: Walker, function: Function) -> None:
        """Take one step with the student's function, which may raise anything, or return anything."""
        walker.t += 1
        answer = self.call(function, walker)
        for part, value in zip(self.returns, answer, strict=True):
            array = np.array(value, dtype=float)
            if array.shape != walker.theta.shape:
                raise ValueError(
                    say(
                        "{part} has the shape {shape}, not {shape2}",
                        part=part,
                        shape=array.shape,
                        shape2=walker.theta.shape,
                    )
                )
            setattr(walker, part, array)

    def tried(self, function: Function, walker: Walker, attempts: Attempts) -> bool:
        """Call the student's function once; say whether it gave what was asked for. The note says what it did not."""
        walker.t = 1
        shapes = dict.fromkeys(self.returns, walker.theta.shape)
        found = attempts.call(self.function, lambda: self.call(function, walker), parts=shapes)
        return found is not None


def _nobody(step: Function, w: Walker) -> Any:
    raise LookupError(say("gradient descent is an exercise of section 1"))


RECIPES = (
    Recipe("SGD", "", (), _sgd, _nobody, palette.INK),
    Recipe("Momentum", "momentum_step", ("theta", "m"), _momentum, _call_momentum, palette.BLUE),
    Recipe("NAG", "nesterov_step", ("theta", "m"), _nesterov, _call_nesterov, palette.BLUE, "--"),
    Recipe("AdaGrad", "adagrad_step", ("theta", "s"), _adagrad, _call_adagrad, palette.ORANGE),
    Recipe("RMSProp", "rmsprop_step", ("theta", "s"), _rmsprop, _call_rmsprop, palette.VERMILLION, ":"),
    Recipe("Adam", "adam_step", ("theta", "m", "s"), _adam, _call_adam, palette.GREEN),
    Recipe("Nadam", "nadam_step", ("theta", "m", "s"), _nadam, _call_adam, palette.GREEN, "--"),
    Recipe("AdamW", "adamw_step", ("theta", "m", "s"), _adamw, _call_adamw, palette.SKY, "-."),
)


def walk(recipe: Recipe, gradient_at: Gradient, start: Array, rates: Any, steps: int) -> Array:
    """Return the points of the library's walks, (steps + 1, *start.shape); NaN from where one has gone too far.

    Args:
        recipe: the optimizer.
        gradient_at: the surface's gradient.
        start: (2,), or (2, n) for n walks at once.
        rates: one learning rate, or n of them.
        steps: how many.
    """
    walker = Walker(start, gradient_at, rates)
    points = np.empty((steps + 1, *start.shape))
    points[0] = start
    with np.errstate(all="ignore"):
        for k in range(1, steps + 1):
            recipe.step(walker)
            points[k] = walker.theta
        gone = ~(np.abs(points).max(axis=1, keepdims=True) < FAR)
        return np.where(np.logical_or.accumulate(gone, axis=0), np.nan, points)


def walk_of_yours(
    recipe: Recipe, function: Function, gradient_at: Gradient, start: Array, rate: float, steps: int, attempts: Attempts
) -> Array | None:
    """Return the points of the student's walk as `walk` does, or None and a note where the function does not work."""
    if not recipe.tried(function, Walker(start, gradient_at, rate), attempts):
        return None
    points = np.full((steps + 1, *start.shape), np.nan)
    points[0] = start

    def go() -> Array:
        walker = Walker(start, gradient_at, rate)
        for k in range(1, steps + 1):
            recipe.step_of_yours(walker, function)
            if not np.abs(walker.theta).max() < FAR:
                break
            points[k] = walker.theta
        return points

    found: Array | None = attempts.call(recipe.function, go)
    return found
