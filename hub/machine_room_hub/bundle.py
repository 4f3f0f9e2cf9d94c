"""Several files as one stream: a line of JSON that lists paths and sizes, then the bytes of the files in that order.

No archive format: nothing to unpack, no links, no modes, no compression that could grow. *Trust*: whatever comes is a
stranger's; `opened` gives files of checked names or a `Refusal`, for any bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

from . import names
from .refusals import Refusal, Status

__all__ = ["Contents", "File", "opened"]

HEADER_BYTES = 1 << 20
MAX_FILES = 2000
MAX_DEPTH = 12
CHUNK = 1 << 20


@dataclass(frozen=True)
class File:
    """One file of a bundle: where it goes below the assignment's folder, its size, and the digest of its bytes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """What a bundle holds."""

    files: tuple[File, ...]

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def opened(stream: IO[bytes], *, most_bytes: int) -> Contents:
    """Read a bundle from its first to its last byte.

    Args:
        stream: at its beginning.
        most_bytes: of all files together.

    Raises:
        Refusal: it is none, or too large.
    """
    entries = list(_entries(_header(stream)))
    if sum(size for _, size in entries) > most_bytes:
        raise Refusal(Status.TOO_LARGE, f"The files have more than {most_bytes:,} bytes together. Take large ones out.")
    _no_folder_is_a_file([path for path, _ in entries])
    files = tuple(File(path, size, _digest(stream, size)) for path, size in entries)
    if stream.read(1):
        raise _broken("bytes after its last file")
    return Contents(files)


def _header(stream: IO[bytes]) -> list[Any]:
    line = stream.readline(HEADER_BYTES)
    if not line.endswith(b"\n"):
        raise _broken("no list of files in its first line")
    try:
        listed = json.loads(line)
    except (ValueError, RecursionError):
        raise _broken("a first line that is no JSON") from None
    if not isinstance(listed, list) or not listed:
        raise _broken("no file")
    if len(listed) > MAX_FILES:
        raise Refusal(Status.TOO_LARGE, f"There are {len(listed)} files; {MAX_FILES} are allowed. Take some out.")
    return listed


def _entries(listed: list[Any]) -> Iterator[tuple[str, int]]:
    seen = set()
    for entry in listed:
        if not (isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) and type(entry[1]) is int):
            raise _broken("an entry that is no path and size")
        path, size = entry
        if size < 0:
            raise _broken("a negative size")
        if path in seen:
            raise _broken("the same file twice")
        seen.add(path)
        parts = path.split("/")
        if len(parts) > MAX_DEPTH:
            raise Refusal(Status.UNREADABLE, f"A file lies more than {MAX_DEPTH} folders deep: {names.shown(path)!r}.")
        for part in parts:
            names.checked("file", part)
        yield path, size


def _no_folder_is_a_file(paths: list[str]) -> None:
    folders = {path[:at] for path in paths for at, character in enumerate(path) if character == "/"}
    if folders & set(paths):
        raise _broken("a file that is also a folder")


def _digest(stream: IO[bytes], size: int) -> str:
    digest, left = hashlib.sha256(), size
    while left:
        chunk = stream.read(min(left, CHUNK))
        if not chunk:
            raise _broken("fewer bytes than it lists")
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


def _broken(what: str) -> Refusal:
    return Refusal(Status.UNREADABLE, f"What arrived is no bundle of files: it has {what}. Send it again.")
