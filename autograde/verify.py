"""Test the tests: solutions get full marks, the untouched release none, every mistake its own hint, nothing correct is rejected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from machine_room.exercises import of_assignment
from machine_room.exercises.verify import verify_exercise

from .course import Course
from .grade import withheld_for
from .inside.limits import Limits
from .notebook import read_master
from .pool import Job, Task, grade_all
from .sandbox import Isolation
from .verdict import Outcome, Verdict

__all__ = ["Finding", "verify_assignment"]

SEEDS = range(8)  # hidden inputs are drawn anew for each


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was tried, whether it held, and what was wrong if not."""

    what: str
    holds: bool
    detail: str = ""


def verify_assignment(course: Course, assignment: str, *, isolation: Isolation = Isolation.FULL) -> Iterator[Finding]:
    """Yield a finding for every exercise of the assignment, and two for each of its notebooks."""
    for exercise in of_assignment(assignment):
        report = verify_exercise(exercise, seeds=SEEDS)
        yield Finding(
            f"{exercise.name}: {len(exercise.mistakes)} mistakes caught and named, "
            f"{len(exercise.variants)} correct variants accepted",
            not report.problems,
            "; ".join(report.problems),
        )
    for path in course.masters(assignment):
        yield from _verify_notebook(course, assignment, path, isolation)


def _verify_notebook(course: Course, assignment: str, path: Path, isolation: Isolation) -> Iterator[Finding]:
    release = course.root / "release" / assignment / path.name
    with TemporaryDirectory() as folder:
        solved, untouched = _grade_files(Path(folder), assignment, path, [path, release], isolation)
    lost = [f"{c.cell_id}: {c.text}" for c in solved.cells if c.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)]
    raised = [
        f"cell {output.cell_id}: {output.error or output.stderr}"
        for output in solved.outputs
        if output.error or output.stderr
    ]
    yield Finding(f"{path.stem}: solutions get {solved.points:g} of {solved.max_points:g}", not lost, "; ".join(lost))
    yield Finding(f"{path.stem}: solutions run without errors or anything on stderr", not raised, "; ".join(raised))
    gained = [
        f"{c.cell_id}: {c.outcome.value}, {c.points}"
        for c in untouched.cells
        if c.outcome not in (Outcome.MISSING, Outcome.NOT_GRADED)
    ]
    yield Finding(f"{path.stem}: the untouched release gets {untouched.points:g}", not gained, "; ".join(gained))


def _grade_files(
    folder: Path, assignment: str, master: Path, files: Sequence[Path], isolation: Isolation
) -> list[Verdict]:
    """Grade notebooks as submissions of students called "0", "1", ... and return the verdicts in that order."""
    task = Task(master.resolve(), assignment, seed=0, limits=Limits(), isolation=isolation, view=folder / "view")
    jobs = []
    for index, file in enumerate(files):
        copy = folder / f"{index}.ipynb"
        notebook = json.loads(file.read_text(encoding="utf-8"))
        copy.write_text(json.dumps(notebook), encoding="utf-8")
        jobs.append(Job(str(index), read_master(master).name, copy, key=str(index)))
    graded = grade_all(task, jobs, workers=1, withheld=withheld_for(assignment))
    return sorted((one.verdict for one in graded), key=lambda verdict: verdict.student)
