"""What is asked before the pictures of section 5."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from machine_room.explore import palette
from machine_room.explore.prediction import Point, Prediction
from machine_room.explore.regularization.penalty_shapes import BEST, CURVATURE, STRENGTH, with_l1
from machine_room.translation import sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _with_l1() -> list[float]:
    x, y = with_l1(np.array(BEST), np.array([STRENGTH]))[0]
    return [float(x), float(y)]


def _loss(axes: Axes) -> None:
    """Ovals of equal loss around the cross, as in the picture that comes next."""
    angle = np.linspace(0, 2 * np.pi, 121)
    for height in (0.1, 0.4, 0.9, 1.6, 2.5):
        across, up = np.sqrt(2 * height / CURVATURE)
        axes.plot(BEST[0] + across * np.cos(angle), BEST[1] + up * np.sin(angle), color=palette.SKY, lw=1)
    axes.axhline(0, color=palette.FRAME, lw=0.8)
    axes.axvline(0, color=palette.FRAME, lw=0.8)
    axes.plot(*BEST, "+", color=palette.INK, ms=11, mew=2)


PREDICTIONS = (
    Prediction(
        "best_point_with_l1",
        sentence(
            "The loss alone is least at the cross, w₁ = {w1} and w₂ = {w2}. With L1 and λ = {strength}, where is loss "
            "+ penalty least?",
            w1=BEST[0], w2=BEST[1], strength=STRENGTH,
        ),
        Point(
            "w₁", "w₂", (-0.5, 2.0), (-0.5, 2.0), _loss,
            sentence("Ovals of equal loss, twice as wide as high, around a cross that marks their middle."),
        ),
        _with_l1,
    ),
)  # fmt: skip
