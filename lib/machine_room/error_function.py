"""The complementary error function on arrays, to full float64 precision; NumPy has none.

Source: W. J. Cody, "Rational Chebyshev approximations for the error function", Mathematics of Computation 23,
1969. Three ranges, each with a quotient of two polynomials; coefficients from the highest power down.
"""

import math

import numpy as np

from machine_room.arguments import Array

__all__ = ["erfc"]

# erf(x) / x in x**2, for |x| <= 0.46875
SMALL = (
    (
        1.85777706184603153e-1,
        3.16112374387056560e00,
        1.13864154151050156e02,
        3.77485237685302021e02,
        3.20937758913846947e03,
    ),
    (1.0, 2.36012909523441209e01, 2.44024637934444173e02, 1.28261652607737228e03, 2.84423683343917062e03),
)
# erfc(x) * exp(x**2) in x, for 0.46875 <= x <= 4
MIDDLE = (
    (
        2.15311535474403846e-8,
        5.64188496988670089e-1,
        8.88314979438837594e00,
        6.61191906371416295e01,
        2.98635138197400131e02,
        8.81952221241769090e02,
        1.71204761263407058e03,
        2.05107837782607147e03,
        1.23033935479799725e03,
    ),
    (
        1.0,
        1.57449261107098347e01,
        1.17693950891312499e02,
        5.37181101862009858e02,
        1.62138957456669019e03,
        3.29079923573345963e03,
        4.36261909014324716e03,
        3.43936767414372164e03,
        1.23033935480374942e03,
    ),
)
# (1 / sqrt(pi) - x * erfc(x) * exp(x**2)) * x**2 in 1 / x**2, for x >= 4
LARGE = (
    (
        1.63153871373020978e-2,
        3.05326634961232344e-1,
        3.60344899949804439e-1,
        1.25781726111229246e-1,
        1.60837851487422766e-2,
        6.58749161529837803e-4,
    ),
    (
        1.0,
        2.56852019228982242e00,
        1.87295284992346725e00,
        5.27905102951428412e-1,
        6.05183413124413191e-2,
        2.33520497626869185e-3,
    ),
)


def erfc(x: Array) -> Array:
    """Return `1 - erf(x)` without its cancellation, shaped and typed as x.

    Args:
        x: floats, any shape.

    Example:
        >>> erfc(np.array([0.0, 30.0]))
        array([1., 0.])

    Source: Cody 1969.
    """
    y = np.abs(x).astype(np.float64)
    result = np.full(y.shape, np.nan)
    small, large = y <= 0.46875, y > 4
    middle = (y > 0.46875) & ~large
    result[small] = 1 - y[small] * _quotient(SMALL, y[small] ** 2)
    result[middle] = _gaussian(y[middle]) * _quotient(MIDDLE, y[middle])
    tail = np.minimum(y[large], 30.0)  # erfc(30) is 0 in float64; beyond, squares would only overflow
    inverse = 1 / tail**2
    result[large] = _gaussian(tail) * (1 / math.sqrt(math.pi) - inverse * _quotient(LARGE, inverse)) / tail
    return np.where(x < 0, 2 - result, result).astype(x.dtype)


def _quotient(coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: Array) -> Array:
    above, below = coefficients
    return _polynomial(above, x) / _polynomial(below, x)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    value = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        value *= x
        value += coefficient
    return value


def _gaussian(y: Array) -> Array:
    """Return exp(-y**2), with y split so that the rounding error of y**2 is not blown up by exp."""
    coarse = np.trunc(y * 16) / 16
    product: Array = np.exp(-(coarse**2)) * np.exp(-(y - coarse) * (y + coarse))
    return product
