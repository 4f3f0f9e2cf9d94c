"""Numbered sheets in drawers, on disk: what is put in is whole or not there at all, and nothing is ever overwritten.

What is removed is out at once, by one rename, and gone from the disk a moment later, or at the next start.

A drawer is a folder, a sheet a folder in it with a number, `bundle` and `record.json`. The record arrives last, by a
rename, when all else has reached the disk: a sheet without one was never acknowledged and is passed over. A number is
taken by mkdir, which succeeds once. So a kill at any point costs nothing that was acknowledged, and no lock is needed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

__all__ = ["Drawer", "Sheet", "Store"]

DIGITS = 6
PRIVATE = 0o700


@dataclass(frozen=True)
class Sheet:
    """What was put into a drawer once.

    Attributes:
        number: its place in the drawer; later sheets have larger ones.
        record: what is said about it.
        bundle: the file of its bytes; there where something was given.
    """

    number: int
    record: Mapping[str, Any]
    bundle: Path


class Drawer:
    """The sheets of one kind, in the order in which they were put in.

    Args:
        store: where it stands.
        folder: its own; made with the first sheet.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    def put(self, record: Mapping[str, Any], spool: Spool | None = None) -> Sheet:
        """Add a sheet. When this returns it is on the disk, whatever happens next.

        Args:
            record: what JSON can hold.
            spool: the bytes that came; used up.
        """
        self._store.make(self._folder)
        number, place = self._taken()
        try:
            self._fill(place, record, spool)
        except OSError:  # a full disk: what half arrived need not stay there
            shutil.rmtree(place, ignore_errors=True)
            raise
        return Sheet(number, dict(record), place / "bundle")

    def _fill(self, place: Path, record: Mapping[str, Any], spool: Spool | None) -> None:
        if spool is not None:
            spool.move_to(place / "bundle")
        with contextlib.closing(self._store.spool()) as note:
            note.file.write(json.dumps(record, sort_keys=True, indent=1).encode("ascii") + b"\n")
            _sync(self._folder)
            note.move_to(place / "record.json")

    def _taken(self) -> tuple[int, Path]:
        """A number that nobody else has, and its folder."""
        number = max(self._numbers(), default=0)
        while True:
            number += 1
            place = self._folder / f"{number:0{DIGITS}d}"
            with contextlib.suppress(FileExistsError):
                place.mkdir(mode=PRIVATE)
                return number, place

    def _numbers(self) -> list[int]:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            return sorted(int(name) for name in os.listdir(self._folder) if name.isdecimal())
        return []

    def sheets(self) -> list[Sheet]:
        """All that are whole, the first one first."""
        return [sheet for number in self._numbers() if (sheet := self.sheet(number)) is not None]

    def sheet(self, number: int) -> Sheet | None:
        """The sheet of a number, if there is one."""
        place = self._folder / f"{number:0{DIGITS}d}"
        try:
            record = json.loads((place / "record.json").read_bytes())
        except FileNotFoundError:
            return None
        return Sheet(number, record, place / "bundle")

    def remove(self, number: int) -> None:
        """Take one sheet out, whether it is whole or not."""
        self._store.discard(self._folder / f"{number:0{DIGITS}d}")

    def last(self) -> Sheet | None:
        """The one that counts."""
        found = (self.sheet(number) for number in reversed(self._numbers()))
        return next((sheet for sheet in found if sheet is not None), None)


class Spool:
    """Bytes on their way in: a file beside the drawers, which a sheet takes over or the next start removes.

    Args:
        folder: where files wait; on the file system of the drawers, so that a rename moves them.
    """

    def __init__(self, folder: Path) -> None:
        descriptor, name = tempfile.mkstemp(dir=folder)
        self.path = Path(name)
        self.file: IO[bytes] = os.fdopen(descriptor, "w+b")

    def move_to(self, target: Path) -> None:
        """Let the bytes reach the disk, then give the file its name, then let the name reach the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        os.rename(self.path, target)
        _sync(target.parent)

    def close(self) -> None:
        """Forget the bytes, unless a sheet has taken them."""
        self.file.close()
        self.path.unlink(missing_ok=True)


class Store:
    """All drawers of a service, below one folder that nobody else can enter.

    Args:
        root: the folder; made where it is not there.

    Raises:
        BlockingIOError: another service has it open.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
        root.chmod(PRIVATE)
        self._lock = (root / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise
        self._lock.truncate(0)
        self._lock.write(f"{os.getpid()}\n")  # whom to ask to let go
        self._lock.flush()
        self._waiting = root / "incoming"
        self.make(self._waiting)
        for left in self._waiting.iterdir():  # by a service that was killed; nobody was told that it had arrived
            left.unlink()
        self._discarded = root / ".discarded"  # the folder of no course: a dot in its name is quoted
        self.make(self._discarded)
        for left in self._discarded.iterdir():
            shutil.rmtree(left)

    def close(self) -> None:
        """Let another service have the folder."""
        self._lock.close()

    def spool(self) -> Spool:
        """A file for what is on its way in."""
        return Spool(self._waiting)

    def drawer(self, *names: str) -> Drawer:
        """The drawer of these names; each is one folder's."""
        return Drawer(self, self.root.joinpath(*names))

    def below(self, *names: str) -> list[str]:
        """The names of the folders in a folder."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(entry.name for entry in os.scandir(self.root.joinpath(*names)) if entry.is_dir())
        return []

    def discard(self, *names: str | Path) -> None:
        """Take a folder below the root out, with all in it. When this returns nobody finds it any more."""
        place = self.root.joinpath(*names)
        gone = Path(tempfile.mkdtemp(dir=self._discarded))
        with contextlib.suppress(FileNotFoundError):
            os.rename(place, gone / "it")
            _sync(place.parent)
        shutil.rmtree(gone)

    def make(self, folder: Path) -> None:
        """Make a folder below the root, and let each new name on the way reach the disk."""
        for one in reversed([folder, *self._parents(folder)]):
            with contextlib.suppress(FileExistsError):
                one.mkdir(mode=PRIVATE)
            _sync(one.parent)  # also where it is there: who made it may have been killed before this

    def _parents(self, folder: Path) -> Iterator[Path]:
        return (parent for parent in folder.parents if parent.is_relative_to(self.root) and parent != self.root)


def _sync(folder: Path) -> None:
    """Let the names in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
