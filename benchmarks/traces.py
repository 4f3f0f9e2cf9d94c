"""All that a run leaves for people: the gradebook's rows, and the files in autograded/ and feedback/; and what differs.

Nothing is left out and no time is normalised: only ids, which are drawn, are replaced by what they stand for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograde.gradebook.database import gradebook_of

__all__ = ["differences", "everything_in"]


def everything_in(root: Path) -> dict[str, object]:
    """All that a run leaves for people: the gradebook's rows by table, and the files by name."""
    found: dict[str, object] = dict(_tables(root))
    for part in ("autograded", "feedback"):
        for path in sorted((root / part).rglob("*")):
            if path.is_file():
                found[str(path.relative_to(root))] = (path.read_bytes(), path.stat().st_mode)
    return found


def _tables(root: Path) -> Iterator[tuple[str, object]]:
    """The tables with every drawn id replaced by what it stands for, and sorted."""
    with gradebook_of(root):
        pass
    with sqlite3.connect(root / "gradebook.db") as book:
        names = [row[0] for row in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {name: _rows(book, name) for name in names}
    book.close()
    known = _names_of_ids(tables)
    for name, rows in tables.items():
        shown = [tuple((key, known.get(value, value)) for key, value in row.items()) for row in rows]
        yield f"gradebook: {name}", sorted(shown, key=repr)


def _rows(book: sqlite3.Connection, table: str) -> list[dict[str, Any]]:
    cursor = book.execute(f'SELECT * FROM "{table}"')
    return [dict(zip([one[0] for one in cursor.description], row, strict=True)) for row in cursor]


def _names_of_ids(tables: dict[str, list[dict[str, Any]]]) -> dict[Any, str]:
    """What stands for an id: the row's own words, and of the rows that it belongs to theirs. Four passes do."""
    known: dict[Any, str] = {}
    for _ in range(4):
        for name, rows in tables.items():
            for row in rows:
                words = [str(known.get(value, value)) for key, value in row.items() if key != "id"]
                if "id" in row and len(str(row["id"])) == 32:
                    known[row["id"]] = f"{name}({', '.join(words)})"
    return known


def differences(one: Path, other: Path) -> list[str]:
    """What is not the same in two course folders; nothing where all is."""
    ours, theirs = everything_in(one), everything_in(other)
    return [name for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
