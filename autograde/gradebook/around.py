"""What all pages of a notebook have in common: the course's own texts, and how much of the class had what right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..contract.failures import CourseError
from ..course.folder import Course
from ..course.notebook import Notebook, read_master
from .course_text import course_texts
from .shares import told_share

__all__ = ["Around", "Scores", "around"]


@dataclass
class Scores:
    """What the gradebook says about one student's notebook."""

    scores: dict[str, tuple[float, float]] = field(default_factory=dict)  # cell -> points and how many there were
    ungraded: set[str] = field(default_factory=set)  # of these cells those that nobody has graded yet
    comments: dict[str, str | None] = field(default_factory=dict)
    late_penalty: float = 0.0


@dataclass(frozen=True)
class Around:
    """What a notebook's pages have in common."""

    ours: frozenset[str] = frozenset()  # the course's own texts, which are not repeated
    shares: Mapping[str, str] = field(default_factory=dict)  # by cell, the sentence on how much of the class has it


def around(
    root: Path, assignment: str, known: Mapping[tuple[str, str], Scores], *, share_right: bool
) -> dict[str, Around]:
    """Return it by notebook.

    Args:
        root: the course folder. Without its masters, as where feedback is written elsewhere, pages have all texts.
        assignment: its name.
        known: what the gradebook says of everyone, by student and notebook.
        share_right: whether pages may tell how much of the class had a check right.
    """
    course = Course(root)
    shares = _shares(known) if share_right else {}
    names = {notebook for _, notebook in known}
    return {name: Around(course_texts(_masters(course, assignment, name)), shares.get(name, {})) for name in names}


def _masters(course: Course, assignment: str, name: str) -> Iterator[Notebook]:
    present = course.root / "source" / assignment / f"{name}.ipynb"
    for path in (present, *course.former(assignment, name).values()):
        try:
            yield read_master(path)
        except (CourseError, OSError):
            continue


def _shares(known: Mapping[tuple[str, str], Scores]) -> dict[str, dict[str, str]]:
    points: dict[str, dict[str, list[tuple[float, float]]]] = defaultdict(lambda: defaultdict(list))
    for (_, notebook), one in known.items():
        for cell, score in one.scores.items():
            if cell not in one.ungraded:
                points[notebook][cell].append(score)
    return {notebook: {cell: told_share(found) for cell, found in cells.items()} for notebook, cells in points.items()}
