"""Finished verdicts on disk, one JSON line each, so that a killed run continues and unchanged work is not run twice.

Every line says its format by itself: a file may be cut off anywhere, and two versions may have written into it. Lines
of 0.1.0 say none.
"""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType, UnionType
from typing import Any, BinaryIO, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from ..contract.failures import CourseError
from ..contract.names import refusal
from ..contract.verdict import CaseVerdict, CellOutput, CellVerdict, Engine, Outcome, Shown, ShownAs, Verdict
from .first import FIRST

__all__ = ["FORMAT", "Journal", "JournalError", "JournalWriter", "from_json", "to_json"]

FORMAT = 3  # 1 was 0.1.0's, which had neither format, file nor engine
APART = 2  # what a line says that has no output piece by piece: older versions read it
MAX_NUMBER = 1e9  # of points and seconds: what is more is no count of either
Kind = TypeVar("Kind", CaseVerdict, CellVerdict, CellOutput, Engine, Shown, Verdict)
FIELDS: dict[type, dict[str, Any]] = {
    kind: get_type_hints(kind) for kind in (CaseVerdict, CellVerdict, CellOutput, Engine, Shown, Verdict)
}


class _Place(NamedTuple):
    """Where a line lies, in bytes."""

    offset: int
    length: int


class _Stamp(NamedTuple):
    """What changes when somebody else writes a file, or puts another one in its place."""

    inode: int
    size: int
    modified_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> _Stamp:
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class JournalError(CourseError):
    """The journal was written by a newer version."""


def to_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON can hold it, with the format's number; images as base64."""
    piecewise = any(output.shown for output in verdict.outputs)
    plain = {"format": FORMAT if piecewise else APART, **asdict(verdict)}
    for cell in plain["cells"]:
        cell["outcome"] = cell["outcome"].value
        cell["cases"] = [[case["description"], case["right"]] for case in cell["cases"]]
        if not cell["cases"]:  # verdicts of before have no such field
            del cell["cases"]
    for output in plain["outputs"]:
        output["images"] = [base64.b64encode(image).decode() for image in output["images"]]
        for piece in output["shown"]:
            piece["kind"] = piece["kind"].value
            piece["image"] = base64.b64encode(piece["image"]).decode()
        if not output["shown"]:  # older versions know no such field
            del output["shown"]
    return plain


def from_json(plain: Any) -> Verdict:
    """The inverse of `to_json`, also of 0.1.0's.

    Raises:
        ValueError: it is anything else, down to the type of the last field.
    """
    fields = dict(_object(plain))
    number = _format(fields)
    fields.pop("format", None)
    try:
        engine = _engine(fields, number)
        cells = tuple(_cell(_object(cell)) for cell in _list(fields["cells"]))
        outputs = tuple(_output(_object(output)) for output in _list(fields["outputs"]))
        made = {"cells": cells, "outputs": outputs, "notes": _texts(fields["notes"]), "engine": engine}
        verdict = _made(Verdict, {**fields, **made})
    except (KeyError, TypeError) as error:  # a field too few or too many
        raise ValueError(f"no verdict: {error}") from error
    if reason := refusal(verdict.student):
        raise ValueError(reason)
    return verdict


def _format(fields: dict[str, Any]) -> int:
    number = fields.get("format", 1)
    if type(number) is not int:
        raise ValueError("a format is a whole number")
    return number


def _engine(fields: dict[str, Any], number: int) -> Engine:
    if number == 1 and "engine" not in fields:
        return FIRST
    if number not in (APART, FORMAT):
        raise ValueError(f"no verdict in format {number}")
    said = _object(fields["engine"])
    return _made(Engine, {**said, "version": said["version"], "digest": said["digest"]})


def _cell(fields: dict[str, Any]) -> CellVerdict:
    cases = tuple(_case(_list(case)) for case in _list(fields.get("cases", ())))
    return _made(CellVerdict, {**fields, "outcome": Outcome(_text(fields["outcome"])), "cases": cases})


def _case(fields: Sequence[Any]) -> CaseVerdict:
    description, right = fields
    return _made(CaseVerdict, {"description": description, "right": right})


def _output(fields: dict[str, Any]) -> CellOutput:
    images = tuple(base64.b64decode(image, validate=True) for image in _texts(fields["images"]))
    shown = tuple(_shown(_object(piece)) for piece in _list(fields.get("shown", ())))
    return _made(CellOutput, {**fields, "images": images, "shown": shown})


def _shown(fields: dict[str, Any]) -> Shown:
    image = base64.b64decode(_text(fields["image"]), validate=True)
    return _made(Shown, {**fields, "kind": ShownAs(_text(fields["kind"])), "image": image})


def _made(kind: type[Kind], fields: dict[str, Any]) -> Kind:
    """Make the dataclass, once every plain field is of the type it declares."""
    for name, hint in FIELDS[kind].items():
        if name in fields and get_origin(hint) is not tuple and not _is_a(fields[name], hint):
            raise ValueError(f"{name} is no {hint}")
    return kind(**fields)


def _is_a(value: Any, hint: Any) -> bool:
    if isinstance(hint, UnionType):
        return any(_is_a(value, one) for one in get_args(hint))
    if hint is float:
        return type(value) in (int, float) and abs(value) <= MAX_NUMBER  # which nan is not
    return type(value) is hint


def _object(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise ValueError("no object")
    return value


def _list(value: Any) -> Sequence[Any]:
    if type(value) not in (list, tuple):  # what `to_json` gives has tuples, what was read has lists
        raise ValueError("no list")
    items: Sequence[Any] = value
    return items


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("no text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


class Journal:
    """The verdicts of one assignment by (student, notebook); the last line for a pair counts. Reading changes nothing.

    In memory is where each line lies: what cells printed and drew can be megabytes a verdict. A line that is no verdict
    is passed over and counted in `damaged`, whatever it holds: its submission is graded again. A run that was killed
    while it wrote leaves one.

    Raises:
        JournalError: a line is of a newer format: to pass it over would be to grade its work anew in silence.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._places: dict[tuple[str, str], _Place] = {}
        self._earlier: list[_Place] = []  # of verdicts that another one followed
        self._seen = self._stamp()
        for place, line in self._lines():
            try:
                verdict = self._read(line)
            except (ValueError, RecursionError):
                self.damaged += bool(line.strip())
            else:
                self._put(verdict, place)

    @property
    def current(self) -> bool:
        """Whether the file is as it was when it was read, or last noted; else it is to be read again."""
        return self._stamp() == self._seen

    def _stamp(self) -> _Stamp | None:
        try:
            return _Stamp.of(self.path.stat())
        except FileNotFoundError:
            return None

    def _lines(self) -> Iterator[tuple[_Place, bytes]]:
        try:
            with self.path.open("rb") as file:
                offset = 0
                for line in file:
                    yield _Place(offset, len(line)), line
                    offset += len(line)
        except FileNotFoundError:
            return

    def _read(self, line: bytes) -> Verdict:
        plain = _object(json.loads(line))
        number = _format(plain)
        if number > FORMAT:
            raise JournalError(
                f"{self.path} holds verdicts in format {number}, and this version reads formats up to {FORMAT}. "
                "A newer version graded here: use that one, or move the file away to grade everyone anew."
            )
        return from_json(plain)

    @property
    def complaint(self) -> str:
        """One sentence on the lines that are no verdicts; "" where there are none."""
        if not self.damaged:
            return ""
        return (
            f"{self.path} has {self.damaged} damaged lines, which count for nothing. A run that was killed leaves one; "
            "`autograde grade` grades anew whom they concern."
        )

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Verdict]:
        """The last verdict on everyone, by student, each read when it is asked for."""
        return filter(None, (self.last(*key) for key in sorted(self._places)))

    def earlier(self) -> Iterator[Verdict]:
        """The verdicts on everyone that a later one followed, in the order of the file."""
        return filter(None, map(self._verdict_at, sorted(self._earlier)))

    def final(self, student: str, notebook: str) -> Verdict | None:
        """The last verdict on a student's notebook, or None where there is none or it is to be tried again."""
        verdict = self.last(student, notebook)
        return verdict if verdict and verdict.final else None

    def last(self, student: str, notebook: str) -> Verdict | None:
        """The last verdict on a student's notebook, also one that is to be tried again.

        It is what the file says now; None where somebody took it away, or put another one there.
        """
        place = self._places.get((student, notebook))
        if place is None:
            return None
        verdict = self._verdict_at(place)
        return verdict if verdict and (verdict.student, verdict.notebook) == (student, notebook) else None

    def _verdict_at(self, place: _Place) -> Verdict | None:
        """What stands there now; None where that is no verdict any more."""
        try:
            with self.path.open("rb") as file:
                file.seek(place.offset)
                return self._read(file.read(place.length))
        except (FileNotFoundError, ValueError, RecursionError):
            return None

    def _put(self, verdict: Verdict, place: _Place) -> None:
        key = verdict.student, verdict.notebook
        if key in self._places:
            self._earlier.append(self._places[key])
        self._places[key] = place

    def note(self, verdict: Verdict, file: BinaryIO, length: int) -> None:
        """Remember that the last word on this work is the last line of the file, which has so many bytes."""
        self._put(verdict, _Place(file.tell() - length, length))
        self._seen = _Stamp.of(os.fstat(file.fileno()))


class JournalWriter:
    """Adds verdicts to a journal, whose file it makes with the first one. Use as a context manager."""

    def __init__(self, path: Path) -> None:
        self.journal = Journal(path)
        self._file: BinaryIO | None = None
        self._adding = threading.Lock()  # runs in one process share it

    def add(self, verdict: Verdict) -> None:
        """Append and flush to disk before the gradebook hears of it."""
        line = json.dumps(to_json(verdict)).encode() + b"\n"
        with self._adding:
            file = self._file = self._file or _opened(self.journal.path)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            # not before: another run would take it for one that is kept
            self.journal.note(verdict, file, len(line))

    def __enter__(self) -> JournalWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _opened(path: Path) -> BinaryIO:
    """The file to append to; what a killed run left half-written ends here."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")
    if file.tell() and not path.read_bytes().endswith(b"\n"):
        file.write(b"\n")
    return file
