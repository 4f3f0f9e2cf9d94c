"""What strangers' functions are handed to call: losses, their slopes, activations."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from machine_room.arguments import Array

__all__ = ["relu", "slope", "step", "surface", "tanh_slope", "validation"]


def surface(rng: np.random.Generator, size: int) -> Callable[[Array], float]:
    square, wave = rng.normal(size=(size, size)), rng.normal(size=size)

    def height(theta: Array) -> float:
        flat = np.ravel(theta)
        return float(flat @ square @ flat + np.sin(flat) @ wave)

    return height


def slope(rng: np.random.Generator, shape: tuple[int, ...]) -> Callable[[Array], Array]:
    factor, shift = rng.uniform(0.2, 3, shape), rng.normal(size=shape)

    def slope_at(theta: Array) -> Array:
        bent: Array = factor * (theta - shift) + 0.1 * np.sin(3 * theta)
        return bent

    return slope_at


def validation(rng: np.random.Generator, shape: tuple[int, ...], number: int) -> Callable[[Array], float]:
    centre, bumps, gap = rng.normal(size=shape), rng.uniform(0, 3), number % 4

    def loss_at(theta: Array) -> float:
        loss = float(np.sum((theta - centre) ** 2) + bumps * np.sum(np.sin(5 * theta)))
        if gap == 3:
            return math.nan if loss > 6 else round(loss, 1)
        return round(loss, 1) if gap == 2 else loss

    return loss_at


def relu(z: Array) -> Array:
    return np.maximum(z, 0)


def step(z: Array) -> Array:
    return (z > 0) * 1.0


def tanh_slope(z: Array) -> Array:
    return 1 - np.tanh(z) ** 2
