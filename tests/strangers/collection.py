"""Functions as strangers write them, to measure checks by: text files of code that no bank of mistakes has seen.

A file of `functions/` belongs to an assignment and is a list of blocks. A block's first line says what it is:

    ### wrong sigmoid | overflows | says: overflow|large
    def sigmoid(z): ...

`wrong` has one mistake, `pair` two, `helper` is right but for another function of the student's own, `right` is right
and unusual. `says` is a regular expression that was written with the code, before any message was seen: a hint that
names the mistake contains it. The judgements in `judgements.json` are of hints that were read, where it is too coarse.

Half of the blocks, chosen by a digest of their titles, were kept aside until all was tuned; those of `functions/last/`
were written after that, then those of `functions/untouched/`, and those of `functions/blind/` and `functions/fresh/` by
other authors. With the last two stands beneath the first line what is wrong, for whoever reads the message:

    ### wrong sigmoid | overflows | says: overflow|large
    #: exp is asked for more than it can hold where z is far below 0.
    def sigmoid(z): ...

docs/strangers.md says how all of them were made.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from machine_room.exercises import find, of_assignment
from machine_room.exercises.exercise import Exercise

__all__ = ["UNMEASURED", "Group", "Kind", "Stranger", "judgements", "strangers"]

FOLDER = Path(__file__).parent
HEAD = re.compile(
    r"^### (?P<kind>\w+) (?P<exercise>\w+) \| (?P<title>[^|\n]+?)(?: \| says: (?P<says>.+))?$", re.MULTILINE
)
SAID = re.compile(r"(?:#: .*\n)+")


class Kind(StrEnum):
    """What a block of code is."""

    WRONG = "wrong"
    PAIR = "pair"
    HELPER = "helper"
    RIGHT = "right"


class Group(StrEnum):
    """How a function was used."""

    OPEN = "open"  # read while checks were made better
    ASIDE = "kept aside"  # looked at once, then what it showed was mended
    LAST = "written last"  # after that, and looked at once
    UNTOUCHED = "untouched"  # committed before any of it was run, and run once
    BLIND = "written blind"  # by somebody who knew neither the checks nor the bank
    FRESH = "written fresh"  # likewise, by a third author after the blind ones were run, and not run yet


FOLDERS = {"last": Group.LAST, "untouched": Group.UNTOUCHED, "blind": Group.BLIND, "fresh": Group.FRESH}
#: What only the benchmark runs, by name: what it shows is written down before anything is tuned by it.
UNMEASURED = frozenset({Group.BLIND, Group.FRESH})


@dataclass(frozen=True)
class Stranger:
    """One function of a stranger's: its source, and its mistake, as a hint's words that name it and in a sentence."""

    kind: Kind
    exercise: Exercise
    assignment: str
    title: str
    says: str
    source: str
    folder: str = ""
    mistake: str = ""

    @property
    def key(self) -> str:
        return f"{self.exercise.name}: {self.title}"

    @property
    def group(self) -> Group:
        """Whether anything was tuned by it."""
        if self.folder in FOLDERS:
            return FOLDERS[self.folder]
        return Group.ASIDE if hashlib.sha256(self.key.encode()).digest()[0] % 2 else Group.OPEN

    def function(self) -> Callable[..., Any]:
        """Run the source as cells of a notebook would, in which the exercises of its section are solved rightly."""
        names: dict[str, Any] = {"np": np, "math": math, "__name__": "__main__"}
        names |= {exercise.name: exercise.reference for exercise in of_assignment(self.assignment)}
        exec(compile(self.source, f"<{self.key}>", "exec"), names)
        function: Callable[..., Any] = names[self.exercise.name]
        return function


@cache
def strangers() -> tuple[Stranger, ...]:
    """Return all of them, in the order of the files."""
    return tuple(one for path in sorted((FOLDER / "functions").rglob("*.txt")) for one in _read(path))


def _read(path: Path) -> list[Stranger]:
    text = path.read_text(encoding="utf-8")
    heads = list(HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    return [_stranger(path, head, text[head.end() : end].strip() + "\n") for head, end in zip(heads, ends, strict=True)]


def _stranger(path: Path, head: re.Match[str], body: str) -> Stranger:
    said = SAID.match(body)
    return Stranger(
        Kind(head["kind"]),
        find(head["exercise"]),
        path.stem,
        head["title"].strip(),
        (head["says"] or "").strip(),
        body[said.end() :] if said else body,
        folder=path.parent.name,
        mistake=" ".join(line[3:].strip() for line in said[0].splitlines()) if said else "",
    )


@cache
def judgements() -> Mapping[str, Mapping[str, str]]:
    """Return a person's verdicts: by key of the stranger, the verdict on each hint that was read."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / "judgements.json").read_text(encoding="utf-8"))
    return found
