"""The picture of a mistake: your curve over the expected one, for functions that work element by element."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room.checks import picture as picture_module
from machine_room.checks import run_check
from machine_room.checks.explain import picture
from machine_room.checks.picture import FLAT, HEIGHT, curves
from machine_room.exercises import all_exercises
from machine_room.exercises.answer import Elsewhere
from machine_room.exercises.exercise import VISIBLE_SEED, Exercise, Mistake

DRAWN = [exercise for exercise in all_exercises() if exercise.curve is not None]
MISTAKES = [(exercise, mistake) for exercise in DRAWN for mistake in exercise.mistakes]
MOST_BYTES = 1_700  # of one picture: a page of feedback has room for all of an assignment

SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "a line": lambda z: 2 * z,
    "a kink": lambda z: np.maximum(z, 0),
    "a jump": lambda z: np.sign(z),
    "a bend": lambda z: z**2,
    "a wave": lambda z: np.sin(3 * z),
    "a bell": lambda z: np.exp(-(z**2)),
    "noise": lambda z: np.random.default_rng(0).normal(size=z.size),
    "a gap": lambda z: np.where(abs(z) < 1, np.nan, z),
    "one number alone": lambda z: np.where(z == z[60], z, np.nan),
    "nothing": lambda z: z * np.nan,
}


class _There(Elsewhere):
    """A function of a student's, as grading has it: it can be called, and counts how often on so many numbers."""

    type_name = "function"

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.__name__, self.for_pictures = function, function.__name__, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.for_pictures += any(np.size(one) == 121 for one in args)
        return self.function(*args, **kwargs)


@pytest.mark.parametrize(("exercise", "mistake"), MISTAKES, ids=[f"{one.name}-{other.name}" for one, other in MISTAKES])
def test_a_known_mistake_is_drawn_in_grading_as_in_a_notebook_and_no_code_of_a_students_runs_for_it(
    exercise: Exercise, mistake: Mistake
) -> None:
    here = run_check(exercise, mistake.function, seed=VISIBLE_SEED)
    student = _There(mistake.function)
    there = run_check(exercise, student, seed=VISIBLE_SEED)
    if there.explain_by is None:  # all that there is to say is said
        assert _drawing(there.html) == _drawing(here.html)
    assert student.for_pictures == 0
    assert len(_drawing(here.html)) <= MOST_BYTES


def test_most_wrong_curves_are_seen_to_be_wrong() -> None:
    """Left are errors, what is wrong beyond the picture, and arguments that were changed."""
    drawn = [bool(_drawing(run_check(exercise, one.function, seed=VISIBLE_SEED).html)) for exercise, one in MISTAKES]
    assert sum(drawn) >= 0.75 * len(drawn)


@pytest.mark.parametrize("exercise", DRAWN, ids=lambda one: one.name)
def test_a_right_function_has_no_picture(exercise: Exercise) -> None:
    for case in exercise.draw(VISIBLE_SEED):
        for right in (exercise.reference, *exercise.variants):
            assert picture(exercise, right, case.kwargs) == ""


def test_the_settings_of_the_case_that_is_shown_are_those_of_the_picture() -> None:
    leaky = next(one for one in DRAWN if one.name == "leaky_relu")

    def leaky_relu(z: np.ndarray, *, alpha: float = 0.01) -> np.ndarray:
        return np.where(z > 0, z, 0.01 * z)

    shown = run_check(leaky, leaky_relu, seed=VISIBLE_SEED)
    (alpha,) = set(re.findall(r"alpha=([\d.]+)", shown.text))
    assert f"alpha={alpha}</text>" in _drawing(shown.html)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_curve_of_few_points_is_as_near_to_all_of_them_as_a_screen_shows(
    shape: Callable[[np.ndarray], np.ndarray],
) -> None:
    few, all_of_them = _lines(shape, FLAT), _lines(shape, 1e-9)
    assert sum(map(len, few)) <= sum(map(len, all_of_them))
    for short, whole in zip(few, all_of_them, strict=True):
        assert (short[0], short[-1]) == (whole[0], whole[-1])
        (xs, ys), (across, down) = zip(*short, strict=True), zip(*whole, strict=True)
        off = np.abs(np.interp(across, xs, ys) - down)
        steepest = np.abs(np.diff(down) / np.diff(across)).max(initial=0)
        assert off.max() <= FLAT + 0.1 * (1 + steepest)  # both are written to a tenth of a pixel, across and down
        assert 0 <= min(ys) <= max(ys) <= HEIGHT


def _lines(shape: Callable[[np.ndarray], np.ndarray], flat: float) -> list[list[tuple[float, float]]]:
    """The student's curve as it is drawn, piece by piece."""
    z = np.linspace(-3, 3, 121)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_module, "FLAT", flat)
        drawn = re.findall(r' d="([^"]*)"', curves(z, np.sin(z), shape(z), "z"))[1]
    pairs = [[point.split(",") for point in piece.split("L")] for piece in drawn.split("M")[1:]]
    return [[(float(x), float(y)) for x, y in piece] for piece in pairs]


def _drawing(html: str) -> str:
    return html[html.index("<svg") : html.index("</svg>")] if "<svg" in html else ""
