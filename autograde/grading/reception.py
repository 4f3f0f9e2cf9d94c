"""A submission at the door: the file or why there is none, the key of its work, and the notebook made of it.

*Called by* the run, which asks whether the same work was graded before, and by a worker, which grades it. *Trust*: the
file is a stranger's; `intake` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..course.intake import IntakeError, blank, read_submission, rebuild
from ..course.notebook import Notebook
from .keys import digest

__all__ = ["Received", "receive"]


@dataclass(frozen=True)
class Received:
    """One submission. Nothing is rebuilt before somebody asks for the notebook, and then once."""

    master: Notebook
    content: bytes | IntakeError
    file: str  # digest of the file alone
    key: str  # digest of the work: the file under these tests
    former: Mapping[int, Notebook] | None = None  # masters of older editions that the file may be made from

    @property
    def notebook(self) -> Notebook:
        """The submission as rebuilt from the master; without any answer if it could not be read."""
        return self._rebuilt[0]

    @property
    def unreadable(self) -> str | None:
        """Why the file is no notebook, for the student; None if it is one."""
        return self._rebuilt[1]

    @cached_property
    def _rebuilt(self) -> tuple[Notebook, str | None]:
        try:
            if isinstance(self.content, IntakeError):
                raise self.content
            return rebuild(self.master, self.content, self.former), None
        except IntakeError as error:
            return blank(self.master, str(error)), str(error)


def receive(
    path: Path,
    master: Notebook,
    task_key: str,
    former: Mapping[int, Notebook] | None = None,
    *,
    below: Path | None = None,
) -> Received:
    """Read a submitted file and work out its key.

    Args:
        path: the file; it may be missing, or anything else.
        master: the instructor notebook.
        task_key: of everything but the file, see `keys.task_key`.
        former: the masters of the older editions that are accepted, by number.
        below: the student's folder, see `read_submission`.
    """
    content: bytes | IntakeError
    try:
        content = read_submission(path, below)
        file = digest(content)
    except IntakeError as error:
        content, file = error, digest("unreadable", str(error))
    return Received(master, content, file, digest(task_key, file), former)
