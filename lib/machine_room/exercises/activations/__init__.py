"""The exercises of the section: activation functions, and the weights that fit them."""

# isort: off
# in the notebook's order
from machine_room.exercises.activations.saturating import sigmoid
from machine_room.exercises.activations.kinked import leaky_relu, elu, selu
from machine_room.exercises.activations.gaussian import gelu
from machine_room.exercises.activations.gaussian_slope import gelu_derivative
from machine_room.exercises.activations.smooth import swish, swish_derivative, mish
from machine_room.exercises.activations.depth import activation_stats
from machine_room.exercises.activations.depth_backward import gradient_norms
from machine_room.exercises.activations.weights import init_std
from machine_room.exercises.activations.first_weights import init_weights
from machine_room.exercises.activations.weights import matching_std

__all__ = [
    "activation_stats",
    "elu",
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
