"""Saved networks come back the same; a file that is not one is refused in words, and never executed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from machine_room import L1L2, L2, Activation, Dense, Dropout, Flatten, MaxNorm, Network, datasets, load, save
from machine_room.keras import Sequential

X, LABELS = datasets.digits()


def rich_network(dtype: Any = np.float64) -> Any:
    layers = [
        Flatten(),
        Dense(20, "swish", kernel_initializer="he_normal", kernel_regularizer=L1L2(1e-4, 1e-3)),
        Dropout(0.25),
        Dense(15, kernel_constraint=MaxNorm(1.5)),
        Activation("relu"),
        Dense(10, "softmax", kernel_regularizer=L2(0.1)),
    ]
    return Network(layers, inputs=64, loss="cross_entropy", dtype=dtype, rng=np.random.default_rng(3))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_comes_back_with_layers_loss_and_parameters(tmp_path: Path, dtype: type[Any]) -> None:
    net = rich_network(dtype)
    again = load(net.save(tmp_path / "mine"))
    assert again.dtype == dtype
    np.testing.assert_array_equal(again.theta, net.theta)
    np.testing.assert_array_equal(again.predict(X[:9]), net.predict(X[:9]))
    assert again.loss(X[:9], LABELS[:9]) == net.loss(X[:9], LABELS[:9])
    assert (again.layers[2].rate, again.layers[3].kernel_constraint) == (0.25, MaxNorm(1.5))


def test_a_sequential_comes_back_and_can_be_trained_on(tmp_path: Path) -> None:
    model = Sequential([Dense(10, activation="softmax")], rng=np.random.default_rng(0))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(X[:100], LABELS[:100], verbose=0)
    again = load(save(model, tmp_path / "model.npz"))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    again.compile("adam", "cross_entropy")
    assert len(again.fit(X[:100], LABELS[:100], epochs=2, progress=False).history["loss"]) == 2


def test_a_network_without_parameters_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"the network has no parameters yet: give inputs=\.\.\., or fit it first"):
        save(Network([Dense(3)]), tmp_path / "empty")
    assert list(tmp_path.iterdir()) == []


OWN = {
    "activation": (
        Dense(3, activation=Activation("relu").activation),
        "only activations of this library can be saved, but one is a function of your own",
    ),
    "initializer": (
        Dense(3, kernel_initializer=lambda shape, rng: np.ones(shape)),
        "only a kernel_initializer of this library can be saved, but this one is a function of your own",
    ),
}


@pytest.mark.parametrize(("layer", "words"), OWN.values(), ids=OWN)
def test_a_function_of_ones_own_is_refused_word_for_word(tmp_path: Path, layer: Any, words: str) -> None:
    with pytest.raises(ValueError) as error:
        save(Network([layer], inputs=2), tmp_path / "own")
    assert str(error.value) == words


def write_plan(path: Any, plan: Any) -> None:
    np.savez(path, plan=np.array(json.dumps(plan)), theta=np.zeros(3))


DAMAGED = {
    "text": lambda path: path.write_text("no network"),
    "empty": lambda path: path.write_bytes(b""),
    "another array": lambda path: np.savez(path, theta=np.zeros(3)),
    "another program's": lambda path: write_plan(path, {"format": "something else"}),
    "a plan without layers": lambda path: write_plan(path, {"format": "machine-room network 1"}),
    "pickled objects": lambda path: np.savez(path, plan=np.array([{}], dtype=object), theta=np.zeros(3)),
}


@pytest.mark.parametrize("damage", DAMAGED.values(), ids=DAMAGED)
def test_a_file_that_is_not_ours_is_refused_in_words(tmp_path: Path, damage: Callable[..., Any]) -> None:
    path = tmp_path / "file.npz"
    damage(path)
    with pytest.raises(ValueError) as error:
        load(path)
    assert str(error.value) == f"{path} must be a file that machine_room.save wrote, but it is not, or it is damaged"


def test_a_missing_file_is_python_s_own_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "nowhere.npz")
