"""The exercises of the section: faster optimizers."""

from machine_room.exercises.optimizers.adam import adam_step
from machine_room.exercises.optimizers.adam_parts import bias_correction, first_moment, second_moment
from machine_room.exercises.optimizers.adam_relatives import adamw_step, nadam_step, weight_decay_step
from machine_room.exercises.optimizers.adaptive import adagrad_step, rmsprop_step
from machine_room.exercises.optimizers.first_step import first_step_length
from machine_room.exercises.optimizers.momentum import momentum_step, nesterov_lookahead, nesterov_step

__all__ = [
    "EXERCISES",
    "adagrad_step",
    "adam_step",
    "adamw_step",
    "bias_correction",
    "first_moment",
    "first_step_length",
    "momentum_step",
    "nadam_step",
    "nesterov_lookahead",
    "nesterov_step",
    "rmsprop_step",
    "second_moment",
    "weight_decay_step",
]

#: In the notebook's order.
EXERCISES = (
    momentum_step,
    nesterov_lookahead,
    nesterov_step,
    adagrad_step,
    rmsprop_step,
    first_moment,
    second_moment,
    bias_correction,
    adam_step,
    nadam_step,
    first_step_length,
    weight_decay_step,
    adamw_step,
)
