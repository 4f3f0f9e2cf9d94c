"""Exercises: momentum and the Nesterov trick."""

# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Callable, Iterator

import numpy as np

from machine_room import optimizers
from machine_room.arguments import Array
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.optimizers.draws import between, positive, signed
from machine_room.exercises.steps import FASTER
from machine_room.translation import sentence


def _momentum_cases(rng: np.random.Generator) -> Iterator[Case]:
    settings = {"learning_rate": between(rng, 0.05, 0.4), "beta": between(rng, 0.6, 0.85)}
    yield Case("one parameter", (signed(rng, 1), signed(rng, 1), signed(rng, 1)), settings)
    yield Case("three parameters", (signed(rng, 3), signed(rng, 3), signed(rng, 3)), settings)
    yield Case("the first step: m is 0", (signed(rng, 3), signed(rng, 3), np.zeros(3)), settings)
    yield Case(
        "beta = 0: gradient descent", (signed(rng, 2), signed(rng, 2), signed(rng, 2)), {**settings, "beta": 0.0}
    )
    narrow = tuple(signed(rng, 4).astype(np.float32) for _ in range(3))
    yield Case("float32", narrow, settings)


momentum_step = Exercise(
    reference=optimizers.momentum_step,
    cases=_momentum_cases,
    withheld=FASTER,
    returns=("theta", "m"),
)


@momentum_step.mistake(
    "This is a moving average: you multiply the gradient by 1 - beta as well. The lecture's momentum adds the full "
    "step, m = beta * m - eta * gradient, and so gets up to 1 / (1 - beta) times as fast."
)
def averages_the_gradient(theta, gradient, m, *, learning_rate, beta):
    m = beta * m - (1 - beta) * learning_rate * gradient
    return theta + m, m


@momentum_step.mistake("You climb: m = beta * m + eta * gradient points uphill. m already contains the minus.")
def climbs(theta, gradient, m, *, learning_rate, beta):
    m = beta * m + learning_rate * gradient
    return theta + m, m


@momentum_step.mistake("One minus too many: m already contains it, so theta = theta + m, not theta - m.")
def subtracts_m(theta, gradient, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient
    return theta - m, m


@momentum_step.mistake(
    "Your m has the opposite sign of the lecture's, also the one that you are given: keep the minus in m, "
    "m = beta * m - eta * gradient, then add it, theta + m."
)
def keeps_m_positive(theta, gradient, m, *, learning_rate, beta):
    m = beta * m + learning_rate * gradient
    return theta - m, m


@momentum_step.mistake("Where is the last step? Without beta * m this is gradient descent.")
def forgets_the_last_step(theta, gradient, m, *, learning_rate, beta):
    m = -learning_rate * gradient
    return theta + m, m


@momentum_step.mistake("You move by the old m. First make the new one, then take that step.")
def moves_by_the_old_m(theta, gradient, m, *, learning_rate, beta):
    return theta + m, beta * m - learning_rate * gradient


@momentum_step.mistake("You return the old m, so the next step starts from it and momentum never builds up.")
def returns_the_old_m(theta, gradient, m, *, learning_rate, beta):
    return theta + beta * m - learning_rate * gradient, m


@momentum_step.mistake(
    "This is PyTorch's form: it collects gradients in m and multiplies by the learning rate when it moves. Here m is "
    "the step itself, with the rate and the minus in it: m = beta * m - eta * gradient, then theta + m."
)
def collects_gradients(theta, gradient, m, *, learning_rate, beta):
    m = beta * m + gradient
    return theta - learning_rate * m, m


@momentum_step.mistake(
    "This is a moving average of gradients, as in Adam. The lecture's momentum is the step itself: "
    "m = beta * m - eta * gradient, without 1 - beta, then theta + m."
)
def averages_gradients(theta, gradient, m, *, learning_rate, beta):
    m = beta * m + (1 - beta) * gradient
    return theta - learning_rate * m, m


@momentum_step.mistake("The learning rate belongs to the gradient alone: the last step in m was already scaled by it.")
def scales_the_last_step_again(theta, gradient, m, *, learning_rate, beta):
    m = learning_rate * (beta * m - gradient)
    return theta + m, m


@momentum_step.mistake("The learning rate is missing: m = beta * m - eta * gradient.")
def has_no_learning_rate(theta, gradient, m, *, learning_rate, beta):
    m = beta * m - gradient
    return theta + m, m


@momentum_step.mistake("beta says how much of the last step is kept: beta * m, not (1 - beta) * m.")
def keeps_the_rest(theta, gradient, m, *, learning_rate, beta):
    m = (1 - beta) * m - learning_rate * gradient
    return theta + m, m


@momentum_step.mistake("beta belongs to the last step alone: you damp the gradient with it too.")
def damps_the_gradient(theta, gradient, m, *, learning_rate, beta):
    m = beta * (m - learning_rate * gradient)
    return theta + m, m


@momentum_step.mistake("Return the two the other way round: first theta, then m.")
def returns_m_first(theta, gradient, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient
    return m, theta + m


@momentum_step.mistake("Return the new m too, or the next step cannot start from it: return theta, m.")
def returns_theta_alone(theta, gradient, m, *, learning_rate, beta):
    return theta + beta * m - learning_rate * gradient


@momentum_step.mistake(
    "`m *= ...`, `m -= ...` and `theta += ...` change the caller's arrays. Write m = beta * m - ... and theta + m: "
    "that makes new ones."
)
def works_in_place(theta, gradient, m, *, learning_rate, beta):
    m *= beta
    m -= learning_rate * gradient
    theta += m
    return theta, m


@momentum_step.also_correct
def momentum_in_a_loop(theta, gradient, m, *, learning_rate, beta):
    new_theta, new_m = np.zeros_like(theta), np.zeros_like(m)
    for i in range(len(theta)):
        new_m[i] = beta * m[i] - learning_rate * gradient[i]
        new_theta[i] = theta[i] + new_m[i]
    return new_theta, new_m


@momentum_step.also_correct
def momentum_as_a_difference(theta, gradient, m, *, learning_rate, beta):
    new_theta = theta - learning_rate * gradient + beta * m
    return new_theta, new_theta - theta


@momentum_step.also_correct
def momentum_on_a_copy(theta, gradient, m, *, learning_rate, beta):
    m = m.copy()
    m *= beta
    m -= learning_rate * gradient
    return np.add(theta, m), m


def _lookahead_cases(rng: np.random.Generator) -> Iterator[Case]:
    settings = {"beta": between(rng, 0.6, 0.85)}
    yield Case("one parameter", (signed(rng, 1), signed(rng, 1)), settings)
    yield Case("three parameters", (signed(rng, 3), signed(rng, 3)), settings)
    yield Case("the first step: m is 0", (signed(rng, 2), np.zeros(2)), settings)
    yield Case("float32", (signed(rng, 4).astype(np.float32), signed(rng, 4).astype(np.float32)), settings)


nesterov_lookahead = Exercise(
    reference=optimizers.nesterov_lookahead,
    cases=_lookahead_cases,
    withheld=FASTER,
)


@nesterov_lookahead.mistake("Only the part of m that is kept will move us: theta + beta * m.")
def looks_too_far(theta, m, *, beta):
    return theta + m


@nesterov_lookahead.mistake("You look back. m already contains the minus, so ahead is theta + beta * m.")
def looks_back(theta, m, *, beta):
    return theta - beta * m


@nesterov_lookahead.mistake("You do not look ahead: theta is where momentum takes its gradient.")
def stays(theta, m, *, beta):
    return theta.copy()


@nesterov_lookahead.mistake("This is how far we look, not where: add it to theta.")
def returns_the_way(theta, m, *, beta):
    return beta * m


@nesterov_lookahead.mistake("beta belongs to m alone: theta + beta * m.")
def shrinks_theta(theta, m, *, beta):
    return beta * (theta + m)


@nesterov_lookahead.mistake(
    "`theta += ...` moves the caller's theta. You only want to look: return a new array, theta + beta * m."
)
def moves_theta(theta, m, *, beta):
    theta += beta * m
    return theta


@nesterov_lookahead.also_correct
def lookahead_in_a_loop(theta, m, *, beta):
    return np.array([theta[i] + beta * m[i] for i in range(len(theta))])


@nesterov_lookahead.also_correct
def lookahead_by_ufuncs(theta, m, *, beta):
    return np.add(theta, np.multiply(m, beta))


def _bowl(curvature: Array, bottom: Array) -> Callable[[Array], Array]:
    """Return the gradient of a bowl, curvature/2 * (theta - bottom)**2, as a function of theta."""

    def gradient_at(theta: Array) -> Array:
        gradient: Array = curvature * (theta - bottom)
        return gradient

    return gradient_at


def _nesterov_cases(rng: np.random.Generator) -> Iterator[Case]:
    settings = {"learning_rate": between(rng, 0.1, 0.4), "beta": between(rng, 0.6, 0.85)}
    for name, size in ((sentence("one parameter, on a bowl"), 1), (sentence("three parameters, on a bowl"), 3)):
        bowl = _bowl(positive(rng, size, 0.5, 2.0), signed(rng, size))
        yield Case(name, (signed(rng, size), bowl, signed(rng, size)), settings, max_calls=1)
    yield Case(
        "the first step: m is 0", (signed(rng, 2), _bowl(positive(rng, 2), signed(rng, 2)), np.zeros(2)), settings,
        max_calls=1,
    )  # fmt: skip
    yield Case(
        "not a bowl: the gradient is theta**3",
        (signed(rng, 2), lambda theta: theta**3, signed(rng, 2, 0.1, 0.5)),
        settings,
        max_calls=1,
    )
    narrow = [signed(rng, 3).astype(np.float32) for _ in range(4)]
    bowl = _bowl(np.abs(narrow[2]), narrow[3])
    yield Case("float32", (narrow[0], bowl, narrow[1]), settings, max_calls=1)


nesterov_step = Exercise(
    reference=optimizers.nesterov_step,
    cases=_nesterov_cases,
    withheld=FASTER,
    returns=("theta", "m"),
)


@nesterov_step.mistake(
    "You take the gradient at theta: that is plain momentum. The trick is to take it at theta + beta * m."
)
def does_not_look_ahead(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient_at(theta)
    return theta + m, m


@nesterov_step.mistake("You look back, at theta - beta * m. m already contains the minus: ahead is theta + beta * m.")
def takes_the_gradient_behind(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient_at(theta - beta * m)
    return theta + m, m


@nesterov_step.mistake("You look too far, at theta + m. Only beta * m of the last step is kept, so look there.")
def takes_the_gradient_too_far(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient_at(theta + m)
    return theta + m, m


@nesterov_step.mistake(
    "You apply the momentum twice: the step starts at theta. The look-ahead point is only where the gradient is taken."
)
def starts_ahead(theta, gradient_at, m, *, learning_rate, beta):
    ahead = theta + beta * m
    m = beta * m - learning_rate * gradient_at(ahead)
    return ahead + m, m


@nesterov_step.mistake(
    "This is Keras's and PyTorch's rewriting, with the gradient at theta: their theta is the look-ahead point. Here "
    "theta is where we are, and the gradient is taken at theta + beta * m."
)
def uses_the_rewritten_form(theta, gradient_at, m, *, learning_rate, beta):
    gradient = gradient_at(theta)
    m = beta * m - learning_rate * gradient
    return theta + beta * m - learning_rate * gradient, m


@nesterov_step.mistake(
    "You mix two forms: the gradient is taken ahead, and the step goes ahead once more. With the gradient at "
    "theta + beta * m the step is m itself: theta + m."
)
def mixes_two_forms(theta, gradient_at, m, *, learning_rate, beta):
    gradient = gradient_at(theta + beta * m)
    m = beta * m - learning_rate * gradient
    return theta + beta * m - learning_rate * gradient, m


@nesterov_step.mistake("You climb: the gradient points uphill, so it is subtracted, m = beta * m - eta * gradient.")
def climbs_from_ahead(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m + learning_rate * gradient_at(theta + beta * m)
    return theta + m, m


@nesterov_step.mistake("The last step is gone: the new m is beta * m - eta * gradient, as in momentum.")
def forgets_m(theta, gradient_at, m, *, learning_rate, beta):
    m = -learning_rate * gradient_at(theta + beta * m)
    return theta + m, m


@nesterov_step.mistake("The gradient is not averaged here: m = beta * m - eta * gradient, without a factor 1 - beta.")
def averages_the_gradient_ahead(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m - (1 - beta) * learning_rate * gradient_at(theta + beta * m)
    return theta + m, m


@nesterov_step.mistake("Return the new m, not the one you were given: the next step builds on it.")
def hands_back_the_old_m(theta, gradient_at, m, *, learning_rate, beta):
    return theta + beta * m - learning_rate * gradient_at(theta + beta * m), m


@nesterov_step.mistake("`+=` and `*=` change the caller's theta and m. Make new arrays: ahead = theta + beta * m.")
def moves_the_callers_arrays(theta, gradient_at, m, *, learning_rate, beta):
    m *= beta
    m -= learning_rate * gradient_at(theta + m)
    theta += m
    return theta, m


@nesterov_step.also_correct
def nesterov_in_two_moves(theta, gradient_at, m, *, learning_rate, beta):
    ahead = theta + beta * m
    new_theta = ahead - learning_rate * gradient_at(ahead)
    return new_theta, new_theta - theta


@nesterov_step.also_correct
def nesterov_in_a_loop(theta, gradient_at, m, *, learning_rate, beta):
    gradient = gradient_at(np.array([theta[i] + beta * m[i] for i in range(len(theta))], dtype=theta.dtype))
    new_m = np.array([beta * m[i] - learning_rate * gradient[i] for i in range(len(theta))])
    return np.array([theta[i] + new_m[i] for i in range(len(theta))]), new_m


@nesterov_step.mistake(
    "gradient_at is a function. Call it with the point where you want the gradient: gradient_at(...)."
)
def does_not_call_the_function(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient_at
    return theta + m, m


@nesterov_step.mistake(
    "beta is multiplied twice before you look ahead: m = beta * m has it already, and the look-ahead point takes it "
    "again. Look ahead with the m you were given."
)
def keeps_beta_twice(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m
    m = m - learning_rate * gradient_at(theta + beta * m)
    return theta + m, m


@momentum_step.mistake("beta is missing: only a part of the last step is kept, beta * m.")
def keeps_all_of_the_last_step(theta, gradient, m, *, learning_rate, beta):
    m = m - learning_rate * gradient
    return theta + m, m


@momentum_step.mistake("The learning rate is in m already: theta + m, not theta + eta * m.")
def scales_twice(theta, gradient, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient
    return theta + learning_rate * m, m


@momentum_step.mistake(
    "This is Nesterov's step as Keras writes it: m is right, but plain momentum moves by m alone, theta + m."
)
def moves_as_keras_nesterov(theta, gradient, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient
    return theta + beta * m - learning_rate * gradient, m


@momentum_step.mistake("eta and beta are exchanged: m = beta * m - eta * gradient.")
def exchanges_eta_and_beta(theta, gradient, m, *, learning_rate, beta):
    m = learning_rate * m - beta * gradient
    return theta + m, m


@nesterov_lookahead.mistake("beta multiplies m, not theta: theta + beta * m.")
def multiplies_theta_by_beta(theta, m, *, beta):
    return beta * theta + m


@nesterov_lookahead.mistake("beta is the part of m that is kept: theta + beta * m, not (1 - beta) * m.")
def looks_by_the_rest(theta, m, *, beta):
    return theta + (1 - beta) * m


@nesterov_step.mistake(
    "nesterov_lookahead returns the point itself. Take the gradient there, without adding theta again."
)
def adds_theta_twice(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m - learning_rate * gradient_at(theta + (theta + beta * m))
    return theta + m, m


@nesterov_step.mistake(
    "The point is right, but m is PyTorch's: it lacks the rate and the minus. m = beta * m - eta * gradient, theta + m."
)
def collects_gradients_ahead(theta, gradient_at, m, *, learning_rate, beta):
    m = beta * m + gradient_at(theta + beta * m)
    return theta - learning_rate * m, m
