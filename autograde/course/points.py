"""What each exercise is worth, as the library tells students: made of the masters, so that it is written down once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from machine_room.packages import LIBRARY

from .notebook import Notebook, Role
from .packages import PLACE as LIB
from .packages import CoursePackage

__all__ = ["place_of_points", "points_text"]

TABLE = "points.json"
HEADING = re.compile(r"^# +(.+)$", re.MULTILINE)


def place_of_points(root: Path, own: Sequence[CoursePackage]) -> Path:
    """Where the table belongs, below the course folder: in the first own package that lies there, or in the library.

    Where neither lies there the library has the table of the course that the autograder carries.
    """
    here = [package.name for package in own if package.folder == (root / LIB / package.name).resolve()]
    return LIB / (here[0] if here else LIBRARY) / TABLE


def points_text(masters: Iterable[Notebook]) -> str:
    """Return the table as JSON: by assignment, in the course's order, the notebook, its title and its points.

    Args:
        masters: the assignments' notebooks. Of an assignment with several, exercises are told of the first.
    """
    table: dict[str, dict[str, Any]] = {}
    for master in sorted(masters, key=lambda one: (one.assignment, one.name)):
        table.setdefault(master.assignment, _entry(master))
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def _entry(master: Notebook) -> dict[str, Any]:
    headings = (HEADING.search(cell.source) for cell in master.cells if cell.role is Role.PROSE)
    title = next((found.group(1).strip() for found in headings if found), master.name)
    checks = {f"{cell.exercise}": _short(cell.points) for cell in master.cells if cell.role is Role.CHECK}
    written = sum(cell.points for cell in master.cells if cell.role is Role.WRITTEN)
    return {"notebook": f"{master.name}.ipynb", "title": title, "checks": checks, "written": _short(written)}


def _short(points: float) -> float:
    """A whole number as one: 2, not 2.0."""
    return int(points) if points == int(points) else points
