"""Drawing the first weights."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from machine_room import initializers
from machine_room.error_function import erfc
from machine_room.exercises.activations.inputs import WITHHELD
from machine_room.exercises.exercise import Case, Exercise
from machine_room.exercises.randomness import Draw, what_is_not_random
from machine_room.translation import sentence

MOMENTS = (
    sentence("standard deviation"),
    sentence("share above 0"),
    sentence("share within sqrt(3) deviations"),
    sentence("share of units unlike the first"),
    sentence("share of inputs unlike the first"),
)
#: By how much luck moves the difference of two draws' moments: 7 deviations of it, of 20,000 numbers each.
LUCK = dict(zip(MOMENTS, (0.05, 0.07, 0.022, 0.005, 0.005), strict=True))


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
        (sentence("He, normal"), "he", {}),
        (sentence("He, normal, another generator"), "he", {}),
        (sentence("Glorot, normal"), "glorot", {"distribution": "normal"}),
        (sentence("LeCun, normal"), "lecun", {}),
        (sentence("He, uniform"), "he", {"distribution": "uniform"}),
        (sentence("Glorot, uniform"), "glorot", {"distribution": "uniform"}),
    ):
        generator = np.random.default_rng(int(rng.integers(1 << 32)))
        yield Case(description, (scheme, 100, 200, generator), kwargs, rtol=LUCK)


def randomness(cases: Sequence[Case], results: Sequence[Any]) -> str:
    """Say what of the weights is not drawn as asked. Keras's normal, cut off at two deviations, is right as well."""
    draws = []
    for case, weights in zip(cases, results, strict=True):
        scheme, fan_in, fan_out, _ = case.args
        right = (uniform,) if case.kwargs.get("distribution") == "uniform" else (normal, cut_off_normal)
        draws.append(Draw(np.asarray(weights, float) / initializers.init_std(scheme, fan_in, fan_out), 0.0, right))
    return what_is_not_random(draws)


def normal(x: Any) -> Any:
    """The distribution function of the standard normal."""
    return erfc(-x / np.sqrt(2)) / 2


def cut_off_normal(x: Any) -> Any:
    """The distribution function of a normal cut off at two of its deviations and stretched to deviation 1."""
    beyond = normal(np.array([-2.0]))[0]
    inside = np.clip(x * initializers.TRUNCATED_DEVIATION, -2, 2)
    return (normal(inside) - beyond) / (1 - 2 * beyond)


def uniform(x: Any) -> Any:
    """The distribution function of the uniform distribution of deviation 1 around 0."""
    return np.clip((x / np.sqrt(3) + 1) / 2, 0, 1)


init_weights = Exercise(
    reference=initializers.init_weights,
    cases=weights_cases,
    withheld=WITHHELD,
    measure=moments,
    randomness=randomness,
)


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
