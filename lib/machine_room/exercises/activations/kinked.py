"""Leaky ReLU, ELU and SELU: one formula above 0, another below."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import activations
from machine_room.exercises.activations.inputs import WITHHELD, elementwise, moderate
from machine_room.exercises.exercise import Case, Curve, Exercise


def leaky_relu_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from elementwise(rng)
    yield from moderate(rng, alpha=round(rng.uniform(0.1, 0.4), 2))
    yield from moderate(rng, alpha=round(rng.uniform(1.5, 2.5), 1))


leaky_relu = Exercise(reference=activations.leaky_relu, cases=leaky_relu_cases, withheld=WITHHELD, curve=Curve(-4, 4))


@leaky_relu.mistake(
    "max(alpha * z, z) is the leaky ReLU only for alpha from 0 to 1. Choose by the sign of z: np.where(z > 0, ...)."
)
def larger_of_both(z, *, alpha=0.01):
    return np.maximum(alpha * z, z)


@leaky_relu.mistake("That is ReLU: below 0 something must leak through, alpha * z.")
def no_leak(z, *, alpha=0.01):
    return np.maximum(z, 0)


@leaky_relu.mistake(
    "Below 0 the function is alpha * z, a line through 0; yours is the constant alpha. (Alpha is its slope.)"
)
def constant_below(z, *, alpha=0.01):
    return np.where(z > 0, z, alpha)


@leaky_relu.mistake("Your function ignores alpha: it always leaks 0.01.")
def alpha_ignored(z, *, alpha=0.01):
    return np.where(z > 0, z, 0.01 * z)


@leaky_relu.mistake("The sides are swapped: alpha multiplies the negative z.")
def sides_swapped(z, *, alpha=0.01):
    return np.where(z > 0, alpha * z, z)


@leaky_relu.mistake("Below 0 the function is negative too: alpha * z, not alpha * abs(z).")
def leaks_upwards(z, *, alpha=0.01):
    return np.where(z > 0, z, alpha * np.abs(z))


@leaky_relu.mistake("Your function multiplies inside the caller's z. Work on a copy: np.where makes a new array.")
def in_place(z, *, alpha=0.01):
    z[z < 0] *= alpha
    return z


@leaky_relu.also_correct
def as_a_sum(z, *, alpha=0.01):
    return np.maximum(z, 0) + alpha * np.minimum(z, 0)


@leaky_relu.also_correct
def masked_copy(z, *, alpha=0.01):
    result = z.copy()
    result[z < 0] *= alpha
    return result


@leaky_relu.also_correct
def as_a_slope(z, *, alpha=0.01):
    return z * ((z > 0) + alpha * (z <= 0))


def elu_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from elementwise(rng)
    yield from elementwise(rng, alpha=round(rng.uniform(1.4, 2.0), 2))


elu = Exercise(reference=activations.elu, cases=elu_cases, withheld=WITHHELD, curve=Curve(-4, 4))


@elu.mistake("Mind the brackets: alpha * (exp(z) - 1), not alpha * exp(z) - 1. Yours jumps at 0 unless alpha is 1.")
def brackets_forgotten(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)) - 1)


@elu.mistake(
    "np.where computes both branches for every z, so exp(z) overflows where z is large although its value is thrown "
    "away. Give exp only what is negative: np.minimum(z, 0)."
)
def overflows_above(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1))


@elu.mistake("The - 1 is missing: without it the function jumps from alpha to 0 where z passes 0.")
def minus_one_forgotten(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)))


@elu.mistake("Your function ignores alpha: for very negative z it must come down to -alpha.")
def alpha_ignored_in_elu(z, *, alpha=1.0):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


@elu.mistake("Alpha belongs to the negative side only: above 0 the function is z itself.")
def alpha_on_both_sides(z, *, alpha=1.0):
    return alpha * np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


@elu.mistake("Alpha stands before the bracket, not in the exponent: alpha * (exp(z) - 1).")
def alpha_in_the_exponent(z, *, alpha=1.0):
    return np.where(z > 0, z, np.exp(alpha * np.minimum(z, 0)) - 1)


@elu.mistake("The sign is turned: exp(z) - 1, not 1 - exp(z). ELU is below 0 where z is.")
def sign_turned(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * (1 - np.exp(np.minimum(z, 0))))


@elu.also_correct
def without_where(z, *, alpha=1.0):
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0))


@elu.also_correct
def masked(z, *, alpha=1.0):
    result = z.copy()
    result[z < 0] = alpha * (np.exp(z[z < 0]) - 1)
    return result


@elu.also_correct
def elu_entry_by_entry(z, *, alpha=1.0):
    values = [v if v > 0 else alpha * (np.exp(v) - 1) for v in z.ravel().tolist()]
    return np.array(values).reshape(z.shape)


selu = Exercise(reference=activations.selu, cases=elementwise, withheld=WITHHELD, curve=Curve(-4, 4))


@selu.mistake("The scale multiplies both branches: above 0 SELU is scale * z, a little steeper than z.")
def scale_below_only(z):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return np.where(z > 0, z, scale * alpha * np.expm1(np.minimum(z, 0)))


@selu.mistake("The scale multiplies both branches: below 0 SELU is scale * alpha * (exp(z) - 1).")
def scale_above_only(z):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return np.where(z > 0, scale * z, alpha * np.expm1(np.minimum(z, 0)))


@selu.mistake("The scale is missing: SELU is scale * elu(z, alpha).")
def no_scale(z):
    return np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.mistake("SELU's alpha is SELU_ALPHA, about 1.67, not ELU's usual 1.")
def alpha_of_elu(z):
    return 1.0507009873554805 * np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


@selu.mistake(
    "The two constants are swapped: SELU_SCALE (1.05) multiplies everything, SELU_ALPHA (1.67) the negative side."
)
def constants_swapped(z):
    alpha, scale = 1.0507009873554805, 1.6732632423543772
    return scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


@selu.mistake("Your exp overflows where z is large although np.where throws it away. Give exp only np.minimum(z, 0).")
def selu_overflows(z):
    return 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * (np.exp(z) - 1))


@selu.also_correct
def in_one_sum(z):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * (np.maximum(z, 0) + alpha * (np.exp(np.minimum(z, 0)) - 1))


@selu.also_correct
def through_elu(z):
    def elu(z, *, alpha):
        return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))

    return 1.0507009873554805 * elu(z, alpha=1.6732632423543772)


@selu.also_correct
def selu_entry_by_entry(z):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    result = np.zeros(z.shape)
    for index in np.ndindex(z.shape):
        v = float(z[index])
        result[index] = scale * (v if v > 0 else alpha * (np.exp(v) - 1))
    return result


@leaky_relu.mistake(
    "You add alpha * z on both sides, so above 0 there is z + alpha * z. Add it below 0 only: alpha * np.minimum(z, 0)."
)
def leaks_on_both_sides(z, *, alpha=0.01):
    return np.maximum(z, 0) + alpha * z


@elu.mistake("The 1 is inside exp. Subtract it from the exponential, then multiply: alpha * (exp(z) - 1).")
def one_in_the_exponent(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0) - 1))


@elu.mistake(
    "Python's min compares z as a whole with 0, which an array cannot answer. np.minimum(z, 0) does it entry by entry."
)
def pythons_min(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(min(z, 0)) - 1))


@selu.mistake("elu takes its alpha by name only, because of the `*` in its first line: elu(z, alpha=SELU_ALPHA).")
def alpha_by_place(z):
    def elu(z, *, alpha=1.0):
        return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))

    return 1.0507009873554805 * elu(z, 1.6732632423543772)


@leaky_relu.mistake("That is the slope, 1 or alpha. The function itself is asked for: z or alpha * z.")
def slope_of_the_leak(z, *, alpha=0.01):
    return np.where(z > 0, 1.0, alpha)


@leaky_relu.mistake("Below 0 you divide by alpha, so that more comes through than went in. Multiply: alpha * z.")
def divides_by_alpha(z, *, alpha=0.01):
    return np.where(z > 0, z, z / alpha)


@leaky_relu.mistake("The bend is at 0, not at 1: z > 0.")
def bends_at_one(z, *, alpha=0.01):
    return np.where(z > 1, z, alpha * z)


@elu.mistake("The sides are swapped: z itself where z > 0, the exponential below.")
def elu_sides_swapped(z, *, alpha=1.0):
    return np.where(z > 0, alpha * (np.exp(np.minimum(z, 0)) - 1), z)


@elu.mistake("exp gets to see the positive numbers, not the negative ones: np.minimum(z, 0), not np.maximum.")
def larger_for_smaller(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(np.maximum(z, 0)) - 1))


@elu.mistake("The exponent is z, which is negative there. With abs(z) the function grows without end to the left.")
def magnitude_in_the_exponent(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(np.abs(z)) - 1))


@elu.mistake("That is CELU: there alpha also divides z. In ELU it is only the factor in front.")
def alpha_divides_z(z, *, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0) / alpha) - 1))


@elu.mistake("A mask that multiplies does not help: 0 times infinity is NaN. Give exp only np.minimum(z, 0).")
def masks_infinity(z, *, alpha=1.0):
    return (z > 0) * z + (z <= 0) * alpha * (np.exp(z) - 1)


@elu.mistake("The larger of the two branches is the right one only for alpha up to 1. Choose by the sign of z.")
def larger_branch(z, *, alpha=1.0):
    return np.maximum(z, alpha * (np.exp(np.minimum(z, 0)) - 1))


@selu.mistake("The scale multiplies what comes out of elu, not what goes in: SELU_SCALE * elu(z, alpha=SELU_ALPHA).")
def scales_z(z):
    z = 1.0507009873554805 * z
    return np.where(z > 0, z, 1.6732632423543772 * (np.exp(np.minimum(z, 0)) - 1))


@selu.mistake("That is a scaled leaky ReLU. Below 0 SELU is no line: scale * alpha * (exp(z) - 1).")
def scaled_leaky_relu(z):
    return 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * z)


@leaky_relu.mistake("alpha is for z < 0 alone: where z > 0 the result is z itself.")
def line_through_both_sides(z, *, alpha=0.01):
    return alpha * z
