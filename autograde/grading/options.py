"""How to grade: what a run is asked for, by whichever way it is asked."""

from __future__ import annotations

import os
from collections.abc import Sized
from dataclasses import dataclass

from ..inside.limits import Limits
from ..sandbox.process import Isolation

__all__ = ["GradeOptions"]


@dataclass(frozen=True)
class GradeOptions:
    """How to grade; the defaults are what `autograde grade` uses."""

    students: tuple[str, ...] = ()  # empty: everyone who handed in
    workers: int = 0  # 0: one per core
    regrade: bool = False  # grade again what another engine graded, and what stands because its feedback is out
    force: bool = False  # grade again even what has not changed
    isolation: Isolation = Isolation.FULL
    limits: Limits | None = None  # None: the course's
    already: frozenset[tuple[str, str]] = frozenset()  # students' notebooks to leave out: (student, notebook)
    db: str = ""  # the gradebook's URL; empty: the course's

    def workers_for(self, jobs: Sized) -> int:
        return min(self.workers or os.cpu_count() or 1, len(jobs))
