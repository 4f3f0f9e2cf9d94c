"""Callbacks on a scripted training run: what they record, set, stop and restore."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from machine_room import callbacks
from machine_room.callbacks import EarlyStopping, EarlyStoppingState, early_stopping_step
from machine_room.optimizers import SGD


def train(metrics: Any, *watching: Any, optimizer: Any = None, monitor: str = "val_loss") -> Any:
    """Run callbacks over the given metrics; theta is the epoch. Returns the model and the rates used."""
    model = SimpleNamespace(theta=np.zeros(2), optimizer=optimizer or SGD(1.0), stop_training=False)
    rates = []
    for callback in watching:
        callback.set_model(model)
        callback.on_train_begin({})
    for epoch, metric in enumerate(metrics):
        for callback in watching:
            callback.on_epoch_begin(epoch, {})
        rates.append(model.optimizer.learning_rate)
        model.theta[:] = epoch
        logs = {"loss": 0.0, monitor: metric}
        for callback in watching:
            callback.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    for callback in watching:
        callback.on_train_end({})
    return model, rates


def test_history_records_every_metric_of_every_epoch_and_starts_anew() -> None:
    history = callbacks.History()
    for metrics in ([3, 2, 1], [0.5, 0.25]):
        train(metrics, history)
        assert history.history == {"loss": [0.0] * len(metrics), "val_loss": metrics}
        assert history.epoch == list(range(len(metrics)))


def test_the_slides_exponential_schedule_sets_the_rate_of_each_epoch() -> None:
    def exp_decay_fn(epoch: Any) -> Any:
        return 0.01 * 0.1 ** (epoch / 20)

    history = callbacks.History()
    _, rates = train([1] * 41, callbacks.LearningRateScheduler(exp_decay_fn), history)
    assert rates == [exp_decay_fn(epoch) for epoch in range(41)]
    assert rates[20] == pytest.approx(0.001)
    assert history.history["learning_rate"] == rates


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        (lambda epoch, rate: rate / 2, [0.5, 0.25, 0.125]),
        (lambda epoch, base=0.5: base, [0.5, 0.5, 0.5]),
    ],
    ids=["recurrence", "a default is not the rate"],
)
def test_a_scheduler_passes_the_rate_only_to_a_function_that_asks_for_it(
    schedule: Callable[..., Any], expected: list[Any]
) -> None:
    assert train([1, 1, 1], callbacks.LearningRateScheduler(schedule))[1] == expected


def test_reduce_on_plateau_lowers_the_rate_for_the_next_epoch_and_records_the_one_used() -> None:
    history = callbacks.History()
    reduce = callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
    _, rates = train([1, 1, 1, 1, 1], reduce, history)
    assert rates == [1, 1, 1, 0.5, 0.5]
    assert history.history["learning_rate"] == rates


def test_reduce_on_plateau_starts_anew_with_each_training() -> None:
    reduce = callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
    train([1, 1], reduce)
    assert train([5, 5, 5], reduce)[0].optimizer.learning_rate == 0.5
    assert train([5, 5], reduce)[0].optimizer.learning_rate == 1.0


def test_an_accuracy_is_to_rise() -> None:
    rising, falling = [0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]
    for metrics, stopped in ((rising, False), (falling, True)):
        stop = EarlyStopping(monitor="val_accuracy", patience=2)
        assert train(metrics, stop, monitor="val_accuracy")[0].stop_training is stopped


# metrics, settings -> the epoch training ends with, the epoch whose parameters are left; by hand
STOPS = {
    "patience 2": ([5, 4, 6, 7, 1], {"patience": 2}, 3, 1),
    "patience 0 is 1": ([5, 4, 6, 7, 1], {"patience": 0}, 2, 1),
    "one epoch never stops it": ([float("nan"), 4, 5, 6], {"patience": 1}, 2, 1),
    "never stopped, still restored": ([5, 4, 6], {"patience": 9}, 2, 1),
    "equal is not better": ([5, 5, 5], {"patience": 2}, 2, 0),
    "too little is not better": ([5, 4.9, 4.8, 4.7], {"patience": 2, "min_delta": 0.5}, 2, 0),
    "NaN is never better": ([5, float("nan"), float("nan")], {"patience": 2}, 2, 0),
    "not restored": ([5, 4, 6, 7, 1], {"patience": 2, "restore_best_weights": False}, 3, 3),
}


@pytest.mark.parametrize(("metrics", "settings", "last", "left"), STOPS.values(), ids=STOPS)
def test_early_stopping_stops_and_goes_back_to_the_best_epoch(
    metrics: list[Any], settings: dict[str, Any], last: int, left: int
) -> None:
    stop, history = EarlyStopping(**settings), callbacks.History()
    model, _ = train(metrics, stop, history)
    assert history.epoch[-1] == last
    np.testing.assert_array_equal(model.theta, left)
    assert stop.stopped_epoch == (last if model.stop_training else None)


def test_early_stopping_restores_into_the_networks_own_vector() -> None:
    stop = EarlyStopping(patience=1)
    model, _ = train([1, 2, 3], stop)
    assert model.theta is not stop.state.best_theta
    model.theta[:] = 99
    np.testing.assert_array_equal(stop.state.best_theta, 0)


def test_an_early_stopping_step_copies_the_parameters_and_leaves_its_state_alone() -> None:
    theta, before = np.array([1.0]), EarlyStoppingState()
    after = early_stopping_step(before, 0.5, theta)
    theta[:] = 2
    np.testing.assert_array_equal(after.best_theta, [1.0])
    assert (before.best, before.best_theta, before.wait) == (float("inf"), None, 0)


@pytest.mark.parametrize("callback", [EarlyStopping(), callbacks.ReduceLROnPlateau()], ids=lambda c: type(c).__name__)
def test_a_missing_metric_is_named_word_for_word(callback: Any) -> None:
    with pytest.raises(ValueError) as error:
        train([1], callback, monitor="mae")
    assert str(error.value) == (
        f"{type(callback).__name__} watches 'val_loss', but fit reports only loss, mae: "
        "give fit validation_data, or watch one of these"
    )


def test_reduce_on_plateau_refuses_a_schedule_word_for_word() -> None:
    with pytest.raises(ValueError) as error:
        train([1], callbacks.ReduceLROnPlateau(), optimizer=SGD(decay=1e-4))
    assert str(error.value) == (
        "ReduceLROnPlateau cannot be combined with a schedule, which would set the rate again: "
        "give the optimizer a number as learning_rate"
    )


def test_a_schedule_must_be_a_function() -> None:
    with pytest.raises(TypeError, match=r"schedule must be a function of the epoch, but it is 0\.1"):
        callbacks.LearningRateScheduler(0.1)  # type: ignore[arg-type] # a number
