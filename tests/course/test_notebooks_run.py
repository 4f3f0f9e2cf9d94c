"""Every notebook runs to its end: the instructor's without complaint, the student's whatever is unwritten or wrong."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

MINUTES = 5


#: What can be wrong with a solution cell, from its source to another.
FAULTS: dict[str, Callable[[str], str]] = {
    "does not parse": lambda source: source.replace(":\n", "\n", 1),
    "raises above its def": lambda source: f"nobody\n{source}",
    "raises below its def": lambda source: f"{source}\n1 / 0",
    "imports what is not there": lambda source: f"import no_such_library\n{source}",
    "defines something else": lambda source: source.replace("def ", "def my_", 1),
    "returns nothing": lambda source: source.replace("raise NotImplementedError()", "return None"),
    "raises when it is called": lambda source: source.replace("raise NotImplementedError()", "return nobody"),
    "is empty": lambda source: "",
    "is not written": lambda source: source,
}


def run(notebook: Path, folder: Path, change: Callable[[Any], None] = lambda notebook: None) -> list[Any]:
    """Return the code cells after a run in a fresh kernel, in an empty folder, that stops where Run All does."""
    opened = nbformat.read(notebook, as_version=4)
    change(opened)
    client = NotebookClient(
        opened, timeout=60 * MINUTES, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    return [cell for cell in opened.cells if cell.cell_type == "code"]


def with_faults(opened: Any) -> None:
    """One fault after the other, in every solution cell one."""
    solutions = [cell for cell in opened.cells if role(cell) == "solution"]
    for cell, fault in zip(solutions, cycle(FAULTS.values()), strict=False):
        cell.source = fault(cell.source)


def of_kind(cell: Any, kind: str) -> list[Any]:
    return [output for output in cell.outputs if output.output_type == kind]


def role(cell: Any) -> str:
    return str(cell.metadata.get("machine_room", {}).get("role", ""))


def on_stderr(cell: Any) -> str:
    return "".join(output.text for output in of_kind(cell, "stream") if output.name == "stderr")


def shown(cell: Any) -> str:
    """The text of everything that a cell shows."""
    return "\n".join(str(output.get("data", {}).get("text/plain", output.get("text", ""))) for output in cell.outputs)


def shows(cell: Any) -> bool:
    """Whether a page without a kernel has something to show: a picture, or a question with its answer folded away."""
    data = cell.outputs[-1].data
    return "<details>" in data["text/html"] if "explore.predict(" in cell.source else "image/png" in data


def test_the_solved_notebook_runs_and_every_check_is_green(source: Path, tmp_path: Path) -> None:
    cells = run(source, tmp_path)
    assert [on_stderr(cell) for cell in cells if on_stderr(cell)] == []
    # A tagged cell does not stop the run, so nothing but its output tells.
    assert [cell.source for cell in cells if of_kind(cell, "error") or not cell.execution_count] == []
    checks = [cell for cell in cells if role(cell) == "check"]
    assert checks
    for cell in checks:
        full = repr(float(cell.metadata.nbgrader["points"]))  # what a scored exercise ends in
        name = cell.metadata.machine_room["exercise"]
        assert "correct" in shown(cell) or shown(cell).splitlines()[-1] == full, f"{name} is not green: {shown(cell)}"
    for cell in cells:
        if role(cell) == "explore":
            assert shows(cell), f"nothing to see under {cell.source}"
            assert "application/vnd.jupyter.widget-view+json" in cell.outputs[-1].data


def test_the_untouched_notebook_runs_to_its_end_and_says_what_is_still_to_be_written(
    release: Path, tmp_path: Path
) -> None:
    cells = run(release, tmp_path)
    assert [on_stderr(cell) for cell in cells if on_stderr(cell)] == []
    assert [cell.source for cell in cells if of_kind(cell, "error") or not cell.execution_count] == []
    for cell in cells:
        if role(cell) == "check":
            assert "not written yet" in shown(cell)
        if role(cell) == "explore":
            assert shows(cell), f"nothing to see under {cell.source}"


def test_the_notebook_runs_to_its_end_whatever_is_wrong(release: Path, tmp_path: Path) -> None:
    cells = run(release, tmp_path, with_faults)
    assert [cell.source for cell in cells if not cell.execution_count and cell.source] == []
    assert [cell for cell in cells if of_kind(cell, "error")], "nothing is wrong: this test tries nothing"
    unfit = [cell for cell in cells if role(cell) == "check" and "correct," in shown(cell)]
    assert unfit == []


def test_only_what_runs_our_code_alone_stops_the_run(release: Path) -> None:
    opened = nbformat.read(release, as_version=4)
    code = [cell for cell in opened.cells if cell.cell_type == "code"]
    assert "machine_room" in code[0].source, "the first cell imports the library"
    for cell in code:
        assert ("raises-exception" in cell.metadata.get("tags", [])) is (role(cell) != "given")
    given = "\n".join(cell.source for cell in code if role(cell) == "given")
    assert [cell.metadata.machine_room["exercise"] for cell in code
            if role(cell) == "solution" and f"{cell.metadata.machine_room['exercise']}(" in given] == []  # fmt: skip


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
