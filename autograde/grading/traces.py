"""What grading itself keeps of a student in the course's `.autograde/`: lines of the journals, and of the log."""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from machine_room.atomic import replacing

from ..contract.records import Aside, Found, Sink, mentions
from ..course.belongings import names_in
from .client import LOG

__all__ = ["Lines", "journals"]

#: How a line of a journal begins that a kill cut off behind the name; 0.1.0's had no format.
CUT_OFF = re.compile(rb'\{(?:"format": \d+, )?"student": ("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Lines:
    """The lines about a student in some files of `.autograde/` (`contract.records.Place`)."""

    private: Path
    name: str
    about: str
    files: Callable[[], Iterable[Path]]
    about_them: Callable[[str], Callable[[bytes], bool]]  # for a student, whether a line is about them
    in_place: bool = False  # somebody may have the file open to write at its end

    def found(self, student: str) -> list[Found]:
        counts = {path: len(self._of(path, student)) for path in self.files()}
        return [
            Found(f".autograde/{path.relative_to(self.private)}", f"{count} line{'s' * (count > 1)}")
            for path, count in counts.items()
            if count
        ]

    def hand_over(self, student: str, sink: Sink) -> None:
        for path in self.files():
            if theirs := self._of(path, student):
                sink.add([self.name, path.name], io.BytesIO(b"".join(theirs)))

    def forget(self, student: str, aside: Aside) -> None:
        is_theirs = self.about_them(student)
        for path in self.files():
            lines = _lines(path)
            kept = [line for line in lines if not is_theirs(line)]
            if len(kept) < len(lines):
                (_shorten if self.in_place else _replace)(path, kept)

    def _of(self, path: Path, student: str) -> list[bytes]:
        return list(filter(self.about_them(student), _lines(path)))


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []


def _replace(path: Path, kept: list[bytes]) -> None:
    """Let the file hold these lines alone; at no moment it holds less. When it was last graded into stays known."""
    if not kept:
        path.unlink()
        return
    found = path.stat()
    with replacing(path) as file:
        os.fchmod(file.fileno(), 0o600)
        file.writelines(kept)
        file.flush()
        os.fsync(file.fileno())
        os.utime(file.fileno(), ns=(found.st_atime_ns, found.st_mtime_ns))


def _shorten(path: Path, kept: list[bytes]) -> None:
    """The same for a log, whose writer goes on at the end of this very file."""
    with path.open("r+b") as file:
        file.writelines(kept)
        file.truncate()


def _verdict_is_of(line: bytes, student: str) -> bool:
    """Whether a line of a journal is about a student, whatever its format, and also where a kill cut it off."""
    try:
        said = json.loads(line)
        return isinstance(said, dict) and said.get("student") == student
    except (ValueError, RecursionError):
        found = CUT_OFF.match(line)
    try:
        return found is not None and bool(json.loads(found[1]) == student)
    except ValueError:
        return False


def _verdicts_of(student: str) -> Callable[[bytes], bool]:
    return lambda line: _verdict_is_of(line, student)


def _mentions_of(root: Path, student: str) -> Callable[[bytes], bool]:
    others = names_in(root)
    return lambda line: mentions(line.decode("utf-8", "backslashreplace"), student, others)


def journals(root: Path) -> tuple[Lines, Lines]:
    """The journals of a course, and the log of its grader process."""
    private = root / ".autograde"
    return (
        Lines(
            private,
            "journal",
            "Each verdict on your work: points, what the checks said, what your cells printed, how long they took.",
            lambda: [path for path in sorted((private / "journal").glob("*.jsonl")) if path.is_file()],
            _verdicts_of,
        ),
        Lines(
            private,
            "log",
            "Lines of the grader process's log that name you: it writes down what went wrong.",
            lambda: [path for path in [private / LOG] if path.is_file()],
            partial(_mentions_of, root),
            in_place=True,
        ),
    )
