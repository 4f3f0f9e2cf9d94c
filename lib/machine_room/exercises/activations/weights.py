"""Weights that fit the activation: their deviation, the lecture's table, and drawing them."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from machine_room import initializers
from machine_room.exercises.activations.inputs import WITHHELD
from machine_room.exercises.exercise import Case, Exercise

SCHEMES = ("glorot", "he", "lecun")
TABLE = ("tanh", "sigmoid", "softmax", "relu", "leaky_relu", "elu", "gelu", "swish", "mish", "selu")


def sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Return two numbers of units that nobody can take for one another."""
    small = int(rng.integers(10, 40))
    return small, small * int(rng.integers(3, 6))


def std_cases(rng: np.random.Generator) -> Iterator[Case]:
    for scheme in SCHEMES:
        small, large = sizes(rng)
        yield Case(f"{scheme}, more units than inputs", (scheme, small, large))
        yield Case(f"{scheme}, more inputs than units", (scheme, large, small))


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
        yield Case(f"in front of {activation}", (activation, *sizes(rng)))


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


MOMENTS = (
    "standard deviation",
    "share above 0",
    "share within sqrt(3) deviations",
    "share of units unlike the first",
    "share of inputs unlike the first",
)


def moments(weights: Any) -> dict[str, float]:
    """Describe weights by what luck moves by less than 1 %, where there are as many as the cases ask for."""
    weights = np.asarray(weights, dtype=float)
    if not np.isfinite(weights).all():
        return dict.fromkeys(MOMENTS, np.nan)
    std = weights.std()
    shares = (
        weights > 0,
        np.abs(weights) <= np.sqrt(3) * std,
        (weights != weights[:, :1]).any(axis=0),
        (weights != weights[:1]).any(axis=1),
    )
    return dict(zip(MOMENTS, (float(std), *(float(share.mean()) for share in shares)), strict=True))


def weights_cases(rng: np.random.Generator) -> Iterator[Case]:
    for description, scheme, kwargs in (
        ("He, normal", "he", {}),
        ("He, normal, another generator", "he", {}),
        ("Glorot, normal", "glorot", {"distribution": "normal"}),
        ("LeCun, normal", "lecun", {}),
        ("He, uniform", "he", {"distribution": "uniform"}),
        ("Glorot, uniform", "glorot", {"distribution": "uniform"}),
    ):
        generator = np.random.default_rng(int(rng.integers(1 << 32)))
        yield Case(description, (scheme, 100, 200, generator), kwargs, rtol=0.05)


init_weights = Exercise(reference=initializers.init_weights, cases=weights_cases, withheld=WITHHELD, measure=moments)


@init_weights.mistake(
    "Weights must lie around 0: rng.random() is from 0 to 1. Use rng.normal, or rng.uniform(-limit, limit)."
)
def not_centred(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    return std * rng.random((fan_in, fan_out))


@init_weights.mistake("rng.normal takes the deviation, not the variance: use the square root.")
def variance_passed(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3 * variance), np.sqrt(3 * variance), (fan_in, fan_out))
    return rng.normal(0, variance, (fan_in, fan_out))


@init_weights.mistake(
    "A uniform distribution from -std to std has the deviation std / sqrt(3). The limit is sqrt(3) * std."
)
def limit_is_std(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-std, std, (fan_in, fan_out))
    return rng.normal(0, std, (fan_in, fan_out))


@init_weights.mistake("Your function ignores distribution: with 'uniform' draw with rng.uniform(-limit, limit, ...).")
def always_normal(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    return rng.normal(0, std, (fan_in, fan_out))


@init_weights.mistake(
    "Your function ignores scheme: He's deviation is not Glorot's. Use init_std(scheme, fan_in, fan_out)."
)
def he_for_every_scheme(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt(2 / fan_in)
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_in, fan_out))
    return rng.normal(0, std, (fan_in, fan_out))


@init_weights.mistake("fan_in is the number of inputs of a unit, the number of rows. He and LeCun divide by it.")
def fan_out_for_fan_in(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_out, "lecun": 1 / fan_out}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_in, fan_out))
    return rng.normal(0, std, (fan_in, fan_out))


@init_weights.mistake("All units get the same weights, so they stay equal for ever. Draw fan_in * fan_out numbers.")
def units_alike(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    return np.repeat(rng.normal(0, std, (fan_in, 1)), fan_out, axis=1)


@init_weights.mistake("All weights are equal, so all units stay equal for ever. They must be random.")
def all_equal(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    return np.full((fan_in, fan_out), std)


@init_weights.mistake(
    "With all weights 0 every unit computes the same and gets the same gradient: they stay equal for ever."
)
def all_zero(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    return np.zeros((fan_in, fan_out))


@init_weights.mistake("The shape is (fan_in, fan_out), one column per unit. Yours is transposed.")
def transposed(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_out, fan_in))
    return rng.normal(0, std, (fan_out, fan_in))


@init_weights.mistake(
    "Draw every number from the rng that comes as an argument, neither from np.random nor from a generator of your "
    "own: whoever passes the rng decides which weights come."
)
def other_generator(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return np.random.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_in, fan_out))
    return np.random.normal(0, std, (fan_in, fan_out))


@init_weights.also_correct
def scaled_draws(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    variance = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme]
    if distribution == "uniform":
        return (2 * rng.random((fan_in, fan_out)) - 1) * np.sqrt(3 * variance)
    return rng.standard_normal((fan_in, fan_out)) * np.sqrt(variance)


@init_weights.also_correct
def unit_by_unit(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = {"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme] ** 0.5
    limit = 3**0.5 * std
    weights = np.zeros((fan_in, fan_out))
    for unit in range(fan_out):
        uniform = distribution == "uniform"
        weights[:, unit] = rng.uniform(-limit, limit, fan_in) if uniform else rng.normal(0, std, fan_in)
    return weights


@init_weights.also_correct
def cut_off_as_in_keras(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_in, fan_out))
    draws = rng.standard_normal((fan_in, fan_out))
    while np.any(np.abs(draws) > 2):
        draws = np.where(np.abs(draws) > 2, rng.standard_normal(draws.shape), draws)
    return draws * std / 0.87962566


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


@init_weights.mistake(
    "limit**2 / 3 is the *variance*, std**2. So the limit is sqrt(3) * std; in yours std is under the root."
)
def std_under_the_root(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3 * std), np.sqrt(3 * std), size=(fan_in, fan_out))
    return rng.normal(0, std, size=(fan_in, fan_out))


@init_weights.mistake("The shape is one argument, in brackets of its own: size=(fan_in, fan_out).")
def shape_in_two_arguments(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, fan_in, fan_out)
    return rng.normal(0, std, fan_in, fan_out)


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


@init_weights.mistake(
    "The first argument of rng.normal is the mean, the second the deviation: rng.normal(0, std, size=...)."
)
def deviation_as_the_mean(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, size=(fan_in, fan_out))
    return rng.normal(std, size=(fan_in, fan_out))


@init_weights.mistake("The uniform numbers run from -limit to limit, around 0; yours begin at 0.")
def uniform_from_zero(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(0, np.sqrt(3) * std, (fan_in, fan_out))
    return rng.normal(0, std, (fan_in, fan_out))


@init_weights.mistake("The deviation is missing: rng.normal draws with deviation 1 unless it is told another.")
def deviation_one(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_in, fan_out))
    return rng.normal(size=(fan_in, fan_out))


@init_weights.mistake("normal and uniform are exchanged: look at what distribution is compared with.")
def distributions_exchanged(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    if distribution == "uniform":
        return rng.normal(0, std, (fan_in, fan_out))
    return rng.uniform(-np.sqrt(3) * std, np.sqrt(3) * std, (fan_in, fan_out))


@init_weights.mistake("All inputs get the same weights. Draw fan_in * fan_out numbers, one for every pair.")
def inputs_alike(scheme, fan_in, fan_out, rng, *, distribution="normal"):
    std = np.sqrt({"glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "lecun": 1 / fan_in}[scheme])
    return np.tile(rng.normal(0, std, fan_out), (fan_in, 1))
