"""Optimizers under Keras's names and with Keras's options.

Keras adds Adam's epsilon to the root, the lecture under it: epsilon squared under the root keeps the two within
rounding of each other wherever a gradient is not itself about epsilon.
"""

from machine_room import optimizers
from machine_room.keras import schedules
from machine_room.keras.missing import missing_from
from machine_room.optimizers import SGD, Optimizer, Schedule

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Nadam", "Optimizer", "RMSprop", "schedules"]

__getattr__ = missing_from(__name__, __all__)


def Adagrad(learning_rate: float | Schedule = 0.001, *, epsilon: float = 1e-7) -> Optimizer:
    """Return AdaGrad; its sum of squares starts at 0, Keras's at 0.1."""
    return optimizers.AdaGrad(learning_rate, epsilon=epsilon)


def RMSprop(learning_rate: float | Schedule = 0.001, *, rho: float = 0.9, epsilon: float = 1e-7) -> Optimizer:
    """Return RMSProp; Keras's rho is the lecture's beta."""
    return optimizers.RMSProp(learning_rate, beta=rho, epsilon=epsilon)


def Adam(
    learning_rate: float | Schedule = 0.001, *, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7
) -> Optimizer:
    """Return Adam."""
    return optimizers.Adam(learning_rate, beta1=beta_1, beta2=beta_2, epsilon=epsilon**2)


def Nadam(
    learning_rate: float | Schedule = 0.001, *, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-7
) -> Optimizer:
    """Return Nadam; Keras also warms its momentum up, this one's is constant."""
    return optimizers.Nadam(learning_rate, beta1=beta_1, beta2=beta_2, epsilon=epsilon**2)


def AdamW(
    learning_rate: float | Schedule = 0.001,
    *,
    weight_decay: float = 0.004,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
    epsilon: float = 1e-7,
) -> Optimizer:
    """Return AdamW."""
    return optimizers.AdamW(learning_rate, weight_decay=weight_decay, beta1=beta_1, beta2=beta_2, epsilon=epsilon**2)
