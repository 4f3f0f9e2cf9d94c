"""Dropout on what one unit adds up: the mean stays, the variance grows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room import regularizers
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Control, Slider, Toggle
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say

_INPUTS, _MASKS = 50, 500
_BINS = np.linspace(-8, 16, 61)
_RATES = np.linspace(0, 0.95, 96)


def _terms() -> Array:
    """Return the 50 products w * x that the unit adds up: their sum is 4, the sum of their squares 4."""
    rng = np.random.default_rng(5)
    terms = rng.normal(size=_INPUTS)
    terms = (terms - terms.mean()) / terms.std()
    spread = np.sqrt((4 - _INPUTS * 0.08**2) / _INPUTS)
    places: Array = 0.08 + spread * terms
    return places


def _histogram(sums: Array) -> tuple[Array, Array]:
    """Return the outline of a histogram as x and y, in steps."""
    counts, _ = np.histogram(np.clip(sums, _BINS[0], _BINS[-1]), _BINS)
    return np.repeat(_BINS, 2), np.concatenate([[0], np.repeat(counts, 2), [0]])


def _sums(function: Function, terms: Array, rate: float, training: bool) -> tuple[Array, Array | None]:
    """Return the unit's sum under each of 500 masks, and the share of entries kept."""
    y, mask = function(np.tile(terms, (_MASKS, 1)), rate=rate, rng=np.random.default_rng(11), training=training)
    kept = None if mask is None else np.asarray(mask) != 0
    return np.asarray(y, dtype=float).sum(axis=1), kept


def dropout_sums(dropout_forward: Function | None = None) -> Explorer:
    """Return the picture of one unit's sum of 50 inputs over 500 dropout masks: its histogram, mean and deviation.

    Args:
        dropout_forward: the student's; its histogram is drawn over the reference's.

    Slider: rate, the probability to drop. Toggle: training.

    Source: lecture section 5, dropout; the variance grows by rate / (1 - rate) times the sum of the squared terms.
    """
    terms = _terms()
    canvas = Canvas(say("What does dropout do to the sum that a unit adds up?"), (880, 380))
    axes = canvas.axes(
        56, 84, 470, 236, xlim=(-8, 16), ylim=(0, 130), xlabel=say("the unit's sum z"), ylabel=say("masks, of 500")
    )
    axes.axvline(terms.sum(), color=palette.FRAME, lw=1)
    axes.set_title(say("500 masks"))
    (ours,) = axes.plot([], [], color=palette.FORWARD, lw=2, label=say("the reference"))
    (yours,) = axes.plot([], [], color=palette.YOURS, lw=1.8, ls="--", label=say("yours"))
    (mean,) = axes.plot([], [], "v", color=palette.BALL, ms=10, mec=palette.PAPER)
    if dropout_forward is not None:
        axes.legend(loc="upper right")
    growth = canvas.axes(596, 84, 258, 236, xlim=(-0.03, 1), ylim=(-0.25, 9), xlabel="p", ylabel=say("deviation of z"))
    growth.set_title(say("it grows as √( p / (1 − p) )"))
    growth.plot(_RATES, 2 * np.sqrt(_RATES / (1 - _RATES)), color=palette.FORWARD)
    (here,) = growth.plot([], [], "o", color=palette.BALL, ms=9, mec=palette.PAPER)
    told = canvas.caption(56, 37)
    canvas.moving(ours, yours, mean, here)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        rate, training = float(values["rate"]), bool(values["training"])
        attempts = Attempts()
        sums, kept = _sums(regularizers.dropout_forward, terms, rate, training)
        ours.set_data(*_histogram(sums))
        shown, who = sums, "z"
        own = None if dropout_forward is None else _of_yours(dropout_forward, terms, rate, training, attempts)
        yours.set_data(*(np.empty((2, 0)) if own is None else _histogram(own)))
        if own is not None:
            shown, who = own, say("your z")
        mean.set_data([shown.mean()], [3])
        here.set_data([rate if training else 0.0], [sums.std()])
        share = (
            say("nothing is dropped")
            if kept is None
            else say("{kept:.0f} % of the inputs dropped", kept=100 * (1 - kept.mean()))
        )
        told.set_text(
            say(
                "{share}.  Without dropout z = {sum:.2f}.\n{who}: mean {mean:.2f}, deviation {std:.2f}.",
                share=share,
                sum=terms.sum(),
                who=who,
                mean=shown.mean(),
                std=shown.std(),
            )
        )
        return attempts.notes

    controls: list[Control] = [
        Slider("rate", "p", 0.0, 0.95, 0.5, 0.01, meaning=say("probability of an input to be dropped"), column=0),
        Toggle("training", say("training"), True, meaning=say("off: predicting, where nothing is dropped"), column=1),
    ]
    shown = say("Histogram of a unit's sum over 500 dropout masks, with its mean, and its deviation against the rate.")
    return Explorer(canvas, controls, draw, alternative=shown)


def _of_yours(function: Function, terms: Array, rate: float, training: bool, attempts: Attempts) -> Array | None:
    """Return the student's sums, or None and a note; note also where their mean is off."""

    def sums() -> Array:
        return _sums(function, terms, rate, training)[0]

    own: Array | None = attempts.call("dropout_forward", sums, shape=(_MASKS,))
    if own is not None:
        allowed = 5 * 2 * np.sqrt(rate / (1 - rate) / _MASKS) * training + 1e-9
        if abs(own.mean() - terms.sum()) > allowed:
            attempts.say(
                say(
                    "The mean of your sums is {mean:.2f} instead of {sum:.2f}: run its check.",
                    mean=own.mean(),
                    sum=terms.sum(),
                )
            )
    return own
