"""The inputs that every elementwise exercise of the section is tried on, and what the library withholds meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from machine_room import activations, initializers
from machine_room.exercises.exercise import Case

# What gives no answer away and may be used.
_OPEN = {"identity", "relu", "tanh", "zeros", "normal", "truncated_normal"}

#: One withheld function would give another away: softplus' derivative is the sigmoid, ELU is most of SELU.
WITHHELD = (
    *(f"activations.{name}" for name in activations.BY_NAME if hasattr(activations, name) and name not in _OPEN),
    *(f"activations.{name}_derivative" for name in activations.BY_NAME if hasattr(activations, f"{name}_derivative")),
    "activations.BY_NAME",
    "activations._gelu_tanh",
    "activations.get",
    "activations.softmax_backward",
    "layers.Activation.backward",
    "layers.Activation.forward",
    "layers.Dense.backward",
    "layers.Dense.forward",
    "layers.Dense.initialize",
    "network.Network.forward",
    "network.Network.predict",
    *(f"initializers.{name}" for name in initializers.BY_NAME if hasattr(initializers, name) and name not in _OPEN),
    "initializers.BY_NAME",
    "initializers.MATCHING_SCHEME",
    "initializers.get",
    "initializers.init_std",
    "initializers.init_weights",
    "initializers.matching_std",
    "initializers.variance",
    "losses.cross_entropy",  # its gradient holds a softmax, and so a sigmoid
    "propagation._sums",
    "propagation.activation_stats",
    "propagation.gradient_norms",
)


def moderate(rng: np.random.Generator, **kwargs: Any) -> Iterator[Case]:
    """Yield a few numbers of both signs, and a batch."""
    few = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) * rng.uniform(1, 2) + np.array([0, 0, 0, 0, rng.uniform(1, 2)])
    yield Case("a few numbers, among them 0", (few.round(2),), kwargs)
    yield Case("a batch of 4 examples", ((3 * rng.normal(size=(4, 3))).round(2),), kwargs)


def elementwise(rng: np.random.Generator, **kwargs: Any) -> Iterator[Case]:
    """Yield inputs of every kind: moderate ones, single precision, and numbers so large that exp gives up."""
    yield from moderate(rng, **kwargs)
    yield Case("float32 numbers", (rng.normal(size=6).astype(np.float32) * 2,), kwargs)
    middle = (np.array([-30.0, -15.0, -8.0, 5.0, 12.0, 25.0]) * rng.uniform(0.9, 1.0)).round(1)
    yield Case("numbers from 4 to 30, of both signs", (middle,), kwargs)
    large = (np.array([50.0, 800.0, 1e4]) * rng.uniform(0.9, 1.0)).round(1)
    yield Case("very large numbers", (large,), kwargs)
    yield Case("very negative numbers", (-large,), kwargs)
    # The sum, the mean and the first have the other sign than some: no branch can be chosen for all at once.
    yield Case("very large numbers of both signs", (np.array([-large[1], large[1], -large[2], large[0]]),), kwargs)


def slopes(rng: np.random.Generator, **kwargs: Any) -> Iterator[Case]:
    """Yield inputs of every kind, and some so large that a difference of two function values is lost in rounding."""
    yield from elementwise(rng, **kwargs)
    yield Case("enormous numbers", (rng.uniform(0.6, 1, size=6) * 1e7 * np.array([1, -1, 1, 1, -1, 1]),), kwargs)
