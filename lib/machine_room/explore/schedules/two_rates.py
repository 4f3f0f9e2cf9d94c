"""Why one rate is not enough: a large one and a small one on a noisy bowl, and the step at which to switch."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.schedules import noisy_bowl
from machine_room.schedules import piecewise_constant_schedule
from machine_room.translation import say

_STEPS = 200
_LOW, _HIGH = 0.005, 1.5


def two_rates() -> Explorer:
    """Return the picture of two learning rates, one after the other, on a bowl with noisy gradients.

    Sliders: first, second, switch.

    Source: lecture section 4, piecewise constant scheduling with a single boundary.
    """
    canvas = Canvas(say("One rate for everything?"), (880, 400))
    rate_axes = canvas.axes(66, 268, 520, 80, xlim=(0, _STEPS), yscale="log", ylim=(_LOW / 1.5, _HIGH * 1.5))
    rate_axes.set_ylabel(say("rate η"))
    rate_axes.tick_params(labelbottom=False)
    axes = canvas.axes(
        66, 48, 520, 202, xlim=(0, _STEPS), yscale="log", ylim=(8e-4, 150), xlabel=say("step t"), ylabel=say("loss")
    )
    (rate_line,) = rate_axes.plot([], [], color=palette.INK, drawstyle="steps-post")
    (run,) = axes.plot([], [], color=palette.SKY, lw=0.9, label=say("one run"))
    (mean,) = axes.plot([], [], color=palette.FORWARD, lw=2.4, label=say("mean of all runs"))
    floors = [axes.axhline(1, color=palette.BACKWARD, lw=1.2, ls=style) for style in ("--", ":")]
    floors[0].set_label(say("floor of the first rate"))
    floors[1].set_label(say("floor of the second"))
    # Up to the legend, where there is one.
    switches = [
        panel.axvline(0, ymax=top, color=palette.GREY, lw=1, ls=":") for panel, top in ((rate_axes, 1), (axes, 0.78))
    ]
    axes.legend(loc="upper right", ncols=2)
    told = canvas.caption(612, 344)
    canvas.moving(rate_line, run, mean, *floors, *switches)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        first, second, switch = values["first"], values["second"], values["switch"]
        rates = np.array(
            [piecewise_constant_schedule(t, boundaries=[switch], values=[first, second]) for t in range(_STEPS)]
        )
        losses = noisy_bowl.mean_losses(rates[None])[0]
        steps = np.arange(_STEPS + 1)
        rate_line.set_data(steps[:-1], rates)
        run.set_data(steps, noisy_bowl.one_run(rates))
        mean.set_data(steps, losses)
        heights = [noisy_bowl.floor(rate) for rate in (first, second)]
        for line, height in zip(floors, heights, strict=True):
            line.set_ydata([height, height])
        for line in switches:
            line.set_xdata([switch, switch])
        told.set_text(
            say(
                "first η = {first:.3g}\n  its floor: {heights:.3g}\nsecond η = {second:.3g}, from step {switch}\n  its "
                "floor: {heights2:.3g}\n\nmean loss\n  after  30 steps: {losses:.3g}\n  after 200 steps: "
                "{losses2:.3g}\n\n{verdict}",
                first=first,
                heights=heights[0],
                second=second,
                switch=switch,
                heights2=heights[1],
                losses=losses[30],
                losses2=losses[-1],
                verdict=_verdict(losses, heights),
            )
        )
        return ()

    controls = [
        Slider("first", say("first η"), _LOW, _HIGH, 0.5, 0.02, logarithmic=True,
                   meaning=say("learning rate before the switch")),
        Slider("second", say("second η"), _LOW, _HIGH, 0.5, 0.02, logarithmic=True, column=1,
               meaning=say("learning rate from the switch on")),
        Slider("switch", say("switch at"), 0, _STEPS, 100, 5, whole=True, column=2, meaning=say("step of the change")),
    ]  # fmt: skip
    shown = say(
        "The learning rate above, the loss on a noisy bowl below: it falls and then rattles at the floor of the rate."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _verdict(losses: np.ndarray, floors: Sequence[float]) -> str:
    if losses[-1] > 1.5 * floors[1]:
        return say("Still on the way: the second rate\nhas not reached its floor.")
    if floors[1] < floors[0] / 3:
        return say("Fast first, then low: the rate fell,\nand the floor with it.")
    return say("It rattles on its floor: from here\nonly a smaller rate leads down.")
