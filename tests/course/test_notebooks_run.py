"""Every notebook runs: the instructor's without complaint, the student's untouched one with friendly notes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

MINUTES = 5


def run(notebook: Path, folder: Path, *, allow_errors: bool) -> list[Any]:
    """Return the code cells after a run in a fresh kernel, in an empty folder."""
    opened = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        opened, timeout=60 * MINUTES, kernel_name="python3", allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
    )  # fmt: skip
    client.execute()
    return [cell for cell in opened.cells if cell.cell_type == "code"]


def of_kind(cell: Any, kind: str) -> list[Any]:
    return [output for output in cell.outputs if output.output_type == kind]


def role(cell: Any) -> str:
    return str(cell.metadata.get("machine_room", {}).get("role", ""))


def on_stderr(cell: Any) -> str:
    return "".join(output.text for output in of_kind(cell, "stream") if output.name == "stderr")


def shown(cell: Any) -> str:
    """The text of everything that a cell shows."""
    return "\n".join(str(output.get("data", {}).get("text/plain", output.get("text", ""))) for output in cell.outputs)


def test_the_solved_notebook_runs_and_every_check_is_green(source: Path, tmp_path: Path) -> None:
    cells = run(source, tmp_path, allow_errors=False)
    assert [on_stderr(cell) for cell in cells if on_stderr(cell)] == []
    checks = [cell for cell in cells if role(cell) == "check"]
    assert checks
    for cell in checks:
        full = repr(float(cell.metadata.nbgrader["points"]))  # what a scored exercise ends in
        name = cell.metadata.machine_room["exercise"]
        assert "correct" in shown(cell) or shown(cell).splitlines()[-1] == full, f"{name} is not green: {shown(cell)}"
    for cell in cells:
        if role(cell) == "explore":
            assert "image/png" in cell.outputs[-1].data, f"no picture under {cell.source}"
            assert "application/vnd.jupyter.widget-view+json" in cell.outputs[-1].data


def test_the_untouched_notebook_says_what_is_still_to_be_written(release: Path, tmp_path: Path) -> None:
    cells = run(release, tmp_path, allow_errors=True)
    assert [on_stderr(cell) for cell in cells if on_stderr(cell)] == []
    for cell in cells:
        errors = of_kind(cell, "error")
        if role(cell) == "check":
            assert [error.ename for error in errors] == ["CheckFailed"]
            assert "not written yet" in shown(cell)
        else:
            assert errors == [], f"{cell.source}\n{errors and errors[0].evalue}"
        if role(cell) == "explore":
            assert "image/png" in cell.outputs[-1].data, f"no picture under {cell.source}"


def test_a_student_sees_no_solution_and_no_hidden_test(release: Path) -> None:
    text = release.read_text()
    for word in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "hidden=True"):
        assert word not in text, f"{release.name} shows {word}"


@pytest.mark.parametrize("words", ["YOUR CODE HERE", "raise NotImplementedError"])
def test_every_solution_cell_says_where_to_write(release: Path, words: str) -> None:
    opened = nbformat.read(release, as_version=4)
    solutions = [cell for cell in opened.cells if role(cell) == "solution"]
    assert solutions
    for cell in solutions:
        assert words in cell.source
