"""A class of an ordinary nbgrader course, by ours and by nbgrader itself: the same files, in the same run.

    python -m benchmarks together
    python -m benchmarks.together 100      # nbgrader, too, grades all of them: some minutes more

The documentation course is nbgrader's own, out of the installed package, with its two hand-ins in turn. The other one
has a trait of real courses in each cell (`tests/autograde/ordinary_course.py`). nbgrader has a part of the class, in
two sizes, so that a further hand-in can be told from the start; what all would take it is reckoned from that. Counted
are processor seconds of all processes, kernels and boxes included.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.gradebook.writer import gradebook_of
from benchmarks.spending import spent_by
from benchmarks.table import Table
from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import ASSIGNMENT

__all__ = ["COURSES", "measure", "table"]

CLASS = 100
SAMPLE = 10  # of the class, by nbgrader
FEW = 2  # and fewer: what it costs to start
#: What handed in tests get here and not there, or there and not here, on purpose: docs/any-course.md.
ON_PURPOSE = frozenset(("of-numpy", "data"))


def documentation(root: Path, students: int) -> None:
    """nbgrader's documentation course; its two hand-ins, in turn."""
    ordinary.documentation_course(root)
    models = sorted((root / "submitted").iterdir())
    for number in range(students):
        shutil.copytree(models[number % len(models)], root / "submitted" / f"student-{number:03}")
    for model in models:
        shutil.rmtree(model)


def every_trait(root: Path, students: int) -> None:
    """A course with a trait in each cell; half of the class has everything right."""
    ordinary.lay_out(root)
    path = root / "source" / ASSIGNMENT / f"{ordinary.NOTEBOOK}.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = json.loads(json.dumps(ordinary.EVERY_TRAIT))
    for cell in cells:  # nbgrader takes no blank in a name
        said = cell["metadata"].get("nbgrader", {})
        said.update({"grade_id": said["grade_id"].replace(" ", "-")} if said else {})
    ordinary.write(path, ordinary.notebook(*cells, kernel=kernel))
    wrong = {"squares": "def squares(n):\n    return [i ** 2 for i in range(n + 1)]"}
    for number in range(students):
        ordinary.hand_in(root, f"student-{number:03}", wrong if number % 2 else None)


COURSES: Mapping[str, Callable[[Path, int], None]] = {
    "the documentation course, 2 notebooks": documentation,
    "a trait in each cell, 1 notebook": every_trait,
}


@dataclass(frozen=True)
class Cost:
    """Processor seconds: of whole commands, by how many hand-ins they graded."""

    theirs: Mapping[int, float]
    ours: Mapping[int, float]

    @property
    def further(self) -> tuple[float, float]:
        """A further hand-in, by nbgrader and by ours, from the smallest and the largest class of each."""
        return _further(self.theirs), _further(self.ours)

    @property
    def reckoned(self) -> float:
        """What the whole class takes nbgrader: measured, or its start and so many further hand-ins."""
        few = min(self.theirs)
        return self.theirs.get(CLASS, self.theirs[few] + (CLASS - few) * self.further[0])


def _further(spent: Mapping[int, float]) -> float:
    few, many = min(spent), max(spent)
    return (spent[many] - spent[few]) / (many - few)


def measure(lay_out: Callable[[Path, int], None], theirs: Sequence[int] = (FEW, SAMPLE)) -> Cost:
    """Grade a course with both.

    Raises:
        RuntimeError: a command failed, or the two give a cell other points than docs/any-course.md says.
    """
    sizes = sorted({SAMPLE, max(theirs), CLASS})
    ours = {count: _graded(lay_out, count, "autograde", "grade", ASSIGNMENT) for count in sizes}
    them = {count: _graded(lay_out, count, "nbgrader", "autograde", ASSIGNMENT, "--create") for count in theirs}
    _must_agree(ours[max(theirs)][1], them[max(theirs)][1])
    return Cost({n: cpu for n, (cpu, _) in them.items()}, {n: cpu for n, (cpu, _) in ours.items()})


Scores = dict[tuple[str, str], float | None]


def _graded(lay_out: Callable[[Path, int], None], students: int, *command: str) -> tuple[float, Scores]:
    """Lay out a class, grade it, and return the processor seconds and every automatic score."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        root.mkdir()
        lay_out(root, students)
        (root / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.course_id = "bench"\n')
        if command[0] == "nbgrader":  # which wants new metadata, and tests in its gradebook: setting up is not counted
            spent_by(root, "nbgrader", "update", ".")
            spent_by(root, "nbgrader", "generate_assignment", ASSIGNMENT, "--create", "--force")
        spent = spent_by(root, *command)
        print(f"{' '.join(command)}, {students}: {spent.cpu:.1f} s", file=sys.stderr, flush=True)
        with gradebook_of(root) as book:
            return spent.cpu, {
                (submission.student.id, grade.cell.name): grade.auto_score
                for submission in book.assignment_submissions(ASSIGNMENT)
                for one in submission.notebooks
                for grade in one.grades
            }


def _must_agree(ours: Scores, theirs: Scores) -> None:
    other = [key for key in ours if key[1] not in ON_PURPOSE and ours[key] != theirs.get(key)]
    if other or ours.keys() != theirs.keys():
        raise RuntimeError(f"the two give other points: {[(key, ours[key], theirs.get(key)) for key in other]}")


def row(name: str, cost: Cost, sample: int) -> tuple[str, ...]:
    """One course's line of the table."""
    theirs, ours = cost.further
    return (
        name, f"{cost.theirs[sample]:.1f} s", f"{cost.ours[sample]:.1f} s",
        f"{cost.theirs[sample] / cost.ours[sample]:.1f} x", f"{cost.reckoned:.0f} s", f"{cost.ours[CLASS]:.1f} s",
        f"{cost.reckoned / cost.ours[CLASS]:.1f} x", f"{1000 * theirs:.0f} ms", f"{1000 * ours:.0f} ms",
        f"{theirs / ours:.0f} x",
    )  # fmt: skip


def table(theirs: Sequence[int] = (FEW, SAMPLE)) -> Table:
    """Grade a class of each course."""
    rows, sample = [], max(theirs)
    for name, lay_out in COURSES.items():
        cost = measure(lay_out, theirs)
        rows.append(row(name, cost, sample))
        print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    columns = (
        "course", f"nbgrader, {sample}", f"ours, {sample}", "times less", f"nbgrader, {CLASS}", f"ours, {CLASS}",
        "times less", "nbgrader, a further one", "ours, a further one", "times less",
    )  # fmt: skip
    how = f"reckoned from classes of {min(theirs)} and {sample}" if CLASS not in theirs else "measured as ours is"
    notes = (
        "Processor seconds of all processes from the command to the prompt, gradebook written; the same files. "
        f"nbgrader runs students' code without isolation; what it takes for {CLASS} is {how}. A further one is what "
        "the larger class took more. Both gave each cell of the smaller class the same points, but for those where "
        "docs/any-course.md says that scores differ. Other programs kept the machine at a load of "
        f"{os.getloadavg()[1]:.0f}.",
    )
    return Table("Any course", columns, rows, notes)


if __name__ == "__main__":
    counts = tuple(map(int, sys.argv[1:])) or (SAMPLE,)
    print(table((FEW, *counts)).text())
