"""Activations: derivatives against central differences, erfc against the C library's, large inputs quietly finite."""

import math
from typing import Any

import numpy as np
import pytest

from machine_room import activations
from machine_room.error_function import erfc
from machine_room.gradients import numerical_gradient

ELEMENTWISE = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "swish", "mish", "softplus"]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_a_derivative_agrees_with_central_differences(name: str) -> None:
    z = np.linspace(-6.05, 6.05, 40)
    f, derivative = getattr(activations, name), getattr(activations, f"{name}_derivative")
    np.testing.assert_allclose(derivative(z), numerical_gradient(lambda v: f(v).sum(), z), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [*ELEMENTWISE, "softmax"])
def test_large_inputs_stay_finite_quiet_and_of_their_dtype(name: str, dtype: type[Any]) -> None:
    z = np.array([-1e4, -800, -1, 0, 1, 800, 1e4], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for function in (getattr(activations, name), getattr(activations, f"{name}_derivative")):
            value = function(z)
            assert np.isfinite(value).all()
            assert value.dtype == dtype


def test_erfc_agrees_with_the_c_library_to_1e_15() -> None:
    x = np.linspace(-6, 26, 20001)
    np.testing.assert_allclose(erfc(x), [math.erfc(v) for v in x], rtol=1e-15)
