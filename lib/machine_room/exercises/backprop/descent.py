"""The exercise gradient_descent_step: one step downhill."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import optimizers
from machine_room.exercises.backprop.networks import LECTURE_THETA
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.steps import DESCENT, FASTER


def _step_cases(rng: np.random.Generator) -> Iterator[Case]:
    lecture = np.array([-40.0, 16.0, 8.0, 0.0, 0.0, 0.0, 24.0, 0.0, 4.0])
    yield Case("the lecture's step", (LECTURE_THETA, lecture), {"learning_rate": 0.002})
    theta, gradient = rng.uniform(1, 3, size=(2, 3)).round(2) * np.array([1, -1, 1])
    yield Case("three parameters", (theta, gradient), {"learning_rate": round(rng.uniform(0.2, 0.8), 2)})
    theta, gradient = rng.normal(size=(2, 5)).astype(np.float32)
    yield Case("float32", (theta, gradient), {"learning_rate": 0.5})
    theta, gradient = rng.uniform(1, 3, size=(2, 1)).round(2)
    yield Case("one parameter", (theta, gradient), {"learning_rate": round(rng.uniform(0.2, 0.8), 2)})


gradient_descent_step = Exercise(
    reference=optimizers.gradient_descent_step,
    cases=_step_cases,
    withheld=[*DESCENT, *FASTER, "network.Network.train_step"],
)


@gradient_descent_step.also_correct
def step_on_a_copy(theta, gradient, *, learning_rate):
    new = theta.copy()
    new -= learning_rate * gradient
    return new


@gradient_descent_step.also_correct
def step_entry_by_entry(theta, gradient, *, learning_rate):
    return np.array([t - learning_rate * g for t, g in zip(theta, gradient, strict=True)])


@gradient_descent_step.mistake("That goes uphill: the gradient points to where the loss grows. Subtract.")
def step_climbs(theta, gradient, *, learning_rate):
    return theta + learning_rate * gradient


@gradient_descent_step.mistake("The learning rate is missing: multiply the gradient by it.")
def step_without_learning_rate(theta, gradient, *, learning_rate):
    return theta - gradient


@gradient_descent_step.mistake("You use a learning rate of 0.002 whatever the caller asks for. Use the argument.")
def step_with_the_slides_rate(theta, gradient, *, learning_rate):
    return theta - 0.002 * gradient


@gradient_descent_step.mistake(
    "`theta -= ...` changes the caller's own array. Write theta - learning_rate * gradient, which makes a new one."
)
def step_in_place(theta, gradient, *, learning_rate):
    theta -= learning_rate * gradient
    return theta


@gradient_descent_step.mistake(
    "You change the caller's array and return nothing. Return a new vector: return theta - learning_rate * gradient."
)
def step_returns_nothing(theta, gradient, *, learning_rate):
    theta -= learning_rate * gradient


@gradient_descent_step.mistake("That is the step alone. Return where it leads: theta minus the step.")
def step_alone(theta, gradient, *, learning_rate):
    return -learning_rate * gradient


@gradient_descent_step.mistake("That is how much to subtract. Return where the step leads: theta minus it.")
def step_amount(theta, gradient, *, learning_rate):
    return learning_rate * gradient


@gradient_descent_step.mistake("You return theta as it was: the result of the subtraction is never used.")
def step_is_lost(theta, gradient, *, learning_rate):
    new = theta.copy()
    _ = new - learning_rate * gradient
    return new


@gradient_descent_step.mistake("You divide by the learning rate. Multiply: a small rate makes small steps.")
def step_divides(theta, gradient, *, learning_rate):
    return theta - gradient / learning_rate


@gradient_descent_step.mistake("theta and gradient have changed places: it is theta - learning_rate * gradient.")
def step_swaps_the_roles(theta, gradient, *, learning_rate):
    return gradient - learning_rate * theta


@gradient_descent_step.mistake("Brackets: only the gradient is multiplied by the learning rate, not theta.")
def step_scales_theta_too(theta, gradient, *, learning_rate):
    return learning_rate * (theta - gradient)


@gradient_descent_step.mistake(
    "You use only the gradient's signs. A steep slope asks for a larger step: use its values."
)
def step_by_signs(theta, gradient, *, learning_rate):
    return theta - learning_rate * np.sign(gradient)


@gradient_descent_step.mistake("You divide the gradient by its length. The rule uses it as it is.")
def step_of_fixed_length(theta, gradient, *, learning_rate):
    return theta - learning_rate * gradient / np.linalg.norm(gradient)


@gradient_descent_step.mistake(
    "You multiply theta by the gradient. Only the learning rate multiplies it; theta stands alone."
)
def step_multiplies_theta(theta, gradient, *, learning_rate):
    return theta - learning_rate * gradient * theta


@gradient_descent_step.mistake(
    "Brackets: you subtract the learning rate from theta and multiply the rest. Subtract the product: "
    "theta - learning_rate * gradient."
)
def step_subtracts_the_rate(theta, gradient, *, learning_rate):
    return (theta - learning_rate) * gradient


@gradient_descent_step.mistake("The two are the wrong way round: theta minus the step, not the step minus theta.")
def step_minus_theta(theta, gradient, *, learning_rate):
    return learning_rate * gradient - theta
