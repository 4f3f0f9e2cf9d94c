"""The race of the eight optimizers on a network that reads digits."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.optimizers.digits_sweep import EPOCHS, RATES, Trained, best_rate, sweep, train_yours
from machine_room.explore.optimizers.recipes import RECIPES, Recipe
from machine_room.explore.optimizers.standings import Standings
from machine_room.explore.student import Attempts
from machine_room.translation import say, sentence

_BEST = sentence("its best")
_OPTIONS = (_BEST, sentence("0.001 for all"), sentence("0.01 for all"), sentence("0.1 for all"))


def digits_race(
    *,
    momentum_step: Function | None = None,
    nesterov_step: Function | None = None,
    adagrad_step: Function | None = None,
    rmsprop_step: Function | None = None,
    adam_step: Function | None = None,
    nadam_step: Function | None = None,
    adamw_step: Function | None = None,
) -> Explorer:
    """Return the picture of eight optimizers that train one network, 64-24-10, on 1,438 digits.

    Args:
        momentum_step: the student's; drawn as a thick line under the reference.
        nesterov_step: likewise.
        adagrad_step: likewise.
        rmsprop_step: likewise.
        adam_step: likewise.
        nadam_step: likewise.
        adamw_step: likewise.

    Controls: rates (each its best, or one for all), epochs. It trains when it is first shown, every optimizer at ten
    learning rates, and keeps the results.

    Source: lecture section 3, the table of recipes.
    """
    handed_in = {
        "momentum_step": momentum_step, "nesterov_step": nesterov_step, "adagrad_step": adagrad_step,
        "rmsprop_step": rmsprop_step, "adam_step": adam_step, "nadam_step": nadam_step, "adamw_step": adamw_step,
    }  # fmt: skip
    return _DigitsRace({name: function for name, function in handed_in.items() if function is not None}).explorer()


class _DigitsRace:
    """The artists, and the student's trainings as far as they have been needed."""

    def __init__(self, yours: Mapping[str, Function]) -> None:
        self._yours = yours
        self._trained: dict[tuple[str, int], Trained | None] = {}
        self._attempts = Attempts()
        self._progress = Progress()
        self._canvas = Canvas(
            say("Who learns to read digits fastest, and how much does the learning rate matter?"), (908, 420)
        )
        self._by_rate = self._canvas.axes(
            62, 50, 270, 308, xscale="log", yscale="log", xlim=(7e-5, 5), ylim=(0.008, 4), xlabel=say("learning rate η")
        )
        self._by_rate.set_title(say("training loss at the end"))
        self._by_epoch = self._canvas.axes(
            388, 50, 242, 308, yscale="log", xlim=(0, EPOCHS), ylim=(0.008, 4), xlabel=say("epoch")
        )
        self._by_epoch.set_title(say("training loss"))
        for axes in (self._by_rate, self._by_epoch):
            axes.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
        self._lines = [self._lines_of(recipe) for recipe in RECIPES]
        self._standings = Standings(self._canvas, yours)

    def _lines_of(self, recipe: Recipe) -> dict[str, Any]:
        thin: dict[str, Any] = {"color": recipe.colour, "ls": recipe.style, "lw": 1.5}
        lines = {
            "own": self._by_epoch.plot([], [], color=recipe.colour, lw=5, alpha=0.4, zorder=1.9)[0],
            "epochs": self._by_epoch.plot([], [], **thin)[0],
            "rates": self._by_rate.plot([], [], **thin)[0],
            "here": self._by_rate.plot([], [], "o", color=recipe.colour, mec=palette.INK, ms=7)[0],
        }
        self._canvas.moving(*lines.values())
        return lines

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls: list[Control] = [
            Choice("rates", say("η: each"), _OPTIONS, meaning=say("which learning rates they run at"), column=0),
            Slider(
                "epochs",
                say("epochs"),
                1,
                EPOCHS,
                EPOCHS,
                1,
                whole=True,
                meaning=say("passes through the digits"),
                column=1,
            ),
        ]
        shown = say(
            "Loss of eight optimizers on digits against the learning rate and against the epoch, and who is where."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        epochs = int(values["epochs"])
        swept = sweep(self._progress)
        for place, (recipe, lines) in enumerate(zip(RECIPES, self._lines, strict=True)):
            trained = swept[recipe.name]
            ends = trained.losses[epochs]
            index = best_rate(ends) if values["rates"] == _BEST else _index_of(float(values["rates"].split()[0]))
            lines["rates"].set_data(RATES, ends)
            lines["here"].set_data(RATES[index : index + 1], ends[index : index + 1])
            lines["epochs"].set_data(np.arange(epochs + 1), trained.losses[: epochs + 1, index])
            self._show_yours(lines["own"], self._own(recipe, index), epochs)
            accuracy = trained.accuracies[epochs, index]
            self._standings.note(
                place, float(RATES[index]), float(ends[index]), say(", {share:.0%} right", share=accuracy)
            )
        self._standings.tell()
        self._progress(1.0)
        return self._attempts.notes

    def _show_yours(self, line: Any, trained: Trained | None, epochs: int) -> None:
        line.set_visible(trained is not None)
        if trained is not None:
            line.set_data(np.arange(epochs + 1), trained.losses[: epochs + 1, 0])

    def _own(self, recipe: Recipe, index: int) -> Trained | None:
        """Return the student's training at a rate, trained when first needed."""
        function = self._yours.get(recipe.function)
        if function is None:
            return None
        key = (recipe.name, index)
        if key not in self._trained:
            self._trained[key] = train_yours(recipe, function, float(RATES[index]), self._attempts)
        return self._trained[key]


def _index_of(rate: float) -> int:
    return int(np.argmin(np.abs(np.log(RATES / rate))))
