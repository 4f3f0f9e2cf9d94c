"""The unit that is off: which gradient entries light up when it wakes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from machine_room.explore import palette
from machine_room.explore.backprop.lecture import LECTURE_X, LECTURE_Y, SYMBOLS, THETA
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.translation import say
from machine_room.worked_network import backward_221, forward_221

if TYPE_CHECKING:
    from matplotlib.text import Text
    from matplotlib.transforms import Transform

_BIAS = 5


def dead_unit() -> Explorer:
    """Return the picture of the worked network's nine gradient entries as unit 2 wakes.

    Slider: b2, the bias of unit 2: -2 on the slide, where z2 = -10 and the unit is off.

    Source: lecture section 1, "Why did we just do this?".
    """
    canvas = Canvas(say("What wakes when unit 2 wakes?"), (880, 380))
    relu = canvas.axes(56, 48, 290, 252, xlim=(-13, 11), ylim=(-1.2, 11), xlabel="z₂ = 2·(−5) + 1·2 + b₂", ylabel="h₂")
    relu.set_title(say("unit 2, a ReLU"))
    relu.axvspan(-13, 0, color=palette.PANEL, zorder=0)
    relu.text(-12.4, 6.2, say("off: h₂ = 0,\nslope 0, nothing\npasses back"), size=9, va="top")
    z = np.array([-13.0, 0.0, 11.0])
    relu.plot(z, np.maximum(z, 0), color=palette.INK)
    (dot,) = relu.plot([], [], "o", ms=11, mec=palette.INK, clip_on=False)

    bars = canvas.axes(412, 48, 448, 252, xlim=(-0.6, 8.6), ylabel=say("gradient entry"))
    bars.set_yscale("symlog", linthresh=10, linscale=1)
    bars.set_ylim(-3000, 6000)
    ticks = (-1000, -100, -10, 0, 10, 100, 1000)
    bars.set_yticks(ticks, [str(tick).replace("-", "−") for tick in ticks], minor=False)
    bars.set_xticks(range(9), SYMBOLS)
    bars.tick_params(axis="x", labelsize=9.5, length=0)
    bars.grid(False, axis="x")
    bars.axhline(0, color=palette.FRAME, lw=1)
    bars.axvspan(2.5, 5.5, color=palette.PANEL, zorder=0)
    bars.text(4, 5200, say("unit 2"), ha="center", va="top", size=9)
    columns = bars.bar(range(9), np.zeros(9), width=0.66, color=palette.BACKWARD, edgecolor=palette.INK, linewidth=0.6)
    numbers = [_above(canvas, place) for place in range(9)]
    beyond = {up: bars.transData + _points(canvas, 3 if up else -3) for up in (True, False)}
    told = canvas.caption(330, 338)
    canvas.moving(dot, *columns)

    def draw(values: Mapping[str, float]) -> Sequence[str]:
        theta = THETA.copy()
        theta[_BIAS] = values["b2"]
        forward = forward_221(theta, LECTURE_X)
        gradient = np.asarray(backward_221(theta, LECTURE_X, LECTURE_Y)["gradient"], dtype=float)
        on = forward["z2"] > 0
        dot.set_data([forward["z2"]], [forward["h2"]])
        dot.set_color(palette.GREEN if on else palette.GREY)
        dot.set_marker("o" if on else "X")
        for column, label, slope in zip(columns, numbers, gradient.tolist(), strict=True):
            column.set_height(slope)
            label.set_text(f"{slope:.3g}".replace("-", "−") if slope else "0")
            label.set_y(slope)
            label.set_transform(beyond[slope >= 0])
            label.set_verticalalignment("bottom" if slope >= 0 else "top")
            label.set_color(palette.INK if slope else palette.GREY)
        zeros = int(np.sum(gradient == 0))
        state = say("unit 2 is on") if on else say("unit 2 is off")
        stands = f"b₂ = {values['b2']:.2f}:  z₂ = {forward['z2']:.2f},  h₂ = {forward['h2']:.2f};  ".replace("-", "−")
        told.set_text(stands + say("{state}, {zeros} of 9 entries are 0", state=state, zeros=zeros))
        return ()

    controls = [Slider("b2", "b₂", -4.0, 18.0, -2.0, 0.25, meaning=say("bias of unit 2"))]
    shown = say(
        "ReLU of unit 2 with a dot where it stands, and the nine gradient entries as bars; four of them are 0 "
        "while it is off."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _above(canvas: Canvas, place: int) -> "Text":
    label = canvas.label(0, 0, size=9, ha="center", va="bottom")
    label.set_position((place, 0))
    return label


def _points(canvas: Canvas, up: float) -> "Transform":
    """Return what moves an artist up by so many points, at every resolution."""
    from matplotlib.transforms import ScaledTranslation

    return ScaledTranslation(0, up / 72, canvas.figure.dpi_scale_trans)
