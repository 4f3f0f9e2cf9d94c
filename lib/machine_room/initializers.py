"""Initializers: how weights start. Each takes `shape` = (n_in, n_out) and an rng, and returns floats of that shape.

The variance fits the activation: Glorot `2 / (n_in + n_out)` for tanh, sigmoid and softmax; He `2 / n_in` for ReLU and
its relatives; LeCun `1 / n_in` for SELU. The normal ones are cut off at two deviations and rescaled, as Keras's are;
PyTorch's are not cut off. The uniform ones reach from -limit to limit, with `limit = sqrt(3 * variance)`.
"""

from collections.abc import Callable

import numpy as np

from machine_room.arguments import Array, at_least

__all__ = [
    "BY_NAME",
    "MATCHING_SCHEME",
    "Initializer",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "init_std",
    "init_weights",
    "lecun_normal",
    "lecun_uniform",
    "matching_std",
    "normal",
    "truncated_normal",
    "variance",
    "zeros",
]

Initializer = Callable[[tuple[int, int], np.random.Generator], Array]

# The deviation of a standard normal cut off at two deviations.
TRUNCATED_DEVIATION = 0.87962566103423978


def zeros(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return zeros: right for biases; as weights they keep all units of a layer equal for ever.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Example:
        >>> zeros((1, 2), np.random.default_rng(0))
        array([[0., 0.]])

    Source: Keras's `Zeros`.
    """
    return np.zeros(shape)


def normal(shape: tuple[int, int], rng: np.random.Generator, *, stddev: float = 0.05) -> Array:
    """Draw from a normal distribution with mean 0 and the given standard deviation (Keras's default 0.05).

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.
        stddev: standard deviation, >= 0.

    Returns:
        Weights, (n_in, n_out).

    Raises:
        ValueError: stddev is out of its range.

    Example:
        >>> weights = normal((300, 200), np.random.default_rng(0), stddev=0.5)
        >>> round(float(weights.std()), 2)
        0.5

    Source: Keras's `RandomNormal`.
    """
    return at_least("stddev", stddev, 0) * rng.standard_normal(shape)


def truncated_normal(shape: tuple[int, int], rng: np.random.Generator, *, stddev: float = 0.05) -> Array:
    """Draw from a normal distribution, redrawing what lies beyond two deviations; stddev is before the cut.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.
        stddev: standard deviation, >= 0.

    Returns:
        Weights, (n_in, n_out).

    Raises:
        ValueError: stddev is out of its range.

    Example:
        >>> weights = truncated_normal((300, 200), np.random.default_rng(0), stddev=0.5)
        >>> round(float(weights.std()), 2)
        0.44

    Source: Keras's `TruncatedNormal`.
    """
    values = rng.standard_normal(shape)
    while np.any(beyond := np.abs(values) > 2):
        values[beyond] = rng.standard_normal(np.count_nonzero(beyond))
    return at_least("stddev", stddev, 0) * values


def variance(scheme: str, shape: tuple[int, int]) -> float:
    """Return the variance that "glorot", "he" or "lecun" gives to weights of this shape (n_in, n_out).

    Args:
        scheme: "glorot", "he" or "lecun".
        shape: (n_in, n_out), each at least 1.

    Raises:
        ValueError: the scheme is unknown, or a size is below 1.

    Example:
        >>> variance("glorot", (3, 1)), variance("he", (4, 1)), variance("lecun", (4, 1))
        (0.5, 0.5, 0.25)

    Source: Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998.
    """
    n_in, n_out = shape
    if min(shape) < 1:
        raise ValueError(f"shape must be (n_in, n_out), both at least 1, but it is {shape}")
    variances = {"glorot": 2 / (n_in + n_out), "he": 2 / n_in, "lecun": 1 / n_in}
    if scheme not in variances:
        raise ValueError(f"unknown scheme {scheme!r}: choose one of {', '.join(variances)}")
    return variances[scheme]


def init_std(scheme: str, fan_in: int, fan_out: int) -> float:
    """Return the standard deviation that a scheme gives to a layer's weights: the root of `variance`.

    Args:
        scheme: "glorot", "he" or "lecun".
        fan_in, fan_out: number of inputs and of units of the layer, >= 1.

    Raises:
        ValueError: the scheme is unknown, or a size is below 1.

    Example:
        >>> init_std("he", 50, 10)
        0.2

    Source: the lecture, section 2.
    """
    return float(np.sqrt(variance(scheme, (fan_in, fan_out))))


#: The lecture's table: which scheme fits which activation.
MATCHING_SCHEME = {
    **dict.fromkeys(("tanh", "sigmoid", "softmax"), "glorot"),
    **dict.fromkeys(("relu", "leaky_relu", "elu", "gelu", "swish", "mish"), "he"),
    "selu": "lecun",
}


def matching_std(activation: str, fan_in: int, fan_out: int) -> float:
    """Return the standard deviation of weights in front of an activation, by the lecture's table of matching pairs.

    Args:
        activation: a name of the table, see `MATCHING_SCHEME`.
        fan_in, fan_out: number of inputs and of units of the layer, >= 1.

    Raises:
        ValueError: the activation is not in the table, or a size is below 1.

    Example:
        >>> matching_std("selu", 25, 100), matching_std("swish", 50, 100)
        (0.2, 0.2)

    Source: the lecture, section 2.
    """
    if activation not in MATCHING_SCHEME:
        raise ValueError(f"no scheme is known for {activation!r}: choose one of {', '.join(MATCHING_SCHEME)}")
    return init_std(MATCHING_SCHEME[activation], fan_in, fan_out)


def init_weights(
    scheme: str, fan_in: int, fan_out: int, rng: np.random.Generator, *, distribution: str = "normal"
) -> Array:
    """Draw a layer's first weights: mean 0, standard deviation `init_std`, (fan_in, fan_out).

    Args:
        scheme: "glorot", "he" or "lecun".
        fan_in, fan_out: number of inputs and of units of the layer, >= 1.
        rng: where the numbers come from.
        distribution: "normal"; or "uniform", from -limit to limit with `limit = sqrt(3) * std`.

    Returns:
        Weights, (fan_in, fan_out).

    Raises:
        ValueError: a name is unknown, or a size is below 1.

    Example:
        >>> weights = init_weights("he", 200, 300, np.random.default_rng(0), distribution="uniform")
        >>> weights.shape, round(float(weights.std()), 3), round(float(abs(weights).max()), 3)
        ((200, 300), 0.1, 0.173)

    Source: the lecture, section 2. `he_normal` and the like cut the normal off at two deviations, as Keras does; this
    does not.
    """
    std, shape = init_std(scheme, fan_in, fan_out), (fan_in, fan_out)
    if distribution == "normal":
        return rng.normal(0.0, std, shape)
    if distribution == "uniform":
        limit = np.sqrt(3.0) * std
        return rng.uniform(-limit, limit, shape)
    raise ValueError(f"unknown distribution {distribution!r}: choose 'normal' or 'uniform'")


def _scaled_normal(scheme: str, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    return truncated_normal(shape, rng, stddev=np.sqrt(variance(scheme, shape)) / TRUNCATED_DEVIATION)


def _scaled_uniform(scheme: str, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    limit = np.sqrt(3 * variance(scheme, shape))
    return rng.uniform(-limit, limit, shape)


def glorot_normal(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw from a truncated normal with variance `2 / (n_in + n_out)`.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Returns:
        Weights, (n_in, n_out).

    Example:
        >>> round(float(glorot_normal((300, 200), np.random.default_rng(0)).std()), 3)
        0.063

    Source: Glorot and Bengio 2010.
    """
    return _scaled_normal("glorot", shape, rng)


def glorot_uniform(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw uniformly with variance `2 / (n_in + n_out)`: Keras's and our default.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Returns:
        Weights, (n_in, n_out).

    Example:
        >>> round(float(glorot_uniform((300, 200), np.random.default_rng(0)).std()), 3)
        0.063

    Source: Glorot and Bengio 2010.
    """
    return _scaled_uniform("glorot", shape, rng)


def he_normal(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw from a truncated normal with variance `2 / n_in`.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Returns:
        Weights, (n_in, n_out).

    Example:
        >>> round(float(he_normal((300, 200), np.random.default_rng(0)).std()), 3)
        0.082

    Source: He et al. 2015.
    """
    return _scaled_normal("he", shape, rng)


def he_uniform(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw uniformly with variance `2 / n_in`.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Returns:
        Weights, (n_in, n_out).

    Example:
        >>> round(float(he_uniform((300, 200), np.random.default_rng(0)).std()), 3)
        0.082

    Source: He et al. 2015.
    """
    return _scaled_uniform("he", shape, rng)


def lecun_normal(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw from a truncated normal with variance `1 / n_in`.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Returns:
        Weights, (n_in, n_out).

    Example:
        >>> round(float(lecun_normal((300, 200), np.random.default_rng(0)).std()), 3)
        0.058

    Source: LeCun et al. 1998.
    """
    return _scaled_normal("lecun", shape, rng)


def lecun_uniform(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Draw uniformly with variance `1 / n_in`.

    Args:
        shape: (n_in, n_out), each at least 1.
        rng: where the numbers come from.

    Returns:
        Weights, (n_in, n_out).

    Example:
        >>> round(float(lecun_uniform((300, 200), np.random.default_rng(0)).std()), 3)
        0.058

    Source: LeCun et al. 1998.
    """
    return _scaled_uniform("lecun", shape, rng)


BY_NAME: dict[str, Initializer] = {
    "zeros": zeros,
    "normal": normal,
    "random_normal": normal,
    "truncated_normal": truncated_normal,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
}


def get(initializer: str | Initializer) -> Initializer:
    """Return an initializer by Keras's name, or the given function.

    Args:
        initializer: a name of `BY_NAME`, or a function (shape, rng) -> weights.

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("he_normal") is he_normal
        True
    """
    if callable(initializer):
        return initializer
    if initializer in BY_NAME:
        return BY_NAME[initializer]
    raise ValueError(f"unknown initializer {initializer!r}: choose one of {', '.join(BY_NAME)}")
