"""A layer that belongs to nobody: it says so in words, and a network built from it leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from machine_room import keras
from machine_room.layers import Activation, Dense, Dropout, Flatten, Layer
from machine_room.network import Network
from machine_room.regularizers import L2, MaxNorm

X, Y = np.random.default_rng(1).normal(size=(4, 3)), np.zeros(4, int)
LAYERS: dict[str, Callable[[], Layer]] = {
    "Dense": lambda: Dense(3, "relu", kernel_regularizer=L2(0.1), kernel_constraint=MaxNorm(1)),
    "Dense, softmax": lambda: Dense(3, "softmax"),
    "Activation": lambda: Activation("relu"),
    "Activation, softmax": lambda: Activation("softmax"),
    "Dropout": lambda: Dropout(0.5),
    "Flatten": lambda: Flatten(),
    "Keras's Dense": lambda: keras.layers.Dense(3, "softmax", input_shape=(3,)),
    "Keras's Flatten": lambda: keras.layers.Flatten(input_shape=(3, 1)),
    "Keras's LeakyReLU": lambda: keras.layers.LeakyReLU(),
}
every_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


def trained(layer: Layer) -> list[Network]:
    """Build networks from a layer, in every place it can have, and train them."""
    stacks = [[layer], [Dense(3), layer], [layer, Dense(3, "softmax")], [layer, layer]]
    networks = [Network(stack, inputs=3, loss="cross_entropy") for stack in stacks]
    models = [keras.Sequential([keras.Input(shape=(3,)), *stack]) for stack in stacks]
    networks += [model.network for model in models]
    for net in networks:
        net.compile("adam", "cross_entropy")
        if net.theta.size:
            net.fit(X, Y, epochs=2, progress=False)
    return networks


@every_layer
def test_building_and_training_a_network_leaves_a_layer_as_it_was(make: Callable[[], Layer]) -> None:
    layer = make()
    before = dict(vars(layer))
    networks = trained(layer)
    assert vars(layer).keys() == before.keys()
    assert all(vars(layer)[name] is value for name, value in before.items())
    assert not any(layer is inner for net in networks for inner in net.layers)


@every_layer
def test_one_layer_in_two_networks_is_two_layers(make: Callable[[], Layer]) -> None:
    layer = make()
    one, other = (Network([layer, Dense(2)], inputs=3, rng=np.random.default_rng(seed)) for seed in (1, 2))
    kept = other.theta.copy()
    one.fit(X, np.ones((4, 2)), epochs=2, progress=False)
    np.testing.assert_array_equal(other.theta, kept)


def test_a_layer_of_a_network_serves_another_as_a_new_one() -> None:
    net = Network([Dense(2)], inputs=3)
    kept = net.theta.copy()
    Network(net.layers, inputs=5).fit(np.ones((4, 5)), np.ones((4, 2)), progress=False)
    np.testing.assert_array_equal(net.theta, kept)
    assert net.predict(X).shape == (4, 2)


ALONE = {
    "Dense.forward": (lambda: Dense(3).forward(X), "Dense"),
    "Dense.initialize": (lambda: Dense(3).initialize(np.random.default_rng(0)), "Dense"),
    "Dense.penalty": (lambda: Dense(3, kernel_regularizer="l2").penalty(), "Dense"),
    "Dense.constrain": (lambda: Dense(3, kernel_constraint=MaxNorm(1)).constrain(), "Dense"),
    "Keras's Dense.forward": (lambda: keras.layers.Dense(3).forward(X), "Dense"),
}


@pytest.mark.parametrize(("attempt", "kind"), ALONE.values(), ids=ALONE)
def test_a_layer_outside_a_network_says_so_word_for_word(attempt: Callable[[], object], kind: str) -> None:
    with pytest.raises(ValueError) as error:
        attempt()
    assert str(error.value) == (
        f"this {kind} layer belongs to no network, so it has no weights: put it into one, "
        f"Network([{kind}(...)], inputs=...), and use that network, or its layers"
    )


BACKWARD = {
    "Dense": lambda: Network([Dense(3)], inputs=3).layers[0],
    "Dense alone": lambda: Dense(3),
    "Activation": lambda: Activation("relu"),
    "Dropout": lambda: Dropout(0.5),
    "Flatten": lambda: Flatten(),
}


@pytest.mark.parametrize("make", BACKWARD.values(), ids=BACKWARD)
@pytest.mark.parametrize("call", ["backward", "backward_first"])
def test_backward_before_forward_says_so_word_for_word(make: Callable[[], Layer], call: str) -> None:
    with pytest.raises(ValueError) as error:
        getattr(make(), call)(X)
    assert str(error.value) == (
        f"this {type(make()).__name__} layer cannot go backward yet: "
        "call forward first, which keeps what backward needs"
    )


def test_a_name_that_no_layer_has_is_pythons_own_error() -> None:
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'wieghts'"):
        Dense(3).wieghts  # type: ignore[attr-defined]  # noqa: B018
