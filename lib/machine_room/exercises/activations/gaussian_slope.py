"""The derivatives of GELU, exact and by tanh."""

# mypy: allow-untyped-defs, no-check-untyped-defs
# (mistakes and variants are written as students write)

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from machine_room import activations
from machine_room.exercises.activations.inputs import WITHHELD, slopes
from machine_room.exercises.exercise import Case, Curve, Exercise


def slope_cases(rng: np.random.Generator) -> Iterator[Case]:
    yield from slopes(rng)
    yield from slopes(rng, approximate=True)


gelu_derivative = Exercise(
    reference=activations.gelu_derivative, cases=slope_cases, withheld=WITHHELD, curve=Curve(-4, 4)
)


@gelu_derivative.mistake(
    "With approximate=True, differentiate the formula with tanh; yours is the exact one's slope for both."
)
def slope_of_the_exact(z, *, approximate=False):
    from math import erf, sqrt

    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake(
    "Without approximate=True, differentiate z * Phi(z); yours is the tanh formula's slope for both."
)
def slope_of_the_approximation(z, *, approximate=False):
    t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)


@gelu_derivative.mistake("A product has two terms in its derivative: Phi(z) + z * phi(z). Yours has only the first.")
def first_term_only(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        return 0.5 * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu_derivative.mistake("The second term of the exact slope is z * phi(z): the z is missing.")
def z_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + phi


@gelu_derivative.mistake("The density phi(z) is exp(-z**2 / 2) divided by sqrt(2 pi); the division is missing.")
def density_not_normalised(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * np.exp(-0.5 * z * z)


@gelu_derivative.mistake("The chain rule: (1 - t**2) must be multiplied by the slope of what stands inside tanh.")
def inner_slope_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake("The slope of z**3 is 3 z**2: a factor 3 is missing inside the tanh formula's slope.")
def three_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake(
    "A difference of two values is only nearly the slope, and lost in rounding for large z. Write the formula."
)
def central_difference(z, *, approximate=False):
    from math import erf, sqrt

    def gelu(z):
        if approximate:
            return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))
        return z * 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))

    return (gelu(z + 1e-5) - gelu(z - 1e-5)) / 2e-5


@gelu_derivative.also_correct
def slope_entry_by_entry(z, *, approximate=False):
    from math import cosh, erf, exp, pi, sqrt, tanh

    def one(v):
        if not approximate:
            return (1 + erf(v / sqrt(2))) / 2 + v * exp(-v * v / 2) / sqrt(2 * pi)
        inner = sqrt(2 / pi) * (v + 0.044715 * v**3)
        falling = 1 / cosh(inner) ** 2 if abs(inner) < 300 else 0.0
        return (1 + tanh(inner)) / 2 + v / 2 * falling * sqrt(2 / pi) * (1 + 0.134145 * v * v)

    return np.array([one(v) for v in z.ravel().tolist()]).reshape(z.shape)


@gelu_derivative.also_correct
def with_sigmoids(z, *, approximate=False):
    from math import erfc, sqrt

    if approximate:  # z * sigmoid(2 u(z))
        u = np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)
        s = np.exp(-np.logaddexp(0, -2 * u))
        return s + z * s * (1 - s) * 2 * np.sqrt(2 / np.pi) * (1 + 0.134145 * z**2)
    half = np.array([erfc(-v / sqrt(2)) / 2 for v in z.ravel().tolist()]).reshape(z.shape)
    return half + z * np.exp(-(z**2) / 2) / (2 * np.pi) ** 0.5


@gelu_derivative.mistake(
    "`/ np.sqrt(2) * np.pi` divides by the root of 2 and then multiplies by pi. Put both under the root: "
    "/ np.sqrt(2 * np.pi)."
)
def multiplies_by_pi(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-(z**2) / 2) / np.sqrt(2) * np.pi
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake(
    "(-z)**2 is z**2, so the exponent is positive and the bell grows without end. The minus belongs in front of the "
    "square: np.exp(-(z**2) / 2)."
)
def minus_inside_the_square(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp((-z) ** 2 / 2) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake("The two are the wrong way round: the tanh formula's slope belongs where approximate is True.")
def slopes_turned_round(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
        return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi
    t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)


@gelu_derivative.mistake("The exact slope has two terms: Phi(z) + z * phi(z). Yours has only the first.")
def first_term_only_where_exact(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2)))


@gelu_derivative.mistake("The exact slope has two terms: Phi(z) + z * phi(z). Yours has only the second.")
def second_term_only_where_exact(z, *, approximate=False):
    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    return z * np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


@gelu_derivative.mistake("The two terms of the product rule are added: Phi(z) + z * phi(z), with a plus.")
def minus_between_the_terms(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) - z * phi


@gelu_derivative.mistake("The density phi(z) has z**2 / 2 in its exponent; the half is missing.")
def half_of_the_exponent_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake("The density phi(z) is divided by the root of 2 pi; the root is missing in yours.")
def root_of_the_density_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / (2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake("The factor sqrt(2 / pi) is missing in the slope of what stands inside tanh.")
def factor_of_the_inner_slope_forgotten(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake("Brackets: the first term is (1 + t) / 2, not 1 + t / 2.")
def half_of_t_only(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 1 + t / 2 + 0.5 * z * (1 - t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi


@gelu_derivative.mistake("The slope of tanh is 1 - t**2, with a minus and with the square.")
def plus_in_the_slope_of_tanh(z, *, approximate=False):
    from math import erf, sqrt

    if approximate:
        t = np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))
        return 0.5 * (1 + t) + 0.5 * z * (1 + t**2) * np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    phi = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return 0.5 * (1 + np.vectorize(erf, otypes=[float])(z / sqrt(2))) + z * phi
