"""Exercises: what Adam is made of, two moving averages and their correction."""

# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Iterator

import numpy as np

from machine_room import optimizers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.optimizers.draws import between, positive, signed
from machine_room.exercises.steps import FASTER
from machine_room.translation import sentence


def _first_moment_cases(rng: np.random.Generator) -> Iterator[Case]:
    settings = {"beta1": between(rng, 0.6, 0.85)}
    yield Case("one parameter", (signed(rng, 1), signed(rng, 1)), settings)
    yield Case("three parameters", (signed(rng, 3), signed(rng, 3)), settings)
    yield Case("the first step: m is 0", (signed(rng, 2), np.zeros(2)), settings)
    yield Case("float32", (signed(rng, 4).astype(np.float32), signed(rng, 4).astype(np.float32)), settings)


first_moment = Exercise(
    reference=optimizers.first_moment,
    cases=_first_moment_cases,
    withheld=FASTER,
)


@first_moment.mistake("The gradient is not weighted: an average needs beta1 * m + (1 - beta1) * gradient.")
def forgets_one_minus_beta1(gradient, m, *, beta1):
    return beta1 * m + gradient


@first_moment.mistake("beta1 keeps the *past*: beta1 * m + (1 - beta1) * gradient. You have the two swapped.")
def swaps_the_weights_of_m(gradient, m, *, beta1):
    return (1 - beta1) * m + beta1 * gradient


@first_moment.mistake("The old m does not decay: multiply it by beta1.")
def adds_to_m(gradient, m, *, beta1):
    return m + (1 - beta1) * gradient


@first_moment.mistake("In Adam m has the gradient's sign. The minus comes later, when theta moves.")
def turns_the_gradient(gradient, m, *, beta1):
    return beta1 * m - (1 - beta1) * gradient


@first_moment.mistake("Where is the past? Add beta1 * m.")
def drops_m(gradient, m, *, beta1):
    return (1 - beta1) * gradient


@first_moment.mistake("The bias correction comes later, as a function of its own. Return the plain average.")
def corrects_at_once(gradient, m, *, beta1):
    return (beta1 * m + (1 - beta1) * gradient) / (1 - beta1)


@first_moment.mistake(
    "`m *= ...` and `m += ...` change the caller's array: write beta1 * m + ..., which makes a new one."
)
def averages_m_in_place(gradient, m, *, beta1):
    m *= beta1
    m += (1 - beta1) * gradient
    return m


@first_moment.also_correct
def first_moment_in_a_loop(gradient, m, *, beta1):
    return np.array([beta1 * m[i] + (1 - beta1) * gradient[i] for i in range(len(m))])


@first_moment.also_correct
def first_moment_towards_the_gradient(gradient, m, *, beta1):
    return m + (1 - beta1) * (gradient - m)


def _second_moment_cases(rng: np.random.Generator) -> Iterator[Case]:
    settings = {"beta2": between(rng, 0.7, 0.95)}
    yield Case("one parameter", (signed(rng, 1), positive(rng, 1)), settings)
    yield Case("three parameters", (signed(rng, 3), positive(rng, 3)), settings)
    yield Case("the first step: s is 0", (signed(rng, 2), np.zeros(2)), settings)
    yield Case("float32", (signed(rng, 4).astype(np.float32), positive(rng, 4).astype(np.float32)), settings)


second_moment = Exercise(
    reference=optimizers.second_moment,
    cases=_second_moment_cases,
    withheld=FASTER,
)


@second_moment.mistake("This is the first moment again. s averages the *squares*: (1 - beta2) * gradient**2.")
def forgets_the_square(gradient, s, *, beta2):
    return beta2 * s + (1 - beta2) * gradient


@second_moment.mistake("Square the gradient, not its magnitude: gradient**2.")
def averages_the_magnitude(gradient, s, *, beta2):
    return beta2 * s + (1 - beta2) * np.abs(gradient)


@second_moment.mistake("The square is not weighted: an average needs beta2 * s + (1 - beta2) * gradient**2.")
def forgets_one_minus_beta2(gradient, s, *, beta2):
    return beta2 * s + gradient**2


@second_moment.mistake("beta2 keeps the *past*: beta2 * s + (1 - beta2) * gradient**2. You have the two swapped.")
def swaps_the_weights_of_s(gradient, s, *, beta2):
    return (1 - beta2) * s + beta2 * gradient**2


@second_moment.mistake("The old s does not decay: multiply it by beta2. Without that it is AdaGrad's sum.")
def adds_to_s(gradient, s, *, beta2):
    return s + (1 - beta2) * gradient**2


@second_moment.mistake("This is AdaGrad's sum. Adam's s is an average: beta2 * s + (1 - beta2) * gradient**2.")
def sums_the_squares(gradient, s, *, beta2):
    return s + gradient**2


@second_moment.mistake("Square the gradient, not the weight: (1 - beta2) * gradient**2.")
def squares_the_weight_too(gradient, s, *, beta2):
    return beta2 * s + ((1 - beta2) * gradient) ** 2


@second_moment.mistake("You square the whole average. Average the squares instead.")
def squares_the_average(gradient, s, *, beta2):
    return (beta2 * s + (1 - beta2) * gradient) ** 2


@second_moment.mistake("You add the squares of all parameters together. Each has its own s: square element by element.")
def shares_one_average(gradient, s, *, beta2):
    return beta2 * s + (1 - beta2) * np.sum(gradient**2)


@second_moment.mistake("The square root comes later, when theta moves. Return s itself.")
def takes_the_root_at_once(gradient, s, *, beta2):
    return np.sqrt(beta2 * s + (1 - beta2) * gradient**2)


@second_moment.mistake(
    "`s *= ...` and `s += ...` change the caller's array: write beta2 * s + ..., which makes a new one."
)
def averages_s_in_place(gradient, s, *, beta2):
    s *= beta2
    s += (1 - beta2) * gradient**2
    return s


@second_moment.also_correct
def second_moment_in_a_loop(gradient, s, *, beta2):
    return np.array([beta2 * s[i] + (1 - beta2) * gradient[i] * gradient[i] for i in range(len(s))])


@second_moment.also_correct
def second_moment_towards_the_square(gradient, s, *, beta2):
    return s + (1 - beta2) * (np.square(gradient) - s)


def _bias_correction_cases(rng: np.random.Generator) -> Iterator[Case]:
    beta = between(rng, 0.55, 0.9)
    yield Case("one number, t = 2", (signed(rng, 1), 2), {"beta": beta})
    for t in (1, 3, 5):
        yield Case(sentence("three numbers, t = {t}", t=t), (signed(rng, 3), t), {"beta": between(rng, 0.55, 0.9)})
    yield Case("late: t = 1000", (positive(rng, 2), 1000), {"beta": 0.9})
    # Not 0: what is right by logarithms has none of it, and the text asks for no such beta.
    yield Case("beta next to 0: nothing to correct", (signed(rng, 2), 4), {"beta": 1e-6})
    yield Case("float32", (signed(rng, 4).astype(np.float32), 2), {"beta": beta})


bias_correction = Exercise(
    reference=optimizers.bias_correction,
    cases=_bias_correction_cases,
    withheld=FASTER,
)


@bias_correction.mistake(
    "beta *to the power* t, not beta times t: after t steps the zero has been multiplied by beta t times."
)
def multiplies_beta_by_t(moment, t, *, beta):
    return moment / (1 - beta * t)


@bias_correction.mistake(
    "t counts from 1: on the first update it is already 1. You subtract 1 once more and divide by 0 there."
)
def counts_from_zero(moment, t, *, beta):
    return np.asarray(moment) / np.asarray(1 - beta ** (t - 1))


@bias_correction.mistake("t is already the number of this update: beta**t, not beta**(t + 1).")
def counts_one_too_many(moment, t, *, beta):
    return moment / (1 - beta ** (t + 1))


@bias_correction.mistake("The correction fades with time: the power t is missing, 1 - beta**t.")
def forgets_the_power(moment, t, *, beta):
    return moment / (1 - beta)


@bias_correction.mistake("The average is too small early on, so it must become larger: divide by 1 - beta**t.")
def multiplies(moment, t, *, beta):
    return moment * (1 - beta**t)


@bias_correction.mistake("The power belongs to beta alone: 1 - beta**t, not (1 - beta)**t.")
def raises_the_difference(moment, t, *, beta):
    return moment / (1 - beta) ** t


@bias_correction.mistake("beta**t is the share of the zero that is left; divide by the rest, 1 - beta**t.")
def divides_by_the_share_of_zero(moment, t, *, beta):
    return moment / np.asarray(beta**t)


@bias_correction.mistake("Nothing is corrected: divide by 1 - beta**t.")
def corrects_nothing(moment, t, *, beta):
    return moment.copy()


@bias_correction.mistake("A bracket is missing: you divide by 1 and subtract beta**t. Write moment / (1 - beta**t).")
def forgets_the_bracket(moment, t, *, beta):
    return moment / 1 - beta**t


@bias_correction.mistake(
    "`moment /= ...` changes the caller's array, and with it the m or s that must stay uncorrected."
)
def corrects_in_place(moment, t, *, beta):
    moment /= 1 - beta**t
    return moment


@bias_correction.also_correct
def correction_in_a_loop(moment, t, *, beta):
    power = 1.0
    for _ in range(t):
        power *= beta
    return np.array([value / (1 - power) for value in moment])


@bias_correction.also_correct
def correction_by_a_sum_of_weights(moment, t, *, beta):
    weights = sum((1 - beta) * beta**k for k in range(t))
    return moment * (1 / weights)


@first_moment.mistake("The brackets around 1 - beta1 are missing: (1 - beta1) * gradient, not 1 - beta1 * gradient.")
def forgets_the_brackets(gradient, m, *, beta1):
    return beta1 * m + 1 - beta1 * gradient


@second_moment.mistake(
    "The brackets around 1 - beta2 are missing: (1 - beta2) * gradient**2, not 1 - beta2 * gradient**2."
)
def forgets_the_brackets_of_beta2(gradient, s, *, beta2):
    return beta2 * s + 1 - beta2 * gradient**2


@bias_correction.mistake("`^` is no power in Python. Write beta**t.")
def writes_a_hat(moment, t, *, beta):
    return moment / (1 - beta ^ t)


@first_moment.mistake("The first moment averages the gradients; their squares are the second moment.")
def averages_the_squares(gradient, m, *, beta1):
    return beta1 * m + (1 - beta1) * gradient**2


@first_moment.mistake("beta1 belongs to the old m alone: the gradient has the weight 1 - beta1.")
def damps_the_gradient_too(gradient, m, *, beta1):
    return beta1 * (m + (1 - beta1) * gradient)


@second_moment.mistake("s is squared already: beta2 * s, not beta2 * s**2.")
def squares_s_again(gradient, s, *, beta2):
    return beta2 * s**2 + (1 - beta2) * gradient**2


@second_moment.mistake("The new square is added: s is an average of squares, and never below 0.")
def subtracts_the_square(gradient, s, *, beta2):
    return beta2 * s - (1 - beta2) * gradient**2


@bias_correction.mistake("The correction is not only for the first update: divide by 1 - beta**t at each.")
def corrects_the_first_only(moment, t, *, beta):
    return moment / (1 - beta) if t == 1 else moment


@bias_correction.mistake("No root here: divide by 1 - beta**t itself, for m and for s.")
def takes_the_root_of_the_correction(moment, t, *, beta):
    return moment / np.sqrt(1 - beta**t)


@bias_correction.mistake("A minus: the share that is left is 1 - beta**t. Yours makes the average smaller.")
def adds_the_share(moment, t, *, beta):
    return moment / (1 + beta**t)


@bias_correction.mistake("The other way round: beta to the power t, beta**t.")
def exchanges_base_and_power(moment, t, *, beta):
    return moment / (1 - t**beta)
