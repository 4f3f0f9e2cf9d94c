"""How wrong a finite difference is, against epsilon: the V."""

from collections.abc import Mapping, Sequence

import numpy as np

from machine_room import gradients
from machine_room.arguments import Array, Function
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.translation import say

_THETA = np.array([1.0])
_TRUE = float(np.exp(1.0))
_EPSILONS = np.logspace(-15, -1, 71)
#: Below the last digit of a float64 the error of a difference is 0 by luck; the picture shows it at its floor.
_FLOOR = 1e-13


def _loss(theta: Array) -> float:
    return float(np.exp(theta[0]))


def _error(difference: Function, epsilon: float) -> float:
    """Return the relative error of difference for the slope of exp at 1."""
    found = float(np.asarray(difference(_loss, _THETA.copy(), epsilon=epsilon))[0])
    return max(abs(found - _TRUE) / _TRUE, _FLOOR)


def _yours(name: str, difference: Function, attempts: Attempts) -> Array | None:
    """Return the errors of the student's function at every epsilon, None where it does not work."""
    errors = []
    for epsilon in _EPSILONS:
        slope = attempts.call(name, difference, _loss, _THETA.copy(), shape=(1,), epsilon=float(epsilon))
        if slope is None:
            return None
        errors.append(max(abs(slope[0] - _TRUE) / _TRUE, _FLOOR))
    return np.array(errors)


def finite_difference_error(
    numerical_gradient: Function | None = None, forward_difference: Function | None = None
) -> Explorer:
    """Return the picture of the relative error of finite differences for exp at 1, against epsilon, log-log.

    Args:
        numerical_gradient: the student's central difference, drawn over the reference.
        forward_difference: the student's forward difference, drawn over the reference.

    Slider: epsilon.

    Source: lecture section 1, idea 1; the error is epsilon (forward) or epsilon^2 (central) plus rounding / epsilon.
    """
    canvas = Canvas(say("How small should epsilon be?"), (880, 380))
    # The legend has a second row where there are functions of the student's, and these may be far off.
    top = 9 if forward_difference is None and numerical_gradient is None else 1e3
    axes = canvas.axes(
        72, 48, 500, 280, xscale="log", yscale="log", xlim=(4e-16, 0.25), ylim=(_FLOOR / 2, top),
        xlabel="ε", ylabel=say("relative error of the slope"),
    )  # fmt: skip
    methods = (
        (say("forward"), gradients.forward_difference, palette.BACKWARD, "-"),
        (say("central"), gradients.numerical_gradient, palette.FORWARD, "--"),
    )
    for name, method, colour, style in methods:
        axes.plot(_EPSILONS, [_error(method, float(e)) for e in _EPSILONS], style, color=colour, lw=1.6, label=name)
    axes.annotate(say("slope 1"), (1e-4, 1.2e-4), size=9, ha="right", va="bottom")
    axes.annotate(say("slope 2"), (2.2e-4, 3e-9), size=9, ha="left", va="top")
    axes.annotate(say("rounding:\nmachine precision / ε"), (1e-15, 1e-7), size=9, ha="left", va="top")
    attempts = Attempts()
    handed_in = (
        ("forward_difference", forward_difference, "v"), ("numerical_gradient", numerical_gradient, "D"),
    )  # fmt: skip
    for name, function, marker in handed_in:
        errors = None if function is None else _yours(name, function, attempts)
        if errors is not None:
            axes.plot(
                _EPSILONS,
                errors,
                marker,
                color=palette.YOURS,
                mec=palette.INK,
                mew=0.6,
                ms=4.5,
                label=say("your {name}", name=name),
            )
    axes.legend(loc="upper center", ncols=2, bbox_to_anchor=(0.47, 1.02))

    here = axes.axvline(1, ymax=0.86, color=palette.GREY, lw=1, ls=":")  # up to the legend
    dots = [axes.plot([], [], "o", color=colour, mec=palette.INK, ms=9)[0] for _, _, colour, _ in methods]
    told = canvas.caption(600, 322)
    canvas.moving(here, *dots)

    def draw(values: Mapping[str, float]) -> Sequence[str]:
        epsilon = values["epsilon"]
        here.set_xdata([epsilon, epsilon])
        lines = [
            say("L(θ) = exp(θ) at θ = 1,"),
            say("true slope e = {true:.10f}", true=_TRUE),
            "",
            f"ε = {epsilon:.1e}",
        ]
        for dot, (name, method, _, _) in zip(dots, methods, strict=True):
            error = _error(method, epsilon)
            slope = float(method(_loss, _THETA.copy(), epsilon=epsilon)[0])
            dot.set_data([epsilon], [error])
            lines += ["", f"{name}: {slope:.10f}", say("  relative error {error:.1e}", error=error)]
        told.set_text("\n".join([*lines, "", _verdict(epsilon)]))
        return attempts.notes

    controls = [
        Slider("epsilon", "ε", 1e-15, 0.1, 1e-2, 0.1, logarithmic=True, meaning=say("width of the finite difference")),
    ]
    shown = say("Relative error of forward and central differences against epsilon: two V shapes on logarithmic axes.")
    return Explorer(canvas, controls, draw, alternative=shown)


def _verdict(epsilon: float) -> str:
    if epsilon > 1e-4:
        return say("Too wide: the curve bends\nwithin ε.")
    if epsilon < 1e-9:
        return say("Too narrow: the difference\nis lost in rounding.")
    return say("About right: both errors\nare small.")
