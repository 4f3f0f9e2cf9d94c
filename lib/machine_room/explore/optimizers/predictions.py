"""What is asked before the pictures of section 3."""

from __future__ import annotations

import numpy as np

from machine_room.explore.prediction import Choice, Prediction
from machine_room.optimizers import moments
from machine_room.translation import sentence

_SHORT, _RIGHT, _LONG = sentence("too short"), sentence("as long as it should be"), sentence("too long")


def _first_step() -> str:
    """Adam's first step where nothing is corrected, in units of the learning rate."""
    slope, zero = np.ones(1), np.zeros(1)
    m, s = moments.first_moment(slope, zero, beta1=0.9), moments.second_moment(slope, zero, beta2=0.999)
    length = float(m[0] / np.sqrt(s[0]))
    if abs(length - 1) < 0.01:
        return _RIGHT
    return _LONG if length > 1 else _SHORT


PREDICTIONS = (
    Prediction(
        "first_step_without_correction",
        sentence("β₁ is 0.9, β₂ is 0.999, and nothing is corrected. How long is Adam's first step?"),
        Choice((_SHORT, _RIGHT, _LONG)),
        _first_step,
    ),
)
