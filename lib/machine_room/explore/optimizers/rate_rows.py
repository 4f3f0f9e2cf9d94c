"""The list beside the race: at which learning rate each runs, which rates would be good for it, and when it arrives."""

from collections.abc import Collection
from typing import Any

import numpy as np

from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.optimizers.race_run import RATES, STEPS, Sweep
from machine_room.explore.optimizers.recipes import RECIPES
from machine_room.translation import say

_LEFT, _STRIP, _ACROSS, _TOLD = 630, 728, 112, 850
_LOW, _HIGH = 1e-4, 10.0


class RateRows:
    """Eight rows, in the lecture's order.

    Args:
        canvas: where they stand, at the right.
        yours: names of the student's functions, which have a thick line too.
        foot, height: of the rows, in screen pixels.
    """

    def __init__(self, canvas: Canvas, yours: Collection[str], foot: float, height: float) -> None:
        count = len(RECIPES)
        self._axes = axes = canvas.axes(
            _STRIP,
            foot,
            _ACROSS,
            height,
            xscale="log",
            xlim=(_LOW, _HIGH),
            ylim=(count - 0.5, -0.5),
            xlabel=say("rate η"),
        )
        axes.set_yticks([])
        axes.set_xticks([1e-4, 1e-2, 1], ["0.0001", "0.01", "1"], minor=False)
        axes.set_title(say("good rates"))
        canvas.text(_TOLD, foot + height + 21, say("steps"), size=9.5)
        look: dict[str, Any] = {"lw": 7, "solid_capstyle": "butt"}
        self._bars = [axes.plot([], [], color=recipe.colour, alpha=0.55, **look)[0] for recipe in RECIPES]
        dot: dict[str, Any] = {"marker": "o", "ms": 7, "mec": palette.INK, "zorder": 3, "clip_on": False}
        self._dots = [axes.plot([], [], color=recipe.colour, **dot)[0] for recipe in RECIPES]
        self._told, self._names = [], []
        for place, recipe in enumerate(RECIPES):
            y = foot + height * (1 - (place + 0.5) / count)
            self._sample(canvas, y, place, recipe.function in yours)
            self._names.append(canvas.label(_LEFT + 24, y, recipe.name, size=9, va="center"))
            self._told.append(canvas.label(_TOLD, y, size=9, va="center"))
        canvas.moving(*self._bars, *self._dots)

    def _sample(self, canvas: Canvas, y: float, place: int, yours: bool) -> None:
        from matplotlib.lines import Line2D

        (across, up), recipe = canvas.size, RECIPES[place]
        for width, alpha, style in [(7, 0.4, "-")] * yours + [(1.8, 1.0, recipe.style)]:
            line = Line2D(
                [_LEFT / across, (_LEFT + 20) / across], [y / up] * 2, color=recipe.colour, lw=width, ls=style,
                alpha=alpha, transform=canvas.figure.transSubfigure,
            )  # fmt: skip
            canvas.figure.add_artist(line)

    def show(self, place: int, sweep: Sweep, index: int, *, strong: bool) -> None:
        """Show one optimizer's good rates, the one it runs with, and when it arrives with that."""
        low, high = sweep.good
        arrives = bool(np.isfinite(sweep.arrived[sweep.best]))
        half = 10 ** (0.5 / 10)  # a single good rate is seen, too
        ends = np.array([RATES[low] / half, RATES[high] * half]) if arrives else np.array([np.nan, np.nan])
        self._bars[place].set_data(np.clip(ends, _LOW, _HIGH), [place, place])
        self._dots[place].set_data([np.clip(RATES[index], _LOW, _HIGH)], [place])
        self._told[place].set_text(_told(float(sweep.arrived[index]), float(sweep.losses[-1, index])))
        for text in (self._names[place], self._told[place]):
            text.set_color(palette.INK if strong else palette.GREY)


def _told(arrived: float, loss: float) -> str:
    if np.isnan(loss):
        return say("flies away")
    return f"{arrived:.0f}" if np.isfinite(arrived) else say("over {steps}", steps=STEPS)
