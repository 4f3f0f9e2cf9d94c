"""How long an optimizer's first step is: what all that starts at 0 does to it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

__all__ = ["first_step_length"]

#: By the lecture's name: from the size of the slope, beta1 and beta2 to the length, in units of the learning rate.
_LENGTHS: Mapping[str, Callable[[float, float, float], float]] = MappingProxyType(
    {
        "SGD": lambda slope, beta1, beta2: slope,
        "Momentum": lambda slope, beta1, beta2: slope,
        "NAG": lambda slope, beta1, beta2: slope,
        "AdaGrad": lambda slope, beta1, beta2: 1.0,
        "RMSProp": lambda slope, beta1, beta2: 1 / np.sqrt(1 - beta2),
        "Adam": lambda slope, beta1, beta2: 1.0,
        "Nadam": lambda slope, beta1, beta2: 1 + beta1 / (1 + beta1),
    }
)


def first_step_length(optimizer: str, slope: float, *, learning_rate: float, beta1: float, beta2: float) -> float:
    """Return how far an optimizer moves a parameter in its first step, where m and s are 0 and epsilon is left out.

    In units of the learning rate: SGD, Momentum and NAG `abs(slope)`; AdaGrad and Adam 1; RMSProp
    `1 / sqrt(1 - beta2)`; Nadam `1 + beta1 / (1 + beta1)`.

    Args:
        optimizer: "SGD", "Momentum", "NAG", "AdaGrad", "RMSProp", "Adam" or "Nadam".
        slope: the gradient's entry for the parameter, not 0.
        learning_rate: eta, > 0.
        beta1: of m, in [0, 1).
        beta2: of s, in [0, 1).

    Returns:
        The length, > 0.

    Raises:
        ValueError: no optimizer is called so, or the slope is 0.

    Example:
        >>> first_step_length("Momentum", -3.0, learning_rate=0.1, beta1=0.9, beta2=0.999)  # doctest: +ELLIPSIS
        0.3...
        >>> first_step_length("RMSProp", -3.0, learning_rate=0.1, beta1=0.9, beta2=0.99)  # doctest: +ELLIPSIS
        0.99999...

    Source: the lecture, section 3; Dozat 2016 (Nadam).
    """
    if optimizer not in _LENGTHS:
        raise ValueError(f"no optimizer is called {optimizer!r}: choose one of {', '.join(_LENGTHS)}")
    if slope == 0:
        raise ValueError("slope must not be 0: where it is, nothing moves, and AdaGrad would divide 0 by 0")
    return float(learning_rate * _LENGTHS[optimizer](abs(slope), beta1, beta2))
