"""Averages that start at zero, and what their correction does to Adam's first steps."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Control, Slider, Toggle
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say, sentence

_T = np.unique(np.round(np.geomspace(1, 5000, 90))).astype(int)
#: Where the student's function is asked.
_ASKED = _T[::4]
_COMBINATIONS = ((False, False), (True, False), (False, True), (True, True))
_CORRECTED = {
    (False, False): sentence("neither corrected"),
    (True, False): sentence("only m corrected"),
    (False, True): sentence("only s corrected"),
    (True, True): sentence("both corrected"),
}
_STYLES: dict[tuple[bool, bool], Literal["-", "--", ":", "-."]] = {
    (False, False): "-",
    (True, False): "--",
    (False, True): ":",
    (True, True): "-.",
}


def _corrected(function: Callable[..., Any], moment: Array, beta: float, attempts: Attempts) -> Array | None:
    """Return the student's correction of moment at each of _ASKED, or None where it does not work."""
    found = []
    for t, value in zip(_ASKED.tolist(), moment, strict=True):
        one = attempts.call("bias_correction", function, np.array([value]), t, shape=(1,), beta=beta)
        if one is None:
            return None
        found.append(one[0])
    return np.array(found)


def bias_correction_at_start(bias_correction: Callable[..., Any] | None = None) -> Explorer:
    """Return the picture of Adam's two averages of a slope that is always 1, and of the length of its steps.

    Args:
        bias_correction: the student's; what it makes of the averages is drawn over the reference.

    Sliders: beta1, beta2. Toggles: correct_m, correct_s.

    Source: lecture section 3, Adam; Kingma and Ba 2015, section 3.
    """
    canvas = Canvas(say("What do averages that start at zero do to Adam's first steps?"), (880, 400))
    left = canvas.axes(62, 52, 330, 262, xscale="log", xlim=(1, 5000), ylim=(0, 1.32), xlabel=say("update t"))
    left.set_title(say("the averages of a slope that is always 1"))
    right = canvas.axes(
        470, 52, 330, 262, xscale="log", yscale="log", xlim=(1, 5000), ylim=(0.02, 60), xlabel=say("update t")
    )
    right.set_title(say("length of Adam's step, in units of η"))
    right.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    averages = [
        left.plot([], [], style, color=colour, lw=2, label=name)[0]
        for name, colour, style in (
            (say("m, as used"), palette.FORWARD, "-"),
            (say("s, as used"), palette.BACKWARD, "--"),
        )
    ]
    own_averages = [left.plot([], [], "D", color=palette.YOURS, mec=palette.INK, mew=0.6, ms=m)[0] for m in (8, 5)]
    own_averages[0].set_label(say("yours"))
    # No curve comes above 1.
    left.legend(
        handles=[*averages, *(own_averages[:1] if bias_correction else [])], loc="upper left", ncols=3,
        bbox_to_anchor=(-0.01, 1.02), columnspacing=1.2,
    )  # fmt: skip
    faint = [
        right.plot([], [], _STYLES[pair], color=palette.GREY, lw=1.4, label=say(_CORRECTED[pair]))[0]
        for pair in _COMBINATIONS
    ]
    (thick,) = right.plot([], [], color=palette.INK, lw=2.8, label=say("chosen"))
    # Beside the axes' title and above it: inside, some curve would run under it.
    canvas.figure.legend(
        handles=[*faint, thick], loc="upper right", ncols=1, frameon=False, fontsize=8.5, labelspacing=0.25,
        bbox_to_anchor=(876, 312), bbox_transform=canvas.pixels,
    )  # fmt: skip
    (own_step,) = right.plot([], [], "D", color=palette.YOURS, mec=palette.INK, mew=0.6, ms=6)
    told = canvas.caption(62, 358)
    canvas.moving(*averages, *own_averages, *faint, thick, own_step)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        beta1, beta2 = float(values["beta1"]), float(values["beta2"])
        used = (bool(values["correct_m"]), bool(values["correct_s"]))
        m, s = 1 - beta1**_T, 1 - beta2**_T
        for line, average, corrects in zip(averages, (m, s), used, strict=True):
            line.set_data(_T, np.ones(len(_T)) if corrects else average)
        lengths = {
            pair: (1.0 if pair[0] else m) / np.sqrt(1.0 if pair[1] else s) * np.ones(len(_T)) for pair in _COMBINATIONS
        }
        for line, pair in zip(faint, _COMBINATIONS, strict=True):
            line.set_data(_T, lengths[pair])
        thick.set_data(_T, lengths[used])
        thick.set_linestyle(_STYLES[used])
        _yours(bias_correction, (beta1, beta2), used, own_averages, own_step, attempts)
        told.set_text(_told(used, lengths[used]))
        return attempts.notes

    controls: list[Control] = [
        Slider("beta1", "β₁", 0.0, 0.99, 0.9, 0.01, meaning=say("how much of m is kept"), column=0),
        Slider("beta2", "β₂", 0.5, 0.999, 0.999, 0.001, meaning=say("how much of s is kept"), column=0),
        Toggle("correct_m", say("correct m"), False, meaning=say("divide m by 1 - β₁ to the power t"), column=1),
        Toggle("correct_s", say("correct s"), False, meaning=say("divide s by 1 - β₂ to the power t"), column=1),
    ]
    shown = say(
        "Adam's averages of a constant slope rise from 0 to 1; the step's length with either, both or no correction."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _length(m: Array, s: Array, corrects_m: bool, corrects_s: bool) -> Array:
    """Return how long Adam's steps are for averages m and s of a slope that is 1, whose corrected values are 1."""
    one = np.ones(len(m))
    length: Array = (one if corrects_m else m) / np.sqrt(one if corrects_s else s)
    return length


def _yours(
    function: Callable[..., Any] | None,
    betas: tuple[float, float],
    used: tuple[bool, bool],
    own_averages: Sequence[Any],
    own_step: Any,
    attempts: Attempts,
) -> None:
    """Draw what the student's correction makes of the averages, and the step that comes of it."""
    found: list[Array | None] = [None, None]
    plain = [1 - beta**_ASKED for beta in betas]
    if function is not None:
        found = [_corrected(function, average, beta, attempts) for average, beta in zip(plain, betas, strict=True)]
    for line, values in zip(own_averages, found, strict=True):
        line.set_data(*(np.empty((2, 0)) if values is None else (_ASKED, values)))
    chosen = [own if corrects else average for own, average, corrects in zip(found, plain, used, strict=True)]
    if found[0] is None or found[1] is None or chosen[0] is None or chosen[1] is None:
        own_step.set_data(*np.empty((2, 0)))
        return
    with np.errstate(all="ignore"):
        own_step.set_data(_ASKED, chosen[0] / np.sqrt(chosen[1]))


def _told(used: tuple[bool, bool], lengths: Array) -> str:
    first = float(lengths[0])
    off = np.abs(np.log(lengths)) > np.log(1.05)
    if abs(first - 1) < 1e-9:
        step = say("the first step is exactly {first:.3g} η", first=first)
    elif first > 1:
        step = say("the first step is too long: {first:.3g} η", first=first)
    else:
        step = say("the first step is too short: {first:.3g} η", first=first)
    until = say("; off by more than 5 % until t = {t:,}", t=_T[off][-1]) if off.any() else ""
    return f"{say(_CORRECTED[used])}: {step}{until}."
