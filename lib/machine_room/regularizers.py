"""Regularization: penalties on weights, dropout, max-norm, weight decay, Monte Carlo dropout.

Penalties are for weights, not biases, and are added to the mean loss as they are: not divided by the batch size.
`weights` has shape (n_in, n_out), one column per unit. Early stopping, usually the best of them, is in `callbacks`;
weight decay stands beside AdamW, in `optimizers.adamw`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, above, array_like, at_least, count, float_array, fraction
from machine_room.optimizers.adamw import weight_decay_step

__all__ = [
    "BY_NAME",
    "L1",
    "L1L2",
    "L2",
    "MaxNorm",
    "dropout_backward",
    "dropout_forward",
    "elastic_net_gradient",
    "elastic_net_penalty",
    "get",
    "l1_gradient",
    "l1_penalty",
    "l2_gradient",
    "l2_penalty",
    "max_norm",
    "monte_carlo_dropout",
    "regularized_loss",
    "weight_decay_step",
]


def l1_penalty(weights: ArrayLike, *, strength: float) -> float:
    """Return the L1 (Lasso) penalty: `strength * sum(|w|)`.

    Args:
        weights: floats, any shape.
        strength: lambda >= 0.

    Raises:
        TypeError: weights does not hold floats.
        ValueError: strength is out of its range.

    Example:
        >>> l1_penalty(np.array([[3.0, -4.0]]), strength=0.5)
        3.5

    Source: the lecture, section 5; Keras's `L1` is the same.
    """
    return at_least("strength", strength, 0) * float(np.abs(float_array("weights", weights)).sum())


def l1_gradient(weights: ArrayLike, *, strength: float) -> Array:
    """Return the gradient of the L1 penalty: `strength * sign(w)`, and 0 where w is 0.

    Args:
        weights: floats, any shape.
        strength: lambda >= 0.

    Raises:
        TypeError: weights does not hold floats.
        ValueError: strength is out of its range.

    Example:
        >>> l1_gradient(np.array([[3.0, -4.0, 0.0]]), strength=0.5)
        array([[ 0.5, -0.5,  0. ]])

    Source: the lecture, section 5.
    """
    return at_least("strength", strength, 0) * np.sign(float_array("weights", weights))


def l2_penalty(weights: ArrayLike, *, strength: float) -> float:
    """Return the L2 (Ridge) penalty: `strength * sum(w**2)`, without a factor 1/2.

    Args:
        weights: floats, any shape.
        strength: lambda >= 0. PyTorch's `weight_decay=c` is this penalty with strength c / 2.

    Raises:
        TypeError: weights does not hold floats.
        ValueError: strength is out of its range.

    Example:
        >>> l2_penalty(np.array([[3.0, -4.0]]), strength=0.5)
        12.5

    Source: the lecture, section 5; Keras's `L2` is the same.
    """
    return at_least("strength", strength, 0) * float(np.square(float_array("weights", weights)).sum())


def l2_gradient(weights: ArrayLike, *, strength: float) -> Array:
    """Return the gradient of the L2 penalty: `2 * strength * w`.

    Args:
        weights: floats, any shape.
        strength: lambda >= 0.

    Raises:
        TypeError: weights does not hold floats.
        ValueError: strength is out of its range.

    Example:
        >>> l2_gradient(np.array([[3.0, -4.0]]), strength=0.5)
        array([[ 3., -4.]])

    Source: the lecture, section 5.
    """
    return 2 * at_least("strength", strength, 0) * float_array("weights", weights)


def elastic_net_penalty(weights: ArrayLike, *, l1: float, l2: float) -> float:
    """Return both penalties at once: `l1 * sum(|w|) + l2 * sum(w**2)`.

    Args:
        weights: floats, any shape.
        l1, l2: strengths, >= 0.

    Example:
        >>> elastic_net_penalty(np.array([[3.0, -4.0]]), l1=0.5, l2=0.5)
        16.0

    Source: the lecture, section 5. Zou and Hastie 2005.
    """
    return l1_penalty(weights, strength=l1) + l2_penalty(weights, strength=l2)


def elastic_net_gradient(weights: ArrayLike, *, l1: float, l2: float) -> Array:
    """Return the gradient of the elastic net: `l1 * sign(w) + 2 * l2 * w`.

    Args:
        weights: floats, any shape.
        l1, l2: strengths, >= 0.

    Example:
        >>> elastic_net_gradient(np.array([[3.0, -4.0]]), l1=0.5, l2=0.5)
        array([[ 3.5, -4.5]])

    Source: the lecture, section 5.
    """
    return l1_gradient(weights, strength=l1) + l2_gradient(weights, strength=l2)


def regularized_loss(
    loss: float, layers: Sequence[tuple[ArrayLike, ArrayLike]], *, l1: float = 0.0, l2: float = 0.0
) -> float:
    """Add the elastic net of every layer's weights to a loss: `loss + sum over layers of l1 * |w| + l2 * w**2`.

    Args:
        loss: the mean loss over the batch.
        layers: (weights, bias) of each layer, floats. Biases are not penalised.
        l1, l2: strengths, >= 0.

    Returns:
        The loss with the penalties, a float.

    Example:
        >>> layer = (np.array([[3.0, -4.0]]), np.array([100.0, 100.0]))
        >>> regularized_loss(1.0, [layer, layer], l1=0.5, l2=0.5)
        33.0

    Source: the lecture, section 5; Keras adds its `kernel_regularizer`s in the same way.
    """
    return float(loss) + sum(elastic_net_penalty(weights, l1=l1, l2=l2) for weights, _ in layers)


class L1L2:
    """A layer's `kernel_regularizer`: the elastic net, with `L1` and `L2` as its two special cases.

    Args:
        l1: strength of the L1 penalty, >= 0.
        l2: strength of the L2 penalty, >= 0.

    Example:
        >>> L1L2(l1=0.5, l2=0.5).penalty(np.array([[3.0, -4.0]]))
        16.0

    Source: the lecture, section 5.
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = at_least("l1", l1, 0)
        self.l2 = at_least("l2", l2, 0)

    def penalty(self, weights: ArrayLike) -> float:
        """Return what is added to the loss."""
        return elastic_net_penalty(weights, l1=self.l1, l2=self.l2)

    def gradient(self, weights: ArrayLike) -> Array:
        """Return the penalty's gradient, shaped as weights."""
        return elastic_net_gradient(weights, l1=self.l1, l2=self.l2)

    def __repr__(self) -> str:
        return f"L1L2(l1={self.l1:g}, l2={self.l2:g})"


class L1(L1L2):
    """The L1 penalty `l1 * sum(|w|)`: pulls unneeded weights to exactly 0.

    Args:
        l1: strength, >= 0.

    Example:
        >>> L1(0.5).penalty(np.array([[3.0, -4.0]]))
        3.5

    Source: the lecture, section 5.
    """

    def __init__(self, l1: float = 0.01) -> None:
        super().__init__(l1=l1)


class L2(L1L2):
    """The L2 penalty `l2 * sum(w**2)`: keeps weights small.

    Args:
        l2: strength, >= 0.

    Example:
        >>> L2(0.5).penalty(np.array([[3.0, -4.0]]))
        12.5

    Source: the lecture, section 5.
    """

    def __init__(self, l2: float = 0.01) -> None:
        super().__init__(l2=l2)


BY_NAME: dict[str, Callable[[], L1L2]] = {"l1": L1, "l2": L2, "l1_l2": lambda: L1L2(l1=0.01, l2=0.01)}


def get(regularizer: str | L1L2 | None) -> L1L2 | None:
    """Return a regularizer by Keras's name (strength 0.01), or the given one, or None.

    Args:
        regularizer: "l1", "l2", "l1_l2", an object with `penalty` and `gradient`, or None.

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("l2")
        L1L2(l1=0, l2=0.01)
    """
    if regularizer is None or isinstance(regularizer, L1L2):
        return regularizer
    if isinstance(regularizer, str) and regularizer in BY_NAME:
        return BY_NAME[regularizer]()
    raise ValueError(
        f"unknown regularizer {regularizer!r}: choose one of {', '.join(BY_NAME)}, or give L1(...) or L2(...)"
    )


def dropout_forward(
    x: ArrayLike, *, rate: float, rng: np.random.Generator, training: bool = True
) -> tuple[Array, Array | None]:
    """Ignore every value with probability `rate` and scale the others up: `y = x * mask / (1 - rate)`.

    The scale keeps the mean of y at x ("inverted" dropout), so that nothing is left to do when predicting.

    Args:
        x: activations, floats, any shape.
        rate: p, the probability to be dropped, in [0, 1).
        rng: where the mask is drawn from.
        training: False gives x back, and None for the mask.

    Returns:
        y, shaped as x, and the mask: True where a value was kept.

    Raises:
        TypeError: x does not hold floats.
        ValueError: rate is out of its range.

    Example:
        >>> y, mask = dropout_forward(np.ones(6), rate=0.5, rng=np.random.default_rng(1))
        >>> y
        array([2., 2., 0., 2., 0., 0.])

    Source: Srivastava et al. 2014; the lecture, section 5. Keras and PyTorch do the same.
    """
    x = float_array("x", x)
    rate = fraction("rate", rate, hint="it is the probability to drop a value, not to keep it")
    if not training:
        return x, None
    mask = rng.random(x.shape) >= rate
    return x * mask / (1 - rate), mask


def dropout_backward(dy: ArrayLike, mask: ArrayLike | None, *, rate: float) -> Array:
    """Carry a gradient back through dropout: `dx = dy * mask / (1 - rate)`, with the mask and scale of the forward
    pass.

    Args:
        dy: gradient with respect to y, floats.
        mask: what dropout_forward returned; None (not training) gives dy back.
        rate: the same rate, in [0, 1).

    Returns:
        dx, shaped as dy.

    Raises:
        TypeError: dy does not hold floats.
        ValueError: the shapes differ, or rate is out of its range.

    Example:
        >>> dropout_backward(np.array([1.0, 3.0]), np.array([True, False]), rate=0.5)
        array([2., 0.])

    Source: Srivastava et al. 2014.
    """
    dy = float_array("dy", dy)
    rate = fraction("rate", rate, hint="it is the probability to drop a value, not to keep it")
    if mask is None:
        return dy
    return dy * array_like("mask", mask, "dy", dy) / (1 - rate)


def monte_carlo_dropout(
    predict: Callable[[ArrayLike], Array], x: ArrayLike, *, samples: int = 100
) -> tuple[Array, Array]:
    """Predict many times with dropout left on, and return the mean and the standard deviation of the predictions.

    Where the deviation is large, the network is unsure.

    Args:
        predict: the model with dropout on, for example `lambda x: model.predict(x, training=True)`.
        x: inputs, handed to predict.
        samples: number of predictions, >= 1.

    Returns:
        mean and standard deviation over the samples, both shaped as one prediction.

    Raises:
        ValueError: samples is out of its range.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> noisy = lambda x: dropout_forward(x, rate=0.5, rng=rng)[0]
        >>> mean, deviation = monte_carlo_dropout(noisy, np.ones(1), samples=1000)
        >>> abs(mean - 1) < 0.1, abs(deviation - 1) < 0.1
        (array([ True]), array([ True]))

    Source: Gal and Ghahramani 2016.
    """
    samples = count("samples", samples, 1)
    predictions = np.stack([predict(x) for _ in range(samples)])
    return predictions.mean(axis=0), predictions.std(axis=0)


def max_norm(weights: ArrayLike, *, limit: float) -> Array:
    """Shrink every unit's weight vector to length `limit`, if it is longer: `w * min(1, limit / ||w||)` per column.

    Args:
        weights: floats, (n_in, n_out): a unit's incoming weights are a column.
        limit: r > 0.

    Returns:
        New weights, (n_in, n_out).

    Raises:
        TypeError: weights does not hold floats.
        ValueError: limit is out of its range.

    Example:
        >>> max_norm(np.array([[3.0, 0.3], [4.0, 0.4]]), limit=1.0)
        array([[0.6, 0.3],
               [0.8, 0.4]])

    Source: Srivastava et al. 2014, section 5.1. Keras's `MaxNorm` adds 1e-7 to the length, so differs in the seventh
    digit.
    """
    weights = float_array("weights", weights)
    limit = above("limit", limit, 0)
    lengths = np.sqrt(np.square(weights).sum(axis=0, keepdims=True))
    shortened: Array = weights * (limit / np.maximum(lengths, limit))
    return shortened


@dataclass(frozen=True)
class MaxNorm:
    """A layer's `kernel_constraint`: applies `max_norm` after every update.

    Args:
        max_value: the longest that a unit's weight vector may be, > 0.

    Example:
        >>> MaxNorm(max_value=1.0)(np.array([[3.0], [4.0]]))
        array([[0.6],
               [0.8]])
    """

    max_value: float = 2.0

    def __post_init__(self) -> None:
        above("max_value", self.max_value, 0)

    def __call__(self, weights: ArrayLike) -> Array:
        return max_norm(weights, limit=self.max_value)
