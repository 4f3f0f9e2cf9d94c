"""A Sequential has a network, and starts where that would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from machine_room import datasets, keras, layers
from machine_room.initializers import glorot_uniform
from machine_room.layers import Layer
from machine_room.network import Network

X, LABELS = datasets.digits()

STACKS: dict[str, Callable[[], list[Layer]]] = {
    "dense": lambda: [layers.Dense(10, "softmax")],
    "deep": lambda: [layers.Dense(7, "relu", kernel_initializer="he_normal") for _ in range(5)],
    "with dropout": lambda: [layers.Dense(7), layers.Dropout(0.5), layers.Dense(10, "softmax")],
    "with activations": lambda: [layers.Dense(7), layers.Activation("relu"), layers.Dense(10)],
    "flattened": lambda: [layers.Flatten(), layers.Dense(10, "softmax")],
}
every_stack = pytest.mark.parametrize("stack", STACKS.values(), ids=STACKS)


def network(stack: Callable[[], list[Layer]], *, inputs: int | None = 64) -> Network:
    return Network(stack(), inputs=inputs, loss="cross_entropy", rng=np.random.default_rng(5))


def model(stack: Callable[[], list[Layer]], *, inputs: int | None = 64) -> keras.Sequential:
    first = [] if inputs is None else [keras.Input(shape=(inputs,))]
    return keras.Sequential([*first, *stack()], rng=np.random.default_rng(5))


def test_a_sequential_has_a_network_and_is_none() -> None:
    assert not issubclass(keras.Sequential, Network)
    assert isinstance(model(STACKS["dense"]).network, Network)


@every_stack
def test_the_same_seed_gives_the_first_weights_of_a_network(stack: Callable[[], list[Layer]]) -> None:
    np.testing.assert_array_equal(model(stack).theta, network(stack).theta)


@every_stack
def test_layers_added_one_by_one_start_as_a_network_does_also_where_somebody_looks_on(
    stack: Callable[[], list[Layer]],
) -> None:
    grown = keras.Sequential(rng=np.random.default_rng(5))
    grown.add(keras.Input(shape=(64,)))
    for layer in stack():
        grown.add(layer)
        assert len(grown.layers) == len(grown.network.layers)
    np.testing.assert_array_equal(grown.theta, network(stack).theta)


@every_stack
@pytest.mark.parametrize("inputs", [64, None])
def test_the_same_seed_gives_the_same_training(stack: Callable[[], list[Layer]], inputs: int | None) -> None:
    stack_of_ten = stack if stack()[-1].output_count(0) == 10 else lambda: [*stack(), layers.Dense(10, "softmax")]
    ours, kerass = network(stack_of_ten, inputs=inputs), model(stack_of_ten, inputs=inputs)
    ours.compile("adam")
    from_logits = getattr(stack_of_ten()[-1], "activation_name", "") != "softmax"
    kerass.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=from_logits))
    ours.fit(X[:200], LABELS[:200], epochs=2, progress=False)
    kerass.fit(X[:200], LABELS[:200], epochs=2, verbose=0)
    np.testing.assert_array_equal(kerass.theta, ours.theta)
    np.testing.assert_array_equal(kerass.predict(X[:5]), ours.predict(X[:5]))


def test_forty_layers_draw_their_weights_once() -> None:
    drawn = []

    def counting(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        drawn.append(shape)
        return glorot_uniform(shape, rng)

    deep = keras.Sequential(rng=np.random.default_rng(0))
    deep.add(keras.Input(shape=(64,)))
    for _ in range(40):
        deep.add(layers.Dense(8, "relu", kernel_initializer=counting))
    assert deep.count_params() == 64 * 8 + 8 + 39 * 72
    assert drawn == [(64, 8), *[(8, 8)] * 39]


def test_a_layer_added_to_a_trained_model_keeps_what_was_learned_and_asks_for_compile() -> None:
    trained = model(STACKS["dense"])
    trained.compile("adam", "sparse_categorical_crossentropy")
    trained.fit(X[:50], LABELS[:50], verbose=0)
    before = trained.theta.copy()
    trained.add(layers.Dense(10, "softmax"))
    np.testing.assert_array_equal(trained.theta[: before.size], before)
    assert trained.theta.size == before.size + 110
    with pytest.raises(ValueError, match="the model is not compiled"):
        trained.fit(X[:50], LABELS[:50], verbose=0)


def test_a_model_without_layers_has_none_and_says_so() -> None:
    empty = keras.Sequential()
    assert empty.layers == []
    with pytest.raises(ValueError, match="layers must hold at least one layer, but it is empty"):
        empty.predict(X[:1])


def test_what_programs_for_this_library_ask_of_a_network_is_there() -> None:
    ours, kerass = network(STACKS["dense"]), model(STACKS["dense"])
    kerass.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ours.compile("sgd", metrics=["accuracy"])
    assert kerass.loss(X[:5], LABELS[:5]) == ours.loss(X[:5], LABELS[:5])
    assert kerass.measure(X[:5], LABELS[:5]) == ours.measure(X[:5], LABELS[:5])
    np.testing.assert_array_equal(kerass.gradient(X[:5], LABELS[:5]), ours.gradient(X[:5], LABELS[:5]))
    assert kerass.train_step(X[:5], LABELS[:5]) == ours.train_step(X[:5], LABELS[:5])
    np.testing.assert_array_equal(kerass.forward(X[:5]), ours.forward(X[:5]))
    kerass.theta = np.zeros(650)
    assert not kerass.network.theta.any()
    assert (kerass.inputs, kerass.dtype.type, kerass.metrics, kerass.penalty()) == (64, np.float64, ["accuracy"], 0.0)
    missing = {name for name in dir(Network) if not name.startswith("_")} - set(dir(keras.Sequential))
    assert missing == {"loss_and_gradient"}
