"""The L1 and L2 penalties, and their gradients."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import regularizers
from machine_room.exercises.exercise import Case, Curve, Exercise
from machine_room.translation import sentence

# What gives a penalty away: the functions, and all that is built on them.
WITHHELD = (
    "regularizers.l1_penalty",
    "regularizers.l1_gradient",
    "regularizers.l2_penalty",
    "regularizers.l2_gradient",
    "regularizers.elastic_net_penalty",
    "regularizers.elastic_net_gradient",
    "regularizers.regularized_loss",
    "regularizers.L1L2",
    "regularizers.L1",
    "regularizers.L2",
)
ONE_WEIGHT = Curve(-2, 2, label=sentence("a weight"))


def draw_cases(rng: np.random.Generator) -> Iterator[Case]:
    strength = round(float(rng.uniform(0.2, 0.8)), 2)
    yield Case("three weights", (np.array([3.0, -4.0, 0.5]),), {"strength": strength})
    yield Case("two units, a weight of 0", (np.array([[2.0, 1.0], [0.0, -3.0]]),), {"strength": 0.25})
    shape = (int(rng.integers(3, 5)), int(rng.integers(5, 7)))
    yield Case("a layer", (rng.normal(scale=2, size=shape),), {"strength": strength})
    yield Case("a layer in single precision", (rng.normal(size=shape).astype(np.float32),), {"strength": strength})
    yield Case("strength 0", (rng.normal(size=(2, 3)),), {"strength": 0.0})


l2_penalty = Exercise(reference=regularizers.l2_penalty, cases=draw_cases, withheld=WITHHELD)


@l2_penalty.mistake("There is no factor 1/2 here: strength * sum(w**2). (Books that write it want the gradient plain.)")
def with_a_half(weights, *, strength):
    return strength * np.sum(weights**2) / 2


@l2_penalty.mistake("That is the length of the weight vector: leave the root away, L2 is the sum of the squares.")
def length_of_the_weights(weights, *, strength):
    return strength * np.sqrt(np.sum(weights**2))


@l2_penalty.mistake("Add up the squares, do not average them: a penalty counts every weight in full.")
def mean_of_the_squares(weights, *, strength):
    return strength * np.mean(weights**2)


@l2_penalty.mistake("Square each weight first, then add up. You square the sum, in which + and - cancel.")
def square_of_the_sum(weights, *, strength):
    return strength * np.sum(weights) ** 2


@l2_penalty.mistake("That is L1, the sum of the absolute values. L2 adds up the squares.")
def absolute_values(weights, *, strength):
    return strength * np.sum(np.abs(weights))


@l2_penalty.mistake("The strength is missing: strength * sum(w**2).")
def no_strength(weights, *, strength):
    return np.sum(weights**2)


@l2_penalty.mistake("Square the weights only, not the strength.")
def strength_squared(weights, *, strength):
    return np.sum((strength * weights) ** 2)


@l2_penalty.mistake(
    "Of a matrix, one number is left for every column: Python's sum and axis=0 add up rows. np.sum(...) adds up all."
)
def rows_added_up(weights, *, strength):
    return strength * sum(weights**2)


@l2_penalty.mistake("Add the squares up, over all axes: a penalty is a single number.")
def squares_not_added_up(weights, *, strength):
    return strength * weights**2


@l2_penalty.mistake(
    "np.linalg.norm(W, 2) of a matrix is its largest singular value. L2 adds up the squares of all entries."
)
def largest_singular_value(weights, *, strength):
    return strength * np.linalg.norm(weights, 2) ** 2


@l2_penalty.also_correct
def by_a_dot_product(weights, *, strength):
    flat = weights.ravel()
    return float(strength * (flat @ flat))


@l2_penalty.also_correct
def weight_by_weight(weights, *, strength):
    total = 0.0
    for w in weights.flat:
        total += w * w
    return strength * total


l2_gradient = Exercise(reference=regularizers.l2_gradient, cases=draw_cases, withheld=WITHHELD, curve=ONE_WEIGHT)


@l2_gradient.mistake("The derivative of w**2 is 2w: the 2 is missing. (PyTorch's weight_decay counts without it.)")
def without_the_two(weights, *, strength):
    return strength * weights


@l2_gradient.mistake("That is the sum of the slopes. The gradient has an entry for every weight.")
def summed(weights, *, strength):
    return np.sum(2 * strength * weights)


@l2_gradient.mistake("That is the gradient of L1. For L2, a large weight is pulled harder: 2 * strength * w.")
def sign_of_the_weights(weights, *, strength):
    return strength * np.sign(weights)


@l2_gradient.mistake("Keep the sign: a negative weight has a negative slope, so that the step goes towards 0.")
def size_of_the_weights(weights, *, strength):
    return 2 * strength * np.abs(weights)


@l2_gradient.mistake("You take the derivative of the squares and still square: 2 * strength * w, without a square.")
def still_squared(weights, *, strength):
    return 2 * strength * weights**2


@l2_gradient.mistake("The gradient points uphill, away from 0: no minus. The minus comes with the step.")
def downhill(weights, *, strength):
    return -2 * strength * weights


@l2_gradient.mistake("Do not divide by the number of weights: the penalty is a sum, not a mean.")
def divided_by_the_number(weights, *, strength):
    return 2 * strength * weights / weights.size


@l2_gradient.mistake("Your function changes the caller's weights: make a new array, `2 * strength * weights`.")
def in_place(weights, *, strength):
    weights *= 2 * strength
    return weights


@l2_gradient.mistake("The strength is missing: it multiplies the penalty, and so its slope.")
def no_strength_in_the_slope(weights, *, strength):
    return 2 * weights


@l2_gradient.mistake("Those are the terms of the penalty. Take the derivative: that of w**2 is 2w.")
def terms_of_the_penalty(weights, *, strength):
    return strength * weights**2


@l2_gradient.also_correct
def added_twice(weights, *, strength):
    return strength * weights + strength * weights


@l2_gradient.also_correct
def entry_by_entry(weights, *, strength):
    gradient = np.zeros_like(weights)
    for index in np.ndindex(weights.shape):
        gradient[index] = 2 * strength * weights[index]
    return gradient


l1_penalty = Exercise(reference=regularizers.l1_penalty, cases=draw_cases, withheld=WITHHELD)


@l1_penalty.mistake("Take the absolute value of each weight: in a plain sum, + and - cancel.")
def plain_sum(weights, *, strength):
    return strength * np.sum(weights)


@l1_penalty.mistake("Take the absolute value of each weight first, then add up. You do it the other way round.")
def absolute_value_of_the_sum(weights, *, strength):
    return strength * np.abs(np.sum(weights))


@l1_penalty.mistake("That is L2. L1 adds up the absolute values, not the squares.")
def squares(weights, *, strength):
    return strength * np.sum(weights**2)


@l1_penalty.mistake("Add the absolute values up, do not average them.")
def mean_of_absolute_values(weights, *, strength):
    return strength * np.mean(np.abs(weights))


@l1_penalty.mistake("The strength is missing: strength * sum(|w|).")
def no_strength_in_l1(weights, *, strength):
    return np.sum(np.abs(weights))


@l1_penalty.mistake("np.linalg.norm(W, 1) of a matrix is the largest column sum. L1 adds up all entries.")
def matrix_norm(weights, *, strength):
    return strength * np.linalg.norm(weights, 1)


@l1_penalty.mistake(
    "Of a matrix, one number is left for every column: Python's sum and axis=0 add up rows. np.sum(...) adds up all."
)
def rows_of_absolute_values(weights, *, strength):
    return strength * sum(abs(weights))


@l1_penalty.mistake("Add the absolute values up, over all axes: a penalty is a single number.")
def absolute_values_not_added_up(weights, *, strength):
    return strength * np.abs(weights)


@l1_penalty.mistake("That is the largest absolute value. L1 adds all of them up.")
def largest_absolute_value(weights, *, strength):
    return strength * np.max(np.abs(weights))


@l1_penalty.also_correct
def by_signs(weights, *, strength):
    return float(strength * np.sum(np.sign(weights) * weights))


@l1_penalty.also_correct
def weight_by_weight_with_abs(weights, *, strength):
    return strength * sum(abs(w) for w in weights.flat)


l1_gradient = Exercise(reference=regularizers.l1_gradient, cases=draw_cases, withheld=WITHHELD, curve=ONE_WEIGHT)


@l1_gradient.mistake("A negative weight has the slope -strength: multiply by the sign of each weight.")
def same_slope_everywhere(weights, *, strength):
    return strength * np.ones_like(weights)


@l1_gradient.mistake("At exactly 0 there is nothing left to pull: the slope there is 0, as np.sign(0) is.")
def one_at_zero(weights, *, strength):
    return strength * np.where(weights >= 0, 1.0, -1.0)


@l1_gradient.mistake("At exactly 0 there is nothing left to pull: the slope there is 0, not -strength.")
def minus_one_at_zero(weights, *, strength):
    return strength * np.where(weights > 0, 1.0, -1.0)


@l1_gradient.mistake("That is the gradient of L2. L1 pulls at every weight with the same force: strength * sign(w).")
def proportional(weights, *, strength):
    return 2 * strength * weights


@l1_gradient.mistake("The strength is missing: strength * sign(w).")
def sign_only(weights, *, strength):
    return np.sign(weights)


@l1_gradient.mistake("The gradient points uphill, away from 0: no minus. The minus comes with the step.")
def towards_zero(weights, *, strength):
    return -strength * np.sign(weights)


@l1_gradient.mistake("Only positive weights have a slope in yours. A negative one has -strength.")
def positive_only(weights, *, strength):
    return strength * (weights > 0)


@l1_gradient.mistake("w / |w| is 0 / 0 where a weight is 0. Use np.sign, which is 0 there.")
def divides_by_itself(weights, *, strength):
    return strength * weights / np.abs(weights)


@l1_gradient.mistake("Take the derivative: the slope of |w| is 1 or -1, however large w is, and not |w| again.")
def absolute_values_again(weights, *, strength):
    return strength * np.abs(weights)


@l1_gradient.mistake("Yours grows with the weight, as with L2. L1 pulls at every weight with the same force.")
def the_weights_themselves(weights, *, strength):
    return strength * weights


@l1_gradient.mistake("That is the sum of the slopes. The gradient has an entry for every weight.")
def signs_added_up(weights, *, strength):
    return strength * np.sum(np.sign(weights))


@l1_gradient.mistake("The gradient has an entry for every weight, with its sign: strength * sign(w).")
def strength_alone(weights, *, strength):
    return strength


@l1_gradient.also_correct
def by_comparisons(weights, *, strength):
    return strength * ((weights > 0).astype(float) - (weights < 0))


@l1_gradient.also_correct
def entry_by_entry_with_ifs(weights, *, strength):
    gradient = np.zeros_like(weights)
    for index in np.ndindex(weights.shape):
        if weights[index] > 0:
            gradient[index] = strength
        elif weights[index] < 0:
            gradient[index] = -strength
    return gradient
