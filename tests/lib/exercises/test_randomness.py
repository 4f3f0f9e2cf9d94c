"""Random results must be drawn one by one: honest draws pass, whatever the seed, and clever substitutes do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room.checks import run_check
from machine_room.exercises import find
from machine_room.exercises.randomness import ECHO, ODDS, Draw, what_is_not_random
from machine_room.initializers import init_std

Function = Callable[..., Any]
N = 20_000
FIXED = np.random.default_rng(1).standard_normal(N)
UNIFORM = np.random.default_rng(2).uniform(-np.sqrt(3), np.sqrt(3), N)
EVEN = (np.arange(N) + 0.5) / N


def even_normal() -> np.ndarray[Any, Any]:
    """The quantiles of the normal distribution, one for each of 20,000 equal shares, by bisection of a large sample."""
    means: np.ndarray[Any, Any] = np.sort(np.random.default_rng(3).standard_normal(50 * N)).reshape(N, 50).mean(axis=1)
    return means


QUANTILES = {"normal": even_normal(), "uniform": np.sqrt(3) * (2 * EVEN - 1)}
SAMPLES = {"normal": FIXED, "uniform": UNIFORM}


def weights(make: Callable[[str, np.random.Generator], Any]) -> Function:
    """A submission that gets its standardised numbers from `make`."""

    def init_weights(
        scheme: str, fan_in: int, fan_out: int, rng: np.random.Generator, *, distribution: str = "normal"
    ) -> Any:
        return init_std(scheme, fan_in, fan_out) * np.reshape(make(distribution, rng), (fan_in, fan_out))

    return init_weights


def draw(kind: str, rng: np.random.Generator, size: Any = N) -> Any:
    return rng.standard_normal(size) if kind == "normal" else rng.uniform(-np.sqrt(3), np.sqrt(3), size)


def half(values: Any, other: Any) -> Any:
    return np.concatenate([values, other])


WEIGHTS: dict[str, Callable[[str, np.random.Generator], Any]] = {
    "fixed quantiles, moved on": lambda kind, rng: np.roll(QUANTILES[kind], rng.integers(N)),
    "fixed quantiles in another order": lambda kind, rng: rng.permutation(QUANTILES[kind]),
    "a fixed sample, moved on": lambda kind, rng: np.roll(SAMPLES[kind], rng.integers(N)),
    "a fixed sample in another order": lambda kind, rng: rng.permutation(SAMPLES[kind]),
    "a fixed sample turned round": lambda kind, rng: SAMPLES[kind][:: rng.choice([1, -1])] * rng.choice([1, -1]),
    "a fixed sample with some noise": lambda kind, rng: SAMPLES[kind] + 1e-3 * rng.standard_normal(N),
    "rows of a fixed sample in another order": lambda kind, rng: rng.permutation(SAMPLES[kind].reshape(100, 200)),
    "columns of a fixed sample in another order": lambda kind, rng: rng.permutation(
        SAMPLES[kind].reshape(100, 200), axis=1
    ),
    "fifty values": lambda kind, rng: rng.choice(QUANTILES[kind][200::400], N),
    "two thousand values": lambda kind, rng: rng.choice(QUANTILES[kind][5::10], N),
    "signs alone": lambda kind, rng: rng.choice([-1.0, 1.0], N),
    "one value from each share": lambda kind, rng: rng.permutation(QUANTILES[kind] + 1e-6 * rng.random(N)),
    "half, and the same negated": lambda kind, rng: (lambda some: half(some, -some))(draw(kind, rng, N // 2)),
    "pairs of opposites": lambda kind, rng: (lambda some: np.stack([some, -some], axis=1))(draw(kind, rng, N // 2)),
    "half, twice": lambda kind, rng: np.tile(draw(kind, rng, N // 2), 2),
    "every row twice": lambda kind, rng: np.repeat(draw(kind, rng, (50, 200)), 2, axis=0),
    "every column twice": lambda kind, rng: np.repeat(draw(kind, rng, (100, 100)), 2, axis=1),
    "two rows alike": lambda kind, rng: (lambda some: np.concatenate([some[:99], some[:1]]))(
        draw(kind, rng, (100, 200))
    ),
    "a walk": lambda kind, rng: np.convolve(draw(kind, rng, N + 1), [0.8, 0.6], "valid"),
    "rows of mean 0": lambda kind, rng: (lambda some: some - some.mean(axis=1, keepdims=True))(
        draw(kind, rng, (100, 200))
    ),
    "columns of mean 0": lambda kind, rng: (lambda some: some - some.mean(axis=0))(draw(kind, rng, (100, 200))),
    "sorted": lambda kind, rng: np.sort(draw(kind, rng)),
    "sums of twelve uniform numbers, cut": lambda kind, rng: np.round(draw(kind, rng), 2),
    "two heaps": lambda kind, rng: rng.choice([-0.9, 0.9], N) + np.sqrt(1 - 0.81) * rng.standard_normal(N),
    "the generator moves a grid": lambda kind, rng: np.sort(QUANTILES[kind])[
        (np.arange(N) * 7919 + rng.integers(N)) % N
    ],
}


@pytest.mark.parametrize("attack", WEIGHTS)
def test_weights_that_are_not_drawn_one_by_one_are_refused(attack: str) -> None:
    for seed in (1, 2):
        result = run_check(find("init_weights"), weights(WEIGHTS[attack]), seed=seed, hidden=True)
        assert not result.passed, attack
        assert result.outcome == "wrong"


def masks(make: Callable[[tuple[int, ...], float, np.random.Generator], Any]) -> Function:
    """A submission that takes its mask from `make`; all else is right."""

    def dropout_forward(x: Any, *, rate: float, rng: np.random.Generator, training: bool = True) -> Any:
        if not training:
            return x, None
        mask = np.asarray(make(x.shape, rate, rng), bool).reshape(x.shape)
        return x * mask / (1 - rate), mask

    return dropout_forward


def exactly(size: int, rate: float) -> Any:
    return np.arange(size) >= round(size * rate)


def same_luck(shape: tuple[int, ...], rate: float) -> Any:
    return np.random.default_rng(0).random(shape) >= rate


def blocks(shape: tuple[int, ...], rate: float, rng: np.random.Generator, length: int) -> Any:
    size = int(np.prod(shape))
    rows = [rng.permutation(exactly(length, rate)) for _ in range(-(-size // length))]
    return np.concatenate(rows)[:size]


MASKS: dict[str, Callable[[tuple[int, ...], float, np.random.Generator], Any]] = {
    "a permutation": lambda shape, rate, rng: rng.permutation(exactly(int(np.prod(shape)), rate)),
    "a choice without replacement": lambda shape, rate, rng: np.isin(
        np.arange(np.prod(shape)),
        rng.choice(np.prod(shape), round(np.prod(shape) * (1 - rate)), replace=False),
    ),
    "a permutation of each row": lambda shape, rate, rng: rng.permuted(
        np.tile(exactly(shape[1], rate), (shape[0], 1)), axis=1
    ),
    "a permutation of each column": lambda shape, rate, rng: rng.permuted(
        np.tile(exactly(shape[0], rate)[:, None], (1, shape[1])), axis=0
    ),
    "permutations of ten": lambda shape, rate, rng: blocks(shape, rate, rng, 10),
    "permutations of fifty": lambda shape, rate, rng: blocks(shape, rate, rng, 50),
    "permutations of 125": lambda shape, rate, rng: blocks(shape, rate, rng, 125),
    "permutations of 500": lambda shape, rate, rng: blocks(shape, rate, rng, 500),
    "a fixed mask, moved on": lambda shape, rate, rng: np.roll(same_luck(shape, rate), rng.integers(1, np.prod(shape))),
    "a fixed mask, its rows in another order": lambda shape, rate, rng: rng.permutation(same_luck(shape, rate)),
    "a fixed mask, its columns in another order": lambda shape, rate, rng: rng.permutation(
        same_luck(shape, rate), axis=1
    ),
    "a fixed mask turned round or not": lambda shape, rate, rng: same_luck(shape, rate).ravel()[:: rng.choice([1, -1])],
    "the largest of random numbers": lambda shape, rate, rng: (lambda u: u > np.quantile(u, rate))(rng.random(shape)),
    "the largest of each row": lambda shape, rate, rng: (lambda u: u > np.quantile(u, rate, axis=1, keepdims=True))(
        rng.random(shape)
    ),
    "half of the mask, twice": lambda shape, rate, rng: np.resize(rng.random(int(np.prod(shape)) // 2) >= rate, shape),
    "a mask for every other row": lambda shape, rate, rng: np.repeat(
        rng.random((-(-shape[0] // 2), shape[1])) >= rate, 2, axis=0
    )[: shape[0]],
    "pairs of columns": lambda shape, rate, rng: np.repeat(
        rng.random((shape[0], -(-shape[1] // 2))) >= rate, 2, axis=1
    )[:, : shape[1]],
    "every tenth entry by its place": lambda shape, rate, rng: (
        (np.arange(np.prod(shape)) + rng.integers(10)) % 10 >= 10 * rate
    ),
    "smoothed numbers": lambda shape, rate, rng: (lambda u: u >= np.quantile(u, rate))(
        np.convolve(rng.random(int(np.prod(shape)) + 1), [0.5, 0.5], "valid")
    ),
    "a shifted grid": lambda shape, rate, rng: (np.arange(np.prod(shape)) * 0.618034 + rng.random()) % 1 >= rate,
}


@pytest.mark.parametrize("attack", MASKS)
def test_masks_that_are_not_drawn_one_by_one_are_refused(attack: str) -> None:
    for seed in (1, 2):
        result = run_check(find("dropout_forward"), masks(MASKS[attack]), seed=seed, hidden=True)
        assert not result.passed, attack
        assert result.outcome == "wrong"


QUANTILE = {0.7: 0.524400512708041, 0.5: 0.0, 0.2: -0.8416212335729143}  # of the standard normal

HONEST: dict[str, Function] = {
    "single precision": weights(lambda kind, rng: draw(kind, rng).astype(np.float32)),
    "column by column": weights(lambda kind, rng: np.stack([draw(kind, rng, 100) for _ in range(200)], axis=1)),
    "from the other end": weights(lambda kind, rng: draw(kind, rng)[::-1]),
    "negated": weights(lambda kind, rng: -draw(kind, rng)),
    "shuffled": weights(lambda kind, rng: rng.permutation(draw(kind, rng))),
    "by two uniform numbers": weights(
        lambda kind, rng: (
            np.sqrt(-2 * np.log(1 - rng.random(N))) * np.cos(2 * np.pi * rng.random(N))
            if kind == "normal"
            else draw(kind, rng)
        )
    ),
    "strict": masks(lambda shape, rate, rng: rng.random(shape) > rate),
    "the upper end": masks(lambda shape, rate, rng: rng.random(shape) < 1 - rate),
    "by a choice": masks(lambda shape, rate, rng: rng.choice([False, True], shape, p=[rate, 1 - rate])),
    "by normal numbers": masks(
        lambda shape, rate, rng: (
            rng.standard_normal(shape) > {0.7: 0.524400512708041, 0.2: -0.8416212335729143}.get(rate, 0.0)
        )
    ),
    "row by row": masks(
        lambda shape, rate, rng: [[rng.random() >= rate for _ in range(shape[1])] for _ in range(shape[0])]
    ),
    "in the other order": masks(lambda shape, rate, rng: (rng.random(shape[::-1]) >= rate).T),
}


@pytest.mark.parametrize("way", HONEST)
def test_honest_draws_pass_whatever_the_seed(way: str) -> None:
    function = HONEST[way]
    for seed in range(4):
        result = run_check(find(function.__name__), function, seed=seed, hidden=True)
        assert result.passed, result.text


@pytest.mark.parametrize("name", ["init_weights", "dropout_forward"])
def test_the_reference_and_the_variants_pass_whatever_the_seed(name: str) -> None:
    exercise = find(name)
    for function in (exercise.reference, *exercise.variants):
        for seed in range(4):
            result = run_check(exercise, function, seed=seed, hidden=True)
            assert result.passed, result.text


def test_bad_luck_rejects_honest_work_less_than_once_in_a_thousand_million_checks() -> None:
    """The bounds of the module's table, added up over all that a check looks at."""
    draws, numbers = 8, 20_000
    pairs = draws * (draws - 1) // 2
    distances = draws * numbers + 2 * pairs * numbers
    echo = 2 * np.exp(-(ECHO**2) / 2 / (1 + 4 * ECHO / (3 * np.sqrt(15_000))))
    figures = draws * 2 + pairs + 2 * 2 * 130  # distributions, pairs of them, sums of blocks both ways and both tails
    lines, length = draws * 125, 120
    copies = lines**2 / 2 * (0.2**2 + 0.8**2) ** length + lines**2 / 2 * (0.2**2 + 0.8**2) ** 125
    assert distances * echo + figures * np.exp(ODDS) + copies < 1e-9


def test_a_sentence_says_what_is_not_random() -> None:
    rng = np.random.default_rng(0)
    fixed = rng.normal(size=(40, 50))
    assert what_is_not_random([Draw(rng.normal(size=(40, 50))) for _ in range(4)]) == ""
    assert "only put in another order" in what_is_not_random([Draw(fixed - fixed.mean())] * 0 + _rows_of_mean_0(rng))
    assert "copies of each other" in what_is_not_random([Draw(fixed), Draw(fixed)])
    assert "Only 2 different numbers" in what_is_not_random([Draw(np.sign(fixed))])


def _rows_of_mean_0(rng: np.random.Generator) -> list[Draw]:
    values = [rng.normal(size=(40, 50)) for _ in range(3)]
    return [Draw(one - one.mean(axis=1, keepdims=True)) for one in values]
