"""What the tests do in the site's notebooks, as a student would: right answers, known mistakes, moves of a slider."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograde.course.notebook import solutions_of
from autograde.trial.synthetic import source_as
from machine_room.checks.show import EMPHASIS
from machine_room.exercises import of_assignment
from tools.lab_page import Picture

__all__ = ["ASSIGNMENTS", "ROOT", "Wrong", "green", "known_mistakes", "moves", "path_of", "right_answers"]

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "release").glob("0[1-9]*/*.ipynb"))


@dataclass(frozen=True)
class Wrong:
    """A known mistake: its code, and what the check says of it."""

    code: str
    hint: str


def right_answers(assignment: str) -> dict[str, str]:
    """Return the master's answers, by exercise."""
    [path] = (ROOT / "source" / assignment).glob("*.ipynb")
    master: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", code) for name, code in solutions_of(master).items()}


def known_mistakes(assignment: str) -> dict[str, Wrong]:
    """Return the first mistake in the bank of each exercise of an assignment, by exercise."""
    return {
        one.name: Wrong(source_as(one.name, one.mistakes[0].function), _shown(one.mistakes[0].hint))
        for one in of_assignment(assignment)
    }


def _shown(hint: str) -> str:
    """Return a hint's text as a page shows it: its marks are code and emphasis there."""
    parts = hint.split("`")  # what stands between two is code
    return "".join(part if place % 2 else EMPHASIS.sub(r"\1", part) for place, part in enumerate(parts))


def green(exercise: str) -> str:
    """Return what a check says of a right answer, in part."""
    return "100 % of the points" if exercise == "train_and_read" else f"{exercise}: correct, "


def path_of(assignment: str) -> str:
    """Return folder and name of an assignment's notebook, as on the site."""
    [path] = (ROOT / "release" / assignment).glob("*.ipynb")
    return f"{assignment}/{path.name}"


def moves(picture: Picture) -> None:
    """Move the picture's first slider, where it has one, and see it follow."""
    for handle in picture.handles()[:1]:
        before = picture.pixels()
        at_its_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
        picture.push(handle, "ArrowLeft" if at_its_end else "ArrowRight")
        picture.wait_for_change(before)
