"""The exercises of the section: how training a network works."""

from machine_room.exercises.backprop.central_differences import numerical_gradient
from machine_room.exercises.backprop.descent import gradient_descent_step
from machine_room.exercises.backprop.entropy import cross_entropy
from machine_room.exercises.backprop.forward_differences import forward_difference
from machine_room.exercises.backprop.gradient_errors import relative_error
from machine_room.exercises.backprop.layer_backward import dense_backward
from machine_room.exercises.backprop.layer_forward import dense_forward
from machine_room.exercises.backprop.paths import skip_backward
from machine_room.exercises.backprop.relu_slopes import relu_backward
from machine_room.exercises.backprop.two_layers import two_layer_gradient
from machine_room.exercises.backprop.worked_backward import backward_221
from machine_room.exercises.backprop.worked_forward import forward_221

__all__ = [
    "EXERCISES",
    "backward_221",
    "cross_entropy",
    "dense_backward",
    "dense_forward",
    "forward_221",
    "forward_difference",
    "gradient_descent_step",
    "numerical_gradient",
    "relative_error",
    "relu_backward",
    "skip_backward",
    "two_layer_gradient",
]

#: In the notebook's order.
EXERCISES = (
    forward_difference,
    numerical_gradient,
    relative_error,
    forward_221,
    backward_221,
    gradient_descent_step,
    dense_forward,
    relu_backward,
    dense_backward,
    skip_backward,
    cross_entropy,
    two_layer_gradient,
)
