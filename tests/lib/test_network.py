"""Networks: the lecture's numbers exactly, and backpropagation against central differences."""

from typing import Any

import numpy as np
import pytest

from machine_room.activations import BY_NAME
from machine_room.gradients import numerical_gradient, relative_error
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.worked_network import backward_221

THETA = [1, 4, 3, 2, 1, -2, 2, 3, -2]
SLIDE = [-40, 16, 8, 0, 0, 0, 24, 0, 4]


def test_the_lectures_gradient_and_step_are_exact() -> None:
    net = Network([Dense(2, activation="relu"), Dense(1)], inputs=2, loss="squared_error")
    net.theta[:] = THETA
    gradient = net.gradient(x=[[-5, 2]], y=[[8]])
    assert gradient.tolist() == SLIDE
    assert not np.signbit(gradient[gradient == 0]).any()
    assert np.asarray(backward_221(THETA, [-5, 2], 8)["gradient"]).tolist() == SLIDE
    np.testing.assert_array_equal(
        (net.theta - 0.002 * gradient).round(12), [1.08, 3.968, 2.984, 2, 1, -2, 1.952, 3, -2.008]
    )


@pytest.mark.parametrize("activation", BY_NAME)
@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
def test_backpropagation_agrees_with_central_differences(activation: str, loss: str) -> None:
    rng = np.random.default_rng(1)
    net = Network([Dense(4, activation, kernel_regularizer="l2"), Dense(3, activation)], inputs=5, loss=loss, rng=rng)
    net.theta[:] = rng.normal(size=net.theta.size)
    x = rng.normal(size=(6, 5))
    y = rng.integers(3, size=6) if loss == "cross_entropy" else rng.normal(size=(6, 3))
    computed, start = net.gradient(x, y), net.theta.copy()

    def at(theta: Any) -> Any:
        net.theta = theta
        return net.loss(x, y)

    np.testing.assert_allclose(computed, numerical_gradient(at, start), rtol=1e-6, atol=1e-8)


def test_relative_error_is_zero_for_equal_and_one_for_opposite() -> None:
    assert relative_error([1.0, -2.0], [1.0, -2.0]) == 0
    assert relative_error([1.0], [-1.0]) == 1


def test_integer_theta_is_refused_in_words() -> None:
    with pytest.raises(TypeError, match="theta must hold floats, but its dtype is int64: convert it first"):
        numerical_gradient(np.sum, np.array([3, 4]))
