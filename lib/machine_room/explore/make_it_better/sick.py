"""Twelve runs to be diagnosed from their curves."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.make_it_better.sick_run import AILMENTS, EPOCHS, NAMES, Run, run
from machine_room.translation import say

_UNKNOWN = "?"
_LOSS, _LENGTH = (1e-3, 1e2), (1e-9, 1e3)


def sick_runs() -> Explorer:
    """Return the picture of twelve trainings of one small network on digits, eleven of them sick, to be diagnosed.

    Controls: run, which of them; diagnosis, what you think: the picture answers. It trains when one is let go.

    Source: the course's own; Stanford's CS231n has the idea, loss functions that went wrong.
    """
    return _Sick().explorer()


class _Sick:
    """The artists."""

    def __init__(self) -> None:
        self._progress = Progress()
        self._canvas = canvas = Canvas(say("What is wrong with this run?"), (900, 400))
        loss = canvas.axes(62, 92, 270, 236, xlim=(0, EPOCHS), yscale="log", ylim=_LOSS, xlabel=say("epoch"))
        loss.set_title(say("loss; dotted: ln 10"))
        loss.axhline(np.log(10), color=palette.GREY, lw=1, ls=":")
        right = canvas.axes(384, 92, 230, 236, xlim=(0, EPOCHS), ylim=(0, 104), xlabel=say("epoch"))
        right.set_title(say("read right, of 100"))
        first = canvas.axes(684, 92, 196, 236, xlim=(0.5, 7.5), yscale="log", ylim=_LENGTH, xlabel=say("layer"))
        first.set_title(say("first gradient's length"))
        self._lines = [
            axes.plot([], [], style, color=colour, lw=2, label=name)[0]
            for axes in (loss, right)
            for name, colour, style in (
                (say("training"), palette.SKY, "--"),
                (say("validation"), palette.BACKWARD, "-"),
            )
        ]
        (self._lengths,) = first.plot([], [], "o-", color=palette.FORWARD, ms=7)
        canvas.figure.legend(
            handles=self._lines[:2], loc="upper left", ncols=2, frameon=False, bbox_to_anchor=(54, 372),
            bbox_transform=canvas.pixels,
        )  # fmt: skip
        self._told = canvas.label(24, 44, size=9.5)
        canvas.moving(*self._lines, self._lengths)

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls: list[Control] = [
            Slider(
                "run",
                say("run"),
                1,
                len(AILMENTS),
                1,
                1,
                whole=True,
                meaning=say("which of the twelve trainings"),
                column=0,
            ),
            Choice(
                "diagnosis",
                say("diagnosis"),
                (_UNKNOWN, *sorted(NAMES)),
                meaning=say("what you think is wrong"),
                column=1,
            ),
        ]
        shown = say("Losses and digits read right by epoch, and the length of each layer's first gradient.")
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        number = int(values["run"])
        self._progress(0.0)
        found = run(number)
        self._progress(1.0)
        curves = [*found.losses.T, *found.right.T]
        for line, curve, limits in zip(self._lines, curves, (_LOSS, _LOSS, None, None), strict=True):
            line.set_data(np.arange(EPOCHS + 1), curve if limits is None else _within(curve, limits))
        layers = np.arange(1, len(found.lengths) + 1)
        self._lengths.set_data(layers, np.where(found.lengths > 0, np.clip(found.lengths, *_LENGTH), np.nan))
        answer = say("Run {number}: {answer}", number=number, answer=_answer(number, str(values["diagnosis"])))
        self._told.set_text(answer)
        self._canvas.tell(" ".join([*answer.split("\n"), *_panels(found)]))
        return ()


def _panels(found: Run) -> Iterator[str]:
    """Say what the three panels show, to who does not see them."""
    for name, loss, right in zip((say("Training"), say("Validation")), found.losses.T, found.right.T, strict=True):
        first, lowest, last = map(_number, (loss[0], np.nanmin(loss), loss[-1]))
        yield say(
            "{name}: loss {first} at first, {lowest} at its lowest, {last} at the end; reads {right:.0f} of 100.",
            name=name, first=first, lowest=lowest, last=last, right=right[-1],
        )  # fmt: skip
    yield say("First gradient's length by layer: {lengths}.", lengths=", ".join(map(_number, found.lengths)))


def _number(value: float) -> str:
    return f"{value:.2g}" if np.isfinite(value) else say("beyond all numbers")


def _within(curve: Array, limits: tuple[float, float]) -> Array:
    shown: Array = np.clip(curve, limits[0], limits[1] * 1.5)
    return shown


def _answer(number: int, diagnosis: str) -> str:
    ailment = AILMENTS[number - 1]
    if diagnosis == _UNKNOWN:
        return say("look at all three, then choose a diagnosis.")
    if diagnosis == ailment.name:
        return say("right, {diagnosis}:\n{sign}.", diagnosis=say(ailment.name), sign=say(ailment.sign))
    guessed = next(one for one in AILMENTS if one.name == diagnosis)
    return say(
        "no. Were it “{diagnosis}”, you would see this:\n{sign}.",
        diagnosis=say(guessed.name),
        sign=say(guessed.sign),
    )
