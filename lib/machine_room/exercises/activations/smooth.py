"""Swish, its derivative, and Mish."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import activations
from machine_room.exercises.activations.inputs import WITHHELD, elementwise, slopes
from machine_room.exercises.exercise import Case, Curve, Exercise


def swish_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from elementwise(rng)
    yield from elementwise(rng, beta=round(rng.uniform(1.4, 2.5), 1))


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from slopes(rng)
    yield from slopes(rng, beta=round(rng.uniform(1.4, 2.5), 1))


swish = Exercise(reference=activations.swish, cases=swish_cases, withheld=WITHHELD, curve=Curve(-6, 6))


@swish.mistake("Beta belongs inside: z * sigmoid(beta * z), not beta * z * sigmoid(z).")
def beta_outside(z, *, beta=1.0):
    return beta * z * 0.5 * (1 + np.tanh(z / 2))


@swish.mistake("Beta multiplies z only inside the sigmoid: z * sigmoid(beta * z).")
def beta_everywhere(z, *, beta=1.0):
    return beta * z * 0.5 * (1 + np.tanh(beta * z / 2))


@swish.mistake("Your function ignores beta: it is z * sigmoid(beta * z).")
def beta_ignored(z, *, beta=1.0):
    return z * 0.5 * (1 + np.tanh(z / 2))


@swish.mistake("Swish is z times the sigmoid: the z in front is missing.")
def sigmoid_alone(z, *, beta=1.0):
    return 0.5 * (1 + np.tanh(beta * z / 2))


@swish.mistake(
    "exp(-beta * z) overflows for very negative z. The sigmoid of the exercise above must not: call one that does not."
)
def swish_overflows(z, *, beta=1.0):
    return z / (1 + np.exp(-beta * z))


@swish.mistake("The sign: sigmoid(beta * z) goes to 1 for large z, so that swish(z) comes close to z there.")
def sign_of_the_exponent(z, *, beta=1.0):
    return z * 0.5 * (1 - np.tanh(beta * z / 2))


@swish.also_correct
def swish_through_logarithms(z, *, beta=1.0):
    return z * np.exp(-np.logaddexp(0, -beta * z))


@swish.also_correct
def with_own_sigmoid(z, *, beta=1.0):
    def sigmoid(z):
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, small) / (1 + small)

    return z * sigmoid(beta * z)


@swish.also_correct
def swish_entry_by_entry(z, *, beta=1.0):
    result = np.zeros(z.shape)
    for index in np.ndindex(z.shape):
        v = float(z[index])
        result[index] = v / (1 + np.exp(-beta * v)) if v > 0 else v * np.exp(beta * v) / (1 + np.exp(beta * v))
    return result


swish_derivative = Exercise(
    reference=activations.swish_derivative, cases=slope_cases, withheld=WITHHELD, curve=Curve(-6, 6)
)


@swish_derivative.mistake(
    "The product rule: z * sigmoid has two terms in its slope, and yours has only the first, sigmoid."
)
def sigmoid_only(z, *, beta=1.0):
    return 0.5 * (1 + np.tanh(beta * z / 2))


@swish_derivative.mistake("The product rule has two terms, s + z * s'; yours has only the second.")
def second_term_only(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(beta * z / 2))
    return beta * z * s * (1 - s)


@swish_derivative.mistake("The chain rule: the slope of sigmoid(beta * z) is beta * s * (1 - s). The beta is missing.")
def beta_of_the_chain(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(beta * z / 2))
    return s + z * s * (1 - s)


@swish_derivative.mistake("Inside the sigmoid stands beta * z, in the slope as well.")
def beta_inside_forgotten(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(z / 2))
    return s + beta * z * s * (1 - s)


@swish_derivative.mistake("The second term is beta * z * s * (1 - s): the z is missing.")
def z_of_the_product(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(beta * z / 2))
    return s + beta * s * (1 - s)


@swish_derivative.mistake("The slope of the sigmoid is s * (1 - s), with a minus.")
def plus_for_minus(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(beta * z / 2))
    return s + beta * z * s * (1 + s)


@swish_derivative.mistake(
    "exp(-beta * z) overflows for very negative z. The sigmoid of the exercise above must not: call one that does not."
)
def slope_overflows(z, *, beta=1.0):
    s = 1 / (1 + np.exp(-beta * z))
    return s + beta * z * s * (1 - s)


@swish_derivative.mistake(
    "A difference of two values is only nearly the slope, and lost in rounding for large z. Write the formula."
)
def central_difference(z, *, beta=1.0):
    def swish(z):
        return z * 0.5 * (1 + np.tanh(beta * z / 2))

    return (swish(z + 1e-5) - swish(z - 1e-5)) / 2e-5


@swish_derivative.also_correct
def through_swish(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -beta * z))
    swish = z * s
    return beta * swish + s * (1 - beta * swish)


@swish_derivative.also_correct
def factored(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(beta * z / 2))
    return s * (1 + beta * z * (1 - s))


@swish_derivative.also_correct
def slope_of_each_entry(z, *, beta=1.0):
    def one(v):
        small = np.exp(-abs(beta * v))
        s = 1 / (1 + small) if beta * v >= 0 else small / (1 + small)
        return s + beta * v * s * (1 - s)

    return np.array([one(v) for v in z.ravel().tolist()]).reshape(z.shape)


mish = Exercise(reference=activations.mish, cases=elementwise, withheld=WITHHELD, curve=Curve(-6, 6))


@mish.mistake(
    "log(1 + exp(z)) overflows from z = 710 on. np.logaddexp(0, z) is the same, log(exp(0) + exp(z)), and does not."
)
def naive_softplus(z):
    return z * np.tanh(np.log(1 + np.exp(z)))


@mish.mistake("The logarithm is missing: softplus is log(1 + exp(z)).")
def logarithm_forgotten(z):
    return z * np.tanh(1 + np.exp(np.minimum(z, 50)))


@mish.mistake("Mish is z times tanh(softplus(z)): the z in front is missing.")
def mish_without_z(z):
    return np.tanh(np.logaddexp(0, z))


@mish.mistake("The tanh is missing: mish(z) = z * tanh(softplus(z)).")
def tanh_forgotten(z):
    return z * np.logaddexp(0, z)


@mish.mistake("That is Swish: Mish has tanh(softplus(z)) where Swish has the sigmoid.")
def swish_instead(z):
    return z * 0.5 * (1 + np.tanh(z / 2))


@mish.mistake("softplus stands inside tanh, and z in front: z * tanh(softplus(z)). You have them the other way round.")
def inside_out(z):
    return np.logaddexp(0, z) * np.tanh(z)


@mish.mistake("The 1 in softplus is missing: log(1 + exp(z)). Without it, log(exp(z)) is z again.")
def one_forgotten(z):
    return z * np.tanh(z)


@mish.also_correct
def in_exponentials(z):
    small = np.exp(
        -np.abs(z)
    )  # tanh(log(1 + e)) = ((1 + e)**2 - 1) / ((1 + e)**2 + 1), scaled so that nothing overflows
    above = (1 + 2 * small) / (1 + 2 * small + 2 * small**2)
    below = (small**2 + 2 * small) / (small**2 + 2 * small + 2)
    return z * np.where(z >= 0, above, below)


@mish.also_correct
def with_stable_softplus(z):
    softplus = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))
    return z * np.tanh(softplus)


@mish.also_correct
def mish_entry_by_entry(z):
    result = []
    for v in z.ravel().tolist():
        softplus = v if v > 30 else np.log1p(np.exp(v))
        result.append(v * np.tanh(softplus))
    return np.array(result).reshape(z.shape)


@swish_derivative.mistake(
    "That is the slope of the sigmoid alone. Swish is a product, z times the sigmoid: its slope has two terms."
)
def slope_of_the_sigmoid(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(beta * z / 2))
    return s * (1 - s)


@swish_derivative.mistake("The second term takes the sigmoid at z. Take it at beta * z, as in the first term.")
def sigmoid_at_z_in_the_second_term(z, *, beta=1.0):
    s = 0.5 * (1 + np.tanh(z / 2))
    return 0.5 * (1 + np.tanh(beta * z / 2)) + beta * z * s * (1 - s)


@swish_derivative.mistake("The s of s * (1 - s) is the sigmoid, not Swish: s = sigmoid(beta * z).")
def swish_for_the_sigmoid(z, *, beta=1.0):
    h = z * 0.5 * (1 + np.tanh(beta * z / 2))
    return 0.5 * (1 + np.tanh(beta * z / 2)) + beta * z * h * (1 - h)


@mish.mistake("np.logaddexp takes logarithms: logaddexp(1, z) is log(e + exp(z)). 1 is exp(0): np.logaddexp(0, z).")
def one_not_turned_into_a_logarithm(z):
    return z * np.tanh(np.logaddexp(1, z))


@swish.mistake("Beta multiplies z: a larger beta switches more sharply. You divide by it.")
def divides_by_beta(z, *, beta=1.0):
    return z * np.exp(-np.logaddexp(0, -z / beta))


@swish.mistake("Swish is a product: z times the sigmoid, not plus.")
def adds_the_sigmoid(z, *, beta=1.0):
    return z + np.exp(-np.logaddexp(0, -beta * z))


@swish_derivative.mistake("The two terms of the product rule are added: s + beta * z * s * (1 - s), with a plus.")
def minus_between(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -beta * z))
    return s - beta * z * s * (1 - s)


@swish_derivative.mistake("Your function ignores beta: s = sigmoid(beta * z), and beta again from the chain rule.")
def beta_ignored_in_the_slope(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -z))
    return s + z * s * (1 - s)


@swish_derivative.mistake("Brackets: s * (1 - s), not s * 1 - s.")
def brackets_forgotten(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -beta * z))
    return s + beta * z * s * 1 - s


@swish_derivative.mistake("1 - s**2 is the slope of tanh. The sigmoid's is s * (1 - s).")
def slope_of_tanh(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -beta * z))
    return s + beta * z * (1 - s**2)


@swish_derivative.mistake("Only the second term gets the beta of the chain rule; the first is s alone.")
def beta_before_both_terms(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -beta * z))
    return beta * (s + z * s * (1 - s))


@swish_derivative.mistake("One beta too many: the slope of sigmoid(beta * z) is beta * s * (1 - s).")
def beta_squared(z, *, beta=1.0):
    s = np.exp(-np.logaddexp(0, -beta * z))
    return s + beta**2 * z * s * (1 - s)


@mish.mistake("The sign in softplus: log(1 + exp(z)) grows with z, and is nearly z for large z. Yours falls.")
def softplus_turned(z):
    return z * np.tanh(np.logaddexp(0, -z))


@mish.mistake("That is ReLU inside tanh. Softplus, log(1 + exp(z)), is smooth: np.logaddexp(0, z).")
def relu_for_softplus(z):
    return z * np.tanh(np.maximum(z, 0))


@mish.mistake("The logarithm is the natural one: np.log or np.logaddexp, not base 2.")
def logarithm_of_base_two(z):
    return z * np.tanh(np.logaddexp2(0, z))


@mish.mistake("The logarithm is the natural one, np.log: not base 10.")
def logarithm_of_base_ten(z):
    return z * np.tanh(np.logaddexp(0, z) / np.log(10))


@mish.mistake("np.logaddexp takes the exponential itself: logaddexp(0, z), not logaddexp(0, exp(z)).")
def exponential_twice(z):
    return z * np.tanh(np.logaddexp(0, np.exp(np.minimum(z, 300))))
