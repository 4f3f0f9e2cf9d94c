"""Moments are read with their zone, kept in UTC, and shown in the reader's zone with its name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from autograde.contract.moments import parsed, shown, span, with_zone

ZURICH = ZoneInfo("Europe/Zurich")

MEANT = {
    # as nbgrader's exchange writes it
    "2026-11-20 11:59:59.123456 UTC": "2026-11-20T11:59:59.123456",
    "2026-11-20 11:59:59 UTC": "2026-11-20T11:59:59",
    # without a zone it is UTC
    "2026-11-20 23:59": "2026-11-20T23:59:00",
    "2026-11-20T23:59:00": "2026-11-20T23:59:00",
    # a zone by name, offset, letter, abbreviation
    "2026-11-20 12:30:00 Europe/Zurich": "2026-11-20T11:30:00",
    "2026-11-20 12:30:00 +0100": "2026-11-20T11:30:00",
    "2026-11-20 12:30:00 +01:00": "2026-11-20T11:30:00",
    "2026-11-20 12:30:00+01": "2026-11-20T11:30:00",
    "2026-11-20T12:30:00Z": "2026-11-20T12:30:00",
    "2026-11-20 12:30 UTC+2": "2026-11-20T10:30:00",
    "2026-07-01 23:59 CEST": "2026-07-01T21:59:00",
    "2026-11-20 23:59 CET": "2026-11-20T22:59:00",
    "2026-07-01 23:59 EDT": "2026-07-02T03:59:00",
    "2026-11-20 12:30 America/Argentina/Buenos_Aires": "2026-11-20T15:30:00",
    "2026-11-20 12:30 Asia/Kathmandu": "2026-11-20T06:45:00",
    "2026-11-20 00:30 Pacific/Kiritimati": "2026-11-19T10:30:00",
    # clocks go back on 2026-10-25: 02:30 is shown twice
    "2026-10-25 02:30 Europe/Zurich": "2026-10-25T00:30:00",
    "2026-10-25 02:30 CEST": "2026-10-25T00:30:00",
    "2026-10-25 02:30 CET": "2026-10-25T01:30:00",
    "2026-10-25 03:00 Europe/Zurich": "2026-10-25T02:00:00",
    # and forward on 2026-03-29: 02:30 is never shown
    "2026-03-29 01:59:59 Europe/Zurich": "2026-03-29T00:59:59",
    "2026-03-29 02:30 Europe/Zurich": "2026-03-29T01:30:00",
    "2026-03-29 03:00 Europe/Zurich": "2026-03-29T01:00:00",
    # the nanoseconds of other clocks are cut
    "2026-11-20 11:59:59.999999999 UTC": "2026-11-20T11:59:59.999999",
    "2026-11-20 11:59:59.5 UTC": "2026-11-20T11:59:59.500000",
    # a course's own order
    "20.11.2026 12:30 CET": "2026-11-20T11:30:00",
    "Fri, 20 Nov 2026 12:30:00 +0100": "2026-11-20T11:30:00",
    "Nov 20 2026 3:04 PM": "2026-11-20T15:04:00",
    "Nov 20 2026 3:04 PM EST": "2026-11-20T20:04:00",
    " 2026-11-20 11:59:59 UTC\n": "2026-11-20T11:59:59",
}


@pytest.mark.parametrize(("text", "expected"), MEANT.items())
def test_a_moment_is_read_with_its_zone_and_kept_in_utc(text: str, expected: str) -> None:
    found = parsed(text)
    assert found is not None
    assert found.tzinfo is UTC
    assert found.replace(tzinfo=None).isoformat() == expected


GARBAGE = [
    "",
    " ",
    "yesterday",
    "12",
    "12:30",
    "2026",
    "2026-11-20",
    "2026-02-30 10:00 UTC",
    "2026-11-20 25:00 UTC",
    "2026-11-20 23:59:60 UTC",
    "2026-11-20 12:30 XYZT",
    "2026-11-20 12:30 Europe",
    "2026-11-20 12:30 Europe/Nowhere",
    "2026-11-20 12:30 /etc/passwd",
    "2026-11-20 12:30 ../../etc/passwd",
    "2026-11-20 12:30 +99",
    "0001-01-01 00:00 +14:00",
    "9999-12-31 23:59 -12:00",
    "99999-01-01 00:00 UTC",
    "nan",
    "1e999",
    "2026-11-20 12:30 UTC\x00",
    "2026-11-20\u202e 12:30 UTC",
    "2026-11-20 12:30 UTC" + " " * 90 + "x",
    "9" * 100_000,
    "²026-11-20 12:30",
]


@pytest.mark.parametrize("text", GARBAGE)
def test_what_is_no_whole_moment_is_none(text: str) -> None:
    assert parsed(text) is None
    assert with_zone(text) is None


def test_an_abbreviation_is_the_courses_where_clocks_elsewhere_have_it_too() -> None:
    text = "2026-11-20 12:30 CST"
    assert parsed(text) == datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
    assert parsed(text, ZoneInfo("Asia/Shanghai")) == datetime(2026, 11, 20, 4, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "is_said"),
    [
        ("2026-12-01 23:59", False),
        ("2026-12-01T23:59", False),
        ("1.12.2026 23:59", False),
        ("2026-12-01 23:59 UTC", True),
        ("2026-12-01T23:59Z", True),
        ("2026-12-01T23:59+00:00", True),
        ("1.12.2026 23:59 Europe/Zurich", True),
    ],
)
def test_whether_the_zone_was_said_is_known(text: str, is_said: bool) -> None:
    assert parsed(text) is not None
    assert (with_zone(text) is not None) == is_said


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 12, 1, 22, 59, tzinfo=UTC), "2026-12-01 23:59 CET"),
        (datetime(2026, 7, 1, 21, 59, tzinfo=UTC), "2026-07-01 23:59 CEST"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30 CEST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30 CET"),
        (datetime(2026, 12, 1, 22, 59, 30, tzinfo=UTC), "2026-12-01 23:59:30 CET"),
        (datetime(2026, 12, 1, 22, 59, 0, 5, tzinfo=UTC), "2026-12-01 23:59:00 CET"),
    ],
)
def test_a_moment_is_shown_in_the_readers_zone_with_its_name(moment: datetime, text: str) -> None:
    assert shown(moment, ZURICH) == text


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(microseconds=1), "less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59.9), "59 seconds"),
        (timedelta(minutes=1, seconds=1), "1 minute 1 second"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 hours 59 minutes"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=400, hours=2, minutes=3), "400 days 2 hours"),
        (timedelta(days=1, seconds=5), "1 day"),
    ],
)
def test_a_length_of_time_is_told_in_its_two_largest_units(length: timedelta, text: str) -> None:
    assert span(length) == text
