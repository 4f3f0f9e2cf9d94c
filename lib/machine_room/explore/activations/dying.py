"""The dying ReLU: how many units a learning rate kills, and whether a leak brings them back."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from machine_room import activations
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.activations import dying_run
from machine_room.explore.activations.dying_run import GENTLE_EPOCHS, GENTLE_RATE, ROUGH_EPOCHS, Course
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.student import Attempts
from machine_room.translation import say

_LOW, _HIGH = 0.03, 2.5
_RATES = np.geomspace(_LOW, _HIGH, 10)
_BOUND = 1e3
_EPOCHS = ROUGH_EPOCHS + GENTLE_EPOCHS


def dying_relu(leaky_relu: Function | None = None) -> Explorer:
    """Return the picture of units that are off for every digit: against the learning rate, and epoch by epoch.

    A 64-32-32-10 network trains on 400 digits with ReLU, six epochs at the chosen rate; then fourteen at 0.05, once
    with ReLU and once with the leaky ReLU in its place.

    Args:
        leaky_relu: the student's, trained with beside the reference.

    Sliders: learning_rate, alpha (the leak). It trains when a slider is let go, about a second.

    Source: lecture section 1, "dying ReLU", and section 2, leaky ReLU.
    """
    return _DyingPicture(leaky_relu).explorer()


class _DyingPicture:
    def __init__(self, leaky_relu: Function | None) -> None:
        self._yours = leaky_relu
        self._attempts = Attempts()
        self._progress = Progress()
        self._canvas = Canvas(say("How many units does a learning rate kill?"), (900, 424))
        self._rates = self._canvas.axes(
            66, 50, 290, 262, xscale="log", xlim=(_LOW / 1.15, _HIGH * 1.15), ylim=(-4, 104),
            xlabel=say("learning rate η of the first 6 epochs"), ylabel=say("units off for every digit, %"),
        )  # fmt: skip
        self._rates.set_xticks([0.03, 0.1, 0.3, 1, 2.5], ["0.03", "0.1", "0.3", "1", "2.5"])
        self._rates.set_xticks([], minor=True)
        self._rates.set_title(say("ReLU, after these 6 epochs"))
        self._panels = (
            self._panel(202, say("units off for every digit, %"), ""),
            self._panel(50, say("unseen digits read right, of 100"), say("epoch")),
        )
        (self._here,) = self._rates.plot([], [], "o", ms=9, color=palette.BACKWARD, mec=palette.INK)
        (self._swept,) = self._rates.plot([], [], "o-", ms=4, color=palette.FORWARD)
        self._lines = [self._course_lines(axes) for axes in self._panels]
        handles = [line for line in self._lines[0] if self._shown(line)]
        self._rates.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.01, 1.02))
        self._told = self._canvas.caption(66, 384)
        self._canvas.moving(self._swept, self._here, *(line for lines in self._lines for line in lines))

    def _panel(self, foot: int, title: str, below: str) -> Any:
        axes = self._canvas.axes(424, foot, 456, 110, xlim=(0, _EPOCHS), ylim=(-6, 106), xlabel=below)
        axes.set_title(title, pad=4)
        axes.set_xticks(range(0, _EPOCHS + 1, 2))
        axes.axvspan(0, ROUGH_EPOCHS, color=palette.PANEL, zorder=0)
        axes.axvline(ROUGH_EPOCHS, color=palette.GREY, lw=1, ls=":")
        return axes

    def _course_lines(self, axes: Any) -> tuple[Any, Any, Any]:
        (relu,) = axes.plot([], [], color=palette.FORWARD, lw=2.2, label=say("ReLU"))
        (leaky,) = axes.plot([], [], color=palette.BACKWARD, lw=2.2, ls="--", label=say("leaky ReLU from epoch 6 on"))
        (own,) = axes.plot([], [], "o", ms=7, mfc="none", mec=palette.YOURS, mew=1.8, label=say("with your leaky_relu"))
        return relu, leaky, own

    def _shown(self, line: Any) -> bool:
        return self._yours is not None or not line.get_label().startswith(say("with your"))

    def explorer(self) -> Explorer:
        """Return the picture with its sliders."""
        controls = [
            Slider("learning_rate", "η", _LOW, _HIGH, 0.2, 0.02, logarithmic=True,
                   meaning=say("learning rate of the first six epochs"), column=0),
            Slider("alpha", "α", 0.01, 0.3, 0.1, 0.01, meaning=say("slope of the leak"), column=1),
        ]  # fmt: skip
        shown = say(
            "Left the share of dead ReLU units against the learning rate, right the share of dead units and the "
            "digits read right by epoch: with ReLU they stay dead, with the leaky ReLU they come back."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        rate, alpha = float(values["learning_rate"]), float(values["alpha"])
        self._swept.set_data(_RATES, [100 * self._swept_at(place) for place in range(len(_RATES))])
        first, theta = _rough(rate)
        relu, leaky = _gentle(rate, None), _gentle(rate, alpha)
        self._progress(0.9)
        own = self._with_yours(theta, alpha)
        self._progress(1.0)
        self._here.set_data([rate], [100 * first.off[-1]])
        for lines, axes, scale in zip(self._lines, ("off", "right"), (100.0, 1.0), strict=True):
            start = getattr(first, axes)
            for line, course in zip(lines, (relu, leaky, own), strict=True):
                later = np.array([]) if course is None else getattr(course, axes)
                curve = np.concatenate([start if line is lines[0] else start[-1:], later])
                at = np.arange(len(curve)) + (0 if line is lines[0] else ROUGH_EPOCHS)
                shown = slice(1, None) if line is lines[2] else slice(None)
                line.set_data(at[shown], scale * curve[shown])
        self._told.set_text(
            say(
                "η = {rate:.2g} for 6 epochs, then {gentle_rate:g}.  At the end:\nReLU {end};  leaky ReLU, α = "
                "{alpha:g}, {end2}.",
                rate=rate,
                gentle_rate=GENTLE_RATE,
                end=_end(relu),
                alpha=alpha,
                end2=_end(leaky),
            )
        )
        return self._attempts.notes

    def _swept_at(self, place: int) -> float:
        self._progress(0.8 * place / len(_RATES))
        return float(_rough(float(_RATES[place]))[0].off[-1])

    def _with_yours(self, theta: Array, alpha: float) -> Course | None:
        """Train with the student's function; where one call fails, ours stands in for it, and the note says why."""
        yours = self._yours
        if yours is None:
            return None

        def forward(z: Array) -> Array:
            found = self._attempts.call("leaky_relu", yours, z.copy(), shape=z.shape, alpha=alpha)
            return activations.leaky_relu(z, alpha=alpha) if found is None else np.clip(found, -_BOUND, _BOUND)

        probe = self._attempts.call("leaky_relu", yours, np.array([-1.0, 0.0, 2.0]), shape=(3,), alpha=alpha)
        return None if probe is None else dying_run.gentle(theta, dying_run.leaky(forward, alpha))


@cache
def _rough(rate: float) -> tuple[Course, Array]:
    return dying_run.rough(rate)


@cache
def _gentle(rate: float, alpha: float | None) -> Course:
    """Go on after `_rough(rate)` with ReLU, or with the leaky ReLU where alpha is given."""
    if alpha is None:
        return dying_run.gentle(_rough(rate)[1], activations.get("relu"))
    leaky = dying_run.leaky(lambda z: activations.leaky_relu(z, alpha=alpha), alpha)
    return dying_run.gentle(_rough(rate)[1], leaky)


def _end(course: Course) -> str:
    return say("{course:.0f} % off, reads {course2:.0f} of 100", course=100 * course.off[-1], course2=course.right[-1])
