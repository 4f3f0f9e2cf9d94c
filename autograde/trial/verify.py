"""Test the tests: solutions get full marks, the untouched release none; mistakes are named, right answers accepted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from machine_room.checks.verification import Verification, verify_exercise

from ..contract.failures import CourseError
from ..contract.verdict import Outcome, Verdict
from ..course.folder import Course
from ..course.notebook import Judging, Role, read_master
from ..grading.pool import Job, Task, grade_all
from ..grading.run import withheld_for
from ..inside.limits import Limits
from ..sandbox.process import Isolation
from ..sandbox.shelf import shelves

__all__ = ["Finding", "verify_assignment"]

SEEDS = range(8)  # hidden inputs are drawn anew for each


@dataclass(frozen=True)
class Finding:
    """One line of the report: what was tried, whether it held, and what was wrong if not."""

    what: str
    holds: bool
    detail: str = ""


def verify_assignment(course: Course, assignment: str, *, isolation: Isolation = Isolation.FULL) -> Iterator[Finding]:
    """Yield a finding for every exercise of the assignment, and four for each of its notebooks.

    Raises:
        CourseError: its tests are an ordinary course's, of which no mistakes are known.
    """
    if any(read_master(path).judging is Judging.TOGETHER for path in course.masters(assignment)):
        raise CourseError(
            f"{assignment} has tests of its own, and verify tries the checks of machine_room. Hand in the solutions "
            f"and the release as two students, and look at what `autograde grade {assignment}` gives them."
        )
    exercises = course.exercises(assignment)
    with course.in_use():
        for exercise in exercises:
            found = verify_exercise(exercise, seeds=SEEDS)
            yield Finding(
                f"{exercise.name}: {found.mistakes} mistakes caught and named, {found.variants} correct variants "
                "accepted",
                found.ok,
                _problems(found),
            )
        for path in course.masters(assignment):
            yield from _verify_notebook(course, assignment, path, isolation)


def _problems(found: Verification) -> str:
    """One sentence for each thing that did not hold."""
    return " ".join(
        [f"With seed {seed}, {mistake} passes." for seed, mistake in found.uncaught]
        + [f"With seed {seed}, {mistake} is called {other}." for seed, mistake, other in found.misnamed]
        + [f"With seed {seed}, {one} and {other} look alike." for seed, one, other in found.confused]
        + [f"With seed {seed}, the correct {variant} is rejected: {why}" for seed, variant, why in found.rejected]
        + [f"The first line {header} is not named, but called: {said}" for header, said in found.unnamed]
    )


def _verify_notebook(course: Course, assignment: str, path: Path, isolation: Isolation) -> Iterator[Finding]:
    checked = {cell.exercise for cell in read_master(path).cells if cell.role is Role.CHECK}
    unasked = [exercise.name for exercise in course.exercises(assignment) if exercise.name not in checked]
    yield Finding(f"{path.stem}: every exercise of the assignment is asked for", not unasked, ", ".join(unasked))
    release = course.root / "release" / assignment / path.name
    with TemporaryDirectory() as folder:
        shown = shelves(course.settings().allowed())
        task = Task(
            path.resolve(),
            seed=0,
            limits=Limits(),
            isolation=isolation,
            view=Path(folder) / "view",
            shelves=shown,
            packages=course.packages(),
        )
        solved, untouched = _graded(task, assignment, [path, release])
    lost = [f"{c.cell_id}: {c.text}" for c in solved.cells if c.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)]
    raised = [
        f"cell {output.cell_id}: {output.error or output.stderr}"
        for output in solved.outputs
        if output.error or output.stderr
    ]
    available = sum(cell.max_points for cell in solved.cells if cell.outcome is not Outcome.NOT_GRADED)
    yield Finding(f"{path.stem}: solutions get {solved.points:g} of {available:g}", not lost, "; ".join(lost))
    yield Finding(f"{path.stem}: solutions run without errors or anything on stderr", not raised, "; ".join(raised))
    gained = [
        f"{c.cell_id}: {c.outcome.value}, {c.points}"
        for c in untouched.cells
        if c.points != 0 and c.outcome is not Outcome.NOT_GRADED
    ]
    failed = [f"cell {output.cell_id}: {output.error}" for output in untouched.outputs if output.error]
    yield Finding(f"{path.stem}: the untouched release gets {untouched.points:g}", not gained, "; ".join(gained))
    yield Finding(f"{path.stem}: the untouched release runs without errors", not failed, "; ".join(failed))


def _graded(task: Task, assignment: str, files: Sequence[Path]) -> list[Verdict]:
    """Grade notebooks as submissions of students called "0", "1", ... and return the verdicts in that order."""
    jobs = [Job(str(index), file.resolve()) for index, file in enumerate(files)]
    graded = grade_all(task, jobs, workers=1, withheld=withheld_for(assignment))
    return [one.verdict for one in sorted(graded, key=lambda one: int(one.verdict.student))]
