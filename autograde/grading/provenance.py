"""Where a grade comes from, long after it was given: the verdict beside the file, the tests and the engine of today."""

from __future__ import annotations

from pathlib import Path

from ..contract.provenance import Provenance
from ..contract.verdict import Verdict
from ..course.editions import read_former
from ..course.folder import Course
from ..course.notebook import Notebook
from ..gradebook.records import read_record
from ..inside.limits import Limits
from ..sandbox.process import Isolation
from .engine import this_engine
from .journal import Journal
from .options import GradeOptions
from .pool import Task
from .reception import receive
from .run import task_for
from .standing import Precedent

__all__ = ["provenance"]


def provenance(course: Course, master: Notebook, student: str, journal: Journal) -> Provenance | None:
    """Return what is known of a student's grade; None where nothing of theirs was graded. Nothing is run or changed.

    Args:
        course: the course folder.
        master: the notebook, as it is now.
        student: whose.
        journal: of the notebook.
    """
    verdict = journal.last(student, master.name)
    if verdict is None or verdict.assignment != master.assignment:
        return None
    before = _beside_what_is_there(course, master, verdict)
    path = course.submission(student, master.assignment, master.name)
    return Provenance(
        verdict,
        file_now=before.received.file,
        file_name=str(path.relative_to(course.root)),
        unreadable=before.received.unreadable,
        same_file=before.same_file,
        same_tests=before.same_work if course.has_seed() and before.same_file else None,
        engine_now=this_engine(course.settings().allowed(), course.packages()),
        has_seed=course.has_seed(),
        feedback_is_out=before.feedback_is_out,
        record=read_record(course.root, master.assignment, master.name, student),
    )


def _beside_what_is_there(course: Course, master: Notebook, verdict: Verdict) -> Precedent:
    """The verdict beside file and tests of now. Where the seed is lost no key can be compared, and none is drawn."""
    nowhere = Path("nowhere")  # nothing runs, so no student's view of the library is made
    if course.has_seed():
        task = task_for(course, master, GradeOptions(), view=nowhere)
    else:
        task = Task(nowhere, 0, Limits(), Isolation.FULL, nowhere)
    folder = course.root / "submitted" / verdict.student
    path = course.submission(verdict.student, master.assignment, master.name)
    return Precedent(
        verdict,
        receive(path, master, task.key, read_former(task.former), below=folder),
        task,
        course.root / "autograded" / verdict.student / master.assignment / f"{master.name}.ipynb",
        course.feedback_is_out(verdict.student, master.assignment),
    )
