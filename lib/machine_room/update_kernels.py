"""The update formulas of the optimizers, in place, once each.

Both faces of an optimizer call these: the pure step on copies (`optimizer_steps`), the class on the network's own
vector (`optimizers`). They write into `theta`, `m` and `s`; `work` is scratch of the same shape, so that a training
step allocates nothing. Each group of lines stands under the formula it computes. Arguments are trusted here.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def gradient_descent(theta: Array, gradient: Array, work: Array, *, learning_rate: float) -> None:
    # theta = theta - eta * gradient
    np.multiply(gradient, learning_rate, out=work)
    theta -= work


def momentum(theta: Array, gradient: Array, m: Array, work: Array, *, learning_rate: float, beta: float) -> None:
    # m = beta * m - eta * gradient
    m *= beta
    np.multiply(gradient, learning_rate, out=work)
    m -= work
    # theta = theta + m
    theta += m


def adagrad(
    theta: Array, gradient: Array, s: Array, work: Array, *, learning_rate: float, epsilon: float, epsilon_inside: bool
) -> None:
    # s = s + gradient * gradient
    np.multiply(gradient, gradient, out=work)
    s += work
    # theta = theta - eta * gradient / sqrt(s + epsilon)
    np.copyto(work, s)
    root(work, epsilon, epsilon_inside)
    np.divide(gradient, work, out=work)
    work *= learning_rate
    theta -= work


def rmsprop(
    theta: Array,
    gradient: Array,
    s: Array,
    work: Array,
    *,
    learning_rate: float,
    beta: float,
    epsilon: float,
    epsilon_inside: bool,
) -> None:
    # s = beta * s + (1 - beta) * gradient * gradient
    average_squares(s, gradient, work, beta)
    # theta = theta - eta * gradient / sqrt(s + epsilon)
    np.copyto(work, s)
    root(work, epsilon, epsilon_inside)
    np.divide(gradient, work, out=work)
    work *= learning_rate
    theta -= work


def adam(
    theta: Array,
    gradient: Array,
    m: Array,
    s: Array,
    t: int,
    work: Array,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    epsilon_inside: bool,
) -> None:
    # m = beta1 * m + (1 - beta1) * gradient;  s = beta2 * s + (1 - beta2) * gradient * gradient
    average(m, gradient, work, beta1)
    average_squares(s, gradient, work, beta2)
    # theta = theta - eta * m_hat / sqrt(s_hat + epsilon);  m_hat = m / (1 - beta1^t);  s_hat = s / (1 - beta2^t)
    corrected_root(s, 1 - beta2**t, work, epsilon, epsilon_inside)
    np.divide(m, work, out=work)
    work *= learning_rate * math.sqrt(1 - beta2**t) / (1 - beta1**t)
    theta -= work


def nadam(
    theta: Array,
    gradient: Array,
    m: Array,
    s: Array,
    t: int,
    work: Array,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    epsilon_inside: bool,
    momentum_weight: float,
    gradient_weight: float,
) -> None:
    # m and s as in adam
    average(m, gradient, work, beta1)
    average_squares(s, gradient, work, beta2)
    # theta = theta - eta * (momentum_weight * m + gradient_weight * gradient) / sqrt(s_hat + epsilon)
    corrected_root(s, 1 - beta2**t, work, epsilon, epsilon_inside)
    ahead = momentum_weight * m
    ahead += gradient_weight * gradient
    np.divide(ahead, work, out=work)
    work *= learning_rate * math.sqrt(1 - beta2**t)
    theta -= work


def average(m: Array, gradient: Array, work: Array, beta: float) -> None:
    # m = beta * m + (1 - beta) * gradient
    m *= beta
    np.multiply(gradient, 1 - beta, out=work)
    m += work


def average_squares(s: Array, gradient: Array, work: Array, beta: float) -> None:
    # s = beta * s + (1 - beta) * gradient * gradient
    s *= beta
    np.multiply(gradient, gradient, out=work)
    work *= 1 - beta
    s += work


def corrected_root(s: Array, correction: float, work: Array, epsilon: float, epsilon_inside: bool) -> None:
    # work = sqrt(s_hat + epsilon) * sqrt(correction), s_hat = s / correction: a whole division less than in s_hat
    # itself, for a factor that the learning rate takes up
    if epsilon_inside:
        np.add(s, epsilon * correction, out=work)
        np.sqrt(work, out=work)
    else:
        np.sqrt(s, out=work)
        work += epsilon * math.sqrt(correction)


def root(s: Array, epsilon: float, epsilon_inside: bool) -> None:
    # sqrt(s + epsilon), the lecture's and Keras's AdaGrad's; or sqrt(s) + epsilon, PyTorch's and Adam's Algorithm 1
    if epsilon_inside:
        s += epsilon
        np.sqrt(s, out=s)
    else:
        np.sqrt(s, out=s)
        s += epsilon


def weight_decay(theta: Array, mask: Array | bool, *, learning_rate: float, weight_decay: float) -> None:
    # theta = theta * (1 - eta * lambda), where the mask is True
    np.multiply(theta, 1 - learning_rate * weight_decay, out=theta, where=mask)
