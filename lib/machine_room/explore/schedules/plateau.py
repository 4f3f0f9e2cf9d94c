"""The plateau rule, stepped by a button: what it remembers, and when it lowers the rate."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Button, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.schedules.plateau_run import EPOCHS, KEYS, Run, train
from machine_room.explore.student import Attempts
from machine_room.schedules import PlateauState
from machine_room.schedules import plateau_step as reference
from machine_room.translation import say, sentence

_ROW, _TOP = 26, 336
_COLUMNS = {sentence("before"): 676, sentence("after"): 766, sentence("yours"): 856}


def plateau_stepper(plateau_step: Function | None = None) -> Explorer:
    """Return the picture of performance scheduling: error and rate, epoch by epoch, and the rule's state as a table.

    Args:
        plateau_step: the student's; it trains a bowl of its own, beside the reference's.

    Controls: epoch, learning_rate, patience, factor, min_delta, cooldown. Buttons: next, ten, restart.

    Source: lecture section 4, performance scheduling.
    """
    return _PlateauPicture(plateau_step).explorer()


class _PlateauPicture:
    """The curves, the table, and the two trainings behind them."""

    def __init__(self, yours: Function | None) -> None:
        self._yours = yours
        self._canvas = Canvas(say("When does the rule lower the rate?"), (880, 440))
        self._curves()
        self._table()

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls = [
            Slider("epoch", say("epoch"), 0, EPOCHS, 16, 1, whole=True, meaning=say("epochs trained so far")),
            Slider("learning_rate", "η₀", 0.01, 1.5, 1.0, 0.02, logarithmic=True,
                   meaning=say("learning rate at the start")),
            Slider("patience", say("patience"), 1, 12, 3, 1, whole=True, column=1,
                   meaning=say("epochs without a better one before the rate falls")),
            Slider("factor", say("factor"), 0.1, 0.9, 0.5, 0.1, column=1,
                   meaning=say("what the rate is multiplied by")),
            Slider("min_delta", say("min_delta"), 1e-4, 1.0, 1e-4, 0.1, logarithmic=True, column=2,
                   meaning=say("how much better counts as better")),
            Slider("cooldown", say("cooldown"), 0, 8, 0, 1, whole=True, column=2,
                   meaning=say("epochs of rest after it fell")),
        ]  # fmt: skip
        buttons = [
            Button("next", say("next epoch"), lambda values: {"epoch": min(values["epoch"] + 1, EPOCHS)},
                   meaning=say("train for one epoch more")),
            Button("ten", say("ten epochs"), lambda values: {"epoch": min(values["epoch"] + 10, EPOCHS)},
                   meaning=say("train for ten epochs more")),
            Button("restart", say("start again"), lambda values: {"epoch": 0},
                   meaning=say("go back to before the first epoch")),
        ]  # fmt: skip
        shown = say("Validation error and learning rate by epoch, and a table of best, wait, cooldown and rate.")
        return Explorer(self._canvas, controls, self._draw, buttons=buttons, alternative=shown)

    def _curves(self) -> None:
        canvas = self._canvas
        error = canvas.axes(66, 178, 400, 216, xlim=(0, EPOCHS + 1), yscale="log", ylim=(0.015, 30))
        error.set_ylabel(say("validation error"))
        error.tick_params(labelbottom=False)
        rate = canvas.axes(66, 48, 400, 112, xlim=(0, EPOCHS + 1), yscale="log", ylim=(5e-4, 2.5), xlabel=say("epoch"))
        rate.set_ylabel(say("rate η"))
        thick: dict[str, Any] = {"color": palette.FORWARD, "lw": 2.4}
        thin: dict[str, Any] = {"color": palette.YOURS, "lw": 1.6, "ls": (0, (3, 2)), "zorder": 5}
        self._expected = [error.plot([], [], "-o", ms=4, **thick, label=say("error"))[0],
                          rate.plot([], [], drawstyle="steps-post", **thick)[0]]  # fmt: skip
        self._own = [error.plot([], [], **thin, label=say("with your plateau_step"))[0],
                     rate.plot([], [], drawstyle="steps-post", **thin)[0]]  # fmt: skip
        (self._best,) = error.plot(
            [], [], "*", color=palette.GREEN, mec=palette.INK, ms=14, zorder=6, label=say("best")
        )
        (self._lowered,) = error.plot(
            [], [], "v", color=palette.BACKWARD, mec=palette.INK, ms=9, label=say("rate lowered")
        )
        if self._yours is None:
            self._own[0].set_label("_")
        error.legend(loc="upper right", ncols=2)
        canvas.moving(*self._expected, *self._own, self._best, self._lowered)

    def _table(self) -> None:
        canvas, columns = self._canvas, dict(_COLUMNS)
        if self._yours is None:
            del columns["yours"]
        canvas.text(490, _TOP + 46, say("the rule's state"), size=10.5, weight="bold")
        self._cells: dict[tuple[str, str], Any] = {}
        for column, x in columns.items():
            canvas.text(x, _TOP + 8, say(column), ha="right", va="baseline", size=9.5)
        for row, name in enumerate(KEYS):
            top = _TOP - row * _ROW
            canvas.text(490, top - 18, name, va="baseline", size=9.5, family="DejaVu Sans Mono")
            for column, x in columns.items():
                self._cells[name, column] = canvas.label(x, top - 18, size=9.5, ha="right", va="baseline")
        self._told = canvas.caption(490, _TOP - 4 * _ROW - 22)
        key = say("→ changed in this epoch") + ("" if self._yours is None else say("\n≠ yours is not the reference's"))
        canvas.text(490, 84, key, size=9.5)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        settings = {name: values[name] for name in ("patience", "factor", "min_delta", "cooldown")}
        start, epochs = values["learning_rate"], values["epoch"]
        expected, attempts, own = train(reference, start, epochs, **settings), Attempts(), None
        if self._yours is not None:
            # with no epoch yet, one is tried all the same: a function that is not written should say so at once
            own = train(self._yours, start, max(epochs, 1), attempts, **settings)
            if epochs == 0:
                own = Run(states=own.states[:1])
            _compare(expected, own, attempts)
        self._show_curves(expected, own)
        self._show_table(expected, own)
        self._told.set_text(_story(expected, settings))
        return attempts.notes

    def _show_curves(self, expected: Run, own: Run | None) -> None:
        for lines, run in ((self._expected, expected), (self._own, own)):
            errors, rates = ([], []) if run is None else (run.errors, run.rates)
            lines[0].set_data(np.arange(1, len(errors) + 1), errors)
            lines[1].set_data(np.arange(len(rates)), rates)
        lowered = np.flatnonzero(np.diff(expected.rates) < 0)
        self._lowered.set_data(lowered + 1, np.array(expected.errors)[lowered])
        best = expected.states[-1]["best"]
        where = [epoch for epoch, error in enumerate(expected.errors, 1) if error == best]
        self._best.set_data(where[:1], [best] if where else [])

    def _show_table(self, expected: Run, own: Run | None) -> None:
        after, before = expected.states[-1], expected.states[max(len(expected.states) - 2, 0)]
        shown: dict[str, PlateauState | None] = {"before": before, "after": after}
        shown["yours"] = own.states[-1] if own is not None and len(own.states) == len(expected.states) else None
        for (name, column), cell in self._cells.items():
            state = shown[column]
            sign, colour = "", palette.INK
            if column == "after" and not _same(after, before, name):
                sign, colour = "→ ", palette.BLUE
            if column == "yours" and state is not None and not _same(state, after, name):
                sign, colour = "≠ ", palette.VERMILLION
            cell.set_text("–" if state is None else sign + _number(_entry(state, name)))
            cell.set_color(colour)


def _entry(state: PlateauState, name: str) -> float:
    return float(dict(state)[name])  # type: ignore[arg-type]


def _same(one: PlateauState, other: PlateauState, name: str) -> bool:
    return math.isclose(_entry(one, name), _entry(other, name), rel_tol=1e-9)


def _number(value: float) -> str:
    return "∞" if math.isinf(value) else f"{value:.3g}"


def _compare(expected: Run, own: Run, attempts: Attempts) -> None:
    """Note the first epoch in which the student's state is another one."""
    for epoch, (right, yours) in enumerate(zip(expected.states, own.states, strict=False)):
        for name in KEYS:
            if not _same(right, yours, name):
                said = say(
                    "plateau_step says {name} = {number} after epoch {epoch}",
                    name=name,
                    number=_number(_entry(yours, name)),
                    epoch=epoch,
                )
                return attempts.say(
                    say(
                        "{said}, the reference {number}: run its check.", said=said, number=_number(_entry(right, name))
                    )
                )


def _story(run: Run, settings: Mapping[str, Any]) -> str:
    """Say what the rule did in the last epoch, and why."""
    if not run.errors:
        return say("Nothing trained yet: press “next epoch”.\nWhatever error comes first is better\nthan best = ∞.")
    before, after, error = run.states[-2], run.states[-1], run.errors[-1]
    head = say("epoch {run}: error {error:.4g}\n", run=len(run.errors), error=error)
    if before["best"] == math.inf:
        return head + say("The first error is the best so far.")
    limit = before["best"] - settings["min_delta"]
    if error < limit:
        return head + say(
            "below best − min_delta = {limit:.4g}: better.\nIt is the new best, and wait is 0.", limit=limit
        )
    head += say("not below best − min_delta = {limit:.4g}:\nno better. ", limit=limit)
    if after["cooldown"] and before["cooldown"]:
        return head + say("But the rule rests, {after} to go:\nthe epoch does not count.", after=after["cooldown"])
    if after["learning_rate"] < before["learning_rate"]:
        return say(
            "{head}wait reached patience = {settings}:\nrate × {settings2:.1f}, and wait starts again.",
            head=head,
            settings=settings["patience"],
            settings2=settings["factor"],
        )
    return head + say("wait is {after} of {settings}.", after=after["wait"], settings=settings["patience"])
