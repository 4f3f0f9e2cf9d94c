"""What lies in a course folder under one student's name: submitted/, autograded/, feedback/. No link is followed.

*Trust*: in submitted/ all is a student's, names and links too, and may be another thing by the next look.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..contract.failures import CourseError, concerns_everyone
from ..contract.names import escaped
from ..contract.records import Aside, Found, Sink
from .handin import NO_LINK, open_below
from .notebook import is_locked, source_of, without_hidden

__all__ = [
    "FOLDERS",
    "Belongings",
    "Shown",
    "Thing",
    "belongings",
    "counted",
    "entry_named",
    "hand_over_below",
    "is_older",
    "names_in",
    "remove",
    "things_in",
]

FOLDERS = ("submitted", "feedback", "autograded")
MAX_DEPTH = 100  # folders below a student's
LINK = "it is a link, and no link is followed"
NO_FILE = "it is no file: a pipe, a socket or a device"
ELSEWHERE = "the file has another name elsewhere, so it may be somebody else's"
TOO_DEEP = f"it lies more than {MAX_DEPTH} folders deep"


@dataclass(frozen=True)
class Thing:
    """A file, or what is neither a file nor a folder, in somebody's folder."""

    parts: tuple[str, ...]  # below the folder; empty: in the folder's place
    size_bytes: int
    changed: float  # when it was put there, by the machine's clock: no program sets it
    inode: tuple[int, int]
    names: int
    odd: str = ""  # why it is not read

    def __str__(self) -> str:
        return escaped("/".join(self.parts), 200)


def things_in(folder: Path) -> list[Thing]:
    """Everything below a folder, or the one thing that stands in its place; an empty list where there is nothing.

    Raises:
        OSError: it cannot be looked into.
    """
    try:
        found = os.lstat(folder)
    except FileNotFoundError:
        return []
    if not stat.S_ISDIR(found.st_mode):
        return [_thing((), found)]
    return sorted(_below(folder, ()), key=lambda thing: thing.parts)


def _below(folder: Path, parts: tuple[str, ...]) -> Iterator[Thing]:
    descriptor = open_below(folder, parts, os.O_DIRECTORY)
    try:
        for name in os.listdir(descriptor):
            found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if not stat.S_ISDIR(found.st_mode):
                yield _thing((*parts, name), found)
            elif len(parts) >= MAX_DEPTH:
                yield _thing((*parts, name), found, TOO_DEEP)
            else:
                yield from _below(folder, (*parts, name))
    finally:
        os.close(descriptor)


def _thing(parts: tuple[str, ...], found: os.stat_result, odd: str = "") -> Thing:
    if not odd and not stat.S_ISREG(found.st_mode):
        odd = LINK if stat.S_ISLNK(found.st_mode) else NO_FILE
    inode = (found.st_dev, found.st_ino)
    return Thing(parts, 0 if odd else found.st_size, found.st_ctime, inode, found.st_nlink, odd)


def counted(things: Sequence[Thing]) -> str:
    """How much that is, in words."""
    size, links = sum(thing.size_bytes for thing in things), sum(thing.odd == LINK for thing in things)
    number = f"{len(things)} file{'s' * (len(things) != 1)}, {size:,} bytes"
    return f"{number}; {links} of them links, which are not followed" if links else number


Shown = Callable[[str, IO[bytes]], IO[bytes]]
"""What a student may see of a file of this name. Raises ValueError where nobody can tell."""


def as_it_is(name: str, file: IO[bytes]) -> IO[bytes]:
    return file


def without_hidden_tests(name: str, file: IO[bytes]) -> IO[bytes]:
    """A graded notebook as its feedback page shows it: hidden tests cut out of the cells that are not a student's."""
    if not name.endswith(".ipynb"):
        return file
    try:
        notebook = json.load(file)
        for cell in notebook["cells"]:
            if is_locked(cell):
                cell["source"] = without_hidden(source_of(cell)).splitlines(keepends=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("nobody can tell which of it are hidden tests: it is no notebook of ours") from error
    return io.BytesIO(json.dumps(notebook, indent=1).encode())


def hand_over_below(folder: Path, above: Sequence[str], sink: Sink, shown: Shown = as_it_is) -> None:
    """Hand over every file below a folder; what is no file of its own is left out, and told.

    Args:
        folder: whose contents are meant.
        above: the path to put before each file's.
        sink: what takes them.
        shown: what of each file.
    """
    things = things_in(folder)
    names_here = Counter(thing.inode for thing in things)
    for thing in things:
        where = escaped("/".join([*above, *thing.parts]), 300)
        if thing.odd or thing.names > names_here[thing.inode]:
            sink.leave_out(where, thing.odd or ELSEWHERE)
            continue
        try:
            with _opened(folder, thing) as file:
                sink.add([*above, *thing.parts], shown(thing.parts[-1] if thing.parts else "", file))
        except ValueError as error:
            sink.leave_out(where, str(error))
        except OSError as error:  # not ours to read, or gone or another thing since we looked
            if concerns_everyone(error):
                raise
            sink.leave_out(where, error.strerror or str(error))


def _opened(folder: Path, thing: Thing) -> IO[bytes]:
    descriptor = open_below(folder, thing.parts) if thing.parts else os.open(folder, NO_LINK)
    opened = os.fstat(descriptor)
    if (opened.st_dev, opened.st_ino) != thing.inode:
        os.close(descriptor)
        raise OSError("it was exchanged for another file meanwhile")
    return os.fdopen(descriptor, "rb")


def entry_named(folder: Path, name: str) -> Path | None:
    """What is called exactly so in a folder, also where the file system takes other spellings for the same."""
    try:
        with os.scandir(folder) as entries:
            return next((folder / entry.name for entry in entries if entry.name == name), None)
    except (FileNotFoundError, NotADirectoryError):
        return None


def remove(path: Path) -> None:
    """Remove a file, a link itself, or a folder with all in it. No link is followed."""
    try:
        is_folder = stat.S_ISDIR(os.lstat(path).st_mode)
        if is_folder:
            shutil.rmtree(path)  # which opens folder by folder, and no link
        else:
            path.unlink()
    except FileNotFoundError:
        return
    except RecursionError:
        raise CourseError(
            f"{escaped(str(path), 300)} holds more folders in folders than can be gone through. Remove it by hand, "
            "for example with `rm -r`, and run the same command again."
        ) from None


@dataclass(frozen=True)
class Belongings:
    """The folders that are called by a student's name in one folder of the course (`contract.records.Place`)."""

    root: Path
    name: str
    about: str
    shown: Shown = as_it_is

    def _folder(self, student: str) -> Path | None:
        return entry_named(self.root / self.name, student)

    def found(self, student: str) -> list[Found]:
        folder = self._folder(student)
        return [] if folder is None else [Found(f"{self.name}/{student}", counted(things_in(folder)))]

    def hand_over(self, student: str, sink: Sink) -> None:
        if folder := self._folder(student):
            hand_over_below(folder, [self.name], sink, self.shown)

    def forget(self, student: str, aside: Aside) -> None:
        if folder := self._folder(student):
            aside(folder)


def belongings(root: Path) -> tuple[Belongings, ...]:
    """The three places, in the order in which they are forgotten: what would be graded anew goes first."""
    return (
        Belongings(root, "submitted", "What was handed in, as it came: your files, and when they came."),
        Belongings(root, "feedback", "The pages that were written for you, and the secret that you fetch them by."),
        Belongings(
            root,
            "autograded",
            "Your work as it was graded: your answers, what they printed, the points. Hidden tests are cut out.",
            without_hidden_tests,
        ),
    )


def names_in(root: Path) -> frozenset[str]:
    """Whose names the course folder knows, by the folders that are called so."""
    found: set[str] = set()
    for place in FOLDERS:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            found |= set(os.listdir(root / place))
    return frozenset(found)


def is_older(folder: Path, moment: float) -> bool:
    """Whether nothing in a folder was put there since a moment; it is not empty."""
    things = []
    with contextlib.suppress(OSError):
        things = things_in(folder)
    return bool(things) and max(thing.changed for thing in things) < moment
