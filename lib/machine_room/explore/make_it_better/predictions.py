"""What is asked before the pictures of section 6."""

from __future__ import annotations

import numpy as np

from machine_room import experiments
from machine_room.explore.make_it_better import sanity_run
from machine_room.explore.make_it_better.sanity import passed
from machine_room.explore.prediction import Choice, Prediction
from machine_room.translation import sentence

_START, _FEW, _STEP, _NONE = (
    sentence("1. the loss at the start"),
    sentence("2. twenty digits by heart"),
    sentence("3. the size of the steps"),
    sentence("none of them"),
)
_BASELINE = sanity_run.Setting("sigmoid", "normal 0.1", 0.15)


def _fails() -> str:
    """The first of the three checks that the baseline does not pass."""
    found = sanity_run.run(_BASELINE)
    pairs = zip(found.weights, found.weights[1:], strict=False)
    ratios = np.array([experiments.update_ratio(before, after) for before, after in pairs])
    good = passed(found, ratios)
    return next((name for name, is_good in zip((_START, _FEW, _STEP), good, strict=True) if not is_good), _NONE)


PREDICTIONS = (
    Prediction(
        "check_that_the_baseline_fails",
        sentence("Which of the three checks does the baseline fail?"),
        Choice((_START, _FEW, _STEP, _NONE)),
        _fails,
    ),
)
