"""Exercises: a learning rate for each parameter, AdaGrad and RMSProp."""

# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Iterator

import numpy as np

from machine_room import optimizers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.optimizers.draws import between, positive, signed
from machine_room.exercises.steps import FASTER


def _adagrad_cases(rng: np.random.Generator, **more: float) -> Iterator[Case]:
    settings = {"learning_rate": between(rng, 0.2, 0.6), "epsilon": between(rng, 0.3, 0.9), **more}
    yield Case("one parameter", (signed(rng, 1), signed(rng, 1), positive(rng, 1)), settings)
    yield Case("three parameters", (signed(rng, 3), signed(rng, 3), positive(rng, 3)), settings)
    yield Case("the first step: s is 0", (signed(rng, 2), signed(rng, 2), np.zeros(2)), settings)
    gradient = signed(rng, 3)
    gradient[0] = 0.0
    usual = {**settings, "learning_rate": 0.01, "epsilon": 1e-7}
    yield Case("a usual epsilon, a gradient that is 0", (signed(rng, 3), gradient, np.zeros(3)), usual)
    yield Case(
        "one steep axis, one flat axis",
        (signed(rng, 2), signed(rng, 2) * [10.0, 0.1], positive(rng, 2) * [100.0, 0.01]),
        settings,
    )
    narrow = tuple(value.astype(np.float32) for value in (signed(rng, 3), signed(rng, 3), positive(rng, 3)))
    yield Case("float32", narrow, settings)


adagrad_step = Exercise(
    reference=optimizers.adagrad_step,
    cases=_adagrad_cases,
    withheld=FASTER,
    returns=("theta", "s"),
)


@adagrad_step.mistake("s collects *squares*: add gradient * gradient, not the gradient.")
def adds_the_gradient(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient
    return theta - learning_rate * gradient / np.sqrt(np.abs(s) + epsilon), s


@adagrad_step.mistake("s collects *squares*: add gradient * gradient, not its magnitude.")
def adds_the_magnitude(theta, gradient, s, *, learning_rate, epsilon):
    s = s + np.abs(gradient)
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@adagrad_step.mistake("You replace s by the last square. AdaGrad never forgets: s = s + gradient * gradient.")
def forgets_the_past(theta, gradient, s, *, learning_rate, epsilon):
    s = gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@adagrad_step.mistake("You divide by the old s. First add the new square, then divide.")
def divides_by_the_old_s(theta, gradient, s, *, learning_rate, epsilon):
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s + gradient**2


@adagrad_step.mistake("You return the old s, so the sum never grows.")
def returns_the_old_s(theta, gradient, s, *, learning_rate, epsilon):
    return theta - learning_rate * gradient / np.sqrt(s + gradient**2 + epsilon), s


@adagrad_step.mistake("The square root is missing: s holds squares, so the gradient is divided by sqrt(s + epsilon).")
def forgets_the_root(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient / (s + epsilon), s


@adagrad_step.mistake(
    "epsilon stands outside the root. That is PyTorch's convention; the lecture writes sqrt(s + epsilon)."
)
def puts_epsilon_outside(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient / (np.sqrt(s) + epsilon), s


@adagrad_step.mistake("epsilon is added to theta: a bracket is missing. It belongs under the root, sqrt(s + epsilon).")
def adds_epsilon_to_theta(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient / np.sqrt(s) + epsilon, s


@adagrad_step.mistake("epsilon is subtracted from theta: it belongs under the root, sqrt(s + epsilon).")
def adds_epsilon_to_the_step(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - (learning_rate * gradient / np.sqrt(s) + epsilon), s


@adagrad_step.mistake("epsilon is missing: where a gradient has always been 0, you divide 0 by 0.")
def forgets_epsilon(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient / np.sqrt(s), s


@adagrad_step.mistake("epsilon goes under the root only. You also keep it in s, where it adds up step after step.")
def collects_epsilon(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2 + epsilon
    return theta - learning_rate * gradient / np.sqrt(s), s


@adagrad_step.mistake("Return s itself, not its root: the next step adds to it.")
def returns_the_root(theta, gradient, s, *, learning_rate, epsilon):
    root = np.sqrt(s + gradient**2 + epsilon)
    return theta - learning_rate * gradient / root, root


@adagrad_step.mistake("You multiply by the root. Steep directions should get *smaller* steps: divide.")
def multiplies_by_the_root(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient * np.sqrt(s + epsilon), s


@adagrad_step.mistake(
    "You add up the squares of all parameters, so all get the same rate. Each has its own s: square element by element."
)
def shares_one_sum(theta, gradient, s, *, learning_rate, epsilon):
    s = s + np.sum(gradient**2)
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@adagrad_step.mistake("You climb: the step is subtracted from theta.")
def climbs(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta + learning_rate * gradient / np.sqrt(s + epsilon), s


@adagrad_step.mistake("Return the new s too, or the next step cannot add to it: return theta, s.")
def returns_theta_alone(theta, gradient, s, *, learning_rate, epsilon):
    return theta - learning_rate * gradient / np.sqrt(s + gradient**2 + epsilon)


@adagrad_step.mistake("`s += ...` changes the caller's array. Write s = s + gradient * gradient: that makes a new one.")
def adds_in_place(theta, gradient, s, *, learning_rate, epsilon):
    s += gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@adagrad_step.also_correct
def adagrad_in_a_loop(theta, gradient, s, *, learning_rate, epsilon):
    new_theta, new_s = theta.copy(), s.copy()
    for i in range(len(theta)):
        new_s[i] += gradient[i] * gradient[i]
        new_theta[i] -= learning_rate * gradient[i] / np.sqrt(new_s[i] + epsilon)
    return new_theta, new_s


@adagrad_step.also_correct
def adagrad_by_a_power(theta, gradient, s, *, learning_rate, epsilon):
    s = s + np.square(gradient)
    own_rate = learning_rate * (s + epsilon) ** -0.5
    return theta - own_rate * gradient, s


def _rmsprop_cases(rng: np.random.Generator) -> Iterator[Case]:
    # beta stays away from 0.5, where what is kept and what is added cannot be told apart
    yield from _adagrad_cases(rng, beta=between(rng, 0.7, 0.9))


rmsprop_step = Exercise(
    reference=optimizers.rmsprop_step,
    cases=_rmsprop_cases,
    withheld=FASTER,
    returns=("theta", "s"),
)


@rmsprop_step.mistake("This is AdaGrad: nothing decays. Forget old squares, s = beta * s + (1 - beta) * gradient**2.")
def does_not_forget(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("The new square is not weighted: an average needs beta * s + (1 - beta) * gradient**2.")
def forgets_one_minus_beta(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("beta keeps the *past*: beta * s + (1 - beta) * gradient**2. You have the two swapped.")
def swaps_the_weights(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = (1 - beta) * s + beta * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("The old s does not decay: multiply it by beta.")
def adds_without_decay(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("s averages *squares*: weight gradient**2 by 1 - beta; you square the weight too.")
def squares_the_weight(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + ((1 - beta) * gradient) ** 2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("s averages *squares*: the square of the gradient is missing.")
def averages_magnitudes(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * np.abs(gradient)
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("You divide by the old average. First bring s up to date, then divide.")
def divides_by_the_old_average(theta, gradient, s, *, learning_rate, beta, epsilon):
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), beta * s + (1 - beta) * gradient**2


@rmsprop_step.mistake("Return the new s, not the one you were given: the next step builds on it.")
def returns_the_old_average(theta, gradient, s, *, learning_rate, beta, epsilon):
    return theta - learning_rate * gradient / np.sqrt(beta * s + (1 - beta) * gradient**2 + epsilon), s


@rmsprop_step.mistake("The square root is missing: s holds squares, so divide by sqrt(s + epsilon).")
def divides_by_the_square(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / (s + epsilon), s


@rmsprop_step.mistake(
    "epsilon stands outside the root. That is PyTorch's convention; the lecture writes sqrt(s + epsilon)."
)
def has_epsilon_outside(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / (np.sqrt(s) + epsilon), s


@rmsprop_step.mistake("epsilon is added to theta: a bracket is missing. It belongs under the root, sqrt(s + epsilon).")
def lets_epsilon_slip_out(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s) + epsilon, s


@rmsprop_step.mistake("epsilon is missing: where a gradient has always been 0, you divide 0 by 0.")
def has_no_epsilon(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s), s


@rmsprop_step.mistake("epsilon goes under the root only, not into the s that you keep.")
def keeps_epsilon_in_s(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2 + epsilon
    return theta - learning_rate * gradient / np.sqrt(s), s


@rmsprop_step.mistake("You climb: the step is subtracted from theta.")
def goes_uphill(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta + learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake(
    "`s *= ...` and `s += ...` change the caller's array. Write s = beta * s + ...: that makes a new one."
)
def averages_in_place(theta, gradient, s, *, learning_rate, beta, epsilon):
    s *= beta
    s += (1 - beta) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.also_correct
def rmsprop_in_a_loop(theta, gradient, s, *, learning_rate, beta, epsilon):
    new_theta, new_s = theta.copy(), s.copy()
    for i in range(len(theta)):
        new_s[i] = beta * s[i] + (1 - beta) * gradient[i] ** 2
        new_theta[i] = theta[i] - learning_rate * gradient[i] / np.sqrt(new_s[i] + epsilon)
    return new_theta, new_s


@rmsprop_step.also_correct
def rmsprop_moves_towards_the_square(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = s + (1 - beta) * (gradient * gradient - s)
    return theta - learning_rate / np.sqrt(s + epsilon) * gradient, s


@rmsprop_step.mistake(
    "s is added on top: the average is beta * s + (1 - beta) * gradient**2, without another s before it."
)
def adds_the_average_to_s(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = s + beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@adagrad_step.mistake("Brackets: only the step is divided by the root, not theta too.")
def divides_theta_by_the_root(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return (theta - learning_rate * gradient) / np.sqrt(s + epsilon), s


@adagrad_step.mistake(
    "The gradient is missing in the step: eta / sqrt(s + epsilon) is only the rate it is multiplied by."
)
def steps_by_the_rate_alone(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate / np.sqrt(s + epsilon), s


@adagrad_step.mistake("Only s takes the square. The step goes along the gradient itself, which has a sign.")
def steps_along_the_square(theta, gradient, s, *, learning_rate, epsilon):
    s = s + gradient**2
    return theta - learning_rate * gradient**2 / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("s averages *squares*: (1 - beta) * gradient**2, not the gradient itself.")
def averages_gradients(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("Brackets: (1 - beta) * gradient**2, not 1 - beta * gradient**2.")
def forgets_the_brackets(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + 1 - beta * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("beta belongs to the old s alone: the new square has the weight 1 - beta.")
def damps_the_square_too(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * (s + (1 - beta) * gradient**2)
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("There is no bias correction in RMSProp: divide by sqrt(s + epsilon), with s as it is.")
def corrects_the_average(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s / (1 - beta) + epsilon), s


@rmsprop_step.mistake("You add up the squares of all parameters. Each has its own s: square element by element.")
def shares_one_average(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s + (1 - beta) * np.sum(gradient**2)
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s


@rmsprop_step.mistake("The new square is missing: s = beta * s + (1 - beta) * gradient**2.")
def only_decays(theta, gradient, s, *, learning_rate, beta, epsilon):
    s = beta * s
    return theta - learning_rate * gradient / np.sqrt(s + epsilon), s
