"""The experiment table: choose a change, run it with three seeds, compare it with the baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine_room import experiments
from machine_room.arguments import Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Button, Choice, Control, Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.make_it_better import table_run
from machine_room.explore.make_it_better.rates import RATE_STEP, shown_rate
from machine_room.explore.student import Attempts
from machine_room.translation import say, sentence

_ROWS, _PITCH, _TOP = 8, 32, 382
_LEFT, _WIDTH, _MEAN, _GAP = 268, 376, 752, 852
_LUCK = 2.0
_LABELS = {
    "activation": (sentence("activation"), sentence("of the hidden layers")),
    "initializer": (sentence("first weights"), sentence("how they are drawn; normal has the standard deviation 0.1")),
    "hidden": (sentence("hidden units"), sentence("of each hidden layer")),
    "optimizer": (sentence("optimizer"), sentence("what makes the steps")),
    "learning_rate": (sentence("learning rate"), sentence("the rate, or the largest of a schedule")),
    "epochs": (sentence("epochs"), sentence("passes through the 1,000 training digits")),
    "schedule": (sentence("schedule"), sentence("of the learning rate")),
    "regularization": (sentence("regularization"), sentence("what keeps it from learning by heart")),
}

#: What stands in its lists and is no name in code; a translator's catalogue has it from here.
_IN_LISTS = frozenset((sentence("none"), sentence("early stopping"), sentence("constant"), sentence("performance")))


@dataclass(frozen=True)
class Row:
    """One experiment: what was changed, and what the seeds scored."""

    label: str
    scores: tuple[float, ...]


def experiment_table(summarize: Function | None = None, gap_in_standard_errors: Function | None = None) -> Explorer:
    """Return the experiment table: each press of run trains three seeds and adds a row.

    Args:
        summarize: the student's; it gives mean and standard deviation of every row.
        gap_in_standard_errors: the student's; it compares every row with the baseline.

    Controls: activation, initializer, hidden, optimizer, learning_rate, epochs, schedule, regularization. Buttons: run,
    keep (the settings become the baseline of a new table), clear.

    Source: lecture section 6, the general suggestions.
    """
    return _Table(summarize, gap_in_standard_errors).explorer()


class _Table:
    """The rows so far, and the artists that show the last of them."""

    def __init__(self, summarize: Function | None, gap: Function | None) -> None:
        self._summarize, self._gap = summarize, gap
        self._progress = Progress()
        self._canvas = Canvas(say("Which single change makes it better, and which is luck?"), (880, 450))
        self._base: dict[str, Any] = dict(experiments.BASELINE)
        self._base_label = say("baseline")
        self._rows: list[Row] = []
        self._artists()

    def explorer(self) -> Explorer:
        """Return the table with its controls and buttons."""
        controls = [_control(name, column=number // 3) for number, name in enumerate(_LABELS)]
        buttons = [
            Button("run", say("run"), self._run, say("train these settings with three seeds, and add a row")),
            Button("keep", say("keep"), self._keep, say("make these settings the baseline of a new table")),
            Button("clear", say("clear"), self._clear, say("empty the table, back to the first baseline")),
        ]
        shown = say(
            "A table of experiments: digits read right by three seeds, mean and deviation, gap to the baseline."
        )
        return Explorer(self._canvas, controls, self._draw, buttons=buttons, alternative=shown, progress=self._progress)

    def _artists(self) -> None:
        canvas = self._canvas
        height = _PITCH * (_ROWS + 1)
        axes = canvas.axes(_LEFT, _TOP - height, _WIDTH, height, xlim=(0, 100), ylim=(_ROWS + 0.5, -0.5))
        axes.set_yticks([])
        axes.set_xlabel(say("read right, of 100 validation digits"))
        canvas.text(_MEAN, _TOP + 10, say("mean ± deviation"), ha="right", va="baseline", size=9.5)
        canvas.text(_GAP, _TOP + 10, say("gap"), ha="right", va="baseline", size=9.5)
        (self._line,) = axes.plot([], [], color=palette.GREY, ls="--", lw=1.2)
        (self._dots,) = axes.plot([], [], "o", color=palette.SKY, mec=palette.INK, mew=0.6, ms=6)
        (self._bars,) = axes.plot([], [], color=palette.INK, lw=1.6)
        (self._means,) = axes.plot([], [], "|", color=palette.INK, ms=16, mew=2.4)
        canvas.moving(self._line, self._dots, self._bars, self._means)
        self._cells = [
            tuple(
                canvas.label(x, _TOP - _PITCH * (row + 0.5) + 6, size=9.5, ha=align)
                for x, align in ((18, "left"), (_MEAN, "right"), (_GAP, "right"))
            )
            for row in range(_ROWS + 1)
        ]
        self._next = canvas.caption(18, 48)
        self._dropped = canvas.caption(18, _TOP + 20)

    # --- buttons

    def _run(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        settings = _settings(values)
        label = _changes(self._base, settings) or say("the same again")
        self._rows.append(Row(label, self._scores(settings)))
        return {}

    def _keep(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self._base = _settings(values)
        self._rows.clear()  # their labels say what differed from the old one
        kept = _changes(experiments.BASELINE, self._base)
        self._base_label = say("kept: {kept}", kept=kept) if kept else say("baseline")
        return {}

    def _clear(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        self._rows.clear()
        self._base, self._base_label = dict(experiments.BASELINE), say("baseline")
        return _values(self._base)

    def _scores(self, settings: Mapping[str, Any]) -> tuple[float, ...]:
        found = tuple(table_run.scores(settings, self._progress))
        self._progress(1.0)
        return found

    # --- the picture

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        base = Row(self._base_label, self._scores(self._base))
        rows = [base, *self._rows[-_ROWS:]]
        summaries = [self._summary(row, attempts) for row in rows]
        places = np.arange(len(rows))
        self._dots.set_data(np.ravel([row.scores for row in rows]), np.repeat(places, len(base.scores)))
        self._means.set_data([mean for mean, _ in summaries], places)
        ends = [(mean - deviation, mean + deviation, np.nan) for mean, deviation in summaries]
        self._bars.set_data(np.ravel(ends), np.repeat(places, 3))
        self._line.set_data([summaries[0][0]] * 2, [-0.5, _ROWS + 0.5])
        for number, cells in enumerate(self._cells):
            texts, colour = ("", "", ""), palette.INK
            if number < len(rows):
                gap = self._gap_of(base, rows[number], attempts)
                texts = _told(rows[number], *summaries[number], gap)
                colour = _colour(gap) if number else palette.INK
            for cell, text in zip(cells, texts, strict=True):
                cell.set_text(text)
            cells[2].set_color(palette.as_text(colour))
        dropped = say("the last {shown} of {count} rows", shown=_ROWS, count=len(self._rows))
        self._dropped.set_text(dropped if len(self._rows) > _ROWS else "")
        settings = _settings(values)
        done = any(row.label == _changes(self._base, settings) for row in self._rows)
        self._next.set_text(_announced(self._base, settings, done=done))
        return attempts.notes

    def _summary(self, row: Row, attempts: Attempts) -> tuple[float, float]:
        expected = experiments.summarize(row.scores)
        if self._summarize is None:
            return expected
        shapes = {"mean": (), "deviation": ()}
        own = attempts.call("summarize", self._summarize, list(row.scores), parts=shapes)
        if own is None:
            return expected
        if not np.allclose(own, expected):
            attempts.say(say("summarize and the reference give different numbers: run its check."))
        return float(np.clip(own[0], -1e3, 1e3)), float(np.clip(own[1], -1e3, 1e3))

    def _gap_of(self, base: Row, row: Row, attempts: Attempts) -> float:
        expected = _reference_gap(base.scores, row.scores)
        if self._gap is None or not np.isfinite(expected):
            return expected
        own = attempts.call("gap_in_standard_errors", self._gap, list(base.scores), list(row.scores), shape=())
        if own is None:
            return expected
        if not np.isclose(own, expected, atol=1e-9):
            attempts.say(say("gap_in_standard_errors and the reference give different numbers: run its check."))
        return float(np.clip(own, -999, 999))


def _reference_gap(base: tuple[float, ...], scores: tuple[float, ...]) -> float:
    """Return the gap; not a number where neither has any spread, so that there is nothing to measure it by."""
    if np.ptp(base) == 0 == np.ptp(scores):
        return float("nan")
    return experiments.gap_in_standard_errors(base, scores)


def _control(name: str, *, column: int) -> Control:
    (label, meaning), start = map(say, _LABELS[name]), _values(experiments.BASELINE)[name]
    if name == "learning_rate":
        return Slider(name, label, 1e-3, 1.0, start, RATE_STEP, logarithmic=True, meaning=meaning, column=column)
    return Choice(name, label, tuple(table_run.options(name)), start, meaning, column)


def _values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the controls say of these settings."""
    return {name: value if name == "learning_rate" else table_run.words(value) for name, value in settings.items()}


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that the controls say."""
    return {
        name: shown_rate(values[name]) if name == "learning_rate" else table_run.options(name)[values[name]]
        for name in experiments.BASELINE
    }


def _changes(base: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Say what differs, in one short line."""
    changed = [
        say("{value} units", value=table_run.words(value)) if name == "hidden"
        else say("{value} epochs", value=table_run.words(value)) if name == "epochs"
        else say("rate {value}", value=table_run.words(value)) if name == "learning_rate"
        else say(table_run.words(value)) if value not in ("none", "constant", "normal")
        else f"{say(name)} {say(str(value))}"
        for name, value in settings.items()
        if value != base[name]
    ]  # fmt: skip
    line = ", ".join(changed)
    return line if len(line) <= 36 else line[:33] + "..."


def _told(row: Row, mean: float, deviation: float, gap: float) -> tuple[str, str, str]:
    return row.label, f"{mean:.1f} ± {deviation:.1f}", f"{gap:+.1f}" if np.isfinite(gap) else "–"


def _colour(gap: float) -> str:
    if not abs(gap) >= _LUCK:
        return palette.GREY
    return palette.GREEN if gap > 0 else palette.VERMILLION


def _announced(base: Mapping[str, Any], settings: Mapping[str, Any], *, done: bool) -> str:
    count = sum(settings[name] != base[name] for name in base)
    if count == 0:
        return say(
            "Nothing changed yet: choose one setting above, then press run.\nA gap between -2 and 2 may well be luck."
        )
    several = say("\n{count} changes at once: you will not know which of them did it.", count=count)
    change = _changes(base, settings)
    if done:
        said = say("In the table: {change}. Choose another change, or keep this one.", change=change)
    else:
        said = say("Next: {change}. Press run.", change=change)
    return said if count == 1 else said + several
