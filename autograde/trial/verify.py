"""Test the tests: solutions get full marks, the untouched release none; mistakes are named, right answers accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from machine_room.checks.verification import Verification, verify_exercise
from machine_room.exercises import Exercise

from ..contract.failures import CourseError
from ..contract.verdict import Outcome, Verdict
from ..course.folder import Course
from ..course.notebook import Role, read_master
from ..course.packages import authors_fault
from ..grading.pool import Job, Task, grade_all
from ..grading.run import withheld_for
from ..inside.limits import Limits
from ..sandbox.process import Isolation
from ..sandbox.shelf import shelves
from .declared import faults_of, place_of
from .leaks import Leak, leaks

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
    if any(read_master(path).judging.some_together for path in course.masters(assignment)):
        raise CourseError(
            f"{assignment} has tests of its own, and verify tries the checks of machine_room. Hand in the solutions "
            f"and the release as two students, and look at what `autograde grade {assignment}` gives them."
        )
    exercises = course.exercises(assignment)
    with course.in_use():
        for exercise in exercises:
            yield _of_exercise(course, exercise)
        for path in course.masters(assignment):
            yield from _verify_notebook(course, assignment, path, isolation)


def _of_exercise(course: Course, exercise: Exercise) -> Finding:
    faults = faults_of(exercise)
    if faults.fatal:
        return Finding(f"{exercise.name}: not tried", False, " ".join((*faults.fatal, *faults.others)))
    try:
        found = verify_exercise(exercise, seeds=SEEDS)
    except Exception as error:  # a measure, a score, a hidden case: the author's own Python
        sentence = str(authors_fault(course.packages(), error))
        return Finding(f"{exercise.name}: not tried to the end", False, " ".join((sentence, *faults.others)))
    return Finding(
        _headline(found), found.ok and not faults.others, " ".join((*_problems(exercise, found), *faults.others))
    )


def _headline(found: Verification) -> str:
    """What is so: how many of how many."""
    loose = {name for _, name in found.uncaught}
    unnamed = loose | {name for _, name, _ in found.misnamed}
    rejected = {name for _, name, _ in found.rejected}
    caught, named = found.mistakes - len(loose), found.mistakes - len(unnamed)
    if found.ok:
        return f"{found.exercise}: {caught} mistakes caught and named, {found.variants} correct variants accepted"
    return (
        f"{found.exercise}: {caught} of {found.mistakes} mistakes caught, {named} named; "
        f"{len(rejected)} right answers rejected"
    )


def _problems(exercise: Exercise, found: Verification) -> Iterator[str]:
    """One sentence for each thing that did not hold, with the seeds of all times it was seen."""
    functions = {mistake.name: mistake.function for mistake in exercise.mistakes}
    functions |= {variant.__name__: variant for variant in exercise.variants}
    for (name,), seeds in _by_seeds(found.uncaught).items():
        yield (
            f"{place_of(functions[name])}the mistake {name} passes{_said(seeds, found)}: add a case that it fails, "
            "or take it out if it is right."
        )
    for (name, other), seeds in _by_seeds(found.misnamed).items():
        called = f"called {other}" if other else "not recognised"
        yield (
            f"{place_of(functions[name])}the mistake {name} is {called}{_said(seeds, found)}: make the cases tell the "
            "two apart."
        )
    for (one, other), seeds in _by_seeds(found.confused).items():
        yield (
            f"{place_of(functions[other])}the mistakes {one} and {other} do the same in every case"
            f"{_said(seeds, found)}: add a case that tells them apart, or take one out."
        )
    for (name, why), seeds in _by_seeds(found.rejected).items():
        yield (
            f"{place_of(functions.get(name, exercise.reference))}the right answer {name} is rejected"
            f"{_said(seeds, found)}: {why.rstrip('.') or 'it differs from the reference'}."
        )
    for header, said in found.unnamed:
        yield f"{place_of(exercise.cases)}the first line {header} is not named, but called: {said}"


def _by_seeds(found: Iterable[tuple[Any, ...]]) -> dict[tuple[Any, ...], list[int | str]]:
    grouped: dict[tuple[Any, ...], list[int | str]] = {}
    for seed, *what in found:
        grouped.setdefault(tuple(what), []).append(seed)
    return grouped


def _said(seeds: Sequence[int | str], found: Verification) -> str:
    if len(seeds) == found.seeds:
        return " (all seeds)"
    return f" (seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))})"


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
        given_away = _given_away(course, task, assignment, release, Path(folder)) if task.packages else []
    lost = [f"{c.cell_id}: {c.text}" for c in solved.cells if c.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)]
    raised = [
        f"cell {output.cell_id}: {output.error or output.stderr}"
        for output in solved.outputs
        if output.error or output.stderr
    ]
    available = sum(cell.max_points for cell in solved.cells if cell.outcome is not Outcome.NOT_GRADED)
    if checked:
        yield Finding(f"{path.stem}: solutions get {solved.points:g} of {available:g}", not lost, "; ".join(lost))
    else:
        by_hand = sum(cell.max_points for cell in solved.cells)
        yield Finding(f"{path.stem}: no exercise, so a person gives all of its {by_hand:g} points", not lost)
    yield Finding(f"{path.stem}: solutions run without errors or anything on stderr", not raised, "; ".join(raised))
    gained = [
        f"{c.cell_id}: {c.outcome.value}, {c.points}"
        for c in untouched.cells
        if c.points != 0 and c.outcome is not Outcome.NOT_GRADED
    ]
    failed = [f"cell {output.cell_id}: {output.error}" for output in untouched.outputs if output.error]
    yield Finding(f"{path.stem}: the untouched release gets {untouched.points:g}", not gained, "; ".join(gained))
    yield Finding(f"{path.stem}: the untouched release runs without errors", not failed, "; ".join(failed))
    if task.packages:
        yield Finding(
            f"{path.stem}: no function of {', '.join(package.name for package in task.packages)} that students have is "
            "an answer",
            not given_away,
            " ".join(map(str, given_away)),
        )


def _given_away(course: Course, task: Task, assignment: str, release: Path, folder: Path) -> list[Leak]:
    return leaks(task, release, course.exercises(assignment), withheld_for(assignment), folder)


def _graded(task: Task, assignment: str, files: Sequence[Path]) -> list[Verdict]:
    """Grade notebooks as submissions of students called "0", "1", ... and return the verdicts in that order."""
    jobs = [Job(str(index), file.resolve()) for index, file in enumerate(files)]
    graded = grade_all(task, jobs, workers=1, withheld=withheld_for(assignment))
    return [one.verdict for one in sorted(graded, key=lambda one: int(one.verdict.student))]
