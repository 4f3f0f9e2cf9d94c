"""Cell ids as the course's text holds them: what one may be, the next free one, and writing it into the text.

An id is the thread from a student's cell to ours. It is drawn once, from role and heading, and then stands in the text:
`:id:` in a code cell, `+++ {"id": ...}` before prose. A solution is called by its exercise, and a check too.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .notebook import Cell, Notebook, Role, without_edition

__all__ = ["Fresh", "Ids", "is_id", "pin", "slug"]

ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # nbformat's rule
SLUG_LENGTH = 40
BREAK = "+++"


@dataclass(frozen=True)
class Fresh:
    """A cell whose ids are not in the text yet."""

    kind: str  # "markdown", or what stands in a fence
    line: int  # counted from 1: a code cell's fence, or the first line that belongs to the prose
    ids: Mapping[str, str]  # option -> id
    doubtful: tuple[str, ...] = ()  # the ids of lost cells that this may be

    def __str__(self) -> str:
        return f"line {self.line}: {', '.join(self.ids.values())}"


def is_id(value: object) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None


class Ids:
    """Gives ids to cells that have none in the text.

    Args:
        pinned: the ids that the text has.
        source: what the text made last. Where an id of it is not in the text any more, a cell has lost it or is gone.
        taken: ids that no new cell may get: students' files may hold them.
    """

    def __init__(self, pinned: Collection[str], source: Notebook | None, taken: Collection[str]) -> None:
        self._cells = source.cells if source else ()
        self._lost = [cell for cell in self._cells if cell.id not in pinned]
        self._taken = {*pinned, *taken, *(cell.id for cell in self._cells)}

    def lost(self, role: Role, text: str) -> str | None:
        """The id of the cell that stood there with exactly this text."""
        return self._again(cell for cell in self._lost if cell.role is role and _same(cell.source, text))

    def lost_after(self, question: str) -> str | None:
        """The id of the answer that stood below this question."""
        pairs = zip(self._cells, self._cells[1:], strict=False)
        return self._again(answer for before, answer in pairs if before.id == question and answer in self._lost)

    def _again(self, found: Iterable[Cell]) -> str | None:
        cell = next(iter(found), None)
        if cell is None:
            return None
        self._lost.remove(cell)
        return cell.id

    def still_lost(self, role: Role) -> tuple[str, ...]:
        return tuple(cell.id for cell in self._lost if cell.role is role)

    def new(self, role: Role, heading: str) -> str:
        """The first free id of a cell with this role under this heading."""
        number = 1
        while (found := f"{role.value}-{heading}-{number}") in self._taken:
            number += 1
        self._taken.add(found)
        return found


def _same(one: str, other: str) -> bool:
    return without_edition(one).strip() == other.strip()


def slug(text: str) -> str:
    """The heading as an id may hold it; cut, because nbformat allows an id 64 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].rstrip("-") or "section"


def pin(text: str, fresh: Iterable[Fresh]) -> str:
    """The text with these ids written into their cells; no other character changes."""
    lines = text.split("\n")
    for cell in sorted(fresh, key=lambda cell: -cell.line):  # from the end, so that the lines before keep their numbers
        if cell.kind == "markdown":
            _pin_prose(lines, cell.line - 1, cell.ids)
        else:
            _pin_code(lines, cell.line, cell.ids)
    return "\n".join(lines)


def _pin_code(lines: list[str], first: int, ids: Mapping[str, str]) -> None:
    """Write options below the fence; `first` is the place of the line after it."""
    if lines[first].startswith("---"):  # a block of YAML
        lines[first + 1 : first + 1] = [f"{option}: {value}" for option, value in ids.items()]
        return
    end = first
    while lines[end].lstrip().startswith(":"):
        end += 1
    blank = [] if end > first or not lines[end].strip() else [""]
    lines[end:end] = [*(f":{option}: {value}" for option, value in ids.items()), *blank]


def _pin_prose(lines: list[str], start: int, ids: Mapping[str, str]) -> None:
    """Write the ids into the break before the prose, or put one there."""
    if start and lines[start - 1].startswith(BREAK):
        there = lines[start - 1].removeprefix(BREAK).strip()
        lines[start - 1] = _break({**(json.loads(there) if there else {}), **ids})
        return
    while not lines[start].strip():
        start += 1
    lines[start:start] = [_break(ids), ""]


def _break(metadata: Mapping[str, object]) -> str:
    return f"{BREAK} {json.dumps(metadata, ensure_ascii=False)}"
