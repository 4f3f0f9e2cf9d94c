"""docs/formulas.md names only what exists, and every exercise of the notebooks."""

import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "formulas.md").read_text()
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| ")]
ROWS = [row for row in ROWS if row[0] != "what"]
FUNCTIONS = sorted({name for row in ROWS for name in re.findall(r"`([\w.]+)`", row[2])})


def exercises_of(assignment: str) -> set[str]:
    texts = [path.read_text() for path in (ROOT / "course" / assignment).glob("*.md")]
    return {name for text in texts for name in re.findall(r"^:exercise: (\w+)$", text, re.MULTILINE)}


def test_every_row_has_five_cells_and_a_function() -> None:
    assert len(ROWS) > 50
    assert [row for row in ROWS if len(row) != 5 or "." not in row[2]] == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_named_on_the_page_exists(name: str) -> None:
    module, attribute = name.rsplit(".", 1)
    assert hasattr(import_module(f"machine_room.{module}"), attribute)


def test_every_notebook_cell_named_on_the_page_exists() -> None:
    for row in ROWS:
        if row[3] or row[4]:
            ((assignment, cell),) = re.findall(r"^([\w-]+): `(\w+)`$", row[4])
            assert row[3] == f"`{cell}`"
            assert cell in exercises_of(assignment), row


def test_every_exercise_of_the_notebooks_is_on_the_page() -> None:
    on_the_page = {row[3].strip("`") for row in ROWS}
    for folder in (ROOT / "course").iterdir():
        assert exercises_of(folder.name) <= on_the_page, folder.name
