"""Which of the verdicts given before still stand, and why.

The work decides: who hands in another file is graded, and so is everyone when the tests change. Another engine, or
other tests under grades that students have seen already, move nobody's points until a person asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..contract.verdict import Kept, Verdict
from ..course.folder import Course
from ..course.intake import blank
from ..course.notebook import Notebook
from ..gradebook.autograded import shows_answers_of
from .first import FIRST, first_key
from .journal import Journal
from .pool import Job, Task
from .reception import Received, receive

__all__ = ["Precedent", "kept", "precedent"]


@dataclass(frozen=True)
class Precedent:
    """The last verdict on a student's notebook beside the file that is there now."""

    verdict: Verdict
    received: Received
    task: Task  # as it would be graded now
    autograded: Path
    feedback_is_out: bool

    @property
    def same_work(self) -> bool:
        """The same file under the same tests, seed, limits, isolation and declared libraries."""
        if self.verdict.engine == FIRST:
            return self.verdict.key == first_key(self.task.first_key, self.received.content)
        return self.verdict.key == self.received.key

    @property
    def same_file(self) -> bool:
        """The same file, whatever it was tested with. 0.1.0 kept no digest of it, but the answers it graded."""
        if self.verdict.file:
            return self.verdict.file == self.received.file
        return self.same_work or shows_answers_of(self.autograded, self.received.notebook)

    @property
    def same_engine(self) -> bool:
        return self.verdict.engine.digest == self.task.engine.digest

    @property
    def notebook(self) -> Notebook:
        """What the verdict is about. A file that ended two workers is not looked into: it might end this process."""
        if self.verdict.grader_errors:
            return blank(self.received.master, self.verdict.grader_errors[0].text)
        return self.received.notebook


def precedent(
    course: Course, job: Job, task: Task, journal: Journal, *, master: Notebook, former: Mapping[int, Notebook]
) -> Precedent | None:
    """Look at what was handed in beside the last verdict on it; None if there is none that is final.

    Args:
        course: where it was handed in.
        job: what was handed in.
        task: as it would be graded now.
        journal: of the notebook.
        master: the notebook.
        former: its older editions that are accepted.
    """
    verdict = journal.final(job.student, master.name)
    if verdict is None or verdict.assignment != master.assignment:
        return None
    received = receive(job.path, master, task.key, former, below=job.folder, limits=task.limits)
    return Precedent(
        verdict,
        received,
        task,
        course.root / "autograded" / job.student / master.assignment / f"{master.name}.ipynb",
        course.feedback_is_out(job.student, master.assignment),
    )


def kept(before: Precedent, *, regrade: bool) -> Kept | None:
    """Why a verdict stands; None if the work is to be graded.

    Our own failure stands for the same work and the same engine alone: it holds no points that could move.

    Args:
        before: the verdict and what was handed in.
        regrade: renew also what only a person's wish renews.
    """
    if before.same_work and before.same_engine:
        return Kept.NOTHING_NEW
    if regrade or before.verdict.grader_errors:
        return None
    if before.same_work:
        return Kept.OTHER_ENGINE
    return Kept.FEEDBACK_IS_OUT if before.feedback_is_out and before.same_file else None
