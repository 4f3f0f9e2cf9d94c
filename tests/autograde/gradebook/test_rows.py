"""What a verdict costs the gradebook does not grow with it: every statement finds its rows by an index."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.notebook import Notebook, Role
from autograde.gradebook.writer import GradebookWriter

GROWS = ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")  # with the class


def full_marks(master: Notebook, student: str) -> Verdict:
    checks = [cell for cell in master.cells if cell.role is Role.CHECK]
    cells = (CellVerdict(one.id, one.exercise, one.points, one.points, Outcome.CORRECT) for one in checks)
    return Verdict(student, master.assignment, master.name, tuple(cells), key=f"key of {student}")


@pytest.fixture
def writer(tmp_path: Path, small_course: Path, master: Notebook) -> Iterator[GradebookWriter]:
    shutil.copytree(small_course / "source", tmp_path / "source")
    with GradebookWriter(tmp_path) as writer:
        writer.ensure(master)
        yield writer


@contextmanager
def statements(engine: Any) -> Iterator[list[tuple[str, Any]]]:
    """Every statement with the values of one of its executions."""
    seen: list[tuple[str, Any]] = []

    def keep(_connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, executemany: bool) -> None:
        seen.append((statement, values[0] if executemany else values))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", keep)


def plan(engine: Any, statement: str, values: Any) -> list[str]:
    """How SQLite goes about it, step by step."""
    with engine.connect() as connection:
        return [str(row[-1]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


def reads_whole(steps: list[str]) -> list[str]:
    return [step for step in steps if step.startswith("SCAN") and step.split()[1] in GROWS]


def test_no_statement_of_a_verdict_reads_a_whole_table(writer: GradebookWriter, master: Notebook) -> None:
    engine = writer._gradebook.engine
    with statements(engine) as seen:
        for student in ("ada", "ada", "bo"):  # entered anew, and again
            writer.record(full_marks(master, student), master)
            assert writer.recorded(full_marks(master, student), master)
            assert writer.knows(full_marks(master, student))
    assert len({statement for statement, _ in seen}) > 10
    steps = {statement: plan(engine, statement, values) for statement, values in seen}
    assert {statement: found for statement in steps if (found := reads_whole(steps[statement]))} == {}
    assert any("INDEX" in step for found in steps.values() for step in found)


def test_a_query_that_names_no_cells_would_be_noticed(writer: GradebookWriter) -> None:
    engine = writer._gradebook.engine
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert reads_whole(plan(engine, "SELECT * FROM grade WHERE notebook_id = ?", ("x",)))
