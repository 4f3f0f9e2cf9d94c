"""Optimizers: one module a family, in it each optimizer's formula, pure step and class, side by side.

`optimizer` is the contract of them all; `descent` has gradient descent, momentum and Nesterov, `adaptive` AdaGrad and
RMSProp, `moments` what Adam is made of, `adam`, `nadam` and `adamw` the three of them, `first_step` how long each
one's first step is, and `scheduled` writes a walk with a schedule out as a loop.
"""

from collections.abc import Callable

from machine_room.optimizers.adam import Adam, adam_step
from machine_room.optimizers.adamw import AdamW, adamw_step, weight_decay_step
from machine_room.optimizers.adaptive import AdaGrad, RMSProp, adagrad_step, rmsprop_step
from machine_room.optimizers.descent import (
    SGD,
    Momentum,
    Nesterov,
    gradient_descent_step,
    momentum_step,
    nesterov_lookahead,
    nesterov_step,
)
from machine_room.optimizers.first_step import first_step_length
from machine_room.optimizers.moments import bias_correction, first_moment, second_moment
from machine_room.optimizers.nadam import Nadam, nadam_step, nadam_weights
from machine_room.optimizers.optimizer import Optimizer, Schedule
from machine_room.optimizers.scheduled import scheduled_descent

__all__ = [
    "INGREDIENTS",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Momentum",
    "Nadam",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "Schedule",
    "adagrad_step",
    "adam_step",
    "adamw_step",
    "bias_correction",
    "first_moment",
    "first_step_length",
    "get",
    "gradient_descent_step",
    "momentum_step",
    "nadam_step",
    "nadam_weights",
    "nesterov_lookahead",
    "nesterov_step",
    "rmsprop_step",
    "scheduled_descent",
    "second_moment",
    "weight_decay_step",
]

# The lecture's table, section 3: what each recipe is made of.
INGREDIENTS: dict[type[Optimizer], frozenset[str]] = {
    SGD: frozenset(),
    Momentum: frozenset({"momentum"}),
    Nesterov: frozenset({"momentum", "Nesterov trick"}),
    AdaGrad: frozenset({"adaptive learning rate"}),
    RMSProp: frozenset({"adaptive learning rate", "scaling decay"}),
    Adam: frozenset({"momentum", "adaptive learning rate", "scaling decay"}),
    Nadam: frozenset({"momentum", "Nesterov trick", "adaptive learning rate", "scaling decay"}),
    AdamW: frozenset({"momentum", "adaptive learning rate", "scaling decay", "weight decay"}),
}

BY_NAME: dict[str, Callable[[], Optimizer]] = {
    **{optimizer.__name__.lower(): optimizer for optimizer in INGREDIENTS},
    "nag": Nesterov,
}


def get(optimizer: str | Optimizer) -> Optimizer:
    """Return a new optimizer with default settings by its name, in any case, or the given one.

    Raises:
        ValueError: the name is unknown.

    Example:
        >>> get("adam")
        Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-14)
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, str) and optimizer.lower() in BY_NAME:
        return BY_NAME[optimizer.lower()]()
    raise ValueError(
        f"unknown optimizer {optimizer!r}: choose one of {', '.join(BY_NAME)}, "
        f"or give one such as Adam(learning_rate=0.001)"
    )
