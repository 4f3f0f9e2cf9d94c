"""Verdicts that no judge came to: on what cannot be read, on our own failure, on what an edition did not ask for."""

from __future__ import annotations

from dataclasses import replace

from ..contract.verdict import CellVerdict, Engine, Outcome, Verdict
from ..course.editions import not_asked
from ..course.notebook import Cell, Notebook, Role
from .reception import Received

__all__ = ["our_fault", "signed", "unreadable", "with_edition"]


def signed(verdict: Verdict, received: Received, engine: Engine) -> Verdict:
    """The verdict with what it is about and what gave it."""
    return replace(verdict, key=received.key, file=received.file, engine=engine)


def unreadable(student: str, notebook: Notebook) -> Verdict:
    """The verdict on a file that is no notebook: nothing could run, everything is missing, the reason is told."""
    cells = tuple(_ended(cell, Outcome.MISSING, notebook.notes[0], 0.0) for cell in notebook.cells if cell.graded)
    return Verdict(student, notebook.assignment, notebook.name, cells, notes=notebook.notes)


def our_fault(student: str, notebook: Notebook, reason: str) -> Verdict:
    """The verdict when grading itself failed: no points are set and the run's summary says so."""
    cells = tuple(
        _ended(cell, Outcome.GRADER_ERROR, reason, None)
        if cell.role is Role.CHECK
        else CellVerdict(cell.id, cell.exercise, None, cell.points, Outcome.NOT_GRADED)
        for cell in notebook.cells
        if cell.graded
    )
    return Verdict(student, notebook.assignment, notebook.name, cells, notes=notebook.notes)


def _ended(cell: Cell, outcome: Outcome, reason: str, points: float | None) -> CellVerdict:
    return CellVerdict(cell.id, cell.exercise, points, cell.points, outcome, hint=reason, text=reason)


def with_edition(verdict: Verdict, notebook: Notebook, master: Notebook) -> Verdict:
    """The verdict with what an older edition did not ask for, which nobody can have done: a person decides.

    On what is optional there is nothing to decide.
    """
    told = [(cell, not_asked(cell, notebook.edition)) for cell in notebook.not_asked]
    more = (_ended(cell, Outcome.NOT_GRADED, sentence, 0.0 if cell.optional else None) for cell, sentence in told)
    older = notebook.edition if notebook.edition != master.edition else None
    refused = notebook.edition_refused
    return replace(verdict, cells=(*verdict.cells, *more), edition=older, edition_refused=refused)
