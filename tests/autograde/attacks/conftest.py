"""End to end: attacks go in as files beside honest work, one run of the whole pipeline per module grades them.

A module's `ATTACKS` maps a name to a cell. In an attacker's file everything is right but `TARGET`, whose cell holds the
attack instead. A module's `FILES` maps a name to a function that edits a whole notebook, of which nothing is written.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, role_of, solutions_of
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import gradebook_of
from autograde.grading.journal import Journal
from autograde.grading.run import GradeOptions, grade
from autograde.inside.limits import Limits

ROOT = Path(__file__).resolve().parents[3]
ASSIGNMENT, NOTEBOOK = "01-backprop", "backprop"
TARGET = "backward_221"  # nothing else in the notebook is built on it
FULL = 20.0
LIMITS = Limits(request_seconds=3.0, cpu_seconds=10, wall_seconds=40.0, memory_bytes=300 << 20, output_bytes=100_000)
SECRET = "the-grader-knows-this"  # in the environment of the process that grades
NEIGHBOURS = "only-the-neighbour-wrote-this"
HONEST = tuple(f"honest-{n}" for n in range(4))

JSON = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """What one run of the pipeline left behind."""

    root: Path
    verdicts: Mapping[str, Verdict]

    def check(self, attack: str, exercise: str = TARGET) -> CellVerdict:
        """What was said about one exercise of the attack's author."""
        return next(cell for cell in self.verdicts[student_of(attack)].cells if cell.exercise == exercise)

    def points(self, attack: str) -> float:
        return self.verdicts[student_of(attack)].points

    def seconds(self, attack: str) -> float:
        """How long grading took, intake included."""
        return self.verdicts[student_of(attack)].wall_seconds

    def shown(self, attack: str) -> str:
        """All that the author's own cells printed and raised."""
        return "\n".join(
            f"{one.stdout}\n{one.stderr}\n{one.result}\n{one.error}"
            for one in self.verdicts[student_of(attack)].outputs
        )

    def autograded(self, attack: str) -> JSON:
        path = self.root / "autograded" / student_of(attack) / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def feedback(self, attack: str) -> str:
        path = self.root / "feedback" / student_of(attack) / ASSIGNMENT / f"{NOTEBOOK}.html"
        return path.read_text(encoding="utf-8")

    @cached_property
    def secrets(self) -> list[str]:
        """What no student's code and no page of theirs may ever hold."""
        return [
            SECRET,
            NEIGHBOURS,
            str(Course(self.root).seed()),
            str(self.root),
            str(ROOT / "autograde"),
            "HIDDEN TESTS",
            "hidden=True",
        ]

    @cached_property
    def recorded(self) -> dict[str, float]:
        """Everyone's points in the gradebook."""
        with gradebook_of(self.root) as gradebook:
            return {row.student.id: row.score for row in gradebook.assignment_submissions(ASSIGNMENT)}


def student_of(attack: str) -> str:
    """The attack's author, as the name of a folder."""
    return re.sub(r"[^a-z0-9]+", "-", attack.lower()).strip("-")


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course with nobody in it."""
    root = tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT / "course" / ASSIGNMENT, root / "course" / ASSIGNMENT)
    build(root, [ASSIGNMENT])
    return root


@pytest.fixture(scope="module")
def run(built: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Run]:
    """Grade everything in the module's tables in one run, with the grading process knowing a secret."""
    root = tmp_path_factory.mktemp("course") / "course"
    shutil.copytree(built, root)
    _hand_in(root, getattr(request.module, "ATTACKS", {}), getattr(request.module, "FILES", {}))
    limits = replace(LIMITS, **getattr(request.module, "LIMITS", {}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "ADVERSARY_SECRET", SECRET)
        grade(Course(root), ASSIGNMENT, GradeOptions(workers=2, limits=limits))
        write_feedback(root, ASSIGNMENT)
        journal = Journal(Course(root).journal(ASSIGNMENT, NOTEBOOK))  # the whole verdicts, with all that cells showed
        yield Run(root, {verdict.student: verdict for verdict in journal})


def _hand_in(root: Path, attacks: Mapping[str, str], files: Mapping[str, Callable[[JSON], Any]]) -> None:
    released = (root / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8")
    solved = json.loads((root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    right = {name: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", code) for name, code in solutions_of(solved).items()}
    honest = right | {TARGET: f"# {NEIGHBOURS}\nneighbours = {NEIGHBOURS!r}\n{right[TARGET]}"}
    for student in HONEST:
        _write(root, student, _answered(json.loads(released), honest))
    for name, source in attacks.items():
        _write(root, student_of(name), _answered(json.loads(released), right | {TARGET: source.strip()}))
    for name, edit in files.items():
        notebook = json.loads(released)
        _write(root, student_of(name), edit(notebook) or notebook)


def _answered(notebook: JSON, solutions: Mapping[str, str]) -> JSON:
    for cell in notebook["cells"]:
        exercise = exercise_of(cell)
        if role_of(cell) is Role.SOLUTION and exercise is not None:
            cell["source"] = solutions[exercise]
    return notebook


def _write(root: Path, student: str, notebook: JSON) -> None:
    path = root / "submitted" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def attack_holds(run: Run, request: pytest.FixtureRequest) -> Callable[[str], CellVerdict]:
    """What must hold after every attack, whatever it was."""

    def holds(attack: str) -> CellVerdict:
        verdict = run.verdicts[student_of(attack)]
        target = run.check(attack)
        assert target.points == 0.0
        assert target.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED, Outcome.GRADER_ERROR)
        assert target.text
        assert target.hint
        assert not verdict.grader_errors
        assert verdict.points == run.recorded[verdict.student]
        _tells_no_secret(run, attack)
        return target

    return holds


def _tells_no_secret(run: Run, attack: str) -> None:
    verdict = run.verdicts[student_of(attack)]
    told = run.shown(attack) + run.feedback(attack)
    told += "".join(f"{cell.text}{cell.html}{cell.hint}" for cell in verdict.cells) + "".join(verdict.notes)
    assert [secret for secret in run.secrets if secret in told] == []


@pytest.fixture
def nobody_else_is_hurt(run: Run) -> Callable[[], None]:
    """Whoever was honest has all their points, in the verdict and in the gradebook."""

    def holds() -> None:
        recorded = run.recorded
        assert [(run.verdicts[student].points, recorded[student]) for student in HONEST] == [(FULL, FULL)] * len(HONEST)

    return holds
