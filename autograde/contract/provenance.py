"""Where one grade comes from: what the journal, the gradebook and the folder say of it, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .verdict import Engine, Verdict

__all__ = ["CellRecord", "Provenance", "Record"]


@dataclass(frozen=True)
class CellRecord:
    """One graded cell in the gradebook. The automatic score is the verdict's; all else is a person's."""

    cell_id: str
    auto: float | None
    manual: float | None
    extra_credit: float | None
    waits: bool
    comment: str = ""  # a person's


@dataclass(frozen=True)
class Record:
    """One student's notebook in the gradebook. Times in UTC."""

    cells: tuple[CellRecord, ...]
    total: float  # as it counts, before the penalty
    max_points: float
    penalty: float = 0.0
    handed_in: datetime | None = None
    due: datetime | None = None  # the extension counted in
    extended: bool = False


@dataclass(frozen=True)
class Provenance:
    """The verdict that stands on one student's notebook, beside what is there now."""

    verdict: Verdict
    file_now: str  # digest of the hand-in that is in submitted/ now
    file_name: str  # where it lies, below the course folder
    unreadable: str | None  # why it could not be read now
    same_file: bool
    same_tests: bool | None  # and seed, limits, isolation, libraries; None: without a seed nobody can tell
    engine_now: Engine
    has_seed: bool
    feedback_is_out: bool
    record: Record | None = None  # None: the gradebook has nothing of it
