"""What notebook 5 claims."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from machine_room import keras, optimizers, regularizers
from machine_room.callbacks import EarlyStopping
from machine_room.explore.optimizers import decay
from machine_room.explore.regularization import early_stop, few_digits_run, moons_run
from machine_room.regularizers import max_norm
from machine_room.stopping import early_stopping
from tests.course.claims.registry import claim, near
from tests.moons import loss_where_wrong, moons, near_zero, unseen_right


@claim("max-norm-keeps-directions")
def only_longer_columns_end_on_the_circle_and_all_keep_their_direction() -> None:
    weights = np.random.default_rng(0).normal(size=(2, 20))
    for limit in (0.5, 1.0, 2.0):
        limited, lengths = max_norm(weights, limit=limit), np.linalg.norm(weights, axis=0)
        now = np.linalg.norm(limited, axis=0)
        np.testing.assert_allclose(now, np.minimum(lengths, limit))
        np.testing.assert_allclose(limited / now, weights / lengths)


@claim("moons-parameters")
def there_are_1842_parameters_for_60_examples() -> None:
    (x, _), _ = moons_run.moons()
    assert (len(x), moons().network.theta.size) == (60, 1842)


@claim("moons-training-falls")
def the_training_loss_falls_and_falls() -> None:
    near(float(moons().training[-1]), 0.06, 0.005)
    assert (np.diff(np.convolve(moons().training, np.ones(20) / 20, "valid")) < 0).all()


@claim("moons-turn")
def the_validation_loss_turns_at_epoch_17() -> None:
    near(float(moons().validation.argmin()), 17, 1)
    near(float(moons().validation[-1]), 0.6, 0.01)


@claim("moons-share-hardly-moves")
def the_share_that_is_right_hardly_moves() -> None:
    assert abs(unseen_right(moons(patience=5)) - unseen_right(moons())) < 0.03
    assert moons().validation[-1] > moons().validation.min() + 0.2


@claim("wrong-ones-cost-more")
def it_is_not_wrong_more_often_and_a_wrong_one_costs_more() -> None:
    assert unseen_right(moons()) >= unseen_right(moons(patience=5))
    near(loss_where_wrong(moons(patience=5)), 1.7, 0.1)
    near(loss_where_wrong(moons()), 4.7, 0.2)


@claim("l2-on-the-moons")
def l2_shrinks_weights_and_keeps_the_validation_loss_down() -> None:
    run = moons(l2=0.003)
    near(float(np.abs(moons().weights).max()), 1.4, 0.05)
    near(float(np.abs(run.weights).max()), 1.0, 0.05)
    near(float(run.validation[-1]), 0.33, 0.005)
    assert run.validation[-1] == run.validation.min()


@claim("l1-on-the-moons")
def l1_leaves_nine_of_ten_weights_near_0() -> None:
    run = moons(l1=0.001)
    near(float(run.validation[-1]), 0.52, 0.01)
    assert near_zero(run) > 0.89
    near(float(np.abs(run.weights).max() / np.abs(moons().weights).max()), 1, 0.05)


@claim("too-much-penalty")
def with_far_too_much_the_training_loss_stays_high() -> None:
    for run in (moons(l2=0.03), moons(l1=0.006)):
        assert run.training[-1] > 4 * moons().training[-1]


@claim("pulls-of-l1-and-l2")
def l2_pulls_in_proportion_and_l1_all_alike() -> None:
    weights = np.array([2.0, 1.0, 0.001])
    np.testing.assert_allclose(regularizers.l2_gradient(weights, strength=0.5), [2, 1, 0.001])
    np.testing.assert_allclose(regularizers.l1_gradient(weights, strength=0.5), [0.5, 0.5, 0.5])


def best_point(target: Any, curvature: Any, *, l1: float = 0.0, l2: float = 0.0) -> Any:
    """Return the lowest point of a bowl with a penalty, weight by weight, by looking at all of a fine grid."""
    grid = np.linspace(-3, 3, 600_001)
    losses = [
        c * (grid - t) ** 2 / 2 + l1 * np.abs(grid) + l2 * grid**2 for t, c in zip(target, curvature, strict=True)
    ]
    return np.array([grid[loss.argmin()] for loss in losses])


@claim("l1-selects")
def l2_makes_weights_smaller_and_l1_makes_some_0() -> None:
    target, curvature = (1.5, 0.4), (1.0, 1.0)
    smaller = best_point(target, curvature, l2=0.5)
    assert (np.abs(smaller) < np.abs(target)).all()
    assert (np.abs(smaller) > 0.1).all()
    assert (np.abs(best_point(target, curvature, l1=0.5)) > 1e-4).tolist() == [True, False]


@claim("factor-of-l2")
def pytorchs_weight_decay_has_no_factor_2() -> None:
    import torch

    weight = torch.nn.Parameter(torch.tensor([3.0], dtype=torch.float64))
    weight.grad = torch.zeros(1, dtype=torch.float64)
    torch.optim.SGD([weight], lr=1.0, weight_decay=0.1).step()
    near(3 - float(weight.detach()[0]), 0.1 * 3, 1e-12)
    near(float(regularizers.l2_gradient(np.array([3.0]), strength=0.1)[0]), 2 * 0.1 * 3, 1e-12)


@claim("variance-of-dropout")
def dropout_keeps_the_mean_and_adds_variance() -> None:
    terms = np.linspace(-1, 2, 50)
    for rate, factor in ((0.5, 1), (0.9, 9)):
        near(rate / (1 - rate), factor, 1e-9)
        rng = np.random.default_rng(0)
        y, _ = regularizers.dropout_forward(np.tile(terms, (20_000, 1)), rate=rate, rng=rng)
        sums, variance = y.sum(axis=1), factor * float((terms**2).sum())
        near(float(sums.mean()), float(terms.sum()), 5 * float(np.sqrt(variance / len(sums))))
        near(float(sums.var()) / variance, 1, 0.05)


@claim("dropout-on-the-moons")
def dropout_hampers_learning_by_heart_and_the_validation_loss_rises_all_the_same() -> None:
    run = moons(rate=0.5)
    near(float(run.training[-1]), 0.16, 0.01)
    assert run.validation[-1] > moons().validation[-1]
    assert run.validation[-1] > run.validation.min() + 0.1


# --- early stopping


@claim("patience-on-the-curve")
def a_patience_of_2_stops_too_early_and_5_finds_the_best() -> None:
    losses = early_stop._recorded()[1].tolist()
    found = {patience: early_stopping(losses, patience=patience) for patience in (2, 3, 4, 5, 32)}
    assert found[2][0] == 14
    assert all(found[patience][1] < 20 for patience in (2, 3, 4))
    assert found[5][1] == found[32][1] == int(np.argmin(losses)) == 20
    assert found[32][0] - found[5][0] == 27


@claim("min-delta-on-the-curve")
def with_a_min_delta_of_0_02_it_goes_back_to_epoch_11() -> None:
    assert early_stopping(early_stop._recorded()[1].tolist(), patience=5, min_delta=0.02)[1] == 11


class _Model:
    """What a callback sees of a network: its parameters are the number of the epoch."""

    def __init__(self) -> None:
        self.theta, self.stop_training = np.zeros(1), False


def left_by(callback: Any) -> float:
    model = _Model()
    callback.model = model
    callback.on_train_begin({})
    for epoch, loss in enumerate([3.0, 1.0, 2.0, 2.0, 2.0]):
        model.theta[:] = epoch
        callback.on_epoch_end(epoch, {"val_loss": loss})
    callback.on_train_end({})
    return float(model.theta[0])


@claim("who-restores-the-best")
def ours_restores_the_best_and_the_keras_one_on_demand() -> None:
    assert left_by(EarlyStopping(patience=2)) == 1
    assert trained_with_keras({}) != trained_with_keras({"restore_best_weights": True})


def trained_with_keras(settings: dict[str, Any]) -> float:
    """Return the validation loss of what is left of a network whose loss rises after its first epochs."""
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(30, 6)), rng.integers(0, 2, 30)
    model = keras.Sequential(
        [keras.layers.Input(shape=(6,)), keras.layers.Dense(20, "relu"), keras.layers.Dense(2, "softmax")],
        rng=np.random.default_rng(0),
    )
    model.compile(optimizer=keras.optimizers.SGD(0.5), loss="sparse_categorical_crossentropy")
    stopping = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, **settings)
    data = (x[20:], labels[20:])
    history = model.fit(x[:20], labels[:20], epochs=40, validation_data=data, callbacks=[stopping], verbose=0)
    assert history.history["val_loss"][-1] > min(history.history["val_loss"])
    kept = model.evaluate(*data, verbose=0)
    assert isinstance(kept, float)
    wanted = min(history.history["val_loss"]) if settings else history.history["val_loss"][-1]
    near(kept, float(wanted), 1e-9)
    return kept


# --- with Adam, and on the digits


@claim("l2-inside-adam")
def inside_adam_l2_hardly_touches_a_weight_with_large_gradients() -> None:
    picture = decay.decay_against_l2()
    values = picture.values
    picture.close()
    small, large, _, _ = decay._weights(values["learning_rate"], values["weight_decay"], 100.0)[-1].tolist()
    assert 1 - large < 0.1 * (1 - small)


@claim("small-gradients-shrink-alike")
def with_gradients_of_size_1_both_shrink_alike() -> None:
    picture = decay.decay_against_l2()
    values = picture.values
    picture.close()
    small, _, small_w, _ = decay._weights(values["learning_rate"], values["weight_decay"], 100.0)[-1].tolist()
    assert small < 0.9
    near(small / small_w, 1, 0.03)


@claim("plain-descent-shrinks-by-one-factor")
def with_plain_gradient_descent_every_weight_shrinks_by_one_factor() -> None:
    weights = np.array([3.0, -0.1, 40.0])
    after = weights - 0.1 * regularizers.l2_gradient(weights, strength=0.2)
    np.testing.assert_allclose(after / weights, 1 - 0.1 * 2 * 0.2)


@claim("adamw-shrinks-by-one-factor")
def adamw_shrinks_all_weights_by_one_factor() -> None:
    theta = np.array([3.0, -0.1, 40.0])
    decayed = optimizers.weight_decay_step(theta, learning_rate=0.1, weight_decay=0.3)
    np.testing.assert_allclose(decayed / theta, 0.97)


@cache
def results(examples: int, name: str) -> tuple[few_digits_run.Result, ...]:
    way = next(way for way in few_digits_run.WAYS if way.name.startswith(name))
    return tuple(few_digits_run.train(way, examples, 80, seed) for seed in few_digits_run.SEEDS)


def wrong(examples: int, name: str) -> float:
    return float(np.mean([result.wrong for result in results(examples, name)]))


KINDS = tuple(way.name for way in few_digits_run.WAYS)


@claim("hundred-digits")
def every_kind_reads_its_training_digits_and_8_to_10_of_the_others_wrong() -> None:
    for name in KINDS:
        assert all(result.wrong_seen == 0 for result in results(100, name))
        assert 7.9 <= wrong(100, name) <= 10.1


@claim("kinds-gain-as-much-as-a-seed")
def no_kind_gains_more_than_seeds_lie_apart() -> None:
    gains = [wrong(100, "none") - wrong(100, name) for name in KINDS if name != "none"]
    apart = [float(np.ptp([result.wrong for result in results(100, name)])) for name in KINDS]
    assert all(0 <= gain < 1 for gain in gains)
    assert max(gains) <= max(apart)


@claim("early-stopping-saves-time")
def early_stopping_gains_no_digits_and_takes_less_than_half_the_time() -> None:
    near(wrong(100, "early stopping"), wrong(100, "none"), 0.3)
    assert all(result.epochs < 80 / 2 for result in results(100, "early stopping"))


@claim("early-stopping-reads-as-many")
def early_stopping_reads_as_many_as_the_others() -> None:
    assert all(abs(wrong(100, "early stopping") - wrong(100, name)) < 2 for name in KINDS)
    assert wrong(100, "early stopping") >= min(wrong(100, name) for name in KINDS)


@claim("more-data-beats-all")
def with_400_digits_no_regularization_reads_more_than_any_with_100() -> None:
    best = min(result.wrong for name in KINDS for result in results(100, name))
    assert max(result.wrong for result in results(400, "none")) < best


@claim("dropout-on-400")
def with_400_digits_only_dropout_helps() -> None:
    near(wrong(400, "none"), 4.7, 0.1)
    near(wrong(400, "dropout"), 3.6, 0.1)
    none = [result.wrong for result in results(400, "none")]
    luckless = {name for name in KINDS if max(result.wrong for result in results(400, name)) < min(none)}
    assert luckless == {"dropout, p = 0.5"}


@claim("l2-on-400")
def with_400_digits_l2_and_max_norm_do_harm() -> None:
    assert all(wrong(400, name) > wrong(400, "none") + 0.3 for name in ("L2", "max-norm"))
