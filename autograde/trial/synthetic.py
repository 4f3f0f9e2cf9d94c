"""A synthetic class: submissions made from the exercises' own bank of mistakes, for the demo, benchmarks and tests.

Honest work comes from the master's solutions, the also-correct variants and the known mistakes; the rest is what an
autograder meets sooner or later: half-done, empty, endless, greedy, cheating and broken. Same arguments, same class.
"""

from __future__ import annotations

import ast
import copy
import inspect
import json
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count, cycle, islice
from pathlib import Path
from typing import Any

from machine_room.exercises import Exercise, UnknownAssignment, of_assignment

from ..course import notebook as notebooks
from .declared import stands_alone
from .hostile import BURNING, HOSTILE, HOSTILE_AND_MORE

__all__ = ["Submission", "class_of", "mixed_class", "source_as", "write_class"]

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
    kind: str  # what it stands for, e.g. "fork bomb"
    content: bytes
    honest: bool = True  # nbgrader's in-process autograde must give the same points
    exercise: str | None = None  # the one that is not right, where it is one
    mistake: str | None = None  # the name of the known mistake that was made there


def source_as(name: str, function: Callable[..., Any]) -> str:
    """Return the function's source as a student would have it in a cell: undecorated, at the margin, called `name`."""
    lines = textwrap.dedent(inspect.getsource(function)).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("def "))
    source = "\n".join(lines[start:])
    if getattr(function, "__annotations__", None):
        source = _without_annotations(source)
    return re.sub(r"^def \w+", f"def {name}", source)


def _without_annotations(source: str) -> str:
    """A function whose first line names no types: those of its file are in no notebook."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return ast.unparse(tree)


def _without_markers(code: str) -> str:
    return "\n".join(line for line in code.split("\n") if not re.search(r"### (BEGIN|END) SOLUTION", line))


def _exercises(assignment: str) -> tuple[Exercise, ...]:
    try:
        return of_assignment(assignment)
    except UnknownAssignment:  # of answers in words alone
        return ()


class _Maker:
    """Makes submissions of one notebook."""

    def __init__(self, release: Path, source: Path, assignment: str) -> None:
        self.released = json.loads(release.read_text(encoding="utf-8"))
        right = notebooks.solutions_of(json.loads(source.read_text(encoding="utf-8")))
        self.right = {name: _without_markers(code) for name, code in right.items()}
        self.exercises = [exercise for exercise in _exercises(assignment) if exercise.name in self.right]
        self.variants = {one.name: [*filter(stands_alone, one.variants)] for one in self.exercises}

    def with_solutions(self, solutions: Mapping[str, str]) -> bytes:
        """The release with these solution cells filled in."""
        edited = copy.deepcopy(self.released)
        for cell in edited["cells"]:
            exercise = notebooks.exercise_of(cell)
            if notebooks.role_of(cell) is notebooks.Role.SOLUTION and exercise is not None and exercise in solutions:
                cell["source"] = solutions[exercise]
        return json.dumps(edited, indent=1).encode()

    def honest(self) -> Iterator[Submission]:
        """Correct work, other correct work, and one mistake after another, in rounds over the exercises."""
        yield Submission("", "correct", self.with_solutions(self.right))
        for turn in range(max((len(exercise.mistakes) for exercise in self.exercises), default=0)):
            if turn < min(map(len, self.variants.values())):
                other = {name: source_as(name, variants[turn]) for name, variants in self.variants.items()}
                yield Submission("", "correct, another way", self.with_solutions(self.right | other))
            for exercise in self.exercises:
                if turn < len(exercise.mistakes):
                    mistake = exercise.mistakes[turn]
                    wrong = {exercise.name: source_as(exercise.name, mistake.function)}
                    content = self.with_solutions(self.right | wrong)
                    yield Submission("", "a known mistake", content, exercise=exercise.name, mistake=mistake.name)

    def unfinished(self) -> Iterator[Submission]:
        half = list(self.right)[: len(self.right) // 2]
        yield Submission("", "half done", self.with_solutions({name: self.right[name] for name in half}))
        yield Submission("", "untouched", self.with_solutions({}))

    def hostile(self) -> Iterator[Submission]:
        """All right but for one exercise, whose solution is up to something; then two odd files."""
        graded = list(self.right)
        for place, (kind, template) in enumerate(HOSTILE.items()):
            if not graded:  # nothing of theirs runs
                break
            target = graded[(2 * place + 1) % len(graded)]
            code = template.replace("{name}", target).strip()
            yield Submission("", kind, self.with_solutions({**self.right, target: code}), honest=False, exercise=target)
        yield Submission("", "forged metadata", self._forged(), honest=False)
        yield Submission("", "broken file", self.with_solutions(self.right)[:20_000], honest=False)

    def hostile_rounds(self, burning: int) -> Iterator[Submission]:
        """Every kind, on one exercise after another, without end; at most `burning` of those that burn their time."""
        graded = list(self.right)
        for turn in count():
            for place, (kind, template) in enumerate(HOSTILE_AND_MORE.items()):
                if kind in BURNING:
                    if not burning:
                        continue
                    burning -= 1
                target = graded[(turn + place) % len(graded)]
                code = template.replace("{name}", target).strip()
                content = self.with_solutions({**self.right, target: f"# {turn}\n{code}"})
                yield Submission("", kind, content, honest=False, exercise=target)

    def _forged(self) -> bytes:
        """Nothing written, but checks that say they were passed, worth a thousand points each."""
        forged = copy.deepcopy(self.released)
        for cell in forged["cells"]:
            if notebooks.role_of(cell) is notebooks.Role.CHECK:
                cell["source"] = "1000.0"
                notebooks.tell_nbgrader(cell, points=1000, locked=False, solution=True)
                cell["outputs"] = [
                    {
                        "output_type": "execute_result",
                        "data": {"text/plain": "1000.0"},
                        "metadata": {},
                        "execution_count": 1,
                    }
                ]
        return json.dumps(forged, indent=1).encode()


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
    maker = _Maker(release, source, assignment)
    special = [*maker.unfinished(), *(maker.hostile() if students >= 20 else ())][: students - 1]
    honest = islice(cycle(maker.honest()), students - len(special))
    made = [*honest, *special]
    return [replace(one, student=name) for one, name in zip(made, sorted(_names(students)), strict=True)]


def mixed_class(
    release: Path, source: Path, assignment: str, *, honest: int, hostile: int, burning: int
) -> list[Submission]:
    """Make a class in which honest and hostile work alternate, for as long as there is both.

    Args:
        release: the student notebook, as built.
        source: the instructor notebook, for the right solutions.
        assignment: its assignment's name.
        honest: how many honest submissions; the same ones whatever `hostile` is, under the same names.
        hostile: how many hostile ones.
        burning: how many of those may burn all the time they have.
    """
    maker = _Maker(release, source, assignment)
    good = islice(cycle(chain(maker.honest(), maker.unfinished())), honest)
    bad = islice(maker.hostile_rounds(burning), hostile)
    named = [replace(one, student=f"s{place:04}-honest") for place, one in enumerate(good)]
    named += [replace(one, student=f"s{place:04}-other") for place, one in enumerate(bad)]
    return sorted(named, key=lambda one: one.student)


def _names(students: int) -> list[str]:
    rounds = (students - 1) // len(NAMES) + 1
    return [name if turn == 0 else f"{name}-{turn + 1}" for turn in range(rounds) for name in NAMES][:students]


def write_class(course_root: Path, assignment: str, notebook_name: str, submissions: list[Submission]) -> None:
    """Lay the class out as nbgrader collects it: submitted/<student>/<assignment>/<notebook>.ipynb."""
    for submission in submissions:
        folder = course_root / "submitted" / submission.student / assignment
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{notebook_name}.ipynb").write_bytes(submission.content)
