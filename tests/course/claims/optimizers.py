"""What notebook 3 claims."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from machine_room import Dense, Network, datasets, optimizers, surfaces
from machine_room.explore.optimizers import decay, digits_sweep, rates
from machine_room.explore.optimizers.look_ahead import _gradient_at, _loss, _path
from machine_room.explore.optimizers.momentum import _factor
from machine_room.explore.optimizers.race_run import RATES, SURFACES, Sweep, arrival, sweep
from machine_room.explore.optimizers.recipes import RECIPES
from tests.course.claims.registry import claim, near

TEXT = (Path(__file__).parents[3] / "course" / "03-optimizers" / "optimizers.md").read_text(encoding="utf-8")
NAMES = tuple(recipe.name for recipe in RECIPES)
BOWLS = ("bowl 100", "bowl 20", "turned bowl 100")
ADAM: dict[str, Any] = {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-7}


def walked(surface: str, name: str) -> Sweep:
    return sweep(surface, RECIPES[NAMES.index(name)])


def steps(surface: str) -> dict[str, float]:
    """Return after how many steps each arrives at its best rate."""
    return {name: float(walked(surface, name).arrived[walked(surface, name).best]) for name in NAMES}


def factor_at_best(beta: float, rate: float, condition: float = 100.0) -> float:
    return float(np.maximum(_factor(1.0, rate, beta), _factor(condition, rate, beta)))


# --- the long bowl, momentum and Nesterov


@claim("limit-of-gradient-descent")
def beyond_two_over_the_steepness_every_step_jumps_farther() -> None:
    found = walked("bowl 100", "SGD")
    steep = np.abs(found.points[:40, 1])  # across the valley, whose steepness is 100
    assert (np.diff(steep[:, RATES < 0.0199], axis=0) <= 0).all()
    farther = np.diff(steep[:, RATES > 0.0201], axis=0)
    assert (farther[np.isfinite(farther)] > 0).all()


@claim("the-best-rate-needs-115-steps")
def gradient_descent_at_its_best_rate_needs_115_steps() -> None:
    best = min(factor_at_best(0.0, rate) for rate in np.linspace(0.01, 0.02, 20001))
    near(-1 / np.log10(best), 115, 0.6)


@claim("twelve-steps-instead-of-115")
def momentum_at_its_best_needs_12() -> None:
    grid = [factor_at_best(beta, rate) for beta in np.linspace(0.5, 0.8, 61) for rate in np.linspace(0.02, 0.05, 121)]
    near(-1 / np.log10(min(grid)), 12, 0.6)


@claim("tip-of-the-map")
def the_tip_lies_near_0_03_and_0_7() -> None:
    grid = [(factor_at_best(beta, rate), rate, beta) for beta in np.linspace(0, 0.95, 96) for rate in RATES]
    _, rate, beta = min(grid)
    near(float(rate), 0.03, 0.006)
    near(float(beta), 0.7, 0.06)


@claim("momentum-holds-longer")
def momentum_holds_until_2_plus_2_beta() -> None:
    for beta in (0.0, 0.5, 0.9):
        assert _factor(1.0, 0.999 * (2 + 2 * beta), beta) < 1 < _factor(1.0, 1.001 * (2 + 2 * beta), beta)


@claim("final-length-of-momentum")
def momentum_becomes_ten_steps_long() -> None:
    theta, m = np.zeros(1), np.zeros(1)
    for _ in range(300):
        theta, m = optimizers.momentum_step(theta, np.array([2.0]), m, learning_rate=0.1, beta=0.9)
    near(float(m[0]), -0.1 * 2 / (1 - 0.9), 1e-9)
    near(float(m[0] / (-0.1 * 2)), 10, 1e-9)


@claim("momentum-as-an-average")
def as_an_average_it_is_the_same_path_at_another_rate() -> None:
    rng = np.random.default_rng(0)
    theta, m, other, average = np.ones(3), np.zeros(3), np.ones(3), np.zeros(3)
    for _ in range(20):
        gradient = rng.normal(size=3)
        theta, m = optimizers.momentum_step(theta, gradient, m, learning_rate=0.01, beta=0.9)
        average = 0.9 * average + (1 - 0.9) * gradient
        other = other - 0.01 / (1 - 0.9) * average
        np.testing.assert_allclose(theta, other)


@claim("a-nesterov-step-may-be-worse")
def a_single_step_of_nesterov_may_come_out_worse() -> None:
    points, momenta = _path(0.06, 0.8, nesterov=False)
    worse = 0
    for theta, m in zip(points[:30], momenta[:30], strict=True):
        look = theta + 0.8 * m
        plain, ahead = (float(_loss((look - 0.06 * _gradient_at(at))[None])[0]) for at in (theta, look))
        worse += ahead > plain
    assert 0 < worse < 30


def down(rate: float, *, nesterov: bool) -> float:
    """Return the step from which on a hundredth of the loss is left, in the notebook's picture."""
    losses = _loss(_path(rate, 0.8, nesterov=nesterov)[0])
    return float(arrival(losses[:, None] * np.where(losses[:, None] > 1e-2 * losses[0], 1, 1e-3))[0])


@claim("nesterov-is-down-sooner")
def at_these_rates_nesterov_is_down_in_less_than_half_the_steps() -> None:
    for rate in (0.04, 0.06, 0.1, 0.15):
        assert down(rate, nesterov=True) < 0.5 * down(rate, nesterov=False)


@claim("nesterov-diverges-first")
def at_0_2_momentum_arrives_and_nesterov_flies_away() -> None:
    plain, ahead = (_loss(_path(0.2, 0.8, nesterov=trick)[0]) for trick in (False, True))
    assert plain[-1] < 0.01 * plain[0]
    assert ahead[-1] > 1e6 * ahead[0]


@claim("limit-of-nesterov")
def nesterov_holds_until_less_than_gradient_descent() -> None:
    def last(product: float, beta: float) -> float:
        theta, m = np.ones(1), np.zeros(1)
        for _ in range(3000):
            theta, m = optimizers.nesterov_step(theta, lambda at: at, m, learning_rate=product, beta=beta)
        return abs(float(theta[0]))

    for beta in (0.5, 0.8, 0.9):
        limit = (2 + 2 * beta) / (1 + 2 * beta)
        assert last(0.99 * limit, beta) < 1e-3
        assert last(1.01 * limit, beta) > 1e3
        assert limit < 2 < 2 + 2 * beta


# --- adaptive rates, Adam


@claim("first-step-of-adagrad")
def adagrads_first_step_is_as_long_as_the_rate_in_every_direction() -> None:
    gradient = np.array([0.02, -3.0, 500.0])
    theta, _ = optimizers.adagrad_step(np.zeros(3), gradient, np.zeros(3), learning_rate=0.1, epsilon=1e-12)
    np.testing.assert_allclose(np.abs(theta), 0.1)


@claim("adagrad-grows-tired")
def the_hundredth_step_is_a_tenth_of_the_first() -> None:
    theta, s, lengths = np.zeros(1), np.zeros(1), []
    for _ in range(100):
        after, s = optimizers.adagrad_step(theta, np.array([3.0]), s, learning_rate=0.1, epsilon=1e-12)
        lengths.append(abs(float((after - theta)[0])))
        theta = after
    np.testing.assert_allclose(lengths, 0.1 / np.sqrt(np.arange(1, 101)))


def effective(beta: float | None) -> tuple[Any, Any, float]:
    """Return the two own rates over time in the picture, the points, and eta; AdaGrad's where beta is None."""
    picture = rates.effective_rates()
    rate, condition = float(picture.values["learning_rate"]), float(picture.values["condition"])
    kept = None if beta is None else float(picture.values["beta"])
    picture.close()
    found = rates._walk(np.array([1.0, condition]), rate, kept)
    return found.own_rates(rate), found.points, rate


@claim("rates-that-rise-again")
def adagrads_rates_only_fall_and_rmsprops_rise_again() -> None:
    assert (np.diff(effective(None)[0], axis=0) <= 0).all()
    rmsprop, _, _ = effective(0.9)
    assert (rmsprop.max(axis=0) > 10 * rmsprop.min(axis=0)).all()
    assert (rmsprop.argmax(axis=0) > rmsprop.argmin(axis=0)).all()


@claim("rmsprop-jumps-out")
def one_late_step_of_rmsprop_is_three_times_as_long_as_its_rate() -> None:
    _, points, rate = effective(0.9)
    late = np.abs(np.diff(points, axis=0))[20:]
    near(float(late.max() / rate), 3, 0.3)


@claim("first-step-of-adam")
def adams_first_step_without_and_with_corrections() -> None:
    for corrects_m, corrects_s, times in ((False, False, 3.16), (True, False, 31.6), (True, True, 1.0)):
        m, s = 0.1 / (0.1 if corrects_m else 1), 0.001 / (0.001 if corrects_s else 1)
        near(m / np.sqrt(s), times, 2e-3 * times)
    gradient = np.array([0.3, -7.0])
    theta, _, _ = optimizers.adam_step(np.zeros(2), gradient, np.zeros(2), np.zeros(2), 1, learning_rate=0.1, **ADAM)
    np.testing.assert_allclose(np.abs(theta), 0.1, rtol=1e-5)


@claim("three-places-of-epsilon")
def where_epsilon_stands_hardly_matters_unless_gradients_are_tiny() -> None:
    def places(gradient: float) -> tuple[float, float, float]:
        epsilon, m, s = 1e-7, gradient, gradient**2
        correction = 1 - 0.999
        uncorrected = m / (np.sqrt(s * correction) + epsilon) * np.sqrt(correction)
        return m / np.sqrt(s + epsilon), m / (np.sqrt(s) + epsilon), uncorrected

    assert np.ptp(places(0.1)) < 1e-4
    assert np.ptp(places(1e-5)) > 0.1


@claim("your-adam-reads")
def the_training_loop_of_the_notebook_reads_as_it_says() -> None:
    assert abs(read_with_adam(0.1) - 96) < 1.5
    assert all(read_with_adam(rate) < 25 for rate in (0.3, 1.0))


@cache
def read_with_adam(rate: float) -> float:
    """Return how many of 100 unseen digits are read after the notebook's own training loop."""
    rng = np.random.default_rng(0)
    train, unseen = datasets.train_validation_split(*datasets.digits(), rng=rng)
    net = Network([Dense(32, activation="relu"), Dense(10)], inputs=64, loss="cross_entropy", rng=rng)
    m, s, t = np.zeros_like(net.theta), np.zeros_like(net.theta), 0
    for _ in range(5):
        for batch in np.array_split(rng.permutation(len(train[0])), 45):
            t += 1
            gradient = net.gradient(train[0][batch], train[1][batch])
            net.theta, m, s = optimizers.adam_step(net.theta, gradient, m, s, t, learning_rate=rate, **ADAM)
    return 100 * float(np.mean(net.predict(unseen[0]).argmax(axis=1) == unseen[1]))


@claim("first-steps-of-rmsprop-and-nadam")
def first_steps_of_rmsprop_nadam_and_adam() -> None:
    theta, slope, zero = np.zeros(1), np.array([-3.0]), np.zeros(1)
    rmsprop, _ = optimizers.rmsprop_step(theta, slope, zero, learning_rate=0.1, beta=0.999, epsilon=1e-16)
    near(float(rmsprop[0]) / 0.1, 32, 0.5)
    usual: dict[str, Any] = {"learning_rate": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-16}
    for step, stated in ((optimizers.nadam_step, 1.47), (optimizers.adam_step, 1.0)):
        near(float(step(theta, slope, zero, zero, 1, **usual)[0][0]) / 0.1, stated, 0.005)


# --- weight decay


@claim("l2-is-decay-without-adam")
def with_plain_gradient_descent_l2_is_weight_decay() -> None:
    theta, gradient = np.array([1.0, -2.0]), np.array([0.3, 0.4])
    decayed = optimizers.weight_decay_step(theta, learning_rate=0.1, weight_decay=0.5)
    np.testing.assert_allclose(theta - 0.1 * (gradient + 0.5 * theta), decayed - 0.1 * gradient)


@claim("adamw-treats-both-alike")
def with_l2_the_weight_with_large_gradients_hardly_decays() -> None:
    picture = decay.decay_against_l2()
    values = picture.values
    picture.close()
    last = decay._weights(values["learning_rate"], values["weight_decay"], 100.0)[-1]
    small, large, small_w, large_w = last.tolist()
    assert large > 1 - 0.1 * (1 - small)
    near(small_w, large_w, 0.02)


# --- the race


@claim("sgd-is-last-on-the-long-bowl")
def on_the_long_bowl_sgd_is_last() -> None:
    found = steps("bowl 100")
    assert max(found, key=found.__getitem__) == "SGD"
    assert (found["SGD"], found["Adam"]) == (115, 51)


@claim("sgd-beats-adam-on-the-short-bowl")
def on_the_short_bowl_sgd_beats_adam() -> None:
    found = steps("bowl 20")
    assert (found["SGD"], found["Adam"]) == (31, 52)


@claim("adagrad-is-first-on-the-bowl")
def adagrad_is_first_on_the_bowl() -> None:
    found = steps("bowl 100")
    assert min(found, key=found.__getitem__) == "AdaGrad"
    assert found["AdaGrad"] == 3


@claim("adagrad-dislikes-the-turned-bowl")
def turned_the_bowl_is_long_for_adagrad_too() -> None:
    plain, turned = steps("bowl 100"), steps("turned bowl 100")
    assert 100 < turned["AdaGrad"] < 120
    assert all(plain[name] == turned[name] for name in ("SGD", "Momentum", "NAG"))
    assert min(turned, key=turned.__getitem__) == "NAG"


@claim("who-arrives-in-the-bent-valley")
def momentum_is_first_in_the_bent_valley_and_four_do_not_arrive() -> None:
    found = steps("Rosenbrock")
    assert min(found, key=found.__getitem__) == "Momentum"
    assert {name for name in NAMES if np.isinf(found[name])} == {"SGD", "AdaGrad", "RMSProp", "AdamW"}


@claim("adaptive-ones-turn-off")
def on_the_saddle_the_adaptive_ones_turn_off_at_once() -> None:
    left = {}
    for name in NAMES:
        found = walked("saddle", name)
        left[name] = int(np.argmax(np.abs(found.points[:, 1, found.best]) > 0.3))
    assert max(left[name] for name in ("AdaGrad", "RMSProp", "Adam", "Nadam", "AdamW")) < min(
        left[name] for name in ("SGD", "Momentum", "NAG")
    )


@claim("adam-is-first-nowhere")
def adam_is_first_on_no_surface() -> None:
    assert all(min(found, key=found.__getitem__) != "Adam" for found in map(steps, SURFACES))


@claim("adam-is-picky-in-the-bent-valley")
def in_the_bent_valley_adams_bar_is_short() -> None:
    assert walked("Rosenbrock", "Adam").width <= walked("Rosenbrock", "Momentum").width < 3


@claim("nag-is-ahead-of-momentum")
def nag_is_ahead_of_momentum_but_for_the_bent_valley() -> None:
    ahead = {name for name in SURFACES if steps(name)["NAG"] < steps(name)["Momentum"]}
    assert ahead == set(SURFACES) - {"Rosenbrock"}


@claim("nadam-is-ahead-of-adam")
def nadam_is_ahead_of_adam_on_the_bowls() -> None:
    assert all(steps(name)["Nadam"] < steps(name)["Adam"] for name in BOWLS)


@claim("adam-wins-as-it-stands")
def on_the_bowl_of_the_practice_adam_beats_nag() -> None:
    source = re.search(r"\nfrom machine_room import surfaces\n.*?(?=try:)", TEXT, re.DOTALL)
    assert source is not None
    cell: dict[str, Any] = {"np": np, "nesterov_step": optimizers.nesterov_step, "adam_step": optimizers.adam_step}
    with np.errstate(all="ignore"):
        exec(source[0], cell)
        assert cell["steps_needed"](cell["adam"]) < cell["steps_needed"](cell["nag"])
        cell["surface"] = surfaces.bowl(condition=20)  # and there is a bowl as it is asked for
        assert cell["steps_needed"](cell["nag"]) < 0.5 * cell["steps_needed"](cell["adam"])


# --- the digits


@cache
def digits(epochs: int, rate: float | None = None) -> dict[str, float]:
    """Return each optimizer's loss, at its best rate or at one for all."""
    place = None if rate is None else int(np.argmin(np.abs(digits_sweep.RATES - rate)))
    return {
        name: float(np.nanmin(trained.losses[epochs]) if place is None else trained.losses[epochs, place])
        for name, trained in digits_sweep.sweep(lambda share: None).items()
    }


def ranked(losses: dict[str, float]) -> list[str]:
    return sorted(losses, key=losses.__getitem__)


@claim("two-unfair-races")
def at_a_thousandth_four_read_and_at_a_tenth_nag_is_first() -> None:
    slow = digits(digits_sweep.EPOCHS, 0.001)
    assert {name for name, loss in slow.items() if loss < 1} == {"RMSProp", "Adam", "Nadam", "AdamW"}
    assert ranked(digits(digits_sweep.EPOCHS, 0.1))[0] == "NAG"


@claim("after-one-epoch")
def after_one_epoch_those_with_momentum_lead() -> None:
    first = digits(1)
    with_momentum = {"Momentum", "NAG", "Adam", "Nadam", "AdamW"}
    assert {name for name, loss in first.items() if loss < 0.3} == with_momentum
    assert all(loss > 0.4 for name, loss in first.items() if name not in with_momentum)


@claim("sgd-is-fourth-on-digits")
def after_six_epochs_sgd_is_fourth_and_adamw_seventh() -> None:
    order = ranked(digits(digits_sweep.EPOCHS))
    assert (order.index("SGD"), order.index("AdamW")) == (3, 6)
    sgd = digits_sweep.sweep(lambda share: None)["SGD"].losses[-1]
    near(float(digits_sweep.RATES[np.nanargmin(sgd)]), 1.0, 1e-9)


@claim("adagrad-reads-98")
def adagrad_reads_98_as_the_best_do() -> None:
    read = {}
    for name, trained in digits_sweep.sweep(lambda share: None).items():
        read[name] = 100 * float(trained.accuracies[-1, np.nanargmin(trained.losses[-1])])
    near(read["AdaGrad"], 98, 0.5)
    assert max(read.values()) < read["AdaGrad"] + 0.5
