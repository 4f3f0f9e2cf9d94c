"""Moments: read with their zone, kept in UTC, shown in the reader's zone with its name.

*Trust*: a text may be a student's `timestamp.txt`. Only zones of the zone database, names of one meaning and offsets
are read; what is not a whole date and time is none. No part of it is opened as a file, as dateutil's zones may be.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from dateutil import parser

from .names import escaped

__all__ = ["parsed", "shown", "span", "with_zone"]

MAX_LENGTH = 100
WRITTEN = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T| +)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: *(\S{1,60}))?", re.ASCII
)
NAME = re.compile(r"[A-Za-z]{1,20}(?:/[A-Za-z0-9_+-]{1,30}){0,3}")
OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE)
#: What clocks say of zones that the database has under other names (RFC 2822's, Europe's). To nbgrader they are UTC.
HOURS = {
    "Z": 0,
    "UTC": 0,
    "GMT": 0,
    "UT": 0,
    "WEST": 1,
    "BST": 1,
    "CEST": 2,
    "MESZ": 2,
    "MEZ": 1,
    "EEST": 3,
    "SGT": 8,
    "HKT": 8,
    "JST": 9,
    "AEST": 10,
    "AEDT": 11,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
NO_ZONES = frozenset({"AM", "PM"})
DEFAULTS = ((2000, 1, 1), (2001, 2, 2))
#: The parser of dates, and arithmetic at the ends of the calendar, raise any of these.
UNREADABLE = (ValueError, ArithmeticError, LookupError, TypeError, AttributeError, OSError)
Zone = str | tzinfo | None


def parsed(text: str, home: tzinfo | None = None) -> datetime | None:
    """Return the moment that a text names, in UTC; None where it names none.

    Without a zone it is UTC, as nbgrader has it. Of an hour that a clock shows twice in autumn it is the first.

    Args:
        text: a date, a time, and their zone.
        home: the zone whose abbreviations are meant where clocks elsewhere have the same ones.

    Example:
        >>> parsed("2026-11-20 12:30:00 Europe/Zurich").isoformat()
        '2026-11-20T11:30:00+00:00'
        >>> parsed("2026-07-01 23:59 CEST").isoformat()
        '2026-07-01T21:59:00+00:00'
    """
    found = _read(text)
    return None if found is None else _placed(*found, home)


def with_zone(text: str, home: tzinfo | None = None) -> datetime | None:
    """Return the moment of a text that says its zone; None where it does not, or names no moment."""
    found = _read(text)
    return None if found is None or found[1] is None else _placed(*found, home)


def _read(text: str) -> tuple[datetime, Zone] | None:
    """What the clock said, and its zone."""
    text = text.strip()
    if not text or len(text) > MAX_LENGTH or escaped(text) != text:
        return None
    try:
        return _as_written(text) or _in_another_order(text)
    except UNREADABLE:
        return None


def _as_written(text: str) -> tuple[datetime, Zone] | None:
    """As nbgrader and ISO 8601 write it: year-month-day hour:minute[:second[.fraction]] [zone]."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return None
    *numbers, second, fraction, zone = found.groups()
    year, month, day, hour, minute = map(int, numbers)
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, int(second or 0), microsecond), zone


def _in_another_order(text: str) -> tuple[datetime, Zone] | None:
    """As a course may have it written. What is left out would come from the default, so two defaults must agree."""
    before, _, last = text.rpartition(" ")
    zone: Zone = None
    if before and NAME.fullmatch(last) and last.upper() not in NO_ZONES:
        text, zone = before, last
    one, other = (parser.parse(text, default=datetime(*default)) for default in DEFAULTS)
    return None if one != other or ":" not in text else (one.replace(tzinfo=None), zone or one.tzinfo)


def _placed(local: datetime, zone: Zone, home: tzinfo | None) -> datetime | None:
    """The moment, if there is such a zone and the calendar has it."""
    try:
        if not isinstance(zone, str):
            return local.replace(tzinfo=zone or UTC).astimezone(UTC)
        return _in_zone(local, zone, home).astimezone(UTC)
    except UNREADABLE:
        return None


def _in_zone(local: datetime, name: str, home: tzinfo | None) -> datetime:
    """Raises an error where it is no zone: a moment of no known zone is none."""
    if home is not None and (there := _called(local, home, name)):
        return there
    if name.upper() in HOURS:
        return local.replace(tzinfo=timezone(timedelta(hours=HOURS[name.upper()])))
    if offset := OFFSET.fullmatch(name):
        sign, hours, minutes = offset.groups()
        shift = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return local.replace(tzinfo=timezone(-shift if sign == "-" else shift))
    if not NAME.fullmatch(name):
        raise ValueError(f"no zone: {name}")
    zone = ZoneInfo(name)
    return _called(local, zone, name) or local.replace(tzinfo=zone)


def _called(local: datetime, zone: tzinfo, name: str) -> datetime | None:
    """The time in the zone at which its clocks have that name: CET is the second of the hours shown twice in autumn."""
    both = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return next((one for one in both if one.tzname() == name), None)


def shown(moment: datetime, zone: tzinfo | None = None) -> str:
    """Return a moment for a reader, with the name of the zone: this machine's, or another one.

    Example:
        >>> shown(datetime(2026, 12, 1, 22, 59, tzinfo=UTC), ZoneInfo("Europe/Zurich"))
        '2026-12-01 23:59 CET'
    """
    local = moment.astimezone(zone)
    seconds = ":%S" if local.second or local.microsecond else ""
    return local.strftime(f"%Y-%m-%d %H:%M{seconds} %Z")


def span(length: timedelta) -> str:
    """Return a length of time in its two largest units, cut and not rounded.

    Example:
        >>> span(timedelta(days=1, hours=2, minutes=59)), span(timedelta(milliseconds=4))
        ('1 day 2 hours', 'less than a second')
    """
    left = int(length.total_seconds())
    parts = []
    for name, seconds in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, left = divmod(left, seconds)
        parts.append((count, name))
    told = next((parts[at : at + 2] for at, (count, _) in enumerate(parts) if count), [])
    return " ".join(f"{count} {name}{'s' * (count != 1)}" for count, name in told if count) or "less than a second"
