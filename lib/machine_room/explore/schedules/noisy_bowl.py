"""A bowl with noisy gradients: what a schedule does to the loss, worked out exactly, without drawing the noise."""

import numpy as np

from machine_room.arguments import Array

#: Curvature along each axis: a steep one, which forbids rates of 2 and more, and a shallow one, which needs large ones.
CURVATURES = np.array([1.0, 0.15])
START = np.array([2.0, 6.0])
#: Standard deviation of the noise on each gradient entry.
NOISE = 0.6


def floor(rate: float) -> float:
    """Return the loss at which a constant rate ends up: eta sigma^2 / (2 (2 - eta h)) for each axis."""
    return float(np.sum(rate * NOISE**2 / (2 * (2 - rate * CURVATURES))))


def mean_losses(rates: Array) -> Array:
    """Return the loss before the first step and after each, averaged over all that the noise may do.

    A step multiplies the mean of x by 1 - eta h, and its variance by (1 - eta h)^2, to which eta^2 sigma^2 is added.

    Args:
        rates: (schedules, steps), each below 2.

    Returns:
        Losses, (schedules, steps + 1).
    """
    schedules, steps = rates.shape
    keep = 1 - rates.T[:, :, None] * CURVATURES
    noise = (rates.T[:, :, None] * NOISE) ** 2
    mean, variance = np.empty((2, steps + 1, schedules, len(CURVATURES)))
    mean[0], variance[0] = START, 0
    for t in range(steps):
        mean[t + 1] = mean[t] * keep[t]
        variance[t + 1] = variance[t] * keep[t] ** 2 + noise[t]
    losses: Array = ((mean**2 + variance) * CURVATURES).sum(axis=2).T / 2
    return losses


def moments_after(mean: Array, variance: Array, rate: float) -> tuple[Array, Array]:
    """Return mean and variance of x along each axis, one step later."""
    keep = 1 - rate * CURVATURES
    return mean * keep, variance * keep**2 + (rate * NOISE) ** 2


def one_run(rates: Array, seed: int = 0) -> Array:
    """Return the losses of a single run, (steps + 1), its noise drawn once for each seed."""
    noise = np.random.default_rng(seed).normal(scale=NOISE, size=(len(rates), len(CURVATURES)))
    x = START
    points = [x]
    for rate, disturbed in zip(rates.tolist(), noise, strict=True):
        x = x - rate * (CURVATURES * x + disturbed)
        points.append(x)
    losses: Array = (np.array(points) ** 2 * CURVATURES).sum(axis=1) / 2
    return losses
