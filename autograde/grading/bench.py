"""What a run works with: who grades, what is held while it lasts, and what is held while one hand-in is recorded.

A run that is `Alone` has workers of its own and the course to itself. In the course's grader process (`serve.py`) all
runs share one bench, whose workers are `lanes.Lanes`.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

from ..contract.failures import CourseError, Failure
from ..contract.verdict import Kept
from ..course.folder import Course
from .journal import JournalWriter
from .pool import Graded, Job, Task, grade_all

__all__ = ["Alone", "Bench", "Settled", "Work", "locked"]


@dataclass(frozen=True)
class Settled:
    """A verdict to enter, and where it was given before, why it stands."""

    graded: Graded
    why: Kept | None = None


@dataclass(frozen=True)
class Work:
    """What a run wants graded of one notebook."""

    task: Task
    jobs: Sequence[Job]
    workers: int  # at most
    withheld: Sequence[str]  # from the students' view of the library
    journal: JournalWriter
    look: Callable[[str], Job | Settled]  # at a student's file as it is now; what it raises is their failure


class Bench(Protocol):
    """What a run works with."""

    def run(self, course: Course) -> AbstractContextManager[None]:
        """What is held while a run lasts."""

    def journal(self, course: Course, assignment: str, notebook: str) -> AbstractContextManager[JournalWriter]:
        """The notebook's journal, which all runs of one bench share."""

    def free(self, journal: JournalWriter, student: str) -> AbstractContextManager[bool]:
        """Hold a student's notebook if nobody does; False: somebody else is grading or recording it."""

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        """Grade and yield as verdicts come. A student's notebook is held until the next one is asked for."""

    def writing(self) -> AbstractContextManager[Any]:
        """What is held while the gradebook is written, and while Python is read into a tree.

        CPython 3.11 cannot do that in two threads at once (SystemError: AST constructor recursion depth mismatch).
        Students' library is made that way, and `packaging` reads so what a library needs.
        """


class Alone:
    """The bench of a run that has the course to itself."""

    @contextmanager
    def run(self, course: Course) -> Iterator[None]:
        """Keep a second run out of the same course: the gradebook has one writer."""
        with locked(course) as mine:
            if not mine:
                raise CourseError(f"Another run is grading in {course.root}. Wait for it to end, or stop it.")
            yield

    @contextmanager
    def journal(self, course: Course, assignment: str, notebook: str) -> Iterator[JournalWriter]:
        with JournalWriter(course.journal(assignment, notebook)) as writer:
            yield writer

    def free(self, journal: JournalWriter, student: str) -> AbstractContextManager[bool]:
        return nullcontext(True)

    def graded(self, work: Work) -> Iterator[Settled | Failure]:
        for graded in grade_all(work.task, work.jobs, workers=work.workers, withheld=work.withheld):
            yield Settled(graded)

    def writing(self) -> AbstractContextManager[None]:
        return nullcontext()


@contextmanager
def locked(course: Course, name: str = "lock") -> Iterator[bool]:
    """Hold a lock of the course against other processes; False where one of them has it. It ends with its holder."""
    with (course.private / name).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
