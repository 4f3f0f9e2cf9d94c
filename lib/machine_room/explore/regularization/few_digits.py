"""Which regularization helps a network that has only a hundred digits to learn from?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.regularization.few_digits_run import SEEDS, WAYS, train
from machine_room.translation import say

#: Where the axis of digits read wrong ends, of 100.
_WORST = 24.0


def regularizers_on_digits() -> Explorer:
    """Return the picture of a 64-100-10 network, regularized in seven ways: digits read wrong, three runs each.

    Sliders: examples to learn from, epochs. It trains when a slider is let go, a few seconds; what was trained is kept.

    Source: lecture section 5. Nesterov's momentum with learning rate 0.05 for all; 600 digits to test with.
    """
    return _FewDigits().explorer()


class _FewDigits:
    """The artists, and the trainings behind them."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._canvas = Canvas(say("Which regularization helps, and is the difference more than luck?"), (880, 400))
        places = np.arange(len(WAYS))[::-1]
        self._axes = axes = self._canvas.axes(
            196,
            84,
            470,
            262,
            xlim=(0, _WORST),
            ylim=(-0.6, len(WAYS) - 0.4),
            xlabel=say("read wrong, of 100 unseen digits"),
        )
        axes.set_yticks(places, [say(way.name) for way in WAYS])
        axes.grid(False, axis="y")
        self._places = places
        from matplotlib.patches import Rectangle

        # Not axvspan, which gives a polygon before Matplotlib 3.9.
        across = axes.get_xaxis_transform()
        self._band = Rectangle((0, 0), 0, 1, transform=across, color=palette.FAINT, alpha=0.7, lw=0)
        axes.add_patch(self._band)
        (self._runs,) = axes.plot([], [], "o", color=palette.SKY, mec=palette.INK, mew=0.6, ms=7)
        (self._means,) = axes.plot([], [], "|", color=palette.BACKWARD, ms=22, mew=3)
        self._canvas.text(700, 384, say("read wrong"), size=9)
        self._canvas.text(700, 368, say("seen"), size=9)
        self._canvas.text(752, 368, say("unseen"), size=9)
        self._canvas.text(818, 368, say("epochs"), size=9)
        self._rows = [
            [
                self._canvas.label(across, 84 + 262 * (place + 0.6) / (len(WAYS) + 0.2), size=9.5, va="center")
                for across in (704, 756, 826)
            ]
            for place in places
        ]
        self._told = self._canvas.caption(24, 38)
        self._canvas.moving(self._band, self._runs, self._means)

    def explorer(self) -> Explorer:
        """Return the picture with its sliders."""
        controls = [
            Slider(
                "examples", say("examples"), 40, 400, 100, 20, whole=True, meaning=say("digits to learn from"), column=0
            ),
            Slider("epochs", say("epochs"), 10, 120, 80, 10, whole=True, meaning=say("epochs, at most"), column=1),
        ]
        shown = say("Digits read wrong by a network under seven kinds of regularization, a dot for each of three runs.")
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        examples, epochs = int(values["examples"]), int(values["epochs"])
        results = []
        for number, way in enumerate(WAYS):
            results.append([train(way, examples, epochs, seed) for seed in SEEDS])
            self._progress((number + 1) / len(WAYS))
        wrong = np.array([[one.wrong for one in runs] for runs in results])
        self._reach(float(wrong.max()))
        self._runs.set_data(wrong.ravel(), np.repeat(self._places, len(SEEDS)))
        self._means.set_data(wrong.mean(axis=1), self._places)
        self._band.set_x(wrong[0].min())
        self._band.set_width(np.ptp(wrong[0]))
        for row, runs in zip(self._rows, results, strict=True):
            seen, unseen = (np.mean([getattr(one, name) for one in runs]) for name in ("wrong_seen", "wrong"))
            texts = (f"{seen:.1f}", f"{unseen:.1f}", f"{np.mean([one.epochs for one in runs]):.0f}")
            for label, text in zip(row, texts, strict=True):
                label.set_text(text)
        best = int(wrong.mean(axis=1).argmin())
        self._told.set_text(
            say(
                "Fewest wrong: {way}, {fewest:.1f} of 100; without regularization {without:.1f}.\nThe grey band is "
                "what three seeds alone make of no regularization.",
                way=say(WAYS[best].name),
                fewest=wrong[best].mean(),
                without=wrong[0].mean(),
            )
        )
        return ()

    def _reach(self, worst: float) -> None:
        """Let the axis end at _WORST, or beyond the worst run where few examples and epochs leave more wrong."""
        end = _WORST if worst < _WORST else 1.05 * worst
        if self._axes.get_xlim()[1] != end:
            self._axes.set_xlim(0, end)
            self._canvas.repaint()
