"""The network of notebook 5 on the noisy moons, trained once for all tests that measure it."""

from __future__ import annotations

from functools import cache

import numpy as np

from machine_room.explore.regularization import moons_run
from machine_room.losses import cross_entropy


@cache
def moons(*, patience: int = 0, **strengths: float) -> moons_run.Run:
    """Train it with these penalties to the last epoch, or to where early stopping ends it."""
    course = moons_run.train(moons_run.Setting(patience=patience, **strengths), lambda share: None)
    return course.until(moons_run.EPOCHS)


def unseen_right(run: moons_run.Run) -> float:
    """What share of the moons it has not seen it reads right."""
    _, (x, labels) = moons_run.moons()
    return float(np.mean(run.network.forward(x).argmax(axis=1) == labels))


def loss_where_wrong(run: moons_run.Run) -> float:
    """What a moon that it has not seen and reads wrong costs it on average."""
    _, (x, labels) = moons_run.moons()
    logits = run.network.forward(x)
    wrong = logits.argmax(axis=1) != labels
    return cross_entropy(logits[wrong], labels[wrong])[0]


def near_zero(run: moons_run.Run) -> float:
    """What share of its weights is as good as 0."""
    return float(np.mean(np.abs(run.weights) < 0.01))
