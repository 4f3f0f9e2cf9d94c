"""Weights that fit the activation: their deviation, and the lecture's table."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import initializers
from machine_room.exercises.activations.inputs import WITHHELD
from machine_room.exercises.exercise import Case, Exercise
from machine_room.translation import sentence

SCHEMES = ("glorot", "he", "lecun")
TABLE = ("tanh", "sigmoid", "softmax", "relu", "leaky_relu", "elu", "gelu", "swish", "mish", "selu")


def sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Return two numbers of units that nobody can take for one another."""
    small = int(rng.integers(10, 40))
    return small, small * int(rng.integers(3, 6))


def std_cases(rng: np.random.Generator) -> Iterator[Case]:
    for scheme in SCHEMES:
        small, large = sizes(rng)
        yield Case(sentence("{scheme}, more units than inputs", scheme=scheme), (scheme, small, large))
        yield Case(sentence("{scheme}, more inputs than units", scheme=scheme), (scheme, large, small))


init_std = Exercise(reference=initializers.init_std, cases=std_cases, withheld=WITHHELD)


@init_std.mistake("The deviation is the square root of the variance; you return the variance.")
def variance_as_std(scheme, fan_in, fan_out):
    return {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]


@init_std.mistake("fan_in is the number of inputs of a unit. He and LeCun divide by it, not by fan_out.")
def divides_by_fan_out(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_out, "lecun": 1 / fan_out}[scheme])


@init_std.mistake("Glorot's variance is 2 / (fan_in + fan_out): one over the mean of the two. Yours lacks the 2.")
def glorot_without_two(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 1 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.mistake("Glorot looks at both sides: 2 / (fan_in + fan_out), not 1 / fan_in, which is LeCun's.")
def glorot_from_inputs(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 1 / fan_in, "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.mistake("He's variance is 2 / fan_in: ReLU throws one half away, the 2 makes up for it.")
def he_without_two(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 1 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.mistake("LeCun's variance is 1 / fan_in; 2 / fan_in is He's.")
def lecun_with_two(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 2 / fan_in}[scheme])


@init_std.mistake(
    "sqrt(6 / ...) is the limit of the uniform distribution, sqrt(3) deviations away. The deviation is asked for."
)
def limit_as_std(scheme, fan_in, fan_out):
    return np.sqrt(3 * {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.also_correct
def by_questions(scheme, fan_in, fan_out):
    if scheme == "glorot":
        variance = 1 / ((fan_in + fan_out) / 2)
    elif scheme == "he":
        variance = 2 / fan_in
    else:
        variance = 1 / fan_in
    return variance**0.5


@init_std.also_correct
def from_the_limit(scheme, fan_in, fan_out):
    limit = np.sqrt({"glorot": 6 / (fan_in + fan_out), "he": 6 / fan_in, "lecun": 3 / fan_in}[scheme])
    return float(limit / np.sqrt(3))


def table_cases(rng: np.random.Generator) -> Iterator[Case]:
    for activation in TABLE:
        yield Case(sentence("in front of {activation}", activation=activation), (activation, *sizes(rng)))


matching_std = Exercise(reference=initializers.matching_std, cases=table_cases, withheld=WITHHELD)


@matching_std.mistake("SELU goes with LeCun. With He, a hundred layers of SELU blow the signal up hundreds of times.")
def he_for_selu(activation, fan_in, fan_out):
    bounded = activation in ("tanh", "sigmoid", "softmax")
    return np.sqrt(2 / (fan_in + fan_out) if bounded else 2 / fan_in)


@matching_std.mistake("He is for ReLU and its relatives: tanh, sigmoid and softmax go with Glorot, SELU with LeCun.")
def he_for_all(activation, fan_in, fan_out):
    return np.sqrt(2 / fan_in)


@matching_std.mistake(
    "Glorot is only the default. ReLU and its relatives need He, SELU needs LeCun. (`activation == 'tanh' or "
    "'sigmoid'` is always true: write `activation in ('tanh', 'sigmoid')`.)"
)
def glorot_for_all(activation, fan_in, fan_out):
    return np.sqrt(2 / (fan_in + fan_out))


@matching_std.mistake("ReLU and its relatives go with He: with Glorot the signal shrinks from layer to layer.")
def glorot_for_relu(activation, fan_in, fan_out):
    return np.sqrt(1 / fan_in if activation == "selu" else 2 / (fan_in + fan_out))


@matching_std.mistake("tanh, sigmoid and softmax go with Glorot; He is for ReLU and its relatives.")
def he_for_bounded(activation, fan_in, fan_out):
    return np.sqrt((1 if activation == "selu" else 2) / fan_in)


@matching_std.mistake("Only SELU goes with LeCun; ELU has no scale and is a relative of ReLU: He.")
def lecun_for_elu(activation, fan_in, fan_out):
    if activation in ("tanh", "sigmoid", "softmax"):
        return np.sqrt(2 / (fan_in + fan_out))
    return np.sqrt((1 if activation in ("selu", "elu") else 2) / fan_in)


@matching_std.mistake("GELU, Swish and Mish are relatives of ReLU, smooth ones: they go with He too.")
def glorot_for_smooth(activation, fan_in, fan_out):
    if activation == "selu":
        return np.sqrt(1 / fan_in)
    return np.sqrt(2 / fan_in if activation in ("relu", "leaky_relu", "elu") else 2 / (fan_in + fan_out))


@matching_std.also_correct
def from_a_table(activation, fan_in, fan_out):
    scheme = {"tanh": "glorot", "sigmoid": "glorot", "softmax": "glorot", "selu": "lecun"}.get(activation, "he")
    return float(np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]))


@matching_std.also_correct
def one_case_after_another(activation, fan_in, fan_out):
    if activation in ("tanh", "sigmoid", "softmax"):
        return (2 / (fan_in + fan_out)) ** 0.5
    if activation == "selu":
        return fan_in**-0.5
    return (2 / fan_in) ** 0.5


@init_std.mistake("For He only the 2 is under your root. The root takes the whole fraction: sqrt(2 / fan_in).")
def he_with_half_a_root(scheme, fan_in, fan_out):
    if scheme == "he":
        return np.sqrt(2) / fan_in
    return np.sqrt(1 / fan_in if scheme == "lecun" else 2 / (fan_in + fan_out))


@matching_std.mistake("softmax is missing: it goes with Glorot, as tanh and sigmoid do.")
def he_for_softmax(activation, fan_in, fan_out):
    if activation == "selu":
        return np.sqrt(1 / fan_in)
    return np.sqrt(2 / (fan_in + fan_out) if activation in ("tanh", "sigmoid") else 2 / fan_in)


@init_std.mistake("Glorot takes the mean of the two numbers, not of the two variances: 2 / (fan_in + fan_out).")
def glorot_from_the_mean_variance(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": (1 / fan_in + 1 / fan_out) / 2, "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.mistake("Brackets: 2 / (fan_in + fan_out), not 2 / fan_in + fan_out.")
def glorot_without_brackets(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / fan_in + fan_out, "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.mistake("6 / (fan_in + fan_out) belongs to the limit of the uniform distribution. The variance has a 2.")
def glorot_limit_as_std(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 6 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])


@init_std.mistake("He and LeCun are exchanged: He has the 2.")
def he_and_lecun_exchanged(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 1 / fan_in, "lecun": 2 / fan_in}[scheme])


@init_std.mistake("He doubles the variance to make up for ReLU, 2 / fan_in; yours halves it.")
def he_halves(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 1 / (2 * fan_in), "lecun": 1 / fan_in}[scheme])


@init_std.mistake("The root takes the whole fraction, the 2 as well: sqrt(2 / fan_in), not 2 / sqrt(fan_in).")
def two_outside_the_root(scheme, fan_in, fan_out):
    if scheme == "lecun":
        return 1 / np.sqrt(fan_in)
    return 2 / np.sqrt(fan_in if scheme == "he" else fan_in + fan_out)


@init_std.mistake("`scheme == 'lecun' or 'he'` is always true: Python reads it as (scheme == 'lecun') or 'he'.")
def always_lecun(scheme, fan_in, fan_out):
    return np.sqrt(1 / fan_in)


@matching_std.mistake(
    '"elu" stands in "relu", "leaky_relu" and "gelu" as well. Compare the whole name: activation == "selu".'
)
def lecun_for_every_elu(activation, fan_in, fan_out):
    if activation in ("tanh", "sigmoid", "softmax"):
        return np.sqrt(2 / (fan_in + fan_out))
    return np.sqrt((1 if "elu" in activation else 2) / fan_in)


@matching_std.mistake('Swish goes with He, as in the lecture\'s code: kernel_initializer="he_normal".')
def glorot_for_swish(activation, fan_in, fan_out):
    if activation in ("tanh", "sigmoid", "softmax", "swish"):
        return np.sqrt(2 / (fan_in + fan_out))
    return np.sqrt((1 if activation == "selu" else 2) / fan_in)


@matching_std.mistake("fan_in and fan_out are exchanged: init_std(scheme, fan_in, fan_out), in this order.")
def fans_exchanged(activation, fan_in, fan_out):
    if activation in ("tanh", "sigmoid", "softmax"):
        return np.sqrt(2 / (fan_in + fan_out))
    return np.sqrt((1 if activation == "selu" else 2) / fan_out)


@init_std.mistake("He divides by the number of inputs, fan_in: that many terms are added up in each unit.")
def he_divides_by_fan_out(scheme, fan_in, fan_out):
    return np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_out, "lecun": 1 / fan_in}[scheme])
