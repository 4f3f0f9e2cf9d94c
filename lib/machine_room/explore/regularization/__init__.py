"""The pictures of section 5: regularization."""

from machine_room.explore.regularization.arrows import max_norm_arrows
from machine_room.explore.regularization.dropout_sums import dropout_sums
from machine_room.explore.regularization.early_stop import early_stopping_curve
from machine_room.explore.regularization.few_digits import regularizers_on_digits
from machine_room.explore.regularization.moons import overfitting_moons
from machine_room.explore.regularization.penalty_shapes import penalty_shapes

__all__ = [
    "dropout_sums",
    "early_stopping_curve",
    "max_norm_arrows",
    "overfitting_moons",
    "penalty_shapes",
    "regularizers_on_digits",
]
