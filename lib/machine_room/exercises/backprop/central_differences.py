"""The exercise numerical_gradient: the slope of every parameter, looking to both sides."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import gradients
from machine_room.exercises.backprop.functions import entangled, of_a_matrix
from machine_room.exercises.exercise import Case, Exercise


def _central_cases(rng: np.random.Generator) -> Iterator[Case]:
    tilt = float(rng.integers(2, 6))
    yield Case("two entries, a large step", (entangled(tilt), np.array([0.1, 1.5])), {"epsilon": 0.2})
    theta = rng.uniform(0.5, 1.5, size=4).round(2)
    yield Case("four entries that depend on each other", (entangled(tilt), theta), {"epsilon": 0.5})
    theta = rng.uniform(0.5, 1.5, size=(2, 3)).round(2)
    yield Case("a matrix", (entangled(tilt), theta), {"epsilon": 0.25})
    theta = rng.uniform(0.5, 1.5, size=(3, 2)).round(2)
    yield Case("a matrix, the usual epsilon", (entangled(tilt), theta), rtol=1e-6)
    theta = rng.uniform(0.5, 1.5, size=(2, 3)).round(2)
    yield Case("a function that needs the matrix's shape", (of_a_matrix(tilt), theta), {"epsilon": 0.125})
    theta = rng.uniform(0.5, 1.5, size=(1, 3)).round(2)
    yield Case("a matrix of one row", (entangled(tilt), theta), {"epsilon": 0.5})


numerical_gradient = Exercise(
    reference=gradients.numerical_gradient,
    cases=_central_cases,
    withheld=["gradients.forward_difference", "gradients.gradient_check", "gradients._entrywise"],
)


@numerical_gradient.also_correct
def through_a_flat_view(f, theta, *, epsilon=1e-5):
    flat = theta.astype(float).ravel()
    slopes = []
    for i in range(flat.size):
        step = np.zeros(flat.size)
        step[i] = epsilon
        above = f((flat + step).reshape(theta.shape))
        below = f((flat - step).reshape(theta.shape))
        slopes.append(0.5 * (above - below) / epsilon)
    return np.reshape(slopes, theta.shape)


@numerical_gradient.also_correct
def mean_of_both_one_sided_slopes(f, theta, *, epsilon=1e-5):
    gradient = np.empty(theta.shape)
    for index, value in np.ndenumerate(theta):
        moved = theta.copy()
        moved[index] = value + epsilon
        above = f(moved)
        moved[index] = value - epsilon
        gradient[index] = (above - f(moved)) / (2.0 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "That is the forward difference: it looks to one side only. Take f with the entry moved up minus f with it moved "
    "down, and divide by 2 * epsilon."
)
def central_looks_to_one_side(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above = theta.copy()
        above[index] += epsilon
        gradient[index] = (f(above) - f(theta)) / epsilon
    return gradient


@numerical_gradient.mistake(
    "All slopes are twice too large: the two points are 2 * epsilon apart, so divide by 2 * epsilon."
)
def central_divides_by_epsilon(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / epsilon
    return gradient


@numerical_gradient.mistake(
    "`/ 2 * epsilon` divides by 2 and then multiplies by epsilon. Put brackets around it: / (2 * epsilon)."
)
def central_lacks_brackets(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / 2 * epsilon
    return gradient


@numerical_gradient.mistake("The sign is turned round: moved up minus moved down, not the other way.")
def central_has_the_wrong_sign(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(below) - f(above)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "All entries move at once, so every slope comes out as the sum of all. Move one entry of a copy: "
    "above[index] += epsilon."
)
def central_moves_all_entries(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        gradient[index] = (f(theta + epsilon) - f(theta - epsilon)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "You call f with one number. f needs all of theta: copy it, move one entry of the copy, and call f(copy)."
)
def central_calls_f_with_one_number(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        gradient[index] = (f(theta[index] + epsilon) - f(theta[index] - epsilon)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "The entries you moved before are still moved when you come to the next one. Make fresh copies of theta inside "
    "the loop, for every index."
)
def central_copies_once(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    above, below = theta.copy(), theta.copy()
    for index in np.ndindex(theta.shape):
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "`above = theta` makes no copy: above, below and theta are one array, so f gives the same number twice and the "
    "difference is 0. Write theta.copy(), twice."
)
def central_compares_theta_with_itself(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above = theta
        below = theta
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "Moving an entry to and fro in theta itself does not give the same number back, because every step is rounded: "
    "the caller's theta has changed a little. Work on copies."
)
def central_moves_theta_to_and_fro(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        theta[index] += epsilon
        above = f(theta)
        theta[index] -= 2 * epsilon
        below = f(theta)
        theta[index] += epsilon
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "In a matrix, theta[i] is a whole row, so you move a row at a time. Loop with "
    "`for index in np.ndindex(theta.shape)`, which visits every entry."
)
def central_moves_whole_rows(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for i in range(len(theta)):
        above, below = theta.copy(), theta.copy()
        above[i] += epsilon
        below[i] -= epsilon
        gradient[i] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "The numbers are right, but a matrix comes back as a flat list of slopes. Return them in the shape of theta: "
    ".reshape(theta.shape)."
)
def central_stays_flat(f, theta, *, epsilon=1e-5):
    slopes = []
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        slopes.append((f(above) - f(below)) / (2 * epsilon))
    return np.array(slopes)


@numerical_gradient.mistake(
    "theta.size counts all entries of a matrix, but theta[i] counts rows, so the loop runs past the end. Loop with "
    "`for index in np.ndindex(theta.shape)`."
)
def central_counts_past_the_rows(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for i in range(theta.size):
        above, below = theta.copy(), theta.copy()
        above[i] += epsilon
        below[i] -= epsilon
        gradient[i] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "Your gradient is an array of integers, so everything behind the decimal point is lost. Make it with "
    "np.zeros(theta.shape)."
)
def central_fills_integers(f, theta, *, epsilon=1e-5):
    gradient = np.zeros(theta.shape, dtype=int)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake("You use 1e-5 whatever the caller asks for. Use the argument epsilon.")
def central_ignores_epsilon(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += 1e-5
        below[index] -= 1e-5
        gradient[index] = (f(above) - f(below)) / (2 * 1e-5)
    return gradient


@numerical_gradient.mistake(
    "1e-15 is so small that rounding drowns the difference. Use the argument epsilon; near 1e-5 the error is least."
)
def central_takes_a_tiny_epsilon(f, theta, *, epsilon=1e-5):
    epsilon = 1e-15
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "Only the first entry is filled in: `return` stands inside the loop, so the loop ends at once. Move it to the left."
)
def central_returns_too_early(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = (f(above) - f(below)) / (2 * epsilon)
        return gradient


@numerical_gradient.mistake(
    "A matrix comes back with one slope per row, because theta[i] is a whole row. Make the gradient with "
    "np.zeros(theta.shape), and loop with `for index in np.ndindex(theta.shape)`."
)
def central_gives_a_slope_per_row(f, theta, *, epsilon=1e-5):
    gradient = np.zeros(len(theta))
    for i in range(len(theta)):
        above, below = theta.copy(), theta.copy()
        above[i] += epsilon
        below[i] -= epsilon
        gradient[i] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "theta + epsilon moves all entries at once, and f makes a single number of them. Loop over the entries, and move "
    "one of a copy each time."
)
def central_without_a_loop(f, theta, *, epsilon=1e-5):
    return (f(theta + epsilon) - f(theta - epsilon)) / (2 * epsilon)


@numerical_gradient.mistake(
    "Only the second value is divided. Put brackets around the difference: (f(above) - f(below)) / (2 * epsilon)."
)
def central_divides_one_value(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon
        below[index] -= epsilon
        gradient[index] = f(above) - f(below) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "You move the entry by epsilon / 2. Move it by epsilon each way, and divide by 2 * epsilon."
)
def central_moves_by_half(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        above, below = theta.copy(), theta.copy()
        above[index] += epsilon / 2
        below[index] -= epsilon / 2
        gradient[index] = (f(above) - f(below)) / epsilon
    return gradient


@numerical_gradient.mistake(
    "Yours looks to one side only, but divides by 2 * epsilon. (After moving the entry up, subtracting epsilon once "
    "only brings it back.) Move it down in a copy of its own."
)
def central_comes_back_to_the_start(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    moved = theta.copy()
    for index in np.ndindex(theta.shape):
        moved[index] += epsilon
        above = f(moved)
        moved[index] -= epsilon
        gradient[index] = (above - f(moved)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "You move the caller's theta and never put it back, so the later entries are measured at another place. Work on "
    "copies."
)
def central_leaves_theta_moved(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        old = theta[index]
        theta[index] = old + epsilon
        above = f(theta)
        theta[index] = old - epsilon
        gradient[index] = (above - f(theta)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "Two loops, over rows and columns, fit a matrix and stumble over a vector. np.ndindex(theta.shape) goes through "
    "both: for index in np.ndindex(theta.shape)."
)
def central_expects_a_matrix(f, theta, *, epsilon=1e-5):
    gradient = np.zeros_like(theta)
    for i in range(theta.shape[0]):
        for j in range(theta.shape[1]):
            above, below = theta.copy(), theta.copy()
            above[i, j] += epsilon
            below[i, j] -= epsilon
            gradient[i, j] = (f(above) - f(below)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "After each entry put it back: yours stays moved down by epsilon while the next ones are tried. Best move a copy."
)
def central_never_comes_back(f, theta, *, epsilon=1e-5):
    moved = theta.copy()
    gradient = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        moved[index] += epsilon
        above = f(moved)
        moved[index] -= 2 * epsilon
        gradient[index] = (above - f(moved)) / (2 * epsilon)
    return gradient


@numerical_gradient.mistake(
    "f gets a flat vector from you, and theta is a matrix: hand it what has the shape of theta, as whoever calls you "
    "would. Here it only shows where f needs the shape."
)
def central_hands_over_a_flat_vector(f, theta, *, epsilon=1e-5):
    flat = theta.astype(float).ravel()
    slopes = np.zeros(flat.size)
    for place in range(flat.size):
        step = np.zeros(flat.size)
        step[place] = epsilon
        slopes[place] = (f(flat + step) - f(flat - step)) / (2 * epsilon)
    return slopes.reshape(theta.shape)
