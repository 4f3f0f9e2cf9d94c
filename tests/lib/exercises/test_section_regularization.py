"""Section 5 as a whole: the numbers that the notebook states, and early stopping as a function and as a callback."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from machine_room import exercises
from machine_room.callbacks import EarlyStopping
from machine_room.explore.regularization import early_stop, few_digits_run, moons_run
from machine_room.regularizers import dropout_forward
from machine_room.stopping import descend_with_early_stopping, early_stopping
from tests.moons import moons, near_zero, unseen_right

NOTEBOOK = (Path(__file__).parents[3] / "course" / "05-regularization" / "regularization.md").read_text()
RELEASED = (Path(__file__).parents[3] / "release" / "05-regularization" / "regularization.ipynb").read_text(
    encoding="utf-8"
)
SECTION = exercises.of_assignment("05-regularization")
WAYS = {way.name.split(",")[0]: way for way in few_digits_run.WAYS}


def test_the_notebook_asks_for_the_exercises_in_their_order_and_its_table_adds_up() -> None:
    asked = re.findall(r":role: check\n:exercise: (\w+)\n:points: (\d+)", NOTEBOOK)
    assert [name for name, _ in asked] == [exercise.name for exercise in SECTION]
    total = re.search(r"(\d+) points", RELEASED)
    assert total is not None
    assert sum(int(points) for _, points in asked) == int(total.group(1))
    table: dict[str, str] = {}
    for names, points in re.findall(r"^\| (`.*`) \| ([\d +]+) \|$", NOTEBOOK, re.MULTILINE):
        table |= dict(zip(re.findall(r"`(\w+)`", names), points.split(" + "), strict=True))
    assert table == dict(asked)


def test_the_moons_are_sixty_examples_for_1842_parameters() -> None:
    (x, _), _ = moons_run.moons()
    assert len(x) == 60
    assert moons().network.theta.size == 1842


def test_the_validation_loss_of_the_moons_turns_at_epoch_17_and_rises_while_the_training_loss_falls() -> None:
    run = moons()
    turn = int(run.validation.argmin())
    assert turn == pytest.approx(17, abs=3)
    assert run.training[-1] == pytest.approx(0.06, abs=0.005)
    assert run.validation[-1] == pytest.approx(0.6, abs=0.01)
    smoothed = np.convolve(run.training, np.ones(20) / 20, "valid")
    assert (np.diff(smoothed) < 0).all()


def test_the_share_read_right_hardly_moves_while_the_validation_loss_rises() -> None:
    stopped, run = moons(patience=5), moons()
    assert stopped.validation[stopped.kept] < run.validation[-1] - 0.2
    assert abs(unseen_right(stopped) - unseen_right(run)) < 0.03


def test_l2_shrinks_the_largest_weight_and_keeps_the_validation_loss_down() -> None:
    run = moons(l2=0.003)
    assert np.abs(moons().weights).max() == pytest.approx(1.4, abs=0.05)
    assert np.abs(run.weights).max() == pytest.approx(1.0, abs=0.05)
    assert run.validation[-1] == run.validation.min() == pytest.approx(0.33, abs=0.01)


def test_l1_leaves_nine_of_ten_weights_near_0_and_l2_does_not() -> None:
    run = moons(l1=0.001)
    assert near_zero(run) > 0.9
    assert run.validation[-1] == pytest.approx(0.52, abs=0.01)
    assert np.abs(run.weights).max() == pytest.approx(np.abs(moons().weights).max(), abs=0.05)
    assert near_zero(moons(l2=0.003)) < 0.3


@pytest.mark.parametrize("setting", [{"l1": 0.006}, {"l2": 0.03}], ids=["L1", "L2"])
def test_with_far_too_much_of_a_penalty_the_training_loss_stays_high(setting: dict[str, float]) -> None:
    assert moons(**setting).training[-1] > 4 * moons().training[-1]


def test_dropout_hampers_learning_by_heart_and_the_validation_loss_rises_all_the_same() -> None:
    run = moons(rate=0.5)
    assert run.training[-1] == pytest.approx(0.16, abs=0.01)
    assert run.validation[-1] > moons().validation[-1] > run.validation.min() + 0.1
    # Both curves are measured with all neurons there: after the first epoch the training loss is the lower one.
    assert (run.training[1:] < run.validation[1:]).all()


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_dropout_keeps_the_mean_and_adds_p_through_1_minus_p_of_the_squares(rate: float) -> None:
    terms = np.linspace(-1, 2, 50)
    y, _ = dropout_forward(np.tile(terms, (20_000, 1)), rate=rate, rng=np.random.default_rng(0))
    sums = y.sum(axis=1)
    variance = rate / (1 - rate) * (terms**2).sum()
    assert sums.mean() == pytest.approx(terms.sum(), abs=5 * math.sqrt(variance / len(sums)))
    assert sums.var() == pytest.approx(variance, rel=0.05)


def test_on_100_digits_every_kind_reads_its_training_digits_and_early_stopping_needs_half_the_time() -> None:
    results = {
        name: [few_digits_run.train(way, 100, 80, seed) for seed in few_digits_run.SEEDS] for name, way in WAYS.items()
    }
    assert all(result.wrong_seen == 0 for runs in results.values() for result in runs)
    means = {name: float(np.mean([result.wrong for result in runs])) for name, runs in results.items()}
    assert all(8 <= mean <= 10 for mean in means.values())
    assert means["early stopping"] == pytest.approx(means["none"], abs=0.3)
    assert all(result.epochs < 80 / 2 for result in results["early stopping"])


def test_more_digits_beat_every_regularization_and_then_dropout_helps_most() -> None:
    best = min(few_digits_run.train(way, 100, 80, seed).wrong for way in WAYS.values() for seed in few_digits_run.SEEDS)
    four_hundred = {
        name: [few_digits_run.train(WAYS[name], 400, 80, seed).wrong for seed in few_digits_run.SEEDS]
        for name in ("none", "dropout", "max-norm", "L2")
    }
    assert max(four_hundred["none"]) < best
    assert max(four_hundred["dropout"]) < min(four_hundred["none"])
    assert all(np.mean(four_hundred[name]) > np.mean(four_hundred["none"]) + 0.3 for name in ("L2", "max-norm"))
    assert np.mean(four_hundred["none"]) == pytest.approx(4.7, abs=0.3)
    assert np.mean(four_hundred["dropout"]) == pytest.approx(3.6, abs=0.3)


class _Recorded:
    """A model whose parameters are the number of the epoch, for a callback to watch."""

    def __init__(self) -> None:
        self.theta = np.zeros(1)
        self.stop_training = False


def watched(losses: list[float], *, patience: int, min_delta: float, restore: bool = True) -> tuple[int, float]:
    """Return the last epoch that ran under the callback, and the parameters it leaves: the number of their epoch."""
    model = _Recorded()
    callback = EarlyStopping(patience=patience, min_delta=min_delta, restore_best_weights=restore)
    callback.model = model  # type: ignore[assignment]
    callback.on_train_begin({})
    for epoch, loss in enumerate(losses):
        model.theta[:] = epoch
        callback.on_epoch_end(epoch, {"val_loss": loss})
        if model.stop_training:
            break
    callback.on_train_end({})
    return epoch, float(model.theta[0])


def curves(seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    curve = (3 + np.cumsum(rng.normal(-0.05, 0.3, size=40))).round(1)
    curve[rng.random(40) < 0.1] = np.nan
    return [2.0, *curve.tolist()]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("patience", "min_delta"), [(1, 0.0), (3, 0.0), (5, 0.25), (50, 0.0)])
def test_the_function_stops_and_goes_back_where_the_callback_does(seed: int, patience: int, min_delta: float) -> None:
    losses = curves(seed)
    assert early_stopping(losses, patience=patience, min_delta=min_delta) == watched(
        losses, patience=patience, min_delta=min_delta
    )


def test_without_restore_best_weights_the_last_parameters_are_left() -> None:
    losses = [3.0, 1.0, 2.0, 2.5, 3.0]
    assert watched(losses, patience=2, min_delta=0.0) == (3, 1.0)
    assert watched(losses, patience=2, min_delta=0.0, restore=False) == (3, 3.0)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("patience", [1, 3, 50])
def test_the_descent_stops_and_goes_back_as_the_function_does_on_its_losses(seed: int, patience: int) -> None:
    losses = curves(seed)
    # Every step adds 1 to theta, so that theta counts the steps and looks up its loss.
    best, steps = descend_with_early_stopping(
        np.array([0.0]),
        lambda theta: -np.ones(1),
        lambda theta: losses[round(float(theta[0]))],
        learning_rate=1.0,
        patience=patience,
        max_steps=len(losses) - 1,
    )
    assert (steps, best[0]) == early_stopping(losses, patience=patience)


@pytest.mark.parametrize(("patience", "stop", "best"), [(2, 14, 12), (4, 16, 12), (5, 25, 20), (32, 52, 20)])
def test_patience_5_finds_the_lowest_epoch_of_the_picture_and_more_patience_finds_nothing_else(
    patience: int, stop: int, best: int
) -> None:
    _, losses = early_stop._recorded()
    assert early_stopping(losses.tolist(), patience=patience) == (stop, best)
    assert int(losses.argmin()) == 20


def test_with_a_min_delta_of_0_02_a_patience_of_5_goes_back_to_epoch_11() -> None:
    _, losses = early_stop._recorded()
    assert early_stopping(losses.tolist(), patience=5, min_delta=0.02) == (16, 11)
