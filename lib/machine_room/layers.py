"""Layers: the two formulas of a dense layer, and the classes that remember between forward and backward."""

import copy
from collections.abc import Callable
from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from machine_room import activations, initializers, regularizers
from machine_room.arguments import Array, count, float_array, fraction

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Layer", "dense_backward", "dense_forward"]


#: Numbers in a batch up to which OpenBLAS's kernels for small matrices gain more than laying it out anew takes.
SMALL_BATCH = 8192


def dense_forward(x: ArrayLike, weights: ArrayLike, bias: ArrayLike) -> Array:
    """Return the sums of a dense layer: `z = x @ weights + bias`.

    Args:
        x: inputs, floats, (batch, n_in).
        weights: (n_in, n_out); a unit's incoming weights are a column.
        bias: (n_out,).

    Returns:
        z, (batch, n_out).

    Raises:
        TypeError: x does not hold floats.
        ValueError: the shapes do not fit.

    Example:
        >>> dense_forward(np.array([[-5.0, 2.0]]), np.array([[1.0, 2.0], [4.0, 1.0]]), np.array([3.0, -2.0]))
        array([[  6., -10.]])

    Source: the lecture, section 1.
    """
    x, weights, bias = float_array("x", x), np.asarray(weights), np.asarray(bias)
    _fits(x, weights)
    if bias.shape != weights.shape[1:]:
        raise ValueError(
            f"bias must have the shape {weights.shape[1:]}, one per column of weights, but it has {bias.shape}"
        )
    z: Array = _column_by_column(x) @ weights
    z += np.ascontiguousarray(bias)  # a view into theta has gaps, and NumPy adds those number by number
    return z


def _column_by_column(x: Array) -> Array:
    """Lay a small batch out as theta lays out weights: the product of two such matrices is faster than a mixed one."""
    return np.asfortranarray(x) if x.size <= SMALL_BATCH else x


def dense_backward(dz: ArrayLike, x: ArrayLike, weights: ArrayLike) -> tuple[Array, Array, Array]:
    """Return the gradients of a dense layer: `dx = dz @ weights.T`, `dweights = x.T @ dz`, `dbias = sum of dz's rows`.

    The sums run over the batch without 1/batch: the mean is the loss's, and dz already holds it.

    Args:
        dz: gradient with respect to z, floats, (batch, n_out).
        x: the layer's inputs, (batch, n_in).
        weights: (n_in, n_out).

    Returns:
        dx, (batch, n_in); dweights, (n_in, n_out); dbias, (n_out,).

    Raises:
        TypeError: dz or x does not hold floats.
        ValueError: the shapes do not fit.

    Example:
        >>> dense_backward(np.array([[8.0, 0.0]]), np.array([[-5.0, 2.0]]), np.array([[1.0, 2.0], [4.0, 1.0]]))
        (array([[ 8., 32.]]), array([[-40.,   0.],
               [ 16.,   0.]]), array([8., 0.]))

    Source: the lecture, section 1.
    """
    dz, x, weights = float_array("dz", dz), float_array("x", x), np.asarray(weights)
    _fits(x, weights)
    if dz.shape != (len(x), weights.shape[1]):
        raise ValueError(f"dz must have the shape {(len(x), weights.shape[1])}, (batch, n_out), but it has {dz.shape}")
    return dz @ weights.T, *parameter_gradients(dz, x)


def parameter_gradients(
    dz: Array, x: Array, *, out: tuple[Array, Array] | tuple[None, None] = (None, None)
) -> tuple[Array, Array]:
    """Return dweights and dbias of `dense_backward`, written into `out` where that is given."""
    dweights, dbias = out
    return np.matmul(x.T, dz, out=dweights), np.add.reduce(dz, axis=0, out=dbias)


def _fits(x: Array, weights: Array) -> None:
    if x.ndim != 2:
        raise ValueError(f"x must have the shape (batch, n_in), but it has {x.shape}")
    if weights.ndim != 2 or weights.shape[0] != x.shape[1]:
        raise ValueError(
            f"weights must have {x.shape[1]} rows, one per column of x {x.shape}, but their shape is {weights.shape}"
        )


# What is not there yet is found missing where it is asked for: a `__getattr__` for it would slow every other attribute.


def _alone(layer: "Layer") -> ValueError:
    kind = type(layer).__name__
    return ValueError(
        f"this {kind} layer belongs to no network, so it has no weights: put it into one, "
        f"Network([{kind}(...)], inputs=...), and use that network, or its layers"
    )


def _never_forward(layer: "Layer") -> ValueError:
    return ValueError(
        f"this {type(layer).__name__} layer cannot go backward yet: call forward first, which keeps what backward needs"
    )


class Layer:
    """One layer: `forward` remembers what `backward` needs.

    A network works on layers of its own, `fresh` ones with the settings of those it was given. It gives every layer its
    views into theta and the gradient with `bind`; one without parameters, empty ones.

    Example:
        >>> class Doubled(Layer):
        ...     def forward(self, x, *, training=False):
        ...         return 2 * x
        ...     def backward(self, dy):
        ...         return 2 * dy
        >>> Doubled().forward(np.array([[1.0, 3.0]]))
        array([[2., 6.]])
    """

    #: What a layer has once it belongs to a network, and what it has once `forward` was called.
    bound_names: ClassVar[tuple[str, ...]] = ()
    remembered_names: ClassVar[tuple[str, ...]] = ()

    def fresh(self) -> Self:
        """Return a layer with the same settings that belongs to no network yet.

        Example:
            >>> layer = Dense(3, activation="relu")
            >>> twin = layer.fresh()
            >>> twin is layer, twin.units, twin.activation_name
            (False, 3, 'relu')
        """
        twin = copy.copy(self)
        for name in (*self.bound_names, *self.remembered_names):
            vars(twin).pop(name, None)
        return twin

    def parameter_count(self, n_in: int) -> int:
        """Return how many entries of theta the layer needs for n_in inputs."""
        return 0

    def output_count(self, n_in: int) -> int:
        """Return the number of outputs for n_in inputs."""
        return n_in

    def bind(self, theta: Array, gradient: Array, n_in: int) -> None:
        """Take views of the layer's stretch of the network's theta and gradient."""

    def initialize(self, rng: np.random.Generator) -> None:
        """Draw the parameters."""
        self.rng = rng

    def forward(self, x: Array, *, training: bool = False) -> Array:
        """Return the outputs, (batch, n_out), for x, (batch, n_in)."""
        raise NotImplementedError

    def backward(self, dy: Array) -> Array:
        """Return dx for dy, and write the gradient of the parameters into their view."""
        raise NotImplementedError

    def backward_first(self, dy: Array) -> None:
        """Do what `backward` does, for the first layer of a network: nobody needs its dx."""
        self.backward(dy)

    def penalty(self) -> float:
        """Return what the layer's regularizer adds to the loss."""
        return 0.0

    def constrain(self) -> None:
        """Put the weights back where the layer's constraint allows them, after an update."""


class Dense(Layer):
    """A dense layer: `activation(x @ weights + bias)`.

    Its stretch of theta is `block = (n_out, n_in + 1)`: a row per unit, its incoming weights and then its bias.

    Args:
        units: number of outputs, >= 1.
        activation: a name of `activations.BY_NAME`; None is the identity.
        kernel_initializer: a name of `initializers.BY_NAME`, or a function (shape, rng) -> weights. Biases start at 0.
        kernel_regularizer: a penalty on the weights, such as L2(0.01); biases are spared.
        kernel_constraint: a function weights -> weights, applied after every update, such as MaxNorm(2).

    Raises:
        ValueError: units is not a whole number >= 1, or a name is unknown.

    Example:
        >>> layer = Dense(100, activation="swish", kernel_initializer="he_normal")
        >>> layer.parameter_count(64)
        6500
    """

    bound_names = ("weights", "bias", "dweights", "dbias")
    remembered_names = ("x", "z")

    def __init__(
        self,
        units: int,
        activation: str | activations.Activation | None = None,
        *,
        kernel_initializer: str | initializers.Initializer = "glorot_uniform",
        kernel_regularizer: str | regularizers.L1L2 | None = None,
        kernel_constraint: Callable[[Array], Array] | None = None,
    ) -> None:
        self.units = count("units", units, 1)
        self.activation_name = (
            activation if isinstance(activation, str) else "linear" if activation is None else "custom"
        )
        self.activation = activations.get(activation)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.kernel_constraint = kernel_constraint

    def parameter_count(self, n_in: int) -> int:
        return self.units * (n_in + 1)

    def output_count(self, n_in: int) -> int:
        return self.units

    def bind(self, theta: Array, gradient: Array, n_in: int) -> None:
        block, dblock = theta.reshape(self.units, n_in + 1), gradient.reshape(self.units, n_in + 1)
        self.weights, self.bias = block[:, :-1].T, block[:, -1]
        self.dweights, self.dbias = dblock[:, :-1].T, dblock[:, -1]

    def initialize(self, rng: np.random.Generator) -> None:
        n_in, n_out = self._own_weights().shape
        self.weights[:] = self.kernel_initializer((n_in, n_out), rng)
        self.bias[:] = 0

    def forward(self, x: Array, *, training: bool = False) -> Array:
        try:
            weights, bias = self.weights, self.bias
        except AttributeError:
            raise _alone(self) from None
        self.x = x
        self.z = dense_forward(x, weights, bias)
        return self.activation.function(self.z)

    def backward(self, dy: Array) -> Array:
        return self._parameters_backward(dy) @ self.weights.T

    def backward_first(self, dy: Array) -> None:
        self._parameters_backward(dy)

    def _parameters_backward(self, dy: Array) -> Array:
        """Write the gradients of weights and bias into their views, and return dz."""
        try:
            x, z = self.x, self.z
        except AttributeError:
            raise _never_forward(self) from None
        dz = self.activation.backward(dy, z)
        parameter_gradients(dz, x, out=(self.dweights, self.dbias))
        if self.kernel_regularizer is not None:
            self.dweights += self.kernel_regularizer.gradient(self.weights)
        return dz

    def penalty(self) -> float:
        return 0.0 if self.kernel_regularizer is None else float(self.kernel_regularizer.penalty(self._own_weights()))

    def constrain(self) -> None:
        if self.kernel_constraint is not None:
            weights = self._own_weights()
            weights[:] = self.kernel_constraint(weights)

    def _own_weights(self) -> Array:
        try:
            return self.weights
        except AttributeError:
            raise _alone(self) from None


class Activation(Layer):
    """An activation function as a layer of its own.

    Args:
        activation: a name of `activations.BY_NAME`.

    Example:
        >>> Activation("relu").forward(np.array([[-1.0, 2.0]]))
        array([[0., 2.]])
    """

    remembered_names = ("z",)
    slope: float | None = None  # of a leaky ReLU with a slope of its own, below 0

    def __init__(self, activation: str | activations.Activation) -> None:
        self.activation_name = activation if isinstance(activation, str) else "custom"
        self.activation = activations.get(activation)

    def forward(self, x: Array, *, training: bool = False) -> Array:
        self.z = x
        return self.activation.function(x)

    def backward(self, dy: Array) -> Array:
        try:
            z = self.z
        except AttributeError:
            raise _never_forward(self) from None
        return self.activation.backward(dy, z)


class Dropout(Layer):
    """Ignores every input with probability `rate` while training; the identity otherwise.

    Args:
        rate: the probability to drop, in [0, 1).

    Raises:
        ValueError: rate is not in [0, 1).

    Example:
        >>> Dropout(0.5).forward(np.array([[1.0, 2.0]]))
        array([[1., 2.]])
    """

    remembered_names = ("mask",)

    def __init__(self, rate: float) -> None:
        self.rate = fraction("rate", rate, hint="it is the probability to drop a value, not to keep it")
        self.rng = np.random.default_rng()

    def forward(self, x: Array, *, training: bool = False) -> Array:
        y, self.mask = regularizers.dropout_forward(x, rate=self.rate, rng=self.rng, training=training)
        return y

    def backward(self, dy: Array) -> Array:
        try:
            mask = self.mask
        except AttributeError:
            raise _never_forward(self) from None
        return regularizers.dropout_backward(dy, mask, rate=self.rate)


class Flatten(Layer):
    """As a network's first layer: lets it take images, (batch, height, width), and reads them row by row.

    Example:
        >>> Flatten().forward(np.zeros((3, 8, 8))).shape
        (3, 64)
    """

    remembered_names = ("shape",)

    def forward(self, x: Array, *, training: bool = False) -> Array:
        self.shape = x.shape
        return x.reshape(len(x), -1)

    def backward(self, dy: Array) -> Array:
        try:
            shape = self.shape
        except AttributeError:
            raise _never_forward(self) from None
        return dy.reshape(shape)
