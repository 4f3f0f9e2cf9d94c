"""The exercise first_step_length: predict what state that starts at 0 does to each optimizer's first step."""

# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Iterator

import numpy as np

from machine_room import optimizers
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.optimizers.draws import between, signed
from machine_room.exercises.steps import FASTER
from machine_room.translation import sentence

_NAMES = ("SGD", "Momentum", "NAG", "AdaGrad", "RMSProp", "Adam", "Nadam")


def _first_step_length_cases(rng: np.random.Generator) -> Iterator[Case]:
    # Betas far from each other, slopes far from 1: else lengths that are not the same would look so.
    for name in _NAMES:
        settings = {
            "learning_rate": between(rng, 0.2, 0.6),
            "beta1": between(rng, 0.6, 0.75),
            "beta2": between(rng, 0.9, 0.97),
        }
        yield Case(
            sentence("{name}, a slope that falls", name=name),
            (name, -abs(float(signed(rng, 1, 2.0, 5.0)[0]))),
            settings,
        )
        settings = {"learning_rate": 0.1, "beta1": between(rng, 0.3, 0.5), "beta2": between(rng, 0.6, 0.8)}
        yield Case(
            sentence("{name}, a small slope", name=name), (name, abs(float(signed(rng, 1, 0.1, 0.4)[0]))), settings
        )


first_step_length = Exercise(
    reference=optimizers.first_step_length,
    cases=_first_step_length_cases,
    withheld=FASTER,
)


@first_step_length.also_correct
def one_branch_after_the_other(optimizer, slope, *, learning_rate, beta1, beta2):
    if optimizer in ("SGD", "Momentum", "NAG"):
        return learning_rate * abs(slope)
    if optimizer == "RMSProp":
        return learning_rate / np.sqrt(1 - beta2)
    if optimizer == "Nadam":
        return learning_rate * (beta1 * (1 - beta1) / (1 - beta1**2) + 1)
    return learning_rate


@first_step_length.also_correct
def takes_the_step(optimizer, slope, *, learning_rate, beta1, beta2):
    if optimizer in ("SGD", "Momentum", "NAG"):
        m = beta1 * 0.0 - learning_rate * slope
        return abs(m)
    s = slope**2 if optimizer == "AdaGrad" else (1 - beta2) * slope**2
    m = (1 - beta1) * slope
    if optimizer in ("AdaGrad", "RMSProp"):
        return abs(learning_rate * slope / np.sqrt(s))
    ahead = m / (1 - beta1)
    if optimizer == "Nadam":
        ahead = beta1 * m / (1 - beta1**2) + (1 - beta1) * slope / (1 - beta1)
    return abs(learning_rate * ahead / np.sqrt(s / (1 - beta2)))


@first_step_length.also_correct
def returns_an_array_of_one_number(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": (1 + 2 * beta1) / (1 + beta1)}
    return np.float64(learning_rate) * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "A length is never negative: for SGD and those with plain momentum take the slope's size, abs(slope)."
)
def keeps_the_sign(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    return learning_rate * factors.get(optimizer, slope)


@first_step_length.mistake(
    "Momentum's first step is too short: the lecture's m = beta m - eta slope has no factor 1 - beta. Adam's m has."
)
def momentum_as_an_average(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    factors["Momentum"] = factors["NAG"] = (1 - beta1) * abs(slope)
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "That is how long momentum's steps become in the end. In the first one m was 0, there is nothing to add up yet."
)
def momentum_in_the_end(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    factors["Momentum"] = factors["NAG"] = abs(slope) / (1 - beta1)
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "NAG looks ahead by beta m, and m is 0 before the first step: it looks where it stands, as Momentum does."
)
def nag_is_ahead_already(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    factors["NAG"] = (1 + beta1) * abs(slope)
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "AdaGrad's s holds the square of this very slope already: what does slope / sqrt(slope * slope) give?"
)
def adagrad_has_collected_nothing(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "RMSProp's s is an average that started at 0, and nothing corrects it: it holds only 1 - beta2 of the square."
)
def rmsprop_is_like_adagrad(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": 1.0, "Nadam": 1 + beta1 / (1 + beta1)}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake("RMSProp *divides* by the root of s. A small s makes its first step longer, not shorter.")
def rmsprop_is_shorter(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** 0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake("RMSProp divides by the *root* of s, so by the root of 1 - beta2.")
def rmsprop_forgets_the_root(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": 1 / (1 - beta2), "Nadam": 1 + beta1 / (1 + beta1)}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake("RMSProp takes the decay of s, which is beta2 here. You took beta1.")
def rmsprop_takes_beta1(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta1) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "Adam corrects both of its averages: at t = 1 m_hat is the slope itself, and s_hat its square. What is left?"
)
def adam_is_not_corrected(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    factors["Adam"] = (1 - beta1) / (1 - beta2) ** 0.5
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake("Adam divides by the root of s_hat, so the slope's size drops out, as it does for AdaGrad.")
def adam_goes_by_the_slope(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    factors["Adam"] = abs(slope)
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "Nadam is longer than Adam: to this gradient's share it adds beta1 m, corrected by 1 - beta1**2. Put t = 1 in."
)
def nadam_is_like_adam(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1.0}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake(
    "In Nadam m belongs to the next step: beta1 m is corrected by 1 - beta1**2, not by 1 - beta1."
)
def nadam_corrects_by_this_step(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1}
    return learning_rate * factors.get(optimizer, abs(slope))


@first_step_length.mistake("Multiply by the learning rate: the length is wanted, not how many learning rates it is.")
def leaves_the_rate_out(optimizer, slope, *, learning_rate, beta1, beta2):
    factors = {"AdaGrad": 1.0, "Adam": 1.0, "RMSProp": (1 - beta2) ** -0.5, "Nadam": 1 + beta1 / (1 + beta1)}
    return factors.get(optimizer, abs(slope))
