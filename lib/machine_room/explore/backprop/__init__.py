"""The pictures of section 1: how training a network works."""

from machine_room.explore.backprop.ball import ball_on_surface
from machine_room.explore.backprop.cost import cost_of_finite_differences
from machine_room.explore.backprop.dead import dead_unit
from machine_room.explore.backprop.digits import digits_training
from machine_room.explore.backprop.epsilon import finite_difference_error
from machine_room.explore.backprop.graph import worked_network
from machine_room.explore.backprop.step import loss_drop

__all__ = [
    "ball_on_surface",
    "cost_of_finite_differences",
    "dead_unit",
    "digits_training",
    "finite_difference_error",
    "loss_drop",
    "worked_network",
]
