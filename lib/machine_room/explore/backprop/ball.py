"""Gradient descent as a ball on a surface."""

from collections.abc import Mapping, Sequence

import numpy as np

from machine_room.arguments import Array
from machine_room.explore import palette
from machine_room.explore.canvas import Canvas
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from machine_room.optimizers import gradient_descent_step
from machine_room.translation import say

_STEPS = 60
_FAR = 50.0
_TILT, _CURVATURE = 0.15, 4.0
_LOWEST = -0.4068


def _loss(x: Array, y: Array) -> Array:
    """Two valleys, the left one deeper: x^4/4 - x^2/2 + 0.15 x + 2 y^2, lifted so that its lowest point is about 0."""
    return x**4 / 4 - x**2 / 2 + _TILT * x + _CURVATURE * y**2 / 2 - _LOWEST


def _gradient(theta: Array) -> Array:
    x, y = theta
    return np.array([x**3 - x + _TILT, _CURVATURE * y])


def _path(start: Array, learning_rate: float, steps: int) -> Array:
    """Return the points from start on, at most steps + 1; fewer where the ball leaves the surface."""
    points = [start]
    for _ in range(steps):
        if np.abs(points[-1]).max() > _FAR:
            break
        points.append(gradient_descent_step(points[-1], _gradient(points[-1]), learning_rate=learning_rate))
    return np.array(points)


def _told(path: Array, losses: Array) -> str:
    slope = float(np.linalg.norm(_gradient(path[-1])))
    if np.abs(path[-1]).max() > 2.5:
        return say("The ball jumps out of the valley:\nthe learning rate is too large.")
    if slope < 1e-2:
        valley = "deep" if losses[-1] < 0.1 else "shallow"
        return say("The gradient is about 0: the ball lies\nstill, in the {valley} valley.", valley=valley)
    turns = np.diff(path[:, 1])
    if len(turns) > 2 and turns[-1] * turns[-2] < 0 and abs(turns[-1]) > 0.002:
        return say("Each step jumps across the valley:\nthe learning rate is large.")
    return say("Still rolling: more steps, or\na larger learning rate.")


def ball_on_surface() -> Explorer:
    """Return the picture of gradient descent on a surface with two valleys: the path, and the loss after each step.

    Sliders: learning_rate, steps, start_x, start_y.

    Source: lecture section 1, theta_new = theta_old - eta * gradient.
    """
    canvas = Canvas(say("Where does the ball come to rest, and how fast?"), (880, 380))
    surface = canvas.axes(
        66, 46, 428, 282, xlim=(-2.1, 2.1), ylim=(-1.6, 1.6), xlabel=say("parameter θ₁"), ylabel=say("parameter θ₂")
    )
    surface.grid(False)
    x, y = np.meshgrid(np.linspace(-2.1, 2.1, 120), np.linspace(-1.6, 1.6, 90))
    levels = np.concatenate([[-0.05], np.geomspace(0.03, 8, palette.SURFACE_LEVELS)])
    surface.contourf(x, y, _loss(x, y), levels=levels, colors=palette.surface_colours(), extend="max")
    surface.set_title(say("the loss, seen from above: pale is low"))
    (trail,) = surface.plot([], [], "-o", color=palette.INK, lw=1.2, ms=3.2, mfc=palette.PAPER, mew=0.9)
    (start,) = surface.plot([], [], "s", color=palette.PAPER, mec=palette.INK, ms=7, mew=1.4)
    (ball,) = surface.plot([], [], "o", color=palette.BALL, mec=palette.PAPER, ms=12, mew=1.5)

    curve = canvas.axes(
        570, 118, 285, 210, xlim=(0, _STEPS), ylim=(1e-4, 30), yscale="log", xlabel=say("step"), ylabel=say("loss"),
    )  # fmt: skip
    curve.set_title(say("the loss after each step"))
    (line,) = curve.plot([], [], color=palette.FORWARD)
    (now,) = curve.plot([], [], "o", color=palette.BALL, ms=8, mec=palette.PAPER)
    told = canvas.caption(560, 70)
    canvas.moving(trail, start, ball, line, now)

    def draw(values: Mapping[str, float]) -> Sequence[str]:
        path = _path(np.array([values["start_x"], values["start_y"]]), values["learning_rate"], int(values["steps"]))
        losses = _loss(*path.T)
        trail.set_data(*path.T)
        start.set_data(*path[:1].T)
        ball.set_data(*path[-1:].T)
        line.set_data(np.arange(len(path)), losses)
        now.set_data([len(path) - 1], losses[-1:])
        told.set_text(
            say(
                "loss {losses:.3g} → {losses2:.3g} after {count} steps.\n{told}",
                losses=losses[0],
                losses2=losses[-1],
                count=len(path) - 1,
                told=_told(path, losses),
            )
        )
        return ()

    controls = [
        Slider("learning_rate", "η", 1e-3, 1.0, 0.05, 0.05, logarithmic=True, meaning=say("learning rate"), column=0),
        Slider("steps", say("steps"), 0, _STEPS, 25, 1, whole=True, meaning=say("number of steps"), column=0),
        Slider(
            "start_x",
            say("start θ₁"),
            -2.0,
            2.0,
            1.8,
            0.05,
            meaning=say("where the ball starts, parameter 1"),
            column=1,
        ),
        Slider(
            "start_y",
            say("start θ₂"),
            -1.5,
            1.5,
            1.2,
            0.05,
            meaning=say("where the ball starts, parameter 2"),
            column=1,
        ),
    ]
    shown = say("Path of gradient descent over the contours of a loss with two valleys, and the loss after each step.")
    return Explorer(canvas, controls, draw, alternative=shown)
