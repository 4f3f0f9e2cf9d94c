"""What each exercise of the course is worth, from points.json, which `autograde build` makes of the course's text.

The table of a course's own package stands for the whole course, and for this library's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from machine_room.packages import packages, remembered

__all__ = ["Assignment", "assignment_of", "assignments", "counted", "is_optional"]

_TABLE = "points.json"


@dataclass(frozen=True)
class Assignment:
    """One notebook of the course; `checks` has its exercises' points, in its order."""

    name: str
    notebook: str
    title: str
    checks: Mapping[str, float]
    written: float  # for answers that a person reads

    @property
    def optional(self) -> frozenset[str]:
        """The exercises that nobody must do: they have no points."""
        return frozenset(name for name, points in self.checks.items() if points == 0)

    @property
    def total(self) -> float:
        """All its points."""
        return sum(self.checks.values()) + self.written


def assignments() -> tuple[Assignment, ...]:
    """Return the course's notebooks, in its order.

    Example:
        >>> [one.name for one in assignments()][:2]
        ['01-backprop', '02-activations']
    """
    return _table(packages())


@remembered
def _table(among: tuple[str, ...]) -> tuple[Assignment, ...]:
    path = next(path for package in among if (path := _place(package)).is_file())
    table = json.loads(path.read_text(encoding="utf-8"))
    return tuple(Assignment(name, **entry) for name, entry in table.items())


def _place(package: str) -> Path:
    spec = find_spec(package)
    return Path(spec.origin if spec and spec.origin else "").parent / _TABLE


def assignment_of(exercise: str) -> Assignment | None:
    """Return the notebook that asks for a function; None where none of this course does.

    Example:
        >>> assignment_of("adam_step").name
        '03-optimizers'
    """
    return next((one for one in assignments() if exercise in one.checks), None)


def is_optional(exercise: str) -> bool:
    """Tell whether this course asks nobody to write a function that it has.

    Example:
        >>> is_optional("mish"), is_optional("swish")
        (True, False)
    """
    assignment = assignment_of(exercise)
    return assignment is not None and exercise in assignment.optional


def counted(points: float) -> str:
    """Write a number of points: 2, 2.5.

    Example:
        >>> counted(2.0), counted(2.5)
        ('2', '2.5')
    """
    return f"{points:g}"
