"""What idea 1, finite differences, costs: forward passes against the number of parameters."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say, sentence

_INPUTS, _CLASSES = 64, 10
_STEPS_PER_EPOCH = 45
#: One forward and one backward pass; the backward pass costs about two forward ones.
_BACKPROP_PASSES = 3
_UNITS = (
    (sentence("{count:.3g} years"), 31_557_600),
    (sentence("{count:.3g} days"), 86_400),
    (sentence("{count:.3g} hours"), 3600),
    (sentence("{count:.3g} minutes"), 60),
    (sentence("{count:.3g} seconds"), 1),
)
_COUNTED_SIZES = (1, 3, 10, 30, 100, 300, 1000, 3000)


def parameters(width: int) -> int:
    """Return the number of parameters of a 64-width-10 network, biases included."""
    return (_INPUTS + 1) * width + (width + 1) * _CLASSES


def _calls(function: Callable[..., object], size: int, attempts: Attempts) -> int | None:
    """Return how often function evaluates the loss for one gradient of size parameters; None where it fails."""
    count = 0

    def loss(theta: Array) -> float:
        nonlocal count
        count += 1
        return float(theta[0])

    answer = attempts.call("forward_difference", function, loss, np.ones(size), shape=(size,))
    if answer is None:
        return None
    if not np.allclose(answer, [1.0, *[0.0] * (size - 1)], atol=1e-4):
        attempts.say(say("forward_difference makes these calls, but its numbers are wrong: run its check."))
    return count


def _duration(seconds: float) -> str:
    for said, length in _UNITS:
        if seconds >= 2 * length:
            return say(said, count=seconds / length)
    return say("{seconds:.3g} ms", seconds=seconds * 1000)


def cost_of_finite_differences(forward_difference: Callable[..., object] | None = None) -> Explorer:
    """Return the picture of the forward passes that one gradient costs, with finite differences and with backprop.

    Args:
        forward_difference: the student's; its calls of the loss are counted at several sizes and drawn.

    Slider: width, the hidden units of a 64-width-10 network.

    Source: lecture section 1, idea 1: "one or two forward passes per parameter".
    """
    canvas = Canvas(say("What does one gradient cost as the network grows?"), (880, 380))
    axes = canvas.axes(
        66, 48, 500, 280, xscale="log", yscale="log", xlim=(0.8, 2e6), ylim=(0.8, 8e6),
        xlabel=say("number of parameters n"), ylabel=say("forward passes for one gradient"),
    )  # fmt: skip
    n = np.geomspace(1, 2e6, 200)
    axes.plot(n, 2 * n, "--", color=palette.TRAP)
    axes.plot(n, n + 1, color=palette.BACKWARD)
    axes.plot(n, np.full_like(n, _BACKPROP_PASSES), "-.", color=palette.FORWARD)
    # Both lines rise by one decade a decade: their angle on the picture is that of the axes' scales.
    angle = np.degrees(np.arctan2(280 / np.log10(1e7), 500 / np.log10(2.5e6)))
    on_line: dict[str, Any] = {"rotation_mode": "anchor", "rotation": angle, "size": 9}
    axes.text(70, 250, say("central difference: 2n"), **on_line)
    axes.text(190, 44, say("forward difference: n + 1"), **on_line)
    # Left of where the dot can be.
    axes.text(2.2, 1.3, say("backprop: about 3"), size=9)

    attempts = Attempts()
    if forward_difference is not None:
        counts = [(size, calls) for size in _COUNTED_SIZES if (calls := _calls(forward_difference, size, attempts))]
        if counts:
            axes.plot(
                *np.transpose(counts),
                "D",
                color=palette.YOURS,
                mec=palette.INK,
                ms=7,
                label=say("counted in your function"),
            )
            axes.legend(loc="upper left")

    dots = [axes.plot([], [], "o", color=colour, mec=palette.INK, ms=9)[0]
            for colour in (palette.TRAP, palette.BACKWARD, palette.FORWARD)]  # fmt: skip
    here = axes.axvline(1, color=palette.GREY, lw=1, ls=":")
    heading = canvas.caption(596, 322)
    rows = []
    for top, colour in zip((248, 180, 112), (palette.TRAP, palette.BACKWARD, palette.FORWARD), strict=True):
        axes.plot([600], [top - 9], "o", color=colour, transform=canvas.pixels, clip_on=False)
        rows.append(canvas.caption(616, top))
    canvas.moving(here, *dots)

    def draw(values: Mapping[str, float]) -> Sequence[str]:
        width = int(values["width"])
        size = parameters(width)
        passes = (2 * size, size + 1, _BACKPROP_PASSES)
        here.set_xdata([size, size])
        heading.set_text(
            say(
                "A {inputs}-{width}-{classes} network:\n{size:,} parameters.\nAt 1 ms for a forward pass:",
                inputs=_INPUTS,
                width=width,
                classes=_CLASSES,
                size=size,
            )
        )
        names = (say("central differences"), say("forward differences"), say("backprop"))
        for dot, row, name, count in zip(dots, rows, names, passes, strict=True):
            dot.set_data([size], [count])
            one, epoch = _duration(count * 1e-3), _duration(count * 1e-3 * _STEPS_PER_EPOCH)
            row.set_text(
                say(
                    "{name}: {count:,} passes\n{one} a gradient,\n{epoch} an epoch",
                    name=name,
                    count=count,
                    one=one,
                    epoch=epoch,
                )
            )
        return attempts.notes

    controls = [
        Slider("width", say("hidden units"), 1, 10_000, 100, 0.05, logarithmic=True, whole=True,
               meaning=say("number of hidden units")),
    ]  # fmt: skip
    shown = say(
        "Forward passes for one gradient against the number of parameters: finite differences grow, backprop does not."
    )
    return Explorer(canvas, controls, draw, alternative=shown)
