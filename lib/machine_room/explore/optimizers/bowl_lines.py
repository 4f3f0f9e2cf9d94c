"""The level lines of an elongated bowl, which follow its condition number."""

from typing import Any

import numpy as np

from machine_room.explore import palette
from machine_room.explore.canvas import Canvas

_LEVELS = (0.03, 0.12, 0.4, 1.0, 2.0, 4.0, 8.0, 16.0)
_AROUND = 73


class BowlLines:
    """Ellipses of equal loss (x**2 + condition * y**2) / 2, pale at the bottom.

    Filled contours would have to be drawn anew for every condition number, 30 ms each; eight lines cost less than 1.

    Args:
        canvas, axes: where to draw.
        bottom: mark the lowest point.
    """

    def __init__(self, canvas: Canvas, axes: Any, *, bottom: bool = True) -> None:
        from matplotlib.collections import LineCollection

        axes.grid(False)
        colours = palette.surface_colours(len(_LEVELS) + 3)[3:]
        angle = np.linspace(0, 2 * np.pi, _AROUND)
        self._cos, self._sin = np.cos(angle), np.sin(angle)
        self._lines = LineCollection([], colors=colours, linewidths=1.1, zorder=1)
        axes.add_collection(self._lines, autolim=False)
        if bottom:
            axes.plot(0, 0, "+", color=palette.INK, ms=9, mew=1.4, zorder=1)
        canvas.moving(self._lines)

    def show(self, condition: float, *, middle: Any = (0.0, 0.0), half: float = 1.0) -> None:
        """Draw the lines for a condition number; seen through a glass: moved by middle, then enlarged by 1 / half."""
        ellipse = np.stack([self._cos, self._sin / np.sqrt(condition)], axis=-1)
        radii = np.sqrt(2 * np.array(_LEVELS))[:, None, None]
        self._lines.set_segments((radii * ellipse - np.asarray(middle)) / half)
