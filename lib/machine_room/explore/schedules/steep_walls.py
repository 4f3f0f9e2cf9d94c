"""A bowl with steep walls and noisy gradients: many balls at once, which a large rate throws out.

The loss is x^2 / 2 + steepness x^4 / 4.
"""

import numpy as np

from machine_room.arguments import Array

BALLS = 40
START = 3.0
_STEEPNESS, _NOISE, _OUT = 0.5, 0.4, 50.0


def largest_rate(x: float) -> float:
    """Return the rate above which a step from x lands further out than x: 2 / (1 + steepness x^2)."""
    return 2 / (1 + _STEEPNESS * x**2)


def losses(rates: Array) -> Array:
    """Return the loss of every ball before the first step and after each; infinite once it is out.

    Args:
        rates: (schedules, steps).

    Returns:
        Losses, (schedules, steps + 1, balls).
    """
    schedules, steps = rates.shape
    noise = np.random.default_rng(4).normal(scale=_NOISE, size=(steps, BALLS))
    x = np.full((schedules, BALLS), START)
    found = np.empty((steps + 1, schedules, BALLS))
    found[0] = _loss(x)
    for t in range(steps):
        x = np.clip(x - rates[:, t, None] * (x + _STEEPNESS * x**3 + noise[t]), -_OUT, _OUT)
        found[t + 1] = _loss(x)
        x[np.abs(x) >= _OUT] = np.nan  # out for good
    return np.where(np.isnan(found) | (found >= _loss(np.array(_OUT))), np.inf, found).transpose(1, 0, 2)


def _loss(x: Array) -> Array:
    loss: Array = x**2 / 2 + _STEEPNESS * x**4 / 4
    return loss
