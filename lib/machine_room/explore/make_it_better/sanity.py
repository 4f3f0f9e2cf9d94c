"""Three checks before any tuning: the first loss, twenty digits by heart, the size of a step."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room import experiments
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.make_it_better import sanity_run
from machine_room.explore.make_it_better.rates import RATE_STEP, shown_rate
from machine_room.explore.make_it_better.sanity_run import Run, Setting
from machine_room.explore.student import Attempts
from machine_room.translation import say

_ACTIVATIONS = ("sigmoid", "tanh", "relu", "swish")
_LEARNED, _FAR, _SMALL, _LARGE = 0.05, 1.0, 1e-4, 3e-2


def sanity_checks(expected_first_loss: Function | None = None, update_ratio: Function | None = None) -> Explorer:
    """Return the picture of three checks on a 64-64-64-10 network.

    Args:
        expected_first_loss: the student's; it says where the first loss should be.
        update_ratio: the student's; it measures the steps of the first layer.

    Controls: activation, initializer, learning_rate. It trains when one is let go, less than a second.

    Source: Stanford's CS231n, sanity checks.
    """
    return _Sanity(expected_first_loss, update_ratio).explorer()


class _Sanity:
    """The artists of the three panels."""

    def __init__(self, first_loss: Function | None, ratio: Function | None) -> None:
        self._first_loss, self._ratio = first_loss, ratio
        self._progress = Progress()
        self._canvas = Canvas(say("Can this network learn at all?"), (880, 370))
        self._panels()

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls: list[Control] = [
            Choice("activation", say("activation"), _ACTIVATIONS, meaning=say("of the two hidden layers"), column=0),
            Choice("initializer", say("first weights"), tuple(sanity_run.INITIALIZERS), column=1,
                   meaning=say("how the weights are drawn; normal with its standard deviation")),
            Slider("learning_rate", "η", 1e-3, 3.0, 0.15, RATE_STEP, logarithmic=True, column=2,
                   meaning=say("learning rate of plain gradient descent")),
        ]  # fmt: skip
        shown = say(
            "The first loss of three seeds, the loss on twenty digits by epoch, and the size of the first steps."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _panels(self) -> None:
        canvas = self._canvas
        first = canvas.axes(54, 104, 206, 210, yscale="log", ylim=(1, 1000), xlim=(-0.5, 2.5))
        first.set_title(say("1. loss at the start"))
        first.set_xticks([0, 1, 2], [say("seed {seed}", seed=seed) for seed in range(3)])
        first.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1000"])
        few = canvas.axes(346, 104, 206, 210, yscale="log", ylim=(1e-3, 30), xlim=(0, sanity_run.EPOCHS))
        few.set(title=say("2. loss on twenty digits"), xlabel=say("epoch"))
        step = canvas.axes(646, 104, 206, 210, yscale="log", ylim=(1e-6, 1), xlim=(0, sanity_run.STEPS))
        step.set(title=say("3. update ratio, first layer"), xlabel=say("step"))
        step.axhspan(_SMALL, _LARGE, color=palette.GREEN, alpha=0.15, lw=0)
        step.axhline(1e-3, color=palette.GREEN, lw=1)
        few.axhspan(1e-3, _LEARNED, color=palette.GREEN, alpha=0.15, lw=0)
        (self._wanted,) = first.plot([-0.5, 2.5], [1, 1], color=palette.GREEN, lw=2, label=say("expected, ln 10"))
        (self._dots,) = first.plot([], [], "o", color=palette.BLUE, mec=palette.INK, ms=8, label=say("this network"))
        first.legend(loc="center left")
        (self._few,) = few.plot([], [], color=palette.BLUE)
        (self._steps,) = step.plot([], [], color=palette.BLUE, lw=1.6)
        self._told = [canvas.caption(left, 52) for left in (54, 346, 646)]
        canvas.moving(self._wanted, self._dots, self._few, self._steps)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        self._progress(0.0)
        setting = Setting(values["activation"], values["initializer"], shown_rate(values["learning_rate"]))
        found = sanity_run.run(setting)
        wanted, ratios = self._expected(attempts), self._ratios(found, attempts)
        self._progress(1.0)
        self._wanted.set_ydata([np.clip(wanted, 1e-3, 1e6)] * 2)
        self._dots.set_data([0, 1, 2], np.clip(found.first, 1e-3, 1e6))
        self._few.set_data(np.arange(len(found.few)), np.maximum(found.few, 1e-6))
        self._steps.set_data(np.arange(1, len(ratios) + 1), np.clip(ratios, 1e-9, 1e6))
        for label, text in zip(self._told, _verdicts(found, ratios), strict=True):
            label.set_text(text)
        return attempts.notes

    def _expected(self, attempts: Attempts) -> float:
        expected = sanity_run.EXPECTED
        if self._first_loss is None:
            return expected
        own = attempts.call("expected_first_loss", self._first_loss, experiments.CLASSES, shape=())
        if own is not None and not np.isclose(own, expected):
            attempts.say(
                say(
                    "expected_first_loss gives {own:.4g}, the reference {expected:.4g}: run its check.",
                    own=float(own), expected=expected,
                )
            )  # fmt: skip
        return expected if own is None else float(own)

    def _ratios(self, found: Run, attempts: Attempts) -> Array:
        pairs = list(zip(found.weights, found.weights[1:], strict=False))
        expected = np.array([experiments.update_ratio(before, after) for before, after in pairs])
        if self._ratio is None:
            return expected
        ratio = self._ratio

        own: list[float] = []
        for before, after in pairs:
            found_here = attempts.call("update_ratio", ratio, before.copy(), after.copy(), shape=())
            if found_here is None:
                return expected
            own.append(float(found_here))
        if not np.allclose(own, expected, atol=1e-12):
            attempts.say(say("update_ratio and the reference give different numbers: run its check."))
        return np.array(own)


def passed(found: Run, ratios: Array) -> tuple[bool, bool, bool]:
    """Say of each of the three checks whether its verdict is a good one."""
    away, middle = np.max(np.abs(found.first - sanity_run.EXPECTED)), np.median(ratios)
    whole = len(found.weights) > sanity_run.STEPS
    return bool(away < _FAR), bool(found.few[-1] < _LEARNED), bool(whole and _SMALL <= middle <= _LARGE)


def _verdicts(found: Run, ratios: Array) -> tuple[str, str, str]:
    away, largest = float(np.max(np.abs(found.first - sanity_run.EXPECTED))), float(np.max(found.first))
    start = say("near ln 10: fine") if away < _FAR else say("up to {largest:.0f}: sure, and wrong", largest=largest)
    last = float(found.few[-1])
    learned = np.flatnonzero(found.few < _LEARNED)
    if len(learned) and last < _LEARNED:
        few = say("by heart after {epochs} epochs", epochs=learned[0])
    else:
        few = say("still {last:.2g}: not learned", last=last)
    if len(found.weights) <= sanity_run.STEPS:
        return start, few, say("overflow: the rate is too large")
    middle = float(np.median(ratios))
    if middle == 0:
        return start, few, say("0: the first layer is dead")
    size = say("too small") if middle < _SMALL else say("too large") if middle > _LARGE else say("a healthy size")
    return start, few, say("typically {middle:.1g}: {size}", middle=middle, size=size)
