"""The walks under the race: every optimizer at every learning rate, who arrives when, and which rates are good."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from machine_room import surfaces
from machine_room.arguments import Array
from machine_room.explore.optimizers.recipes import Recipe, walk
from machine_room.surfaces import Surface
from machine_room.translation import sentence

STEPS = 200
#: Who has this share of the loss at the start left, and stays below it, has arrived.
ARRIVED = 1e-3
PER_DECADE = 10
RATES = np.geomspace(1e-5, 10, 6 * PER_DECADE + 1)
#: The best is looked for among the inner ones, up to 1: beyond that the adaptive ones leave the map with their first
#: step.
_INNER = slice(PER_DECADE, 5 * PER_DECADE + 1)
#: The good rates are those that need at most so many times the steps of the best.
GOOD = 2
FLOOR = 1e-12

SURFACES: Mapping[str, Surface] = MappingProxyType(
    {
        sentence("bowl 100"): surfaces.bowl(condition=100.0),
        sentence("bowl 20"): surfaces.bowl(condition=20.0),
        sentence("turned bowl 100"): surfaces.bowl(condition=100.0, turned=30.0),
        sentence("Rosenbrock"): surfaces.rosenbrock(),
        sentence("saddle"): surfaces.saddle(),
        sentence("Beale"): surfaces.beale(),
    }
)


@dataclass(frozen=True, eq=False)
class Sweep:
    """One optimizer's walks at every rate.

    Args:
        points: (steps + 1, 2, rates).
        losses: (steps + 1, rates).
        arrived: the step from which on each walk has arrived, (rates,); infinity where it has not.
        best: the index of the rate that arrives first; where none does, of that with the lowest loss on average over
            the walk, in decades.
    """

    points: Array
    losses: Array
    arrived: Array
    best: int

    @property
    def good(self) -> tuple[int, int]:
        """Indices of the lowest and the highest of the good rates around the best; the best twice if none arrives."""
        fast = np.append(self.arrived <= GOOD * self.arrived[self.best], False) & np.append(
            np.isfinite(self.arrived), False
        )
        low = high = self.best
        while low > 0 and fast[low - 1]:
            low -= 1
        while fast[high + 1]:
            high += 1
        return low, high

    @property
    def width(self) -> float:
        """How many times as large the highest good rate is as the lowest."""
        low, high = self.good
        return float(RATES[high] / RATES[low])


@cache
def sweep(surface_name: str, recipe: Recipe) -> Sweep:
    """Walk at all rates at once."""
    surface = SURFACES[surface_name]
    start = np.repeat(np.array(surface.start)[:, None], len(RATES), axis=1)
    points = walk(recipe, surface.gradient, start, RATES, STEPS)
    losses = losses_along(surface, points)
    arrived = arrival(losses)
    mean = np.log10(np.where(np.isnan(losses), np.inf, losses)).mean(axis=0)
    order = np.lexsort((mean[_INNER], arrived[_INNER]))
    return Sweep(points, losses, arrived, _INNER.start + int(order[0]))


def arrival(losses: Array) -> Array:
    """Return the first step from which on a walk has arrived, of losses (steps + 1, ...); infinity where it has not."""
    away = ~(losses <= ARRIVED * losses[0])
    last = len(losses) - np.argmax(away[::-1], axis=0)
    steps = np.where(away.any(axis=0), last, 0)
    return np.where(steps < len(losses), steps, np.inf)


def losses_along(surface: Surface, points: Array) -> Array:
    """Return the losses along a walk, (steps + 1, ...); at least FLOOR, where the scale of the picture ends."""
    with np.errstate(all="ignore"):
        losses: Array = np.maximum(surface.value(np.moveaxis(points, 1, 0)), FLOOR)
    return losses
