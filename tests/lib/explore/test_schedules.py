"""What the pictures on schedules work out: the noisy bowl, the steep walls, the plateau rule's training, the race."""

from typing import Any

import numpy as np
import pytest

from machine_room import explore, schedules
from machine_room.explore.schedules import digits_network, noisy_bowl, plateau_run, race_run, steep_walls
from machine_room.explore.student import Attempts


def falling(steps: int) -> np.ndarray:
    return np.array([schedules.power_schedule(t, learning_rate=0.8, s=10) for t in range(steps)])


def test_the_mean_loss_on_the_noisy_bowl_is_the_mean_of_many_runs() -> None:
    rates = falling(40)
    runs = np.mean([noisy_bowl.one_run(rates, seed) for seed in range(4000)], axis=0)
    assert noisy_bowl.mean_losses(rates[None])[0] == pytest.approx(runs, rel=0.08)


@pytest.mark.parametrize("rate", [0.02, 0.2, 1.0])
def test_a_constant_rate_ends_on_its_floor(rate: float) -> None:
    losses = noisy_bowl.mean_losses(np.full((1, 8000), rate))[0]
    assert losses[-1] == pytest.approx(noisy_bowl.floor(rate), rel=1e-6)


def test_the_floor_is_about_the_rate_times_the_noise_squared_over_four_for_each_parameter() -> None:
    estimate = 0.05 * noisy_bowl.NOISE**2 / 4 * len(noisy_bowl.CURVATURES)
    assert noisy_bowl.floor(0.05) == pytest.approx(estimate, rel=0.02)
    assert noisy_bowl.floor(0.025) == pytest.approx(noisy_bowl.floor(0.05) / 2, rel=0.02)


def test_balls_at_the_steep_wall_fly_out_above_the_largest_rate_only() -> None:
    limit = steep_walls.largest_rate(steep_walls.START)
    below, above = steep_walls.losses(np.array([[0.9 * limit] * 50, [1.1 * limit] * 50]))
    assert np.isfinite(below).all()
    assert np.isinf(above[-1]).all()


def test_a_warm_up_and_one_cycle_stand_rates_that_throw_every_ball_out_when_constant() -> None:
    rates = [
        [0.8] * 100,
        [schedules.warm_up_schedule(t, learning_rate=0.8, s=20) for t in range(100)],
        [schedules.one_cycle_schedule(t, total=100, max_rate=1.0) for t in range(100)],
    ]
    out = np.isinf(steep_walls.losses(np.array(rates))[:, -1]).sum(axis=1)
    assert out.tolist() == [steep_walls.BALLS, 0, 0]


def test_a_constant_rate_loses_its_first_balls_at_0_36_and_all_of_them_at_0_38() -> None:
    out = np.isinf(steep_walls.losses(np.array([[0.35] * 100, [0.36] * 100, [0.38] * 100]))[:, -1]).sum(axis=1)
    assert out[0] == 0 < out[1] < steep_walls.BALLS == out[2]


def test_at_their_best_the_three_schedules_of_the_designer_end_close_together_and_below_any_constant_rate() -> None:
    t = np.arange(150)

    def lowest(rates: list[np.ndarray]) -> float:
        return float(noisy_bowl.mean_losses(np.array(rates))[:, -1].min())

    starts, times, factors = np.geomspace(0.2, 1.5, 12), range(6, 151, 8), np.arange(0.05, 0.96, 0.1)
    power = [rate / (1 + t / s) ** c for rate in starts for s in times for c in np.arange(1, 3.1, 0.3)]
    exponential = [rate * factor ** (t / s) for rate in starts for s in times for factor in factors]
    piecewise = [
        rate * factor ** ((t >= s) + (t >= 3 * s).astype(int)) for rate in starts for s in times for factor in factors
    ]
    found = [lowest(power), lowest(exponential), lowest(piecewise)]
    assert found == sorted(found)
    assert all(0.011 < loss < 0.0145 for loss in found)
    assert lowest([np.full(150, rate) for rate in np.geomspace(0.005, 1.5, 200)]) == pytest.approx(0.031, abs=0.0005)


@pytest.mark.parametrize(
    ("settings", "error"),
    [({"patience": 1}, 0.047), ({"patience": 3}, 0.031), ({"patience": 12}, 0.073), ({"min_delta": 1.0}, 0.042)],
)
def test_the_error_of_the_plateau_picture_ends_where_the_notebook_says(settings: dict[str, Any], error: float) -> None:
    given: dict[str, Any] = {"patience": 3, "factor": 0.5, **settings}
    run = plateau_run.train(schedules.plateau_step, 1.0, plateau_run.EPOCHS, **given)
    assert run.errors[-1] == pytest.approx(error, abs=0.0006)


@pytest.mark.parametrize("patience", [2, 3, 4, 5])
def test_a_patience_of_2_to_5_leads_below_0_04(patience: int) -> None:
    run = plateau_run.train(schedules.plateau_step, 1.0, plateau_run.EPOCHS, patience=patience, factor=0.5)
    assert run.errors[-1] < 0.04


@pytest.mark.parametrize("settings", [{"patience": 3, "factor": 0.5}, {"patience": 1, "factor": 0.2, "cooldown": 4}])
def test_the_plateau_training_follows_its_rule(settings: dict[str, Any]) -> None:
    run = plateau_run.train(schedules.plateau_step, 1.0, 40, **settings)
    state, rates = schedules.plateau_start(1.0), [1.0]
    for error in run.errors:
        state = schedules.plateau_step(state, error, **settings)
        rates.append(state["learning_rate"])
    assert run.rates == rates
    assert rates[-1] < rates[0]


def test_the_button_of_the_plateau_picture_trains_one_epoch_and_stops_at_the_last() -> None:
    picture = explore.plateau_stepper()
    picture.press("restart")
    for epoch in (1, 2, 3):
        picture.press("next")
        assert picture.values["epoch"] == epoch
    for _ in range(9):
        picture.press("ten")
    assert picture.values["epoch"] == plateau_run.EPOCHS
    picture.close()


def test_every_schedule_of_the_race_sees_the_same_weights_and_batches() -> None:
    batches = [next(digits_network.batches(seed)).tolist() for seed in (0, 0, 1)]
    assert batches[0] == batches[1] != batches[2]
    setting = race_run.Setting(0.5, epochs=1)
    constant = np.full(setting.steps, setting.rate)
    rates = race_run.rates_by_formula("piecewise constant", race_run.Setting(0.5, epochs=4), None, Attempts())
    first = race_run.train(constant, lambda: None)
    assert rates[: setting.steps] == pytest.approx(constant)
    assert race_run.train_by_performance(setting, None, Attempts(), lambda: None).losses == pytest.approx(first.losses)


def test_the_students_rule_trains_the_race_where_it_works() -> None:
    setting, attempts = race_run.Setting(0.5, epochs=3), Attempts()

    def at_once(state: Any, metric: Any, **settings: Any) -> Any:
        return {**state, "learning_rate": state["learning_rate"] / 2}

    own = race_run.train_by_performance(setting, at_once, attempts, lambda: None)
    every = digits_network.steps_per_epoch()
    assert own.rates[::every] == pytest.approx([0.5, 0.25, 0.125])
    assert "plateau_step" in attempts.notes[0]


@pytest.mark.parametrize(("rate", "constant", "one_cycle"), [(0.5, 4, 2.3), (0.05, 6, 11.5)])
def test_performance_scheduling_reads_as_well_as_the_constant_rate(
    rate: float, constant: float, one_cycle: float
) -> None:
    setting = race_run.Setting(rate, epochs=12)
    steady = race_run.train(np.full(setting.steps, rate), lambda: None).wrong.mean()
    performance = race_run.train_by_performance(setting, None, Attempts(), lambda: None).wrong.mean()
    cycle = race_run.train(race_run.rates_by_formula("1cycle", setting, None, Attempts()), lambda: None).wrong.mean()
    assert steady == pytest.approx(constant, abs=0.3)
    assert performance == pytest.approx(constant, abs=0.3)
    assert cycle == pytest.approx(one_cycle, abs=0.5)
