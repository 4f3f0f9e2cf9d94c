"""What the gradebook says of a class: everyone's points as they count, who was late, who handed nothing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["Roll", "Standing"]


@dataclass(frozen=True)
class Standing:
    """One student's notebook in the gradebook."""

    student: str
    notebook: str
    points: float  # a person's scores where there are some, else the automatic ones, and extra credit
    max_points: float
    by_hand: bool = False  # a person scored a cell of it
    extra_credit: float = 0.0
    penalty: float = 0.0  # for being late
    late: timedelta = timedelta(0)
    waits: bool = False  # a cell waits for a person

    @property
    def total(self) -> float:
        return self.points - self.penalty


@dataclass(frozen=True)
class Roll:
    """One assignment of a class."""

    due: datetime | None = None  # in UTC
    standings: tuple[Standing, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # by student, of those whose name the gradebook has
    missing: tuple[str, ...] = ()  # in the gradebook, and nothing handed in
    undated: tuple[str, ...] = ()  # when they handed in cannot be read

    def of(self, student: str, notebook: str) -> Standing | None:
        found = (one for one in self.standings if (one.student, one.notebook) == (student, notebook))
        return next(found, None)
