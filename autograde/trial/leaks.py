"""Whether an own package gives an exercise away: each of its functions that students have is handed in as the answer.

What the author has not thought of withholding is found by trying it, in the box and by the judge, as a student would.
Functions at the top of a module are tried, with the arguments as they come and by place; methods are not.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from machine_room.exercises import Exercise

from ..course.notebook import Role, exercise_of, role_of
from ..grading.pool import Job, Task, grade_all, prepare

__all__ = ["Leak", "leaks"]

ANSWER = """from {module} import {function} as found

def {exercise}(*arguments, **settings):
    try:
        return found(*arguments, **settings)
    except TypeError:
        return found(*arguments, *settings.values())
"""


@dataclass(frozen=True)
class Leak:
    """A function that students have, and the exercise that it answers."""

    exercise: str
    function: str

    def __str__(self) -> str:
        return f'{self.function} answers {self.exercise}: write withheld=("{self.function}",) into its Exercise.'


@dataclass(frozen=True)
class _Function:
    module: str
    name: str
    least: int  # arguments that it needs
    most: float

    def fits(self, exercise: Exercise) -> bool:
        return self.least <= len(exercise.parameters) <= self.most


def leaks(
    task: Task, release: Path, exercises: Sequence[Exercise], withheld: Sequence[str], scratch: Path
) -> list[Leak]:
    """Try every function of the own packages as every answer that takes as many arguments.

    Args:
        task: the notebook, with the own packages.
        release: it as students have it.
        exercises: the assignment's.
        withheld: what their view lacks.
        scratch: a folder for the files to hand in.
    """
    prepare(task, withheld)
    found = [one for package in task.packages for one in _functions(task.view / package.name, package.name)]
    tries = {one.name: [function for function in found if function.fits(one)] for one in exercises if not one.score}
    rounds = [dict(zip(tries, row, strict=True)) for row in zip_longest(*tries.values())]
    jobs = [_handed_in(release, scratch, str(turn), row) for turn, row in enumerate(rounds)]
    graded = grade_all(task, jobs, workers=1, withheld=withheld) if jobs else ()
    return sorted(
        (
            Leak(cell.exercise, f"{function.module}.{function.name}")
            for one in graded
            for cell in one.verdict.cells
            if cell.points and cell.exercise and (function := rounds[int(one.verdict.student)].get(cell.exercise))
        ),
        key=str,
    )


def _functions(folder: Path, package: str) -> Iterator[_Function]:
    for path in sorted(folder.rglob("*.py")):
        parts = (package, *path.relative_to(folder).with_suffix("").parts)
        module = ".".join(parts).removesuffix(".__init__")
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.FunctionDef) and not _is_a_stub(node) and not node.name.startswith("__"):
                given = node.args
                places = [*given.posonlyargs, *given.args]
                named = len(given.kwonlyargs)
                most = float("inf") if given.vararg or given.kwarg else len(places) + named
                needed_by_name = sum(default is None for default in given.kw_defaults)
                yield _Function(module, node.name, len(places) - len(given.defaults) + needed_by_name, most)


def _is_a_stub(node: ast.FunctionDef) -> bool:
    return len(node.body) == 1 and isinstance(node.body[0], ast.Raise)


def _handed_in(release: Path, scratch: Path, name: str, row: Mapping[str, _Function | None]) -> Job:
    notebook = json.loads(release.read_text(encoding="utf-8"))
    for cell in _solutions(notebook["cells"]):
        exercise = exercise_of(cell) or ""
        if function := row.get(exercise):
            cell["source"] = ANSWER.format(module=function.module, function=function.name, exercise=exercise)
    path = scratch / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return Job(name, path)


def _solutions(cells: Iterable[dict[str, object]]) -> Iterator[dict[str, object]]:
    return (cell for cell in cells if role_of(cell) is Role.SOLUTION)
