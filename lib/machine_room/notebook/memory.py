"""What has passed, remembered beside the student's notebooks, on their own machine: a small file for each notebook.

    .machine_room/01-backprop.json      {"format": 1, "passed": ["forward_difference", "numerical_gradient"]}

What was predicted lies beside it, see `predictions`. That is all: no name, no time, no code, no number of tries. A file
for each notebook, because each has a kernel of its own, so that no two write the same one. Nothing of ours sends it
anywhere, and grading neither reads nor believes it.

*Trust*: the files can be changed or broken by anybody; a broken one costs a sentence, and is written anew by the next
check.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from machine_room.atomic import replacing
from machine_room.notebook.points import Assignment, assignment_of, assignments
from machine_room.notebook.view import View
from machine_room.translation import say

__all__ = [
    "START",
    "Memory",
    "folder",
    "forget",
    "in_a_notebooks_folder",
    "predictions_file",
    "read",
    "recorded",
    "remember",
]

START = "00-start"  # the folder of the start notebook
_FOLDER = ".machine_room"
_FORMAT = 1
_MOST_BYTES = 100_000  # a file of ours has some hundred


@dataclass(frozen=True)
class Memory:
    """What one notebook's file says; `complaint` is a sentence where it cannot be read or written."""

    passed: frozenset[str] = frozenset()
    complaint: str = ""


def folder() -> Path:
    """Return where it is remembered: beside the notebooks' folders, or in the notebook's where that is another one.

    The notebook's own folder is what is handed in, so the file lies outside of it.
    """
    here = Path.cwd()
    return (here.parent if in_a_notebooks_folder() else here) / _FOLDER


def in_a_notebooks_folder() -> bool:
    """Tell whether this is the folder of one of the course's notebooks, so that the others lie beside it."""
    return Path.cwd().name in {START, *(one.name for one in assignments())}


def read(assignment: Assignment) -> Memory:
    """Return what is remembered of one notebook. Never raises for what is in the file."""
    path = _file(assignment)
    try:
        with path.open("rb") as file:
            return Memory(frozenset(_passed(file.read(_MOST_BYTES))) & assignment.checks.keys())
    except FileNotFoundError:
        return Memory()
    except OSError as error:
        return Memory(
            complaint=say(
                "{path} cannot be read ({strerror}), so what it remembers is not counted.",
                path=path,
                strerror=error.strerror,
            )
        )
    except (ValueError, RecursionError):
        return Memory(
            complaint=say(
                "{path} is damaged, so what it remembered is not counted. Run the notebook's checks again: "
                "the first one writes the file anew.",
                path=path,
            )
        )


def remember(exercise: str, *, passed: bool) -> Memory:
    """Write down what a check has just said; return what is remembered of its notebook now.

    The latest check counts, as in a run from the top. Where the file cannot be written, that is the complaint.
    """
    assignment = assignment_of(exercise)
    if assignment is None:
        return Memory()
    before = read(assignment)
    now = before.passed | {exercise} if passed else before.passed - {exercise}
    if now == before.passed and not before.complaint:
        return before
    path = _file(assignment)
    try:
        path.parent.mkdir(exist_ok=True)
        with replacing(path) as file:
            file.write(json.dumps({"format": _FORMAT, "passed": sorted(now)}).encode())
    except OSError as error:
        return Memory(
            now,
            say(
                "This cannot be remembered: {path} cannot be written ({strerror}).", path=path, strerror=error.strerror
            ),
        )
    return Memory(now)


def recorded() -> View:
    """Show all that is recorded of you, and where.

    Example:
        >>> print(recorded())
        Nothing is recorded of you here.
    """
    files = _files()
    if not files:
        return View.of_lines([say("Nothing is recorded of you here.")])
    lines = [
        say(
            "In {folder}, and nowhere else, stands which of your functions have passed their check, and what you "
            "predicted:",
            folder=folder(),
        ),
        *(f"{path.name}: {_shown(path)}" for path in files),
        say(
            "It serves progress() and the line below a check, and keeps predictions when a cell runs again. It is not "
            "handed in, nothing sends it anywhere, and grading does not read it. notebook.forget() deletes it."
        ),
        say(
            "A prediction also stands in its notebook, in the output below the question, and is handed in with it: "
            "clear the output and save, and it is gone from there."
        ),
    ]
    return View.of_lines(lines)


def forget() -> View:
    """Delete all that is recorded of you."""
    deleted = []
    for path in _files():
        path.unlink()
        deleted.append(path.name)
    if not deleted:
        return View.of_lines([say("Nothing is recorded of you here.")])
    if not any(folder().iterdir()):
        folder().rmdir()
    return View.of_lines([say("Deleted in {folder}: {deleted}.", folder=folder(), deleted=", ".join(deleted))])


def predictions_file(assignment: Assignment) -> Path:
    """Return where it is remembered what was predicted in a notebook."""
    return folder() / f"{assignment.name}.predictions.json"


def _files() -> list[Path]:
    both = (path for one in assignments() for path in (_file(one), predictions_file(one)))
    return [path for path in both if path.exists()]


def _file(assignment: Assignment) -> Path:
    return folder() / f"{assignment.name}.json"


def _passed(content: bytes) -> Iterable[str]:
    """Take a file apart.

    Raises:
        ValueError: it is not one of ours.
    """
    found = json.loads(content)
    names = found.get("passed") if isinstance(found, dict) and found.get("format") == _FORMAT else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("expected an object with a list of names")
    return names


def _shown(path: Path) -> str:
    """A file's content on one line, cut where it is not one of ours."""
    try:
        text = path.read_bytes()[:2000].decode("utf-8", "replace")
    except OSError as error:
        return say("cannot be read ({strerror})", strerror=error.strerror)
    return " ".join(text.split())
