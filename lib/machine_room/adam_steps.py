"""One step of Adam and its relatives, and Adam's parts, as pure functions on the flat parameter vector.

Letters and promises as in `optimizer_steps`. `m` is the moving average of the gradients (the paper's sign: it points
uphill and is subtracted), `s` that of their squares. The lecture's epsilon stands inside the root;
`epsilon_inside=False` is Algorithm 1 of the paper and PyTorch. Keras adds its epsilon to the root of the *uncorrected*
s: that is `epsilon_inside=False` with `epsilon / sqrt(1 - beta2**t)`.
"""

import numpy as np
from numpy.typing import ArrayLike

from machine_room import update_kernels
from machine_room.arguments import Array, above, array_like, count, float_array, fraction, learning_rate_value
from machine_room.optimizer_steps import state_argument, step_arguments
from machine_room.regularizers import weight_decay_step


def first_moment(gradient: ArrayLike, m: ArrayLike, *, beta1: float) -> Array:
    """Return the moving average of the gradients: `beta1 * m + (1 - beta1) * gradient`.

    Args:
        gradient: floats, any shape.
        m: the average so far, same shape; zeros at the start.
        beta1: in [0, 1).

    Example:
        >>> first_moment(np.array([4.0]), np.array([2.0]), beta1=0.5)
        array([3.])

    Source: Kingma and Ba 2015, Algorithm 1.
    """
    gradient = float_array("gradient", gradient)
    m = array_like("m", m, "gradient", gradient).copy()
    update_kernels.average(m, gradient, np.empty_like(m), fraction("beta1", beta1))
    return m


def second_moment(gradient: ArrayLike, s: ArrayLike, *, beta2: float) -> Array:
    """Return the moving average of the squared gradients: `beta2 * s + (1 - beta2) * gradient**2`.

    Args:
        gradient: floats, any shape.
        s: the average so far, same shape; zeros at the start.
        beta2: in [0, 1).

    Example:
        >>> second_moment(np.array([4.0]), np.array([2.0]), beta2=0.5)
        array([9.])

    Source: Kingma and Ba 2015, Algorithm 1.
    """
    gradient = float_array("gradient", gradient)
    s = array_like("s", s, "gradient", gradient).copy()
    update_kernels.average_squares(s, gradient, np.empty_like(s), fraction("beta2", beta2))
    return s


def bias_correction(moment: ArrayLike, t: int, *, beta: float) -> Array:
    """Undo that a moving average started at zero: `moment / (1 - beta**t)`.

    Args:
        moment: m or s after t updates, floats.
        t: number of updates, >= 1.
        beta: the average's beta, in [0, 1).

    Example:
        >>> bias_correction(np.array([3.0]), 2, beta=0.5)
        array([4.])

    Source: Kingma and Ba 2015, section 3.
    """
    return float_array("moment", moment) / (1 - fraction("beta", beta) ** _update_number(t))


def adam_step(
    theta: ArrayLike,
    gradient: ArrayLike,
    m: ArrayLike,
    s: ArrayLike,
    t: int,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    epsilon_inside: bool = True,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam: `theta - eta * m_hat / sqrt(s_hat + epsilon)`.

    m and s are the new `first_moment` and `second_moment`, m_hat and s_hat their `bias_correction`.

    Args:
        theta, gradient: parameters and gradient, floats, same shape.
        m, s: moments after the last update, shaped as theta; zeros at the start.
        t: number of this update, 1 for the first.
        learning_rate: eta >= 0.
        beta1, beta2: in [0, 1).
        epsilon: keeps the root away from 0, > 0.
        epsilon_inside: True for `sqrt(s_hat + epsilon)`, False for `sqrt(s_hat) + epsilon`.

    Returns:
        The new theta, m and s; m and s without the correction.

    Example:
        >>> zero = np.zeros(1)
        >>> theta, m, s = adam_step(
        ...     np.ones(1), np.full(1, 4.0), zero, zero, 1, learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=9.0
        ... )
        >>> theta, m, s
        (array([0.6]), array([2.]), array([8.]))

    Source: Kingma and Ba 2015, Algorithm 1; the lecture, section 3.
    """
    theta, gradient = step_arguments(theta, gradient)
    m, s = state_argument("m", m, theta), state_argument("s", s, theta)
    update_kernels.adam(
        theta,
        gradient,
        m,
        s,
        _update_number(t),
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta1=fraction("beta1", beta1),
        beta2=fraction("beta2", beta2),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
    )
    return theta, m, s


def adamw_step(
    theta: ArrayLike,
    gradient: ArrayLike,
    m: ArrayLike,
    s: ArrayLike,
    t: int,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    weight_decay: float,
    epsilon_inside: bool = True,
    decay_mask: ArrayLike | None = None,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam from decayed parameters: `weight_decay_step`, then `adam_step`.

    The decay acts on theta itself and never enters m and s, which is what tells it from an L2 penalty.

    Args:
        theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon, epsilon_inside: as in `adam_step`.
        weight_decay: lambda >= 0; theta is multiplied by `1 - learning_rate * weight_decay`.
        decay_mask: True where to decay, shaped as theta (to spare the biases); None decays all, as Keras and PyTorch
            do.

    Returns:
        The new theta, m and s.

    Example:
        >>> zero = np.zeros(1)
        >>> theta, m, s = adamw_step(
        ...     np.ones(1), np.full(1, 4.0), zero, zero, 1,
        ...     learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=9.0, weight_decay=0.5,
        ... )
        >>> theta
        array([0.35])

    Source: Loshchilov and Hutter 2019, Algorithm 2, with lambda multiplied by the learning rate, as in Keras and
    PyTorch.
    """
    decayed = weight_decay_step(theta, learning_rate=learning_rate, weight_decay=weight_decay, mask=decay_mask)
    return adam_step(
        decayed,
        gradient,
        m,
        s,
        t,
        learning_rate=learning_rate,
        beta1=beta1,
        beta2=beta2,
        epsilon=epsilon,
        epsilon_inside=epsilon_inside,
    )


def nadam_step(
    theta: ArrayLike,
    gradient: ArrayLike,
    m: ArrayLike,
    s: ArrayLike,
    t: int,
    *,
    learning_rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
    epsilon_inside: bool = True,
    momentum_decay: float | None = None,
) -> tuple[Array, Array, Array]:
    """Take one step of Adam with the Nesterov trick: `theta - eta * m_ahead / sqrt(s_hat + epsilon)`.

    `m_ahead = beta1 * m / (1 - beta1**(t + 1)) + (1 - beta1) * gradient / (1 - beta1**t)`: the momentum that the
    *next* step will use, instead of this one's m_hat.

    Args:
        theta, gradient, m, s, t, learning_rate, beta1, beta2, epsilon, epsilon_inside: as in `adam_step`.
        momentum_decay: None keeps beta1 constant. A number psi warms the momentum up,
            `mu_t = beta1 * (1 - 0.96**(t * psi) / 2)`, and products of mu replace the powers of beta1: 1 is Keras,
            0.004 PyTorch.

    Returns:
        The new theta, m and s.

    Example:
        >>> zero = np.zeros(1)
        >>> theta, m, s = nadam_step(
        ...     np.ones(1), np.full(1, 4.0), zero, zero, 1, learning_rate=0.5, beta1=0.5, beta2=0.5, epsilon=9.0
        ... )
        >>> theta.round(4)  # m_ahead = 0.5 * 2 / 0.75 + 0.5 * 4 / 0.5
        array([0.4667])

    Source: Dozat 2016; the lecture, section 3.
    """
    theta, gradient = step_arguments(theta, gradient)
    m, s = state_argument("m", m, theta), state_argument("s", s, theta)
    t, beta1 = _update_number(t), fraction("beta1", beta1)
    momentum_weight, gradient_weight = nadam_weights(t, beta1=beta1, momentum_decay=momentum_decay)
    update_kernels.nadam(
        theta,
        gradient,
        m,
        s,
        t,
        np.empty_like(theta),
        learning_rate=learning_rate_value(learning_rate),
        beta1=beta1,
        beta2=fraction("beta2", beta2),
        epsilon=above("epsilon", epsilon, 0),
        epsilon_inside=epsilon_inside,
        momentum_weight=momentum_weight,
        gradient_weight=gradient_weight,
    )
    return theta, m, s


def nadam_weights(t: int, *, beta1: float, momentum_decay: float | None = None) -> tuple[float, float]:
    """Return what Nadam multiplies m and the gradient by at update t; arguments as in `nadam_step`.

    Example:
        >>> momentum_weight, gradient_weight = nadam_weights(1, beta1=0.5)
        >>> round(momentum_weight, 4), gradient_weight
        (0.6667, 1.0)
    """
    if momentum_decay is None:
        return beta1 / (1 - beta1 ** (t + 1)), (1 - beta1) / (1 - beta1**t)
    mu = beta1 * (1 - 0.5 * 0.96 ** (np.arange(1, t + 2) * momentum_decay))
    product = np.cumprod(mu)
    return float(mu[t] / (1 - product[t])), float((1 - mu[t - 1]) / (1 - product[t - 1]))


def _update_number(t: int) -> int:
    return count("t", t, 1, hint="the first update is t = 1")
