"""Activation functions, each beside its derivative; stable for every |z| up to 1e4 and beyond.

Elementwise unless said otherwise; floats of any shape in, the same shape and dtype out.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, array_like, float_array
from machine_room.error_function import erfc

__all__ = [
    "BY_NAME", "Activation", "elu", "elu_derivative", "gelu", "gelu_derivative", "get", "identity",
    "identity_derivative", "leaky_relu", "leaky_relu_derivative", "mish", "mish_derivative", "relu",
    "relu_backward", "relu_derivative", "selu", "selu_derivative", "sigmoid", "sigmoid_derivative", "softmax",
    "softmax_backward", "softmax_derivative", "softplus", "softplus_derivative", "swish", "swish_derivative",
    "tanh", "tanh_derivative",
]  # fmt: skip

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def identity(z: ArrayLike) -> Array:
    """Return z itself, as a new array: `f(z) = z`.

    Args:
        z: floats, any shape.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> identity(np.array([-1.0, 2.0]))
        array([-1.,  2.])

    Source: the lecture, section 2. A layer without activation; Keras's "linear".
    """
    return float_array("z", z).copy()


def identity_derivative(z: ArrayLike) -> Array:
    """Return `f'(z) = 1`.

    Example:
        >>> identity_derivative(np.array([-1.0, 2.0]))
        array([1., 1.])
    """
    return np.ones_like(float_array("z", z))


def sigmoid(z: ArrayLike) -> Array:
    """Return `1 / (1 + exp(-z))`, in (0, 1).

    Computed from exp(-|z|), which cannot overflow.

    Args:
        z: floats, any shape.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> sigmoid(np.array([0.0, -1e4]))
        array([0.5, 0. ])

    Source: the lecture, section 2.
    """
    z = float_array("z", z)
    small = np.exp(-np.abs(z))
    p: Array = np.where(z >= 0, 1, small) / (1 + small)
    return p


def sigmoid_derivative(z: ArrayLike) -> Array:
    """Return `sigmoid(z) * sigmoid(-z)`, which is `s (1 - s)` without its cancellation.

    Example:
        >>> sigmoid_derivative(np.array([0.0]))
        array([0.25])
    """
    z = float_array("z", z)
    return sigmoid(z) * sigmoid(-z)


def tanh(z: ArrayLike) -> Array:
    """Return the hyperbolic tangent, in (-1, 1).

    Args:
        z: floats, any shape.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> tanh(np.array([0.0, 1e4]))
        array([0., 1.])

    Source: the lecture, section 2.
    """
    return np.tanh(float_array("z", z))


def tanh_derivative(z: ArrayLike) -> Array:
    """Return `1 - tanh(z)**2`.

    Example:
        >>> tanh_derivative(np.array([0.0]))
        array([1.])
    """
    return 1 - tanh(z) ** 2


def relu(z: ArrayLike) -> Array:
    """Return `max(0, z)`.

    Args:
        z: floats, any shape.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> relu(np.array([-1.0, 0.0, 2.0]))
        array([0., 0., 2.])

    Source: the lecture, section 2. Nair and Hinton 2010.
    """
    return np.maximum(float_array("z", z), 0)


def relu_derivative(z: ArrayLike) -> Array:
    """Return 1 where `z > 0` and 0 elsewhere, also at the kink 0, as Keras and PyTorch do.

    Example:
        >>> relu_derivative(np.array([-1.0, 0.0, 2.0]))
        array([0., 0., 1.])
    """
    z = float_array("z", z)
    return (z > 0).astype(z.dtype)


def relu_backward(dh: ArrayLike, z: ArrayLike) -> Array:
    """Carry a gradient back through ReLU: `dz = dh * (z > 0)`.

    Args:
        dh: gradient with respect to the output, floats, any shape.
        z: the inputs of the forward pass, same shape.

    Returns:
        dz, shaped as z.

    Raises:
        TypeError: dh does not hold floats.
        ValueError: the shapes differ.

    Example:
        >>> relu_backward(np.array([8.0, 12.0]), np.array([6.0, -10.0]))
        array([8., 0.])

    Source: the lecture, section 1: the chain rule.
    """
    dh = float_array("dh", dh)
    return dh * (array_like("z", z, "dh", dh) > 0)


def leaky_relu(z: ArrayLike, *, alpha: float = 0.01) -> Array:
    """Return z where `z > 0`, else `alpha * z`. Keras's layer has alpha 0.3, its function 0.2; PyTorch 0.01.

    Args:
        z: floats, any shape.
        alpha: slope below 0.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> leaky_relu(np.array([-1.0, 2.0]), alpha=0.5)
        array([-0.5,  2. ])

    Source: the lecture, section 2. Maas et al. 2013.
    """
    z = float_array("z", z)
    return np.where(z > 0, z, float(alpha) * z)


def leaky_relu_derivative(z: ArrayLike, *, alpha: float = 0.01) -> Array:
    """Return 1 where `z > 0`, else alpha.

    Example:
        >>> leaky_relu_derivative(np.array([-1.0, 2.0]), alpha=0.5)
        array([0.5, 1. ])
    """
    z = float_array("z", z)
    return np.where(z > 0, 1, float(alpha)).astype(z.dtype)


def elu(z: ArrayLike, *, alpha: float = 1.0) -> Array:
    """Return z where `z > 0`, else `alpha * (exp(z) - 1)`.

    Args:
        z: floats, any shape.
        alpha: the function goes to -alpha far below 0.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> elu(np.array([-1e4, 2.0]))
        array([-1.,  2.])

    Source: Clevert et al. 2016.
    """
    z = float_array("z", z)
    return np.where(z > 0, z, float(alpha) * np.expm1(np.minimum(z, 0)))


def elu_derivative(z: ArrayLike, *, alpha: float = 1.0) -> Array:
    """Return 1 where `z > 0`, else `alpha * exp(z)`.

    Example:
        >>> elu_derivative(np.array([0.0, 2.0]), alpha=0.5)
        array([0.5, 1. ])
    """
    z = float_array("z", z)
    return np.where(z > 0, 1, float(alpha) * np.exp(np.minimum(z, 0)))


def selu(z: ArrayLike) -> Array:
    """Return `scale * elu(z, alpha)`, with the two constants that keep mean 0 and variance 1 through depth.

    Args:
        z: floats, any shape.

    Example:
        >>> selu(np.array([1.0])).round(4)
        array([1.0507])

    Source: Klambauer et al. 2017.
    """
    return SELU_SCALE * elu(z, alpha=SELU_ALPHA)


def selu_derivative(z: ArrayLike) -> Array:
    """Return `scale * elu'(z, alpha)`.

    Example:
        >>> selu_derivative(np.array([2.0])).round(4)
        array([1.0507])
    """
    return SELU_SCALE * elu_derivative(z, alpha=SELU_ALPHA)


def gelu(z: ArrayLike, *, approximate: bool = False) -> Array:
    """Return `z * Phi(z)`, with Phi the normal distribution function; or its tanh approximation.

    The approximation is `z/2 * (1 + tanh(sqrt(2/pi) * (z + 0.044715 z**3)))`, at most 4.8e-4 away.

    Args:
        z: floats, any shape.
        approximate: the form with tanh, as in the first networks that used it.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> gelu(np.array([1.0])).round(4), gelu(np.array([1.0]), approximate=True).round(4)
        (array([0.8413]), array([0.8412]))

    Source: Hendrycks and Gimpel 2016. Keras and PyTorch are exact by default too.
    """
    z = float_array("z", z)
    return z * (0.5 * (1 + _gelu_tanh(z)) if approximate else 0.5 * erfc(z * -math.sqrt(0.5)))


def gelu_derivative(z: ArrayLike, *, approximate: bool = False) -> Array:
    """Return `Phi(z) + z * phi(z)`; with approximate=True, the derivative of that formula instead.

    Example:
        >>> gelu_derivative(np.array([0.0]))
        array([0.5])
    """
    z = float_array("z", z)
    if approximate:
        t = _gelu_tanh(z)
        inner_derivative = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * z**2)
        slope: Array = 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * inner_derivative
        return slope
    return 0.5 * erfc(z * -math.sqrt(0.5)) + z * np.exp(-0.5 * z**2) * (1 / math.sqrt(2 * math.pi))


def _gelu_tanh(z: Array) -> Array:
    return np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))


def swish(z: ArrayLike, *, beta: float = 1.0) -> Array:
    """Return `z * sigmoid(beta * z)`; beta = 1 is also called SiLU.

    Args:
        z: floats, any shape.
        beta: how sharp the bend is; 1 is SiLU.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> swish(np.array([0.0, 1.0])).round(4)
        array([0.    , 0.7311])

    Source: Ramachandran et al. 2017.
    """
    z = float_array("z", z)
    return z * sigmoid(float(beta) * z)


def swish_derivative(z: ArrayLike, *, beta: float = 1.0) -> Array:
    """Return `s + beta * z * s * (1 - s)`, with `s = sigmoid(beta * z)`.

    Example:
        >>> swish_derivative(np.array([0.0]))
        array([0.5])
    """
    z, beta = float_array("z", z), float(beta)
    return sigmoid(beta * z) + beta * z * sigmoid_derivative(beta * z)


def softplus(z: ArrayLike) -> Array:
    """Return `log(1 + exp(z))`, a smooth ReLU.

    Args:
        z: floats, any shape.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> softplus(np.array([0.0, 1e4])).round(4)
        array([6.931e-01, 1.000e+04])

    Source: the lecture, section 2; Dugas et al. 2001.
    """
    return np.logaddexp(0, float_array("z", z))


def softplus_derivative(z: ArrayLike) -> Array:
    """Return `sigmoid(z)`.

    Example:
        >>> softplus_derivative(np.array([0.0]))
        array([0.5])
    """
    return sigmoid(z)


def mish(z: ArrayLike) -> Array:
    """Return `z * tanh(softplus(z))`.

    Args:
        z: floats, any shape.

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> mish(np.array([1.0])).round(4)
        array([0.8651])

    Source: Misra 2019.
    """
    z = float_array("z", z)
    return z * np.tanh(softplus(z))


def mish_derivative(z: ArrayLike) -> Array:
    """Return `t + z * sigmoid(z) * (1 - t**2)`, with `t = tanh(softplus(z))`.

    Example:
        >>> mish_derivative(np.array([0.0]))
        array([0.6])
    """
    z = float_array("z", z)
    t = np.tanh(softplus(z))
    slope: Array = t + z * sigmoid(z) * (1 - t**2)
    return slope


def softmax(z: ArrayLike) -> Array:
    """Return `exp(z) / sum(exp(z))` along the last axis: positive, and summing to 1.

    The maximum is subtracted first, so that exp cannot overflow.

    Args:
        z: floats, (..., classes).

    Raises:
        TypeError: z does not hold floats.

    Example:
        >>> softmax(np.array([1e4, 1e4]))
        array([0.5, 0.5])

    Source: the lecture, section 2.
    """
    z = float_array("z", z)
    exponentials = np.exp(z - z.max(axis=-1, keepdims=True))
    p: Array = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return p


def softmax_derivative(z: ArrayLike) -> Array:
    """Return the Jacobian `J[i, j] = p_i * (delta_ij - p_j)`, with `p = softmax(z)`, shaped `z.shape + (classes,)`.

    Args:
        z: floats, (..., classes).

    Example:
        >>> softmax_derivative(np.zeros((1, 2)))
        array([[[ 0.25, -0.25],
                [-0.25,  0.25]]])
    """
    p = softmax(z)
    jacobian: Array = p[..., :, None] * (np.eye(p.shape[-1], dtype=p.dtype) - p[..., None, :])
    return jacobian


def softmax_backward(dh: ArrayLike, z: ArrayLike) -> Array:
    """Carry a gradient back through softmax: `dz = p * (dh - sum(dh * p))`, the Jacobian times dh.

    Args:
        dh: gradient with respect to the outputs, floats, (..., classes).
        z: the inputs of the forward pass, same shape.

    Returns:
        dz, shaped as z.

    Raises:
        TypeError: dh does not hold floats.

    Example:
        >>> softmax_backward(np.array([[1.0, 0.0]]), np.zeros((1, 2)))
        array([[ 0.25, -0.25]])

    Source: the chain rule; the Jacobian's rows are `h_i * (delta_ij - h_j)`.
    """
    dh, p = float_array("dh", dh), softmax(z)
    dz: Array = p * (dh - (dh * p).sum(axis=-1, keepdims=True))
    return dz


class Activation(NamedTuple):
    """A function and how a gradient goes back through it: `backward(dh, z) -> dz`.

    Example:
        >>> get("relu").function(np.array([-1.0, 2.0]))
        array([0., 2.])
    """

    function: Callable[[Array], Array]
    backward: Callable[[Array, Array], Array]


def _elementwise(function: Callable[..., Array], derivative: Callable[..., Array]) -> Activation:
    return Activation(function, lambda dh, z: dh * derivative(z))


BY_NAME: dict[str, Activation] = {
    "identity": Activation(lambda z: z, lambda dh, z: dh),
    "linear": Activation(lambda z: z, lambda dh, z: dh),
    "sigmoid": _elementwise(sigmoid, sigmoid_derivative),
    "tanh": _elementwise(tanh, tanh_derivative),
    "relu": Activation(relu, relu_backward),
    "leaky_relu": _elementwise(leaky_relu, leaky_relu_derivative),
    "elu": _elementwise(elu, elu_derivative),
    "selu": _elementwise(selu, selu_derivative),
    "gelu": _elementwise(gelu, gelu_derivative),
    "swish": _elementwise(swish, swish_derivative),
    "silu": _elementwise(swish, swish_derivative),
    "mish": _elementwise(mish, mish_derivative),
    "softplus": _elementwise(softplus, softplus_derivative),
    "softmax": Activation(softmax, softmax_backward),
}


def get(activation: str | Activation | None) -> Activation:
    """Return an activation by Keras's name, or the given one; None is the identity.

    Args:
        activation: a name of `BY_NAME`, one of the two parts already paired, or None for the identity.

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("relu").function is relu
        True
    """
    if isinstance(activation, Activation):
        return activation
    name = "linear" if activation is None else activation
    if isinstance(name, str) and name in BY_NAME:
        return BY_NAME[name]
    raise ValueError(f"unknown activation {activation!r}: choose one of {', '.join(BY_NAME)}")
