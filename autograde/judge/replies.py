"""What a student's process may say: every message is taken apart here, by type, before anyone looks at it.

*Called by* `session`. *Trust*: none. What is not exactly as expected is `Malformed`.
"""

from __future__ import annotations

import builtins
import math
import struct
from dataclasses import dataclass, replace
from typing import Any

from machine_room.checks import StudentError

from ..contract.names import readable
from ..contract.verdict import CellOutput, Shown, ShownAs
from ..inside.limits import BUDGETS
from ..inside.messages import Piece, Reply
from .proxy import StudentObject

__all__ = [
    "Callback",
    "Called",
    "Executed",
    "Malformed",
    "Raised",
    "Ran",
    "callback",
    "called",
    "message",
    "ran",
    "ready",
    "shown",
    "value",
]

MAX_CPU_SECONDS = 1e6
MAX_MESSAGE = 2_000
MAX_WARNINGS = 50
MAX_ERROR = 30_000
MAX_IMAGES = 8
MAX_PIECES = 2_100
MAX_NAME = 80
MAX_IMAGE_BYTES = 3 << 20
LEFT_OUT = (
    f"A picture was left out: expected a PNG of at most {BUDGETS.picture_pixels // 10**6} million pixels. "
    "Draw it with a smaller figsize or dpi.\n"
)
PNG = b"\x89PNG\r\n\x1a\n"

# The exceptions that can be made again from their message; others cross by name.
ERRORS: dict[str, type[Exception]] = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, Exception) and not issubclass(kind, (UnicodeError, ExceptionGroup))
}
WARNINGS: dict[str, type[Warning]] = {name: kind for name, kind in ERRORS.items() if issubclass(kind, Warning)}


class Malformed(Exception):
    """A message that is not what was asked for."""


class _Verbatim(str):
    """A KeyError shows the repr of its argument; the message that came is that repr already."""

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True)
class Raised:
    """An exception of the student's code: `where` is its line in a cell, `function` the one it arose in."""

    type_name: str
    message: str
    where: str
    function: str

    def as_exception(self) -> Exception:
        """Return it as the builtin class where it is one, else as `StudentError`."""
        kind = ERRORS.get(self.type_name)
        error = kind(_Verbatim(self.message)) if kind else StudentError(self.message, self.type_name)
        error.where = self.where  # type: ignore[attr-defined] # read by machine_room.checks.observe
        error.function = self.function  # type: ignore[attr-defined] # read there, too
        error.of_student = True  # type: ignore[attr-defined] # read by the judge
        return error


@dataclass(frozen=True)
class Called:
    """How a call ended."""

    value: Any
    raised: Raised | None
    arguments: tuple[tuple[Any, ...], dict[str, Any]] | None  # None: as they were
    warnings: tuple[tuple[type[Warning], str], ...]
    cpu_seconds: float


@dataclass(frozen=True)
class Callback:
    """A call of one of our functions."""

    number: int
    function: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


@dataclass(frozen=True)
class Ran:
    """What a cell showed."""

    stdout: str
    stderr: str
    result: str
    error: str
    images: tuple[bytes, ...]
    cpu_seconds: float

    def output(self, cell_id: str, limit: int) -> CellOutput:
        """Return it under our name for the cell, every text cut to `limit` characters."""
        pictures = self.images[:MAX_IMAGES]
        shown = tuple(image for image in pictures if is_picture(image))
        return CellOutput(
            cell_id,
            stdout=readable(self.stdout, limit),
            stderr=readable(self.stderr, limit) + LEFT_OUT * (len(pictures) - len(shown)),
            result=readable(self.result, limit),
            error=readable(self.error, MAX_ERROR),
            images=shown,
        )


@dataclass(frozen=True)
class Executed:
    """What a cell of an ordinary notebook showed, piece by piece."""

    pieces: tuple[Any, ...]
    cpu_seconds: float

    def output(self, cell_id: str, limit: int) -> CellOutput:
        """Return it under our name for the cell: every text made readable, all together cut to twice `limit`."""
        room, images, found = 2 * limit, 0, []
        for piece in self.pieces:
            one = _piece(piece, max(0, room))
            room -= len(one.text) + len(one.html)
            images += bool(one.image)
            found.append(one if images <= MAX_IMAGES else replace(one, image=b""))
        return CellOutput(cell_id, shown=tuple(found))


STREAMS = {"stdout": ShownAs.STDOUT, "stderr": ShownAs.STDERR}
DATA = {Piece.DISPLAY.value: ShownAs.DISPLAY, Piece.RESULT.value: ShownAs.RESULT}
#: What is shown as it was written, in place of a text that says no more than which object it was.
WRITTEN = ("text/markdown", "text/latex", "text/plain")


def _piece(said: Any, room: int) -> Shown:
    if type(said) is not tuple or not said or type(said[0]) is not str:
        raise Malformed("an output that is none")
    tag, *rest = said
    if tag == Piece.STREAM.value and len(rest) == 2 and rest[0] in STREAMS and type(rest[1]) is str:
        return Shown(STREAMS[rest[0]], readable(_overwritten(rest[1]), room))
    if tag == Piece.ERROR.value and len(rest) == 3 and all(type(part) is str for part in rest):
        name, text, trace = rest
        return Shown(
            ShownAs.ERROR,
            readable(trace, MAX_ERROR),
            name=readable(name, MAX_NAME),
            message=readable(text, MAX_MESSAGE),
        )
    if tag in DATA and len(rest) == 1 and type(rest[0]) is dict:
        return _data(DATA[tag], rest[0], room)
    raise Malformed("an output that is none")


def _data(kind: ShownAs, data: dict[Any, Any], room: int) -> Shown:
    texts = {name: value for name, value in data.items() if type(name) is str and type(value) is str}
    image = data.get("image/png", b"")
    if type(image) is not bytes or not is_picture(image):
        image = b""
    plain = texts.get("text/plain", "") if kind is ShownAs.RESULT else ""
    text = plain or next((texts[name] for name in WRITTEN if name in texts), "")
    return Shown(kind, readable(text, room), html=readable(texts.get("text/html", ""), room), image=image)


def _overwritten(text: str) -> str:
    """The text as a terminal would have it in the end: what stands before a carriage return was written over."""
    if "\r" not in text:
        return text
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))


def message(said: Any) -> tuple[Any, ...]:
    """Return a message of the form (`Reply`, number of the request, ...)."""
    if type(said) is not tuple or len(said) < 2 or type(said[0]) is not str or type(said[1]) is not int:
        raise Malformed("a message that is none")
    try:
        return (Reply(said[0]), *said[1:])
    except ValueError:
        raise _another(said[0]) from None


def value(tag: Reply, rest: list[Any]) -> Any:
    """Return the value of a name or attribute, or what was `Raised`."""
    if tag not in (Reply.VALUE, Reply.RAISED) or len(rest) != 1:
        raise Malformed("no value")
    return rest[0] if tag is Reply.VALUE else raised(rest[0])


def raised(said: Any) -> Raised:
    if type(said) is not tuple or len(said) != 4 or not all(type(part) is str for part in said):
        raise Malformed("an exception that is none")
    type_name, text, where, function = said
    return Raised(
        readable(type_name, 60), readable(text, MAX_MESSAGE), readable(where, MAX_MESSAGE), readable(function, 60)
    )


def called(tag: Reply, rest: list[Any]) -> Called:
    value, error, arguments, warned, cpu_seconds = _parts(tag, rest, Reply.CALLED, 5)
    return Called(
        value=value,
        raised=None if error is None else raised(error),
        arguments=_arguments(arguments),
        warnings=_warnings(warned),
        cpu_seconds=_seconds(cpu_seconds),
    )


def ran(tag: Reply, rest: list[Any]) -> Ran:
    *texts, images, cpu_seconds = _parts(tag, rest, Reply.RAN, 6)
    if not all(type(text) is str for text in texts) or type(images) is not list:
        raise Malformed("an output that is no text")
    stdout, stderr, result, error = texts
    pictures = tuple(image for image in images if type(image) is bytes)
    return Ran(stdout, stderr, result, error, pictures, _seconds(cpu_seconds))


def shown(tag: Reply, rest: list[Any]) -> Executed:
    """Return what a cell showed; its pieces are taken apart by `Executed.output`, which may raise `Malformed`."""
    pieces, cpu_seconds = _parts(tag, rest, Reply.SHOWN, 2)
    if type(pieces) is not list or len(pieces) > MAX_PIECES:
        raise Malformed("an output that is none")
    return Executed(tuple(pieces), _seconds(cpu_seconds))


def ready(tag: Reply, rest: list[Any]) -> None:
    _parts(tag, rest, Reply.READY, 0)


def callback(rest: list[Any]) -> Callback:
    if len(rest) != 4:
        raise Malformed("a callback of nothing")
    number, function, args, kwargs = rest
    if type(number) is not int or not callable(function) or isinstance(function, StudentObject):
        raise Malformed("a callback of nothing")
    if type(args) is not tuple or type(kwargs) is not dict or not all(type(name) is str for name in kwargs):
        raise Malformed("a callback without arguments")
    return Callback(number, function, args, kwargs)


def is_picture(image: bytes) -> bool:
    """Tell whether bytes begin as a PNG of a size that may be shown, by its header.

    The process that holds the answers takes no picture apart: `gradebook.pictures` does, before one is shown.
    """
    if len(image) > MAX_IMAGE_BYTES or not image.startswith(PNG) or image[12:16] != b"IHDR" or len(image) < 45:
        return False
    width, height = (int(side) for side in struct.unpack(">II", image[16:24]))
    return 0 < width * height <= BUDGETS.picture_pixels


def _parts(tag: Reply, rest: list[Any], expected: Reply, count: int) -> list[Any]:
    if tag is not expected or len(rest) != count:
        raise _another(tag.value)
    return rest


def _another(word: str) -> Malformed:
    return Malformed(f"no answer to this request, but {readable(word, 20)!r}")


def _arguments(said: Any) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    if said is None:
        return None
    if type(said) is not tuple or len(said) != 2 or type(said[0]) is not tuple or type(said[1]) is not dict:
        raise Malformed("arguments that are none")
    return said


def _warnings(said: Any) -> tuple[tuple[type[Warning], str], ...]:
    if type(said) is not list or len(said) > MAX_WARNINGS:
        raise Malformed("warnings that are none")
    found = []
    for pair in said:
        if type(pair) is not tuple or len(pair) != 2 or not all(type(part) is str for part in pair):
            raise Malformed("warnings that are none")
        found.append((WARNINGS.get(pair[0], UserWarning), readable(pair[1], MAX_MESSAGE)))
    return tuple(found)


def _seconds(said: Any) -> float:
    if type(said) is not float or not math.isfinite(said) or not 0 <= said <= MAX_CPU_SECONDS:
        raise Malformed("a time that is none")
    return said
