"""The exercises of the section: activation functions, and the weights that fit them."""

from machine_room.exercises.activations.depth import activation_stats
from machine_room.exercises.activations.depth_backward import gradient_norms
from machine_room.exercises.activations.failing import failing_input
from machine_room.exercises.activations.first_weights import init_weights
from machine_room.exercises.activations.gaussian import gelu
from machine_room.exercises.activations.gaussian_slope import gelu_derivative
from machine_room.exercises.activations.kinked import elu, leaky_relu, selu
from machine_room.exercises.activations.saturating import sigmoid
from machine_room.exercises.activations.smooth import mish, swish, swish_derivative
from machine_room.exercises.activations.weights import init_std, matching_std

__all__ = [
    "EXERCISES",
    "activation_stats",
    "elu",
    "failing_input",
    "gelu",
    "gelu_derivative",
    "gradient_norms",
    "init_std",
    "init_weights",
    "leaky_relu",
    "matching_std",
    "mish",
    "selu",
    "sigmoid",
    "swish",
    "swish_derivative",
]

#: In the notebook's order.
EXERCISES = (
    sigmoid,
    failing_input,
    leaky_relu,
    elu,
    selu,
    gelu,
    gelu_derivative,
    swish,
    swish_derivative,
    mish,
    activation_stats,
    gradient_norms,
    init_std,
    init_weights,
    matching_std,
)
