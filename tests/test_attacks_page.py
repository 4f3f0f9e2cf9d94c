"""docs/attacks.md names a test for each attack: it is there, with the case that it is named for, and not left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "attacks.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what was tried")]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)(?:\[([^\]]+)\])?`")
NEVER_RUN = {"skip", "skipif", "xfail"}


def named_in(row: str) -> list[tuple[str, str, str]]:
    return [(found[1], found[2], found[3] or "") for found in TEST.finditer(row)]


NAMED = sorted({one for row in ROWS for one in named_in(row)})


def test_every_attack_has_three_columns_and_one_test() -> None:
    assert len(ROWS) > 40
    for row in ROWS:
        assert row.count(" | ") == 2, row
        assert len(named_in(row.rpartition(" | ")[2])) == 1, row


def test_no_attack_stands_there_twice() -> None:
    assert len({row.split(" | ")[0] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(("path", "name", "case"), NAMED)
def test_the_test_is_there_and_runs(path: str, name: str, case: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    (found,) = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name == name]
    marks = {
        node.attr
        for decorator in found.decorator_list
        for node in ast.walk(decorator)
        if isinstance(node, ast.Attribute)
    }
    assert not marks & NEVER_RUN
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not case or case in texts


def test_the_page_on_security_leads_here() -> None:
    assert "(docs/attacks.md)" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", re.findall(r"\]\(([^)#]+)\)", PAGE))
def test_its_links_lead_somewhere(name: str) -> None:
    assert (ROOT / "docs" / name).exists()
