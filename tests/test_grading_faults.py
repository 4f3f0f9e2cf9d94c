"""docs/grading-faults.md: beside every fault that use has found stands a test, which is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "grading-faults.md").read_text(encoding="utf-8")
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")][1:]


def named_in(cell: str) -> list[tuple[str, str]]:
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cell)


@pytest.mark.parametrize(("fault", "tests"), ROWS, ids=[row[0].strip()[:60] for row in ROWS])
def test_a_fault_has_a_test_that_is_there(fault: str, tests: str) -> None:
    named = named_in(tests)
    assert named
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"


def test_the_page_has_its_faults() -> None:
    assert len(ROWS) >= 19
