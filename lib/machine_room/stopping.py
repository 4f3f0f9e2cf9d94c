"""Early stopping as functions: on a recorded curve, and around gradient descent."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, at_least, count, float_array, learning_rate_value
from machine_room.callbacks import EarlyStoppingState, early_stopping_step

__all__ = ["descend_with_early_stopping", "early_stopping"]


def early_stopping(losses: Sequence[float], *, patience: int = 5, min_delta: float = 0.0) -> tuple[int, int]:
    """Say where early stopping would have stopped on a recorded curve, and which epoch it would have gone back to.

    An epoch is better if its loss is below `best - min_delta`, `best` the lowest loss so far, infinity at the start.
    Training stops after `patience` epochs in a row that are not better.

    Args:
        losses: the validation loss of every epoch; NaN is never better.
        patience: epochs, >= 1.
        min_delta: how much better counts, >= 0.

    Returns:
        stop, the last epoch that runs, and best, the epoch whose parameters are restored; epochs count from 0.

    Raises:
        ValueError: losses is empty, no loss is a finite number, or a setting is out of range.

    Example:
        >>> early_stopping([5.0, 3.0, 4.0, 3.5, 2.0], patience=2)
        (3, 1)

    Source: the lecture, section 5; Keras's `EarlyStopping` counts the same, but takes a NaN of epoch 0 for the best.
    """
    patience, min_delta = count("patience", patience, 1), at_least("min_delta", min_delta, 0)
    if not any(math.isfinite(loss) for loss in losses):
        raise ValueError(f"losses must hold at least one finite number, but they are {list(losses)}")
    state, best, epoch = EarlyStoppingState(), 0, 0
    for epoch, loss in enumerate(losses):
        state = early_stopping_step(state, loss, np.zeros(0), patience=patience, min_delta=min_delta)
        if state.wait == 0:
            best = epoch
        if state.stop:
            break
    return epoch, best


def descend_with_early_stopping(
    theta: ArrayLike,
    gradient: Callable[[Array], ArrayLike],
    validation_loss: Callable[[Array], float],
    *,
    learning_rate: float,
    patience: int,
    max_steps: int,
) -> tuple[Array, int]:
    """Walk downhill on the training loss, watch the validation loss, and return the best parameters met.

    Each step is `theta = theta - learning_rate * gradient(theta)`; then `validation_loss(theta)` is compared with the
    best so far, which at the start is that of the first theta. After `patience` steps in a row without a better one,
    or `max_steps`, it is over.

    Args:
        theta: where to start, floats; not changed.
        gradient: of the training loss, shaped as theta.
        validation_loss: a number; NaN is never better.
        learning_rate: eta >= 0.
        patience: steps, >= 1.
        max_steps: >= 1.

    Returns:
        The parameters with the lowest validation loss, and the number of steps taken.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: a setting is out of its range.

    Example:
        >>> train = lambda theta: 2 * theta  # downhill is towards 0 ...
        >>> validate = lambda theta: float((theta[0] - 1) ** 2)  # ... but the unseen examples want 1
        >>> descend_with_early_stopping(
        ...     np.array([4.0]), train, validate, learning_rate=0.25, patience=2, max_steps=100
        ... )
        (array([1.]), 4)

    Source: the lecture, section 5.
    """
    theta, rate = float_array("theta", theta).copy(), learning_rate_value(learning_rate)
    patience, max_steps = count("patience", patience, 1), count("max_steps", max_steps, 1)
    first = float(validation_loss(theta.copy()))
    state = EarlyStoppingState(best=math.inf if math.isnan(first) else first, best_theta=theta)
    steps = 0
    while steps < max_steps and not state.stop:
        theta = theta - rate * np.asarray(gradient(theta.copy()))
        state = early_stopping_step(state, validation_loss(theta.copy()), theta, patience=patience)
        steps += 1
    assert state.best_theta is not None  # the first theta at least
    return state.best_theta, steps
