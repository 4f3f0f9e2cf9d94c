"""Callbacks: what `fit` calls at the seams of training.

`fit` calls, in this order: `set_model(model)`, `on_train_begin(logs)`; for each epoch, counted from 0,
`on_epoch_begin(epoch, logs)`, `on_batch_end(step, logs)` after every update, `on_epoch_end(epoch, logs)` with the
epoch's metrics; last `on_train_end(logs)`. A callback stops training with `model.stop_training = True`, sets the rate
through `model.optimizer.learning_rate`, and reads or restores parameters through `model.theta`.
"""

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from machine_room.arguments import Array, at_least, count, float_array, fraction
from machine_room.optimizers import Optimizer
from machine_room.schedules import plateau_start, plateau_step

__all__ = [
    "Callback",
    "EarlyStopping",
    "EarlyStoppingState",
    "History",
    "LearningRateScheduler",
    "Logs",
    "Model",
    "ReduceLROnPlateau",
    "early_stopping_step",
]

Logs = dict[str, float]


class Model(Protocol):
    """What a callback needs of a network."""

    theta: Array
    optimizer: Optimizer
    stop_training: bool


class Callback:
    """Does nothing at every seam; override what you need.

    Example:
        >>> class Loud(Callback):
        ...     def on_epoch_end(self, epoch, logs):
        ...         print(epoch, logs["loss"])
        >>> Loud().on_epoch_end(0, {"loss": 0.5})
        0 0.5

    Source: Keras's `Callback`.
    """

    model: Model

    def set_model(self, model: Model) -> None:
        """Called first, with the model that is trained."""
        self.model = model

    def on_train_begin(self, logs: Logs) -> None:
        """Called once, before the first epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        """Called before an epoch's first batch."""

    def on_batch_end(self, step: int, logs: Logs) -> None:
        """Called after every update."""

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        """Called after an epoch's last batch, with its metrics; what is added to logs is recorded."""

    def on_train_end(self, logs: Logs) -> None:
        """Called once, after the last epoch."""


class History(Callback):
    """Records every metric of every epoch.

    Attributes:
        history: metric name -> one value per epoch.
        epoch: the epochs recorded.

    Example:
        >>> history = History()
        >>> history.on_train_begin({})
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.history, history.epoch
        ({'loss': [0.5]}, [0])
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def on_train_begin(self, logs: Logs) -> None:
        self.history, self.epoch = {}, []

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(float(value))


class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch: a schedule by epoch.

    Args:
        schedule: function from the epoch (0 for the first) to a rate, or from the epoch and the current rate to a
            rate. The
            first is a formula, the second a recurrence; mixing them compounds.

    Example:
        >>> from machine_room import Dense, Network
        >>> net = Network([Dense(1)], inputs=1)
        >>> x = np.array([[1.0], [2.0]])
        >>> falling = LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))
        >>> history = net.fit(x, x, epochs=3, callbacks=[falling], progress=False)
        >>> [round(rate, 3) for rate in history.history["learning_rate"]]
        [0.1, 0.05, 0.033]

    Source: the lecture, section 4; Keras's callback of the same name.
    """

    def __init__(self, schedule: Callable[..., float]) -> None:
        if not callable(schedule):
            raise TypeError(f"schedule must be a function of the epoch, but it is {schedule!r}")
        self.schedule = schedule
        self._takes_rate = _required_arguments(schedule) > 1

    def on_epoch_begin(self, epoch: int, logs: Logs) -> None:
        optimizer = self.model.optimizer
        arguments = (epoch, optimizer.learning_rate) if self._takes_rate else (epoch,)
        optimizer.learning_rate = self.schedule(*arguments)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        logs["learning_rate"] = self.model.optimizer.learning_rate


class ReduceLROnPlateau(Callback):
    """Lowers the learning rate when a metric has stopped getting better: performance scheduling; see `plateau_step`.

    Args:
        monitor: name of the metric; one with "accuracy" in its name is to rise, any other to fall.
        factor, patience, min_delta, cooldown: as in `plateau_step`.
        min_lr: the rate never falls below it.

    Example:
        >>> from machine_room import Dense, Network
        >>> net = Network([Dense(1)], inputs=1)
        >>> x = np.array([[1.0], [2.0]])
        >>> history = net.fit(x, x, epochs=3, callbacks=[ReduceLROnPlateau("loss")], progress=False)
        >>> history.history["learning_rate"]
        [0.01, 0.01, 0.01]

    Source: the lecture, section 4; Keras's callback of the same name, its defaults and its counting.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        factor: float = 0.1,
        patience: int = 10,
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        self.monitor = monitor
        self.factor = fraction("factor", factor)
        self.patience = count("patience", patience, 0)
        self.min_delta = at_least("min_delta", min_delta, 0)
        self.cooldown = count("cooldown", cooldown, 0)
        self.min_lr = at_least("min_lr", min_lr, 0)

    def on_train_begin(self, logs: Logs) -> None:
        if self.model.optimizer.schedule is not None:
            raise ValueError(
                "ReduceLROnPlateau cannot be combined with a schedule, which would set the rate again: "
                "give the optimizer a number as learning_rate"
            )
        self.state = plateau_start(self.model.optimizer.learning_rate)

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        rate = self.model.optimizer.learning_rate
        metric = _to_fall(self, self.monitor, logs)
        logs["learning_rate"] = rate
        self.state = plateau_step(
            {**self.state, "learning_rate": rate},
            metric,
            factor=self.factor,
            patience=self.patience,
            min_delta=self.min_delta,
            cooldown=self.cooldown,
            min_rate=self.min_lr,
        )
        if self.state["learning_rate"] != rate:
            self.model.optimizer.learning_rate = self.state["learning_rate"]


@dataclass(frozen=True, eq=False)
class EarlyStoppingState:
    """Where early stopping stands: the best metric, the parameters that gave it, epochs without a better one, and
    stop.

    Attributes:
        best: the smallest metric so far.
        best_theta: the parameters that gave it; None before the first epoch.
        wait: epochs since then.
        stop: whether training should end.

    Example:
        >>> EarlyStoppingState().best
        inf
    """

    best: float = math.inf
    best_theta: Array | None = None
    wait: int = 0
    stop: bool = False


def early_stopping_step(
    state: EarlyStoppingState, metric: float, theta: ArrayLike, *, patience: int = 5, min_delta: float = 0.0
) -> EarlyStoppingState:
    """Remember the best parameters, and say stop when they have been the best for too long: one epoch of early
    stopping.

    An epoch is better if `metric < best - min_delta`; `stop` is True after `patience` epochs in a row that are not.

    Args:
        state: as returned by the last call; `EarlyStoppingState()` at the start.
        metric: this epoch's validation error; NaN is never better.
        theta: this epoch's parameters, floats; a copy is kept when they are the best.
        patience: epochs >= 0; 0 means the same as 1.
        min_delta: >= 0.

    Returns:
        The new state.

    Raises:
        TypeError: theta does not hold floats.
        ValueError: a setting is out of its range.

    Example:
        >>> state = EarlyStoppingState()
        >>> for metric in (0.5, 0.25, 0.75, 1.0):
        ...     state = early_stopping_step(state, metric, np.array([metric]), patience=2)
        >>> state.best, state.best_theta, state.wait, state.stop
        (0.25, array([0.25]), 2, True)

    Source: the lecture, section 5. Keras counts the same, but takes a NaN of the first epoch for the best ever.
    """
    patience, min_delta = count("patience", patience, 0), at_least("min_delta", min_delta, 0)
    if metric < state.best - min_delta:
        return EarlyStoppingState(best=float(metric), best_theta=float_array("theta", theta).copy())
    wait = state.wait + 1
    return replace(state, wait=wait, stop=wait >= patience)


class EarlyStopping(Callback):
    """Stops training when a metric has stopped getting better, and goes back to the best parameters.

    Args:
        monitor: name of the metric; one with "accuracy" in its name is to rise, any other to fall.
        patience: epochs without a better one before training stops.
        min_delta: how much better counts, >= 0.
        restore_best_weights: go back to the best epoch's parameters when training ends, stopped early or not. On by
            default here; Keras's default is off.

    Attributes:
        best_epoch, stopped_epoch: epochs from 0, or None.

    Example:
        >>> from machine_room import Dense, Network
        >>> net, stopping = Network([Dense(1)], inputs=1), EarlyStopping("loss", patience=1)
        >>> x = np.array([[1.0], [2.0]])
        >>> _ = net.fit(x, x, epochs=3, callbacks=[stopping], progress=False)
        >>> stopping.best_epoch
        2

    Source: the lecture, section 5; Keras's callback of the same name.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        patience: int = 0,
        min_delta: float = 0.0,
        restore_best_weights: bool = True,
    ) -> None:
        self.monitor = monitor
        self.patience = count("patience", patience, 0)
        self.min_delta = at_least("min_delta", min_delta, 0)
        self.restore_best_weights = restore_best_weights

    def on_train_begin(self, logs: Logs) -> None:
        self.state = EarlyStoppingState()
        self.best_epoch: int | None = None
        self.stopped_epoch: int | None = None

    def on_epoch_end(self, epoch: int, logs: Logs) -> None:
        metric = _to_fall(self, self.monitor, logs)
        self.state = early_stopping_step(
            self.state, metric, self.model.theta, patience=self.patience, min_delta=self.min_delta
        )
        if self.state.wait == 0:
            self.best_epoch = epoch
        # As in Keras, the first epoch alone never stops training: there is nothing yet to be worse than.
        if self.state.stop and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs) -> None:
        if self.restore_best_weights and self.state.best_theta is not None:
            np.copyto(self.model.theta, self.state.best_theta)


def _to_fall(callback: Callback, monitor: str, logs: Logs) -> float:
    """Return the monitored metric, its sign turned where better is more."""
    if monitor not in logs:
        raise ValueError(
            f"{type(callback).__name__} watches {monitor!r}, but fit reports only {', '.join(logs) or 'nothing'}: "
            "give fit validation_data, or watch one of these"
        )
    return -float(logs[monitor]) if "accuracy" in monitor else float(logs[monitor])


def _required_arguments(function: Callable[..., float]) -> int:
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(function).parameters.values()
    return sum(p.kind in positional and p.default is inspect.Parameter.empty for p in parameters)
