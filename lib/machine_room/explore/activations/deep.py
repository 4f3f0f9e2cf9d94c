"""Deep networks on the digits: which pairs of activation and first weights learn, and which do not get started."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from machine_room import activations
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.activations import deep_run
from machine_room.explore.activations.deep_run import EPOCHS, OPTIMIZERS, TRAIN, WIDTH, Course, Setting
from machine_room.explore.activations.depth_signal import SCHEMES
from machine_room.explore.activations.names import NAMES, WRITTEN
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Choice, Control, Slider
from machine_room.explore.explorer import Explorer, Progress
from machine_room.explore.student import Attempts
from machine_room.translation import say

_DEEPEST = 20
_LOW, _HIGH = 1e-14, 1e4
#: With a learning rate such as 0.03, gradients in this range move weights as the digits need it.
_HEALTHY = 0.1, 10.0
#: Of 100 digits; one in ten classes is guessed right by luck.
_GUESSED = 15
_BOUND = 1e6
_PROBE = np.array([[-2.0, -0.5, 0.5, 2.0]])


def deep_digits(
    init_weights: Function | None = None,
    swish: Function | None = None,
    swish_derivative: Function | None = None,
) -> Explorer:
    """Return the picture of a deep network that learns to read digits, or does not: 800 to train on, 400 unseen.

    Args:
        init_weights: the student's; the network is trained from its weights, beside the reference.
        swish: the student's; the network is trained with it where Swish is chosen.
        swish_derivative: the student's, likewise.

    Controls: activation, start (how the weights are drawn), depth, optimizer, learning_rate. It trains when a control
    is let go.

    Source: lecture section 2, recommendations.
    """
    yours = {"init_weights": init_weights, "swish": swish, "swish_derivative": swish_derivative}
    return _DeepPicture({name: function for name, function in yours.items() if function is not None}).explorer()


class _DeepPicture:
    def __init__(self, yours: Mapping[str, Function]) -> None:
        self._yours = yours
        self._attempts = Attempts()
        self._progress = Progress()
        self._canvas = Canvas(say("Which deep networks learn to read?"), (900, 404))
        right = self._canvas.axes(62, 50, 370, 256, xlim=(-0.2, EPOCHS + 0.2), ylim=(0, 104), xlabel=say("epoch"))
        right.set_title(say("unseen digits read right, of 100"))
        right.axhline(10, color=palette.GREY, lw=1, ls=":")
        right.text(EPOCHS, 1, say("guessing: 10"), size=9, ha="right", va="bottom")
        start = self._canvas.axes(
            516, 50, 364, 256, xlim=(0, _DEEPEST + 1), yscale="log", ylim=(_LOW, _HIGH), xlabel=say("hidden layer")
        )
        start.set_title(say("before training: length of ∂L/∂W"))
        start.axhspan(*_HEALTHY, color=palette.GOOD, alpha=0.16, lw=0, zorder=0.5)
        start.set_xticks(range(0, _DEEPEST + 1, 5))
        start.set_yticks([10.0**power for power in range(-12, 5, 4)])
        self._lines = [
            axes.plot([], [], "o-", ms=4, color=hue, lw=2.4, label=say("ours"))[0]
            for axes, hue in ((right, palette.FORWARD), (start, palette.BACKWARD))
        ]
        marks: dict[str, Any] = {"ls": "none", "marker": "o", "ms": 9, "mfc": "none", "mec": palette.YOURS, "mew": 1.8}
        self._own = [axes.plot([], [], label=say("with your functions"), **marks)[0] for axes in (right, start)]
        if yours:
            start.legend(loc="lower right", bbox_to_anchor=(1.02, 0.99))  # beside the title: no curve comes there
        self._told = self._canvas.caption(62, 366)
        self._canvas.moving(*self._lines, *self._own)

    def explorer(self) -> Explorer:
        """Return the picture with its controls."""
        controls: list[Control] = [
            Choice("activation", say("activation"), NAMES, "swish", meaning=say("of every hidden layer"), column=0),
            Choice(
                "start",
                say("initialisation"),
                tuple(SCHEMES),
                "He",
                meaning=say("how the first weights are drawn"),
                column=0,
            ),
            Slider(
                "depth",
                say("hidden layers"),
                1,
                _DEEPEST,
                5,
                1,
                whole=True,
                meaning=say("number of hidden layers"),
                column=1,
            ),
            Choice("optimizer", say("optimizer"), tuple(OPTIMIZERS), meaning=say("what takes the steps"), column=2),
            Slider(
                "learning_rate", "η", 0.0003, 0.3, 0.03, 0.1, logarithmic=True, meaning=say("learning rate"), column=2
            ),
        ]
        shown = say(
            "Left the digits read right by epoch, right how long the gradient is in each layer before training."
        )
        return Explorer(self._canvas, controls, self._draw, alternative=shown, progress=self._progress)

    def _draw(self, values: Mapping[str, Any]) -> Sequence[str]:
        name, start = str(values["activation"]), str(values["start"])
        depth, rate, optimizer = int(values["depth"]), float(values["learning_rate"]), str(values["optimizer"])
        setting = Setting(name, SCHEMES[start], depth, rate, optimizer)
        expected = deep_run.library_course(setting)
        self._progress(0.4)
        own = self._with_yours(setting)
        self._progress(1.0)
        for lines, course in ((self._lines, expected), (self._own, own)):
            right, lengths = (np.array([]),) * 2 if course is None else (course.right, course.lengths)
            lines[0].set_data(np.arange(len(right)), right)
            shown = np.where(lengths > 0, np.clip(lengths, _LOW * 1e-3, _HIGH * 1e3), np.nan)
            lines[1].set_data(np.arange(1, len(lengths) + 1), shown)
        layers = say("{depth} hidden layer{setting}", depth=setting.depth, setting="" if setting.depth == 1 else "s")
        self._told.set_text(
            say(
                "{written} with {start}, {layers} of {width} units, {train} digits, {optimizer} with η = "
                "{rate:.2g}:\n{verdict}",
                written=WRITTEN[name],
                start=start,
                layers=layers,
                width=WIDTH,
                train=TRAIN,
                optimizer=setting.optimizer,
                rate=setting.rate,
                verdict=_verdict(own or expected),
            )
        )
        return self._attempts.notes

    def _with_yours(self, setting: Setting) -> Course | None:
        """Train with the student's functions; what fails is replaced by ours, and the note says why."""
        works = [name for name in self._yours if self._probe(name)]
        used = [name for name in works if name == "init_weights" or setting.activation == "swish"]
        if not used:
            return None
        forward = self._calling("swish") if "swish" in used else activations.swish
        slope = self._calling("swish_derivative") if "swish_derivative" in used else activations.swish_derivative
        activation = activations.get(setting.activation)
        if setting.activation == "swish":
            activation = activations.Activation(forward, lambda dh, z: dh * slope(z))
        draw = self._draw_weights if "init_weights" in used else deep_run.library_draw
        return deep_run.train(setting, activation, draw, lambda share: self._progress(0.4 + 0.6 * share))

    def _probe(self, name: str) -> bool:
        """Try a function of the student's once, whether it is used now or not."""
        if name == "init_weights":
            return self._weights("he", (64, WIDTH), np.random.default_rng(0)) is not None
        return self._attempts.call(name, self._yours[name], _PROBE.copy(), shape=_PROBE.shape) is not None

    def _calling(self, name: str) -> Any:
        reference = getattr(activations, name)

        def call(z: Array) -> Array:
            found = self._attempts.call(name, self._yours[name], z.copy(), shape=z.shape)
            return np.asarray(reference(z) if found is None else np.clip(found, -_BOUND, _BOUND))

        return call

    def _draw_weights(self, scheme: str, shape: tuple[int, int], rng: np.random.Generator) -> Array:
        found = self._weights(scheme, shape, rng)
        return deep_run.library_draw(scheme, shape, rng) if found is None else np.clip(found, -_BOUND, _BOUND)

    def _weights(self, scheme: str, shape: tuple[int, int], rng: np.random.Generator) -> Array | None:
        found: Array | None = self._attempts.call(
            "init_weights", self._yours["init_weights"], scheme, *shape, rng, shape=shape
        )
        return found


def _verdict(course: Course) -> str:
    reached = say(
        "after {count} epochs it reads {course:.0f} of 100", count=len(course.right) - 1, course=course.right[-1]
    )
    if course.right[-1] >= 80:
        return f"{reached}."
    length = say("in layer 1 the gradient is {number} long", number=_number(course.lengths[0]))
    if not course.lengths[0] >= _HEALTHY[0]:
        return say("{reached}: {length}, hardly a step is taken there.", reached=reached, length=length)
    if course.lengths[0] > _HEALTHY[1]:
        return say("{reached}: {length}, steps overshoot.", reached=reached, length=length)
    return (
        say("{reached}, and still learns.", reached=reached)
        if course.right[-1] > _GUESSED
        else say("{reached}: no better than a guess.", reached=reached)
    )


def _number(value: float) -> str:
    return f"{value:.2g}".replace("e-0", "e-").replace("-", "−")
