"""The Nesterov trick: the gradient here, the gradient ahead, and the two next steps."""

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
from machine_room.optimizers.descent import momentum_in_place
from machine_room.translation import say

_STEPS = 40
_CONDITION = 8.0
_STEEPNESS = np.array([1.0, _CONDITION])
_START = np.array([-2.0, 1.2])
_NOWHERE = np.empty((2, 0))


def _gradient_at(theta: Array) -> Array:
    return _STEEPNESS * theta


def _path(rate: float, beta: float, *, nesterov: bool) -> tuple[Array, Array]:
    """Return the points of the path and the momentum at each, (_STEPS + 1, 2) both."""
    theta, m, work = _START.copy(), np.zeros(2), np.empty(2)
    points, momenta = np.empty((_STEPS + 1, 2)), np.empty((_STEPS + 1, 2))
    for k in range(_STEPS + 1):
        points[k], momenta[k] = theta, m
        gradient = _gradient_at(theta + beta * m if nesterov else theta)
        momentum_in_place(theta, gradient, m, work, learning_rate=rate, beta=beta)
    return points, momenta


class _Glass:
    """A magnifying glass over one step: what happens between here, the look-ahead point and the two next points."""

    def __init__(self, canvas: Canvas, bowl: Any) -> None:
        (self._rim,) = bowl.plot([], [], color=palette.INK, lw=1.2)
        self._axes = axes = canvas.axes(358, 86, 246, 246, xlim=(-1, 1), ylim=(-1, 1))
        axes.set_title(say("the square, magnified"))
        axes.set_xticks([])
        axes.set_yticks([])
        for side in ("top", "right"):
            axes.spines[side].set_visible(True)
        self._lines = BowlLines(canvas, axes, bottom=False)
        self._lines_drawn = [
            axes.plot([], [], style, color=colour, lw=2.4)[0]
            for style, colour in ((":", palette.INK), ("-", palette.FORWARD), ("-", palette.BACKWARD))
        ]
        ink: dict[str, Any] = {"color": palette.PAPER, "mec": palette.INK, "mew": 1.6}
        own: dict[str, Any] = {"color": palette.YOURS, "alpha": 0.75, "zorder": 1.9}
        self._marks = [
            axes.plot([], [], "o", ms=11, **ink)[0],
            axes.plot([], [], "o", ms=7, **ink)[0],
            axes.plot([], [], "s", color=palette.FORWARD, mec=palette.PAPER, ms=10)[0],
            axes.plot([], [], "^", color=palette.BACKWARD, mec=palette.PAPER, ms=12)[0],
            axes.plot([], [], "D", ms=15, **own)[0],
            axes.plot([], [], "D", ms=19, **own)[0],
        ]
        canvas.moving(self._rim, *self._lines_drawn, *self._marks)

    def show(self, theta: Array, look: Array, ends: Sequence[Array], yours: Sequence[Array | None]) -> None:
        """Show the step from theta: through the look-ahead point to the two ends; yours may hold two points more."""
        corners = np.array([theta, look, *ends])
        middle = (corners.min(axis=0) + corners.max(axis=0)) / 2
        half = max(float(np.ptp(corners, axis=0).max()) * 0.72, 1e-3)

        def seen(place: Array) -> Array:
            found: Array = (place - middle) / half
            return found

        square = middle + half * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
        self._rim.set_data(*square.T)
        self._lines.show(_CONDITION, middle=middle, half=half)
        for line, (start, end) in zip(
            self._lines_drawn, ((theta, look), (look, ends[0]), (look, ends[1])), strict=True
        ):
            line.set_data(*np.transpose([seen(start), seen(end)]))
        for mark, place in zip(self._marks, (theta, look, *ends, *yours), strict=True):
            mark.set_data(*(_NOWHERE if place is None else seen(place)[:, None]))


def look_ahead(nesterov_lookahead: Function | None = None, nesterov_step: Function | None = None) -> Explorer:
    """Return the picture of one step from a point with momentum: with the gradient there, and with the one ahead.

    Args:
        nesterov_lookahead: the student's; the point it gives is drawn over the reference.
        nesterov_step: the student's; where it lands is drawn over the reference.

    Sliders: step (where on momentum's path we stand), learning_rate, beta.

    Source: lecture section 3, the Nesterov trick; Nesterov 1983.
    """
    canvas = Canvas(
        say("Where should the slope be measured: here, or where momentum is about to carry us?"), (880, 440)
    )
    surface = canvas.axes(66, 86, 254, 246, xlim=(-2.5, 1.5), ylim=(-1.5, 1.5), xlabel="θ₁", ylabel="θ₂")
    surface.set_title(say("the bowl, and momentum's path"))
    BowlLines(canvas, surface).show(_CONDITION)
    (path,) = surface.plot([], [], "-o", color=palette.FORWARD, lw=1.1, ms=2.6)
    glass = _Glass(canvas, surface)
    curve = canvas.axes(662, 86, 196, 246, xlim=(0, _STEPS), yscale="log", ylim=(1e-6, 1e3), xlabel=say("step"))
    curve.set_title(say("loss, each on its own path"))
    (plain_loss,) = curve.plot([], [], color=palette.FORWARD, lw=1.8, label=say("momentum"))
    (trick_loss,) = curve.plot([], [], "--", color=palette.BACKWARD, lw=1.8, label=say("Nesterov"))
    (now,) = curve.plot([], [], "o", color=palette.PAPER, mec=palette.INK, ms=8, mew=1.6)
    curve.legend(loc="upper right")
    _legend(canvas, with_yours=bool(nesterov_lookahead or nesterov_step))
    told = canvas.caption(66, 396)
    canvas.moving(path, plain_loss, trick_loss, now)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        rate, beta, step = float(values["learning_rate"]), float(values["beta"]), int(values["step"])
        points, momenta = _path(rate, beta, nesterov=False)
        ahead_points, _ = _path(rate, beta, nesterov=True)
        theta, m = points[step], momenta[step]
        look = theta + beta * m
        ends = [look - rate * _gradient_at(place) for place in (theta, look)]
        yours = [
            _your_lookahead(nesterov_lookahead, theta, m, beta, attempts),
            _your_step(nesterov_step, theta, m, rate, beta, attempts),
        ]
        for name, place, expected in zip(("nesterov_lookahead", "nesterov_step"), yours, (look, ends[1]), strict=True):
            if place is not None and not np.allclose(place, expected, rtol=1e-6, atol=1e-9):
                attempts.say(say("{name} gives another point than the reference: run its check.", name=name))
        path.set_data(*points.T)
        glass.show(theta, look, ends, yours)
        for line, walked in ((plain_loss, points), (trick_loss, ahead_points)):
            line.set_data(np.arange(_STEPS + 1), _loss(walked))
        now.set_data([step], _loss(points)[step : step + 1])
        told.set_text(_told(theta, look, ends))
        return attempts.notes

    controls = [
        Slider(
            "step", say("step"), 0, 30, 4, 1, whole=True, meaning=say("where on momentum's path the ball is"), column=0
        ),
        Slider("learning_rate", "η", 0.01, 0.2, 0.06, 0.01, logarithmic=True, meaning=say("learning rate"), column=1),
        Slider("beta", "β", 0.0, 0.95, 0.8, 0.01, meaning=say("how much of the last step is kept"), column=2),
    ]
    shown = say(
        "A point with momentum on a bowl, the look-ahead point, the gradient step from each, and where they land."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _loss(points: Array) -> Array:
    losses: Array = np.maximum((points**2 @ _STEEPNESS) / 2, 1e-12)
    return losses


def _your_lookahead(function: Function | None, theta: Array, m: Array, beta: float, attempts: Attempts) -> Array | None:
    if function is None:
        return None
    name, point = "nesterov_lookahead", theta.copy()
    found: Array | None = attempts.call(name, function, point, m.copy(), shape=(2,), beta=beta)
    return found


def _your_step(
    function: Function | None, theta: Array, m: Array, rate: float, beta: float, attempts: Attempts
) -> Array | None:
    if function is None:
        return None
    parts = {"theta": (2,), "m": (2,)}
    found = attempts.call(
        "nesterov_step", function, theta.copy(), _gradient_at, m.copy(), parts=parts, learning_rate=rate, beta=beta
    )
    return None if found is None else found[0]


def _told(theta: Array, look: Array, ends: Sequence[Array]) -> str:
    here, ahead = _gradient_at(theta), _gradient_at(look)
    losses = [float(_loss(end[None])[0]) for end in ends]
    same = bool(np.isclose(losses[0], losses[1]))
    verdict = (
        say("the same") if same else say("Nesterov's is lower") if losses[1] < losses[0] else say("momentum's is lower")
    )
    return say(
        "gradient here ({here:.2f}, {here2:.2f}),  ahead ({ahead:.2f}, {ahead2:.2f})\nloss after the next step: "
        "momentum {losses:.3g}, Nesterov {losses2:.3g}: {verdict}",
        here=here[0],
        here2=here[1],
        ahead=ahead[0],
        ahead2=ahead[1],
        losses=losses[0],
        losses2=losses[1],
        verdict=verdict,
    )


def _legend(canvas: Canvas, *, with_yours: bool) -> None:
    from matplotlib.lines import Line2D

    ink: dict[str, Any] = {"mec": palette.INK, "mfc": palette.PAPER, "mew": 1.4}
    rows = [
        Line2D([], [], color="none", marker="o", ms=9, label=say("θ, here"), **ink),
        Line2D([], [], color=palette.INK, ls=":", marker="o", ms=6, label=say("θ + βm, ahead"), **ink),
        Line2D([], [], color=palette.FORWARD, marker="s", ms=7, label=say("−η · gradient here: momentum")),
        Line2D([], [], color=palette.BACKWARD, marker="^", ms=8, label=say("−η · gradient ahead: Nesterov")),
    ]
    yours = Line2D([], [], color="none", marker="D", ms=9, mfc=palette.YOURS, mec=palette.YOURS, label=say("yours"))
    canvas.figure.legend(
        handles=[*rows, *([yours] if with_yours else [])], loc="lower left", bbox_to_anchor=(0.045, 0.01), ncols=5,
        columnspacing=1.4, handlelength=2.0, frameon=False,
    )  # fmt: skip
