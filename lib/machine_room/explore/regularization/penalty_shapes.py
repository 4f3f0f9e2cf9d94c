"""L1 and L2 on two weights: where the best point goes as the penalty grows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from machine_room import regularizers
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say

CURVATURE = np.array([1.0, 4.0])  # of the loss, along the two weights
#: What the sliders say at first: where the loss alone is least, and the strength of the penalty.
BEST, STRENGTH = (0.7, 1.6), 0.8
_LOW, _HIGH = -1.7, 2.4
_DIRECTIONS = np.stack([np.cos(np.linspace(0, 2 * np.pi, 97)), np.sin(np.linspace(0, 2 * np.pi, 97))], axis=1)
_ON_THE_PATH = np.concatenate([[0.0], np.geomspace(0.01, 20, 150)])


def _with_l2(best: Array, strength: Array) -> Array:
    """Return the minimum of loss + L2 for each strength, (strengths, 2)."""
    shrunk: Array = best * CURVATURE / (CURVATURE + 2 * strength[:, None])
    return shrunk


def with_l1(best: Array, strength: Array) -> Array:
    """Return the minimum of loss + L1 for each strength: each weight moves by strength / curvature, to 0 at most."""
    shrunk: Array = np.sign(best) * np.maximum(np.abs(best) - strength[:, None] / CURVATURE, 0)
    return shrunk


class _Half:
    """One of the two panels: a penalty's shape, the path home, and the point for the strength set."""

    def __init__(
        self, canvas: Canvas, left: int, title: str, power: int, minimum: Callable[[Array, Array], Array]
    ) -> None:
        self.power, self.minimum = power, minimum
        axes = canvas.axes(left, 84, 250, 250, xlim=(_LOW, _HIGH), ylim=(_LOW, _HIGH), xlabel="w₁", ylabel="w₂")
        axes.set_title(title)
        axes.axhline(0, color=palette.FRAME, lw=0.8)
        axes.axvline(0, color=palette.FRAME, lw=0.8)
        self.ovals = [axes.plot([], [], color=palette.SKY, lw=1)[0] for _ in range(6)]
        (self.shape,) = axes.plot([], [], color=palette.BACKWARD, lw=2)
        (self.yours,) = axes.plot([], [], color=palette.YOURS, lw=2, ls=(0, (4, 3)))
        (self.path,) = axes.plot([], [], color=palette.INK, lw=1.4, ls="--")
        (self.cross,) = axes.plot([], [], "+", color=palette.INK, ms=11, mew=2)
        (self.point,) = axes.plot([], [], "o", color=palette.BALL, mec=palette.PAPER, ms=11)
        canvas.moving(*self.ovals, self.shape, self.yours, self.path, self.cross, self.point)

    def draw(self, best: Array, strength: float, size: Array | None) -> Array:
        """Move everything, the student's shape by its size in each direction; return the best point."""
        angle = np.linspace(0, 2 * np.pi, 121)
        for line, height in zip(self.ovals, (0.1, 0.4, 0.9, 1.6, 2.5, 3.6), strict=True):
            radius = np.sqrt(2 * height / CURVATURE)
            line.set_data(best[0] + radius[0] * np.cos(angle), best[1] + radius[1] * np.sin(angle))
        self.path.set_data(*self.minimum(best, _ON_THE_PATH).T)
        point: Array = self.minimum(best, np.array([strength]))[0]
        self.cross.set_data(best[:1], best[1:])
        self.point.set_data(point[:1], point[1:])
        cost = _cost(point, self.power)
        self.shape.set_data(*(_DIRECTIONS * _reach(cost, _cost(_DIRECTIONS, self.power), self.power)[:, None]).T)
        yours = np.empty((0, 2)) if size is None else _DIRECTIONS * _reach(cost, size, self.power)[:, None]
        self.yours.set_data(*yours.T)
        return point


def _cost(points: Array, power: int) -> Array:
    """Return the penalty with strength 1 of each point, (..., 2): L1 for power 1, L2 for power 2."""
    sums: Array = (np.abs(points) ** power).sum(axis=-1)
    return sums


def _reach(cost: Array, unit_costs: Array, power: int) -> Array:
    """Return how far to go in directions that cost unit_costs at distance 1 until it costs as much as `cost`."""
    with np.errstate(all="ignore"):
        reach = (cost / unit_costs) ** (1 / power)
    return np.where(np.isfinite(reach), np.clip(reach, 0, 9), np.nan)


def _costs_of_yours(name: str, yours: Function, ours: Function, attempts: Attempts) -> Array | None:
    """Return what the student's penalty says of each direction; note where it is not what the reference says."""

    def costs() -> list[Any]:
        return [yours(direction.copy(), strength=0.7) for direction in _DIRECTIONS]

    found: Array | None = attempts.call(name, costs, shape=(len(_DIRECTIONS),))
    if found is None:
        return None
    at = np.array([1.5, -0.5])
    value = attempts.call(name, yours, at.copy(), shape=(), strength=0.7)
    expected = ours(at, strength=0.7)
    if value is not None and not np.isclose(value, expected):
        attempts.say(
            say(
                "{name} of (1.5, -0.5) with strength 0.7 is {value:.4g}, the reference's {expected:.4g}.",
                name=name,
                value=float(value),
                expected=expected,
            )
        )
    return found / 0.7


def penalty_shapes(l1_penalty: Function | None = None, l2_penalty: Function | None = None) -> Explorer:
    """Return the picture of a loss over two weights and the best point under L1 and under L2, as the strength grows.

    Args:
        l1_penalty: the student's; its shape of equal cost is drawn over the reference's.
        l2_penalty: the student's, likewise.

    Sliders: strength (lambda), best_1 and best_2, where the loss alone is least.

    Source: lecture section 5, "Remember Lasso and Ridge?".
    """
    canvas = Canvas(say("Which penalty sets a weight to exactly 0?"), (880, 400))
    halves = [
        _Half(canvas, 68, say("L2: equal cost on a circle"), 2, _with_l2),
        _Half(canvas, 392, say("L1: equal cost on a diamond"), 1, with_l1),
    ]
    told = [canvas.caption(68, 34), canvas.caption(392, 34)]
    _key(canvas, with_yours=l1_penalty is not None or l2_penalty is not None)
    attempts = Attempts()
    sizes = [
        None if yours is None else _costs_of_yours(name, yours, ours, attempts)
        for name, yours, ours in (
            ("l2_penalty", l2_penalty, regularizers.l2_penalty),
            ("l1_penalty", l1_penalty, regularizers.l1_penalty),
        )
    ]

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        best, strength = np.array([values["best_1"], values["best_2"]]), float(values["strength"])
        for half, label, size in zip(halves, told, sizes, strict=True):
            point = half.draw(best, strength, size)
            label.set_text(f"w₁ = {point[0]:.3g}, w₂ = {point[1]:.3g}")
        return attempts.notes

    controls = [
        Slider(
            "strength",
            "λ",
            0.01,
            10,
            STRENGTH,
            0.02,
            logarithmic=True,
            meaning=say("strength of the penalty"),
            column=0,
        ),
        Slider(
            "best_1",
            say("best w₁"),
            0.0,
            2.2,
            BEST[0],
            0.05,
            meaning=say("where the loss alone is least, weight 1"),
            column=1,
        ),
        Slider(
            "best_2",
            say("best w₂"),
            0.0,
            2.2,
            BEST[1],
            0.05,
            meaning=say("where the loss alone is least, weight 2"),
            column=1,
        ),
    ]
    shown = say(
        "Ovals of equal loss around its minimum, and the best point under L2 and under L1 on its way to the origin."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _key(canvas: Canvas, *, with_yours: bool) -> None:
    """Say what the signs mean."""
    lines = [
        ("○", say("equal loss"), palette.SKY),
        ("+", say("best for the loss alone"), palette.INK),
        ("●", say("best for loss + penalty"), palette.BALL),
        ("--", say("its way as λ grows"), palette.INK),
        ("◇", say("equal penalty"), palette.BACKWARD),
        *([("◇", say("equal penalty, by yours"), palette.YOURS)] if with_yours else []),
    ]
    for row, (sign, words, colour) in enumerate(lines):
        canvas.text(684, 322 - 28 * row, sign, color=colour, size=11)
        canvas.text(710, 321 - 28 * row, words, size=9.5)
