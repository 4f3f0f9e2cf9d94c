"""The exercise forward_difference: the slope of every parameter, looking to one side."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import gradients
from machine_room.exercises.backprop.functions import bowl, entangled
from machine_room.exercises.exercise import Case, Exercise


def _forward_cases(rng: np.random.Generator) -> Iterator[Case]:
    steepness = float(rng.integers(2, 6))
    # 0.1 + 0.2 - 0.2 is not 0.1: whoever moves an entry to and fro leaves a trace
    yield Case("two entries, a large step", (bowl(steepness), np.array([0.1, -1.5])), {"epsilon": 0.2})
    tilt = float(rng.integers(2, 6))
    theta = rng.uniform(0.5, 1.5, size=4).round(2)
    yield Case("four entries that depend on each other", (entangled(tilt), theta), {"epsilon": 0.1})
    theta = rng.uniform(0.5, 1.5, size=5).round(2)
    # f is rounded to 16 digits, so with this step the slope has ten
    yield Case("the usual epsilon", (entangled(tilt), theta), rtol=1e-6)
    yield Case("one entry", (entangled(tilt), rng.uniform(0.5, 1.5, size=1).round(2)), {"epsilon": 0.1})


forward_difference = Exercise(
    reference=gradients.forward_difference,
    cases=_forward_cases,
    withheld=["gradients.numerical_gradient", "gradients.gradient_check", "gradients._entrywise"],
)


@forward_difference.also_correct
def one_evaluation_more_per_entry(f, theta, *, epsilon=1e-6):
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        moved = np.array(theta)
        moved[i] = moved[i] + epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient


@forward_difference.also_correct
def rows_of_moved_thetas(f, theta, *, epsilon=1e-6):
    moved = theta + epsilon * np.eye(theta.size)
    return (np.array([f(row) for row in moved]) - f(theta)) / epsilon


@forward_difference.also_correct
def puts_the_old_value_back(f, theta, *, epsilon=1e-6):
    here = f(theta)
    slopes = []
    for i in range(theta.size):
        old = theta[i]
        theta[i] = old + epsilon
        slopes.append((f(theta) - here) / epsilon)
        theta[i] = old
    return np.array(slopes)


@forward_difference.mistake(
    "You look to both sides: that is the central difference, the next exercise. Here compare f(theta) itself with f "
    "after one entry has grown by epsilon."
)
def forward_takes_both_sides(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        above, below = theta.copy(), theta.copy()
        above[i] += epsilon
        below[i] -= epsilon
        gradient[i] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@forward_difference.mistake("You step down by epsilon. Step up: f(theta + epsilon in one place) - f(theta).")
def forward_steps_backward(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] -= epsilon
        gradient[i] = (f(theta) - f(moved)) / epsilon
    return gradient


@forward_difference.mistake("A difference is no slope yet: divide it by epsilon.")
def forward_does_not_divide(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = f(moved) - f(theta)
    return gradient


@forward_difference.mistake("The two points are epsilon apart, not 2 * epsilon: divide by epsilon.")
def forward_divides_by_two_epsilon(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = (f(moved) - f(theta)) / (2 * epsilon)
    return gradient


@forward_difference.mistake("The sign is turned round: the moved value minus the value at theta, not the other way.")
def forward_has_the_wrong_sign(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = (f(theta) - f(moved)) / epsilon
    return gradient


@forward_difference.mistake(
    "theta + epsilon moves all entries at once, so every slope comes out as the sum of all. Move entry i alone: copy "
    "theta, then add epsilon to copy[i]."
)
def forward_moves_all_entries(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        gradient[i] = (f(theta + epsilon) - f(theta)) / epsilon
    return gradient


@forward_difference.mistake(
    "You call f with one number. f needs all of theta: copy it, move entry i of the copy, and call f(copy)."
)
def forward_calls_f_with_one_number(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        gradient[i] = (f(theta[i] + epsilon) - f(theta[i])) / epsilon
    return gradient


@forward_difference.mistake(
    "The entries you moved before are still moved when you come to the next one. Make a fresh copy of theta inside the "
    "loop, for every i."
)
def forward_copies_once(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    moved = theta.copy()
    for i in range(theta.size):
        moved[i] += epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient


@forward_difference.mistake(
    "`moved = theta` makes no copy: both names are the same array, so you move the caller's theta and never put it "
    "back. Write theta.copy()."
)
def forward_moves_the_callers_theta(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    here = f(theta)
    for i in range(theta.size):
        moved = theta
        moved[i] += epsilon
        gradient[i] = (f(moved) - here) / epsilon
    return gradient


@forward_difference.mistake(
    "Adding epsilon and subtracting it again does not give the same number back, because both are rounded: the "
    "caller's theta has changed a little. Work on a copy."
)
def forward_subtracts_epsilon_again(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    here = f(theta)
    for i in range(theta.size):
        theta[i] += epsilon
        gradient[i] = (f(theta) - here) / epsilon
        theta[i] -= epsilon
    return gradient


@forward_difference.mistake(
    "Your gradient is an array of integers, so everything behind the decimal point is lost. Make it with "
    "np.zeros(theta.shape), or np.zeros_like(theta) of a float theta."
)
def forward_fills_integers(f, theta, *, epsilon=1e-6):
    gradient = np.zeros(theta.shape, dtype=int)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient


@forward_difference.mistake("You use 1e-6 whatever the caller asks for. Use the argument epsilon.")
def forward_ignores_epsilon(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += 1e-6
        gradient[i] = (f(moved) - f(theta)) / 1e-6
    return gradient


@forward_difference.mistake(
    "Only the first entry is filled in: `return` stands inside the loop, so the loop ends at once. Move it to the left."
)
def forward_returns_too_early(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
        return gradient


@forward_difference.mistake(
    "theta + epsilon moves all entries at once, and f makes a single number of them. Loop over the entries: copy "
    "theta, add epsilon to copy[i], and put that slope into gradient[i]."
)
def forward_without_a_loop(f, theta, *, epsilon=1e-6):
    return (f(theta + epsilon) - f(theta)) / epsilon


@forward_difference.mistake(
    "f(moved) and f(theta) are the same number: it is theta itself that you moved. `moved = theta` makes no copy, only "
    "a second name. Write theta.copy(), and move that."
)
def forward_compares_theta_with_itself(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta
        moved[i] += epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient


@forward_difference.mistake(
    "Only f(theta) is divided by epsilon. Put brackets around the difference: (f(moved) - f(theta)) / epsilon."
)
def forward_forgets_the_brackets(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = f(moved) - f(theta) / epsilon
    return gradient


@forward_difference.mistake(
    "The last entry stays 0: range(theta.size - 1) ends one too early. range(n) already stops before n."
)
def forward_leaves_out_the_last(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size - 1):
        moved = theta.copy()
        moved[i] += epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient


@forward_difference.mistake(
    "Your moved array holds zeros but for entry i. All other parameters keep their values: start from theta.copy()."
)
def forward_clears_the_others(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = np.zeros_like(theta)
        moved[i] = theta[i] + epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient


@forward_difference.mistake("You multiply the entry by 1 + epsilon. Add epsilon to it, however large it is.")
def forward_moves_by_a_share(f, theta, *, epsilon=1e-6):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        moved = theta.copy()
        moved[i] *= 1 + epsilon
        gradient[i] = (f(moved) - f(theta)) / epsilon
    return gradient
