"""No function that is left in the students' library does an exercise: each one is tried on every exercise's cases."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograde.grading.run import withheld_for
from autograde.sandbox.student_view import write_view
from machine_room.checks.answers import answers
from machine_room.checks.run import VISIBLE_SEED
from machine_room.exercises import of_assignment

ASSIGNMENTS = [
    "01-backprop",
    "02-activations",
    "03-optimizers",
    "04-schedules",
    "05-regularization",
    "06-make-it-better",
]

# Runs with the students' library alone: tells which of its functions gives the expected result, or a part of it.
SEARCH = """
import importlib, inspect, itertools, pickle, pkgutil, sys, warnings
import numpy as np

warnings.simplefilter("ignore")
np.seterr(all="ignore")
sys.path.insert(0, sys.argv[1])
import machine_room

assert machine_room.__file__.startswith(sys.argv[1])
functions = {}
for found in pkgutil.walk_packages(machine_room.__path__, "machine_room."):
    for name, value in vars(importlib.import_module(found.name)).items():
        ours = str(getattr(value, "__module__", "")).startswith("machine_room")
        if callable(value) and ours and not inspect.isclass(value):
            functions[f"{value.__module__}.{name}"] = value


def equal(got, wanted):
    try:
        if isinstance(wanted, (tuple, list)):
            return len(got) == len(wanted) and all(map(equal, got, wanted))
        if isinstance(wanted, dict):
            return all(equal(got[key], wanted[key]) for key in wanted)
        return np.shape(got) == np.shape(wanted) and np.allclose(got, wanted, rtol=1e-6)
    except Exception:
        return False


def gives(function, args, kwargs, wanted):
    mine = [value.copy() if isinstance(value, np.ndarray) else value for value in args]
    try:
        got = function(*mine, **kwargs)
    except Exception:
        return False
    parts = got if isinstance(got, tuple) else (got,)
    some = isinstance(wanted, tuple) and len(parts) > 1 and all(any(equal(p, w) for w in wanted) for p in parts)
    arrays = [(now, before) for now, before in zip(mine, args) if isinstance(now, np.ndarray)]
    changed = [now for now, before in arrays if not np.array_equal(now, before)]
    return equal(got, wanted) or some or any(equal(now, wanted) for now in changed)


def does(function, cases, order, keywords):
    return all(
        gives(function, [args[place] for place in order], kwargs if keywords else {}, wanted)
        for args, kwargs, wanted in cases
    )


for exercise, cases in pickle.loads(sys.stdin.buffer.read()).items():
    count = min(len(args) for args, _, _ in cases)
    orders = [tuple(range(count))]
    if count < 4:
        orders = [order for length in range(1, count + 1) for order in itertools.permutations(range(count), length)]
    for name, function in functions.items():
        if any(does(function, cases, order, keywords) for order in orders for keywords in (False, True)):
            print(exercise, name)
"""


def is_plain(value: Any) -> bool:
    """Whether the students' library alone can read a value that was pickled here."""
    if type(value) in (tuple, list):
        return all(map(is_plain, value))
    if type(value) is dict:
        return all(map(is_plain, value.values()))
    return value is None or isinstance(value, (bool, int, float, str, np.ndarray, np.generic))


def doing_the_work(view: Path, assignment: str) -> set[tuple[str, str]]:
    """Pairs of an exercise and a function in the view that does it."""
    cases: dict[str, list[Any]] = {}
    for exercise in of_assignment(assignment):
        known = answers(exercise, VISIBLE_SEED)
        for case, expected in zip(known.cases, known.expected, strict=True):
            asked = (case.args, dict(case.kwargs), expected.value)
            if exercise.measure is None and expected.value is not None and is_plain(asked):
                cases.setdefault(exercise.name, []).append(asked)
    assert cases
    command = [sys.executable, "-P", "-c", SEARCH, str(view)]
    found = subprocess.run(command, input=pickle.dumps(cases), capture_output=True, timeout=60, check=False)
    assert found.returncode == 0, found.stderr.decode()
    return {(line.split()[0], line.split()[1]) for line in found.stdout.decode().splitlines()}


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_nothing_left_in_the_library_does_an_exercise(assignment: str, tmp_path: Path) -> None:
    write_view(tmp_path / "view", withheld_for(assignment))
    assert doing_the_work(tmp_path / "view", assignment) == set()


def test_the_search_finds_what_is_not_withheld(tmp_path: Path) -> None:
    write_view(tmp_path / "view", ())
    found = {exercise for exercise, _ in doing_the_work(tmp_path / "view", "01-backprop")}
    assert {"dense_backward", "cross_entropy", "forward_221", "relu_backward", "gradient_descent_step"} <= found
