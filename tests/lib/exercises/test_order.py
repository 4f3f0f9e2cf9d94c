"""The exercises of each assignment, and their order: declared, as the notebooks ask for them."""

from __future__ import annotations

from importlib import import_module

import pytest

from machine_room import exercises
from machine_room.exercises.exercise import Exercise
from machine_room.packages import section_of

ORDER = {
    "01-backprop": [
        "forward_difference",
        "numerical_gradient",
        "relative_error",
        "forward_221",
        "backward_221",
        "gradient_descent_step",
        "dense_forward",
        "relu_backward",
        "dense_backward",
        "skip_backward",
        "cross_entropy",
        "two_layer_gradient",
    ],
    "02-activations": [
        "sigmoid",
        "failing_input",
        "leaky_relu",
        "elu",
        "selu",
        "gelu",
        "gelu_derivative",
        "swish",
        "swish_derivative",
        "mish",
        "activation_stats",
        "gradient_norms",
        "init_std",
        "init_weights",
        "matching_std",
    ],
    "03-optimizers": [
        "momentum_step",
        "nesterov_lookahead",
        "nesterov_step",
        "adagrad_step",
        "rmsprop_step",
        "first_moment",
        "second_moment",
        "bias_correction",
        "adam_step",
        "nadam_step",
        "first_step_length",
        "weight_decay_step",
        "adamw_step",
    ],
    "04-schedules": [
        "power_schedule",
        "exponential_schedule",
        "scheduled_descent",
        "piecewise_constant_schedule",
        "plateau_wait",
        "plateau_step",
        "range_test_schedule",
        "warm_up_schedule",
        "one_cycle_schedule",
    ],
    "05-regularization": [
        "l2_penalty",
        "l2_gradient",
        "l1_penalty",
        "l1_gradient",
        "regularized_loss",
        "dropout_forward",
        "dropout_backward",
        "max_norm",
        "early_stopping",
        "descend_with_early_stopping",
    ],
    "06-make-it-better": [
        "expected_first_loss",
        "update_ratio",
        "one_change_at_a_time",
        "summarize",
        "gap_in_standard_errors",
        "train_and_read",
    ],
}


def test_the_assignments_are_these_in_this_order() -> None:
    assert exercises.assignments() == tuple(ORDER)


@pytest.mark.parametrize("assignment", ORDER)
def test_an_assignment_asks_for_these_exercises_in_this_order(assignment: str) -> None:
    assert [exercise.name for exercise in exercises.of_assignment(assignment)] == ORDER[assignment]


@pytest.mark.parametrize("assignment", ORDER)
def test_every_exercise_of_a_section_is_declared_once_and_under_its_name(assignment: str) -> None:
    section = import_module(f"machine_room.exercises.{section_of(assignment)}")
    there = {name: value for name, value in vars(section).items() if isinstance(value, Exercise)}
    assert {name: exercise.name for name, exercise in there.items()} == {name: name for name in ORDER[assignment]}
    assert len(section.EXERCISES) == len(set(section.EXERCISES)) == len(there)
    assert set(section.EXERCISES) == set(there.values())
