"""Notebooks as data: roles, cells, and the one place that reads and writes notebook metadata."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Cell", "Notebook", "Role"]


class Role(str, Enum):
    """Who owns a cell and when it runs (DESIGN section 4)."""

    PROSE = "prose"  # ours or the student's text or code, editable; code runs as the student left it
    GIVEN = "given"  # ours, locked; runs
    EXPLORE = "explore"  # ours, locked: a picture with sliders; not run while grading
    SOLUTION = "solution"  # the student's; runs in the sandbox
    CHECK = "check"  # ours, locked, with a hidden part; runs in the judge
    WRITTEN = "written"  # the student's, graded by a person
    EXTRA = "extra"  # a cell the student added; runs where it stood


@dataclass(frozen=True)
class Cell:
    """One cell of a master or of a submission rebuilt from it."""

    id: str  # nbgrader grade_id where there is one, else the stable cell id
    role: Role
    kind: str  # "code" or "markdown"
    source: str
    exercise: str | None = None
    points: float = 0.0


@dataclass(frozen=True)
class Notebook:
    """A notebook to grade: cells in running order, and notes on what had to be mended."""

    assignment: str
    name: str  # without .ipynb
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
