"""Exercises: Adam's relatives, Nadam and AdamW, and weight decay."""

# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Iterator

import numpy as np

from machine_room import optimizers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.optimizers.draws import adam_cases, between, positive, signed
from machine_room.exercises.steps import FASTER

nadam_step = Exercise(
    reference=optimizers.nadam_step,
    cases=adam_cases,
    withheld=FASTER,
    returns=("theta", "m", "s"),
)


@nadam_step.mistake("This is Adam: the trick is missing. Replace m_hat by m_ahead, the momentum of the next step.")
def is_plain_adam(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@nadam_step.mistake(
    "You correct m as in this step. m_ahead belongs to the next one, so m is divided by 1 - beta1**(t + 1)."
)
def corrects_m_for_this_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("The gradient belongs to this step: divide it by 1 - beta1**t. Only m gets t + 1.")
def corrects_both_for_the_next_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1 ** (t + 1))
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("The gradient's part lacks its correction: (1 - beta1) * gradient / (1 - beta1**t).")
def leaves_the_gradient_uncorrected(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("You look ahead with the old m. First bring m up to date, then look ahead with the new one.")
def looks_ahead_with_the_old_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("beta1 is missing before m: the next step keeps beta1 * m of it.")
def looks_ahead_with_all_of_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("1 - beta1 is missing before the gradient: the two parts of m_ahead are an average.")
def adds_all_of_the_gradient(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("Nothing is corrected: m gets 1 - beta1**(t + 1), the gradient 1 - beta1**t, s gets 1 - beta2**t.")
def corrects_nothing(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m + (1 - beta1) * gradient
    return theta - learning_rate * m_ahead / np.sqrt(s + epsilon), m, s


@nadam_step.mistake("s needs its bias correction, as in Adam: s_hat = s / (1 - beta2**t).")
def leaves_s_uncorrected(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s + epsilon), m, s


@nadam_step.mistake("The t + 1 is for m alone: s_hat = s / (1 - beta2**t), as in Adam.")
def corrects_s_for_the_next_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2 ** (t + 1)) + epsilon), m, s


@nadam_step.mistake(
    "This is Keras's Nadam: its beta1 warms up, beta1 * (1 - 0.96**t / 2). Here beta1 stays as it is, and the "
    "corrections are 1 - beta1**(t + 1) and 1 - beta1**t."
)
def warms_the_momentum_up(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    mu = beta1 * (1 - 0.5 * 0.96 ** np.arange(1, t + 2))
    product = np.cumprod(mu)
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = mu[t] * m / (1 - product[t]) + (1 - mu[t - 1]) * gradient / (1 - product[t - 1])
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake(
    "epsilon stands outside the root. That is Keras's and PyTorch's convention; the lecture writes "
    "sqrt(s_hat + epsilon)."
)
def puts_epsilon_outside(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / (np.sqrt(s / (1 - beta2**t)) + epsilon), m, s


@nadam_step.mistake("You return m_ahead as m. It is only for this step: keep the plain average, as in Adam.")
def keeps_m_ahead(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m_ahead, s


@nadam_step.mistake("You climb: the step is subtracted from theta.")
def climbs(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta + learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.also_correct
def nadam_in_a_loop(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    theta, m, s = theta.copy(), m.copy(), s.copy()
    for i in range(len(theta)):
        m[i] = beta1 * m[i] + (1 - beta1) * gradient[i]
        s[i] = beta2 * s[i] + (1 - beta2) * gradient[i] ** 2
        m_ahead = beta1 * m[i] / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient[i] / (1 - beta1**t)
        theta[i] -= learning_rate * m_ahead / np.sqrt(s[i] / (1 - beta2**t) + epsilon)
    return theta, m, s


@nadam_step.also_correct
def nadam_with_weights(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = m + (1 - beta1) * (gradient - m)
    s = s + (1 - beta2) * (np.square(gradient) - s)
    of_m, of_gradient = beta1 / (1 - beta1 ** (t + 1)), (1 - beta1) / (1 - beta1**t)
    return (
        theta
        - (learning_rate * of_m * m + learning_rate * of_gradient * gradient) / np.sqrt(s / (1 - beta2**t) + epsilon),
        m,
        s,
    )


def _weight_decay_cases(rng: np.random.Generator) -> Iterator[Case]:
    settings = {"learning_rate": between(rng, 0.2, 0.6), "weight_decay": between(rng, 0.2, 0.6)}
    yield Case("one weight", (signed(rng, 1, 0.4),), settings)
    yield Case("four weights of either sign", (positive(rng, 4, 0.4) * [1, -1, 1, -1],), settings)
    yield Case("no decay", (signed(rng, 3),), {**settings, "weight_decay": 0.0})
    yield Case("the usual size", (signed(rng, 3),), {"learning_rate": 0.001, "weight_decay": 0.01}, rtol=1e-10, atol=0)
    yield Case("float32", (signed(rng, 4).astype(np.float32),), settings)


weight_decay_step = Exercise(
    reference=optimizers.weight_decay_step,
    cases=_weight_decay_cases,
    withheld=FASTER,
)


@weight_decay_step.mistake("The learning rate is missing: the factor is 1 - eta * lambda.")
def forgets_the_learning_rate(theta, *, learning_rate, weight_decay):
    return theta * (1 - weight_decay)


@weight_decay_step.mistake("You take the same amount from every weight. Decay is a factor: theta * (1 - eta * lambda).")
def subtracts_a_constant(theta, *, learning_rate, weight_decay):
    return theta - learning_rate * weight_decay


@weight_decay_step.mistake(
    "This is L1: every weight loses the same amount. Decay takes a *share*: theta * (1 - eta * lambda)."
)
def pulls_like_l1(theta, *, learning_rate, weight_decay):
    return theta - learning_rate * weight_decay * np.sign(theta)


@weight_decay_step.mistake("The weights grow: the factor must be a little *under* 1, 1 - eta * lambda.")
def grows(theta, *, learning_rate, weight_decay):
    return theta * (1 + learning_rate * weight_decay)


@weight_decay_step.mistake(
    "A factor 2 too much: that is the slope of the penalty lambda * theta**2. Here the factor is 1 - eta * lambda."
)
def decays_twice(theta, *, learning_rate, weight_decay):
    return theta * (1 - 2 * learning_rate * weight_decay)


@weight_decay_step.mistake("This is what is lost, not what is left: theta * (1 - eta * lambda).")
def returns_what_is_lost(theta, *, learning_rate, weight_decay):
    return theta * (learning_rate * weight_decay)


@weight_decay_step.mistake(
    "Divide and multiply are not the same here: theta * (1 - eta * lambda), not theta / (1 + eta * lambda)."
)
def divides(theta, *, learning_rate, weight_decay):
    return theta / (1 + learning_rate * weight_decay)


@weight_decay_step.mistake("`theta *= ...` changes the caller's array. Return a new one: theta * (1 - eta * lambda).")
def decays_in_place(theta, *, learning_rate, weight_decay):
    theta *= 1 - learning_rate * weight_decay
    return theta


@weight_decay_step.also_correct
def decay_by_a_difference(theta, *, learning_rate, weight_decay):
    return theta - learning_rate * weight_decay * theta


@weight_decay_step.also_correct
def decay_in_a_loop(theta, *, learning_rate, weight_decay):
    return np.array([weight - learning_rate * weight_decay * weight for weight in theta])


def _adamw_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from adam_cases(rng, weight_decay=between(rng, 0.3, 0.7))


adamw_step = Exercise(
    reference=optimizers.adamw_step,
    cases=_adamw_cases,
    withheld=FASTER,
    returns=("theta", "m", "s"),
)


@adamw_step.mistake(
    "This is Adam: the weights do not decay. Multiply theta by 1 - eta * lambda, then take Adam's step."
)
def does_not_decay(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake(
    "This is L2 in the gradient: the decay goes through m and s and is divided by the root like everything else. Decay "
    "theta itself."
)
def adds_the_decay_to_the_gradient(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    gradient = gradient + weight_decay * theta
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("The decay enters m, so it is averaged and divided by the root. Decay theta itself.")
def adds_the_decay_to_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * (gradient + weight_decay * theta)
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("The decay is divided by the root: a bracket too many. Only Adam's step is, not the decay.")
def divides_the_decay_by_the_root(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * (m_hat + weight_decay * theta) / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("The decay lacks the learning rate: theta * (1 - eta * lambda), as Keras and PyTorch do.")
def decays_without_the_rate(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 - weight_decay) - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("You decay after Adam's step, so the step decays too. Decay first, then step.")
def decays_last(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    moved = theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon)
    return moved * (1 - learning_rate * weight_decay), m, s


@adamw_step.mistake("The weights grow: the factor is 1 - eta * lambda.")
def grows_the_weights(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 + learning_rate * weight_decay) - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("The decay is right, but Adam's step lacks the bias correction: m_hat and s_hat, not m and s.")
def decays_without_bias_correction(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta * (1 - learning_rate * weight_decay) - learning_rate * m / np.sqrt(s + epsilon), m, s


@adamw_step.mistake(
    "The decay is right, but epsilon stands outside the root. That is PyTorch's convention; the lecture writes "
    "sqrt(s_hat + epsilon)."
)
def decays_with_epsilon_outside(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 - learning_rate * weight_decay) - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@adamw_step.mistake("`theta *= ...` decays the caller's array. Make a new one: theta * (1 - eta * lambda).")
def decays_the_callers_theta(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    theta *= 1 - learning_rate * weight_decay
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.also_correct
def adamw_in_a_loop(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    theta, m, s = theta.copy(), m.copy(), s.copy()
    for i in range(len(theta)):
        m[i] = beta1 * m[i] + (1 - beta1) * gradient[i]
        s[i] = beta2 * s[i] + (1 - beta2) * gradient[i] ** 2
        theta[i] -= learning_rate * weight_decay * theta[i]
        theta[i] -= learning_rate * m[i] / (1 - beta1**t) / np.sqrt(s[i] / (1 - beta2**t) + epsilon)
    return theta, m, s


@adamw_step.also_correct
def adamw_in_one_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * (m_hat / np.sqrt(s_hat + epsilon) + weight_decay * theta), m, s


@nadam_step.mistake(
    "`beta1**t + 1` adds 1 to the power. The next step's number belongs into the exponent: beta1 ** (t + 1)."
)
def adds_one_to_the_power(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    ahead = beta1 * m / (1 - beta1**t + 1) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@weight_decay_step.mistake(
    "The brackets are missing: (1 - eta * lambda) * theta multiplies theta by the factor; yours subtracts from 1."
)
def forgets_the_brackets(theta, *, learning_rate, weight_decay):
    return 1 - learning_rate * weight_decay * theta


@nadam_step.mistake("m is corrected twice: m_ahead starts from the plain m, not from m_hat.")
def corrects_m_twice(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    m_ahead = beta1 * m_hat / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("The two powers are exchanged: m is divided by 1 - beta1**(t + 1), the gradient by 1 - beta1**t.")
def exchanges_the_corrections(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1**t) + (1 - beta1) * gradient / (1 - beta1 ** (t + 1))
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake(
    "s is corrected, but the two parts of m_ahead are not: 1 - beta1**(t + 1) for m, 1 - beta1**t for the gradient."
)
def leaves_m_ahead_uncorrected(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m + (1 - beta1) * gradient
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("The gradient's share is missing: m_ahead has two parts.")
def forgets_the_gradients_share(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1))
    return theta - learning_rate * m_ahead / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@nadam_step.mistake("You return the corrected m and s, and the next step corrects them again. Keep the plain averages.")
def returns_the_corrected(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    s_hat = s / (1 - beta2**t)
    return theta - learning_rate * m_ahead / np.sqrt(s_hat + epsilon), m / (1 - beta1**t), s_hat


@nadam_step.mistake("Two steps at once: Adam's, and Nadam's from there. Nadam's replaces Adam's, starting from theta.")
def steps_twice(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    theta = theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon)
    m_ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)
    return theta - learning_rate * m_ahead / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("You decay twice: multiply theta by 1 - eta * lambda once.")
def decays_theta_twice(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 - learning_rate * weight_decay) ** 2 - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("The gradient decays too. It stays the one that you were given; only theta decays.")
def decays_the_gradient(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    gradient = gradient * (1 - learning_rate * weight_decay)
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 - learning_rate * weight_decay) - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("m decays too. Only theta does.")
def decays_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = m * (1 - learning_rate * weight_decay)
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 - learning_rate * weight_decay) - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adamw_step.mistake("Return the new m and s too, or the next step cannot start from them: return theta, m, s.")
def returns_theta_alone(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta * (1 - learning_rate * weight_decay) - learning_rate * m_hat / np.sqrt(s_hat + epsilon)


@adamw_step.mistake("adam_step returns theta, m and s already: return what it returns, without m and s once more.")
def returns_a_result_in_a_result(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon, weight_decay):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    decayed = theta * (1 - learning_rate * weight_decay)
    return (decayed - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s), m, s


@weight_decay_step.mistake("Brackets: 1 - eta * lambda is the factor, not (1 - eta) * lambda.")
def takes_one_minus_eta(theta, *, learning_rate, weight_decay):
    return (1 - learning_rate) * weight_decay * theta
