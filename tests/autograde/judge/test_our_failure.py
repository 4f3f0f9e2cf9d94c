"""What fails in our own house while a check calls the student's function is a grader error, never a zero."""

from __future__ import annotations

from typing import Any

import pytest

from autograde.contract.verdict import CellVerdict, Outcome
from autograde.course.notebook import Cell, Notebook, Role
from autograde.judge.judge import grade_notebook
from autograde.sandbox.process import Exit, ExitReason

QUITS = "import os\ndef relative_error(a, b): os._exit(0)"
HONEST = "import numpy as np\ndef gradient_descent_step(theta, gradient, *, learning_rate):\n" + (
    "    return theta - learning_rate * gradient"
)


def grade(sandbox: Any, limits: Any) -> tuple[CellVerdict, ...]:
    cells = []
    for name, source in (("relative_error", QUITS), ("gradient_descent_step", HONEST)):
        check = f"check({name})\ncheck({name}, hidden=True)"
        cells += [
            Cell(name, Role.SOLUTION, "code", source, name),
            Cell(f"{name}-check", Role.CHECK, "code", check, name, 1.0),
        ]
    notebook = Notebook("01-backprop", "backprop", tuple(cells))
    return grade_notebook(notebook, student="ada", sandbox=sandbox, limits=limits, seed=1).cells


def test_a_process_that_ends_itself_is_the_students_doing(sandbox: Any, limits: Any) -> None:
    assert [(cell.points, cell.outcome) for cell in grade(sandbox, limits)] == [
        (0.0, Outcome.CRASHED),
        (1.0, Outcome.CORRECT),
    ]


def test_a_sandbox_lost_during_a_call_costs_no_points(
    sandbox: Any, limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = sandbox.fork

    def losing() -> Any:
        process = fork()
        wait = process.wait

        def lost(timeout: float) -> Exit:
            wait(timeout)
            return Exit(ExitReason.LOST, "The sandbox's zygote died.", 0.0, 0)

        process.wait = lost
        return process

    monkeypatch.setattr(sandbox, "fork", losing)
    lost, kept = grade(sandbox, limits)
    assert (lost.points, lost.outcome) == (None, Outcome.GRADER_ERROR)
    assert "zygote died" in lost.text
    assert (kept.points, kept.outcome) == (1.0, Outcome.CORRECT)


def test_what_our_side_of_a_call_raises_costs_no_points(
    sandbox: Any, limits: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(before: Any, after: Any) -> None:
        raise ValueError("a bug of ours")

    monkeypatch.setattr("autograde.judge.session.write_back", broken)
    monkeypatch.setattr(f"{__name__}.QUITS", "def relative_error(a, b):\n    a[:] = 0\n    return 0.0")
    lost, kept = grade(sandbox, limits)
    assert (lost.points, lost.outcome) == (None, Outcome.GRADER_ERROR)
    assert (kept.points, kept.outcome) == (1.0, Outcome.CORRECT)
