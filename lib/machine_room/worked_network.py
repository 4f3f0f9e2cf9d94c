"""The lecture's network by hand: 2 inputs, 2 hidden ReLU units, 1 linear output; and small networks on a batch."""

import numpy as np
from numpy.typing import ArrayLike

from machine_room.activations import relu, relu_backward
from machine_room.arguments import Array
from machine_room.layers import dense_backward, dense_forward
from machine_room.losses import cross_entropy

__all__ = ["backward_221", "forward_221", "skip_backward", "two_layer_gradient"]


def forward_221(theta: ArrayLike, x: ArrayLike) -> dict[str, float]:
    """Compute the worked network's output, number by number.

    `z1 = w11 x1 + w21 x2 + b1`, `h1 = max(0, z1)`, likewise z2 and h2; `yhat = w11' h1 + w21' h2 + b1'`.

    Args:
        theta: 9 numbers: w11, w21, b1, w12, w22, b2 of layer 1, then w11, w21, b1 of layer 2.
        x: 2 numbers.

    Returns:
        A dict of floats: z1, h1, z2, h2, yhat.

    Raises:
        ValueError: theta does not hold 9 numbers, or x not 2.

    Example:
        >>> forward_221([1, 4, 3, 2, 1, -2, 2, 3, -2], [-5, 2])
        {'z1': 6.0, 'h1': 6.0, 'z2': -10.0, 'h2': 0.0, 'yhat': 10.0}

    Source: the lecture, section 1.
    """
    w11, w21, b1, w12, w22, b2, v11, v21, c1 = _numbers("theta", theta, 9)
    x1, x2 = _numbers("x", x, 2)
    z1 = w11 * x1 + w21 * x2 + b1
    z2 = w12 * x1 + w22 * x2 + b2
    h1 = max(0.0, z1)
    h2 = max(0.0, z2)
    return {"z1": z1, "h1": h1, "z2": z2, "h2": h2, "yhat": v11 * h1 + v21 * h2 + c1}


def backward_221(theta: ArrayLike, x: ArrayLike, y: float) -> dict[str, float | Array]:
    """Compute the gradient of the worked network's loss `(yhat - y)**2`, from the output back to the weights.

    Args:
        theta: 9 numbers, as in `forward_221`.
        x: 2 numbers.
        y: the target.

    Returns:
        A dict: the floats dyhat, dh1, dh2, dz1, dz2, and gradient, an array of 9 in theta's order.

    Raises:
        ValueError: theta does not hold 9 numbers, or x not 2.

    Example:
        >>> backward_221([1, 4, 3, 2, 1, -2, 2, 3, -2], [-5, 2], 8)["gradient"]
        array([-40.,  16.,   8.,   0.,   0.,   0.,  24.,   0.,   4.])

    Source: the lecture, section 1.
    """
    forward = forward_221(theta, x)
    v11, v21 = _numbers("theta", theta, 9)[6:8]
    x1, x2 = _numbers("x", x, 2)
    dyhat = 2 * (forward["yhat"] - float(y))
    dh1 = dyhat * v11
    dh2 = dyhat * v21
    # a unit that is off passes nothing back
    dz1 = dh1 if forward["z1"] > 0 else 0.0
    dz2 = dh2 if forward["z2"] > 0 else 0.0
    layer1 = [dz1 * x1, dz1 * x2, dz1, dz2 * x1, dz2 * x2, dz2]
    layer2 = [dyhat * forward["h1"], dyhat * forward["h2"], dyhat]
    gradient = np.array(layer1 + layer2) + 0.0  # -0.0 becomes 0.0: the slide shows zeros
    return {"dyhat": dyhat, "dh1": dh1, "dh2": dh2, "dz1": dz1, "dz2": dz2, "gradient": gradient}


def skip_backward(dy: ArrayLike, h: ArrayLike, weights: ArrayLike, bias: ArrayLike) -> tuple[Array, Array, Array]:
    """Carry a gradient back through `y = h + relu(h @ weights + bias)`, where h is used twice.

    `dz = dy * (z > 0)`; `dh = dy + dz @ weights.T`, the sum over h's two paths; `dweights = h.T @ dz`; `dbias` is
    the sum of dz's rows.

    Args:
        dy: gradient with respect to y, floats, (batch, n).
        h: (batch, n).
        weights: (n, n).
        bias: (n,).

    Returns:
        dh, dweights, dbias, shaped as h, weights, bias.

    Raises:
        TypeError: dy or h does not hold floats.
        ValueError: the shapes do not fit.

    Example:
        >>> skip_backward(np.array([[1.0]]), np.array([[2.0]]), np.array([[3.0]]), np.array([-1.0]))
        (array([[4.]]), array([[2.]]), array([1.]))

    Source: the lecture, section 1: the chain rule; He et al. 2016, "Identity mappings", for the shape of the layer.
    """
    dz = relu_backward(dy, dense_forward(h, weights, bias))
    through_the_layer, dweights, dbias = dense_backward(dz, h, weights)
    return dy + through_the_layer, dweights, dbias


def two_layer_gradient(
    x: ArrayLike, labels: ArrayLike, weights1: ArrayLike, bias1: ArrayLike, weights2: ArrayLike, bias2: ArrayLike
) -> tuple[Array, Array, Array, Array]:
    """Compute the gradient of a whole network on a batch: dense, ReLU, dense, cross-entropy.

    Args:
        x: inputs, floats, (batch, n_in).
        labels: class numbers, integers, (batch,).
        weights1, bias1: first layer, (n_in, n_hidden) and (n_hidden,).
        weights2, bias2: second layer, (n_hidden, classes) and (classes,).

    Returns:
        dweights1, dbias1, dweights2, dbias2, shaped as their parameters.

    Example:
        >>> one = np.ones((1, 1))
        >>> two_layer_gradient(one, [0], one, np.zeros(1), np.ones((1, 2)), np.zeros(2))[2]
        array([[-0.5,  0.5]])

    Source: the lecture, section 1, idea 2: backpropagation.
    """
    z1 = dense_forward(x, weights1, bias1)
    h1 = relu(z1)
    logits = dense_forward(h1, weights2, bias2)
    _, dlogits = cross_entropy(logits, labels)
    dh1, dweights2, dbias2 = dense_backward(dlogits, h1, weights2)
    dz1 = relu_backward(dh1, z1)
    _, dweights1, dbias1 = dense_backward(dz1, x, weights1)
    return dweights1, dbias1, dweights2, dbias2


def _numbers(name: str, values: ArrayLike, count: int) -> list[float]:
    array = np.asarray(values, dtype=float)
    if array.shape != (count,):
        raise ValueError(f"{name} must hold {count} numbers, but its shape is {array.shape}")
    numbers: list[float] = array.tolist()
    return numbers
