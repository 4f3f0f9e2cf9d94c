"""The exercises of the section: regularization."""

from machine_room.exercises.regularization.curves import early_stopping
from machine_room.exercises.regularization.descent import descend_with_early_stopping
from machine_room.exercises.regularization.dropout import dropout_backward, dropout_forward
from machine_room.exercises.regularization.lengths import max_norm
from machine_room.exercises.regularization.penalties import l1_gradient, l1_penalty, l2_gradient, l2_penalty
from machine_room.exercises.regularization.totals import regularized_loss

__all__ = [
    "EXERCISES",
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

#: In the notebook's order.
EXERCISES = (
    l2_penalty,
    l2_gradient,
    l1_penalty,
    l1_gradient,
    regularized_loss,
    dropout_forward,
    dropout_backward,
    max_norm,
    early_stopping,
    descend_with_early_stopping,
)
