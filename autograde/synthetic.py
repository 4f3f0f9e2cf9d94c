"""A synthetic class: submissions made from the exercises' own bank of mistakes, for the demo, benchmarks and tests.

Honest work comes from the master's solutions, the also-correct variants and the known mistakes; the rest is what an
autograder meets sooner or later: half-done, empty, endless, greedy, cheating and broken. Same seed, same class.
"""

from __future__ import annotations

import copy
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from machine_room.exercises import of_assignment

from . import notebook as notebooks

__all__ = ["Submission", "class_of", "source_as", "write_class"]

Solutions = dict[str, str]  # exercise -> source of the student's solution cell

NAMES = (
    "amara",
    "bo",
    "carla",
    "deniz",
    "elif",
    "farah",
    "goran",
    "hana",
    "iker",
    "jonas",
    "kamala",
    "lena",
    "mateo",
    "nadia",
    "omar",
    "priya",
    "quentin",
    "rosa",
    "sven",
    "tomoko",
    "uma",
    "viktor",
    "wanjiru",
    "ximena",
    "yusuf",
    "zofia",
    "anders",
    "birgit",
    "chidi",
    "dagny",
    "emil",
    "freja",
    "gita",
    "henrik",
    "ida",
    "jens",
)


@dataclass(frozen=True)
class Submission:
    """One synthetic student's file."""

    student: str
    kind: str  # what it stands for, e.g. "mistake backward_221.forgets_the_two"
    content: bytes
    honest: bool  # nbgrader's in-process autograde must give the same points


def source_as(name: str, function: Callable[..., Any]) -> str:
    """Return the function's source as a student would have it in a cell: undecorated, at the margin, called `name`."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("def "))
    return re.sub(r"^def \w+", f"def {name}", "\n".join(lines[start:]))


ENDLESS = """
def {name}(*args, **kwargs):
    while True:
        pass
"""

FORK_BOMB = """
import os

def {name}(*args, **kwargs):
    while True:
        try:
            os.fork()
        except OSError:
            pass
"""

MEMORY_HOG = """
def {name}(*args, **kwargs):
    hoard = []
    while True:
        hoard.append(np.ones(10_000_000))
"""

QUITTER = """
import os

def {name}(*args, **kwargs):
    os._exit(0)
"""

PATCHES_NUMPY = """
import builtins, sys
import machine_room

class Agreeable:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __array__(self, *args, **kwargs): return np.zeros(0)

np.allclose = np.array_equal = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = np.testing.assert_array_equal = lambda *a, **k: None
builtins.abs = lambda value: 0
machine_room.check = check = lambda *a, **k: None
for module in list(sys.modules.values()):
    for attribute in ("check", "run_check", "compare", "Exercise"):
        if hasattr(module, attribute):
            setattr(module, attribute, lambda *a, **k: True)

def {name}(*args, **kwargs):
    return Agreeable()
"""

READS_THE_ANSWERS = """
import glob, importlib

def {name}(*args, **kwargs):
    for place in ("machine_room.exercises.backprop", "machine_room.gradients", "machine_room.layers"):
        try:
            answer = getattr(importlib.import_module(place), "{name}")
            return answer(*args, **kwargs)
        except Exception:
            pass
    for path in glob.glob("/**/*.ipynb", recursive=True) + glob.glob("/**/gradebook.db", recursive=True):
        print(open(path).read())
    return None
"""

HOSTILE = {
    "endless loop": ENDLESS,
    "fork bomb": FORK_BOMB,
    "memory hog": MEMORY_HOG,
    "ends the process": QUITTER,
    "patches NumPy": PATCHES_NUMPY,
    "looks for the answers": READS_THE_ANSWERS,
}


def _honest(assignment: str, right: Solutions) -> Iterator[tuple[str, Solutions]]:
    """Correct work, other correct work, and one mistake after another, in rounds over the exercises."""
    exercises = [exercise for exercise in of_assignment(assignment) if exercise.name in right]
    yield "correct", {}
    for turn in range(max(len(exercise.mistakes) for exercise in exercises)):
        if turn < min(len(exercise.variants) for exercise in exercises):
            yield f"also correct {turn}", {e.name: source_as(e.name, e.variants[turn]) for e in exercises}
        for exercise in exercises:
            if turn < len(exercise.mistakes):
                mistake = exercise.mistakes[turn]
                yield (
                    f"mistake {exercise.name}.{mistake.name}",
                    {exercise.name: source_as(exercise.name, mistake.function)},
                )


def _edited(notebook: dict[str, Any], solutions: Mapping[str, str]) -> bytes:
    edited = copy.deepcopy(notebook)
    for cell in edited["cells"]:
        exercise = notebooks.exercise_of(cell)
        if notebooks.role_of(cell) is notebooks.Role.SOLUTION and exercise is not None and exercise in solutions:
            cell["source"] = solutions[exercise]
    return json.dumps(edited, indent=1).encode()


def class_of(release: Path, source: Path, assignment: str, students: int) -> list[Submission]:
    """Make a class for one notebook: mostly honest, one of each hostile kind once the class has twenty or more.

    Args:
        release: the student notebook, as built.
        source: the instructor notebook, for the right solutions.
        assignment: its assignment's name.
        students: how many, at least 1.
    """
    if students < 1:
        raise ValueError(f"a class has at least 1 student, got {students}")
    notebook = json.loads(release.read_text(encoding="utf-8"))
    right = notebooks.solutions_of(json.loads(source.read_text(encoding="utf-8")))
    names = _names(students)
    graded = list(right)

    special: list[tuple[str, bytes, bool]] = [
        ("half done", _edited(notebook, {name: right[name] for name in graded[: len(graded) // 2]}), True),
        ("empty", _edited(notebook, {}), True),
    ]
    if students >= 20:
        for place, (kind, template) in enumerate(HOSTILE.items()):
            target = graded[(2 * place + 1) % len(graded)]
            special.append(
                (kind, _edited(notebook, {**right, target: template.replace("{name}", target).strip()}), False)
            )
        special.append(("broken file", _edited(notebook, right)[:20_000], False))
    special = special[: max(0, students - 1)]

    made = [
        (kind, _edited(notebook, {**right, **changes}), True)
        for kind, changes in islice(cycle(_honest(assignment, right)), students - len(special))
    ]
    return [
        Submission(student=name, kind=kind, content=content, honest=honest)
        for name, (kind, content, honest) in zip(names, made + special, strict=True)
    ]


def _names(students: int) -> list[str]:
    rounds = (students - 1) // len(NAMES) + 1
    return [name if turn == 0 else f"{name}-{turn + 1}" for turn in range(rounds) for name in NAMES][:students]


def write_class(course_root: Path, assignment: str, notebook_name: str, submissions: list[Submission]) -> None:
    """Lay the class out as nbgrader collects it: submitted/<student>/<assignment>/<notebook>.ipynb."""
    for submission in submissions:
        folder = course_root / "submitted" / submission.student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{notebook_name}.ipynb").write_bytes(submission.content)
