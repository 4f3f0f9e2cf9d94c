"""Schedules by step under Keras's names (`keras.optimizers.schedules`)."""

from collections.abc import Sequence

from machine_room import schedules
from machine_room.keras.missing import missing_from

__all__ = ["ExponentialDecay", "InverseTimeDecay", "PiecewiseConstantDecay"]

__getattr__ = missing_from("machine_room.keras.optimizers.schedules", __all__)


def ExponentialDecay(
    initial_learning_rate: float, decay_steps: float, decay_rate: float, *, staircase: bool = False
) -> schedules.Exponential:
    """Return `initial_learning_rate * decay_rate ** (step / decay_steps)`."""
    return schedules.Exponential(initial_learning_rate, s=decay_steps, factor=decay_rate, staircase=staircase)


def InverseTimeDecay(initial_learning_rate: float, decay_steps: float, decay_rate: float) -> schedules.Power:
    """Return `initial_learning_rate / (1 + decay_rate * step / decay_steps)`."""
    return schedules.Power(initial_learning_rate, s=decay_steps / decay_rate)


def PiecewiseConstantDecay(boundaries: Sequence[int], values: Sequence[float]) -> schedules.PiecewiseConstant:
    """Return values[i] up to and with step boundaries[i], as Keras does; the lecture changes at the boundary."""
    return schedules.PiecewiseConstant(boundaries=[boundary + 1 for boundary in boundaries], values=values)
