"""Everything that is recorded about one student, as a folder or a zip file for them, with an index.

Only its owner can read it. It is there when it is whole. *Trust*: what a student handed in is copied as bytes, under
names that lead nowhere; what is a link, or another name of a file elsewhere, is left out and told.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ..contract.failures import CourseError, is_of_the_machine, one_sentence
from ..contract.names import INVISIBLE, escaped
from ..course.folder import Course
from .records import Recorded, nothing_recorded, recorded

__all__ = ["Export", "export", "safe_name"]

INDEX, README, FILES = "index.json", "README.txt", "records"
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
FORMAT = 1
MAX_BYTES = 255  # of a file's name
CHUNK = 1 << 20
SPECIAL = frozenset('\\/:*?"<>|%')  # in names on some system, and our own sign


@dataclass(frozen=True)
class Kept:
    """One file of an export."""

    path: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class LeftOut:
    """What is recorded, and not in an export."""

    what: str
    why: str


@dataclass(frozen=True)
class Export:
    """What was written."""

    target: Path
    recorded: Recorded
    files: tuple[Kept, ...]
    left_out: tuple[LeftOut, ...]


def export(course: Course, student: str, target: Path, url: str = "") -> Export:
    """Write everything that is recorded about a student.

    Args:
        course: its folder.
        student: a stranger's word.
        target: a folder that is not there yet, or a file that is not, whose name ends in .zip.
        url: of the gradebook; empty: the course's own.

    Raises:
        CourseError: the name can be no student's, nothing is recorded, the target is there, or what concerns the whole:
            a full disk, a gradebook that is locked. Then nothing is left of it.
    """
    found = recorded(course, student, url)
    if not found.places:
        raise nothing_recorded(course, student)
    if os.path.lexists(target):
        raise CourseError(f"{escaped(str(target), 300)} is there already. Nothing was written: choose another --to.")
    with one_sentence(f"The export of {escaped(student)} stopped", is_of_the_machine):
        _make(target.parent)
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=target.parent))  # 0700
        try:
            writing = _Writing(unfinished / "whole")
            for place, _ in found.places:
                place.hand_over(student, writing)
            made = Export(target, found, tuple(writing.files), tuple(writing.left_out))
            _explain(course, made, writing.folder)
            if target.suffix == ".zip":
                os.rename(_zipped(writing.folder, unfinished / "whole.zip"), target)
            else:
                os.rename(writing.folder, target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return made


def safe_name(name: str) -> str:
    """A name for what a student named, on every system, and another one for each; what shows stays as it is.

    Example:
        >>> safe_name("zoë.ipynb"), safe_name("a\\\\b"), safe_name("..")
        ('zoë.ipynb', 'a%5Cb', '%2E%2E')
    """
    shown = "".join(map(_safe, name))
    shown = f"%2E{shown[1:]}" if shown.startswith(".") else shown  # hidden, or the folder above
    shown = f"{shown[:-1]}%{ord(shown[-1]):02X}" if shown[-1] in ". " else shown
    if len(shown.encode("utf-8")) <= MAX_BYTES:
        return shown
    return f"long-name-{hashlib.sha256(os.fsencode(name)).hexdigest()[:32]}"


def _safe(character: str) -> str:
    if character.isprintable() and character not in SPECIAL and character not in INVISIBLE:
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))


@dataclass
class _Writing:
    """A folder that is being filled (`contract.records.Sink`)."""

    folder: Path
    files: list[Kept] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def add(self, parts: Sequence[str], content: IO[bytes]) -> None:
        path = self.folder.joinpath(FILES, *map(safe_name, parts))
        _make(path.parent)
        digest, size = hashlib.sha256(), 0
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
            while chunk := content.read(CHUNK):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.files.append(Kept(path.relative_to(self.folder).as_posix(), size, digest.hexdigest()))

    def leave_out(self, what: str, why: str) -> None:
        self.left_out.append(LeftOut(what, why))


def _make(folder: Path) -> None:
    """A folder and those above it, whatever the umask: `parents=True` would leave it those above."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER)


def _explain(course: Course, made: Export, folder: Path) -> None:
    index = {
        "format": FORMAT,
        "student": made.recorded.student,
        "course": str(course.root.name),
        "made_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "places": [
            {"name": place.name, "about": place.about, "found": [asdict(one) for one in found]}
            for place, found in made.recorded.places
        ],
        "files": [asdict(one) for one in made.files],
        "left_out": [asdict(one) for one in made.left_out],
        "also_named_in": list(made.recorded.named_in),
        "not_reached": list(made.recorded.out_of_reach),
    }
    _make(folder)
    for name, text in ((INDEX, json.dumps(index, indent=1)), (README, _readme(made))):
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
            file.write(text.encode("utf-8", "backslashreplace") + b"\n")


def _readme(made: Export) -> str:
    lines = [
        f"What this course has recorded about {made.recorded.student}",
        "",
        f"{INDEX} lists every file here with its size and digest, for programs. By folder of {FILES}/:",
        "",
    ]
    for place, found in made.recorded.places:
        lines += [f"  {place.name}", f"    {place.about}", *(f"    {one.where}: {one.what}" for one in found), ""]
    if made.left_out:
        lines += ["Recorded, and not here:", *(f"  {one.what}: {one.why}." for one in made.left_out), ""]
    if made.recorded.named_in:
        lines += ["These files name you, and are not about you alone:"]
        lines += [*(f"  {escaped(one, 300)}" for one in made.recorded.named_in), ""]
    lines += [
        "Not looked into; ask your instructor or whoever runs the machine:",
        *(f"  {one}" for one in made.recorded.out_of_reach),
    ]
    return "\n".join(lines)


def _zipped(folder: Path, target: Path) -> Path:
    """The folder as one file, of which nobody else can read a byte at any moment."""
    with (
        os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as packed,
    ):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.write(path, path.relative_to(folder).as_posix())
    return target
