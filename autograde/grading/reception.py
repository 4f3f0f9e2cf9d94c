"""A submission at the door: the file or why there is none, the key of its work, and the notebook made of it.

*Called by* the run, which asks whether the same work was graded before, and by a worker, which grades it. *Trust*: the
file is a stranger's; `intake` reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from ..course.beside import handed_in_beside
from ..course.intake import IntakeError, blank, read_submission, rebuild
from ..course.notebook import Notebook
from ..inside.limits import Limits
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
    beside: Mapping[str, bytes] = field(default_factory=dict)  # of an ordinary course: what else was handed in
    notes: tuple[str, ...] = ()  # on what of that is left out

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
            rebuilt = rebuild(self.master, self.content, self.former)
            return replace(rebuilt, notes=(*rebuilt.notes, *self.notes)), None
        except IntakeError as error:
            return blank(self.master, str(error)), str(error)


def receive(
    path: Path,
    master: Notebook,
    task_key: str,
    former: Mapping[int, Notebook] | None = None,
    *,
    below: Path | None = None,
    limits: Limits | None = None,
) -> Received:
    """Read a submitted file and work out its key.

    Args:
        path: the file; it may be missing, or anything else.
        master: the instructor notebook.
        task_key: of everything but the file, see `keys.task_key`.
        former: the masters of the older editions that are accepted, by number.
        below: the student's folder, see `read_submission`.
        limits: of the box that what lies beside an ordinary course's notebook must fit into.
    """
    content: bytes | IntakeError
    try:
        content = read_submission(path, below)
        file = digest(content)
    except IntakeError as error:
        content, file = error, digest("unreadable", str(error))
    if not master.judging.some_together:
        return Received(master, content, file, digest(task_key, file), former)
    folder = (below or path.parent.parent) / master.assignment
    beside, notes = handed_in_beside(folder, path, limits)
    file = digest(file, *(part for name, data in sorted(beside.items()) for part in (name, data)))
    return Received(master, content, file, digest(task_key, file), former, beside, tuple(notes))
