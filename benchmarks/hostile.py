"""500 hostile among 500 honest submissions of 01: nobody is graded otherwise for it, nobody gains, nothing grows.

    python -m benchmarks hostile

The same honest class is graded alone and among the hostile ones, with the same seed, by `autograde grade` as it is.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.course.settings import FILE
from autograde.grading.journal import Journal
from autograde.trial.hostile import BURNING, HOSTILE_AND_MORE
from autograde.trial.synthetic import Submission, mixed_class, write_class
from benchmarks.table import Table
from benchmarks.watching import Part, Watched, grade_and_watch

__all__ = ["Both", "grade_both", "table"]

REPOSITORY = Path(__file__).resolve().parent.parent
ASSIGNMENT = "01-backprop"
HONEST = HOSTILE = 500
BURN = 50
SETTINGS = "[limits]\nrequest_seconds = 2\nsubmission_seconds = 10\n"


@dataclass(frozen=True)
class Both:
    """The honest class graded alone and among hostile submissions."""

    submissions: Mapping[str, Submission]
    alone: Mapping[str, Verdict]
    among: Mapping[str, Verdict]
    cost_alone: Watched
    cost_among: Watched

    @property
    def honest(self) -> list[str]:
        return [student for student, one in self.submissions.items() if one.honest]

    @property
    def hostile(self) -> list[str]:
        return [student for student, one in self.submissions.items() if not one.honest]

    def graded_otherwise(self) -> list[str]:
        """Honest students whose points, outcomes or mistakes are not those that they had alone."""
        return [one for one in self.honest if _grades(self.alone[one]) != _grades(self.among[one])]

    def told_otherwise(self) -> list[str]:
        """Honest students who are told something else, down to the last character."""
        return [one for one in self.honest if self.alone[one].cells != self.among[one].cells]

    def gained(self) -> list[str]:
        """Hostile students with points for the exercise that they attacked."""
        return [student for student in self.hostile if any(cell.points for cell in self._attacked(student))]

    def not_judged(self) -> list[str]:
        """Students without a verdict, or with one that is our fault."""
        return [one for one in self.submissions if one not in self.among or self.among[one].grader_errors]

    def outcomes(self) -> Counter[Outcome]:
        return Counter(cell.outcome for student in self.hostile for cell in self._attacked(student))

    def _attacked(self, student: str) -> Iterator[CellVerdict]:
        attacked = self.submissions[student].exercise
        return (cell for cell in self.among[student].cells if cell.exercise == attacked)


def _grades(verdict: Verdict) -> list[tuple[object, ...]]:
    return [(cell.cell_id, cell.points, cell.outcome, cell.mistake) for cell in verdict.cells]


def grade_both(root: Path, *, honest: int, hostile: int, burning: int, every: float = 1.0) -> Both:
    """Lay out two courses below `root` and grade them one after the other."""
    alone, among = root / "alone", root / "among"
    submissions = _make_course(alone, honest=honest, hostile=hostile, burning=burning)
    shutil.copytree(alone, among)
    write_class(alone, ASSIGNMENT, "backprop", [one for one in submissions if one.honest])
    write_class(among, ASSIGNMENT, "backprop", submissions)
    cost_alone = grade_and_watch(alone, ASSIGNMENT, every=every)
    (among / ".autograde").mkdir(mode=0o700)
    shutil.copyfile(alone / ".autograde" / "seed", among / ".autograde" / "seed")
    cost_among = grade_and_watch(among, ASSIGNMENT, every=every)
    by_student = {one.student: one for one in submissions}
    return Both(by_student, _verdicts(alone), _verdicts(among), cost_alone, cost_among)


def _make_course(root: Path, **numbers: int) -> list[Submission]:
    shutil.copytree(REPOSITORY / "course" / ASSIGNMENT, root / "course" / ASSIGNMENT)
    (root / FILE).write_text(SETTINGS, encoding="utf-8")
    build(root, [ASSIGNMENT])
    (master,) = Course(root).masters(ASSIGNMENT)
    return mixed_class(root / "release" / ASSIGNMENT / master.name, master, ASSIGNMENT, **numbers)


def _verdicts(root: Path) -> dict[str, Verdict]:
    return {one.student: one for one in Journal(Course(root).journal(ASSIGNMENT, "backprop"))}


def table(honest: int = HONEST, hostile: int = HOSTILE, burning: int = BURN) -> Table:
    """Grade both and say what differs, what was gained, and what it cost."""
    with TemporaryDirectory() as folder:
        both = grade_both(Path(folder), honest=honest, hostile=hostile, burning=burning)
    burn = sum(both.submissions[student].kind in BURNING for student in both.hostile)
    rows = [
        ("honest submissions graded otherwise than alone", "", f"{len(both.graded_otherwise())} of {honest}"),
        ("honest submissions told otherwise than alone", "", f"{len(both.told_otherwise())} of {honest}"),
        ("hostile submissions with points for what they attacked", "", f"{len(both.gained())} of {hostile}"),
        ("submissions without a verdict, or with a grader error", "", f"{len(both.not_judged())}"),
        *((f"outcome of what was attacked: {name}", "", str(count)) for name, count in both.outcomes().most_common()),
        _row("wall seconds", both, lambda cost: f"{cost.wall_seconds:.0f}"),
        _row("processor seconds, students' too", both, lambda cost: f"{cost.cpu_seconds:.0f}"),
    ]
    rows += [row for part in Part for row in _memory(part, both)]
    notes = [
        f"{honest} honest and {hostile} hostile submissions of {ASSIGNMENT}: {len(HOSTILE_AND_MORE)} kinds of attack, "
        f"each on one exercise after another, {burn} of them of kinds that burn their time. "
        "Limits: 2 seconds a request, 10 a submission. Resident memory is the median of a look a second.",
    ]
    title = "Hostile among honest"
    return Table(title, ("what", "honest alone", "among hostile"), rows, notes)


def _memory(part: Part, both: Both) -> Iterator[tuple[str, str, str]]:
    yield _row(f"MB in a {part}, first quarter", both, lambda cost: _megabytes(cost.resident(part, 0)))
    yield _row(f"MB in a {part}, last quarter", both, lambda cost: _megabytes(cost.resident(part, 3)))
    yield _row(f"MB in a {part}, at most", both, lambda cost: _megabytes(cost.highest(part)))
    yield _row(f"processes: {part}", both, lambda cost: str(cost.processes(part)))


def _row(what: str, both: Both, shown: Callable[[Watched], str]) -> tuple[str, str, str]:
    return what, shown(both.cost_alone), shown(both.cost_among)


def _megabytes(count: float) -> str:
    return f"{count / 2**20:.0f}"
