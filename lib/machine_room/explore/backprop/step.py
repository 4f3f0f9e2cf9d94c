"""How far the gradient can be trusted: the loss drop that it predicts against the one that comes."""

from collections.abc import Mapping, Sequence

import numpy as np

from machine_room.explore import palette
from machine_room.explore.backprop.lecture import LECTURE_X, LECTURE_Y, THETA, loss_of
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.optimizers import gradient_descent_step
from machine_room.translation import say
from machine_room.worked_network import backward_221

_SLIDE_RATE = 0.002
_LOW, _HIGH = 1e-5, 1e-1


def loss_drop() -> Explorer:
    """Return the picture of the predicted loss drop, eta * |gradient|^2, and the real one for the worked network.

    Slider: learning_rate.

    Source: lecture section 1, the step with eta = 0.002.
    """
    gradient = np.asarray(backward_221(THETA, LECTURE_X, LECTURE_Y)["gradient"], dtype=float)
    squared_length = float(gradient @ gradient)
    before = loss_of(THETA, LECTURE_X, LECTURE_Y)

    def real_drop(eta: float) -> float:
        return before - loss_of(gradient_descent_step(THETA, gradient, learning_rate=eta), LECTURE_X, LECTURE_Y)

    canvas = Canvas(say("How far can you trust the gradient?"), (880, 380))
    axes = canvas.axes(
        66,
        48,
        500,
        280,
        xscale="log",
        xlim=(0.85 * _LOW, 1.2 * _HIGH),
        xlabel=say("learning rate η"),
        ylabel=say("drop of the loss"),
    )
    axes.set_yscale("asinh", linear_width=0.6)
    axes.set_ylim(-250, 60)
    ticks = (-100, -10, -1, 0, 1, 4, 10)
    axes.set_yticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks], minor=False)
    axes.minorticks_off()
    axes.axhspan(-250, 0, color=palette.PANEL, zorder=0)
    axes.text(1.3e-5, -1.6, say("below 0 the step made it worse"), size=9, va="top")
    axes.text(1.3e-5, before * 1.12, say("all there is to lose: L = {before:g}", before=before), size=9, va="bottom")
    axes.axhline(before, color=palette.GREY, lw=1, ls="--")
    axes.axhline(0, color=palette.FRAME, lw=1)
    etas = np.geomspace(_LOW, _HIGH, 600)
    axes.plot(etas, etas * squared_length, "--", color=palette.FORWARD, lw=1.8, label=say("predicted: η |∇L|²"))
    axes.plot(
        etas, [real_drop(eta) for eta in etas], color=palette.BACKWARD, lw=1.8, label=say("real: L before − L after")
    )
    axes.axvline(_SLIDE_RATE, color=palette.GREEN, lw=1.4, ls="-.")
    axes.text(_SLIDE_RATE * 0.93, -14, say("the slide's\nη = 0.002"), size=9, ha="right", va="center")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 0.0))

    # From the legend up.
    here = axes.axvline(1, ymin=0.17, color=palette.GREY, lw=1, ls=":")
    dots = [axes.plot([], [], marker, color=colour, mec=palette.INK, ms=9)[0]
            for marker, colour in (("s", palette.FORWARD), ("o", palette.BACKWARD))]  # fmt: skip
    told = canvas.caption(596, 318)
    canvas.moving(here, *dots)

    def draw(values: Mapping[str, float]) -> Sequence[str]:
        eta = values["learning_rate"]
        predicted, real = eta * squared_length, real_drop(eta)
        here.set_xdata([eta, eta])
        for dot, drop in zip(dots, (predicted, real), strict=True):
            dot.set_data([eta], [drop])
        after = gradient_descent_step(THETA, gradient, learning_rate=eta)
        told.set_text(
            say(
                "|∇L|² = {squared_length:g}\nη = {eta:.2g}\n\n"
                "predicted drop  {predicted:.4g}\nreal drop  {real:.4g}\nL: "
                "{before:g} → {before2:.4g}\n\n{verdict}",
                squared_length=squared_length,
                eta=eta,
                predicted=predicted,
                real=real,
                before=before,
                before2=before - real,
                verdict=_verdict(predicted, real, float(_z1(after))),
            )
        )
        return ()

    controls = [
        Slider("learning_rate", "η", _LOW, _HIGH, _SLIDE_RATE, 0.02, logarithmic=True, meaning=say("learning rate")),
    ]
    shown = say(
        "Predicted and real drop of the loss against the learning rate: equal for small rates, then the real one "
        "falls below 0."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _z1(theta: np.ndarray) -> float:
    return float(theta[0] * LECTURE_X[0] + theta[1] * LECTURE_X[1] + theta[2])


def _verdict(predicted: float, real: float, z1: float) -> str:
    if z1 <= 0:
        return say("The step was so long that unit 1\nis off too: no gradient brings\nit back.")
    if real < 0:
        return say("Overshot: the loss is higher\nthan before the step.")
    if real < 0.9 * predicted:
        return say("Less than promised: the surface\nbends away from its tangent,\nbut the step still helps.")
    return say("The tangent is a good map here.")
