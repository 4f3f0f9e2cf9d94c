"""Stand-ins for the sandbox and the judge, where a test is about what happens around them: use `in_this_process`."""

from __future__ import annotations

from typing import Any

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.notebook import Notebook, Role


class Box:
    """A sandbox in which nothing runs."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def close(self) -> None:
        pass


def full_marks(notebook: Notebook, *, student: str, **_: Any) -> Verdict:
    """Give every check all its points."""
    cells = (
        CellVerdict(cell.id, cell.exercise, cell.points, cell.points, Outcome.CORRECT)
        for cell in notebook.cells
        if cell.role is Role.CHECK
    )
    return Verdict(student, notebook.assignment, notebook.name, tuple(cells), notes=notebook.notes)
