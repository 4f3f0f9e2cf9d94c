"""A coloured grid that changes with every move of a slider.

An AxesImage is resampled at every draw: 4 ms for the stability map (measured). A Patchwork copies each cell's colour
into the renderer's pixels, which costs a tenth of that. Where a figure is saved it is an ordinary AxesImage.
"""

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.image import AxesImage

from machine_room.arguments import Pixels


class Patchwork(AxesImage):
    """An image of (rows, columns, 3) bytes that fills its axes, the first row at the bottom."""

    def __init__(self, axes: Any, colours: Pixels) -> None:
        (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
        super().__init__(axes, extent=(left, right, low, high), origin="lower", interpolation="nearest")
        self.show(colours)
        axes.add_image(self)

    def show(self, colours: Pixels) -> None:
        """Show other colours."""
        red, green, blue = np.moveaxis(colours.astype("<u4"), -1, 0)
        self._packed = red | green << 8 | blue << 16 | 255 << 24
        self.set_data(colours)

    def draw(self, renderer: Any) -> None:
        """Draw the cells; called by the canvas, and by matplotlib where the figure is saved."""
        figure = self.get_figure()
        if figure is None or figure.canvas.is_saving() or not isinstance(renderer, RendererAgg):
            super().draw(renderer)
            return
        box = self.axes.bbox
        left, right = round(box.x0), round(box.x1)
        top, bottom = round(renderer.height - box.y1), round(renderer.height - box.y0)
        rows, columns = self._packed.shape
        down = (np.arange(bottom - top) * rows // (bottom - top))[::-1]
        across = np.arange(right - left) * columns // (right - left)
        pixels = np.asarray(renderer.buffer_rgba()).view("<u4")[..., 0]
        pixels[top:bottom, left:right] = self._packed[:, across][down]
