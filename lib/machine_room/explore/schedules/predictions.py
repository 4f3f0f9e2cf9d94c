"""What is asked before the pictures and runs of section 4."""

from __future__ import annotations

from itertools import count

from machine_room.explore.prediction import Number, Prediction
from machine_room.explore.schedules.digits_network import steps_per_epoch
from machine_room.schedules import power_schedule
from machine_room.translation import sentence

_RATE, _DECAY = 0.01, 1e-4


def _halved() -> int:
    rates = (power_schedule(step, learning_rate=_RATE, s=1 / _DECAY) for step in count())
    steps = next(step for step, rate in enumerate(rates) if rate <= _RATE / 2)
    return round(steps / steps_per_epoch())


PREDICTIONS = (
    Prediction(
        "epochs_until_the_rate_has_halved",
        sentence(
            "SGD(learning_rate=0.01, decay=1e-4) on 1,438 digits in batches of 32: after how many epochs has the rate "
            "halved?"
        ),
        Number(0, 1e6, unit=sentence("epochs"), whole=True),
        _halved,
    ),
)
