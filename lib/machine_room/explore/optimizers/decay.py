"""Weight decay against L2 inside Adam: two weights, one with small gradients and one with large."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.optimizers.recipes import BETA1, BETA2, EPSILON
from machine_room.explore.student import Attempts
from machine_room.optimizers.adam import adam_in_place
from machine_room.optimizers.adamw import weight_decay_in_place
from machine_room.translation import say, sentence

_STEPS = 160
_NAMES = (sentence("small gradients"), sentence("large gradients"))
#: theta's four entries: both weights under L2 inside Adam, then both under AdamW.
_DECOUPLED = np.array([False, False, True, True])
_ADAM = {"beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON}


def _pull(step: int, ratio: float) -> Array:
    """Return the loss's gradient for the two weights: back and forth, nothing on average."""
    sign = 1.0 if step % 2 else -1.0
    return np.array([sign, sign * ratio])


def _weights(rate: float, strength: float, ratio: float) -> Array:
    """Return the four weights after each step, (_STEPS + 1, 4)."""
    theta, m, s, work = np.ones(4), np.zeros(4), np.zeros(4), np.empty(4)
    points = np.ones((_STEPS + 1, 4))
    penalty = np.where(_DECOUPLED, 0.0, strength)
    for t in range(1, _STEPS + 1):
        gradient = np.tile(_pull(t, ratio), 2) + penalty * theta
        weight_decay_in_place(theta, _DECOUPLED, learning_rate=rate, weight_decay=strength)
        adam_in_place(theta, gradient, m, s, t, work, learning_rate=rate, epsilon_inside=True, **_ADAM)
        points[t] = theta
    return points


def _weights_of_yours(
    adamw_step: Callable[..., Any], rate: float, strength: float, ratio: float, attempts: Attempts
) -> Array | None:
    parts = dict.fromkeys(("theta", "m", "s"), (2,))
    settings: dict[str, Any] = {"learning_rate": rate, "weight_decay": strength, **_ADAM}
    zeros = np.zeros(2)
    first = attempts.call(
        "adamw_step", adamw_step, np.ones(2), _pull(1, ratio), zeros.copy(), zeros.copy(), 1, parts=parts, **settings
    )
    if first is None:
        return None

    def go() -> Array:
        theta, m, s = np.ones(2), np.zeros(2), np.zeros(2)
        points = np.ones((_STEPS + 1, 2))
        for t in range(1, _STEPS + 1):
            answer = adamw_step(theta.copy(), _pull(t, ratio), m, s, t, **settings)
            theta, m, s = (np.array(part, dtype=float) for part in answer)
            points[t] = theta
        return points

    found: Array | None = attempts.call("adamw_step", go)
    return found


def decay_against_l2(adamw_step: Callable[..., Any] | None = None) -> Explorer:
    """Return the picture of two weights that should decay: with L2 in Adam's gradient, and with AdamW.

    Args:
        adamw_step: the student's; its two weights are drawn over the reference.

    Sliders: weight_decay (lambda), ratio (how many times as large the second weight's gradients are), learning_rate.

    Source: lecture section 3, weight decay, and section 5; Loshchilov and Hutter 2019.
    """
    canvas = Canvas(say("Which weights decay: with L2 inside Adam, and with AdamW?"), (880, 400))
    panels, curves, owns = [], [], []
    for place, title in enumerate((say("Adam, with λθ added to the gradient (L2)"), say("AdamW: θ itself decays"))):
        axes = canvas.axes(62 + 300 * place, 52, 246, 268, xlim=(0, _STEPS), ylim=(-0.05, 1.3), xlabel=say("step"))
        axes.set_title(title)
        wide = [axes.plot([], [], color=palette.YOURS, lw=w, alpha=0.6)[0] for w in (8, 4)]
        owns.append(wide)
        curves += [
            axes.plot([], [], style, color=colour, lw=2, label=say(name))[0]
            for name, colour, style in zip(_NAMES, (palette.BLUE, palette.VERMILLION), ("-", "--"), strict=True)
        ]
        panels.append(axes)
    panels[0].set_ylabel(say("weight"))
    panels[0].legend(loc="upper right")
    canvas.moving(*owns[1], *curves)
    if adamw_step is not None:
        panels[1].legend(handles=[owns[1][0]], labels=[say("your adamw_step")], loc="upper right")

    bars = canvas.axes(668, 52, 188, 268, ylim=(0, 1.3), xlim=(-0.6, 4.1))
    bars.set_title(say("what is left after {steps} steps", steps=_STEPS))
    bars.set_xticks([0.5, 3.0], ["L2", "AdamW"])
    bars.tick_params(axis="x", length=0)
    bars.grid(False, axis="x")
    columns = bars.bar(
        [0, 1, 2.5, 3.5], np.zeros(4), width=0.86, color=[palette.BLUE, palette.VERMILLION] * 2, edgecolor=palette.INK,
        linewidth=0.6, hatch=["", "//"] * 2,
    )  # fmt: skip
    numbers = [_in_data(canvas, bars) for _ in range(4)]
    told = canvas.caption(62, 358)
    canvas.moving(*columns)

    def draw(values: Mapping[str, Any]) -> Sequence[str]:
        attempts = Attempts()
        rate, strength, ratio = (float(values[name]) for name in ("learning_rate", "weight_decay", "ratio"))
        points = _weights(rate, strength, ratio)
        yours = None
        if adamw_step is not None:
            yours = _weights_of_yours(adamw_step, rate, strength, ratio, attempts)
        steps = np.arange(_STEPS + 1)
        for line, weight in zip(curves, points.T, strict=True):
            line.set_data(steps, weight)
        for axis, line in enumerate(owns[1]):
            line.set_data(*(np.empty((2, 0)) if yours is None else (steps, yours[:, axis])))
        # The mean of the last two: the loss's pull back and forth is no decay.
        left = points[-2:].mean(axis=0)
        for x, column, number, share in zip((0, 1, 2.5, 3.5), columns, numbers, left.tolist(), strict=True):
            column.set_height(max(share, 0.0))
            number.set_position((x, max(share, 0.0) + 0.02))
            number.set_text(f"{share:.2f}")
        alone = (1 - rate * strength) ** _STEPS
        told.set_text(
            say(
                "Decay alone leaves (1 − ηλ)^{steps} = {alone:.2g}.   The loss pulls the second weight {ratio:,.0f} × "
                "as hard, on average not at all.",
                steps=_STEPS,
                alone=alone,
                ratio=ratio,
            )
        )
        return attempts.notes

    controls = [
        Slider("weight_decay", "λ", 0.0, 1.0, 0.5, 0.01, column=0,
               meaning=say("weight decay; strength of the L2 penalty")),
        Slider("ratio", say("gradient ratio"), 1.0, 1000.0, 100.0, 0.1, logarithmic=True, whole=True,
               meaning=say("how many times as large the second weight's gradients are"), column=1),
        Slider("learning_rate", "η", 1e-3, 0.03, 0.02, 0.02, logarithmic=True, meaning=say("learning rate"), column=2),
    ]  # fmt: skip
    shown = say(
        "Two weights over the steps: with L2 inside Adam only the one with small gradients decays, with AdamW both."
    )
    return Explorer(canvas, controls, draw, alternative=shown)


def _in_data(canvas: Canvas, axes: Any) -> Any:
    label = canvas.label(0, 0, size=9, ha="center", va="bottom")
    label.set_transform(axes.transData)
    return label
