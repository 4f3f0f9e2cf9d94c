"""What is asked before the pictures of section 2."""

from __future__ import annotations

from machine_room import activations
from machine_room.explore.prediction import Number, Prediction
from machine_room.translation import sentence


def _slope() -> float:
    return float(activations.sigmoid_derivative(6.0))


PREDICTIONS = (
    Prediction(
        "slope_of_the_sigmoid_at_6",
        sentence("How steep is the sigmoid at z = 6?"),
        Number(0, 100),
        _slope,
    ),
)
