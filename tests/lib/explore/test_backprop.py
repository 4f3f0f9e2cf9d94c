"""What the pictures of the first section say about what they show."""

from typing import Any

import numpy as np
import pytest

from machine_room import datasets
from machine_room.explore.backprop.ball import _loss, _path, _told
from machine_room.explore.backprop.digits_run import Run


@pytest.mark.parametrize("learning_rate", [0.45, 0.46, 0.48])
def test_a_ball_that_swings_more_and_more_closely_is_not_asked_for_a_larger_rate(learning_rate: float) -> None:
    path = _path(np.array([1.8, 1.2]), learning_rate, 25)
    assert _told(path, _loss(*path.T)) == "Each step jumps across the valley:\nthe learning rate is large."


def test_a_ball_that_creeps_is_asked_for_a_larger_rate() -> None:
    path = _path(np.array([1.8, 1.2]), 0.01, 25)
    assert _told(path, _loss(*path.T)) == "Still rolling: more steps, or\na larger learning rate."


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [([17.0, 22.0, 28.0], "Still learning"), ([17.0, 38.0, 10.0], "Little better than guessing")],
)
def test_what_reads_more_from_epoch_to_epoch_is_learning(accuracies: list[Any], words: str) -> None:
    run = Run(np.array([2.3, 2.2, 2.1]), np.array(accuracies), np.zeros(359, int))
    assert words in run.told()


def test_the_digits_split_as_the_picture_says() -> None:
    (train, _), (unseen, _) = datasets.train_validation_split(*datasets.digits(), rng=np.random.default_rng(1))
    assert (len(train), len(unseen)) == (1438, 359)
