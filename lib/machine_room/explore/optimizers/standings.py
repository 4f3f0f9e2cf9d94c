"""The list beside a race: whose line is whose, at which learning rate each runs, and who is where at the end."""

from collections.abc import Collection
from typing import Any

import numpy as np

from machine_room.explore.canvas import Canvas
from machine_room.explore.optimizers.recipes import RECIPES, Recipe
from machine_room.translation import say

_LEFT, _PITCH = 650, 39


class Standings:
    """Eight rows, in the lecture's order.

    Args:
        canvas: where they stand, at the right.
        yours: names of the student's functions, which have a thick line too.
    """

    def __init__(self, canvas: Canvas, yours: Collection[str]) -> None:
        top = canvas.size[1] - 66
        self._rows = [
            self._row(canvas, top - _PITCH * place, recipe, recipe.function in yours)
            for place, recipe in enumerate(RECIPES)
        ]
        self._canvas = canvas
        self._reached = [(0.0, 0.0, "")] * len(RECIPES)

    def _row(self, canvas: Canvas, y: float, recipe: Recipe, yours: bool) -> Any:
        from matplotlib.lines import Line2D

        across, up = canvas.size
        for width, alpha, style in [(7, 0.4, "-")] * yours + [(1.8, 1.0, recipe.style)]:
            line = Line2D(
                [_LEFT / across, (_LEFT + 30) / across], [(y - 8) / up] * 2, color=recipe.colour, lw=width, ls=style,
                alpha=alpha, transform=canvas.figure.transSubfigure,
            )  # fmt: skip
            canvas.figure.add_artist(line)
        canvas.text(_LEFT + 40, y, recipe.name, size=9.5, weight="bold")
        if yours:
            canvas.text(_LEFT + 134, y - 1, say("thick: yours"), size=8.5)
        return canvas.label(_LEFT + 40, y - 19, size=8.5)

    def note(self, place: int, rate: float, loss: float, more: str = "") -> None:
        """Note what the optimizer at a place ran with, and where it got; NaN where it flew away."""
        self._reached[place] = (rate, loss, more)

    def tell(self, floor: float = 0.0) -> None:
        """Show every row, with its rank by loss; below floor a loss counts as 0."""
        losses = np.array([np.inf if np.isnan(loss) else max(loss, floor) for _, loss, _ in self._reached])
        for row, (rate, loss, more), seen in zip(self._rows, self._reached, losses.tolist(), strict=True):
            rank = 1 + int((losses < seen).sum())
            reached = (
                say("flew away")
                if np.isnan(loss)
                else say("loss {seen:.2g}", seen=seen)
                if seen > floor
                else say("loss 0")
            )
            row.set_text(f"{rank}.  η {rate:.2g}, {reached}{more}")
        rows = zip(RECIPES, self._rows, strict=True)
        self._canvas.tell("; ".join(f"{recipe.name} {' '.join(row.get_text().split())}" for recipe, row in rows) + ".")
