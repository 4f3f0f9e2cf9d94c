"""Schedules that begin low: warm-up and 1cycle on a bowl with steep walls."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room import schedules
from machine_room.arguments import Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.schedules import steep_walls
from machine_room.explore.schedules.yours import rates_of, your_rates
from machine_room.explore.student import Attempts
from machine_room.translation import say, sentence

_STEPS = 100
_LOOKS = {
    sentence("constant"): (palette.VERMILLION, ":"),
    sentence("warm-up"): (palette.BLUE, "--"),
    sentence("1cycle"): (palette.GREEN, "-"),
}
_REFERENCES: dict[str, Function] = {"warm-up": schedules.warm_up_schedule, "1cycle": schedules.one_cycle_schedule}


def rising_schedules(warm_up_schedule: Function | None = None, one_cycle_schedule: Function | None = None) -> Explorer:
    """Return the picture of a constant rate, a warm-up and 1cycle on a bowl with steep walls, forty balls each.

    Args:
        warm_up_schedule: the student's, drawn over the reference.
        one_cycle_schedule: the student's, likewise.

    Sliders: max_rate, s (warm-up), total (1cycle).

    Source: Goyal et al. 2017 (warm-up), Smith 2018 (1cycle).
    """
    yours = {"warm-up": warm_up_schedule, "1cycle": one_cycle_schedule}
    canvas = Canvas(say("How large may the rate be, if it begins small?"), (880, 400))
    # Rates are compared by factors: on a linear axis all of them but the largest would lie on the foot.
    rate_axes = canvas.axes(66, 232, 500, 112, xlim=(0, _STEPS), yscale="log", ylim=(3e-4, 4))
    rate_axes.set_yticks([0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"])
    rate_axes.set_ylabel(say("rate η"))
    rate_axes.tick_params(labelbottom=False)
    axes = canvas.axes(
        66, 48, 500, 168, xlim=(0, _STEPS), yscale="log", ylim=(5e-4, 60), xlabel=say("step t"),
        ylabel=say("loss, median of 40 balls"),
    )  # fmt: skip
    lines = {}
    for name, (colour, style) in _LOOKS.items():
        look: dict[str, Any] = {"color": colour, "ls": style, "lw": 2.2}
        lines[name] = [rate_axes.plot([], [], label=say(name), **look)[0], axes.plot([], [], **look)[0]]
    own = {name: rate_axes.plot([], [], color=palette.YOURS, lw=1.6, ls=(0, (3, 2)), zorder=5)[0] for name in yours}
    if any(yours.values()):
        own["warm-up"].set_label(say("yours"))
    rate_axes.legend(loc="lower right", ncols=4, bbox_to_anchor=(1.02, 0.97))
    told = canvas.caption(590, 356)
    canvas.moving(*own.values(), *(line for pair in lines.values() for line in pair))

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        rate = values["max_rate"]
        settings = {
            "warm-up": {"learning_rate": rate, "s": values["s"]},
            "1cycle": {"total": values["total"], "max_rate": rate},
        }
        rates = {"constant": np.full(_STEPS, rate)}
        rates |= {name: rates_of(_REFERENCES[name], range(_STEPS), **settings[name]) for name in _REFERENCES}
        losses = steep_walls.losses(np.array(list(rates.values())))
        rows = []
        for (name, (above, below)), found in zip(lines.items(), losses, strict=True):
            above.set_data(np.arange(_STEPS), rates[name])
            middle = np.median(found, axis=1)
            below.set_data(np.flatnonzero(np.isfinite(middle)), middle[np.isfinite(middle)])
            out = int(np.isinf(found[-1]).sum())
            end = "–" if np.isinf(middle[-1]) else f"{middle[-1]:.2g}"
            rows.append(
                say(
                    "{name}\n   {out} of {balls} balls out, loss {end}",
                    name=say(name),
                    out=out,
                    balls=steep_walls.BALLS,
                    end=end,
                )
            )
        told.set_text(
            say("largest rate {rate:.2g}, after {steps} steps:\n\n", rate=rate, steps=_STEPS)
            + "\n".join(rows)
            + f"\n\n{_limits()}"
        )
        attempts = Attempts()
        for name, function in yours.items():
            own[name].set_data([], [])
            if function is None:
                continue
            reference = _REFERENCES[name]
            found = your_rates(reference.__name__, function, rates[name], range(_STEPS), attempts, **settings[name])
            if found is not None:
                own[name].set_data(np.arange(_STEPS), found)
        return attempts.notes

    controls = [
        Slider("max_rate", say("max η"), 0.05, 2.0, 0.3, 0.01, logarithmic=True,
                   meaning=say("the largest learning rate")),
        Slider("s", say("warm-up s"), 1, _STEPS, 20, 1, whole=True, column=1,
                   meaning=say("length of the warm-up, in steps")),
        Slider("total", say("1cycle total"), 20, _STEPS, _STEPS, 5, whole=True, column=2,
               meaning=say("number of steps of 1cycle")),
    ]  # fmt: skip
    shown = say(
        "Rates of a constant schedule, a warm-up and 1cycle above; below, the loss of forty balls in a steep bowl."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _limits() -> str:
    far, near = (f"{steep_walls.largest_rate(x):.2g}" for x in (steep_walls.START, 0.0))
    return say(
        "A step lands further out, on the other\nside, if η is above\n   {far} where the balls start,\n   {near} "
        "near the minimum.",
        far=far,
        near=near,
    )
