"""A folder as one stream of bytes: a line of JSON that lists paths and sizes, then the files in that order.

The service takes what comes apart with suspicion (`machine_room_hub.bundle`). Here a folder is packed for it, and what
it sends is written down.
"""

from __future__ import annotations

import fnmatch
import json
import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from machine_room.translation import say

__all__ = ["BrokenBundle", "Rules", "cannot_travel", "files_below", "packed", "unpacked", "write_files"]

# What the service takes, `machine_room_hub.names` and `.bundle`: it is no part of what students install.
MAX_NAME, MAX_BYTES, MAX_DEPTH = 128, 255, 12
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # printable by Python's word


class BrokenBundle(ValueError):
    """What came is no bundle."""


@dataclass(frozen=True)
class Rules:
    """Which files go along: nbgrader's settings of CourseDirectory.

    Attributes:
        ignore: patterns of names that stay, of files and folders.
        include: patterns of files that may go.
        file_bytes: larger files stay.
    """

    ignore: Sequence[str] = ()
    include: Sequence[str] = ("*",)
    file_bytes: int = 100_000_000

    def ignores(self, name: str) -> bool:
        """Tell whether a file or folder of this name never goes along."""
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.ignore)

    def why_not(self, name: str, size: int) -> str | None:
        """Return why a file stays here, nothing to tell where the course wants it so, or None where it goes."""
        if self.include and not any(fnmatch.fnmatch(name, pattern) for pattern in self.include):
            return ""
        return say("it has more than {count:,} bytes", count=self.file_bytes) if size > self.file_bytes else None


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return the stream of these files.

    Args:
        files: contents by path, with slashes.

    Example:
        >>> packed({"a.txt": b"one", "b/c.txt": b"two"})
        b'[["a.txt", 3], ["b/c.txt", 3]]\\nonetwo'
    """
    header = json.dumps([[path, len(content)] for path, content in files.items()]).encode("ascii")
    return b"".join([header, b"\n", *files.values()])


def unpacked(stream: bytes) -> dict[str, bytes]:
    """Return the files of a stream.

    Raises:
        BrokenBundle: it is none, or a path of it would lead out of its folder.

    Example:
        >>> unpacked(b'[["a.txt", 3]]\\none')
        {'a.txt': b'one'}
    """
    header, _, rest = stream.partition(b"\n")
    try:
        listed = [(str(path), int(size)) for path, size in json.loads(header)]
    except (ValueError, TypeError, RecursionError) as error:
        raise BrokenBundle(say("What the exchange sent is no bundle of files.")) from error
    files, at = {}, 0
    for path, size in listed:
        if not PurePosixPath(path).parts or set(path.split("/")) & {"", ".", ".."} or "\0" in path:
            raise BrokenBundle(say("The exchange sent a file with a path that leads elsewhere: {path!r}.", path=path))
        files[path] = rest[at : at + size]
        at += size
    if at != len(rest):
        raise BrokenBundle(say("What the exchange sent is cut off. Try again."))
    return files


def files_below(folder: Path, rules: Rules) -> Iterator[tuple[str, bytes | str]]:
    """Yield every file that goes along with its bytes, and every one that stays with a reason to tell.

    No link is followed, so that nobody hands in what somebody else's link leads to.
    """
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not rules.ignores(name))
        for name in sorted(names):
            path = Path(place) / name
            relative = path.relative_to(folder).as_posix()
            found = path.lstat()
            if rules.ignores(name):
                continue  # the course's wish, so nobody needs to hear of it
            if (why := cannot_travel(relative)) is not None:
                yield relative, why
            elif not stat.S_ISREG(found.st_mode):
                yield relative, say("it is no plain file")
            elif (why := rules.why_not(name, found.st_size)) is None:
                yield relative, path.read_bytes()
            elif why:
                yield relative, why


def cannot_travel(path: str) -> str | None:
    """Return why the service would not take a file of this name, and with it all that came along; None if it would."""
    parts = path.split("/")
    if any(part.startswith(".") for part in parts):
        return say("it or its folder is hidden (a dot at the beginning)")
    if any(not _shows(part) for part in parts):
        return say("its name holds characters that cannot be shown, a backslash, or blanks at its ends")
    if unicodedata.normalize("NFC", path) != path:
        return say("its name is written in decomposed characters; type the name anew")
    if len(parts) > MAX_DEPTH:
        return say("it lies more than {depth} folders deep", depth=MAX_DEPTH)
    too_long = any(len(part) > MAX_NAME or len(part.encode("utf-8")) > MAX_BYTES for part in parts)
    return say("its name is too long") if too_long else None


def _shows(name: str) -> bool:
    odd = not name.isprintable() or "\\" in name or bool(INVISIBLE & set(name)) or name != name.strip()
    return not (odd or unicodedata.category(name[0]).startswith("M"))


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder, which is made; a file that is there already is an error."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(content)
