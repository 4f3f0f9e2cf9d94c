"""How Moodle and Canvas read a file of grades, written anew from their documentation and what their importers do.

Moodle: docs.moodle.org, "Grade import", and its grade/import/csv. Canvas: the instructor guide, "How do I import grades
in the Gradebook?", and its lib/gradebook_importer.rb. Only what decides whose grade is which.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Imported = dict[str, dict[str, float | None]]  # grades by account, then by column


class Refused(Exception):
    """The system imports nothing of the file."""


@dataclass(frozen=True)
class Account:
    """One user of the system."""

    name: str
    username: str
    email: str = ""
    number: str = ""  # Moodle's ID number, Canvas's SIS id


def moodle(text: str, map_from: str, field: str, accounts: Sequence[Account], *, most: float = 100.0) -> Imported:
    """All columns but the first three become grade items. One line that cannot be read ends the import."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    head = [heading.strip() for heading in rows[0]]
    found: Imported = {}
    for row in rows[1:]:
        if len(row) != len(head):
            raise Refused("a line has other columns than the first")
        value = row[head.index(map_from)]
        who = [one for one in accounts if getattr(one, field).casefold() == value.casefold() and value]
        if len(who) != 1:
            raise Refused(f"user mapping error: {value}")
        grades = found.setdefault(who[0].username, {})
        for heading, cell in list(zip(head, row, strict=True))[3:]:
            grades[heading] = None if cell.strip() in ("", "-") else float(cell)
            if (grades[heading] or 0.0) > most:
                raise Refused("grade value too big")
    return found


CANVAS_OWN = "Current Score|Current Points|Final Score|Final Points|Override Score|Current Grade|Final Grade"


def canvas(text: str, accounts: Sequence[Account]) -> tuple[Imported, dict[str, float]]:
    """Return grades, and what each assignment is worth. Who is not known by an identifier is looked for by name."""
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    head = rows[0]
    if not (len(head) > 3 and "Student" in head[0] and "ID" in head[1] and head[4] == "Section"):
        raise Refused("invalid header row")
    columns = {i: title for i, title in enumerate(head) if i > 4 and not re.search(CANVAS_OWN, title)}
    found: Imported = {}
    worth: dict[str, float] = {}
    for row in rows[1:]:
        if "Points Possible" in row[0]:
            worth = {title: float(row[i]) for i, title in columns.items()}
            continue
        if all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row if cell):
            continue
        who = _canvas_user(row, accounts)
        found[who] = {title: float(row[i]) if row[i].strip() else None for i, title in columns.items()}
    return found, worth


def _canvas_user(row: Sequence[str], accounts: Sequence[Account]) -> str:
    ways: Mapping[str, str] = {"number": row[2], "username": row[3], "email": row[3], "name": row[0]}
    for field, value in ways.items():
        for one in accounts:
            if value and getattr(one, field) == value:
                return one.username
    return f"new user: {row[0]}"
