"""The exercises of the section: regularization."""

# isort: off
# In the notebook's order, which is the order of `exercises.of_assignment`.
from machine_room.exercises.regularization.penalties import l2_penalty, l2_gradient, l1_penalty, l1_gradient
from machine_room.exercises.regularization.totals import regularized_loss
from machine_room.exercises.regularization.dropout import dropout_forward, dropout_backward
from machine_room.exercises.regularization.lengths import max_norm
from machine_room.exercises.regularization.curves import early_stopping
from machine_room.exercises.regularization.descent import descend_with_early_stopping
# isort: on

__all__ = [
    "descend_with_early_stopping",
    "dropout_backward",
    "dropout_forward",
    "early_stopping",
    "l1_gradient",
    "l1_penalty",
    "l2_gradient",
    "l2_penalty",
    "max_norm",
    "regularized_loss",
]
