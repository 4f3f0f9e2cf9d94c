"""What autograding costs, isolation on, beside `nbgrader autograde`, which has none: the same files, in the same run.

    python -m benchmarks grading

For each assignment one small class is graded by both, from the command to the prompt, gradebook and autograded/
included; and a larger class by ours, so that a further submission can be told from the start. What is counted are
processor seconds of all processes, students' included: they do not depend on how many cores there are.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.course.build import build
from autograde.course.folder import Course
from autograde.grading.journal import Journal
from autograde.trial.synthetic import Submission, class_of, write_class
from benchmarks.spending import Spent, spent_by
from benchmarks.table import Table

__all__ = ["Cost", "leave_nbgrader_as_it_is", "make_course", "measure", "table"]

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENTS = tuple(sorted(path.name for path in (REPOSITORY / "course").iterdir() if path.is_dir()))
CLASS = 10
LARGE = 30
BY_NBGRADER = 3  # of the class: what one costs it does not depend on how many there are
FORKS = 200
CALIBRATION = 5_000_000


@dataclass(frozen=True)
class Cost:
    """Processor seconds for one assignment."""

    assignment: str
    theirs: float  # a submission, by nbgrader
    same_class: float  # a submission of the same class, by ours
    small_class: Spent
    further: float  # a further submission, by ours
    fork: float  # an empty one
    students_own: float  # what the own code of such a further student took

    @property
    def floor(self) -> float:
        """What a submission must cost: a fork in which nothing runs, and the students' own code."""
        return self.fork + self.students_own


def make_course(root: Path, assignment: str, students: int) -> list[Submission]:
    """Lay out a course folder at `root` in which `students` honest students have handed in."""
    shutil.copytree(REPOSITORY / "course" / assignment, root / "course" / assignment)
    shutil.copyfile(REPOSITORY / "nbgrader_config.py", root / "nbgrader_config.py")
    build(root, [assignment])
    course = Course(root.resolve())
    (master,) = course.masters(assignment)
    release = root / "release" / assignment / master.name
    honest = [one for one in class_of(release, master, assignment, 2 * students) if one.honest][:students]
    write_class(root, assignment, master.stem, honest)
    return honest


def leave_nbgrader_as_it_is(root: Path) -> None:
    """Take our plug-in out of the settings: `nbgrader autograde` would ask us."""
    settings = root / "nbgrader_config.py"
    ours = re.compile(r"^( *).*autograde\.plugin.*$", re.MULTILINE)  # `pass`, for it may be all that an `if` does
    settings.write_text(ours.sub(r"\1pass", settings.read_text(encoding="utf-8")), encoding="utf-8")


def _fork_seconds(assignment: str, folder: Path, forks: int = FORKS) -> float:
    """What a student's process costs that says it has started and is ended: in itself, in zygote and in judge."""
    arguments = (assignment, str(folder))
    one, many = (spent_by(folder, "benchmarks.empty_forks", *arguments, str(count)).cpu for count in (1, 1 + forks))
    return (many - one) / forks


def measure(assignment: str, *, theirs: int = BY_NBGRADER, small: int = CLASS, large: int = LARGE) -> Cost:
    """Grade one assignment with both."""
    with TemporaryDirectory() as folder:
        roots = {name: Path(folder) / name for name in ("nbgrader", "same", "small", "large")}
        for name, students in zip(roots, (theirs, theirs, small, large), strict=True):
            make_course(roots[name], assignment, students)
        leave_nbgrader_as_it_is(roots["nbgrader"])
        # nbgrader takes an assignment's tests from its gradebook, ours from source/: setting up is not counted.
        spent_by(roots["nbgrader"], "nbgrader", "generate_assignment", assignment, "--create", "--force")
        them = spent_by(roots["nbgrader"], "nbgrader", "autograde", assignment, "--create")
        same, few, many = (spent_by(roots[one], "autograde", "grade", assignment) for one in ("same", "small", "large"))
        own_of_few, own_of_many = (_own_seconds(roots[one], assignment) for one in ("small", "large"))
        fork = _fork_seconds(assignment, Path(folder))
    return Cost(
        assignment,
        theirs=them.cpu / theirs,
        same_class=same.cpu / theirs,
        small_class=few,
        further=(many.cpu - few.cpu) / (large - small),
        fork=fork,
        students_own=(own_of_many - own_of_few) / (large - small),
    )


def _own_seconds(root: Path, assignment: str) -> float:
    """Processor seconds in the cells and functions of a whole class."""
    course = Course(root)
    journals = [Journal(course.journal(assignment, master.stem)) for master in course.masters(assignment)]
    return sum(verdict.student_cpu_seconds for journal in journals for verdict in journal)


def calibration() -> float:
    """Processor seconds of a loop that does nothing, to compare machines by."""
    began = time.process_time()
    for _ in range(CALIBRATION):
        pass
    return time.process_time() - began


def table(assignments: Sequence[str] = ASSIGNMENTS) -> Table:
    """Grade every assignment with both."""
    costs = []
    for assignment in assignments:
        costs.append(measure(assignment))
        print(_row(costs[-1]), file=sys.stderr, flush=True)
    columns = (
        "assignment", "nbgrader", "ours, same class", "times less", "a further one", "times less", "its floor",
        "times the floor", "over it", f"class of {CLASS}",
    )  # fmt: skip
    notes = [
        "Processor seconds of all processes, for one honest submission, from the command to the prompt, gradebook "
        f"written: by `nbgrader autograde`, without isolation, in a class of {BY_NBGRADER}; by `autograde grade`, "
        "isolated, of the same class, where starting counts most; and of each further one, from classes of "
        f"{CLASS} and {LARGE}. Floor: a fork in which nothing runs, and what the students' own code took. "
        "The box's processes, which nobody waits for, are counted too (`benchmarks/spending.py`). "
        f"Class of {CLASS}: from the command to the prompt, as a clock on the wall sees it.",
        f"A loop of {CALIBRATION:,} rounds that does nothing takes {calibration():.2f} processor seconds here; other "
        f"programs kept the machine at a load of {os.getloadavg()[1]:.0f}.",
    ]
    return Table("Autograding", columns, [_row(cost) for cost in costs], notes)


def _row(cost: Cost) -> tuple[str, ...]:
    return (
        cost.assignment,
        f"{cost.theirs:.2f} s",
        f"{cost.same_class:.2f} s",
        f"{cost.theirs / cost.same_class:.1f} x",
        f"{cost.further * 1e3:.0f} ms",
        f"{cost.theirs / cost.further:.0f} x",
        f"{cost.floor * 1e3:.0f} ms",
        f"{cost.further / cost.floor:.1f} x",
        f"{(cost.further - cost.floor) * 1e3:.0f} ms",
        f"{cost.small_class.wall:.1f} s",
    )


if __name__ == "__main__":
    print(table(sys.argv[1:] or ASSIGNMENTS).text())
