"""What a benchmark hands in: a table with a title and notes, shown on the terminal and written to RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """Measured figures. The first column is text, the others are right-aligned.

    Example:
        >>> print(Table("Import", ("module", "ms"), [("numpy", "80")]).text())
        Import
        module  ms
        numpy   80
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = field(default=())

    def text(self) -> str:
        """Return the table for a terminal."""
        lines = [self.columns, *self.rows]
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.columns))]
        aligned = [
            "  ".join(cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(pairs))
            for pairs in (list(zip(line, widths, strict=True)) for line in lines)
        ]
        return "\n".join([self.title, *(line.rstrip() for line in aligned), *self.notes])

    def markdown(self) -> str:
        """Return the table for RESULTS.md."""
        ruler = ["---", *("---:" for _ in self.columns[1:])]
        lines = [f"| {' | '.join(line)} |" for line in (self.columns, ruler, *self.rows)]
        notes = [f"\n{note}" for note in self.notes]
        return "\n".join([f"## {self.title}\n", *lines, *notes]) + "\n"
