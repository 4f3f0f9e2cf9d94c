"""A network of last week's carries over: Keras's names, order of arguments, defaults, and words for what is missing."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from machine_room import datasets, keras, tf
from machine_room.arguments import Array
from machine_room.losses import cross_entropy

X, LABELS = datasets.digits()


def small(*layers: Any, seed: int = 0) -> Any:
    return keras.Sequential(list(layers), rng=np.random.default_rng(seed))


LAST_WEEK = """
from machine_room import tf
from machine_room.keras import layers, Sequential
from machine_room.keras.utils import to_categorical

model = Sequential()
model.add(layers.Flatten(input_shape=(8, 8)))
model.add(layers.Dense(32, kernel_regularizer=tf.keras.regularizers.l2(1e-4)))
model.add(layers.LeakyReLU(0.1))
model.add(layers.Dropout(0.1))
model.add(layers.Dense(10, activation="softmax"))
model.compile(
    optimizer=tf.keras.optimizers.Adam(learning_rate=0.01, beta_1=0.9),
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
model.summary()
history = model.fit(
    images, to_categorical(labels), 32, 8, verbose=0, validation_split=0.2,
    callbacks=[tf.keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True)],
)
loss, accuracy = model.evaluate(images, to_categorical(labels), verbose=0)
probabilities = model.predict(images[:3])
"""


def test_a_keras_program_runs_with_its_imports_changed_and_learns(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {"images": X[:600].reshape(-1, 8, 8), "labels": LABELS[:600]}
    exec(LAST_WEEK, names)
    assert names["accuracy"] > 0.9
    assert set(names["history"].history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    np.testing.assert_allclose(names["probabilities"].sum(axis=1), 1)
    assert "2,410" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("loss", "targets"),
    [("sparse_categorical_crossentropy", LABELS[:5]), ("categorical_crossentropy", np.eye(10)[LABELS[:5]])],
)
def test_probabilities_and_logits_give_the_same_loss(loss: str, targets: Array) -> None:
    values = []
    for activation, from_logits in (("softmax", False), (None, True)):
        model = small(keras.Input(shape=(64,)), keras.layers.Dense(10, activation=activation))
        named = {
            "sparse_categorical_crossentropy": keras.losses.SparseCategoricalCrossentropy,
            "categorical_crossentropy": keras.losses.CategoricalCrossentropy,
        }
        model.compile("sgd", named[loss](from_logits=from_logits))
        values.append(model.evaluate(X[:5], targets))
    model = small(keras.Input(shape=(64,)), keras.layers.Dense(10))
    assert values[0] == values[1] == cross_entropy(model.forward(X[:5]), LABELS[:5])[0]


def test_mse_is_kerass_mean_over_outputs_too() -> None:
    model = small(keras.layers.Dense(2, input_dim=3))
    model.compile("sgd", "mse")
    y = np.ones((4, 2))
    assert model.evaluate(X[:4, :3], y) == pytest.approx(np.mean((model.predict(X[:4, :3]) - y) ** 2))


def test_evaluate_returns_what_keras_returns() -> None:
    model = small(keras.layers.Dense(10, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics="accuracy")
    values = model.evaluate(X, LABELS)
    assert isinstance(values, list)
    assert model.evaluate(X, LABELS, return_dict=True) == dict(zip(("loss", "accuracy"), values, strict=True))


def test_a_mean_squared_error_on_one_output_takes_a_flat_target() -> None:
    model = small(keras.layers.Dense(1, input_dim=64))
    model.compile("sgd", "mean_squared_error")
    assert model.evaluate(X[:4], LABELS[:4]) == pytest.approx(np.mean((model.predict(X[:4])[:, 0] - LABELS[:4]) ** 2))


def test_initializers_with_a_seed_repeat_themselves() -> None:
    one, other = (
        small(keras.layers.Dense(5, input_dim=3, kernel_initializer=keras.initializers.HeNormal(seed=7)), seed=seed)
        for seed in (1, 2)
    )
    np.testing.assert_array_equal(one.theta, other.theta)
    wide = small(keras.layers.Dense(500, input_dim=300, kernel_initializer=keras.initializers.RandomNormal(1, 0.5)))
    assert wide.layers[0].weights.mean() == pytest.approx(1, abs=0.01)
    assert wide.layers[0].weights.std() == pytest.approx(0.5, abs=0.01)


SCHEDULES = {
    "exponential": (keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5), 10, 0.05),
    "staircase": (keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5, staircase=True), 9, 0.1),
    "inverse time": (keras.optimizers.schedules.InverseTimeDecay(0.1, 10, 0.5), 20, 0.05),
    "the old value at a boundary": (keras.optimizers.schedules.PiecewiseConstantDecay([5], [1.0, 0.5]), 5, 1.0),
    "the new value after it": (keras.optimizers.schedules.PiecewiseConstantDecay([5], [1.0, 0.5]), 6, 0.5),
}


@pytest.mark.parametrize(("schedule", "step", "rate"), SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_by_step_are_kerass(schedule: Any, step: int, rate: float) -> None:
    assert schedule(step) == pytest.approx(rate)
    assert keras.optimizers.SGD(schedule).learning_rate == pytest.approx(schedule(0))


@pytest.mark.parametrize("name", ["Adagrad", "Adam", "AdamW", "Nadam", "RMSprop", "SGD"])
def test_every_optimizer_trains(name: str) -> None:
    model = small(keras.layers.Dense(10, activation="softmax"))
    model.compile(getattr(keras.optimizers, name)(learning_rate=0.05), "sparse_categorical_crossentropy")
    losses = model.fit(X[:300], LABELS[:300], epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]


MISSING = {
    "a layer": (
        lambda: keras.layers.Conv2D(32, (3, 3), activation="relu"),
        ValueError,
        "Conv2D is not in this course: leave the layer out",
    ),
    "a layer that Keras has not either": (
        lambda: keras.layers.Danse,
        AttributeError,
        "machine_room.keras.layers has no Danse: this course has Activation, Dense, Dropout, Flatten, Input, "
        "InputLayer, LeakyReLU, ReLU, Softmax",
    ),
    "a callback": (
        lambda: keras.callbacks.TensorBoard(),
        ValueError,
        "TensorBoard is not in this course: leave the callback out",
    ),
    "a model of its own class": (
        lambda: type("Mine", (keras.Model,), {}),
        ValueError,
        "Model is not in this course: list the layers, keras.Sequential([...])",
    ),
    "the functional API": (
        lambda: keras.layers.Dense(10)(keras.Input(shape=(64,))),
        TypeError,
        "layers are not called here, as in Keras's functional API: list them, "
        "keras.Sequential([keras.layers.Dense(...), ...])",
    ),
    "Keras's seed": (
        lambda: keras.utils.set_random_seed(42),
        ValueError,
        "set_random_seed is not in this course: seed the network, keras.Sequential([...], "
        "rng=np.random.default_rng(seed))",
    ),
    "TensorFlow's seed": (
        lambda: tf.random.set_seed(42),
        AttributeError,
        "machine_room.tf has no random, only keras: seed the network, keras.Sequential([...], "
        "rng=np.random.default_rng(seed))",
    ),
    "Keras's data": (
        lambda: keras.datasets.mnist,  # type: ignore[attr-defined] # it is missing
        AttributeError,
        "machine_room.keras has no datasets: this course has Input, Sequential, activations, callbacks, constraints, "
        "initializers, layers, losses, models, optimizers, regularizers, utils",
    ),
    "compile": (
        lambda: small(keras.layers.Dense(10, activation="softmax")).fit(X, LABELS),
        ValueError,
        "the model is not compiled: call model.compile(optimizer=..., loss=...) first",
    ),
    "a mode that the metric has not": (
        lambda: keras.callbacks.EarlyStopping("val_loss", mode="max"),
        ValueError,
        "mode must be 'auto' or 'min' for 'val_loss', but it is 'max'",
    ),
    "a loss": (
        lambda: small(keras.layers.Dense(1)).compile("sgd", "hinge"),
        ValueError,
        "unknown loss 'hinge': this course has sparse_categorical_crossentropy, categorical_crossentropy, "
        "mean_squared_error, mse",
    ),
    "a softmax": (
        lambda: small(keras.layers.Dense(10)).compile("sgd", "sparse_categorical_crossentropy"),
        ValueError,
        "sparse_categorical_crossentropy needs activation=\"softmax\" in the last layer, but that one's is 'linear': "
        "change it, or use the loss with from_logits=True",
    ),
    "a layer before compile": (
        lambda: keras.Sequential().compile("sgd", "mse"),
        ValueError,
        "the model must have at least one layer before compile: add one",
    ),
    "a shape": (
        lambda: keras.Input(shape=()),
        ValueError,
        "shape must be a tuple of whole numbers, such as (64,), but it is ()",
    ),
}


@pytest.mark.parametrize(("do", "error", "words"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_named_word_for_word(do: Callable[..., Any], error: type[Any], words: str) -> None:
    with pytest.raises(error) as raised:
        do()
    assert str(raised.value) == words


def test_class_numbers_are_asked_for_by_name() -> None:
    model = small(keras.layers.Dense(10, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError) as raised:
        model.fit(X[:5], np.eye(10)[LABELS[:5]], verbose=0)
    assert str(raised.value) == (
        "sparse_categorical_crossentropy needs class numbers, one for each example, but y has the shape (5, 10): "
        "for one-hot targets use categorical_crossentropy"
    )
    assert model.evaluate(X[:5], LABELS[:5, None]) == model.evaluate(X[:5], LABELS[:5])


def test_a_list_of_imports_carries_over_with_names_that_are_not_used() -> None:
    exec("from machine_room.keras.layers import Conv2D, Dense, MaxPooling2D\nfrom machine_room.keras import Model")


def test_an_activation_may_be_named_by_its_function() -> None:
    one, other = (
        small(keras.layers.Dense(5, activation=activation, input_dim=64), seed=1)
        for activation in (keras.activations.relu, "relu")
    )
    np.testing.assert_array_equal(one.predict(X[:5]), other.predict(X[:5]))


def test_leaky_relus_slope_has_the_name_of_either_keras() -> None:
    old, new = (
        small(keras.layers.Dense(5, input_dim=64), layer, seed=1)
        for layer in (keras.layers.LeakyReLU(alpha=0.1), keras.layers.LeakyReLU(negative_slope=0.1))
    )
    np.testing.assert_array_equal(old.predict(X[:5]), new.predict(X[:5]))


def test_one_callback_needs_no_list() -> None:
    model = small(keras.layers.Dense(10, activation="softmax"))
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    stopping = keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=1)
    model.fit(X[:50], LABELS[:50], epochs=2, verbose=0, validation_split=0.2, callbacks=stopping)


def test_one_hot_targets_are_asked_for_by_name() -> None:
    model = small(keras.layers.Dense(10, activation="softmax"))
    model.compile("sgd", "categorical_crossentropy")
    with pytest.raises(ValueError) as raised:
        model.fit(X[:5], LABELS[:5], verbose=0)
    assert str(raised.value) == (
        "categorical_crossentropy needs one-hot targets, a row per example with a single 1, but y has the shape (5,): "
        "for class numbers use sparse_categorical_crossentropy"
    )
