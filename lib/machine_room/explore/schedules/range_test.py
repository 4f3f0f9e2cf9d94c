"""The learning rate range test on a small digits network, beside what comes of each rate when it is held constant."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from machine_room import schedules
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.schedules import digits_network
from machine_room.explore.schedules.yours import rates_of, your_rates
from machine_room.explore.student import Attempts
from machine_room.optimizers import SGD
from machine_room.translation import say

_STEPS, _LOW, _HIGH = 120, 1e-3, 10.0
_SETTINGS = {"total": _STEPS, "min_rate": _LOW, "max_rate": _HIGH}
_EPOCHS = 3
_HELD = np.geomspace(_LOW, _HIGH, 17)
_SMOOTH = 7


def range_test(range_test_schedule: Function | None = None) -> Explorer:
    """Return the picture of a range test, and of networks trained for three epochs with one constant rate each.

    Args:
        range_test_schedule: the student's; the test is made with its rates, drawn over the reference's.

    Slider: rate, where to read off both.

    Source: Smith 2017, section 3.3.
    """
    canvas = Canvas(say("Which is the largest useful rate?"), (880, 400))
    test = canvas.axes(
        66, 48, 300, 282, xscale="log", xlim=(0.8 * _LOW, 1.25 * _HIGH), ylim=(0, 4), xlabel=say("rate η of the step")
    )
    test.set_title(say("range test: loss of each of 120 steps"))
    held = canvas.axes(
        426,
        48,
        230,
        282,
        xscale="log",
        xlim=(0.8 * _LOW, 1.25 * _HIGH),
        ylim=(0, 104),
        xlabel=say("rate η, held for 3 epochs"),
    )
    held.set_title(say("read right, of 100 unseen"))
    rates = rates_of(schedules.range_test_schedule, range(_STEPS), **_SETTINGS)
    losses = _losses(tuple(rates.tolist()))
    smooth = _smoothed(losses)
    test.plot(rates, losses, ".", color=palette.SKY, ms=4, label=say("each batch"))
    test.plot(rates, smooth, color=palette.FORWARD, label=say("smoothed"))
    attempts = Attempts()
    if range_test_schedule is not None:
        yours = your_rates("range_test_schedule", range_test_schedule, rates, range(_STEPS), attempts, **_SETTINGS)
        if yours is not None:
            _draw_yours(test, yours, attempts)
    test.legend(loc="upper left")
    right = _read_after_training()
    held.plot(_HELD, right, "-o", color=palette.BACKWARD, ms=4.5)

    # Up to the legend, where there is one.
    lines = [
        panel.axvline(1, ymax=top, color=palette.INK, lw=1.2, ls=":")
        for panel, top in ((test, 0.82 if range_test_schedule is None else 0.76), (held, 1))
    ]
    dots = [panel.plot([], [], "o", color=colour, mec=palette.INK, ms=9)[0]
            for panel, colour in ((test, palette.FORWARD), (held, palette.BACKWARD))]  # fmt: skip
    told = canvas.caption(676, 330)
    canvas.moving(*lines, *dots)
    steepest, lowest = _landmarks(rates, smooth)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        rate = values["rate"]
        loss, score = (float(np.interp(np.log(rate), np.log(x), y)) for x, y in ((rates, smooth), (_HELD, right)))
        for line, dot, height in zip(lines, dots, (min(loss, 4.0), score), strict=True):
            line.set_xdata([rate, rate])
            dot.set_data([rate], [height])
        told.set_text(
            say(
                "η = {rate:.2g}\n\nloss in the test: {loss:.2f}\nheld for 3 epochs:\n  {score:.0f} of 100 read "
                "right\n\nthe loss falls fastest\n  near η = {steepest:.2g}\nand is lowest\n  near η = "
                "{lowest:.2g}\n\n{verdict}",
                rate=rate,
                loss=loss,
                score=score,
                steepest=steepest,
                lowest=lowest,
                verdict=_verdict(rate, steepest, lowest),
            )
        )
        return attempts.notes

    controls = [
        Slider("rate", "η", _LOW, _HIGH, 0.01, 0.02, logarithmic=True, meaning=say("learning rate to read off")),
    ]
    shown = say(
        "Left, the loss of a digits network as the rate rises step by step; right, digits read after training with it."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


@cache
def _losses(rates: tuple[float, ...]) -> Array:
    """Return the loss of each step of a test, no more than a little above the picture's upper edge."""
    found: list[float] = []
    optimizer = SGD(lambda t: rates[int(t)])
    digits_network.trained(optimizer, len(rates), seed=0, each=found.append)
    losses: Array = np.minimum(np.nan_to_num(np.array(found), nan=5.0, posinf=5.0), 5.0)
    return losses


@cache
def _read_after_training() -> Array:
    """Return how many of a hundred unseen digits are read after three epochs with each constant rate."""
    steps, (x, labels) = _EPOCHS * digits_network.steps_per_epoch(), digits_network.digits()[1]
    models = [digits_network.trained(SGD(float(rate)), steps, seed=0) for rate in _HELD]
    return np.array([digits_network.read(model, x, labels) for model in models])


def _smoothed(losses: Array) -> Array:
    """Return the mean over the steps around each."""
    half = _SMOOTH // 2
    padded = np.pad(losses, half, mode="edge")
    return np.convolve(padded, np.ones(_SMOOTH) / _SMOOTH, mode="valid")


def _landmarks(rates: Array, smooth: Array) -> tuple[float, float]:
    """Return the rates at which the smoothed loss falls fastest and is lowest."""
    lowest = int(np.argmin(smooth))
    slopes = smooth[10 : lowest + 1] - smooth[: lowest - 9]
    return float(rates[int(np.argmin(slopes)) + 5]), float(rates[lowest])


def _draw_yours(test: Any, yours: Array, attempts: Attempts) -> None:
    if (yours <= 0).any() or yours.max() > 1e3:
        attempts.say(
            say("range_test_schedule gives rates that are 0, negative or far too large: no test was made with them.")
        )
        return
    smooth = _smoothed(_losses(tuple(yours.tolist())))
    test.plot(yours, smooth, color=palette.YOURS, lw=1.8, ls=(0, (3, 2)), label=say("with your rates"))


def _verdict(rate: float, steepest: float, lowest: float) -> str:
    if rate > 1.3 * lowest:
        return say("Too large: the loss rises.")
    if rate < steepest / 4:
        return say("Works, but slowly: there\nis room to the right.")
    if rate > 0.7 * lowest:
        return say("At the edge: about the\nlargest useful rate.")
    return say("A good rate.")
