"""The trainings under the experiment table: one row of settings, three seeds, digits read right."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from machine_room import datasets, experiments

SEEDS = (0, 1, 2)
_TRAINING = 1000


def options(name: str) -> dict[str, Any]:
    """Return what a setting may be, by the words that stand for it."""
    return {words(value): value for value in experiments.CHANGES[name]}


def words(value: Any) -> str:
    """Return a setting's value as it stands in a list.

    Example:
        >>> words((64, 64)), words(0.15)
        ('64 64', '0.15')
    """
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def scores(settings: Mapping[str, Any], progress: Callable[[float], None]) -> list[float]:
    """Return how many of 100 validation digits are read right, for each seed."""
    found: list[float] = []

    def of_all(done: float) -> None:
        progress((len(found) + done) / len(SEEDS))

    for seed in SEEDS:
        found.append(_score(tuple(settings.items()), seed, of_all))
    return found


_KEPT: dict[tuple[Any, int], float] = {}


def _score(settings: tuple[tuple[str, Any], ...], seed: int, progress: Callable[[float], None]) -> float:
    if (settings, seed) not in _KEPT:
        (x, labels), (unseen, answers) = _digits()
        with np.errstate(all="ignore"):  # too large a rate overflows, and is meant to be seen doing so
            model = experiments.train(dict(settings), x, labels, seed=seed, progress=lambda done: progress(0.99 * done))
            _KEPT[settings, seed] = 100 * float(np.mean(experiments.read(model, unseen) == answers))
    return _KEPT[settings, seed]


@lru_cache(maxsize=1)
def _digits() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    x, labels = datasets.practice_digits()
    return (x[:_TRAINING], labels[:_TRAINING]), (x[_TRAINING:], labels[_TRAINING:])
