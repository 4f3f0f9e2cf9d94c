"""An activation and its slope, with what the student wrote over it and the difference below."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.activations.names import GREEK, NAMES, PARAMETER, WRITTEN, derivative_of, function_of
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: An even number of points: none is 0, where some slopes jump.
_Z = np.linspace(-6, 6, 240)
#: Where the steepest and the flattest places are looked for: finer, and from both sides close to 0.
_EVERYWHERE = np.sort(np.concatenate([np.linspace(-6, 6, 2401), [-1e-9, 1e-9]]))
#: What the two axes show: the sigmoid would be flat on ReLU's.
_VALUES = {"sigmoid": (-0.25, 1.25), "tanh": (-1.4, 1.4), "elu": (-2.4, 6.3), "selu": (-2.4, 6.6)}
_SLOPES = {"sigmoid": (-0.03, 0.3), "tanh": (-0.12, 1.2), "leaky_relu": (-0.25, 2.2), "elu": (-0.25, 2.2),
           "selu": (-0.2, 2.0)}  # fmt: skip
_OTHER_VALUES, _OTHER_SLOPES = (-1.3, 6.3), (-0.25, 1.35)
_STEP = 1e-5
#: A difference smaller than this is rounding; it is drawn at the strip's foot.
_FLOOR = 1e-17
_BOUND = 1e3


def activation_and_slope(
    *,
    sigmoid: Function | None = None,
    leaky_relu: Function | None = None,
    elu: Function | None = None,
    selu: Function | None = None,
    gelu: Function | None = None,
    gelu_derivative: Function | None = None,
    swish: Function | None = None,
    swish_derivative: Function | None = None,
    mish: Function | None = None,
) -> Explorer:
    """Return the picture of an activation and its derivative, with the tangent at one z.

    Args:
        sigmoid: the student's, drawn over the reference; likewise all that follow.
        leaky_relu: likewise.
        elu: likewise.
        selu: likewise.
        gelu: likewise.
        gelu_derivative: likewise; without it the slope is a central difference of the student's gelu.
        swish: likewise.
        swish_derivative: likewise; without it the slope is a central difference of the student's swish.
        mish: likewise.

    Controls: activation, z, alpha (of leaky ReLU and ELU), beta (of Swish).

    Source: lecture section 2, activation functions and better activation functions.
    """
    yours = {
        "sigmoid": sigmoid, "leaky_relu": leaky_relu, "elu": elu, "selu": selu, "gelu": gelu,
        "gelu_derivative": gelu_derivative, "swish": swish, "swish_derivative": swish_derivative, "mish": mish,
    }  # fmt: skip
    return _CurvePicture({name: function for name, function in yours.items() if function is not None}).explorer()


class _CurvePicture:
    def __init__(self, yours: Mapping[str, Function]) -> None:
        self._yours = yours
        self._attempts = Attempts()
        for name, function in yours.items():  # what is not shown at first is told about all the same
            self._attempts.call(name, function, _Z.copy(), shape=_Z.shape)
        self._canvas = Canvas(say("How steep is it, and where?"), (880, 420 if yours else 372))
        foot = 156 if yours else 48
        self._value = self._panel(64, foot, "f(z)", "" if yours else "z")
        self._slope = self._panel(500, foot, "f′(z)", "" if yours else "z")
        self._shown = ""
        self._lines = [
            axes.plot(_Z, np.zeros_like(_Z), color=palette.FORWARD, lw=2.4, label=say("ours"))[0]
            for axes in self._panels
        ]
        (self._tangent,) = self._value.plot([], [], color=palette.BACKWARD, lw=1.6, ls=(0, (6, 3)))
        dots: dict[str, Any] = {"marker": "o", "ms": 8, "mec": palette.INK, "color": palette.BACKWARD, "clip_on": False}
        self._dots = [axes.plot([], [], **dots)[0] for axes in self._panels]
        self._told = [self._canvas.caption(left, self._canvas.size[1] - 44) for left in (70, 510)]
        self._canvas.moving(*self._lines, self._tangent, *self._dots)
        self._own: list[Any] = []
        self._gaps: list[Any] = []
        if yours:
            self._strips()

    @property
    def _panels(self) -> "tuple[Axes, Axes]":
        return self._value, self._slope

    def _panel(self, left: int, foot: int, name: str, below: str) -> "Axes":
        height = self._canvas.size[1] - foot - 66
        axes = self._canvas.axes(left, foot, 352, height, xlim=(-6, 6), xlabel=below, ylabel=name)
        axes.axhline(0, color=palette.FRAME, lw=1, zorder=1)
        axes.axvline(0, color=palette.FRAME, lw=1, zorder=1)
        return axes

    def _strips(self) -> None:
        for left, axes in ((64, self._value), (500, self._slope)):
            own = axes.plot([], [], color=palette.YOURS, lw=2.4, ls=(0, (3, 2)), label=say("yours"))[0]
            strip = self._canvas.axes(left, 48, 352, 68, xlim=(-6, 6), yscale="log", ylim=(_FLOOR / 3, 30), xlabel="z")
            strip.set_yticks([1e-16, 1e-8, 1], ["1e−16", "1e−8", "1"], minor=False)
            strip.set_title(say("distance of yours from ours"), size=9, pad=3)
            gap = strip.plot([], [], ".", color=palette.YOURS, ms=3.5)[0]
            self._own.append(own)
            self._gaps.append(gap)
        self._value.legend(handles=[self._lines[0], self._own[0]], loc="upper left", ncols=2)
        self._canvas.moving(*self._own, *self._gaps)

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        handed_in = [name for name in NAMES if name in self._yours or f"{name}_derivative" in self._yours]
        start = handed_in[0] if handed_in else "sigmoid"
        controls: list[Control] = [
            Choice("activation", say("activation"), NAMES, start,
                   meaning=say("the activation that is drawn"), column=0),
            Slider("z", "z", -6, 6, 1.0, 0.05, meaning=say("where the tangent touches"), column=0),
            Slider("alpha", "α", 0, 2, 0.3, 0.01, meaning=say("alpha of leaky ReLU and ELU"), column=1,
                   only_with=("activation", tuple(n for n in NAMES if PARAMETER.get(n) == "alpha"))),
            Slider("beta", "β", 0, 10, 1.0, 0.1, meaning=say("beta of Swish"), column=1,
                   only_with=("activation", tuple(n for n in NAMES if PARAMETER.get(n) == "beta"))),
        ]  # fmt: skip
        shown = say("Left an activation function with its tangent at z, right its slope.")
        return Explorer(self._canvas, controls, self._draw, alternative=shown)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        name, z = values["activation"], np.array([values["z"]])
        keyword = PARAMETER.get(name)
        keywords = {keyword: float(values[keyword])} if keyword else {}
        f, slope = function_of(name), derivative_of(name)
        self._fit(name)
        curves = [f(_Z, **keywords), slope(_Z, **keywords)]
        here = [float(function(z, **keywords)[0]) for function in (f, slope)]
        for axes, line, curve, dot, value in zip(self._panels, self._lines, curves, self._dots, here, strict=True):
            line.set_ydata(curve)
            low, high = axes.get_ylim()
            dot.set_data(z, [value if low <= value <= high else np.nan])
        self._tangent.set_data(z[0] + np.array([-2.0, 2.0]), here[0] + here[1] * np.array([-2.0, 2.0]))
        setting = "".join(f", {GREEK[keyword]} = {keywords[keyword]:g}" for keyword in keywords)
        steepness = slope(_EVERYWHERE, **keywords)
        lowest, highest = steepness.min(), steepness.max()
        self._told[0].set_text(f"{WRITTEN[name]}{setting}:  f({z[0]:g}) = {here[0]:.4f}".replace("-", "−"))
        self._told[1].set_text(
            say(
                "f′({z:g}) = {here:.4f},  from {lowest:.3f} to {highest:.3f}",
                z=z[0],
                here=here[1],
                lowest=lowest,
                highest=highest,
            ).replace("-", "−")
        )
        return self._draw_yours(name, keywords, curves) if self._yours else ()

    def _fit(self, name: str) -> None:
        """Have the axes show what this activation needs."""
        if name != self._shown:
            self._value.set_ylim(_VALUES.get(name, _OTHER_VALUES))
            self._slope.set_ylim(_SLOPES.get(name, _OTHER_SLOPES))
            self._canvas.repaint()
            self._shown = name

    def _draw_yours(self, name: str, keywords: Mapping[str, Any], expected: Sequence[Array]) -> Sequence[str]:
        attempts = self._attempts
        found = (self._call(name, _Z, keywords, attempts), self._slope_of_yours(name, keywords, attempts))
        for line, gap, own, right in zip(self._own, self._gaps, found, expected, strict=True):
            drawn = np.full(_Z.shape, np.nan) if own is None else own
            line.set_data(_Z, np.clip(drawn, -_BOUND, _BOUND))
            gap.set_data(_Z, np.clip(np.abs(drawn - right), _FLOOR, _BOUND))
        return attempts.notes

    def _call(self, name: str, z: Array, keywords: Mapping[str, Any], attempts: Attempts) -> Array | None:
        if name not in self._yours:
            return None
        found: Array | None = attempts.call(name, self._yours[name], z.copy(), shape=z.shape, **keywords)
        return found

    def _slope_of_yours(self, name: str, keywords: Mapping[str, Any], attempts: Attempts) -> Array | None:
        if f"{name}_derivative" in self._yours:
            return self._call(f"{name}_derivative", _Z, keywords, attempts)
        ahead, behind = (self._call(name, _Z + step, keywords, attempts) for step in (_STEP, -_STEP))
        if ahead is None or behind is None:
            return None
        return np.clip(ahead, -_BOUND, _BOUND) / (2 * _STEP) - np.clip(behind, -_BOUND, _BOUND) / (2 * _STEP)
