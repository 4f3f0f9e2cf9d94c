"""The lecture's network as a computational graph: values forward, gradients backward, and the step."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from machine_room import worked_network as reference
from machine_room.arguments import Array, Function
from machine_room.explore.backprop.graph_picture import GraphPicture, Pass
from machine_room.explore.backprop.lecture import LECTURE_X, LECTURE_Y, PARAMETERS, SYMBOLS, THETA
from machine_room.explore.controls import Button, Slider
from machine_room.explore.explorer import Explorer
from machine_room.explore.student import Attempts
from machine_room.optimizers import gradient_descent_step
from machine_room.translation import say

_FORWARD = ("z1", "h1", "z2", "h2", "yhat")
_BACKWARD = ("dyhat", "dh1", "dh2", "dz1", "dz2")
#: Past this a parameter is of no use to anybody, and its number fits no box.
_FAR = 1e4
_HISTORY = 30


def worked_network(forward_221: Function | None = None, backward_221: Function | None = None) -> Explorer:
    """Return the picture of the lecture's 2-2-1 network: every value forward, every gradient backward.

    Args:
        forward_221: the student's; its numbers are shown, and marked where they differ from the reference.
        backward_221: the student's, likewise.

    Sliders: x1, x2, y, the nine parameters w11, w21, b1, w12, w22, b2 and v1, v2, c (layer 2), learning_rate.
    Buttons: step, reset.

    Source: lecture section 1, the worked network and its step with eta = 0.002.
    """
    picture = GraphPicture()
    passes = partial(_passes, forward_221, backward_221)
    history: list[float] = []
    left_by_step: dict[str, float] = {}

    def draw(values: Mapping[str, float]) -> Sequence[str]:
        theta, x, y = _network(values)
        attempts = Attempts()
        result = passes(theta, x, y, attempts)
        if {name: values[name] for name in left_by_step} != left_by_step:
            history.clear()
            left_by_step.clear()
        picture.draw(theta, x, y, result, values["learning_rate"], history)
        return attempts.notes

    def step(values: Mapping[str, float]) -> Mapping[str, float]:
        theta, x, y = _network(values)
        result = passes(theta, x, y, Attempts())
        after = gradient_descent_step(theta, result.gradient, learning_rate=values["learning_rate"])
        if not np.isfinite(after).all() or np.abs(after).max() > _FAR:
            return {}
        if not history:
            history.append(result.loss)
        history.append(passes(after, x, y, Attempts()).loss)
        del history[:-_HISTORY]
        moved = dict(zip(PARAMETERS, after.tolist(), strict=True))
        left_by_step.update({**{name: values[name] for name in ("x1", "x2", "y")}, **moved})
        return moved

    def reset(values: Mapping[str, float]) -> Mapping[str, float]:
        history.clear()
        left_by_step.clear()
        return {slider.name: slider.start for slider in controls}

    controls = _sliders()
    buttons = [
        Button("step", say("step"), step, say("one step of gradient descent: theta becomes theta - eta * gradient")),
        Button("reset", say("reset"), reset, say("back to the slide's numbers")),
    ]
    shown = say("The 2-2-1 network as a graph: values in blue run forward, gradients in vermillion run backward.")
    return Explorer(picture.canvas, controls, draw, buttons=buttons, alternative=shown)


def _sliders() -> list[Slider]:
    sliders = [
        Slider("x1", "x₁", -6, 6, LECTURE_X[0], 0.5, meaning=say("input 1"), column=0),
        Slider("x2", "x₂", -6, 6, LECTURE_X[1], 0.5, meaning=say("input 2"), column=0),
        Slider("y", "y", -12, 12, LECTURE_Y, 0.5, meaning=say("target"), column=0),
    ]
    units = (say("unit 1 of layer 1"), say("unit 2 of layer 1"), say("the output unit"))
    for place, (name, symbol, start) in enumerate(zip(PARAMETERS, SYMBOLS, THETA.tolist(), strict=True)):
        kind = say("bias") if place % 3 == 2 else say("weight {place}", place=place % 3 + 1)
        unit = place // 3
        low, high = (-12, 12) if name == "b2" else (-6, 6)
        sliders.append(
            Slider(
                name,
                symbol,
                low,
                high,
                start,
                0.1,
                meaning=say("{kind} of {units}", kind=kind, units=units[unit]),
                column=1 + unit,
            )
        )
    rate = Slider(
        "learning_rate", "η", 1e-4, 0.1, 0.002, 0.02, logarithmic=True, meaning=say("learning rate"), column=0
    )
    return [*sliders[:3], rate, *sliders[3:]]


def _network(values: Mapping[str, float]) -> tuple[Array, Array, float]:
    theta = np.array([values[name] for name in PARAMETERS], dtype=float)
    return theta, np.array([values["x1"], values["x2"]], dtype=float), float(values["y"])


def _passes(
    forward: Function | None,
    backward: Function | None,
    theta: Array,
    x: Array,
    y: float,
    attempts: Attempts,
) -> Pass:
    """Run both passes with the student's functions where they work, and mark what differs from the reference."""
    values: dict[str, float] = {**reference.forward_221(theta, x)}
    back = reference.backward_221(theta, x, y)
    gradient = np.asarray(back.pop("gradient"), dtype=float)
    values |= {name: float(number) for name, number in back.items() if not isinstance(number, np.ndarray)}
    expected, expected_gradient = dict(values), gradient
    if forward is not None:
        values |= _numbers(attempts, "forward_221", forward, _FORWARD, theta.copy(), x.copy())[0]
    if backward is not None:
        found, own = _numbers(attempts, "backward_221", backward, _BACKWARD, theta.copy(), x.copy(), y)
        values |= found
        gradient = gradient if own is None else own
    off = ~np.isclose([values[name] for name in expected], list(expected.values()), rtol=1e-7, atol=1e-9)
    wrong = {name for name, differs in zip(expected, off, strict=True) if differs}
    wrong_entries = ~np.isclose(gradient, expected_gradient, rtol=1e-7, atol=1e-9)
    error = values["yhat"] - y
    # Not error**2: of a float too large that raises, where the product is inf.
    return Pass(values, gradient, expected, expected_gradient, wrong, wrong_entries, error * error)


def _numbers(
    attempts: Attempts, name: str, function: Function, keys: Sequence[str], *args: Any
) -> tuple[dict[str, float], Array | None]:
    """Return the numbers under keys of the student's answer, and its gradient; nothing where one is no number."""
    is_backward = "dyhat" in keys
    asked = [*keys, "gradient"] if is_backward else keys
    answer = attempts.call(name, function, *args, keys=asked)
    if answer is None:
        return {}, None
    found = {}
    for key in keys:
        number = attempts.call(f"{name}: {key}", lambda key=key: answer[key], shape=())
        if number is None:
            return {}, None
        found[key] = float(number)
    if not is_backward:
        return found, None
    gradient = attempts.call(say("{name}: gradient", name=name), lambda: answer["gradient"], shape=(len(PARAMETERS),))
    return ({}, None) if gradient is None else (found, gradient)
