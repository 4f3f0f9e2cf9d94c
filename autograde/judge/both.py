"""A notebook with both kinds of tests: some beside the student's code, and checks of exercises apart from it.

It is run as each kind is, in processes of its own. The ordinary tests run with all cells but the checks. For the checks
the student's cells run once more, without any test, in a process that has never held one; what its functions answer is
judged here. So a student's code that patches an ordinary test patches nothing that a check asks.

*Called by* `pool`. *Trust*: as `judge` and `together`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..contract.verdict import Verdict
from ..course.notebook import Cell, Notebook, Role
from ..inside.limits import Limits
from ..sandbox.process import Sandbox
from .clock import Account
from .judge import grade_notebook
from .session import Session
from .together import WithFiles, grade_together

__all__ = ["grade_both"]


def grade_both(
    notebook: Notebook,
    *,
    student: str,
    sandbox: Sandbox,
    limits: Limits,
    seed: int,
    files: Mapping[str, bytes],
    account: Account | None = None,
) -> Verdict:
    """Judge each test of a rebuilt notebook in its way.

    Args:
        notebook: cells in order; tests from the master, the student's cells as they are.
        student: whose it is.
        sandbox: where all of it runs, with the students' view of the library.
        limits: deadlines and caps.
        seed: draws the checks' hidden inputs.
        files: what lies beside the notebook, by relative path.
        account: the seconds that this submission has left; None: all that the limits give it.

    Returns:
        A verdict with one `CellVerdict` for every graded cell, in the notebook's order.

    Raises:
        Exception: our own fault; the caller makes a grader error of it.
    """
    account = account or Account(limits.submission_seconds)

    def opened(sandbox: Sandbox, limits: Limits, account: Account) -> Session:
        return WithFiles(sandbox, limits, account, files)

    checks = {cell.id for cell in notebook.cells if _is_check(cell)}
    beside = replace(notebook, cells=tuple(cell for cell in notebook.cells if cell.id not in checks))
    apart = replace(notebook, cells=tuple(map(_only_run, filter(_goes_with_checks, notebook.cells))))
    ordinary = grade_together(beside, student=student, sandbox=sandbox, limits=limits, files=files, account=account)
    judged = grade_notebook(
        apart, student=student, sandbox=sandbox, limits=limits, seed=seed, account=account, opened=opened
    )
    by_id = {cell.cell_id: cell for cell in (*ordinary.cells, *judged.cells)}
    return replace(
        ordinary,
        cells=tuple(by_id[cell.id] for cell in notebook.cells if cell.graded),
        wall_seconds=ordinary.wall_seconds + judged.wall_seconds,
        cpu_seconds=ordinary.cpu_seconds + judged.cpu_seconds,
        student_cpu_seconds=ordinary.student_cpu_seconds + judged.student_cpu_seconds,
    )


def _is_check(cell: Cell) -> bool:
    return cell.role is Role.CHECK and cell.exercise is not None


def _goes_with_checks(cell: Cell) -> bool:
    """Whether a cell runs, or is judged, where checks are: all but the other tests and what has no code."""
    return _is_check(cell) or (cell.kind == "code" and cell.role is not Role.CHECK)


def _only_run(cell: Cell) -> Cell:
    """Code that a person grades is the student's like any other, where checks are."""
    return replace(cell, role=Role.EXTRA) if cell.role is Role.WRITTEN else cell
