"""Whether numbers were drawn one by one, as asked: for results that luck decides.

Moments alone do not tell: a fixed set of numbers in another order has the very moments, and so has one that is moved on
by some places at each call. Each test here gives the probability that honest draws look so, as a bound, and rejects
below `ODDS`. Bounds, with n numbers in a draw, all standardised to mean 0 and variance 1:

- distribution: Kolmogorov's D; 2 exp(-2 n D^2) (Dvoretzky, Kiefer and Wolfowitz, with Massart's constant);
- too near to it, or to another draw: x = D sqrt(n), or D sqrt(n / 2); sqrt(2 pi) / x exp(-pi^2 / (8 x^2)),
  the first term of Kolmogorov's law;
- sums of neighbours, in blocks of every size: s, the sum of m squares; ((s / m) exp(1 - s / m))^(m / 2), Chernoff's
  bound for chi-squared;
- echoes, the correlation r at any distance: with t = r sqrt(n), exp(-t^2 / 2 / (1 + 4 t / (3 sqrt(n)))), Bernstein's;
- equal rows or columns: for masks the pairs times (p^2 + q^2)^length; continuous numbers have none.

Some 2,000,000 distances are looked at in a check and some 200 other figures, so honest work fails by bad luck in less
than one of 10^9 checks: `tests/lib/exercises/test_randomness.py` adds the bounds up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from machine_room.arguments import Array
from machine_room.translation import sentence

__all__ = ["ECHO", "ODDS", "Draw", "what_is_not_random"]


#: Natural logarithm of the probability below which a figure is no luck: 1e-13.
ODDS = -30.0
#: Deviations by which a correlation may differ from 0: exp(-45) by Bernstein's bound, for each distance.
ECHO = 10.0
GRID = 4096  # quantiles at which distributions are compared
FAR = np.linspace(-9, 9, 1 << 12)  # deviations, at which distribution functions are tabulated
DIFFERENT = 0.99  # share of continuous numbers that must be different ones; single precision repeats one in a thousand

FEW_NUMBERS = sentence("Only {count} different numbers are in your result. Draw every one of them from rng.")
COPIES = sentence("Rows or columns of your result are copies of each other. Draw a number of its own for every entry.")
ECHOES = sentence(
    "Your result repeats itself: the same numbers come again, moved by some places or turned round. Draw a "
    "number of its own for every entry, at every call."
)
TOO_EVEN = sentence(
    "Your numbers are more even than chance: so come a fixed set of numbers or of places that is only put in "
    "another order, as by a permutation. Draw every entry by itself, so that also how many come is left to "
    "chance."
)
CLUMPED = sentence(
    "Your numbers come in clumps: neighbours are alike more often than by chance. Draw every entry by itself."
)
ANOTHER_DISTRIBUTION = sentence(
    "Mean and deviation are as they should be, but the numbers lie otherwise: compare a histogram of yours with "
    "one of rng.normal or rng.uniform."
)


@dataclass(frozen=True, eq=False)
class Draw:
    """One random result of a student's.

    Args:
        values: (rows, columns), of mean 0 and variance 1 where they were drawn as asked.
        step: what the smallest change of one entry changes a sum by; 0 for continuous numbers.
        distributions: for continuous numbers, the distribution functions that are right; one of them must fit.
    """

    values: Array
    step: float = 0.0
    distributions: tuple[Callable[[Array], Array], ...] = ()


def what_is_not_random(draws: Sequence[Draw]) -> str:
    """Return a sentence on what honest draws would not show, or an empty one.

    Args:
        draws: results for different generators.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> what_is_not_random([Draw(rng.normal(size=(40, 50))) for _ in range(3)])
        ''
        >>> fixed = rng.normal(size=(40, 50))
        >>> what_is_not_random([Draw(np.roll(fixed, k)) for k in (3, 70, 900)])[:26]
        'Your result repeats itself'
    """
    tests = (_few_numbers, _copies, _echoes, _distribution, _sums)
    return next((said for test in tests for said in test(draws)), "")


def _few_numbers(draws: Sequence[Draw]) -> Iterator[str]:
    for draw in draws:
        count = np.unique(draw.values).size
        if not draw.step and count < DIFFERENT * draw.values.size:
            yield sentence(FEW_NUMBERS, count=count)


def _copies(draws: Sequence[Draw]) -> Iterator[str]:
    for turn in (np.asarray, np.transpose):
        lines = [np.ascontiguousarray(line).tobytes() for draw in draws for line in turn(draw.values)]
        if len(set(lines)) < len(lines):
            yield COPIES


def _echoes(draws: Sequence[Draw]) -> Iterator[str]:
    """Correlate every draw with itself and the others, at all distances at once, forwards and backwards."""
    spectra = [np.fft.rfft(draw.values.ravel()) for draw in draws]
    sizes = [draw.values.size for draw in draws]
    for spectrum, size in zip(spectra, sizes, strict=True):
        own = np.fft.irfft(spectrum * spectrum.conj(), size)[1:]
        own[size // 2 - 1] /= np.sqrt(2)  # there each product stands twice
        if _loud(own, size):
            yield ECHOES
    for (one, size), (other, other_size) in combinations(zip(spectra, sizes, strict=True), 2):
        if size == other_size:
            crossed = (np.fft.irfft(one * turned, size) for turned in (other.conj(), other))
            if any(_loud(correlation, size) for correlation in crossed):
                yield ECHOES


def _loud(correlation: Array, size: int) -> bool:
    return bool(np.abs(correlation).max() > ECHO * np.sqrt(size))


def _distribution(draws: Sequence[Draw]) -> Iterator[str]:
    counted = []
    for draw in draws:
        if not draw.distributions:
            continue
        size = draw.values.size
        ordered = np.sort(draw.values, axis=None)  # looked up in a row they take a fraction of the time
        candidates = [_counted(ordered, function) for function in draw.distributions]
        distances = [float(np.abs(counts - np.arange(1, GRID + 1) / GRID).max()) for counts in candidates]
        distance = min(distances)
        if np.log(2) - 2 * size * distance**2 < ODDS:
            yield ANOTHER_DISTRIBUTION
        if _odds_of_nearness(distance * np.sqrt(size)) < ODDS:
            yield TOO_EVEN
        counted.append((size, candidates[distances.index(distance)]))
    for (size, one), (other_size, other) in combinations(counted, 2):
        between = float(np.abs(one - other).max())
        if size == other_size and _odds_of_nearness(between * np.sqrt(size / 2)) < ODDS:
            yield TOO_EVEN


def _counted(values: Array, distribution: Callable[[Array], Array]) -> Array:
    """Return which share of the values lies below each of the distribution's `GRID` quantiles."""
    places = np.interp(values, FAR, _table(distribution))
    counts = np.bincount(np.minimum((places * GRID).astype(int), GRID - 1), minlength=GRID)
    return np.asarray(np.cumsum(counts) / values.size)


@cache
def _table(distribution: Callable[[Array], Array]) -> Array:
    return distribution(FAR)


def _odds_of_nearness(x: float) -> float:
    x += 0.6 / np.sqrt(GRID)  # what the largest distance is larger by, between the quantiles
    return float(np.log(np.sqrt(2 * np.pi) / x) - np.pi**2 / (8 * x**2))


def _sums(draws: Sequence[Draw]) -> Iterator[str]:
    """Look at sums of neighbours, along rows and down columns: too even, or too uneven, at any size of block."""
    for turn in (np.asarray, np.transpose):
        runs = [np.cumsum(np.append(0.0, turn(draw.values))) for draw in draws]
        for length in _lengths(min(run.size for run in runs) - 1):
            ends = [run[::length] for run in runs]
            sums = [np.abs(end[1:] - end[:-1]) for end in ends]
            even = [total + draw.step / 2 for total, draw in zip(sums, draws, strict=True)]
            uneven = [np.maximum(total - draw.step / 2, 0) for total, draw in zip(sums, draws, strict=True)]
            if _odds_of_squares(even, length, more=False) < ODDS:
                yield TOO_EVEN
            if _odds_of_squares(uneven, length, more=True) < ODDS:
                yield CLUMPED


@cache
def _lengths(size: int) -> list[int]:
    """Lengths of blocks: those that divide a draw without rest, and some between."""
    return [length for length in range(2, size + 1) if size % length == 0 or length < 30]


def _odds_of_squares(sums: Sequence[Array], length: int, *, more: bool) -> float:
    """Bound the probability that the squares of so many sums of so many numbers have so large or so small a mean."""
    count = sum(map(len, sums))
    mean = max(sum(float(total @ total) for total in sums) / (count * length), 1e-30)
    return 0.5 * count * (1 - mean + np.log(mean)) if (mean > 1) == more else 0.0
