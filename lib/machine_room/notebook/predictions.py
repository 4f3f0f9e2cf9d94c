"""What a student predicted: carried by the notebook in an output of its own kind, and remembered beside it.

    application/vnd.machine-room.prediction+json    {"format": 1, "prediction": "forward_passes", "answer": 7000}

The output is saved with the notebook, shown without a kernel, and handed in. Running the cell again clears it, so the
answer is remembered in `.machine_room/` too, beside what has passed; from there, or from the notebook as it was saved,
the new output has it.

*Trust*: both can be written by anybody. What fits a question its kind decides, not this module.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from machine_room.atomic import replacing
from machine_room.notebook.memory import predictions_file
from machine_room.notebook.points import Assignment, assignments
from machine_room.packages import section_of
from machine_room.translation import say

__all__ = ["KIND", "kept_in", "output_of", "predicted", "remember_prediction", "saved_in"]

KIND = "application/vnd.machine-room.prediction+json"
_FORMAT = 1
_MOST_BYTES = 100_000  # a file of ours has some hundred
_MOST_NOTEBOOK_BYTES = 20_000_000


def output_of(name: str, answer: Any) -> dict[str, Any]:
    """Return what an output carries.

    Example:
        >>> output_of("forward_passes", 7000)
        {'application/vnd.machine-room.prediction+json': {'format': 1, 'prediction': 'forward_passes', 'answer': 7000}}
    """
    return {KIND: {"format": _FORMAT, "prediction": name, "answer": answer}}


def kept_in(notebook: object, names: Collection[str]) -> dict[str, Any]:
    """Return what the outputs of a notebook say was predicted; of two for one question the later.

    Args:
        notebook: what its JSON holds, of any type.
        names: of the questions that it asks; others count for nothing.

    Example:
        >>> cell = {"cell_type": "code", "outputs": [{"data": output_of("forward_passes", 7000)}]}
        >>> kept_in({"cells": [cell]}, {"forward_passes"})
        {'forward_passes': 7000}
    """
    found: dict[str, Any] = {}
    for said in _said(notebook):
        name = said.get("prediction")
        if said.get("format") == _FORMAT and isinstance(name, str) and name in names and "answer" in said:
            found[name] = said["answer"]
    return found


def _said(notebook: object) -> Iterator[Mapping[str, Any]]:
    for cell in _listed(notebook, "cells"):
        for output in _listed(cell, "outputs"):
            data = output.get("data") if isinstance(output, dict) else None
            said = data.get(KIND) if isinstance(data, dict) else None
            if isinstance(said, dict):
                yield said


def _listed(holder: object, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []


def predicted(section: str, name: str) -> Any:
    """Return what is remembered of one question, None where nothing is. Never raises for what is in a file.

    Args:
        section: that declares it.
        name: of the question.
    """
    assignment = _assignment(section)
    if assignment is None:
        return None
    remembered = _read(predictions_file(assignment)).get(name)
    return saved_in(Path.cwd() / assignment.notebook, name) if remembered is None else remembered


def saved_in(path: Path, name: str) -> Any:
    """Return what a saved notebook's outputs say of one question, None where nothing does."""
    try:
        with path.open("rb") as file:
            return kept_in(json.loads(file.read(_MOST_NOTEBOOK_BYTES)), {name}).get(name)
    except (OSError, ValueError, RecursionError):
        return None


def remember_prediction(section: str, name: str, answer: Any) -> str:
    """Write down what was predicted; return a sentence where that cannot be done.

    Args:
        section: that declares the question.
        name: of the question.
        answer: as its kind accepted it.
    """
    assignment = _assignment(section)
    if assignment is None:
        return ""
    path = predictions_file(assignment)
    try:
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as file:
            file.write(json.dumps({"format": _FORMAT, "predictions": {**_read(path), name: answer}}).encode())
    except OSError as error:
        return say(
            "{path} cannot be written ({why}): save the notebook before you run this cell again.",
            path=path,
            why=error.strerror,
        )
    return ""


def _assignment(section: str) -> Assignment | None:
    return next((one for one in assignments() if section_of(one.name) == section), None)


def _read(path: Path) -> dict[str, Any]:
    """What the file has; nothing where it is missing, or none of ours: the next answer writes it anew."""
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    kept = found.get("predictions") if isinstance(found, dict) and found.get("format") == _FORMAT else None
    return kept if isinstance(kept, dict) else {}
