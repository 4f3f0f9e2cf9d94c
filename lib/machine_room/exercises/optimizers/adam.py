"""Exercise: Adam, and the ways to get it wrong that the usual test does not see."""

# mypy: allow-untyped-defs, allow-untyped-calls

import numpy as np

from machine_room import optimizers
from machine_room.exercises.exercise import Exercise
from machine_room.exercises.optimizers.draws import adam_cases
from machine_room.exercises.steps import FASTER

adam_step = Exercise(
    reference=optimizers.adam_step,
    cases=adam_cases,
    withheld=FASTER,
    returns=("theta", "m", "s"),
)


@adam_step.mistake("m and s start at 0 and are too small early on: divide them by 1 - beta1**t and 1 - beta2**t.")
def corrects_neither(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta - learning_rate * m / np.sqrt(s + epsilon), m, s


@adam_step.mistake("s needs its bias correction too: s_hat = s / (1 - beta2**t).")
def corrects_only_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta - learning_rate * m / (1 - beta1**t) / np.sqrt(s + epsilon), m, s


@adam_step.mistake("m needs its bias correction too: m_hat = m / (1 - beta1**t).")
def corrects_only_s(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta - learning_rate * m / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@adam_step.mistake(
    "You return the corrected m and s, and the next step corrects them again. Keep the plain averages; m_hat and s_hat "
    "are only for this step."
)
def keeps_the_corrected(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1**t)
    s = (beta2 * s + (1 - beta2) * gradient**2) / (1 - beta2**t)
    return theta - learning_rate * m / np.sqrt(s + epsilon), m, s


@adam_step.mistake("t is already the number of this update: beta**t, not beta**(t + 1).")
def counts_one_too_many(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1 ** (t + 1)), s / (1 - beta2 ** (t + 1))
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("t counts from 1: on the first update it is already 1. With t - 1 you divide by 0 there.")
def counts_from_zero(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / np.asarray(1 - beta1 ** (t - 1)), s / np.asarray(1 - beta2 ** (t - 1))
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("beta *to the power* t, not beta times t: the two agree only on the first update.")
def multiplies_beta_by_t(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1 * t), s / (1 - beta2 * t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake(
    "The power t is missing: the correction is 1 - beta**t and fades. Yours stays that of the first update."
)
def corrects_always_the_same(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta - learning_rate * m / (1 - beta1) / np.sqrt(s / (1 - beta2) + epsilon), m, s


@adam_step.mistake("beta1 belongs to m, beta2 to s: you have them swapped, everywhere.")
def swaps_the_betas(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta2 * m + (1 - beta2) * gradient
    s = beta1 * s + (1 - beta1) * gradient**2
    m_hat, s_hat = m / (1 - beta2**t), s / (1 - beta1**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake(
    "The averages are right, but the corrections have their betas swapped: m_hat needs beta1, s_hat beta2."
)
def swaps_the_corrections(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta2**t), s / (1 - beta1**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("Both corrections use beta1: s_hat = s / (1 - beta2**t).")
def corrects_both_by_beta1(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta1**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("s averages the squares of the *gradient*: you square m.")
def squares_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * m**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("s averages *squares*: the square of the gradient is missing.")
def does_not_square(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * np.abs(gradient)
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake(
    "epsilon stands outside the root. That is the paper's and PyTorch's convention; the lecture writes "
    "sqrt(s_hat + epsilon)."
)
def puts_epsilon_outside(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / (np.sqrt(s_hat) + epsilon), m, s


@adam_step.mistake(
    "epsilon is added to the root of the uncorrected s. That is Keras's form; the lecture writes sqrt(s_hat + epsilon)."
)
def uses_keras_epsilon(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    rate = learning_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - rate * m / (np.sqrt(s) + epsilon), m, s


@adam_step.mistake("epsilon is added before the correction, so the correction enlarges it too: sqrt(s_hat + epsilon).")
def corrects_epsilon_too(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), (s + epsilon) / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat), m, s


@adam_step.mistake("epsilon is squared: under the root it stands as it is, sqrt(s_hat + epsilon).")
def squares_epsilon(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon**2), m, s


@adam_step.mistake("epsilon is added to theta: a bracket is missing. It belongs under the root, sqrt(s_hat + epsilon).")
def adds_epsilon_to_theta(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat) + epsilon, m, s


@adam_step.mistake("epsilon is subtracted from theta with the step: it belongs under the root, sqrt(s_hat + epsilon).")
def adds_epsilon_to_the_step(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - (learning_rate * m_hat / np.sqrt(s_hat) + epsilon), m, s


@adam_step.mistake("epsilon is missing: where a gradient has always been 0, you divide 0 by 0.")
def has_no_epsilon(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat), m, s


@adam_step.mistake("You step along the raw gradient: that is RMSProp. Adam steps along m_hat.")
def steps_along_the_gradient(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    return theta - learning_rate * gradient / np.sqrt(s / (1 - beta2**t) + epsilon), m, s


@adam_step.mistake("The gradient in m is not weighted: m = beta1 * m + (1 - beta1) * gradient.")
def forgets_one_minus_beta1(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("The square in s is not weighted: s = beta2 * s + (1 - beta2) * gradient**2.")
def forgets_one_minus_beta2(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake(
    "beta keeps the *past*: beta1 * m + (1 - beta1) * gradient, and s likewise. You have the weights swapped."
)
def swaps_the_weights(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = (1 - beta1) * m + beta1 * gradient
    s = (1 - beta2) * s + beta2 * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("The square root is missing: divide by sqrt(s_hat + epsilon).")
def forgets_the_root(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / (s_hat + epsilon), m, s


@adam_step.mistake("You climb: in Adam m has the gradient's sign, so the step is subtracted from theta.")
def climbs(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta + learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake(
    "theta is right, but your m has the wrong sign: Adam averages the gradients themselves and subtracts, unlike "
    "momentum, where m contains the minus."
)
def keeps_the_minus_in_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    downhill = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = -downhill / (1 - beta1**t), s / (1 - beta2**t)
    return theta + learning_rate * m_hat / np.sqrt(s_hat + epsilon), -downhill, s


@adam_step.mistake("You return the m and s that you were given: the next step builds on the new ones.")
def returns_the_old_averages(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m_hat = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1**t)
    s_hat = (beta2 * s + (1 - beta2) * gradient**2) / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("Return theta, m, s, in this order: your m and s are exchanged.")
def returns_s_before_m(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), s, m


@adam_step.mistake("Brackets are missing in the corrections: m / (1 - beta1**t), not m / 1 - beta1**t, and s likewise.")
def forgets_the_brackets(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / 1 - beta1**t, s / 1 - beta2**t
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("Return the new m and s too, or the next step cannot start from them: return theta, m, s.")
def returns_theta_alone(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m_hat = (beta1 * m + (1 - beta1) * gradient) / (1 - beta1**t)
    s_hat = (beta2 * s + (1 - beta2) * gradient**2) / (1 - beta2**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon)


@adam_step.mistake("`*=`, `+=` and `-=` change the caller's theta, m and s. Make new arrays: m = beta1 * m + ...")
def works_in_place(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m *= beta1
    m += (1 - beta1) * gradient
    s *= beta2
    s += (1 - beta2) * gradient**2
    theta -= learning_rate * m / (1 - beta1**t) / np.sqrt(s / (1 - beta2**t) + epsilon)
    return theta, m, s


@adam_step.also_correct
def adam_in_a_loop(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    theta, m, s = theta.copy(), m.copy(), s.copy()
    for i in range(len(theta)):
        m[i] = beta1 * m[i] + (1 - beta1) * gradient[i]
        s[i] = beta2 * s[i] + (1 - beta2) * gradient[i] ** 2
        theta[i] -= learning_rate * (m[i] / (1 - beta1**t)) / np.sqrt(s[i] / (1 - beta2**t) + epsilon)
    return theta, m, s


@adam_step.also_correct
def adam_with_one_rate(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = m + (1 - beta1) * (gradient - m)
    s = s + (1 - beta2) * (gradient * gradient - s)
    rest = 1 - beta2**t
    rate = learning_rate * np.sqrt(rest) / (1 - beta1**t)
    return theta - rate * m / np.sqrt(s + epsilon * rest), m, s


@adam_step.also_correct
def adam_from_its_parts(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    def average(new, old, beta):
        return beta * old + (1 - beta) * new

    def corrected(moment, beta):
        return moment / (1 - beta**t)

    m, s = average(gradient, m, beta1), average(np.square(gradient), s, beta2)
    step = learning_rate * corrected(m, beta1) * (corrected(s, beta2) + epsilon) ** -0.5
    return theta - step, m, s


@adam_step.mistake("You correct m and s twice. Once is enough: m_hat = m / (1 - beta1**t), and s_hat likewise.")
def corrects_twice(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t) ** 2, s / (1 - beta2**t) ** 2
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("You correct the old m and s. First bring them up to date, then correct the new ones.")
def corrects_the_old_averages(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m / (1 - beta1**t) + (1 - beta1) * gradient
    s = beta2 * s / (1 - beta2**t) + (1 - beta2) * gradient**2
    return theta - learning_rate * m / np.sqrt(s + epsilon), m, s


@adam_step.mistake("Brackets: only the step is divided by the root, not theta too.")
def divides_theta_by_the_root(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return (theta - learning_rate * m_hat) / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake("s is corrected under the root: sqrt(s / (1 - beta2**t) + epsilon).")
def corrects_outside_the_root(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat = m / (1 - beta1**t)
    return theta - learning_rate * m_hat / (np.sqrt(s + epsilon) / (1 - beta2**t)), m, s


@adam_step.mistake("beta1 and beta2 are 0.9 and 0.999 only as a rule: correct with beta1 and beta2 themselves.")
def corrects_with_the_usual_betas(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m + (1 - beta1) * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return theta - learning_rate * m_hat / np.sqrt(s_hat + epsilon), m, s


@adam_step.mistake(
    "m holds the learning rate and the minus, as in the lecture's momentum. In Adam it is a plain average of gradients."
)
def keeps_the_momentum_of_before(theta, gradient, m, s, t, *, learning_rate, beta1, beta2, epsilon):
    m = beta1 * m - learning_rate * gradient
    s = beta2 * s + (1 - beta2) * gradient**2
    m_hat, s_hat = m / (1 - beta1**t), s / (1 - beta2**t)
    return theta + m_hat / np.sqrt(s_hat + epsilon), m, s
