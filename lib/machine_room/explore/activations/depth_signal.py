"""One batch on its way through a hundred layers and back: what the picture of the depths shows."""

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from machine_room.arguments import Array
from machine_room.explore.activations.names import derivative_of, function_of
from machine_room.initializers import init_std

LAYERS, WIDTH, EXAMPLES = 100, 100, 32

#: What the list of initialisations offers: the schemes, and two deviations that fit no activation.
SCHEMES = {"Glorot": "glorot", "He": "he", "LeCun": "lecun"}
DEVIATIONS = {"σ = 0.01": 0.01, "σ = 1": 1.0}
STARTS = (*SCHEMES, *DEVIATIONS)


def deviation(start: str) -> float:
    """Return the deviation of the weights for a word of `STARTS`."""
    return init_std(SCHEMES[start], WIDTH, WIDTH) if start in SCHEMES else DEVIATIONS[start]


@cache
def _draws() -> tuple[Array, Array, Array]:
    """Return inputs, a gradient for the last layer and one matrix per layer, all standard normal; always the same."""
    rng = np.random.default_rng(0)
    shapes = (EXAMPLES, WIDTH), (EXAMPLES, WIDTH), (LAYERS, WIDTH, WIDTH)
    x, dh, weights = (rng.standard_normal(shape) for shape in shapes)
    return x, dh, weights


@dataclass(frozen=True, eq=False)
class Signal:
    """The way of the batch for one activation and one initialisation, forward through all layers.

    Args:
        x: the inputs.
        dh: the gradient that arrives at the last layer's output.
        weights: a matrix per layer.
        spread: the standard deviation of every layer's output.
        dead: the share of units that are 0 for all examples, layer by layer.
        slopes: the activation's slope at every z, layer by layer.
    """

    x: Array
    dh: Array
    weights: Array
    spread: Array
    dead: Array
    slopes: Array

    def lengths(self, depth: int) -> Array:
        """Return the length of dz in each of the first depth layers, the gradient starting at the last of them."""
        lengths, dh = np.empty(depth), self.dh
        for layer in reversed(range(depth)):
            dz = dh * self.slopes[layer]
            lengths[layer] = np.linalg.norm(dz)
            dh = dz @ self.weights[layer].T
        return lengths


@lru_cache(maxsize=8)
def signal(activation: str, start: str) -> Signal:
    """Return the way of the batch for an activation and a word of `STARTS`."""
    x, dh, standard = _draws()
    weights = deviation(start) * standard
    function, derivative = function_of(activation), derivative_of(activation)
    slopes, spread, dead = np.empty((LAYERS, *x.shape)), np.empty(LAYERS), np.empty(LAYERS)
    h = x
    for layer, matrix in enumerate(weights):
        z = h @ matrix
        h = function(z)
        slopes[layer], spread[layer], dead[layer] = derivative(z), h.std(), (h == 0).all(axis=0).mean()
    return Signal(x, dh, weights, spread, dead, slopes)
