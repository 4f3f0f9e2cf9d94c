"""What is recorded about a student lies in several places, which are found, handed over and forgotten in one way.

*Trust*: a student's name is a word of a stranger's. `student_named` is its door; no place matches a pattern with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from .failures import CourseError
from .names import escaped, refusal

__all__ = ["Aside", "Found", "Place", "Sink", "mentions", "student_named"]

#: What can stand in an id: `ada` is not meant where it says ada2, ada-b, ada@b or ada.b.
IN_A_NAME = r"[\w@+-]"


@dataclass(frozen=True)
class Found:
    """Something that is recorded about a student."""

    where: str  # for people: a path in the course folder, or what stands for one
    what: str  # how much it is, e.g. "12 files, 40,213 bytes"


class Sink(Protocol):
    """What takes what is handed over."""

    def add(self, parts: Sequence[str], content: IO[bytes]) -> None:
        """Keep a file under this path. *Trust*: the parts are names of a stranger's."""

    def leave_out(self, what: str, why: str) -> None:
        """Say of something that it is recorded and not handed over."""


Aside = Callable[[Path], None]
"""Takes a file or a folder out of its place at once, to be removed when all is out; a link is never followed."""


class Place(Protocol):
    """One place where something is recorded about students. Each looks anew whenever it is asked."""

    @property
    def name(self) -> str:
        """As docs/student-data.md calls it, and the folder of what is handed over."""

    @property
    def about(self) -> str:
        """One sentence for the student: what this is."""

    def found(self, student: str) -> list[Found]:
        """What there is. Changes nothing."""

    def hand_over(self, student: str, sink: Sink) -> None:
        """Give all of it away."""

    def forget(self, student: str, aside: Aside) -> None:
        """Take it out, and nothing of anybody else's. What is out already is no error."""


def student_named(name: str) -> str:
    """Return a name that may be a student's, as it is.

    Raises:
        CourseError: no folder of a student's can be called so.
    """
    why = "The name holds a slash." if "/" in name else refusal(name)
    if why:
        raise CourseError(
            f"{escaped(name)!r} cannot be a student's name. {why} Expected the name of one folder in submitted/, as it "
            "is written there."
        )
    return name


def mentions(text: str, student: str, others: Iterable[str] = ()) -> bool:
    """Whether a text names this student, and not one whose name begins or ends with the same letters.

    Args:
        text: to look through.
        student: the name.
        others: names that are known to be other students'.

    Example:
        >>> mentions("the grades of ada.", "ada"), mentions("submitted/ada/01", "ada"), mentions("ada2, ada.b", "ada")
        (True, True, False)
    """
    for other in sorted((one for one in others if one != student and student in one), key=len, reverse=True):
        text = text.replace(other, "\0")
    name = re.escape(student)
    return re.search(rf"(?<!{IN_A_NAME})(?<!\w\.){name}(?!{IN_A_NAME}|\.\w)", text) is not None
