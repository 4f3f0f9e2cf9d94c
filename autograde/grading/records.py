"""Everything that is recorded about one student of a course: where it lies, and taking all of it out.

`places` is the list that docs/student-data.md explains. Forgetting is done place by place, in an order in which nothing
comes back by itself; a run that is killed goes on from where it was when it is given again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..contract.failures import CourseError, is_of_the_machine, one_sentence
from ..contract.names import escaped
from ..contract.records import Aside, Found, Place, mentions, student_named
from ..course.belongings import FOLDERS, belongings, names_in, remove
from ..course.folder import Course
from ..gradebook.exchange import HubExchange, exchanges
from ..gradebook.student import Grades
from .bench import locked
from .traces import journals

__all__ = [
    "UNFINISHED",
    "Recorded",
    "aside",
    "forget",
    "not_while_grading",
    "nothing_recorded",
    "places",
    "recorded",
]

NO_HUB = "a hub's exchange service, whose address is not known here: only the course's own server reaches it"
#: What neither command can reach; docs/student-data.md says whom to ask.
NOT_REACHED = (
    "the hub's own database and logs: accounts, groups, when a server ran, which address was asked for",
    "backups of the course folder, of the database and of the exchange",
    "what a database server keeps of rows that were deleted, until it clears up",
    "the student's own folder: notebooks, fetched feedback, nbgrader's cache, .machine_room",
    "copies that people made: printed pages, mails, tables of grades, another course folder",
)
UNFINISHED = "forgetting"  # a folder in .autograde: one for each student who is being forgotten
MOST_BYTES = 64 << 20  # of a file in which a name is looked for


@dataclass(frozen=True)
class Recorded:
    """What is recorded about a student, by place, and which files beside it name them."""

    student: str
    places: tuple[tuple[Place, tuple[Found, ...]], ...]  # those where there is something
    named_in: tuple[str, ...]  # of the course folder, by path: what is not theirs alone
    out_of_reach: tuple[str, ...]  # what was not looked into
    unfinished: bool = False  # somebody began to forget them, and was stopped

    @property
    def is_empty(self) -> bool:
        return not self.places and not self.unfinished


def places(course: Course, url: str = "") -> tuple[Place, ...]:
    """All places, in the order in which they are forgotten: the exchange first, or work would be collected again."""
    return (*exchanges(course.root), *belongings(course.root), *journals(course.root), Grades(course.root, url))


def recorded(course: Course, student: str, url: str = "") -> Recorded:
    """Find what is recorded about a student; changes nothing.

    Args:
        course: its folder.
        student: a stranger's word.
        url: of the gradebook; empty: the course's own.

    Raises:
        CourseError: the name can be no student's, or a place cannot be looked into.
    """
    student = student_named(student)
    with one_sentence(f"What is recorded in {course.root} cannot be read", is_of_the_machine):
        looked_into = places(course, url)
        found = [(place, tuple(place.found(student))) for place in looked_into]
        there = tuple((place, things) for place, things in found if things)
        named_in = tuple(_named_in(course, student))
    reaches_hub = any(isinstance(place, HubExchange) for place in looked_into)
    out_of_reach = NOT_REACHED if reaches_hub else (NO_HUB, *NOT_REACHED)
    return Recorded(student, there, named_in, out_of_reach, _unfinished(course, student).is_dir())


def forget(course: Course, student: str, url: str = "") -> Recorded:
    """Take out everything that is recorded about a student; return what is left: nothing, or what only root removes.

    Raises:
        CourseError: the name can be no student's, nothing is recorded, somebody grades in the course just now, or
            something does not let go: what is out is out, and the same command goes on.
    """
    if recorded(course, student, url).is_empty:
        raise nothing_recorded(course, student)
    with (
        one_sentence(f"Forgetting {escaped(student)} in {course.root} stopped", is_of_the_machine),
        not_while_grading(course, student),
        aside(_unfinished(course, student)) as take_out,
    ):
        for place in places(course, url):
            place.forget(student, take_out)
    return recorded(course, student, url)


def nothing_recorded(course: Course, student: str) -> CourseError:
    """The refusal where nothing of a student is there."""
    return CourseError(
        f"Nothing is recorded about {escaped(student)} in {course.root}. Names count letter by letter, and a pattern "
        "is no name: correct it, or name the course folder with --course."
    )


@contextlib.contextmanager
def not_while_grading(course: Course, student: str = "") -> Iterator[None]:
    """Hold the course against grading, as a run holds it.

    Raises:
        CourseError: somebody grades.
    """
    with locked(course) as mine:
        if not mine:
            whose = f" {escaped(student)}'s work may be under way." if student else ""
            raise CourseError(
                f"Another run is grading in {course.root}.{whose} Nothing was changed: wait for it to end, or stop it."
            )
        yield


# --- what is out of its place, until it is gone


def _unfinished(course: Course, student: str) -> Path:
    return course.root / ".autograde" / UNFINISHED / hashlib.sha256(student.encode()).hexdigest()[:32]


@contextlib.contextmanager
def aside(folder: Path) -> Iterator[Aside]:
    """Take things out into a folder, which says that it has begun, and goes last with all that is in it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    yield lambda path: _put_aside(path, folder)
    for path in sorted(folder.iterdir()):
        remove(path)
    folder.rmdir()
    with contextlib.suppress(OSError):  # somebody else is being forgotten, too
        folder.parent.rmdir()


def _put_aside(path: Path, folder: Path) -> None:
    """Move it away in one step, so that nobody finds half of it; on another disk it is removed where it is."""
    try:
        os.rename(path, folder / secrets.token_hex(8))
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EACCES, errno.EPERM):
            raise
        remove(path)


# --- what is not theirs alone


def _named_in(course: Course, student: str) -> Iterator[str]:
    """Files of the course folder that name a student and are in no place: exported grades, a group's folder."""
    for name in FOLDERS:
        for path in _entries(course.root / name):
            if path.name != student and mentions(path.name, student):
                yield f"{name}/{path.name}"
    yield from _folders_for(course, student)
    known, others = {"gradebook.db", "serve.log"}, names_in(course.root)
    for path in (*_entries(course.root), *_entries(course.root / ".autograde")):
        if path.name not in known and path.is_file() and not path.is_symlink() and _names(path, student, others):
            yield str(path.relative_to(course.root))


def _folders_for(course: Course, student: str) -> Iterator[str]:
    """What is called by the student's name one folder deeper, as an export is: exports/ada, exports/ada.zip."""
    for folder in _entries(course.root):
        if folder.is_dir() and not folder.is_symlink() and folder.name not in (*FOLDERS, ".autograde"):
            for path in _entries(folder):
                if student in (path.name, path.stem):
                    yield str(path.relative_to(course.root))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # in a place of theirs that would have been told
        return []


def _names(path: Path, student: str, others: Iterable[str]) -> bool:
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError:
        return False
    return mentions(f"{path.name}\n{path.stem}\n{content.decode('utf-8', 'replace')}", student, others)
