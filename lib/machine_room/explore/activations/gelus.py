"""Three formulas called GELU, and how far they are apart."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from machine_room import activations
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_Z = np.linspace(-6, 6, 601)
_FLOOR = 1e-9


def three_gelus(gelu: Function | None = None) -> Explorer:
    """Return the picture of how far GELU's tanh form and z * sigmoid(c z) are from the exact one, and their slopes.

    The curves themselves look the same, so only the distances are drawn.

    Args:
        gelu: the student's, both forms drawn as marks over the reference.

    Sliders: c (1.702 in the papers) and z.

    Source: Hendrycks and Gimpel 2016, section 2.
    """
    return _Gelus(gelu).explorer()


class _Gelus:
    """The artists."""

    def __init__(self, gelu: Function | None) -> None:
        self._attempts = Attempts()
        self._canvas = Canvas(say("How far are the three GELUs apart?"), (880, 410))
        self._values = self._panel(66, say("distance of the value from the exact one"))
        self._slopes = self._panel(500, say("distance of the slope from the exact one"))
        by_tanh: dict[str, Any] = {"color": palette.FORWARD, "lw": 1.8, "ls": "--", "label": say("with tanh")}
        self._values.plot(_Z, _apart(*_values(1.0)[:2]), **by_tanh)
        self._slopes.plot(_Z, _apart(*_slopes(1.0)[:2]), **by_tanh)
        coarse: dict[str, Any] = {"color": palette.BACKWARD, "lw": 1.8, "ls": ":", "label": "z σ(c z)"}
        self._coarse = [axes.plot(_Z, _Z, **coarse)[0] for axes in (self._values, self._slopes)]
        if gelu is not None:
            self._draw_yours(gelu)
        self._values.legend(loc="upper left", ncols=2)  # no curve of ours comes above 1
        self._here = [axes.axvline(0, color=palette.GREY, lw=1, ls=":") for axes in (self._values, self._slopes)]
        self._told = [self._canvas.caption(left, 374) for left in (66, 500)]
        self._canvas.moving(*self._coarse, *self._here)

    def _panel(self, left: float, title: str) -> "Axes":
        axes = self._canvas.axes(left, 48, 360, 262, xlim=(-6.2, 6.2), yscale="log", ylim=(_FLOOR, 50), xlabel="z")
        axes.set_title(title)
        return axes

    def explorer(self) -> Explorer:
        """Return the picture with its sliders."""
        controls = [
            Slider("z", "z", -6, 6, -1.0, 0.05, meaning=say("where the three are compared"), column=0),
            Slider("c", "c", 1, 2.5, 1.702, 0.002, meaning=say("the constant in the sigmoid form"), column=1),
        ]
        shown = say("On logarithmic axes, how far two formulas, and their slopes, are from the exact GELU's.")
        return Explorer(self._canvas, controls, self._draw, alternative=shown)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        at, c = np.array([float(values["z"])]), float(values["c"])
        for line in self._here:
            line.set_xdata([at[0], at[0]])
        for of, curve, told in zip((_values, _slopes), self._coarse, self._told, strict=True):
            exact, by_tanh, coarse = of(c)
            curve.set_ydata(_apart(coarse, exact))
            here = [float(one[0]) for one in of(c, at)]
            told.set_text(
                say(
                    "at z = {at:g}: {here:.5f}, with tanh {here2:.5f}, σ {here3:.5f}\nfarthest: tanh {largest}, σ "
                    "{largest2}",
                    at=at[0],
                    here=here[0],
                    here2=here[1],
                    here3=here[2],
                    largest=_largest(by_tanh, exact),
                    largest2=_largest(coarse, exact),
                ).replace("-", "−")
            )
        return self._attempts.notes

    def _draw_yours(self, gelu: Function) -> None:
        """Draw the student's two forms as marks: the exact one where it differs at all, the other over the dashes."""
        marks: dict[str, Any] = {
            "color": palette.YOURS,
            "mec": palette.INK,
            "mew": 0.5,
            "ms": 5,
            "ls": "none",
            "markevery": 12,
        }
        exact = activations.gelu(_Z)
        for approximate, marker in ((False, "D"), (True, "v")):
            own = self._attempts.call("gelu", gelu, _Z.copy(), shape=_Z.shape, approximate=approximate)
            if own is not None:
                label = say("your gelu, approximate") if approximate else say("your gelu")
                gap = np.minimum(_apart(np.clip(own, -1e3, 1e3), exact), 1)
                self._values.plot(_Z, gap, marker=marker, label=label, clip_on=False, **marks)


def _values(c: float, z: Array = _Z) -> tuple[Array, Array, Array]:
    """Return the exact GELU, the one with tanh, and z * sigmoid(c z)."""
    return activations.gelu(z), activations.gelu(z, approximate=True), activations.swish(z, beta=c)


def _slopes(c: float, z: Array = _Z) -> tuple[Array, Array, Array]:
    """Return their slopes."""
    by_tanh = activations.gelu_derivative(z, approximate=True)
    return activations.gelu_derivative(z), by_tanh, activations.swish_derivative(z, beta=c)


def _apart(value: Array, exact: Array) -> Array:
    distance: Array = np.maximum(np.abs(value - exact), _FLOOR)
    return distance


def _largest(value: Array, exact: Array) -> str:
    gap = np.abs(value - exact)
    return say("{gap:.1e} at {z:.2f}", gap=gap.max(), z=_Z[gap.argmax()]).replace("e-0", "e-")
