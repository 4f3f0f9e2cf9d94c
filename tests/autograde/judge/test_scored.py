"""A scored exercise earns the same points from the judge and from nbgrader's own run of the cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograde.contract.verdict import CellVerdict, Outcome
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge.judge import grade_notebook
from autograde.sandbox.student_view import write_view
from machine_room import checks, datasets
from machine_room.exercises import find, of_assignment

CHECK = "check(train_and_read)\ncheck(train_and_read, hidden=True).points_share * 8"
SEED = 3

FEATURES = """
import numpy as np
def train_and_read(x, labels, x_new, *, seed):
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(x))[:{examples}]
    x, labels = x[some], labels[some]
    weights, bias = rng.normal(0, 0.3, (64, 400)), rng.normal(0, 0.3, 400)
    h, h_new = (np.maximum(0, rows @ weights + bias) for rows in (x, x_new))
    last = np.linalg.solve(h.T @ h + np.eye(400), h.T @ np.eye(10)[labels])
    return np.argmax(h_new @ last, axis=1)
"""
KERAS = """
import numpy as np
def train_and_read(x, labels, x_new, *, seed):
    from machine_room import keras
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(64,)),
            keras.layers.Dense(64, activation="relu", kernel_initializer="he_normal"),
            keras.layers.Dense(10, activation="softmax"),
        ],
        rng=np.random.default_rng(seed),
    )
    model.compile(optimizer=keras.optimizers.Nadam(0.004), loss="sparse_categorical_crossentropy")
    model.fit(x, labels, epochs=15, batch_size=32, verbose=0)
    return model.predict(x_new).argmax(axis=1)
"""
SOLUTIONS = {
    "all": (FEATURES.format(examples=1297), 8.0),
    "some": (FEATURES.format(examples=150), None),
    "from Keras": (KERAS, 8.0),
}


@pytest.fixture
def judged(sandbox: Any, limits: Any) -> Callable[[str], CellVerdict]:
    def grade(solution: str) -> CellVerdict:
        cells = (
            Cell("train_and_read", Role.SOLUTION, "code", solution, "train_and_read"),
            Cell("train_and_read-check", Role.CHECK, "code", CHECK, "train_and_read", 8.0),
        )
        notebook = Notebook("06-make-it-better", "make_it_better", cells)
        (verdict,) = grade_notebook(notebook, student="s", sandbox=sandbox, limits=limits, seed=SEED).cells
        return verdict

    return grade


@pytest.mark.parametrize(("solution", "points"), SOLUTIONS.values(), ids=SOLUTIONS)
def test_the_judge_and_nbgrader_give_the_same_points(
    judged: Callable[[str], CellVerdict], solution: str, points: float | None
) -> None:
    names: dict[str, Any] = {"check": checks.check}
    exec(solution, names)
    first, last = CHECK.split("\n")
    with checks.hidden_seed(SEED):
        exec(first, names)
        value = eval(last, names)
    verdict = judged(solution)
    assert verdict.points == value
    assert type(value) is float, "nbgrader reads a number's text"
    assert 0 < value < 8 if points is None else value == points
    assert verdict.outcome is (Outcome.WRONG if points is None else Outcome.CORRECT)


def test_a_known_mistake_earns_nothing_and_is_named(judged: Callable[[str], CellVerdict]) -> None:
    constant = (
        "import numpy as np\ndef train_and_read(x, labels, x_new, *, seed):\n    return np.full(len(x_new), seed)"
    )
    verdict = judged(constant)
    assert (verdict.points, verdict.mistake) == (0.0, "always_the_same")
    assert verdict.hint == next(m.hint for m in find("train_and_read").mistakes if m.name == "always_the_same")


@pytest.mark.parametrize(("assignment", "examples"), [("06-make-it-better", datasets.PRACTICE), ("04-schedules", 1797)])
def test_the_students_library_holds_no_digit_that_grading_reads(assignment: str, examples: int, tmp_path: Path) -> None:
    withheld = tuple(sorted({name for one in of_assignment(assignment) for name in one.withheld}))
    write_view(tmp_path / "view", withheld)
    with np.load(tmp_path / "view" / "machine_room" / "data" / "digits.npz") as stored:
        images, labels = stored["images"], stored["labels"]
    x, truth = datasets.digits()
    np.testing.assert_array_equal(images / 16.0, x[:examples])
    np.testing.assert_array_equal(labels, truth[:examples])
