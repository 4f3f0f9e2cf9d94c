"""What a student's code and file may use: one table, read by everyone who enforces a row of it or explains it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

__all__ = ["BUDGETS", "Budgets", "Limits", "Row", "table"]

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Row:
    """One line of the table of limits."""

    name: str
    unit: str
    default: float
    enforced_by: str
    seen: str  # what the student's code sees when it hits the limit
    outcome: str  # the verdict's Outcome that follows; for a budget, what becomes of the rest

    @property
    def shown(self) -> str:
        """The default for people: bytes in MiB, everything else as it is counted."""
        in_bytes = self.unit.startswith("bytes")
        return f"{int(self.default) >> 20} MiB" if in_bytes else f"{self.default:,.10g}"


def _limit(default: float, unit: str, enforced_by: str, seen: str, outcome: str) -> Any:
    row = {"unit": unit, "enforced_by": enforced_by, "seen": seen, "outcome": outcome}
    return field(default=default, metadata=row)


@dataclass(frozen=True)
class Limits:
    """The limits of one fork: the student's process from its first cell to its last answer, or to a breach.

    After a breach a fresh fork begins with fresh limits: they bound what one exercise costs. `submission_seconds` alone
    bounds the whole notebook. Seconds are fair ones: those in which the process stood in a queue for a processor do not
    count, see `waiting`.
    A student's code is one process: a second one is refused (PermissionError), whatever the table says.
    """

    cpu_seconds: int = _limit(60, "CPU seconds, all threads together", "RLIMIT_CPU", "killed", "time limit")
    wall_seconds: float = _limit(
        600.0, "seconds from its start, whoever waits for it", "the zygote's clock", "killed", "time limit"
    )
    request_seconds: float = _limit(
        20.0, "seconds for one cell or one call; three times that for one check", "the session's clock", "killed",
        "time limit",
    )  # fmt: skip
    submission_seconds: float = _limit(
        300.0, "seconds for all cells and calls, replays and second attempts included", "the session's clock",
        "killed; the rest does not run", "time limit",
    )  # fmt: skip
    memory_bytes: int = _limit(
        1024 * MEBIBYTE, "bytes on top of the imported libraries", "RLIMIT_AS", "MemoryError", "memory limit"
    )
    threads: int = _limit(
        64, "threads, the first one counted", "RLIMIT_NPROC", "RuntimeError: can't start new thread", "error"
    )
    open_files: int = _limit(128, "descriptors", "RLIMIT_NOFILE", "OSError: Too many open files", "error")
    file_bytes: int = _limit(32 * MEBIBYTE, "bytes of one file", "RLIMIT_FSIZE", "OSError: File too large", "error")
    scratch_bytes: int = _limit(
        64 * MEBIBYTE, "bytes of all files together", "the tmpfs's size", "OSError: No space left on device", "error"
    )
    output_bytes: int = _limit(
        MEBIBYTE, "bytes printed or displayed by one cell", "kernel and session", "killed, or cut off", "output limit"
    )

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < math.inf:
                raise ValueError(
                    f"Limits.{name} must be more than 0, got {value!r}. There is no value for 'unlimited'."
                )

    @classmethod
    def named(cls, values: Mapping[str, float]) -> Limits:
        """The limits with some of them set otherwise.

        Raises:
            ValueError: a name is none of a limit, or a value none of that limit.
        """
        known = [row.name for row in fields(cls)]
        if unknown := sorted(set(values) - set(known)):
            raise ValueError(f"{', '.join(unknown)}: no such limit. Known: {', '.join(known)}.")
        for row in fields(cls):
            if type(row.default) is int and type(values.get(row.name, 0)) is not int:
                raise ValueError(f"Limits.{row.name} must be a whole number, got {values[row.name]!r}.")
        return cls(**{name: type(getattr(cls, name))(value) for name, value in values.items()})

    def to_json(self) -> str:
        """The limits as one line of JSON; equal limits give equal text."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Limits:
        """What `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Budgets:
    """What one file handed in may cost our own processes, which read it and show it.

    They bound bytes, values, pixels and steps, not seconds, so that a busy machine shows a page as an idle one does.
    """

    submission_bytes: int = _limit(32 * MEBIBYTE, "bytes of the file", "intake", "nothing runs", "missing")
    submission_values: int = _limit(
        1_000_000, "lists, names and values in the file", "intake, before it is parsed", "nothing runs", "missing"
    )
    submission_cells: int = _limit(2_000, "cells", "intake", "later cells do not run", "missing, and a note")
    cell_characters: int = _limit(500_000, "characters of one cell", "intake", "the cell is empty", "missing")
    cells_characters: int = _limit(
        2_000_000, "characters of all cells", "intake", "later cells are empty", "missing, and a note"
    )
    picture_pixels: int = _limit(
        4_000_000, "pixels of one picture, by its header", "gradebook, before decoding", "nothing", "a sentence instead"
    )
    pictures_pixels: int = _limit(
        20_000_000, "pixels of all pictures", "gradebook, before decoding", "nothing", "a sentence instead"
    )
    text_characters: int = _limit(10_000, "characters of one text cell", "gradebook", "nothing", "shown as typed")
    text_steps: int = _limit(
        40_000_000, "characters times marks, all text cells", "gradebook", "nothing", "shown as typed"
    )
    formula_characters: int = _limit(600, "characters of one formula", "feedback", "nothing", "shown as TeX")
    formulas: int = _limit(400, "formulas of one page", "feedback", "nothing", "shown as TeX")
    coloured_characters: int = _limit(20_000, "characters of one code cell", "feedback", "nothing", "without colours")
    coloured_page: int = _limit(200_000, "characters of code, one page", "feedback", "nothing", "without colours")


BUDGETS = Budgets()


def table() -> list[Row]:
    """Every limit and budget with its unit, default, who enforces it, what the student's code sees, and the outcome.

    Example:
        >>> [row.name for row in table()][:2]
        ['cpu_seconds', 'wall_seconds']
    """
    return [
        Row(name=row.name, default=getattr(kind, row.name), **row.metadata)
        for kind in (Limits, Budgets)
        for row in fields(kind)
    ]
