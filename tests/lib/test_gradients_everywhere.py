"""Every layer, activation, loss and penalty against central differences, over random shapes and values."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machine_room import L1L2, Activation, Dense, Dropout, Flatten, Network, activations, losses, regularizers
from machine_room.gradients import gradient_check, numerical_gradient

SIZES = st.integers(1, 5)
SEEDS = st.integers(0, 2**32 - 1)
SMOOTH = [name for name in activations.BY_NAME if name not in ("relu", "leaky_relu", "elu", "selu")]
few = settings(max_examples=15, deadline=None)


def away_from_kinks(rng: np.random.Generator, shape: Any) -> Any:
    """Values at least 0.1 away from 0, where ReLU and its relatives have their kink."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(0.1, 3.0, size=shape)


@pytest.mark.parametrize("name", activations.BY_NAME)
@few
@given(rows=SIZES, columns=SIZES, seed=SEEDS)
def test_an_activation_s_backward_pass(name: str, rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    z, dh = away_from_kinks(rng, (rows, columns)), rng.normal(size=(rows, columns))
    activation = activations.get(name)
    assert gradient_check(
        lambda z: float(np.sum(dh * activation.function(z))), activation.backward(dh, z), z, tolerance=1e-5
    )


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@few
@given(batch=SIZES, outputs=SIZES, seed=SEEDS)
def test_a_loss(loss: str, batch: int, outputs: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    output = rng.normal(scale=3, size=(batch, outputs))
    y = rng.integers(outputs, size=batch) if loss == "cross_entropy" else rng.normal(size=output.shape)
    function = losses.get(loss)
    assert gradient_check(lambda o: function(o, y)[0], function(output, y)[1], output, tolerance=1e-5)


@few
@given(rows=SIZES, columns=SIZES, l1=st.floats(0, 2), l2=st.floats(0, 2), seed=SEEDS)
def test_a_penalty(rows: int, columns: int, l1: float, l2: float, seed: int) -> None:
    weights = away_from_kinks(np.random.default_rng(seed), (rows, columns))
    regularizer = L1L2(l1, l2)
    np.testing.assert_allclose(
        regularizer.gradient(weights), numerical_gradient(regularizer.penalty, weights), rtol=1e-6, atol=1e-8
    )


@few
@given(rows=SIZES, columns=SIZES, rate=st.floats(0, 0.9), seed=SEEDS)
def test_dropout_with_its_mask_held(rows: int, columns: int, rate: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, dy = rng.normal(size=(rows, columns)), rng.normal(size=(rows, columns))
    _, mask = regularizers.dropout_forward(x, rate=rate, rng=rng)
    assert mask is not None
    dx = regularizers.dropout_backward(dy, mask, rate=rate)
    np.testing.assert_allclose(
        dx, numerical_gradient(lambda x: float(np.sum(dy * x * mask / (1 - rate))), x), rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
@settings(max_examples=5, deadline=None)
@given(sizes=st.lists(SIZES, min_size=2, max_size=4), batch=SIZES, seed=SEEDS)
def test_a_whole_network_of_any_depth(name: str, loss: str, sizes: list[Any], batch: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs, *hidden, outputs = sizes
    layers = [Flatten(), *(Dense(n, name, kernel_regularizer=L1L2(0.01, 0.02)) for n in hidden), Activation("tanh")]
    net = Network([*layers, Dropout(0.4), Dense(outputs)], inputs=inputs, loss=loss, rng=rng)
    net.theta = away_from_kinks(rng, net.theta.shape)  # L1 has a kink at 0 too
    x = rng.normal(size=(batch, inputs))
    y = rng.integers(outputs, size=batch) if loss == "cross_entropy" else rng.normal(size=(batch, outputs))
    computed, start = net.gradient(x, y), net.theta.copy()

    def at(theta: Any) -> Any:
        net.theta = theta
        return net.loss(x, y)

    np.testing.assert_allclose(computed, numerical_gradient(at, start), rtol=1e-5, atol=1e-7)
