"""What a course keeps longer than its settings say, and its removal: `[retention]` in autograde.toml.

How old something is says the machine's clock of when it was put there, which no file's own time changes; of a hand-in
in a hub's exchange its server's. A copy that was restored from a backup is as young as the restoring.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..contract.failures import CourseError, is_of_the_machine, one_sentence
from ..course.belongings import FOLDERS, is_older
from ..course.folder import Course
from ..course.settings import FILE
from ..gradebook.exchange import HubExchange, SharedFolder, exchanges
from .client import LOG
from .records import UNFINISHED, aside, not_while_grading

__all__ = ["Old", "expire", "expired"]

EXCHANGE = "exchange_days"


@dataclass(frozen=True)
class Old:
    """Something that is kept longer than it should be."""

    where: str  # for people
    paths: tuple[Path, ...] = ()  # what goes; of a hub's exchange nothing that lies here


def expired(course: Course, now: datetime | None = None) -> list[Old]:
    """Find what is older than the course keeps it; changes nothing.

    Args:
        course: its folder, with the settings.
        now: to count back from.

    Raises:
        CourseError: the settings say nothing of it, or are wrong, or a place cannot be looked into.
    """
    until = _until(course, now)
    with one_sentence(f"What is old in {course.root} cannot be found", is_of_the_machine):
        return [*_in_folders(course, until), *_in_private(course, until), *_in_exchanges(course, until)]


def expire(course: Course, now: datetime | None = None) -> list[Old]:
    """Remove what is older than the course keeps it, and return it. Who was killed goes on with the same call.

    Raises:
        CourseError: as `expired`, or somebody grades in the course just now.
    """
    expired(course, now)  # what cannot be found is not begun
    until = _until(course, now)
    with (
        one_sentence(f"Removing what is old in {course.root} stopped", is_of_the_machine),
        not_while_grading(course),
        aside(course.root / ".autograde" / UNFINISHED / "expired") as take_out,
    ):
        found = expired(course, now)
        for place in exchanges(course.root) if EXCHANGE in until else ():
            if isinstance(place, HubExchange):
                place.expire(until[EXCHANGE].isoformat())
        for path in [path for old in found for path in old.paths]:
            take_out(path)
        _sweep(course)
    return found


def _until(course: Course, now: datetime | None) -> dict[str, datetime]:
    """Before which moment each kind of thing goes."""
    kept = course.settings().retention
    if not kept:
        raise CourseError(
            f"{course.root / FILE} does not say how long anything is kept, so nothing goes. Write [retention] into it, "
            "with submitted_days = 400, for example."
        )
    return {name: (now or datetime.now(UTC)) - timedelta(days=days) for name, days in kept.items()}


def _in_folders(course: Course, until: Mapping[str, datetime]) -> Iterator[Old]:
    for name in FOLDERS:
        moment = until.get(f"{name}_days")
        for student in _folders(course.root / name) if moment else ():
            for path in sorted(student.iterdir()):
                if moment and is_older(path, moment.timestamp()):
                    yield Old(f"{name}/{student.name}/{path.name}", (path,))


def _folders(place: Path) -> list[Path]:
    """The students' folders, and no link in place of one."""
    try:
        with os.scandir(place) as entries:
            return sorted(place / entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _in_private(course: Course, until: Mapping[str, datetime]) -> Iterator[Old]:
    """Journals and log go as a whole: a verdict does not say when it was given, its file when it was written last."""
    moment, private = until.get("journal_days"), course.root / ".autograde"
    for path in [*sorted((private / "journal").glob("*.jsonl")), private / LOG] if moment else ():
        if moment and path.is_file() and path.stat().st_mtime < moment.timestamp():
            yield Old(str(path.relative_to(course.root)), (path,))


def _in_exchanges(course: Course, until: Mapping[str, datetime]) -> Iterator[Old]:
    moment = until.get(EXCHANGE)
    for place in exchanges(course.root) if moment else ():
        if moment and isinstance(place, HubExchange):
            for one in place.expired(moment.isoformat()):
                yield Old(f"the hub's exchange: {one['student']}, {one['assignment']}, hand-in {one['number']}")
        elif moment and isinstance(place, SharedFolder):
            for path in place.older(moment.timestamp()):
                yield Old(str(path), (path,))


def _sweep(course: Course) -> None:
    """Leave no empty folder behind with a name on it."""
    for name in FOLDERS:
        for student in _folders(course.root / name):
            if not any(student.iterdir()):
                student.rmdir()
