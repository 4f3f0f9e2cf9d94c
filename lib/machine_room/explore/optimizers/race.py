"""The race of the eight optimizers on surfaces of two parameters, each at its own best learning rate."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.optimizers.race_run import (
    ARRIVED,
    PER_DECADE,
    RATES,
    STEPS,
    SURFACES,
    losses_along,
    sweep,
)
from machine_room.explore.optimizers.rate_rows import RateRows
from machine_room.explore.optimizers.recipes import RECIPES, Recipe, walk_of_yours
from machine_room.explore.student import Attempts
from machine_room.translation import say

_LOSS_RANGE = {
    "bowl 100": (1e-6, 1e2), "bowl 20": (1e-6, 1e2), "turned bowl 100": (1e-6, 1e2), "Rosenbrock": (1e-3, 1e3),
    "saddle": (1e-6, 1e1), "Beale": (1e-6, 1e2),
}  # fmt: skip
#: Four at a time: more are a tangle.
_TOGETHER = (
    "SGD, Momentum, NAG, Adam", "SGD, AdaGrad, RMSProp, Adam", "NAG, Adam, Nadam, AdamW",
    "Momentum, NAG, AdaGrad, Nadam",
)  # fmt: skip
_FOOT, _HEIGHT = 50, 318
_CHART_LEFT, _CHART_WIDTH = 370, 176
#: Of two names at the ends of lines, in screen pixels.
_PITCH = 15


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
    """Return the picture of optimizers that start at one point, each at its own best learning rate, four at a time.

    The best rate is the one that arrives first: it has a thousandth of the first loss left, and stays below. The list
    shows for all eight which rates need at most twice as many steps.

    Args:
        momentum_step: the student's; drawn as a thick line under the reference.
        nesterov_step: likewise.
        adagrad_step: likewise.
        rmsprop_step: likewise.
        adam_step: likewise.
        nadam_step: likewise.
        adamw_step: likewise.

    Controls: surface; together, the four that are drawn; step, how far they have walked; factor, by which all learning
    rates are multiplied.

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
        self._canvas = Canvas(say("Who is first at the bottom, and how well must its rate be chosen?"), (908, 430))
        self._map = self._canvas.axes(66, _FOOT, 246, _HEIGHT, xlabel="θ₁", ylabel="θ₂")
        self._map.grid(False)
        self._title = self._map.set_title(" ")
        self._chart = self._canvas.axes(
            _CHART_LEFT, _FOOT, _CHART_WIDTH, _HEIGHT, xlim=(0, STEPS), yscale="log", xlabel=say("step")
        )
        self._chart.set_title(say("loss; dotted: 1/{share:,.0f}", share=1 / ARRIVED))
        self._lines = [self._lines_of(recipe) for recipe in RECIPES]
        self._ends = [self._canvas.label(0, 0, size=9, va="center", color=recipe.colour) for recipe in RECIPES]
        self._rows = RateRows(self._canvas, yours, _FOOT, _HEIGHT)

    def _lines_of(self, recipe: Recipe) -> dict[str, Any]:
        thin: dict[str, Any] = {"color": recipe.colour, "ls": recipe.style, "lw": 1.5}
        thick: dict[str, Any] = {"color": recipe.colour, "lw": 5, "alpha": 0.4, "zorder": 1.9}
        marker = "o" if recipe.style == "-" else "s"  # two of a colour are told apart
        dot: dict[str, Any] = {"marker": marker, "color": recipe.colour, "mec": palette.INK, "ms": 6}
        lines = {
            "own trail": self._map.plot([], [], **thick)[0],
            "trail": self._map.plot([], [], **thin)[0],
            "here": self._map.plot([], [], **dot)[0],
            "own loss": self._chart.plot([], [], **thick)[0],
            "loss": self._chart.plot([], [], **thin)[0],
            "now": self._chart.plot([], [], **dot)[0],
        }
        self._canvas.moving(*lines.values())
        return lines

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls: list[Control] = [
            Choice("surface", say("surface"), tuple(SURFACES), meaning=say("the loss to walk on"), column=0),
            Choice("together", say("drawn"), _TOGETHER, meaning=say("the four whose walks are drawn"), column=0),
            Slider("step", say("step"), 0, STEPS, STEPS, 1, whole=True, column=1,
                   meaning=say("how far they have walked")),
            Slider("factor", say("all η times"), 0.1, 10.0, 1.0, 1 / PER_DECADE, logarithmic=True,
                   meaning=say("what every optimizer's best learning rate is multiplied by"), column=1),
        ]  # fmt: skip
        shown = say(
            "Paths of four optimizers over the contours of a surface, their losses by step, and for all eight which "
            "learning rates are good and after how many steps they arrive."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        name, step = values["surface"], int(values["step"])
        shift = round(PER_DECADE * np.log10(values["factor"]))
        together = values["together"].split(", ")
        self._show_surface(name)
        heights: dict[int, float] = {}
        for place, (recipe, lines) in enumerate(zip(RECIPES, self._lines, strict=True)):
            found, drawn = sweep(name, recipe), recipe.name in together
            index = found.best + shift
            self._rows.show(place, found, index, strong=drawn)
            walked = (found.points[:, :, index], found.losses[:, index]) if drawn else None
            self._show(lines, "", walked, step)
            self._show(lines, "own ", self._own_walk(name, recipe, index) if drawn else None, step)
            self._show_here(lines, walked, step)
            if walked is not None:
                heights[place] = self._height(name, walked[1][: step + 1])
        self._name_ends(heights)
        self._canvas.tell(_standings(name, shift, step, tuple(together)))
        return self._attempts.notes

    def _show(self, lines: Mapping[str, Any], whose: str, walked: tuple[Array, Array] | None, step: int) -> None:
        trail, loss = lines[f"{whose}trail"], lines[f"{whose}loss"]
        for line in (trail, loss):
            line.set_visible(walked is not None)
        if walked is not None:
            trail.set_data(*walked[0][: step + 1].T)
            loss.set_data(np.arange(step + 1), walked[1][: step + 1])

    def _show_here(self, lines: Mapping[str, Any], walked: tuple[Array, Array] | None, step: int) -> None:
        for part in ("here", "now"):
            lines[part].set_visible(walked is not None)
        if walked is not None:
            last = _last(walked[1][: step + 1])
            lines["here"].set_data(*walked[0][last][:, None])
            lines["now"].set_data([last], walked[1][last : last + 1])

    def _height(self, surface_name: str, losses: Array) -> float:
        """Return where a line ends, in screen pixels above the picture's foot."""
        low, high = np.log10(_LOSS_RANGE[surface_name])
        share = (np.log10(losses[_last(losses)]) - low) / (high - low)
        return float(_FOOT + _HEIGHT * np.clip(share, 0, 1))

    def _name_ends(self, heights: Mapping[int, float]) -> None:
        """Write the names at the ends of the lines, from the lowest up, none over another."""
        across, up = self._canvas.size
        for label in self._ends:
            label.set_text("")
        below = -np.inf
        for place in sorted(heights, key=lambda place: heights[place]):
            below = max(heights[place], below + _PITCH)
            self._ends[place].set_position(((_CHART_LEFT + _CHART_WIDTH + 8) / across, below / up))
            self._ends[place].set_text(RECIPES[place].name)

    def _own_walk(self, surface_name: str, recipe: Recipe, index: int) -> tuple[Array, Array] | None:
        """Return the student's walk and its losses, walked when first needed; None where there is none or it failed."""
        function = self._yours.get(recipe.function)
        if function is None or recipe.function in self._failed:
            return None
        key = (surface_name, recipe.function, index)
        if key not in self._walked:
            surface = SURFACES[surface_name]
            start, rate = np.array(surface.start), float(RATES[index])
            points = walk_of_yours(recipe, function, surface.gradient, start, rate, STEPS, self._attempts)
            if points is None:
                self._failed.add(recipe.function)
                return None
            self._walked[key] = (points, losses_along(surface, points))
        return self._walked[key]

    def _show_surface(self, name: str) -> None:
        """Draw another surface's contours, where it is another."""
        if name == self._shown:
            return
        still = [line for axes in (self._map, self._chart) for line in axes.lines if line.get_label() == "still"]
        for artist in [*self._map.collections, *still]:
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
        mark: dict[str, Any] = {"color": palette.PAPER, "mec": palette.INK, "label": "still"}
        self._map.plot(*np.transpose(surface.minima), "*", ms=13, **mark)
        self._map.plot(*surface.start, "s", ms=8, mew=1.4, **mark)
        self._map.set(xlim=(left, right), ylim=(low, high))
        self._title.set_text(say("{name}: walks from the square", name=say(name)))
        goal = ARRIVED * float(surface.value(np.array(surface.start)))
        self._chart.axhline(goal, color=palette.GREY, lw=1, ls=":", label="still")
        self._chart.set_ylim(_LOSS_RANGE[name])
        self._canvas.repaint()
        self._shown = name


def _last(losses: Array) -> int:
    """Return the last step of a walk that may have flown away."""
    return int(np.flatnonzero(~np.isnan(losses))[-1])


def _standings(surface_name: str, shift: int, step: int, together: Sequence[str]) -> str:
    """Say who has arrived after how many steps, the first one first, and where those that are drawn are now."""
    found = {recipe.name: sweep(surface_name, recipe) for recipe in RECIPES}
    arrived = {name: float(one.arrived[one.best + shift]) for name, one in found.items()}
    order = sorted(arrived, key=arrived.__getitem__)
    steps = [
        f"{name} {arrived[name]:.0f}" if np.isfinite(arrived[name]) else say("{name} not", name=name) for name in order
    ]
    losses = {name: found[name].losses[: step + 1, found[name].best + shift] for name in together}
    now = [f"{name} {line[_last(line)]:.2g}" for name, line in losses.items()]
    return say(
        "On {surface} they arrive after so many steps: {steps}. Loss at step {step}: {now}.",
        surface=say(surface_name), steps=", ".join(steps), step=step, now=", ".join(now),
    )  # fmt: skip
