"""Layers under Keras's names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NoReturn

from machine_room import activations, layers
from machine_room.arguments import Array
from machine_room.keras import activations as named
from machine_room.keras.missing import missing_from
from machine_room.layers import Activation, Dropout

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Input", "InputLayer", "LeakyReLU", "ReLU", "Softmax"]

#: Layers that a first course with Keras uses, and this one does not.
ELSEWHERE = (
    "Add", "AveragePooling2D", "BatchNormalization", "Bidirectional", "Concatenate", "Conv1D", "Conv2D", "Embedding",
    "GRU", "GlobalAveragePooling2D", "LSTM", "LayerNormalization", "MaxPool2D", "MaxPooling2D", "RandomFlip",
    "RandomRotation", "Rescaling", "Reshape", "SimpleRNN", "SpatialDropout2D",
)  # fmt: skip

__getattr__ = missing_from(__name__, __all__, dict.fromkeys(ELSEWHERE, "leave the layer out"))


class _Listed:
    """A layer that is put into a list; what Keras's functional API does with it is answered in words."""

    def __call__(self, *inputs: Any) -> NoReturn:
        raise TypeError(
            "layers are not called here, as in Keras's functional API: list them, "
            "keras.Sequential([keras.layers.Dense(...), ...])"
        )


@dataclass(frozen=True)
class InputLayer:
    """How many numbers an example has; no layer of its own here.

    Raises:
        ValueError: no shape is given, or it holds something else than whole numbers.
    """

    shape: Sequence[int]

    def __post_init__(self) -> None:
        if not self.shape or not all(isinstance(size, int) and size > 0 for size in self.shape):
            raise ValueError(f"shape must be a tuple of whole numbers, such as (64,), but it is {self.shape!r}")

    @property
    def inputs(self) -> int:
        return prod(self.shape)


def Input(shape: Sequence[int]) -> InputLayer:
    """Return the declaration of an example's shape, for a Sequential's first entry."""
    return InputLayer(tuple(shape))


class Dense(_Listed, layers.Dense):
    """A dense layer with Keras's options `input_shape` and `input_dim`; see `machine_room.layers.Dense`."""

    def __init__(
        self,
        units: int,
        activation: str | activations.Activation | Callable[..., Any] | None = None,
        *,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(units, _by_name(activation), **options)
        self.declared = _declared(input_shape if input_dim is None else (input_dim,))


class Flatten(_Listed, layers.Flatten):
    """Reads images row by row; with Keras's option `input_shape`."""

    def __init__(self, *, input_shape: Sequence[int] | None = None) -> None:
        self.declared = _declared(input_shape)


def _by_name(activation: Any) -> Any:
    """Return the name of a function of `keras.activations`, and anything else as it is."""
    name = getattr(activation, "__name__", "")
    return name if name in named.__all__ and getattr(named, name) is activation else activation


def _declared(shape: Sequence[int] | None) -> InputLayer | None:
    return None if shape is None else InputLayer(tuple(shape))


def ReLU() -> Activation:
    """Return ReLU as a layer of its own."""
    return Activation("relu")


def Softmax() -> Activation:
    """Return softmax as a layer of its own."""
    return Activation("softmax")


def LeakyReLU(negative_slope: float = 0.3, *, alpha: float | None = None) -> Activation:
    """Return leaky ReLU as a layer of its own; Keras's layer has the slope 0.3, its activation by name 0.2.

    Keras 2 calls the slope alpha.
    """
    negative_slope = negative_slope if alpha is None else alpha

    def function(z: Array) -> Array:
        return activations.leaky_relu(z, alpha=negative_slope)

    def backward(dh: Array, z: Array) -> Array:
        return dh * activations.leaky_relu_derivative(z, alpha=negative_slope)

    layer = Activation(activations.Activation(function, backward))
    layer.slope = float(negative_slope)
    return layer
