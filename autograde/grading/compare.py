"""Grade a class once more beside the verdicts that stand, and record nothing: who would change, and by how much."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ..contract.comparison import Change, CheckChange, Comparison
from ..contract.failures import CourseError, Failure, Stage, failure_of, is_of_the_machine, one_sentence
from ..contract.verdict import Verdict
from ..course.editions import read_former
from ..course.folder import Course, Folder
from ..course.notebook import Notebook
from .journal import Journal
from .pool import Job, Task, grade_all
from .run import GradeOptions, handed_in_by, task_for, withheld_for
from .standing import precedent

__all__ = ["compare"]


def compare(
    course: Course,
    assignment: str,
    options: GradeOptions | None = None,
    *,
    on_start: Callable[[int], None] = lambda total: None,
    on_verdict: Callable[[Verdict], None] = lambda verdict: None,
    on_complaint: Callable[[str], None] = lambda sentence: None,
) -> Comparison:
    """Grade all work that has a verdict anew and compare. Neither journal, gradebook nor autograded/ changes.

    Args:
        course: the course folder.
        assignment: its name.
        options: who, how, with which limits; `regrade` and `force` mean nothing here.
        on_start: called once with the number of verdicts to come.
        on_verdict: called after each.
        on_complaint: called with a sentence for each journal that is damaged.

    Raises:
        CourseError: no such assignment, nothing handed in by a named student, nothing graded yet, or no seed.
        IsolationUnavailable: this host cannot isolate, and options.isolation asks for it.
    """
    options = options or GradeOptions()
    with one_sentence(f"Comparing in {course.root} stopped", is_of_the_machine):
        masters = course.read_masters(assignment)
        folders = handed_in_by(course, assignment, options.students)
        journals = [Journal(course.journal(assignment, master.name)) for master in masters]
        for complaint in filter(None, (journal.complaint for journal in journals)):
            on_complaint(complaint)
        _require_verdicts(course, assignment, journals, masters)
        with TemporaryDirectory() as folder, course.in_use():
            classes = [
                _Class.of(course, folders, options, journal, master, Path(folder) / master.name)
                for master, journal in zip(masters, journals, strict=True)
            ]
            on_start(sum(len(one.before) for one in classes))
            found = [pair for one in classes for pair in one.graded(options, on_verdict)]
    return _comparison(assignment, classes, found)


def _require_verdicts(
    course: Course, assignment: str, journals: Sequence[Journal], masters: Sequence[Notebook]
) -> None:
    if not any(map(len, journals)):
        raise CourseError(
            f"Nothing of {assignment} was graded in {course.root} yet, so there is nothing to compare with. "
            f"Run `autograde grade {assignment}` first."
        )
    drawn_from = any(master.judging.some_apart for master in masters)
    if drawn_from and not course.has_seed():
        raise CourseError(
            f"{course.root} has verdicts, but no .autograde/seed, from which the hidden inputs were drawn. Restore it "
            "from a backup, or run `autograde grade`, which draws a new one."
        )


@dataclass(frozen=True)
class _Class:
    """One notebook's submissions: those that have a verdict, those that have none, and those that cannot be read."""

    task: Task
    master: Notebook
    before: dict[str, tuple[Job, Verdict]]
    not_compared: tuple[str, ...]
    failures: tuple[Failure, ...]

    @classmethod
    def of(
        cls,
        course: Course,
        folders: Sequence[Folder],
        options: GradeOptions,
        journal: Journal,
        master: Notebook,
        view: Path,
    ) -> _Class:
        task = task_for(course, master, options, view=view)
        former = read_former(task.former)
        before: dict[str, tuple[Job, Verdict]] = {}
        without: list[str] = []
        failures = [failure_of(one.student, Stage.READING, one.refusal) for one in folders if one.refusal is not None]
        for student in (folder.student for folder in folders if folder.refusal is None):
            try:
                path = course.submission(student, master.assignment, master.name)
                job = Job(student, path, course.root / "submitted" / student)
                found = precedent(course, job, task, journal, master=master, former=former)
                same = found is not None and found.same_file
            except Exception as error:  # whatever one hand-in holds, the others' are compared
                failures.append(failure_of(student, Stage.READING, error))
                continue
            if found is not None and same:
                before[student] = job, found.verdict.without_outputs()
            else:
                without.append(student)
        return cls(task, master, before, tuple(without), tuple(failures))

    def graded(self, options: GradeOptions, on_verdict: Callable[[Verdict], None]) -> Iterator[tuple[Verdict, Verdict]]:
        """Yield the old and the new verdict on each."""
        jobs = [job for job, _ in self.before.values()]
        if not jobs:
            return
        withheld = withheld_for(self.master.assignment, self.master.judging)
        for graded in grade_all(self.task, jobs, workers=options.workers_for(jobs), withheld=withheld):
            on_verdict(graded.verdict)
            yield self.before[graded.verdict.student][1], graded.verdict.without_outputs()


def _comparison(assignment: str, classes: Sequence[_Class], found: Sequence[tuple[Verdict, Verdict]]) -> Comparison:
    failed = tuple(new for _, new in found if new.grader_errors)
    changes = [_change(old, new) for old, new in found if not new.grader_errors]
    changed = sorted((one for one in changes if one.checks), key=lambda one: (one.notebook, one.student))
    return Comparison(
        assignment,
        classes[0].task.engine,
        tuple(changed),
        len(changes) - len(changed),
        failed,
        tuple(sorted({name for one in classes for name in one.not_compared})),
        tuple(dict.fromkeys(failure for one in classes for failure in one.failures)),
    )


def _change(old: Verdict, new: Verdict) -> Change:
    was, will = ({cell.cell_id: cell.points for cell in verdict.cells} for verdict in (old, new))
    exercises = {cell.cell_id: cell.exercise for cell in (*old.cells, *new.cells)}
    checks = tuple(
        CheckChange(cell_id, exercise, was.get(cell_id), will.get(cell_id))
        for cell_id, exercise in exercises.items()
        if was.get(cell_id) != will.get(cell_id)
    )
    return Change(old.student, old.notebook, old.engine, old.points, new.points, checks)
