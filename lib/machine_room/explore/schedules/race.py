"""All schedules on the handwritten digits: the same networks, the same batches, only the rate differs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.schedules import race_run
from machine_room.explore.schedules.digits_network import steps_per_epoch
from machine_room.explore.schedules.race_run import Run, Setting
from machine_room.explore.student import Attempts
from machine_room.translation import say, say_count, sentence

_MOST = 20
_LOOKS = {
    sentence("constant"): (palette.GREY, ":", "o"),
    sentence("power"): (palette.BLUE, "-", "s"),
    sentence("exponential"): (palette.VERMILLION, "--", "D"),
    sentence("piecewise constant"): (palette.ORANGE, ":", "^"),
    sentence("performance"): (palette.PURPLE, "-.", "v"),
    sentence("1cycle"): (palette.GREEN, "-", "*"),
}


def schedules_on_digits(
    power_schedule: Function | None = None,
    exponential_schedule: Function | None = None,
    piecewise_constant_schedule: Function | None = None,
    plateau_step: Function | None = None,
    one_cycle_schedule: Function | None = None,
) -> Explorer:
    """Return the picture of six schedules racing on the digits, three times each, with the student's functions.

    Args:
        power_schedule: the student's; where it does not work, ours runs in its place. So with the others:
        exponential_schedule: falls to a hundredth over all epochs.
        piecewise_constant_schedule: a fifth of the rate from half time on, a fifth of that from three quarters.
        plateau_step: factor 0.5, patience 2, once an epoch.
        one_cycle_schedule: by step; all others by epoch.

    Sliders: learning_rate, epochs. It trains when a slider is let go, a few seconds.

    Source: lecture section 4; the largest rate is the same for all.
    """
    yours = {
        "power": power_schedule, "exponential": exponential_schedule,
        "piecewise constant": piecewise_constant_schedule, "performance": plateau_step, "1cycle": one_cycle_schedule,
    }  # fmt: skip
    return _Race(yours).explorer()


class _Race:
    """The artists, and the trainings behind them."""

    def __init__(self, yours: Mapping[str, Function | None]) -> None:
        self._yours = yours
        self._progress = Progress()
        self._canvas = Canvas(
            say("Which schedule reads best, and which minds least how the rate was chosen?"), (880, 440)
        )
        self._axes()

    def explorer(self) -> Explorer:
        """Return the picture with its sliders."""
        controls = [
            Slider("learning_rate", say("largest η"), 0.02, 3.0, 0.5, 0.05, logarithmic=True, column=0,
                   meaning=say("the largest learning rate of every schedule")),
            Slider("epochs", say("epochs"), 4, _MOST, 12, 1, whole=True, column=1,
                   meaning=say("passes through the digits")),
        ]  # fmt: skip
        shown = say(
            "Rates and validation losses of six schedules by epoch, and how many of 100 digits each reads wrong."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _axes(self) -> None:
        canvas = self._canvas
        rate = canvas.axes(60, 120, 220, 258, xlim=(0, _MOST), yscale="log", ylim=(1e-4, 5), xlabel=say("epoch"))
        rate.set_title(say("rate η"))
        loss = canvas.axes(340, 120, 220, 258, xlim=(0, _MOST), yscale="log", ylim=(0.06, 10), xlabel=say("epoch"))
        loss.set_title(say("loss on unseen digits, mean of 3 runs"))
        wrong = canvas.axes(690, 120, 166, 258, xlim=(1, 110), xscale="log", ylim=(len(_LOOKS) - 0.5, -0.5))
        wrong.set_title(say("read wrong of 100, 3 runs"))
        wrong.set_yticks(range(len(_LOOKS)), list(map(say, _LOOKS)))
        wrong.set_xticks([1, 2, 5, 10, 30, 100], ["1", "2", "5", "10", "30", "100"])
        wrong.tick_params(which="minor", length=0)
        self._lines, self._dots, self._means = {}, {}, {}
        for row, (name, (colour, style, marker)) in enumerate(_LOOKS.items()):
            look: dict[str, Any] = {"color": colour, "ls": style, "lw": 2}
            self._lines[name] = (
                rate.plot([], [], drawstyle="steps-post", label=say(name), **look)[0],
                loss.plot([], [], **look)[0],
            )
            (self._dots[name],) = wrong.plot([], [], marker, color=colour, mec=palette.INK, mew=0.6, ms=7, alpha=0.9)
            (self._means[name],) = wrong.plot([], [], "|", color=palette.INK, ms=18, mew=2)
            self._means[name].set_ydata([row])
        canvas.figure.legend(
            *rate.get_legend_handles_labels(), ncols=3, loc="lower left", bbox_to_anchor=(50 / 880, 12 / 440)
        )
        self._told = canvas.caption(560, 76)
        canvas.moving(*(line for pair in self._lines.values() for line in pair))
        canvas.moving(*self._dots.values(), *self._means.values())

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        setting, attempts = Setting(float(values["learning_rate"]), int(values["epochs"])), Attempts()
        runs = self._race(setting, attempts)
        for row, (name, run) in enumerate(runs.items()):
            rates, losses = self._lines[name]
            rates.set_data(np.arange(len(run.rates)) / steps_per_epoch(), np.maximum(run.rates, 1e-6))
            losses.set_data(np.arange(len(run.losses)), np.minimum(run.losses, 1e3))
            self._dots[name].set_data(np.maximum(run.wrong, 1), row + np.array([-0.18, 0, 0.18]))
            self._means[name].set_data([max(float(run.wrong.mean()), 1)], [row])
        self._told.set_text(_verdict(runs))
        return attempts.notes

    def _race(self, setting: Setting, attempts: Attempts) -> dict[str, Run]:
        done, total = 0, len(_LOOKS) * len(race_run.SEEDS)

        def progress() -> None:
            nonlocal done
            done += 1
            self._progress(min(done / total, 0.999))

        runs: dict[str, Run] = {}
        for name in _LOOKS:
            if name == "performance":
                runs[name] = race_run.train_by_performance(setting, self._yours[name], attempts, progress)
                continue
            if name == "constant":
                rates = np.full(setting.steps, setting.rate)
            else:
                rates = race_run.rates_by_formula(name, setting, self._yours[name], attempts)
            runs[name] = race_run.train(rates, progress)
        self._progress(1.0)
        return runs


def _verdict(runs: Mapping[str, Run]) -> str:
    best = min(runs, key=lambda name: float(runs[name].wrong.mean()))
    mean = float(runs[best].wrong.mean())
    if mean > 20:
        return say("None of them reads well:\nanother rate, or more epochs.")
    close = [
        name for name, run in runs.items() if name != best and float(run.wrong.min()) <= float(runs[best].wrong.max())
    ]
    lines = say("Fewest errors: {best},\n{mean:.1f} of 100 on average.\n", best=say(best), mean=mean)
    if not close:
        return lines + say("Its worst run beats the best of all others.")
    return lines + say_count(
        len(close), "Its runs overlap with those of {count} other.", "Its runs overlap with those of {count} others."
    )
