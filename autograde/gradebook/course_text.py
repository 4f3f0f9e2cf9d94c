"""What of a graded notebook is the course's own, word for word: a page of feedback does not repeat it.

Left are headings, and the question above an answer that lost points or that a person grades. Students have the rest in
their notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..course.notebook import Cell, Notebook, Role, exercise_of, role_of, source_of

__all__ = ["course_texts", "without_course_text"]

JSON = Mapping[str, Any]
OURS = (Role.PROSE, Role.GIVEN, Role.EXPLORE, Role.EXTRA)  # of an older edition it is the student's extra cell
ANSWERS = (Role.SOLUTION, Role.WRITTEN)
HEADING = re.compile(r"^#{1,6} .*$", re.MULTILINE)


def course_texts(masters: Iterable[Notebook]) -> frozenset[str]:
    """The texts of all cells of the present master and the older ones that are not to be answered."""
    cells: Iterable[Cell] = (cell for master in masters for cell in master.cells)
    return frozenset(cell.source for cell in cells if cell.role in OURS)


def without_course_text(cells: Sequence[JSON], ours: frozenset[str], lost: frozenset[str]) -> list[JSON]:
    """Return the cells to show.

    Args:
        cells: of a graded notebook.
        ours: the course's own texts.
        lost: the exercises whose checks lost points.
    """
    shown: list[JSON] = []
    for cell, below in zip(cells, [*cells[1:], None], strict=True):
        if role_of(cell) not in OURS or source_of(cell) not in ours or cell.get("outputs"):
            shown.append(cell)
        elif cell.get("cell_type") == "markdown":
            text = _last_section(source_of(cell)) if _asks(below, lost) else _headings(source_of(cell))
            shown += [{**cell, "source": text}] if text else []
    return shown


def _asks(below: JSON | None, lost: frozenset[str]) -> bool:
    """Whether what stands above a cell is the question that somebody wants to read again."""
    if below is None or role_of(below) not in ANSWERS:
        return role_of(below) is Role.TASK if below is not None else False
    exercise = exercise_of(below)
    return exercise is None or exercise in lost


def _headings(text: str) -> str:
    """The headings of a text."""
    return "\n\n".join(found[0] for found in _found_headings(text))


def _last_section(text: str) -> str:
    """The question itself: what stands before the last heading still belongs to the exercise before."""
    *_, start = [0, *(found.start() for found in _found_headings(text))]
    return text[start:]


def _found_headings(text: str) -> Iterator[re.Match[str]]:
    """Headings, and none of the comments of code in the text."""
    return (found for found in HEADING.finditer(text) if text.count("```", 0, found.start()) % 2 == 0)
