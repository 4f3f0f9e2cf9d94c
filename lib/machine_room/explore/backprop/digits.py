"""Training a network that reads digits, with the student's gradient and the student's step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from machine_room import datasets, worked_network
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.backprop.digits_run import Functions, Run, Setting, one_step, train
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.student import Attempts
from machine_room.optimizers import gradient_descent_step as reference_step
from machine_room.translation import say

_EPOCHS = 30
_SHOWN = 15
_COLUMNS = 5

REFERENCE = Functions(worked_network.two_layer_gradient, reference_step)

_NAMES = {"gradient": "two_layer_gradient", "step": "gradient_descent_step"}
_EXPECTED: dict[Setting, Run] = {}


def digits_training(
    two_layer_gradient: Function | None = None, gradient_descent_step: Function | None = None
) -> Explorer:
    """Return the picture of a 64-hidden-10 network that learns to read digits, 1,438 to train on and 359 unseen.

    Args:
        two_layer_gradient: the student's; the network is trained with it, beside the reference.
        gradient_descent_step: the student's, likewise.

    Sliders: learning_rate, hidden, epochs. It trains when a slider is let go, as long as the functions take.

    Source: lecture section 1, the training loop; batches of 32.
    """
    return _DigitsPicture(two_layer_gradient, gradient_descent_step).explorer()


class _DigitsPicture:
    """The artists, and the two trainings behind them."""

    def __init__(self, gradient: Function | None, step: Function | None) -> None:
        self._yours = Functions(gradient or REFERENCE.gradient, step or REFERENCE.step)
        self._handed_in = gradient is not None or step is not None
        self._progress = Progress()
        self._data = datasets.train_validation_split(*datasets.digits(), rng=np.random.default_rng(1))
        self._canvas = Canvas(say("How many of a hundred unseen digits will it read?"), (880, 380))
        self._curves()
        self._images()

    def explorer(self) -> Explorer:
        """Return the picture with its sliders."""
        controls = [
            Slider("learning_rate", "η", 1e-3, 10, 0.05, 0.1, logarithmic=True, meaning=say("learning rate"), column=0),
            Slider(
                "hidden",
                say("hidden units"),
                2,
                128,
                64,
                2,
                whole=True,
                meaning=say("number of hidden units"),
                column=1,
            ),
            Slider(
                "epochs",
                say("epochs"),
                1,
                _EPOCHS,
                10,
                1,
                whole=True,
                meaning=say("passes through all digits"),
                column=2,
            ),
        ]
        shown = say(
            "Loss and accuracy after each epoch of training on digits, and fifteen unseen digits as they were read."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _curves(self) -> None:
        loss = self._canvas.axes(
            58, 100, 230, 224, xlim=(0, _EPOCHS), yscale="log", ylim=(1e-3, 10), xlabel=say("epoch")
        )
        loss.set_title(say("loss on the 1,438 training digits"))
        accuracy = self._canvas.axes(340, 100, 220, 224, xlim=(0, _EPOCHS), ylim=(0, 104), xlabel=say("epoch"))
        accuracy.set_title(say("read right, of 100 unseen"))
        thick: dict[str, Any] = {"color": palette.FRAME, "lw": 5, "label": say("the reference")}
        thin: dict[str, Any] = {"color": palette.YOURS, "lw": 1.4, "marker": "o", "ms": 4, "mec": palette.INK}
        if not self._handed_in:
            thick |= {"color": palette.FORWARD, "lw": 2}
        self._expected_lines = [axes.plot([], [], **thick)[0] for axes in (loss, accuracy)]
        self._own_lines = [axes.plot([], [], label=say("your functions"), **thin)[0] for axes in (loss, accuracy)]
        if self._handed_in:
            # Below the digits: curves come everywhere in the axes.
            self._canvas.figure.legend(
                handles=[self._expected_lines[0], self._own_lines[0]], loc="upper left", ncols=2, frameon=False,
                bbox_to_anchor=(580, 60), bbox_transform=self._canvas.pixels,
            )  # fmt: skip
        self._told = self._canvas.caption(24, 54)
        self._canvas.moving(*self._expected_lines, *self._own_lines)

    def _images(self) -> None:
        from matplotlib.patches import Rectangle

        _, (x, _) = self._data
        self._canvas.text(590, 338, say("unseen digits, and what it reads"), size=9.5)
        self._answers, self._crosses = [], []
        for place in range(_SHOWN):
            row, column = divmod(place, _COLUMNS)
            left, bottom = 590 + 56 * column, 262 - 86 * row
            axes = self._canvas.axes(left, bottom, 46, 46)
            axes.set_axis_off()
            axes.imshow(x[place].reshape(8, 8), cmap="Greys", interpolation="nearest")
            box = Rectangle((0, 0), 1, 1, transform=axes.transAxes, fill=False, edgecolor=palette.BACKWARD, linewidth=5)
            axes.add_patch(box)
            self._crosses.append(box)
            self._answers.append(self._canvas.label(left + 23, bottom - 5, size=10, ha="center"))
        self._canvas.moving(*self._crosses)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        setting = Setting(float(values["learning_rate"]), int(values["hidden"]), int(values["epochs"]))
        expected = self._expected(setting)
        yours = self._those_that_work(setting, attempts) if self._handed_in else REFERENCE
        own = None
        if yours is not REFERENCE:
            own = train(yours, setting, self._data, attempts, self._progress)
        self._progress(1.0)
        self._show(expected, own)
        return attempts.notes

    def _expected(self, setting: Setting) -> Run:
        """Return the reference's training, the same for the same setting: it is kept."""
        if setting not in _EXPECTED:
            _EXPECTED[setting] = train(REFERENCE, setting, self._data, Attempts(), self._progress)
        return _EXPECTED[setting]

    def _those_that_work(self, setting: Setting, attempts: Attempts) -> Functions:
        """Try each function on one batch, beside the other's reference; the reference replaces one that fails."""

        def theta_after(functions: Functions) -> Array | None:
            (x, labels), _ = self._data
            return one_step(functions, setting, setting.first_theta(), x[:4].copy(), labels[:4].copy(), attempts)

        expected, works = theta_after(REFERENCE), REFERENCE
        for name, function in (("gradient", self._yours.gradient), ("step", self._yours.step)):
            found = theta_after(replace(REFERENCE, **{name: function}))
            if found is not None:
                works = replace(works, **{name: function})
                if not np.allclose(found, np.asarray(expected), rtol=1e-6, atol=1e-12):
                    attempts.say(
                        say("{names} and the reference give different numbers: run its check.", names=_NAMES[name])
                    )
        return works

    def _show(self, expected: Run, own: Run | None) -> None:
        for lines, run in ((self._expected_lines, expected), (self._own_lines, own)):
            for line, curve in zip(lines, ("losses", "accuracies"), strict=True):
                points = np.array([]) if run is None else getattr(run, curve)
                line.set_data(np.arange(len(points)), points)
        shown = own or expected
        self._told.set_text(shown.told())
        _, (_, labels) = self._data
        for place, (answer, box) in enumerate(zip(self._answers, self._crosses, strict=True)):
            read, label = int(shown.read[place]), int(labels[place])
            answer.set_text(f"{read}" if read == label else f"{read} ≠ {label}")
            answer.set_color(palette.INK if read == label else palette.BACKWARD)
            box.set_visible(read != label)
