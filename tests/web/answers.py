"""What the tests write into the site's notebooks, as a student would: right answers, and known mistakes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.course.notebook import solutions_of
from autograde.trial.synthetic import source_as
from machine_room.exercises import of_assignment

__all__ = ["Wrong", "known_mistake", "right_answers"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Wrong:
    """A known mistake: whose, its code, and what the check says of it."""

    exercise: str
    code: str
    hint: str


def right_answers(assignment: str) -> dict[str, str]:
    """Return the master's answers, by exercise."""
    [path] = (ROOT / "source" / assignment).glob("*.ipynb")
    master: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", code) for name, code in solutions_of(master).items()}


def known_mistake(assignment: str) -> Wrong:
    """Return the first mistake of an assignment's first exercise that has one."""
    exercise = next(one for one in of_assignment(assignment) if one.mistakes)
    mistake = exercise.mistakes[0]
    return Wrong(exercise.name, source_as(exercise.name, mistake.function), mistake.hint)
