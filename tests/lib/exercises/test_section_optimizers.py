"""Section 3 as a whole: what the notebook claims, what grading withholds, and what runs behind the pictures."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine_room import exercises, optimizers, surfaces
from machine_room.checks.run import VISIBLE_SEED, run_check
from machine_room.explore.optimizers import digits_sweep
from machine_room.explore.optimizers.momentum import _factor
from machine_room.explore.optimizers.recipes import (
    BETA,
    BETA1,
    BETA2,
    EPSILON,
    RECIPES,
    WEIGHT_DECAY,
    Recipe,
    walk,
    walk_of_yours,
)
from machine_room.explore.student import Attempts
from machine_room.layers import Dense
from machine_room.network import Network

NOTEBOOK = (Path(__file__).parents[3] / "course" / "03-optimizers" / "optimizers.md").read_text()
RELEASED = (Path(__file__).parents[3] / "release" / "03-optimizers" / "optimizers.ipynb").read_text(encoding="utf-8")
SECTION = exercises.of_assignment("03-optimizers")
each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
each_handed_in = pytest.mark.parametrize("recipe", RECIPES[1:], ids=lambda recipe: recipe.name)


def test_the_notebook_asks_for_the_exercises_in_their_order_and_its_table_adds_up() -> None:
    asked = re.findall(r":role: check\n:exercise: (\w+)\n:points: (\d+)", NOTEBOOK)
    assert [name for name, _ in asked] == [exercise.name for exercise in SECTION]
    total = int(re.findall(r"(\d+) points", RELEASED)[0])
    assert sum(int(points) for _, points in asked) == total
    rows = re.findall(r"^\| (`.*`) \| ([\d +]+) \|$", NOTEBOOK, re.MULTILINE)
    table: dict[str, str] = {}
    for names, points in rows:
        table |= dict(zip(re.findall(r"`(\w+)`", names), points.split(" + "), strict=True))
    assert table == dict(asked)


def test_the_usual_settings_would_hide_four_in_ten_of_the_wrong_adams() -> None:
    exercise = exercises.find("adam_step")
    usual = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-14}
    state = np.array([2.0, -1.0, 0.5]), np.array([1.0, -0.9, 1.2]), np.zeros(3), np.zeros(3)

    def theta_after(step: Callable[..., Any]) -> Any:
        with np.errstate(all="ignore"):
            return step(*(array.copy() for array in state), 1, **usual)[0]

    expected = theta_after(exercise.reference)
    unseen = [wrong for wrong in exercise.mistakes if np.allclose(theta_after(wrong.function), expected)]
    assert len(unseen) >= 0.4 * len(exercise.mistakes)
    for wrong in unseen:
        assert run_check(exercise, wrong.function, seed=VISIBLE_SEED).mistake == wrong.name


# --- numbers that the notebook states


@pytest.mark.parametrize(("rate", "beta", "steps"), [(2 / 101, 0.0, 115), ((2 / 11) ** 2, (9 / 11) ** 2, 12)])
def test_at_a_condition_number_of_100_the_best_rates_need_so_many_steps(rate: float, beta: float, steps: int) -> None:
    factors = [float(_factor(curvature, rate, beta)) for curvature in (1.0, 100.0)]
    assert -1 / np.log10(max(factors)) == pytest.approx(steps, abs=0.6)
    assert str(steps) in NOTEBOOK


@pytest.mark.parametrize("curvature", [1.0, 20.0])
@pytest.mark.parametrize("beta", [0.0, 0.5, 0.9])
def test_momentum_shrinks_at_the_factor_of_the_map_and_diverges_beyond_its_limit(curvature: float, beta: float) -> None:
    surface = surfaces.bowl(condition=curvature)
    for share in (0.3, 0.97, 1.03):
        rate = share * (2 + 2 * beta) / curvature
        theta, m, sizes = np.array([0.0, 1.0]), np.zeros(2), []
        for _ in range(400):
            gradient = surface.gradient(theta)
            theta, m = optimizers.momentum_step(theta, gradient, m, learning_rate=rate, beta=beta)
            sizes.append(np.hypot(theta[1], m[1]))
        factor = float(_factor(curvature, rate, beta))
        assert (factor < 1) == (share < 1)
        assert (sizes[-1] / sizes[199]) ** (1 / 200) == pytest.approx(factor, rel=0.02)


def test_without_correction_adams_first_step_is_so_much_too_long() -> None:
    for corrects_m, corrects_s, times in ((False, False, 3.16), (True, False, 31.6), (True, True, 1.0)):
        m, s = (0.1, 0.001)
        m, s = m / (0.1 if corrects_m else 1), s / (0.001 if corrects_s else 1)
        assert m / np.sqrt(s) == pytest.approx(times, rel=2e-3)
        assert times == 1 or str(times) in NOTEBOOK


# --- what runs behind the pictures


def pure_steps() -> dict[str, Callable[..., Any]]:
    return {recipe.function: getattr(optimizers, recipe.function) for recipe in RECIPES if recipe.function}


@each_handed_in
def test_the_librarys_walk_is_that_of_the_pure_step(recipe: Recipe) -> None:
    surface = surfaces.rosenbrock()
    start, attempts = np.array(surface.start), Attempts()
    ours = walk(recipe, surface.gradient, start[:, None], np.array([0.001]), 40)[:, :, 0]
    yours = walk_of_yours(recipe, pure_steps()[recipe.function], surface.gradient, start, 0.001, 40, attempts)
    assert attempts.notes == []
    assert yours is not None
    np.testing.assert_allclose(yours, ours, rtol=1e-9)


@each_recipe
def test_many_rates_at_once_walk_as_each_alone(recipe: Recipe) -> None:
    surface, rates = surfaces.bowl(), np.array([0.01, 0.05, 0.1])
    start = np.array(surface.start)
    together = walk(recipe, surface.gradient, np.repeat(start[:, None], 3, axis=1), rates, 30)
    for k, rate in enumerate(rates):
        alone = walk(recipe, surface.gradient, start[:, None], np.array([rate]), 30)
        np.testing.assert_allclose(together[:, :, k], alone[:, :, 0], rtol=1e-12)


@each_recipe
def test_the_recipes_are_the_librarys_classes(recipe: Recipe) -> None:
    settings = {"Momentum": {"beta": BETA}, "NAG": {"beta": BETA}, "AdaGrad": {"epsilon": EPSILON}}
    settings["RMSProp"] = {"beta": BETA, "epsilon": EPSILON}
    settings |= {name: {"beta1": BETA1, "beta2": BETA2, "epsilon": EPSILON} for name in ("Adam", "Nadam")}
    settings["AdamW"] = {**settings["Adam"], "weight_decay": WEIGHT_DECAY}
    make = type(optimizers.get(recipe.name))
    optimizer = make(0.01, **settings.get(recipe.name, {}))
    surface = surfaces.bowl()
    theta = np.array(surface.start)
    points = walk(recipe, surface.gradient, theta[:, None], np.array([0.01]), 20)[:, :, 0]
    for point in points[1:]:
        optimizer.update(theta, surface.gradient(optimizer.lookahead(theta)))
        np.testing.assert_allclose(theta, point, rtol=1e-12)


def test_the_gradient_of_many_networks_is_that_of_each() -> None:
    data, rng = digits_sweep.digits(), np.random.default_rng(0)
    thetas = data.theta + 0.1 * rng.normal(size=(3, len(data.theta)))
    batch = data.batches[0]
    together = digits_sweep.gradients(thetas, data.x[batch], data.labels[batch])
    layers = [Dense(digits_sweep.HIDDEN, activation="relu"), Dense(digits_sweep.CLASSES)]
    net = Network(layers, inputs=digits_sweep.INPUTS, loss="cross_entropy")
    for theta, gradient in zip(thetas, together, strict=True):
        net.theta = theta
        np.testing.assert_allclose(gradient, net.gradient(data.x[batch, :-1], data.labels[batch]), atol=1e-12)
