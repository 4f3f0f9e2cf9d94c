"""Momentum on an elongated bowl: the path, the loss, and the map of all learning rates and betas."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array, Pixels
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.optimizers.bowl_lines import BowlLines
from machine_room.explore.optimizers.patchwork import Patchwork
from machine_room.explore.student import Attempts
from machine_room.optimizers.descent import momentum_in_place
from machine_room.translation import say

_STEPS = 100
_START = np.array([-2.0, 1.0])
#: The path ends where it has flown off so far.
_FAR = 100.0
_RATES = (1e-3, 3.0)
_MAP_RATES, _MAP_BETAS = 96, 66
#: Where the loss is drawn from: below is "at the bottom".
_FLOOR, _CEILING = 1e-9, 1e3


def _path(condition: float, rate: float, beta: float) -> Array:
    """Return the points of momentum on the bowl, at most _STEPS + 1; fewer where it flies off."""
    steepness = np.array([1.0, condition])
    theta, m, work = _START.copy(), np.zeros(2), np.empty(2)
    points = [_START]
    for _ in range(_STEPS):
        momentum_in_place(theta, steepness * theta, m, work, learning_rate=rate, beta=beta)
        if abs(theta[1]) > _FAR or abs(theta[0]) > _FAR:
            break
        points.append(theta.copy())
    return np.array(points)


def _path_of_yours(
    momentum_step: Callable[..., Any], condition: float, rate: float, beta: float, attempts: Attempts
) -> Array | None:
    steepness = np.array([1.0, condition])
    settings: dict[str, Any] = {"learning_rate": rate, "beta": beta}
    parts = {"theta": (2,), "m": (2,)}
    first = attempts.call(
        "momentum_step", momentum_step, _START.copy(), steepness * _START, np.zeros(2), parts=parts, **settings
    )
    if first is None:
        return None

    def go() -> Array:
        theta, m = _START, np.zeros(2)
        points = [theta]
        for _ in range(_STEPS):
            theta, m = map(np.array, momentum_step(theta.copy(), steepness * theta, m, **settings))
            if not np.abs(theta).max() < _FAR:
                break
            points.append(theta)
        return np.array(points, dtype=float)

    found: Array | None = attempts.call("momentum_step", go)
    return found


def _loss(path: Array, condition: float) -> Array:
    with np.errstate(all="ignore"):
        value: Array = (path[:, 0] ** 2 + condition * path[:, 1] ** 2) / 2
    return value


def _factor(curvature: Any, rate: Any, beta: Any) -> Any:
    """Return by what factor the distance to the bottom shrinks per step, in the end, along one axis of the bowl.

    It is the larger eigenvalue's magnitude of the step `(theta, m)` -> `(theta, m)`, with the characteristic polynomial
    `z**2 - (1 + beta - rate * curvature) z + beta`.
    """
    half = (1 + beta - rate * curvature) / 2
    inside = half**2 - beta
    return np.where(inside < 0, np.sqrt(beta), np.abs(half) + np.sqrt(np.maximum(inside, 0)))


class _Map:
    """The stability map: pale where it is slow, deep where it is fast, bare where it diverges."""

    def __init__(self, canvas: Canvas) -> None:
        low, high = np.log10(_RATES)
        self._axes = axes = canvas.axes(
            672, 62, 186, 232, xlim=(low, high), ylim=(0, 1), xlabel=say("learning rate η"), ylabel="β"
        )
        axes.grid(False)
        axes.set_xticks([-3, -2, -1, 0], ["0.001", "0.01", "0.1", "1"])
        axes.set_title(say("deep: fast;  bare: diverges"))
        shades = [palette.rgb(colour) for colour in palette.surface_colours()]
        self._shades = np.array([*shades, palette.rgb(palette.PAPER)], dtype=np.uint8)
        rates = 10 ** (low + (np.arange(_MAP_RATES) + 0.5) / _MAP_RATES * (high - low))
        betas = (np.arange(_MAP_BETAS) + 0.5) / _MAP_BETAS
        self._rates, self._betas = rates[None, :], betas[:, None]
        self._flat = _factor(1.0, self._rates, self._betas)
        self._image = Patchwork(axes, self._colours(1.0))
        (self._limit,) = axes.plot([], [], color=palette.VERMILLION, lw=1.6)
        (self._here,) = axes.plot([], [], "o", color=palette.BALL, mec=palette.PAPER, ms=10, mew=1.5, clip_on=False)
        canvas.moving(self._image, self._limit, self._here)

    def _colours(self, condition: float) -> Pixels:
        factor = np.maximum(self._flat, _factor(condition, self._rates, self._betas))
        with np.errstate(all="ignore"):
            steps = -1 / np.log10(factor)  # for one decimal digit
            shade = np.clip((3.0 - np.log10(steps)) / 2.4, 0, 1) * (palette.SURFACE_LEVELS - 1)
        last = len(self._shades) - 1
        picked: Pixels = self._shades[np.where(factor < 1, np.nan_to_num(shade), last).astype(int)]
        return picked

    def show(self, condition: float, rate: float, beta: float) -> None:
        self._image.show(self._colours(condition))
        betas = np.linspace(0, 1, 30)
        self._limit.set_data(np.log10((2 + 2 * betas) / condition), betas)
        self._here.set_data([np.log10(rate)], [beta])


def momentum_on_bowl(momentum_step: Callable[..., Any] | None = None) -> Explorer:
    """Return the picture of momentum on an elongated bowl: its path, its loss, and its place on the stability map.

    Args:
        momentum_step: the student's; its path is drawn over the reference.

    Sliders: learning_rate, beta (0 is gradient descent), condition (how elongated the bowl is).

    Source: lecture section 3, momentum. On a bowl of largest steepness L gradient descent diverges beyond 2 / L,
    momentum beyond (2 + 2 beta) / L.
    """
    canvas = Canvas(say("How large may the learning rate be, and what does momentum change?"), (880, 392))
    surface = canvas.axes(
        66, 62, 300, 232, xlim=(-2.4, 2.4), ylim=(-1.6, 1.6), xlabel=say("θ₁, flat"), ylabel=say("θ₂, steep")
    )
    surface.set_title(say("the bowl from above, and the path"))
    lines = BowlLines(canvas, surface)
    (trail,) = surface.plot([], [], "-o", color=palette.FORWARD, lw=1.3, ms=3.2, mfc=palette.PAPER, mew=0.9)
    (own,) = surface.plot([], [], "-", color=palette.YOURS, lw=4.5, alpha=0.6, zorder=1.9)
    surface.plot(*_START, "s", color=palette.PAPER, mec=palette.INK, ms=7, mew=1.4)
    (ball,) = surface.plot([], [], "o", color=palette.BALL, mec=palette.PAPER, ms=11, mew=1.5)

    curve = canvas.axes(430, 62, 182, 232, xlim=(0, _STEPS), yscale="log", ylim=(_FLOOR, _CEILING), xlabel=say("step"))
    curve.set_title(say("loss"))
    (plain,) = curve.plot([], [], "--", color=palette.GREY, lw=1.5, label=say("β = 0, same η"))
    (own_loss,) = curve.plot([], [], color=palette.YOURS, lw=4.5, alpha=0.6, label=say("your momentum_step"))
    (loss,) = curve.plot([], [], color=palette.FORWARD, lw=1.6, label=say("momentum"))
    curve.legend(
        handles=[loss, plain, *([own_loss] if momentum_step else [])], loc="lower left", frameon=True,
        facecolor=palette.PAPER, edgecolor="none", framealpha=0.85, borderpad=0.2, handlelength=1.6,
    )  # fmt: skip
    told = canvas.caption(66, 352)
    canvas.moving(own, trail, ball, plain, own_loss, loss)
    chart = _Map(canvas)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        rate, beta, condition = (float(values[name]) for name in ("learning_rate", "beta", "condition"))
        path, straight = _path(condition, rate, beta), _path(condition, rate, 0.0)
        yours = None
        if momentum_step is not None:
            yours = _path_of_yours(momentum_step, condition, rate, beta, attempts)
        lines.show(condition)
        trail.set_data(*path.T)
        ball.set_data(*path[-1:].T)
        for line, points in ((loss, path), (plain, straight), (own_loss, yours)):
            points = path[:0] if points is None else points
            line.set_data(np.arange(len(points)), _loss(points, condition))
        own.set_data(*(path[:0] if yours is None else yours).T)
        chart.show(condition, rate, beta)
        told.set_text(_told(condition, rate, beta))
        return attempts.notes

    controls = [
        Slider("learning_rate", "η", *_RATES, 0.02, 0.02, logarithmic=True, meaning=say("learning rate"), column=0),
        Slider("beta", "β", 0.0, 0.99, 0.9, 0.01, meaning=say("how much of the last step is kept"), column=1),
        Slider("condition", say("condition"), 1.0, 200.0, 20.0, 0.02, logarithmic=True, whole=True,
               meaning=say("condition number: how many times as steep the steep axis is"), column=2),
    ]  # fmt: skip
    shown = say(
        "Path of momentum on an elongated bowl, its loss, and a map of how fast learning rates and betas converge."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _told(condition: float, rate: float, beta: float) -> str:
    steep = rate * condition
    limit = 2 + 2 * beta
    where = say(
        "steepest axis: η λ = {rate:.3g} · {condition:.3g} = {steep:.3g}", rate=rate, condition=condition, steep=steep
    )
    factor = float(np.maximum(_factor(1.0, rate, beta), _factor(condition, rate, beta)))
    if steep >= limit:
        return say("{where}, not below 2 + 2β = {limit:.3g}: it diverges.", where=where, limit=limit)
    steps = -1 / np.log10(factor) if factor < 1 else np.inf
    shown = f"{steps:.3g}" if steps < 1000 else f"{steps:,.0f}"
    return say(
        "{where}, below 2 + 2β = {limit:.3g}: it converges, ten times nearer every {shown} steps.",
        where=where,
        limit=limit,
        shown=shown,
    )
