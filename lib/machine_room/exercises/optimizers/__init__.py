"""The exercises of the section: faster optimizers, in the notebook's order."""

from machine_room.exercises.optimizers import adam, adam_parts, adam_relatives, adaptive, momentum

momentum_step = momentum.momentum_step
nesterov_lookahead = momentum.nesterov_lookahead
nesterov_step = momentum.nesterov_step
adagrad_step = adaptive.adagrad_step
rmsprop_step = adaptive.rmsprop_step
first_moment = adam_parts.first_moment
second_moment = adam_parts.second_moment
bias_correction = adam_parts.bias_correction
adam_step = adam.adam_step
nadam_step = adam_relatives.nadam_step
weight_decay_step = adam_relatives.weight_decay_step
adamw_step = adam_relatives.adamw_step
