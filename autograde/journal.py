"""Finished verdicts on disk, one JSON line each, so that a killed run continues and unchanged work is not run twice."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from .verdict import CellOutput, CellVerdict, Outcome, Verdict

__all__ = ["Journal", "digest", "from_json", "to_json"]


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


def from_json(plain: dict[str, Any]) -> Verdict:
    """The inverse of `to_json`. Raises KeyError, TypeError or ValueError for anything else."""
    cells = tuple(CellVerdict(**{**cell, "outcome": Outcome(cell["outcome"])}) for cell in plain["cells"])
    outputs = tuple(
        CellOutput(**{**output, "images": tuple(base64.b64decode(image) for image in output["images"])})
        for output in plain["outputs"]
    )
    return Verdict(**{**plain, "cells": cells, "outputs": outputs, "notes": tuple(plain["notes"])})


class Journal:
    """The verdicts of one assignment by (student, notebook); the last line for a pair counts.

    A line that a killed run left half-written is ignored: its submission is graded again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        for line in self._lines():
            try:
                verdict = from_json(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue
            self._verdicts[verdict.student, verdict.notebook] = verdict
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")
        if path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            self._file.write(b"\n")

    def _lines(self) -> Iterable[bytes]:
        return self.path.read_bytes().splitlines() if self.path.exists() else ()

    @property
    def verdicts(self) -> list[Verdict]:
        """The last verdict on everyone, by student."""
        return [self._verdicts[key] for key in sorted(self._verdicts)]

    def finished(self, student: str, notebook: str, key: str) -> Verdict | None:
        """The verdict on exactly this work, or None. One with a grader error is never final."""
        verdict = self._verdicts.get((student, notebook))
        return verdict if verdict and verdict.key == key and not verdict.grader_errors else None

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
