"""The race of the eight optimizers on surfaces of two parameters, each at its own best learning rate."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from machine_room import surfaces
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.optimizers.recipes import RECIPES, Recipe, walk, walk_of_yours
from machine_room.explore.optimizers.standings import Standings
from machine_room.explore.student import Attempts
from machine_room.surfaces import Surface

_STEPS = 100
#: Learning rates that are walked at, five a decade. The best is looked for among the inner ones, up to 1: beyond that
#: the adaptive ones leave the map with their first step.
_RATES = np.geomspace(1e-5, 10, 31)
_INNER = slice(5, 26)
_PER_DECADE = 5
_FLOOR = 1e-12

SURFACES = {
    "bowl": surfaces.bowl(condition=20.0),
    "Rosenbrock": surfaces.rosenbrock(),
    "saddle": surfaces.saddle(),
    "Beale": surfaces.beale(),
}
_LOSS_RANGE = {"bowl": (1e-12, 1e2), "Rosenbrock": (1e-3, 1e3), "saddle": (1e-12, 1e1), "Beale": (1e-7, 1e2)}


class _Sweep(NamedTuple):
    """One optimizer's walks at every rate.

    points is (steps + 1, 2, rates), losses (steps + 1, rates), best the index of the best rate.
    """

    points: Array
    losses: Array
    best: int


@cache
def _sweep(surface_name: str, recipe: Recipe) -> _Sweep:
    """Walk at all rates at once. The best is that whose loss is lowest, in decades, on average over the walk."""
    surface = SURFACES[surface_name]
    start = np.repeat(np.array(surface.start)[:, None], len(_RATES), axis=1)
    points = walk(recipe, surface.gradient, start, _RATES, _STEPS)
    losses = _losses(surface, points)
    score = np.log10(np.where(np.isnan(losses), np.inf, losses)).mean(axis=0)
    return _Sweep(points, losses, _INNER.start + int(np.argmin(score[_INNER])))


def _losses(surface: Surface, points: Array) -> Array:
    """Return the losses along a walk, (steps + 1, ...); at least _FLOOR, where the scale of the picture ends."""
    with np.errstate(all="ignore"):
        losses: Array = np.maximum(surface.value(np.moveaxis(points, 1, 0)), _FLOOR)
    return losses


def optimizer_race(
    *,
    momentum_step: Function | None = None,
    nesterov_step: Function | None = None,
    adagrad_step: Function | None = None,
    rmsprop_step: Function | None = None,
    adam_step: Function | None = None,
    nadam_step: Function | None = None,
    adamw_step: Function | None = None,
) -> Explorer:
    """Return the picture of eight optimizers that start at one point, each at its own best learning rate.

    Args:
        momentum_step: the student's; drawn as a thick line under the reference.
        nesterov_step: likewise.
        adagrad_step: likewise.
        rmsprop_step: likewise.
        adam_step: likewise.
        nadam_step: likewise.
        adamw_step: likewise.

    Controls: surface; stands_out, the optimizer whose lines are drawn strongest; factor, by which all learning rates
    are multiplied.

    Source: lecture section 3, the table of recipes.
    """
    handed_in = {
        "momentum_step": momentum_step, "nesterov_step": nesterov_step, "adagrad_step": adagrad_step,
        "rmsprop_step": rmsprop_step, "adam_step": adam_step, "nadam_step": nadam_step, "adamw_step": adamw_step,
    }  # fmt: skip
    return _Race({name: function for name, function in handed_in.items() if function is not None}).explorer()


class _Race:
    """The artists, and the student's walks as far as they have been needed."""

    def __init__(self, yours: Mapping[str, Function]) -> None:
        self._yours = yours
        self._walked: dict[tuple[str, str, int], tuple[Array, Array]] = {}
        self._attempts = Attempts()
        self._failed: set[str] = set()
        self._shown = ""
        self._canvas = Canvas("Who is first at the bottom, each at its best learning rate?", (880, 420))
        self._map = self._canvas.axes(66, 50, 318, 308, xlabel="θ₁", ylabel="θ₂")
        self._map.grid(False)
        self._title = self._map.set_title(" ")
        self._chart = self._canvas.axes(440, 50, 190, 308, xlim=(0, _STEPS), yscale="log", xlabel="step")
        self._chart.set_title("loss")
        self._lines = [self._lines_of(recipe) for recipe in RECIPES]
        self._standings = Standings(self._canvas, yours)

    def _lines_of(self, recipe: Recipe) -> dict[str, Any]:
        thin: dict[str, Any] = {"color": recipe.colour, "ls": recipe.style, "lw": 1.5}
        thick: dict[str, Any] = {"color": recipe.colour, "lw": 5, "alpha": 0.4, "zorder": 1.9}
        lines = {
            "own trail": self._map.plot([], [], **{**thin, "lw": 3.5, "alpha": 0.85})[0],
            "trail": self._map.plot([], [], **thin)[0],
            "end": self._map.plot([], [], "o", color=recipe.colour, mec=palette.INK, ms=6)[0],
            "own loss": self._chart.plot([], [], **thick)[0],
            "loss": self._chart.plot([], [], **thin)[0],
        }
        self._canvas.moving(*lines.values())
        return lines

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        names = ("all", *(recipe.name for recipe in RECIPES))
        controls: list[Control] = [
            Choice("surface", "surface", tuple(SURFACES), meaning="the loss to walk on", column=0),
            Choice("stands_out", "stands out", names, meaning="whose lines are drawn strongest", column=1),
            Slider("factor", "all η times", 0.1, 10.0, 1.0, 1 / _PER_DECADE, logarithmic=True,
                   meaning="what every optimizer's best learning rate is multiplied by", column=2),
        ]  # fmt: skip
        shown = "Paths of eight optimizers over the contours of a surface, their losses, and their learning rates."
        return Explorer(self._canvas, controls, self._draw, alternative=shown)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        name, shift = values["surface"], round(_PER_DECADE * np.log10(values["factor"]))
        self._show_surface(name)
        for place, (recipe, lines) in enumerate(zip(RECIPES, self._lines, strict=True)):
            sweep = _sweep(name, recipe)
            index = sweep.best + shift
            stands_out = values["stands_out"] in ("all", recipe.name)
            walked = sweep.points[:, :, index], sweep.losses[:, index]
            own = self._own_walk(name, recipe, index) if stands_out else None
            self._show(lines, "", walked)
            self._show(lines, "own ", own)
            for line in (lines["trail"], lines["loss"]):
                line.set_linewidth(1.5 if stands_out else 0.5)
            lines["trail"].set_visible(own is None)  # on the map one path each: it is crowded as it is
            lines["end"].set_data(*_last((own or walked)[0])[:, None])
            self._standings.note(place, float(_RATES[index]), float(sweep.losses[-1, index]))
        self._standings.tell(_FLOOR)
        return self._attempts.notes

    def _show(self, lines: Mapping[str, Any], whose: str, walked: tuple[Array, Array] | None) -> None:
        trail, loss = lines[f"{whose}trail"], lines[f"{whose}loss"]
        for line in (trail, loss):
            line.set_visible(walked is not None)
        if walked is not None:
            trail.set_data(*walked[0].T)
            loss.set_data(np.arange(len(walked[1])), walked[1])

    def _own_walk(self, surface_name: str, recipe: Recipe, index: int) -> tuple[Array, Array] | None:
        """Return the student's walk and its losses, walked when first needed; None where there is none or it failed."""
        function = self._yours.get(recipe.function)
        if function is None or recipe.function in self._failed:
            return None
        key = (surface_name, recipe.function, index)
        if key not in self._walked:
            surface = SURFACES[surface_name]
            start, rate = np.array(surface.start), float(_RATES[index])
            points = walk_of_yours(recipe, function, surface.gradient, start, rate, _STEPS, self._attempts)
            if points is None:
                self._failed.add(recipe.function)
                return None
            self._walked[key] = (points, _losses(surface, points))
        return self._walked[key]

    def _show_surface(self, name: str) -> None:
        """Draw another surface's contours, where it is another."""
        if name == self._shown:
            return
        for artist in [*self._map.collections, *(line for line in self._map.lines if line.get_label() == "still")]:
            artist.remove()
        surface = SURFACES[name]
        left, right, low, high = surface.window
        x, y = np.meshgrid(np.linspace(left, right, 121), np.linspace(low, high, 121))
        values = surface.value(np.stack([x, y]))
        colours = palette.surface_colours()[: palette.SURFACE_LEVELS // 2 + 2]  # pale ones: lines must stand out
        # Every colour covers about as much of the map, but for the lowest ones, which show where the bottom is.
        levels = np.quantile(values, np.linspace(0, 1, len(colours) + 1) ** 1.7)
        levels[0], levels[-1] = -1.0, values.max() * 1.01
        self._map.contourf(x, y, values, levels=levels, colors=colours)
        still: dict[str, Any] = {"color": palette.PAPER, "mec": palette.INK, "label": "still"}
        self._map.plot(*np.transpose(surface.minima), "*", ms=13, **still)
        self._map.plot(*surface.start, "s", ms=8, mew=1.4, **still)
        self._map.set(xlim=(left, right), ylim=(low, high))
        self._title.set_text(f"{name}: {_STEPS} steps from the square")
        self._chart.set_ylim(_LOSS_RANGE[name])
        self._canvas.repaint()
        self._shown = name


def _last(points: Array) -> Array:
    """Return the last point that is on the map, of a walk that may have flown away."""
    here: Array = points[np.flatnonzero(~np.isnan(points[:, 0]))[-1]]
    return here
