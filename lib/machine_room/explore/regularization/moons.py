"""An overfitted network on two moons, and all that regularization does to it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.regularization.moons_run import EPOCHS, Run, Setting, moons, train
from machine_room.translation import say

_ACROSS, _UP = np.linspace(-1.8, 2.8, 70), np.linspace(-1.4, 1.9, 56)
_BINS = np.linspace(-2, 2, 81)
_SMALL = 0.01
_LOSS = (0.03, 3.0)
#: Shades from one class to the other, and how much of its hue the last one has.
_STEPS, _DEEPEST = 16, 0.5


def overfitting_moons() -> Explorer:
    """Return the picture of a 2-40-40-2 network trained on sixty noisy moons: how sure it is, losses, weights.

    Sliders: l2, l1 (strengths), rate (dropout), weight_decay, patience (early stopping; 0 is off), epochs. It trains
    when a slider is let go; what was trained is kept.

    Source: lecture section 5; Nesterov's momentum, because L1 and L2 do not go with Adam.
    """
    return _Moons().explorer()


class _Moons:
    """The artists, and the training behind them."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._canvas = Canvas(say("What does the network learn: the moons, or these sixty points?"), (880, 420))
        self._plane()
        self._losses()
        self._weights()
        self._told = self._canvas.caption(24, 38)

    def explorer(self) -> Explorer:
        """Return the picture with its sliders."""
        controls = [
            Slider("l2", "λ₂", 0.0, 0.03, 0.0, 0.001, meaning=say("strength of the L2 penalty"), column=0),
            Slider("l1", "λ₁", 0.0, 0.006, 0.0, 0.0002, meaning=say("strength of the L1 penalty"), column=0),
            Slider(
                "rate",
                say("dropout p"),
                0.0,
                0.8,
                0.0,
                0.05,
                meaning=say("probability to drop a hidden unit"),
                column=1,
            ),
            Slider(
                "weight_decay", say("weight decay"), 0.0, 0.6, 0.0, 0.02, meaning=say("weight decay lambda"), column=1
            ),
            Slider(
                "patience",
                say("patience"),
                0,
                60,
                0,
                1,
                whole=True,
                meaning=say("of early stopping; 0: never stop"),
                column=2,
            ),
            Slider(
                "epochs", say("epochs"), 1, EPOCHS, EPOCHS, 1, whole=True, meaning=say("how long it trains"), column=2
            ),
        ]
        shown = say(
            "Two moons over shades of how sure the network is of either, its losses after each epoch, and a "
            "histogram of its weights."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _plane(self) -> None:
        axes = self._canvas.axes(
            66, 84, 328, 280, xlim=(_ACROSS[0], _ACROSS[-1]), ylim=(_UP[0], _UP[-1]), xlabel="x₁", ylabel="x₂"
        )
        axes.grid(False)
        (x, labels), (unseen, unseen_labels) = moons()
        points: list[Any] = []
        for label, colour, sign in ((0, palette.BLUE, "o"), (1, palette.ORANGE, "s")):
            points += axes.plot(*unseen[unseen_labels == label].T, sign, color=colour, ms=2.4)
            points += axes.plot(*x[labels == label].T, sign, color=colour, ms=6, mec=palette.INK, mew=0.7)
        axes.set_title(say("large: to learn from; small: unseen"))
        (self._boundary,) = axes.plot([], [], color=palette.INK, lw=2, zorder=3)
        self._shade = axes.imshow(
            np.ones((len(_UP), len(_ACROSS), 3)), extent=(_ACROSS[0], _ACROSS[-1], _UP[0], _UP[-1]), origin="lower",
            aspect="auto", interpolation="nearest", zorder=0,
        )  # fmt: skip
        self._canvas.moving(self._shade, *points, self._boundary)  # all of it: the shades lie below
        self._key()

    def _key(self) -> None:
        """Say what the shades mean."""
        axes = self._canvas.axes(724, 18, 136, 10, xlim=(0, 1), ylim=(0, 1))
        axes.set_axis_off()
        axes.imshow(_shades(np.linspace(0, 1, 68)[None]), extent=(0, 1, 0, 1), aspect="auto", interpolation="nearest")
        for x, word, side in ((724, "0", "left"), (792, "½", "center"), (860, "1", "right")):
            self._canvas.text(x, 44, word, size=8.5, ha=side)
        self._canvas.text(716, 31, say("probability of ■"), size=8.5, ha="right")

    def _losses(self) -> None:
        axes = self._canvas.axes(454, 84, 236, 280, xlim=(0, EPOCHS), ylim=_LOSS, yscale="log", xlabel=say("epoch"))
        axes.set_title(say("loss, without penalties"))
        (self._training,) = axes.plot([], [], color=palette.SKY, lw=1.4, label=say("training"))
        (self._validation,) = axes.plot([], [], color=palette.BACKWARD, lw=2, label=say("validation"))
        (self._kept,) = axes.plot(
            [], [], "o", color=palette.GOOD, ms=9, mec=palette.PAPER, label=say("kept"), clip_on=False
        )
        axes.legend(loc="lower left")
        self._canvas.moving(self._training, self._validation, self._kept)

    def _weights(self) -> None:
        axes = self._canvas.axes(736, 84, 124, 280, xlim=(-2, 2), ylim=(0.8, 2000), yscale="log", xlabel=say("weight"))
        axes.set_title(say("weights, how many"))
        (self._histogram,) = axes.plot([], [], color=palette.FORWARD, lw=1.2)
        self._canvas.moving(self._histogram)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        settings = {name: value for name, value in values.items() if name != "epochs"}
        course = train(Setting(**{**settings, "patience": int(values["patience"])}), self._progress)
        run = course.until(int(values["epochs"]))
        self._progress(1.0)
        epochs = np.arange(len(run.training))
        for line, losses in ((self._training, run.training), (self._validation, run.validation)):
            line.set_data(epochs, np.clip(np.nan_to_num(losses, nan=_LOSS[1]), *_LOSS))
        self._kept.set_data([run.kept], np.clip(run.validation[[run.kept]], *_LOSS))
        counts, _ = np.histogram(np.clip(run.weights, _BINS[0], _BINS[-1]), _BINS)
        self._histogram.set_data(np.repeat(_BINS, 2)[1:-1], np.repeat(np.maximum(counts, 0.5), 2))
        lead = _lead(run)
        self._boundary.set_data(*_undecided(lead))
        self._shade.set_data(_shades(1 / (1 + np.exp(-lead))))
        self._told.set_text(_told(run))
        return ()


def _lead(run: Run) -> Array:
    """Return by how much the logit of the second class is larger than the first's, over the plane."""
    grid = np.stack(np.meshgrid(_ACROSS, _UP), axis=-1).reshape(-1, 2)
    logits = run.network.forward(grid)
    lead: Array = np.nan_to_num(logits[:, 1] - logits[:, 0]).reshape(len(_UP), len(_ACROSS))
    return lead


def _shades(probability: Array) -> Array:
    """Return the colour of each probability of the second class: from one hue through the paper to the other."""
    steps = np.round(np.clip(probability, 0, 1) * _STEPS) / _STEPS
    sure = (np.abs(2 * steps - 1) * _DEEPEST)[..., None]
    hue = np.where(steps[..., None] < 0.5, palette.rgb(palette.BLUE), palette.rgb(palette.ORANGE))
    shades: Array = (palette.rgb(palette.PAPER) * (1 - sure) + hue * sure) / 255
    return shades


def _undecided(lead: Array) -> Array:
    """Return the line where both classes are equally likely, (2, points), broken by NaN."""
    from contourpy import contour_generator

    pieces = [
        np.vstack([np.asarray(line), [np.nan, np.nan]]) for line in contour_generator(_ACROSS, _UP, lead).lines(0.0)
    ]
    return np.concatenate(pieces).T if pieces else np.empty((2, 0))


def _told(run: Run) -> str:
    _, (unseen, labels) = moons()
    right = 100 * float(np.mean(run.network.forward(unseen).argmax(axis=1) == labels))
    none = 100 * float(np.mean(np.abs(run.weights) < _SMALL))
    return say(
        "After epoch {kept}: training loss {run:.2f}, validation loss {run2:.2f}, {right:.0f} % of 400 unseen "
        "points right.\n{share:.0f} % of the weights lie within {small:g} of 0; the largest is {largest:.2g}.",
        kept=run.kept,
        run=run.training[run.kept],
        run2=run.validation[run.kept],
        right=right,
        share=none,
        small=_SMALL,
        largest=np.abs(run.weights).max(),
    )
