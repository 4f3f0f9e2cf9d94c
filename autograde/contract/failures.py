"""What goes wrong for one student, and what goes wrong for everyone.

A class is graded whatever one hand-in holds: its failure is caught where it happens, told as a `Failure`, and the run
goes on. A gradebook that is locked, or a full disk, will fail the next student too: that is a `CourseError`, which ends
the run with one sentence. What was graded is in the journal by then.
"""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from .names import escaped, of_error

__all__ = [
    "CourseError",
    "Failure",
    "Stage",
    "WorkersUnavailable",
    "concerns_everyone",
    "failure_of",
    "is_of_the_machine",
    "one_sentence",
    "warn",
    "what_to_do",
    "why",
]

# What the machine lacks, whoever's work it is.
MACHINE = frozenset(
    (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EFBIG,
        errno.EROFS,
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ESTALE,
    )
)

ROOM = "Is the disk full? Make room on it."
RIGHTS = "Make it yours to read and write, or name another course folder with --course."
IN_THE_WAY = "A file stands where a folder belongs: move it away."
ADVICE = {
    errno.ENOSPC: ROOM,
    errno.EDQUOT: ROOM,
    errno.EFBIG: ROOM,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EROFS: RIGHTS,
    errno.ENOTDIR: IN_THE_WAY,
    errno.EEXIST: IN_THE_WAY,
    errno.EISDIR: "A folder stands where a file belongs: move it away.",
    errno.ENOENT: "Put it there, or name another course folder with --course.",
}
# SQLite has one class of error for most of what can be wrong; its words tell them apart.
OF_THE_DATABASE = {
    "not a database": "Restore it from a backup, or move it away: then the next grading makes a new one.",
    "malformed": "Restore it from a backup, or move it away: then the next grading makes a new one.",
    "readonly": RIGHTS,
    "unable to open": "Is it a file, in a folder, and yours to read and write?",
    "full": ROOM,
    "disk I/O": ROOM,
}


class CourseError(Exception):
    """The folder is not what a command needs; the text says what was expected, what is there, and what to do."""


class WorkersUnavailable(RuntimeError):
    """Grading processes do not start on this machine."""


class Stage(StrEnum):
    """Where one student's work failed."""

    READING = "reading"  # the folder or a file in it
    RECORDING = "recording"  # autograded/ or the gradebook
    FEEDBACK = "feedback"  # the page


@dataclass(frozen=True)
class Failure:
    """One student's work that could not be taken further; everyone else's was."""

    student: str  # escaped: the folder's name may be no text
    stage: Stage
    reason: str  # one line

    def __str__(self) -> str:
        return f"{self.student} ({self.stage.value}): {self.reason}"


def failure_of(student: str, stage: Stage, reason: BaseException | str) -> Failure:
    """Return the failure of a student whose name, and whose error, may hold anything."""
    text = escaped(reason, 500) if isinstance(reason, str) else of_error(reason)
    return Failure(escaped(student), stage, text)


def warn(failure: Failure) -> None:
    """Log a failure: what a run does with it that was not told what to do."""
    logging.getLogger(__name__).warning("%s", failure)


def concerns_everyone(error: BaseException) -> bool:
    """Whether what failed for this student will fail for the next one too."""
    if isinstance(error, OSError):
        return error.errno in MACHINE
    from sqlalchemy import exc

    if not isinstance(error, exc.DBAPIError):
        return isinstance(error, exc.TimeoutError)
    # A value that the database does not take is the student's; all else is the database's.
    return error.connection_invalidated or not isinstance(error, exc.DataError | exc.IntegrityError)


def is_of_the_machine(error: BaseException) -> bool:
    """Whether a failure outside of any student's work is one of files or of the database, not a bug of ours."""
    from sqlalchemy import exc

    return isinstance(error, OSError | exc.SQLAlchemyError)


@contextmanager
def one_sentence(what: str, concerned: Callable[[BaseException], bool] = concerns_everyone) -> Iterator[None]:
    """Make one sentence of a failure that concerns everyone; let any other through.

    Raises:
        CourseError: says what did not work, why, and that nothing was lost.
    """
    try:
        yield
    except Exception as error:
        if not concerned(error):
            raise
        raise CourseError(
            f"{what}: {why(error)}. {what_to_do(error)} Run the same command again: what was graded is not lost."
        ) from error


def why(error: BaseException) -> str:
    """What a failure of files or of the database says, on one line and without a number that nobody knows."""
    if isinstance(error, OSError) and error.strerror:
        names = [escaped(os.fsdecode(name), 300) for name in (error.filename, error.filename2) if name is not None]
        return escaped(": ".join([error.strerror, *map(str, names[:1])]), 500)
    return escaped(str(getattr(error, "orig", None) or error), 500)


def what_to_do(error: BaseException) -> str:
    """What a person can do about it."""
    if isinstance(error, OSError):
        return ADVICE.get(error.errno or 0, "Is another program writing to it, or the disk full?")
    said = str(getattr(error, "orig", None) or error)
    found = [advice for words, advice in OF_THE_DATABASE.items() if words in said]
    return found[0] if found else "Is another program writing to it, or the disk full?"
