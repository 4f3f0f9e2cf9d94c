"""The schedule designer: four schedules that fall by a formula, and the loss on a noisy bowl under each."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from machine_room import schedules
from machine_room.arguments import Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.schedules import noisy_bowl
from machine_room.explore.schedules.yours import rates_of, your_rates
from machine_room.explore.student import Attempts
from machine_room.translation import say, sentence

_STEPS = 150
_LOWEST_RATE = 1e-4
_FUNCTIONS: dict[str, Function] = {
    "power": schedules.power_schedule,
    "exponential": schedules.exponential_schedule,
    "staircase": schedules.exponential_schedule,
    "piecewise constant": schedules.piecewise_constant_schedule,
}
_LOOKS = {
    sentence("power"): (palette.BLUE, "-"),
    sentence("exponential"): (palette.VERMILLION, "--"),
    sentence("staircase"): (palette.GREEN, "-."),
    sentence("piecewise constant"): (palette.ORANGE, ":"),
}


def schedule_designer(
    power_schedule: Function | None = None,
    exponential_schedule: Function | None = None,
    piecewise_constant_schedule: Function | None = None,
) -> Explorer:
    """Return the picture of four schedules above, and of the mean loss on a bowl with noisy gradients below.

    Args:
        power_schedule: the student's, drawn over the reference where it is chosen.
        exponential_schedule: the student's, likewise, for the smooth curve and the staircase.
        piecewise_constant_schedule: the student's, likewise.

    Controls: schedule, learning_rate, s, c (power), factor (the others). The piecewise constant schedule has its
    boundaries at s and 3 s, and lowers the rate by factor at each.

    Source: lecture section 4, the four curves.
    """
    handed_in = {
        "power": power_schedule, "exponential": exponential_schedule, "staircase": exponential_schedule,
        "piecewise constant": piecewise_constant_schedule,
    }  # fmt: skip
    yours = {name: function for name, function in handed_in.items() if function is not None}
    canvas = Canvas(say("Which schedule gets lowest, and with which settings?"), (880, 440))
    rate_axes = canvas.axes(66, 256, 520, 140, xlim=(0, _STEPS), yscale="log", ylim=(_LOWEST_RATE, 2.5))
    rate_axes.set_ylabel(say("rate η"))
    rate_axes.tick_params(labelbottom=False)
    axes = canvas.axes(
        66,
        48,
        520,
        190,
        xlim=(0, _STEPS),
        yscale="log",
        ylim=(1e-3, 150),
        xlabel=say("step t"),
        ylabel=say("mean loss"),
    )
    lines = {
        name: [
            rate_axes.plot([], [], style, color=colour, drawstyle=_drawstyle(name))[0],
            axes.plot([], [], style, color=colour, label=say(name))[0],
        ]
        for name, (colour, style) in _LOOKS.items()
    }
    (own,) = rate_axes.plot([], [], color=palette.YOURS, lw=1.8, ls=(0, (3, 2)), zorder=5, label=say("yours"))
    if yours:
        rate_axes.legend(loc="lower left")
    axes.legend(loc="upper right", ncols=2)
    told = canvas.caption(610, 392)
    note = canvas.caption(610, 200)
    canvas.moving(own, *(line for pair in lines.values() for line in pair))

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        settings = _settings(values)
        rates = {name: rates_of(_FUNCTIONS[name], range(_STEPS), **settings[name]) for name in _LOOKS}
        losses = noisy_bowl.mean_losses(np.array(list(rates.values())))
        chosen = str(values["schedule"])
        rows = []
        for (name, (above, below)), loss in zip(lines.items(), losses, strict=True):
            above.set_data(np.arange(_STEPS), rates[name])
            below.set_data(np.arange(_STEPS + 1), loss)
            for line in (above, below):
                line.set_linewidth(3.4 if name == chosen else 1.4)
            rows.append(
                say("{name}\n   rate {rate:.2g},  loss {loss:.2g}", name=say(name), rate=rates[name][-1], loss=loss[-1])
            )
        told.set_text(say("at the end, after {steps} steps:\n\n", steps=_STEPS) + "\n".join(rows))
        note.set_text(_formula(chosen, settings[chosen]))
        attempts = Attempts()
        own.set_data([], [])
        for name, function in yours.items():
            exercise = _FUNCTIONS[name].__name__
            found = your_rates(exercise, function, rates[name], range(_STEPS), attempts, **settings[name])
            if found is not None and name == chosen:
                own.set_data(np.arange(_STEPS), found)
                own.set_drawstyle(_drawstyle(name))
        return attempts.notes

    controls: list[Control] = [
        Choice("schedule", say("schedule"), tuple(_LOOKS), meaning=say("the schedule that is drawn thick")),
        Slider("learning_rate", "η₀", 0.005, 1.5, 0.5, 0.02, logarithmic=True,
               meaning=say("learning rate at the start")),
        Slider("s", say("s, steps"), 1, 150, 30, 1, whole=True, column=1,
               meaning=say("time of the schedule, in steps")),
        Slider("factor", say("factor"), 0.05, 0.95, 0.3, 0.05, column=2,
               meaning=say("factor of the exponential and the piecewise constant schedule")),
        Slider("c", "c", 0.0, 3.0, 1.0, 0.1, column=2, meaning=say("power of the power schedule")),
    ]  # fmt: skip
    shown = say("Learning rates of four schedules above, the mean loss of each on a noisy bowl below.")
    return Explorer(canvas, controls, draw, alternative=shown)


def _drawstyle(name: str) -> Literal["steps-post", "default"]:
    return "steps-post" if name in ("staircase", "piecewise constant") else "default"


def _settings(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the keyword arguments of each schedule."""
    rate, s, factor = values["learning_rate"], values["s"], values["factor"]
    exponential = {"learning_rate": rate, "s": s, "factor": factor}
    return {
        "power": {"learning_rate": rate, "s": s, "c": values["c"]},
        "exponential": exponential,
        "staircase": {**exponential, "staircase": True},
        "piecewise constant": {"boundaries": [s, 3 * s], "values": [rate, rate * factor, rate * factor**2]},
    }


def _formula(name: str, settings: Mapping[str, Any]) -> str:
    if name == "power":
        return say("power: η₀ / (1 + t/s)^c\n   with s = {s} steps, c = {c:.1f}", s=settings["s"], c=settings["c"])
    if name == "piecewise constant":
        first, second = settings["boundaries"]
        values = ", ".join(f"{value:.2g}" for value in settings["values"])
        return say(
            "piecewise constant:\n   {values}\n   changing at steps {first} and {second}",
            values=values, first=first, second=second,
        )  # fmt: skip
    return say(
        "{name}: η₀ · factor^(t/s){down}\n   with s = {s} steps, factor = {factor:.2f}",
        name=say(name),
        down=say("\n   t/s rounded down,") if name == "staircase" else "",
        s=settings["s"],
        factor=settings["factor"],
    )
