"""How far a signal comes through many layers: the spread of activations forward, the length of gradients backward."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.activations.depth_signal import LAYERS, SCHEMES, STARTS, Signal, signal
from machine_room.explore.activations.names import NAMES, WRITTEN, derivative_of, function_of
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.initializers import MATCHING_SCHEME
from machine_room.translation import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LOW, _HIGH = 1e-17, 1e9
#: What still counts as level, after however many layers.
_LEVEL = 0.01, 100.0
_BEYOND = 1e40


def signal_through_depth(activation_stats: Function | None = None, gradient_norms: Function | None = None) -> Explorer:
    """Return the picture of a batch on its way through up to 100 layers of 100 units, and of a gradient going back.

    Args:
        activation_stats: the student's; its deviations are drawn over the reference.
        gradient_norms: the student's; its lengths are drawn over the reference.

    Controls: activation, start (how the weights are drawn), depth.

    Source: lecture section 2, vanishing and exploding gradients, and the table of matching pairs.
    """
    return _DepthPicture(activation_stats, gradient_norms).explorer()


class _DepthPicture:
    def __init__(self, stats: Function | None, norms: Function | None) -> None:
        self._stats, self._norms = stats, norms
        self._attempts = Attempts()
        self._stats_of = lru_cache(maxsize=8)(self._call_stats)
        self._norms_of = lru_cache(maxsize=32)(self._call_norms)
        self._canvas = Canvas(say("Which pairs let the signal through?"), (900, 420))
        self._forward = self._panel(72, say("forward: spread of h, the layer's output"), say("standard deviation of h"))
        self._backward = self._panel(412, say("backward: gradient dz, last layer = 1"), say("length of dz, relative"))
        hues = (palette.FORWARD, palette.BACKWARD)
        # A dot where the number is that stands above: forward at the last layer, backward at the first.
        self._lines = [
            axes.plot([], [], "-o", color=hue, lw=2.6, ms=7, markevery=[told])[0]
            for axes, hue, told in zip(self._panels, hues, (-1, 0), strict=True)
        ]
        marks: dict[str, Any] = {"marker": "o", "ms": 7, "ls": "none", "mfc": "none", "mec": palette.YOURS, "mew": 1.8}
        self._own = [axes.plot([], [], **marks)[0] for axes in self._panels]
        self._told = [self._canvas.caption(left, 374) for left in (72, 412)]
        self._canvas.moving(*self._lines, *self._own)
        self._table()

    @property
    def _panels(self) -> "tuple[Axes, Axes]":
        return self._forward, self._backward

    def _panel(self, left: int, title: str, name: str) -> "Axes":
        axes = self._canvas.axes(
            left, 48, 264, 262, xlim=(0, LAYERS + 1), yscale="log", ylim=(_LOW, _HIGH), xlabel=say("layer"), ylabel=name
        )
        axes.set_title(title)
        axes.set_yticks([10.0**power for power in range(-16, 9, 4)])
        axes.axhspan(*_LEVEL, color=palette.GOOD, alpha=0.16, lw=0, zorder=0.5)
        axes.axhline(1, color=palette.FRAME, lw=1, zorder=1)
        return axes

    def _table(self) -> None:
        """Draw the lecture's table as dots, and a ring that says where you are."""
        table = self._canvas.axes(772, 48, 108, 262, xlim=(-0.6, 2.6), ylim=(len(NAMES) - 0.4, -0.6))
        table.set_title(say("the lecture's pairs"), x=0.5, ha="center")
        table.grid(False)
        table.spines[["left", "bottom"]].set_visible(False)
        table.set_xticks(range(3), ["Glorot", "He", "LeCun"])
        table.set_yticks(range(len(NAMES)), [WRITTEN[name] for name in NAMES])
        table.tick_params(length=0)
        for row, name in enumerate(NAMES):
            table.plot(range(3), [row] * 3, ".", color=palette.FRAME, ms=3)
            table.plot(list(SCHEMES.values()).index(MATCHING_SCHEME[name]), row, "o", color=palette.GOOD, ms=8)
        (self._ring,) = table.plot([], [], "o", ms=15, mfc="none", mec=palette.INK, mew=2, clip_on=False)
        self._canvas.moving(self._ring)

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls: list[Control] = [
            Choice(
                "activation", say("activation"), NAMES, "relu", meaning=say("the activation of every layer"), column=0
            ),
            Choice(
                "start",
                say("initialisation"),
                STARTS,
                "Glorot",
                meaning=say("how the first weights are drawn"),
                column=1,
            ),
            Slider("depth", say("layers"), 1, LAYERS, 50, 1, whole=True, meaning=say("number of layers"), column=2),
        ]
        shown = say(
            "Two curves over the layers on logarithmic axes: the spread of activations forward, the length of "
            "gradients backward. Beside them a table of which initialisation fits which activation."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        name, start, depth = values["activation"], values["start"], int(values["depth"])
        way = signal(name, start)
        layers, spread, lengths = np.arange(1, depth + 1), way.spread[:depth], way.lengths(depth)
        lengths, unit = lengths / lengths[-1], lengths[-1]
        for line, curve in zip(self._lines, (spread, lengths), strict=True):
            line.set_data(layers, within(curve))
        place = list(SCHEMES).index(start) if start in SCHEMES else None
        self._ring.set_data([] if place is None else [place], [] if place is None else [NAMES.index(name)])
        who = say(
            "{written}, {start}, {depth} layer{depth2}",
            written=WRITTEN[name],
            start=start,
            depth=depth,
            depth2="" if depth == 1 else "s",
        )
        self._told[0].set_text(
            say(
                "{who}\nforward, at the last layer: {number}, {verdict}",
                who=who,
                number=number(spread[-1]),
                verdict=verdict(spread[-1] / spread[0]),
            )
        )
        self._told[1].set_text(
            say("\nbackward, at layer 1: {number}, {verdict}", number=number(lengths[0]), verdict=verdict(lengths[0]))
        )
        own = self._stats_of(name, start), self._norms_of(name, start, depth)
        for marks, found, one in zip(self._own, own, (1.0, unit), strict=True):
            points = np.full(depth, np.nan) if found is None else within(found[:depth] / one)
            marks.set_data(layers, points)
            marks.set_markevery(max(1, depth // 10))
        return self._attempts.notes

    def _call_stats(self, name: str, start: str) -> Array | None:
        if self._stats is None:
            return None
        way, shapes = signal(name, start), dict.fromkeys(("mean", "std", "dead"), (LAYERS,))
        found = self._attempts.call(
            "activation_stats", self._stats, way.x.copy(), list(way.weights.copy()), function_of(name), parts=shapes
        )
        return None if found is None else np.asarray(found[1])

    def _call_norms(self, name: str, start: str, depth: int) -> Array | None:
        if self._norms is None:
            return None
        way: Signal = signal(name, start)
        found = self._attempts.call(
            "gradient_norms", self._norms, way.x.copy(), list(way.weights[:depth].copy()), function_of(name),
            derivative_of(name), way.dh.copy(), shape=(depth,),
        )  # fmt: skip
        return None if found is None else np.asarray(found)


def within(curve: Array) -> Array:
    """Return the curve cut off where a logarithmic axis cannot follow; what leaves the frame is not drawn anyway."""
    with np.errstate(invalid="ignore"):
        return np.where(curve > 0, np.clip(curve, 1 / _BEYOND, _BEYOND), np.nan)


def number(value: float) -> str:
    """Write a number of any size in a few letters."""
    return f"{value:.2g}".replace("e-0", "e-").replace("-", "−")


def verdict(ratio: float) -> str:
    """Say what happened to a signal that came out as ratio times what went in."""
    if not ratio >= _LEVEL[0]:
        return say("it vanishes")
    return say("it explodes") if ratio > _LEVEL[1] else "level"
