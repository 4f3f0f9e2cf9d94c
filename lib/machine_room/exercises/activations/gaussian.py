"""GELU, exact and by tanh."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import activations
from machine_room.exercises.activations.inputs import WITHHELD, elementwise
from machine_room.exercises.exercise import Case, Curve, Exercise


def gelu_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from elementwise(rng)
    yield from elementwise(rng, approximate=True)


gelu = Exercise(reference=activations.gelu, cases=gelu_cases, withheld=WITHHELD, curve=Curve(-4, 4))


@gelu.mistake(
    "This is the tanh approximation, 4.7e-4 off at most. Without approximate=True the exact z * Phi(z) is asked for."
)
def always_approximate(z, *, approximate=False):
    return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


@gelu.mistake("Your function ignores approximate: with approximate=True it must use the formula with tanh.")
def always_exact(z, *, approximate=False):
    from math import erf, sqrt

    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("z * sigmoid(1.702 z) is a coarser approximation, 2e-2 off. The exact one is z * Phi(z), with erf.")
def sigmoid_form(z, *, approximate=False):
    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return z * 0.5 * (1 + np.tanh(0.5 * 1.702 * z))


@gelu.mistake("Phi needs the root: Phi(z) = (1 + erf(z / sqrt(2))) / 2.")
def root_of_two_forgotten(z, *, approximate=False):
    from math import erf

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z))


@gelu.mistake("GELU is z times Phi(z); yours is Phi alone, which runs from 0 to 1.")
def phi_alone(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("In the formula with tanh, z is cubed: z + 0.044715 * z**3.")
def squared_instead_of_cubed(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**2)))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("In the formula with tanh, sqrt(2 / pi) multiplies the whole bracket, the cube too.")
def bracket_missing(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * z + 0.044715 * z**3))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.also_correct
def with_erfc(z, *, approximate=False):
    from math import erfc, sqrt

    if approximate:
        return z / 2 + z / 2 * np.tanh(np.sqrt(2 / np.pi) * z * (1 + 0.044715 * z * z))
    return z * 0.5 * np.array([erfc(-v / sqrt(2)) for v in z.ravel().tolist()]).reshape(z.shape)


@gelu.also_correct
def gelu_entry_by_entry(z, *, approximate=False):
    from math import erf, pi, sqrt, tanh

    def one(v):
        if approximate:
            return v / 2 * (1 + tanh(sqrt(2 / pi) * (v + 0.044715 * v**3)))
        return v / 2 * (1 + erf(v / sqrt(2)))

    return np.array([one(v) for v in z.ravel().tolist()]).reshape(z.shape)


@gelu.also_correct
def tanh_as_sigmoid(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:  # (1 + tanh(u)) / 2 is the sigmoid of 2u
        return z * np.exp(-np.logaddexp(0, -2 * np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return z * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) / 2


@gelu.mistake("Phi needs the root: erf(z / sqrt(2)). (And with approximate=True the formula with tanh is asked for.)")
def root_of_two_forgotten_in_both(z, *, approximate=False):
    from math import erf

    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z))


@gelu.mistake("The half is missing: Phi(z) = (1 + erf(z / sqrt(2))) / 2 runs from 0 to 1, yours from 0 to 2.")
def half_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return z * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake(
    "The half is missing: Phi(z) = (1 + erf(z / sqrt(2))) / 2. (And with approximate=True the formula with tanh is "
    "asked for.)"
)
def half_forgotten_in_both(z, *, approximate=False):
    from math import erf, sqrt

    return z * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("math.erf takes one number at a time. Use the erf for arrays from the cell above.")
def erf_of_one_number(z, *, approximate=False):
    from math import erf, sqrt

    return z * 0.5 * (1 + erf(z / sqrt(2)))


@gelu.mistake("The two are the wrong way round: the formula with tanh belongs where approximate is True.")
def turned_round(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))
    return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


@gelu.mistake("The exact GELU is z times Phi(z); yours is Phi alone, which runs from 0 to 1.")
def phi_alone_where_exact(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("erf gets z / sqrt(2); the root is missing in yours.")
def divides_by_two(z, *, approximate=False):
    from math import erf

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / 2))


@gelu.mistake("z * sigmoid(1.702 z) is another approximation, 2e-2 off. Here the formula with tanh is asked for.")
def sigmoid_for_tanh(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return z * 0.5 * (1 + np.tanh(0.5 * 1.702 * z))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("In the formula with tanh the root takes the whole fraction: np.sqrt(2 / np.pi), not np.sqrt(2) / np.pi.")
def root_of_two_over_pi(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * z * (1 + np.tanh(np.sqrt(2) / np.pi * (z + 0.044715 * z**3)))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu.mistake("In the formula with tanh, the 1 + is missing: z / 2 * (1 + tanh(...)).")
def one_plus_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * z * np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
    return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))
