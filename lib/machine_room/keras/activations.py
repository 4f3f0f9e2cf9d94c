"""Activation functions under Keras's names."""

from machine_room.activations import elu, gelu, leaky_relu, mish, relu, selu, sigmoid, softmax, softplus, swish, tanh
from machine_room.keras.missing import missing_from

silu = swish

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "mish",
    "relu",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "swish",
    "tanh",
]

__getattr__ = missing_from(__name__, __all__)
