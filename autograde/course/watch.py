"""What a course allows to be graded while the student watches: `[watch.<assignment>]` in its autograde.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

__all__ = ["Counts", "Show", "Watch", "parsed"]

Choice = TypeVar("Choice", bound=StrEnum)
MOST_ATTEMPTS = 1000  # the exchange keeps no more hand-ins
MOST_SECONDS = 7 * 86_400


class Show(StrEnum):
    """What a student sees of each check while others may still hand in."""

    POINTS = "points"
    HINTS = "hints"  # how it ended, and a sentence that nobody's answers are in


class Counts(StrEnum):
    """Which hand-in counts."""

    LAST = "last"
    BEST = "best"  # of those that were graded, once what being late costs is taken off


@dataclass(frozen=True)
class Watch:
    """How one assignment is graded while the student watches.

    Attributes:
        show: of each check, until nobody can hand in any more.
        attempts: hand-ins of a student that are graded; None: all.
        pause: between two of them.
        until: no hand-in that came later is graded so; None: until the due date in the gradebook.
        counts: which hand-in counts.
    """

    show: Show = Show.HINTS
    attempts: int | None = None
    pause: timedelta = field(default_factory=timedelta)
    until: datetime | None = None
    counts: Counts = Counts.LAST


KEYS = ("show", "attempts", "pause_seconds", "until", "counts")
EXAMPLE = 'as in\n[watch.01-backprop]\nshow = "hints"'


def parsed(found: object) -> Mapping[str, Watch]:
    """Return how each assignment is graded at once that the table names; the others are not.

    Raises:
        ValueError: the table says anything else; the sentence says what was expected.
    """
    if not isinstance(found, dict) or not all(isinstance(table, dict) for table in found.values()):
        raise ValueError(f"watch should have a table for each assignment, {EXAMPLE}\nnot {found!r}.")
    return {assignment: _one(assignment, table) for assignment, table in found.items()}


def _one(assignment: str, table: dict[str, Any]) -> Watch:
    where = f"in [watch.{assignment}]: "
    if unknown := sorted(set(table) - set(KEYS)):
        raise ValueError(f"{where}{', '.join(unknown)} is no setting. Known: {', '.join(KEYS)}.")
    return Watch(
        show=_named(where, "show", Show, table.get("show", Watch.show)),
        attempts=_counted(where, "attempts", table["attempts"], MOST_ATTEMPTS) if "attempts" in table else None,
        pause=timedelta(seconds=_counted(where, "pause_seconds", table.get("pause_seconds", 0), MOST_SECONDS, least=0)),
        until=_moment(where, table["until"]) if "until" in table else None,
        counts=_named(where, "counts", Counts, table.get("counts", Watch.counts)),
    )


def _named(where: str, key: str, kind: type[Choice], found: object) -> Choice:
    known = [one.value for one in kind]
    if found not in known:
        raise ValueError(f"{where}{key} should be one of {', '.join(map(repr, known))}, not {found!r}.")
    return kind(found)


def _counted(where: str, key: str, found: object, most: int, *, least: int = 1) -> int:
    if type(found) is not int or not least <= found <= most:
        raise ValueError(f"{where}{key} should be a whole number from {least} to {most}, not {found!r}.")
    return found


def _moment(where: str, found: object) -> datetime:
    if not isinstance(found, datetime) or found.tzinfo is None:
        raise ValueError(
            f"{where}until should be a date and a time with their zone, as in until = 2026-12-01T23:59:00+01:00, "
            f"not {str(found)!r}."
        )
    return found
