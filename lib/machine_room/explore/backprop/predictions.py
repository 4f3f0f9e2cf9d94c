"""What is asked before the pictures of section 1."""

from __future__ import annotations

from machine_room.explore.backprop.cost import parameters
from machine_room.explore.prediction import Number, Prediction
from machine_room.translation import sentence


def _passes() -> int:
    return parameters(100) + 1


PREDICTIONS = (
    Prediction(
        "forward_passes",
        sentence(
            "A network has 64 inputs, 100 hidden units and 10 outputs. How many forward passes does one gradient take, "
            "by forward differences?"
        ),
        Number(1, 1e9, unit=sentence("passes"), whole=True),
        _passes,
    ),
)
