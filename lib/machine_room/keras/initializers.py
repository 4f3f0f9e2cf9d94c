"""Initializers under Keras's names, with Keras's seed; in a layer their names in lower case do too ("he_normal")."""

from collections.abc import Callable

import numpy as np

from machine_room import initializers
from machine_room.arguments import Array
from machine_room.keras.missing import missing_from

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "RandomNormal",
    "Zeros",
]

__getattr__ = missing_from(__name__, __all__)


class _Seeded:
    """An initializer that draws from its own seed where it has one, else from the network's rng."""

    def __init__(self, draw: initializers.Initializer, seed: int | None) -> None:
        self.draw, self.seed = draw, seed

    def __call__(self, shape: tuple[int, int], rng: np.random.Generator) -> Array:
        return self.draw(shape, rng if self.seed is None else np.random.default_rng(self.seed))


def _named(draw: initializers.Initializer) -> Callable[..., initializers.Initializer]:
    def make(*, seed: int | None = None) -> initializers.Initializer:
        return draw if seed is None else _Seeded(draw, seed)

    return make


GlorotNormal = _named(initializers.glorot_normal)
GlorotUniform = _named(initializers.glorot_uniform)
HeNormal = _named(initializers.he_normal)
HeUniform = _named(initializers.he_uniform)
LecunNormal = _named(initializers.lecun_normal)
LecunUniform = _named(initializers.lecun_uniform)
Zeros = _named(initializers.zeros)


def RandomNormal(mean: float = 0.0, stddev: float = 0.05, *, seed: int | None = None) -> initializers.Initializer:
    """Return a normal distribution as an initializer."""

    def draw(shape: tuple[int, int], rng: np.random.Generator) -> Array:
        return mean + initializers.normal(shape, rng, stddev=stddev)

    return _Seeded(draw, seed)
