"""Early stopping around gradient descent: the best parameters met, kept safe while the walk goes on."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from machine_room import stopping
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.regularization.curves import WITHHELD


def _bowl(centre: Any, slopes: Any) -> Callable[[Any], Any]:
    def gradient(theta: Any) -> Any:
        return slopes * (theta - centre)

    return gradient


def _distance(wanted: Any) -> Callable[[Any], float]:
    def validation_loss(theta: Any) -> float:
        return float(((theta - wanted) ** 2).sum())

    return validation_loss


def _recorded(start: float, factor: float, losses: list[float]) -> Callable[[Any], float]:
    """A loss that takes the given values at start, start * factor, start * factor**2, ..."""

    def validation_loss(theta: Any) -> float:
        steps = np.log(np.maximum(np.abs(theta[0]), 1e-300) / start) / np.log(factor)
        return float(np.interp(steps, range(len(losses)), losses))

    return validation_loss


def _blown_up_below(edge: float) -> Callable[[Any], float]:
    """A loss that falls with theta and is NaN once theta is below the edge."""

    def validation_loss(theta: Any) -> float:
        return float(theta[0]) if theta[0] > edge else float("nan")

    return validation_loss


BUMPS = [5.0, 4.0, 4.5, 3.0, 3.5, 2.5, 2.75, 3.0, 2.0, 2.5, 2.75, 3.0, 2.5, 1.0]


def draw_cases(rng: np.random.Generator) -> Iterator[Case]:
    towards_zero = _bowl(np.array([0.0]), np.array([2.0]))
    given = {"learning_rate": 0.125, "patience": 2, "max_steps": 30}
    yield Case("past the best and on", (np.array([4.0]), towards_zero, _distance(np.array([1.3]))), given)
    start = rng.normal(size=3) + np.array([4.0, -3.0, 2.0])
    bowl = _bowl(rng.normal(size=3), np.array([1.0, 2.0, 3.0]))
    wanted = start * 0.4
    settings = {"learning_rate": round(float(rng.uniform(0.06, 0.1)), 3), "patience": 3, "max_steps": 40}
    yield Case("three parameters", (start, bowl, _distance(wanted)), settings)
    yield Case("max_steps come first", (start, bowl, _distance(wanted)), {**settings, "max_steps": 2})
    yield Case("only worse from the start", (start, bowl, _distance(start)), settings)
    high = round(float(rng.uniform(6, 9)), 2)
    bumpy = _recorded(high, 0.75, [loss + round(float(rng.uniform(0, 0.1)), 3) for loss in BUMPS])
    yield Case("a loss that rises now and then", (np.array([high]), towards_zero, bumpy), {**given, "patience": 3})
    yield Case("the same, with less patience", (np.array([high]), towards_zero, bumpy), given)
    yield Case("falls again, but not below the best", (np.array([high]), towards_zero, bumpy), {**given, "patience": 4})
    flat = _recorded(high, 0.75, [5.0, *[4.0] * 20])
    yield Case("the same loss again", (np.array([high]), towards_zero, flat), {**given, "patience": 3})
    yield Case("NaN in the end", (np.array([4.0]), towards_zero, _blown_up_below(1.3)), {**given, "patience": 3})


descend_with_early_stopping = Exercise(
    reference=stopping.descend_with_early_stopping,
    cases=draw_cases,
    withheld=WITHHELD,
    returns=("theta", "steps"),
)


@descend_with_early_stopping.mistake(
    "Return the *best* parameters you met. Yours are the last ones: either you return theta itself, or best is only a "
    "second name for it, which `theta -= ...` changes as well. Write theta = theta - ..., or keep a copy."
)
def returns_the_last(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    lowest, wait, steps = validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        lowest, wait = (loss, 0) if loss < lowest else (lowest, wait + 1)
    return theta, steps


@descend_with_early_stopping.mistake(
    "best = theta is only a second name for the same array, and `theta -= ...` goes on changing it. "
    "Keep a copy: best = theta.copy()."
)
def keeps_a_reference(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    theta = theta.copy()
    best, lowest, wait, steps = theta.copy(), validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta -= learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake(
    "`theta -= ...` changes the caller's array. Start with a copy, or write theta = theta - ..."
)
def changes_the_start(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta.copy(), validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta -= learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta.copy(), loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake(
    "The first theta counts too: the best loss starts at validation_loss(theta), not at infinity. Where every step "
    "makes it worse, the start is what you return."
)
def forgets_the_start(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, float("inf"), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake("Stop when wait reaches patience: yours takes one step more.")
def one_step_late(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait <= patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake(
    "One worse step is no reason to stop: go on until `patience` steps in a row are not better."
)
def impatient(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, steps = theta, validation_loss(theta), 0
    while steps < max_steps:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss >= lowest:
            break
        best, lowest = theta, loss
    return best, steps


@descend_with_early_stopping.mistake("After a better step start counting again: wait = 0.")
def never_counts_again(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest = theta, loss
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake("Walk downhill: theta minus learning_rate times the gradient.")
def uphill(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta + learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake(
    "Go on from where you are, not from the best point: nothing is restored before the end."
)
def goes_back_each_time(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = best - learning_rate * gradient(best)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake("Your walk never stops early: leave the loop when wait reaches patience.")
def never_stops(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest = theta, validation_loss(theta)
    for _ in range(max_steps):
        theta = theta - learning_rate * gradient(theta)
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest = theta, loss
    return best, max_steps


@descend_with_early_stopping.mistake("max_steps is a limit of its own: stop there even if the loss still falls.")
def ignores_max_steps(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while wait < patience and steps < 200:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake(
    "best = theta is only a second name for the same array, and `theta -= ...` changes it, and the caller's too. "
    "Write theta = theta - ..., or copy both."
)
def one_array_under_three_names(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta -= learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake("range counts from 0: after the step with the number 0, one step has been made.")
def number_of_the_last_step(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait = theta, validation_loss(theta), 0
    for step in range(max_steps):  # noqa: B007
        theta = theta - learning_rate * gradient(theta)
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
        if wait >= patience:
            break
    return best, step


@descend_with_early_stopping.mistake(
    "Compare with the best loss so far, not with that of the step before: a loss that falls again may still be worse."
)
def compares_with_the_last(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, last, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < last:
            best, wait = theta, 0
        else:
            wait += 1
        last = loss
    return best, steps


@descend_with_early_stopping.mistake("The same loss again is not better: loss < best, without an equals sign.")
def equal_is_better(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss <= lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, steps


@descend_with_early_stopping.mistake(
    "NaN counts as better in your function. Every comparison with NaN is False: ask whether the step is better "
    "(loss < best), not whether it is worse."
)
def nan_is_better(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss >= lowest:
            wait += 1
        else:
            best, lowest, wait = theta, loss, 0
    return best, steps


@descend_with_early_stopping.mistake("Count every step that was made: yours is the number of the best one.")
def steps_to_the_best(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps, best_step = theta, validation_loss(theta), 0, 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait, best_step = theta, loss, 0, steps
        else:
            wait += 1
    return best, best_step


@descend_with_early_stopping.mistake("Return the best theta first, then the number of steps.")
def results_swapped(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return steps, best


@descend_with_early_stopping.mistake("The second result is the number of steps made, not the best loss.")
def loss_for_steps(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait, steps = theta, validation_loss(theta), 0, 0
    while steps < max_steps and wait < patience:
        theta = theta - learning_rate * gradient(theta)
        steps += 1
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
    return best, lowest


@descend_with_early_stopping.mistake(
    "range counts from 0: when patience runs out in the step with the number 4, five steps have been made."
)
def one_step_short_when_patience_ends(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait = theta, validation_loss(theta), 0
    for step in range(max_steps):
        theta = theta - learning_rate * gradient(theta)
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
            if wait >= patience:
                return best, step
    return best, max_steps


@descend_with_early_stopping.mistake("Step first, then look: in yours nobody looks at the theta of the last step.")
def last_step_not_looked_at(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    best, lowest, wait = theta, float("inf"), 0
    for step in range(max_steps):
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, wait = theta, loss, 0
        else:
            wait += 1
            if wait >= patience:
                return best, step
        theta = theta - learning_rate * gradient(theta)
    return best, max_steps


@descend_with_early_stopping.also_correct
def with_a_for_loop(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    theta = theta.copy()
    best, lowest, best_step = theta.copy(), validation_loss(theta), 0
    for step in range(1, max_steps + 1):
        theta -= learning_rate * gradient(theta)
        loss = validation_loss(theta)
        if loss < lowest:
            best, lowest, best_step = theta.copy(), loss, step
        if step - best_step >= patience:
            break
    return best, step


@descend_with_early_stopping.also_correct
def with_a_record_of_all(theta, gradient, validation_loss, *, learning_rate, patience, max_steps):
    walk, losses = [theta], [validation_loss(theta)]
    while len(walk) - 1 < max_steps and len(walk) - 1 - int(np.nanargmin(losses)) < patience:
        walk.append(walk[-1] - learning_rate * gradient(walk[-1]))
        losses.append(validation_loss(walk[-1]))
    return walk[int(np.nanargmin(losses))], len(walk) - 1
