"""Numbers for people: rounded sensibly, laid out in small tables, entries that differ marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from machine_room.arguments import Array
from machine_room.exercises.answer import Foreign
from machine_room.exercises.exercise import count_numbers
from machine_room.translation import say

__all__ = ["Table", "call_text", "is_spelled_out", "number", "short", "table"]

MAX_ROWS = 6
MAX_COLUMNS = 9
SPELLED_OUT = 48  # numbers up to which a call is written out, to be copied


@dataclass(frozen=True)
class Table:
    """One part of a result as rows of texts; `marks` says which entries differ; `cut` says how much is not shown."""

    rows: tuple[tuple[str, ...], ...]
    marks: tuple[tuple[bool, ...], ...]
    cut: str = ""


def number(value: Any, digits: int = 6) -> str:
    """Write one number with at most `digits` significant digits, and -0.0 as 0."""
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, (complex, np.complexfloating)):
        return f"{value.real:.{digits}g}{value.imag:+.{digits}g}j"
    return f"{value + 0:.{digits}g}" if value != 0 else "0"


def table(value: Any, marks: Array | None, digits: int = 6) -> Table:
    """Lay out a plain value: arrays as grids of at most 6 x 9, anything else as one cell."""
    if type(value) is list:
        return _one(short(value), marks)
    if not isinstance(value, (bool, int, float, complex, np.ndarray)):
        return _one(short(value), marks)
    array = np.asarray(value)
    if array.size == 0:
        return _one(say("(empty, of shape {shape})", shape=array.shape), marks)
    grid = array.reshape(1, -1) if array.ndim < 2 else array.reshape(array.shape[0], -1)
    flags = (
        np.zeros(grid.shape, bool) if marks is None else np.broadcast_to(marks, array.shape or (1,)).reshape(grid.shape)
    )
    seen, flags_seen = grid[:MAX_ROWS, :MAX_COLUMNS], flags[:MAX_ROWS, :MAX_COLUMNS]
    rows = tuple(tuple(number(entry, digits) for entry in row) for row in seen.tolist())
    cut = say("... of shape {shape}", shape=array.shape) if seen.shape != grid.shape else ""
    return Table(rows, tuple(tuple(row) for row in flags_seen.tolist()), cut)


def _one(text: str, marks: Array | None) -> Table:
    return Table(((text,),), ((marks is not None and bool(np.any(marks)),),))


def digits_to_tell_apart(yours: Array, expected: Array, marks: Array) -> int:
    """Return how many digits show every marked pair as two different numbers, 6 to 17."""
    pairs = list(zip(np.ravel(yours)[np.ravel(marks)], np.ravel(expected)[np.ravel(marks)], strict=True))[
        : MAX_ROWS * MAX_COLUMNS
    ]
    for digits in (6, 9, 12):
        if all(number(a, digits) != number(b, digits) for a, b in pairs):
            return digits
    return 17


def short(value: Any, limit: int = 200) -> str:
    """Write a plain value on one line, cut off where it gets long."""
    if isinstance(value, Foreign):
        return f"<{value.type_name}>"
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=6, threshold=24, edgeitems=3, separator=", ", suppress_small=True)
        text = " ".join(text.split())
    elif isinstance(value, (bool, int, float, complex)):
        text = number(value)
    elif type(value) in (list, tuple):
        inner = ", ".join(short(item, limit) for item in value[:20])
        text = f"[{inner}]" if type(value) is list else f"({inner})"
    elif type(value) is dict:
        text = "{" + ", ".join(f"{key!r}: {short(item, limit)}" for key, item in list(value.items())[:20]) + "}"
    else:
        text = repr(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def is_spelled_out(args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Tell whether the text of this call can be copied into a cell and run."""
    values = (*args, *kwargs.values())
    return sum(map(count_numbers, values)) <= SPELLED_OUT and all(map(_has_source, values))


def _has_source(value: Any) -> bool:
    """Tell whether a cell can make this argument out of its text: a function only where it is named by its source."""
    if callable(value):
        return getattr(value, "__name__", "").startswith("lambda ")
    return not isinstance(value, np.random.Generator)


def call_text(name: str, parameters: Sequence[str], args: Sequence[Any], kwargs: dict[str, Any]) -> str:
    """Write the call of a case, ready to be copied into a cell where its numbers are few."""
    total = sum(map(count_numbers, (*args, *kwargs.values())))
    written = [_argument(value, total) for value in args]
    written += [f"{key}={_argument(value, total)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(written)})"


def _argument(value: Any, total: int) -> str:
    if callable(value):
        return getattr(value, "__name__", "f")
    if isinstance(value, np.random.Generator):
        return "rng"
    if isinstance(value, np.ndarray):
        if total > SPELLED_OUT:
            return say("<{dtype} array of shape {shape}>", dtype=value.dtype.name, shape=value.shape)
        kind = f", dtype=np.{value.dtype.name}" if value.dtype not in (np.dtype(float), np.dtype(int)) else ""
        return f"np.array({_source(value.tolist())}{kind})"
    if isinstance(value, (list, tuple)):  # they may hold arrays, however deep
        inner = ", ".join(_argument(item, total) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_argument(item, total)}' for key, item in value.items())}}}"
    if isinstance(value, (bool, int, float, str)) or value is None:
        return _source(value)
    return short(value)


def _source(value: Any) -> str:
    return re.sub(r"\b(nan|inf)\b", r"np.\1", repr(value))
