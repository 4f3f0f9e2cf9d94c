"""Work that calls the library's answer is told so where it is written; work of one's own never is."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from machine_room.checks import CheckFailed, check, run
from machine_room.checks.borrowed import borrowed_from, borrowed_sentence
from machine_room.exercises import all_exercises, assignments, find, of_assignment

ROOT = Path(__file__).resolve().parents[3]
MASTERS = sorted((ROOT / "source").glob("*/*.ipynb"))
EXERCISES = [exercise.name for exercise in all_exercises()]


def written(name: str, source: str) -> Any:
    """A function as it is in a notebook after a cell with this source."""
    names: dict[str, Any] = {"__name__": "__main__", "np": np}
    exec(compile(textwrap.dedent(source), "cell", "exec"), names)
    return names[name]


@pytest.mark.parametrize("name", EXERCISES)
def test_the_librarys_function_itself_is_found(name: str) -> None:
    exercise = find(name)
    assert borrowed_from(exercise, exercise.reference).startswith("machine_room.")


@pytest.mark.parametrize("name", EXERCISES)
def test_a_function_that_calls_the_librarys_is_found_for_every_exercise(name: str) -> None:
    exercise = find(name)
    module = exercise.reference.__module__
    source = f"import {module}\ndef {name}(*given, **named):\n    return {module}.{name}(*given, **named)"
    assert borrowed_from(exercise, written(name, source)) == f"{module}.{name}"


THEIRS = "from machine_room.activations import relu_backward as theirs\n"
WAYS = {
    "from the door": """
        import machine_room
        def relu_backward(dh, z):
            return machine_room.activations.relu_backward(dh, z)
    """,
    "imported inside": """
        def relu_backward(dh, z):
            from machine_room import activations
            return activations.relu_backward(dh, z)
    """,
    "through a helper": """
        from machine_room.activations import relu_derivative
        def slope(z):
            return relu_derivative(z)
        def relu_backward(dh, z):
            return dh * slope(z)
    """,
    "looked up by its name": """
        import machine_room.activations as a
        def relu_backward(dh, z):
            return getattr(a, "relu" + "_backward")(dh, z)
    """,
    "in a method of a layer": """
        from machine_room.layers import Activation
        def relu_backward(dh, z):
            layer = Activation("relu")
            layer.forward(z)
            return layer.backward(dh)
    """,
    "by another name": THEIRS + "def relu_backward(dh, z):\n    return theirs(dh, z)",
    "in a partial": THEIRS + "from functools import partial\nrelu_backward = partial(theirs)",
    "as a default": THEIRS + "def relu_backward(dh, z, f=theirs):\n    return f(dh, z)",
    "in a closure": THEIRS + "def make(f):\n    return lambda dh, z: f(dh, z)\nrelu_backward = make(theirs)",
    "in a class": THEIRS
    + "class Mine:\n    def __call__(self, dh, z):\n        return theirs(dh, z)\nrelu_backward = Mine()",
    "under a bare except": THEIRS
    + "def relu_backward(dh, z):\n    try:\n        return theirs(dh, z)\n    except:\n        return 0",
    "in one case of several": THEIRS
    + "def relu_backward(dh, z):\n    return theirs(dh, z) if z.ndim > 1 else dh * (z > 0)",
}


@pytest.mark.parametrize("source", WAYS.values(), ids=WAYS)
def test_every_way_to_the_librarys_answer_is_found(source: str) -> None:
    assert borrowed_from(find("relu_backward"), written("relu_backward", source)).startswith("machine_room.")


@pytest.mark.parametrize("assignment", assignments())
def test_other_right_ways_of_ones_own_are_left_alone(assignment: str) -> None:
    for exercise in of_assignment(assignment):
        for variant in exercise.variants:
            own = written(variant.__name__, inspect.getsource(variant).split("\n", 1)[1])  # without its decorator
            assert borrowed_from(exercise, own) == "", variant.__name__


@pytest.mark.parametrize("path", MASTERS, ids=lambda path: path.stem)
def test_the_instructors_own_solutions_are_left_alone(path: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        role = cell["metadata"].get("machine_room", {})
        imports = role.get("role") == "given" and cell["cell_type"] == "code" and "import" in "".join(cell["source"])
        if imports or role.get("role") == "solution":
            exec("".join(cell["source"]), names)
    for exercise in of_assignment(path.parent.name):
        assert borrowed_from(exercise, names[exercise.name]) == "", exercise.name


def test_what_a_case_hands_in_may_use_the_library() -> None:
    """The loss whose slope is asked for may be ours; in grading it is called back, and is there."""
    exercise = find("gradient_descent_step")
    theirs = exercise.reference

    def calls(function: Callable[..., Any]) -> Any:
        from machine_room.checks.observe import Counted

        return Counted(function)

    def gradient_descent_step(theta, gradient, *, learning_rate):
        return calls(theirs)(theta, gradient, learning_rate=learning_rate)

    assert borrowed_from(exercise, gradient_descent_step) == ""


def test_what_long_trains_is_not_watched_to_its_end() -> None:
    turns = 0

    def train_and_read(x, labels, *, seed):
        nonlocal turns
        while turns < 100_000_000:
            turns += len(str(seed)[:0].join(["a"]))
            step()

    def step():
        pass

    assert borrowed_from(find("train_and_read"), train_and_read) == ""
    assert 0 < turns < 100_000_000


def test_the_profiler_that_was_there_is_there_again() -> None:
    import sys

    def mine(frame, event, argument):
        pass

    sys.setprofile(mine)
    try:
        borrowed_sentence(find("relu_backward"), find("relu_backward").variants[0])
        assert sys.getprofile() is mine
    finally:
        sys.setprofile(None)


@pytest.fixture
def in_a_notebook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    InteractiveShell.instance()
    monkeypatch.setattr(run, "in_notebook", lambda: True)
    monkeypatch.chdir(tmp_path)
    yield
    InteractiveShell.clear_instance()


def test_in_a_notebook_it_is_told_at_once_in_orange_and_gives_no_points(in_a_notebook: None) -> None:
    with pytest.raises(CheckFailed) as failed:
        check(find("relu_backward").reference)
    result = failed.value.result
    assert (result.passed, result.outcome, result.points_share) == (False, "missing", 0)
    assert result.text == (
        "relu_backward: the numbers are right, but they are the library's. `machine_room.activations.relu_backward` is "
        "not there when your work is graded, so this earns nothing there. Read how the library does it, and write it "
        "yourself.\n0 of 1 point in this exercise, 0 of 20 in this notebook"
    )
    assert "#b26a00" in result.html


def test_elsewhere_the_librarys_function_passes_its_own_check() -> None:
    assert check(find("relu_backward").reference).passed
