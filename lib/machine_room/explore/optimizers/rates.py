"""Each parameter's own learning rate: AdaGrad, which only brakes, against RMSProp, which forgets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.optimizers.bowl_lines import BowlLines
from machine_room.explore.student import Attempts
from machine_room.translation import say

_STEPS = 120
_EPSILON = 1e-7
_START = np.array([-2.0, 1.2])


class _Walk:
    """A path on the bowl, and the s at each of its points."""

    def __init__(self, points: Sequence[Any], squares: Sequence[Any]) -> None:
        self.points, self.squares = np.array(points), np.array(squares)

    def own_rates(self, rate: float) -> Array:
        with np.errstate(all="ignore"):
            rates: Array = rate / np.sqrt(self.squares + _EPSILON)
        return rates


def _walk(steepness: Array, rate: float, beta: float | None) -> _Walk:
    """Walk with AdaGrad where beta is None, else with RMSProp.

    The four numbers of each step as floats: NumPy takes ten times as long for arrays of two.
    """
    theta, s = _START.tolist(), [0.0, 0.0]
    kept, new = (1.0, 1.0) if beta is None else (beta, 1 - beta)
    points, squares = [], []
    for _ in range(_STEPS):
        for axis in (0, 1):
            gradient = steepness[axis] * theta[axis]
            s[axis] = kept * s[axis] + new * gradient * gradient
            theta[axis] -= rate * gradient / (s[axis] + _EPSILON) ** 0.5
        points.append(theta.copy())
        squares.append(s.copy())
    return _Walk(points, squares)


def _walk_of_yours(
    name: str, function: Function, steepness: Array, settings: dict[str, Any], a: Attempts
) -> _Walk | None:
    parts = {"theta": (2,), "s": (2,)}
    if a.call(name, function, _START.copy(), steepness * _START, np.zeros(2), parts=parts, **settings) is None:
        return None

    def go() -> _Walk:
        theta, s = _START, np.zeros(2)
        points, squares = [], []
        for _ in range(_STEPS):
            theta, s = (
                np.array(part, dtype=float) for part in function(theta.copy(), steepness * theta, s, **settings)
            )
            points.append(theta)
            squares.append(s.copy())
        return _Walk(points, squares)

    found: _Walk | None = a.call(name, go)
    return found


def effective_rates(adagrad_step: Function | None = None, rmsprop_step: Function | None = None) -> Explorer:
    """Return the picture of AdaGrad and RMSProp on one bowl: their paths, and each axis's own rate over time.

    Args:
        adagrad_step: the student's; its path and rates are drawn over the reference.
        rmsprop_step: the student's, likewise.

    Sliders: learning_rate, beta (of RMSProp), condition (how elongated the bowl is).

    Source: lecture section 3, adaptive learning rate and scaling decay; the own rate is eta / sqrt(s + epsilon).
    """
    canvas = Canvas(say("What becomes of each parameter's own learning rate?"), (880, 432))
    surface = canvas.axes(
        62, 52, 330, 270, xlim=(-2.5, 2.5), ylim=(-1.6, 1.6), xlabel=say("θ₁, flat"), ylabel=say("θ₂, steep")
    )
    surface.set_title(say("the paths, {steps} steps", steps=_STEPS))
    lines = BowlLines(canvas, surface)
    surface.plot(*_START, "s", color=palette.PAPER, mec=palette.INK, ms=7, mew=1.4)
    chart = canvas.axes(
        462, 52, 300, 270, xlim=(0, _STEPS), yscale="log", ylim=(1e-6, 1e2), xlabel=say("step"),
    )  # fmt: skip
    chart.set_title(say("own rate, η / √(s + ε)"))
    handed = (("adagrad_step", adagrad_step, palette.ORANGE), ("rmsprop_step", rmsprop_step, palette.BLUE))
    trails, ends, rates, own_trails, own_rates, names = [], [], [], [], [], []
    for (_, _, colour), name in zip(handed, ("AdaGrad", "RMSProp"), strict=True):
        wide: dict[str, Any] = {"color": palette.YOURS, "lw": 5, "alpha": 0.6, "zorder": 1.9}
        own_trails.append(surface.plot([], [], **wide)[0])
        own_rates.append([chart.plot([], [], **wide)[0] for _ in range(2)])
        trails.append(surface.plot([], [], color=colour, lw=1.7)[0])
        ends.append(surface.plot([], [], "o", color=colour, mec=palette.INK, ms=8)[0])
        rates.append([chart.plot([], [], style, color=colour, lw=1.7)[0] for style in ("-", "--")])
        names += [_beside(canvas, chart, f"{name}, {axis}", colour) for axis in ("θ₁", "θ₂")]
    canvas.moving(*own_trails, *trails, *ends, *(line for pair in (*own_rates, *rates) for line in pair))
    if adagrad_step or rmsprop_step:
        canvas.text(768, 336, say("▬ yours"), color=palette.YOURS, size=9)
    told = canvas.caption(62, 392)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        rate, beta, condition = (float(values[name]) for name in ("learning_rate", "beta", "condition"))
        steepness = np.array([1.0, condition])
        lines.show(condition)
        walks = [_walk(steepness, rate, None), _walk(steepness, rate, beta)]
        last = []
        for k, (name, function, _) in enumerate(handed):
            settings = {"learning_rate": rate, "epsilon": _EPSILON, **({"beta": beta} if k else {})}
            yours = None if function is None else _walk_of_yours(name, function, steepness, settings, attempts)
            trails[k].set_data(*np.vstack([_START, walks[k].points]).T)
            ends[k].set_data(*walks[k].points[-1:].T)
            own_trails[k].set_data(*(np.empty((2, 0)) if yours is None else np.vstack([_START, yours.points]).T))
            for axis in (0, 1):
                _curve(rates[k][axis], walks[k], rate, axis)
                _curve(own_rates[k][axis], yours, rate, axis)
            last += walks[k].own_rates(rate)[-1].tolist()
        _place(names, last)
        told.set_text(_told(walks, rate))
        return attempts.notes

    controls = [
        Slider("learning_rate", "η", 1e-2, 2.0, 0.1, 0.02, logarithmic=True, meaning=say("learning rate"), column=0),
        Slider("beta", say("β, RMSProp"), 0.0, 0.99, 0.9, 0.01,
                   meaning=say("how much of RMSProp's average is kept"), column=1),
        Slider("condition", say("condition"), 1.0, 200.0, 20.0, 0.02, logarithmic=True, whole=True,
               meaning=say("condition number: how many times as steep the steep axis is"), column=2),
    ]  # fmt: skip
    shown = say(
        "Paths of AdaGrad and RMSProp on an elongated bowl, and the own learning rate of each axis over the steps."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _curve(line: Any, walk: _Walk | None, rate: float, axis: int) -> None:
    values = np.empty(0) if walk is None else walk.own_rates(rate)[:, axis]
    line.set_data(np.arange(1, len(values) + 1), values)


def _beside(canvas: Canvas, axes: Any, text: str, colour: str) -> Any:
    label = canvas.label(0, 0, text, size=8.5, va="center", color=colour)
    label.set_transform(axes.transData)
    return label


def _place(labels: Sequence[Any], heights: Sequence[float]) -> None:
    """Put each name beside the end of its curve, names that would overlap one above the other."""
    order = np.argsort(heights)
    at = np.clip(np.log10(np.array(heights)[order]), -5.7, 1.7)
    for k in range(1, len(at)):
        at[k] = max(at[k], at[k - 1] + 0.42)
    at -= max(0.0, at[-1] - 1.9)
    for place, which in zip(at, order, strict=True):
        labels[which].set_position((_STEPS * 1.02, 10**place))


def _told(walks: Sequence[_Walk], rate: float) -> str:
    left = [float(np.linalg.norm(walk.points[-1])) for walk in walks]
    rise = [float(walk.own_rates(rate)[-1, 0] / walk.own_rates(rate)[:, 0].min()) for walk in walks]
    return say(
        "Distance from the bottom at the end: AdaGrad {left:.2g}, RMSProp {left2:.2g}.\nOwn rate of θ₁ at the "
        "end, against its lowest: AdaGrad {rise:.3g} ×, RMSProp {rise2:.3g} ×.",
        left=left[0],
        left2=left[1],
        rise=rise[0],
        rise2=rise[1],
    )
