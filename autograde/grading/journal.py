"""Finished verdicts on disk, one JSON line each, so that a killed run continues and unchanged work is not run twice."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ..contract.names import refusal
from ..contract.verdict import CellOutput, CellVerdict, Outcome, Verdict

__all__ = ["Journal", "digest", "from_json", "to_json"]

MAX_NUMBER = 1e9  # of points and seconds: what is more is no count of either
Kind = TypeVar("Kind", CellVerdict, CellOutput, Verdict)
FIELDS: dict[type, dict[str, Any]] = {kind: get_type_hints(kind) for kind in (CellVerdict, CellOutput, Verdict)}


def digest(*parts: bytes | str) -> str:
    """One key for everything a verdict depends on; lengths are hashed too, so parts cannot run into each other."""
    total = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        total.update(len(data).to_bytes(8, "big"))
        total.update(data)
    return total.hexdigest()


def to_json(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON can hold it; images as base64."""
    plain = asdict(verdict)
    for cell in plain["cells"]:
        cell["outcome"] = cell["outcome"].value
    for output in plain["outputs"]:
        output["images"] = [base64.b64encode(image).decode() for image in output["images"]]
    return plain


def from_json(plain: Any) -> Verdict:
    """The inverse of `to_json`.

    Raises:
        ValueError: it is anything else, down to the type of the last field.
    """
    fields = _object(plain)
    try:
        cells = tuple(_cell(_object(cell)) for cell in _list(fields["cells"]))
        outputs = tuple(_output(_object(output)) for output in _list(fields["outputs"]))
        verdict = _made(Verdict, {**fields, "cells": cells, "outputs": outputs, "notes": _texts(fields["notes"])})
    except (KeyError, TypeError) as error:  # a field too few or too many
        raise ValueError(f"no verdict: {error}") from error
    if reason := refusal(verdict.student):
        raise ValueError(reason)
    return verdict


def _cell(fields: dict[str, Any]) -> CellVerdict:
    return _made(CellVerdict, {**fields, "outcome": Outcome(_text(fields["outcome"]))})


def _output(fields: dict[str, Any]) -> CellOutput:
    images = tuple(base64.b64decode(image, validate=True) for image in _texts(fields["images"]))
    return _made(CellOutput, {**fields, "images": images})


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
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError("no text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _list(value)))


class Journal:
    """The verdicts of one assignment by (student, notebook); the last line for a pair counts.

    A line that is no verdict is passed over and counted in `damaged`, whatever it holds: its submission is graded
    again. A run that was killed while it wrote leaves one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged = 0
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        for line in self._lines():
            try:
                verdict = from_json(json.loads(line))
            except (ValueError, RecursionError):
                self.damaged += bool(line.strip())
                continue
            self._verdicts[verdict.student, verdict.notebook] = verdict
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            self._file.write(b"\n")

    def _lines(self) -> Iterable[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else ()

    @property
    def complaint(self) -> str:
        """One sentence on the lines that are no verdicts; "" where there are none."""
        if not self.damaged:
            return ""
        return (
            f"{self.path} has {self.damaged} damaged lines, which count for nothing. A run that was killed leaves one; "
            "`autograde grade` grades anew whom they concern."
        )

    @property
    def verdicts(self) -> list[Verdict]:
        """The last verdict on everyone, by student."""
        return [self._verdicts[key] for key in sorted(self._verdicts)]

    def finished(self, student: str, notebook: str, key: str) -> Verdict | None:
        """The verdict on exactly this work, or None where it is to be graded (again)."""
        verdict = self._verdicts.get((student, notebook))
        return verdict if verdict and verdict.key == key and verdict.final else None

    def add(self, verdict: Verdict) -> None:
        """Append and flush to disk before the gradebook hears of it."""
        self._verdicts[verdict.student, verdict.notebook] = verdict
        self._file.write(json.dumps(to_json(verdict)).encode() + b"\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
