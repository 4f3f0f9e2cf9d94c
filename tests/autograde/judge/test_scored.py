"""A scored exercise earns the same points from the judge and from nbgrader's own run of the cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograde.contract.verdict import CellVerdict, Outcome
from autograde.course.notebook import Cell, Notebook, Role
from autograde.inside.messages import Request
from autograde.judge.judge import grade_notebook
from autograde.judge.session import Session, SessionLost
from autograde.sandbox.student_view import write_view
from machine_room import checks, datasets
from machine_room.exercises import find, of_assignment

CHECK = "check(train_and_read)\ncheck(train_and_read, hidden=True).points_share * 8"
SEED = 3

FEATURES = """
import numpy as np
def train_and_read(x, labels, *, seed):
    rng = np.random.default_rng(seed)
    some = rng.permutation(len(x))[:{examples}]
    x, labels = x[some], labels[some]
    weights, bias = rng.normal(0, 0.3, (64, 400)), rng.normal(0, 0.3, 400)
    h = np.maximum(0, x @ weights + bias)
    last = np.linalg.solve(h.T @ h + np.eye(400), h.T @ np.eye(10)[labels])
    pairs = ((weights, bias), (last, np.zeros(10)))
    theta = np.concatenate([np.column_stack([w.T, b]).ravel() for w, b in pairs])
    return dict(sizes=[64, 400, 10], activations=["relu", "linear"], theta=theta)
"""
NETWORK = """
import numpy as np
from machine_room.layers import Dense
from machine_room.network import Network
from machine_room.optimizers import AdamW
def train_and_read(x, labels, *, seed):
    layers = [Dense(64, activation="relu", kernel_initializer="he_normal"), Dense(10)]
    model = Network(layers, loss="cross_entropy", rng=np.random.default_rng(seed))
    model.compile(optimizer=AdamW(0.003))
    model.fit(x, labels, epochs=20, progress=False)
    return model
"""
KERAS = """
import numpy as np
def train_and_read(x, labels, *, seed):
    from machine_room import keras
    model = keras.Sequential(
        [
            keras.layers.Input(shape=(64,)),
            keras.layers.Dense(64, kernel_initializer="he_normal"),
            keras.layers.LeakyReLU(0.1),
            keras.layers.Dropout(0.05),
            keras.layers.Dense(10, activation="softmax"),
        ],
        rng=np.random.default_rng(seed),
    )
    model.compile(optimizer=keras.optimizers.Nadam(0.004), loss="sparse_categorical_crossentropy")
    model.fit(x, labels, epochs=15, batch_size=32, verbose=0)
    return model
"""
SOLUTIONS = {
    "all": (FEATURES.format(examples=1297), 8.0),
    "some": (FEATURES.format(examples=150), None),
    "a network": (NETWORK, 8.0),
    "from Keras": (KERAS, 8.0),
}


def hint_of(mistake: str) -> str:
    return next(known.hint for known in find("train_and_read").mistakes if known.name == mistake)


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
    constant = """
import numpy as np
def train_and_read(x, labels, *, seed):
    theta = np.zeros((10, 65))
    theta[seed, -1] = 1
    return {"sizes": [64, 10], "activations": ["linear"], "theta": theta.ravel()}
"""
    verdict = judged(constant)
    assert (verdict.points, verdict.mistake) == (0.0, "always_the_same")
    assert verdict.hint == hint_of("always_the_same")


def test_work_of_the_former_contract_is_told_what_has_changed(judged: Callable[[str], CellVerdict]) -> None:
    former = "def train_and_read(x, labels, x_new, *, seed):\n    return [seed] * len(x_new)"
    verdict = judged(former)
    assert (verdict.points, verdict.mistake, verdict.hint) == (0.0, "takes_x_new", hint_of("takes_x_new"))


OBJECT = """
import numpy as np
class Layer:
    units, activation_name = 10, "linear"
Layer.__name__ = "Dense"
class Model:
    theta, layers = np.zeros(650), [Layer()]
{change}
def train_and_read(x, labels, *, seed):
    return Model()
"""
HOSTILE = {
    "layers without end": "Model.layers = [Layer()] * 9_000",
    "layers of itself": "Model.layers.append(Model.layers)",
    "a generator of layers": "Model.layers = (Layer() for _ in range(3))",
    "layers that fail": "Model.layers = property(lambda self: 1 / 0)",
    "layers that are numbers": "Model.layers = [1, 2.5, None]",
    "layers of another name": "Layer.__name__ = 'De' * 5000",
    "units that fail": "Layer.units = property(lambda self: 1 / 0)",
    "units beyond all memory": "Layer.units = 10**12",
    "units of two kinds": "Layer.units = [10, 10]",
    "units that are a unit": "Layer.units = Layer()",
    "an activation that is a function": "Layer.activation_name = print",
    "an activation of the neighbours": "Layer.activation_name = '__class__'",
    "theta that fails": "Model.theta = property(lambda self: 1 / 0)",
    "theta of objects": "Model.theta = np.array([Layer()] * 650)",
    "theta without end": "Model.theta = np.broadcast_to(0.0, (10**15,))",
    "theta too long": "Model.theta = np.zeros(5_000_000)",
    "theta of text": "Model.theta = 'theta'",
    "theta of nan": "Model.theta = np.full(650, np.nan)",
    "theta of the largest numbers": "Model.theta = np.full(650, 1.7e308)",
    "theta that can be called": "Model.theta = lambda self: np.zeros(650)",
    "it claims to be an array": "Model.__array__ = lambda self, *more: np.arange(500)",
    "it claims to be equal": "Model.__eq__ = lambda self, other: True",
    "it answers everything": "Model.__getattr__ = lambda self, name: 'linear'",
    "it has learned nothing": "",
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_an_object_that_poses_as_a_network_earns_nothing_and_is_no_fault_of_ours(
    judged: Callable[[str], CellVerdict], change: str
) -> None:
    verdict = judged(OBJECT.format(change=change))
    assert verdict.points == 0.0
    assert verdict.outcome is not Outcome.GRADER_ERROR
    assert verdict.hint


def test_what_is_asked_of_a_network_and_fails_on_our_side_is_our_fault(
    judged: Callable[[str], CellVerdict], monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = Session._ask

    def loses_attributes(session: Session, parse: Any, kind: Request, *content: Any) -> Any:
        if kind is Request.ATTRIBUTE:
            raise SessionLost("the sandbox is gone")
        return ask(session, parse, kind, *content)

    monkeypatch.setattr(Session, "_ask", loses_attributes)
    verdict = judged(NETWORK)
    assert (verdict.points, verdict.outcome) == (None, Outcome.GRADER_ERROR)


@pytest.mark.parametrize(("assignment", "examples"), [("06-make-it-better", datasets.PRACTICE), ("04-schedules", 1797)])
def test_the_students_library_holds_no_digit_that_grading_reads(assignment: str, examples: int, tmp_path: Path) -> None:
    withheld = tuple(sorted({name for one in of_assignment(assignment) for name in one.withheld}))
    write_view(tmp_path / "view", withheld)
    with np.load(tmp_path / "view" / "machine_room" / "data" / "digits.npz") as stored:
        images, labels = stored["images"], stored["labels"]
    x, truth = datasets.digits()
    np.testing.assert_array_equal(images / 16.0, x[:examples])
    np.testing.assert_array_equal(labels, truth[:examples])
