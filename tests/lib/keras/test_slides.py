"""Every snippet of code on the slides runs, with only the import changed; the ellipses of the slides are filled in."""

from typing import Any

import numpy as np
import pytest

import machine_room
from machine_room import Dense, datasets, tf
from machine_room.keras import Sequential
from machine_room.keras.callbacks import EarlyStopping
from machine_room.keras.optimizers import SGD

# lecture/slides.txt, section by section; "lr scheduler" and "exp decay fn" are underscores lost in the text layer.
LAYERS = """
layer = Dense(100, activation="relu", kernel_initializer="he_normal")
layer = Dense(100, activation="swish", kernel_initializer="he_normal")
"""
POWER = """
optimizer = SGD(learning_rate=0.01, decay=1e-4)
"""
EXPONENTIAL = """
def exp_decay_fn(epoch):
    return 0.01 * 0.1 ** (epoch/20)
lr_scheduler = tf.keras.callbacks.LearningRateScheduler(exp_decay_fn)
history = model.fit(*data, epochs=3, callbacks = [lr_scheduler])
"""
PIECEWISE = """
def piece_fn(epoch):
    if epoch < 1:
        return 0.01
    elif epoch < 2:
        return 0.005
    return 0.001
lr_scheduler = tf.keras.callbacks.LearningRateScheduler(piece_fn)
history = model.fit(*data, epochs=3, callbacks = [lr_scheduler])
"""
PERFORMANCE = """
lr_scheduler = tf.keras.callbacks.ReduceLROnPlateau(factor = 0.5, patience = 5)
history = model.fit(*data, epochs=3, validation_data=validation, callbacks = [lr_scheduler])
"""
EARLY_STOPPING = """
early_stopping_cb = EarlyStopping(monitor='val_loss', patience=5)
history = model.fit(*data, epochs=3, validation_data=validation, callbacks = [early_stopping_cb])
"""


@pytest.fixture
def names() -> Any:
    x, y = datasets.digits()
    rng = np.random.default_rng(0)
    model = Sequential([Dense(16, activation="relu"), Dense(10, activation="softmax")], rng=rng)
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return {
        "Dense": Dense,
        "EarlyStopping": EarlyStopping,
        "SGD": SGD,
        "data": (x[:200], y[:200]),
        "model": model,
        "tf": tf,
        "validation": (x[200:300], y[200:300]),
    }


def test_the_layers_of_the_recommendation(names: Any) -> None:
    exec(LAYERS, names)
    assert names["layer"].activation_name == "swish"
    assert names["layer"].parameter_count(64) == 6500


def test_power_scheduling_halves_the_rate_after_ten_thousand_steps(names: Any) -> None:
    exec(POWER, names)
    names["optimizer"].iterations = 10_000
    assert names["optimizer"].learning_rate == 0.005


@pytest.mark.parametrize(
    ("snippet", "rates"),
    [(EXPONENTIAL, [0.01 * 0.1 ** (epoch / 20) for epoch in range(3)]), (PIECEWISE, [0.01, 0.005, 0.001])],
    ids=["exponential", "piecewise constant"],
)
def test_a_schedule_by_epoch_sets_the_rates(names: Any, snippet: str, rates: list[Any]) -> None:
    exec(snippet, names)
    assert names["history"].history["learning_rate"] == rates


@pytest.mark.parametrize("snippet", [PERFORMANCE, EARLY_STOPPING], ids=["performance", "early stopping"])
def test_a_callback_watches_the_validation_loss(names: Any, snippet: str) -> None:
    exec(snippet, names)
    history = names["history"].history
    assert len(history["val_loss"]) == 3
    assert history["val_loss"][-1] < history["val_loss"][0]


def test_all_of_it_is_also_in_the_library_without_kerass_names() -> None:
    for name in ("Dense", "SGD", "LearningRateScheduler", "ReduceLROnPlateau", "EarlyStopping"):
        assert callable(getattr(machine_room, name))
