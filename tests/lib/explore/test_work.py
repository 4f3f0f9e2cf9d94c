"""What trains in a picture trains for a number of steps: on a busy machine it shows the same, later."""

import ast
from pathlib import Path

import numpy as np
import pytest

from machine_room import activations, datasets, explore, optimizers, worked_network
from machine_room.explore.activations import deep_run
from machine_room.explore.backprop import digits_run
from machine_room.explore.student import Attempts

#: Says how far a first drawing is, from its first second on. What is drawn does not depend on it.
TELLS_HOW_FAR = {"first_drawing"}
MODULES = sorted(path for path in Path(explore.__file__).parent.rglob("*.py") if path.stem not in TELLS_HOW_FAR)
CLOCKS = {"time", "datetime", "timeit"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_picture_looks_at_a_clock(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} & CLOCKS == set()


def test_every_epoch_that_was_asked_for_is_trained_and_told() -> None:
    train, unseen = datasets.train_validation_split(*datasets.digits(), rng=np.random.default_rng(1))
    functions = digits_run.Functions(worked_network.two_layer_gradient, optimizers.gradient_descent_step)
    told: list[float] = []
    run = digits_run.train(functions, digits_run.Setting(0.1, 8, 3), (train, unseen), Attempts(), told.append)
    assert (run.epochs, run.end) == (3, "")
    assert told == sorted(told)
    assert len(told) == 3 * 45
    assert told[-1] == 1


@pytest.mark.parametrize("optimizer", deep_run.OPTIMIZERS)
def test_a_deep_network_is_trained_for_all_its_epochs(optimizer: str) -> None:
    setting = deep_run.Setting("relu", "he", 2, 0.01, optimizer)
    course = deep_run.train(setting, activations.get("relu"), deep_run.library_draw, lambda share: None)
    assert len(course.right) == deep_run.EPOCHS + 1
    assert course.right[-1] > course.right[0]
