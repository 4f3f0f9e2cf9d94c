"""What a moving average does to a noisy signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from signals import filters


def smoothing_window(seed: int = 0) -> Explorer:
    """Return the picture: a noisy step, and its moving average as the window grows."""
    noisy = np.repeat([0.0, 1.0], 40) + 0.2 * np.random.default_rng(seed).normal(size=80)
    canvas = Canvas("How wide a window smooths the noise, and leaves the step?", (560, 360))
    axes = canvas.axes(60, 60, 460, 230, xlim=(0, 79), ylim=(-0.8, 1.8), xlabel="time")
    axes.plot(noisy, ".", label="signal")
    (line,) = axes.plot([], [], label="moving average")
    axes.legend(loc="upper left")
    canvas.moving(line)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        width = int(values["width"])
        smooth = filters.smoothed(noisy, width)
        line.set_data(np.arange(len(smooth)) + (width - 1) / 2, smooth)
        return ()

    controls = [Slider("width", "width", 1, 41, 5, 1, meaning="how many neighbours are averaged")]
    return Explorer(canvas, controls, draw, alternative="A noisy step and its moving average.")
