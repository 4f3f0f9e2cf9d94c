"""Three formulas called GELU, and how far they are apart."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room import activations
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts

_Z = np.linspace(-6, 6, 601)
_FLOOR = 1e-9


def three_gelus(gelu: Function | None = None) -> Explorer:
    """Return the picture of the exact GELU, its tanh form and z * sigmoid(c z), and how far the two are from the first.

    Args:
        gelu: the student's, both forms drawn as marks over the reference.

    Sliders: c (1.702 in the papers) and z.

    Source: Hendrycks and Gimpel 2016, section 2.
    """
    canvas = Canvas("How far are the three GELUs apart?", (880, 410))
    exact, by_tanh = activations.gelu(_Z), activations.gelu(_Z, approximate=True)
    curves = canvas.axes(52, 48, 380, 276, xlim=(-4, 4), ylim=(-0.5, 4.1), xlabel="z")
    gaps = canvas.axes(
        512,
        48,
        350,
        276,
        xlim=(-6.2, 6.2),
        yscale="log",
        ylim=(_FLOOR, 1),
        xlabel="z",
        ylabel="distance from the exact one",
    )
    curves.plot(_Z, exact, color=palette.INK, lw=3, label="exact: z Φ(z)")
    curves.plot(_Z, by_tanh, color=palette.FORWARD, lw=2, ls="--", label="with tanh")
    (coarse,) = curves.plot(_Z, exact, color=palette.BACKWARD, lw=1.6, ls=":", label="z σ(c z)")
    gaps.plot(_Z, _apart(by_tanh, exact), color=palette.FORWARD, lw=1.8, ls="--")
    (coarse_gap,) = gaps.plot(_Z, exact, color=palette.BACKWARD, lw=1.8, ls=":")
    attempts = Attempts()
    if gelu is not None:
        _draw_yours(gelu, exact, curves, gaps, attempts)
    curves.legend(loc="upper left", bbox_to_anchor=(0.0, 1.03))
    # Up to the legend, where there is one.
    here = [
        axes.axvline(0, ymax=top, color=palette.GREY, lw=1, ls=":")
        for axes, top in ((curves, 0.8 if gelu is None else 0.68), (gaps, 1))
    ]
    dots = [
        gaps.plot([], [], "o", ms=8, mec=palette.INK, color=colour)[0] for colour in (palette.FORWARD, palette.BACKWARD)
    ]
    told = canvas.caption(52, 374)
    told_gaps = canvas.caption(512, 374)
    canvas.moving(coarse, coarse_gap, *here, *dots)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        z, c = np.array([float(values["z"])]), float(values["c"])
        by_sigmoid = activations.swish(_Z, beta=c)
        coarse.set_ydata(by_sigmoid)
        coarse_gap.set_ydata(_apart(by_sigmoid, exact))
        at = activations.gelu(z), activations.gelu(z, approximate=True), activations.swish(z, beta=c)
        for line in here:
            line.set_xdata([z[0], z[0]])
        for dot, value in zip(dots, at[1:], strict=True):
            dot.set_data(z, _apart(value, at[0]))
        here_told = f"z = {z[0]:g}:  exact {at[0][0]:.5f}\nwith tanh {at[1][0]:.5f},  z σ({c:.3f} z) {at[2][0]:.5f}"
        told.set_text(here_told.replace("-", "−"))
        told_gaps.set_text(
            f"largest distance: with tanh {_largest(by_tanh, exact)}\nz σ({c:.3f} z) {_largest(by_sigmoid, exact)}"
        )
        return attempts.notes

    controls = [
        Slider("z", "z", -6, 6, -1.0, 0.05, meaning="where the three are compared", column=0),
        Slider("c", "c", 1, 2.5, 1.702, 0.002, meaning="the constant in the sigmoid form", column=1),
    ]
    shown = "Three curves that look the same, and on a logarithmic axis how far two of them are from the exact GELU."
    return Explorer(canvas, controls, draw, alternative=shown)


def _apart(value: Array, exact: Array) -> Array:
    distance: Array = np.maximum(np.abs(value - exact), _FLOOR)
    return distance


def _largest(value: Array, exact: Array) -> str:
    gap = np.abs(value - exact)
    return f"{gap.max():.1e} at z = {_Z[gap.argmax()]:.2f}".replace("e-0", "e-").replace("-", "−")


def _draw_yours(gelu: Function, exact: Array, curves: Any, gaps: Any, attempts: Attempts) -> None:
    """Draw the student's two forms as marks: the exact one where it differs at all, the other over the dashed line."""
    marks = {"color": palette.YOURS, "mec": palette.INK, "mew": 0.5, "ms": 5, "ls": "none", "markevery": 12}
    for approximate, marker in ((False, "D"), (True, "v")):
        own = attempts.call("gelu", gelu, _Z.copy(), shape=_Z.shape, approximate=approximate)
        if own is not None:
            own = np.clip(own, -1e3, 1e3)
            label = "your gelu, approximate" if approximate else "your gelu"
            curves.plot(_Z, own, marker=marker, label=label, **marks)
            gaps.plot(_Z, np.minimum(_apart(own, exact), 1), marker=marker, clip_on=False, **marks)
