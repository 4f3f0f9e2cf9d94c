"""The exercise scheduled_descent: a loop that is wrong in three places, to be mended.

The notebook gives `all_three_are_left` as `broken_descent`. A test holds the two together.
"""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from machine_room.exercises.exercise import Case, Exercise
from machine_room.optimizers.scheduled import scheduled_descent as reference
from machine_room.translation import sentence


def _bowl(steepness: list[float]) -> Callable[[Any], Any]:
    """Return a gradient named by its own source, so that the call in a message can be copied into a cell."""
    slopes = np.array(steepness)

    def gradient(theta: Any) -> Any:
        return slopes * theta

    gradient.__name__ = f"lambda theta: np.array({steepness}) * theta"
    return gradient


def _cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from (_case(rng, entries, steps) for entries, steps in ((1, 3), (2, 4), (3, 6)))


def _case(rng: np.random.Generator, entries: int, steps: int) -> Case:
    """One walk: steep enough for every step to be seen, and a rate that falls neither at once nor too late."""
    start = (rng.uniform(2, 6, entries) * rng.choice([-1, 1], entries)).round(1)
    steepness = rng.uniform(0.6, 1.6, entries).round(1).tolist()
    settings = {"learning_rate": round(float(rng.uniform(0.3, 0.5)), 2), "s": int(rng.integers(2, 5)), "steps": steps}
    words = sentence("{count} parameters, {steps} steps", count=entries, steps=steps)
    if entries == 1:
        words = sentence("one parameter, {steps} steps", steps=steps)
    return Case(words, (start, _bowl(steepness)), settings, max_calls=steps)


scheduled_descent = Exercise(reference=reference, cases=_cases)


@scheduled_descent.also_correct
def with_a_new_array_each_step(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta - rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.also_correct
def with_copies_and_a_recurrence(theta, gradient, *, learning_rate, s, steps):
    theta = theta.copy()
    path = [theta.copy()]
    for _ in range(steps):
        theta -= learning_rate * gradient(theta)
        learning_rate *= 0.1 ** (1 / s)
        path.append(theta.copy())
    return np.array(path)


@scheduled_descent.also_correct
def into_a_table(theta, gradient, *, learning_rate, s, steps):
    path = np.empty((steps + 1, len(theta)))
    path[0] = theta
    for t in range(1, steps + 1):
        path[t] = path[t - 1] - learning_rate * 10 ** (-(t - 1) / s) * gradient(path[t - 1])
    return path


@scheduled_descent.mistake(
    "All three mistakes are still there. Begin with the path: why are all its rows the same, and what has become of "
    "the array that you handed in?"
)
def all_three_are_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(1, steps + 1):
        learning_rate = learning_rate * 0.1 ** (t / s)
        theta -= learning_rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "One is mended, two are left. The first step has not the rate that it should have: which number is t there? And "
    "look at how the rate goes on from step to step: is it a formula or a recurrence?"
)
def time_and_rate_are_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(1, steps + 1):
        learning_rate = learning_rate * 0.1 ** (t / s)
        theta = theta - learning_rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "One is mended, two are left. All rows of the path are the same, and so is the caller's theta: how many arrays are "
    "there? And the rate falls too fast: is it a formula or a recurrence?"
)
def array_and_rate_are_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        learning_rate = learning_rate * 0.1 ** (t / s)
        theta -= learning_rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "One is mended, two are left. All rows of the path are the same, and so is the caller's theta: how many arrays are "
    "there? And which number is t in the first step?"
)
def array_and_time_are_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(1, steps + 1):
        rate = learning_rate * 0.1 ** (t / s)
        theta -= rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "Two are mended, one is left: the first step should have `learning_rate` itself. Schedules count from 0: and yours?"
)
def time_is_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(1, steps + 1):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta - rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "Two are mended, one is left: the rate falls too fast. You multiply the last rate by a factor that is meant for "
    "the first one: a formula, or a recurrence, never both."
)
def rate_is_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        learning_rate = learning_rate * 0.1 ** (t / s)
        theta = theta - learning_rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "Two are mended, one is left: all rows of the path are the same. `-=` changes the one array that there is, the "
    "caller's, and every entry of the list is that array."
)
def array_is_left(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta -= rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "The caller's theta is safe now, but the rows of the path are still all the same: each entry of the list is the "
    "one array that `-=` goes on changing."
)
def only_the_start_is_copied(theta, gradient, *, learning_rate, s, steps):
    theta = theta.copy()
    path = [theta]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta -= rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "The first row of the path is where the walk ends: it is the very array that `-=` changes, and it is the "
    "caller's. The other rows are copies, the first is not."
)
def all_but_the_start_are_copied(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta -= rate * gradient(theta)
        path.append(theta.copy())
    return np.array(path)


@scheduled_descent.mistake(
    "The path is right, but the caller's theta is changed: `-=` writes into the array that was handed in. Make a new "
    "one in each step, or copy it first."
)
def callers_theta_is_changed(theta, gradient, *, learning_rate, s, steps):
    path = [theta.copy()]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta -= rate * gradient(theta)
        path.append(theta.copy())
    return np.array(path)


@scheduled_descent.mistake("The rate does not fall any more. Every step t has its own: learning_rate * 0.1 ** (t / s).")
def rate_stays(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for _ in range(steps):
        theta = theta - learning_rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake("A step is missing at the end: the path has the start and `steps` places more.")
def last_step_is_missing(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps - 1):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta - rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake("There is a step too many: t goes from 0 to steps - 1, which range(steps) does.")
def one_step_too_many(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps + 1):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta - rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake("The start is missing: the first row of the path is theta as it was handed in.")
def start_is_missing(theta, gradient, *, learning_rate, s, steps):
    path = []
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta - rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake("Return the whole path, a row for each place, and not its end alone.")
def only_the_end(theta, gradient, *, learning_rate, s, steps):
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta - rate * gradient(theta)
    return theta


@scheduled_descent.mistake("That goes uphill. This sign was right: theta minus rate times gradient.")
def uphill(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t / s)
        theta = theta + rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake("t // s rounds down, so that the rate stays for s steps. This schedule falls in every step.")
def falls_in_stairs(theta, gradient, *, learning_rate, s, steps):
    path = [theta]
    for t in range(steps):
        rate = learning_rate * 0.1 ** (t // s)
        theta = theta - rate * gradient(theta)
        path.append(theta)
    return np.array(path)


@scheduled_descent.mistake(
    "You take the slope of the start in every step. The slope belongs to the place where the ball is: gradient(theta)."
)
def slope_of_the_start(theta, gradient, *, learning_rate, s, steps):
    path, slope = [theta], gradient(theta)
    for t in range(steps):
        theta = theta - learning_rate * 0.1 ** (t / s) * slope
        path.append(theta)
    return np.array(path)
