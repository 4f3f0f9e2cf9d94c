"""The start notebook: course/00-start.md -> release/00-start/start.ipynb. No assignment: nothing in it is graded.

It has no master in source/, so neither grading nor the gradebook knows of it. In release/ it has a folder of its own,
as assignments have, because that is what nbgrader's exchange can hand out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .notebook import Role, cell_json, notebook_json, to_text
from .text import CourseText, CourseTextError, read_course_text

__all__ = ["NAME", "PLACE", "TEXT", "start_notebook"]

NAME = "00-start"  # before 01 wherever files are listed
TEXT = Path("course") / f"{NAME}.md"
PLACE = Path("release") / NAME / "start.ipynb"


def start_notebook(root: Path) -> str | None:
    """Return the start notebook's file; None where the course has no text for one.

    Raises:
        CourseTextError: the text cannot be used; each problem with file and line.
    """
    path = root / TEXT
    if not path.is_file():
        return None
    text = read_course_text(path, exercises=())
    problems = [f"{path}:{problem}" for problem in _problems(text)]
    if problems:
        raise CourseTextError(problems)
    return to_text(notebook_json(cell_json(cell, metadata=text.metadata[cell.id]) for cell in text.cells))


def _problems(text: CourseText) -> Iterator[str]:
    for cell in text.fresh:
        wanted = ", ".join(f"{option}: {value}" for option, value in cell.ids.items())
        yield f"{cell.line}: a cell without an id. Write one, for example {wanted}."
    for one in text.cells:
        if one.role is not Role.PROSE:
            yield f"{text.lines[one.id]}: a {one.role.value} cell, but the start notebook is prose and plain cells."
