"""Max-norm: units as arrows, and the circle that none may leave."""

from collections.abc import Mapping, Sequence
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

#: A unit's two incoming weights are a column.
_LENGTHS = np.array([0.6, 1.1, 1.7, 2.2, 2.8, 3.4])
_ANGLES = np.radians([20, 85, 140, 200, 265, 320])
_WEIGHTS = _LENGTHS * np.stack([np.cos(_ANGLES), np.sin(_ANGLES)])


def _spokes(weights: Array) -> tuple[Array, Array]:
    """Return one broken line that draws every column of weights from the origin."""
    points = np.full((3 * weights.shape[1], 2), np.nan)
    points[0::3] = 0.0
    points[1::3] = weights.T
    return points[:, 0], points[:, 1]


def max_norm_arrows(max_norm: Function | None = None) -> Explorer:
    """Return the picture of six units with two weights each, before and after max-norm.

    Args:
        max_norm: the student's; its result is drawn over the reference's.

    Slider: limit, the greatest length allowed.

    Source: lecture section 5; Srivastava et al. 2014, section 5.1.
    """
    canvas = Canvas(say("Which units does max-norm change, and what about them stays?"), (880, 400))
    plane = {
        "xlim": (-4.6, 4.6),
        "ylim": (-3.6, 3.6),
        "xlabel": say("weight from input 1"),
        "ylabel": say("weight from input 2"),
    }
    axes = canvas.axes(56, 50, 379, 296, **plane)
    axes.set_title(say("a unit is an arrow"))
    axes.plot(*_spokes(_WEIGHTS), color=palette.FAINT, lw=4)
    axes.plot(*_WEIGHTS, "o", color=palette.FAINT, ms=8)
    for number, (across, up) in enumerate((_WEIGHTS * (1 + 0.52 / _LENGTHS)).T, start=1):
        axes.text(across, up, str(number), ha="center", va="center", size=9)
    (circle,) = axes.plot([], [], "--", color=palette.BACKWARD, lw=1.4)
    (spokes,) = axes.plot([], [], color=palette.FORWARD, lw=2)
    (tips,) = axes.plot([], [], "o", color=palette.FORWARD, ms=7)
    (own,) = axes.plot([], [], "D", color=palette.YOURS, mec=palette.INK, ms=7, label=say("yours"))
    bars = canvas.axes(524, 50, 330, 296, xlim=(0.4, 6.6), ylim=(0, 3.8), xlabel=say("unit"), ylabel=say("length"))
    bars.set_title(say("length before (grey) and after"))
    units = np.arange(1, 7)
    bars.bar(units, _LENGTHS, width=0.7, color=palette.FAINT)
    after = bars.plot([], [], "_", color=palette.FORWARD, ms=30, mew=4)[0]
    (limit_line,) = bars.plot([], [], color=palette.BACKWARD, lw=1.4)
    (own_lengths,) = bars.plot([], [], "D", color=palette.YOURS, mec=palette.INK, ms=7, label=say("yours"))
    if max_norm is not None:
        bars.legend(loc="upper left")
    angle = np.linspace(0, 2 * np.pi, 181)
    round_ = np.stack([np.cos(angle), np.sin(angle)])
    canvas.moving(circle, spokes, tips, own, after, limit_line, own_lengths)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        limit, attempts = float(values["limit"]), Attempts()
        weights = regularizers.max_norm(_WEIGHTS, limit=limit)
        circle.set_data(*limit * round_)
        limit_line.set_data([0.4, 6.6], [limit, limit])
        spokes.set_data(*_spokes(weights))
        tips.set_data(*weights)
        after.set_data(units, np.sqrt((weights**2).sum(axis=0)))
        cut = [
            say("unit {unit} from {length:.2g}", unit=unit, length=length)
            for unit, length in zip(units, _LENGTHS, strict=True)
            if length > limit
        ]
        canvas.tell(
            say(
                "Cut to the length {limit:.3g}: {cut}. Every direction stays.",
                limit=limit,
                cut=", ".join(cut) or "none",
            )
        )
        yours = None
        if max_norm is not None:
            yours = attempts.call("max_norm", max_norm, _WEIGHTS.copy(), shape=_WEIGHTS.shape, limit=limit)
        if yours is not None and not np.allclose(yours, weights, rtol=1e-6):
            attempts.say(say("max_norm gives other weights than the reference: run its check."))
        drawn = np.empty((2, 0)) if yours is None else yours
        own.set_data(*drawn)
        own_lengths.set_data(units[: drawn.shape[1]], np.sqrt((drawn**2).sum(axis=0)))
        return attempts.notes

    controls = [Slider("limit", "r", 0.2, 3.6, 2.0, 0.05, meaning=say("greatest length of a unit's weight vector"))]
    shown = say(
        "Six units as arrows in the plane of their two weights, cut to the length r, and their lengths as bars."
    )
    return Explorer(canvas, controls, draw, alternative=shown)
