"""docs/readers.md: what readers met has a test beside it, which is there, or no tick."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from autograde.course.claims import claims_in

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "readers.md").read_text(encoding="utf-8")
ROWS = [re.split(r" \| ", line.strip("| ")) for line in PAGE.splitlines() if re.match(r"\| [DATE]\d", line)]
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize("row", ROWS, ids=[row[0].split()[0] for row in ROWS])
def test_a_row_has_a_tick_exactly_where_it_has_a_test(row: list[str]) -> None:
    assert ("✓" in row[0]) == ("tests/" in row[-1])


def test_every_row_has_an_id_of_its_own_and_none_is_left_out() -> None:
    ids = [row[0].split()[0] for row in ROWS]
    wanted = {"D": 7, "A": 12, "T": 10, "E": 6}
    assert ids == [f"{part}{number}" for part, last in wanted.items() for number in range(1, last + 1)]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_the_tests_that_it_names_are_there(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_what_it_calls_measured_is_marked_in_the_course() -> None:
    marked = {name for text in (ROOT / "course").glob("*/*.md") for name in claims_in(text.read_text(encoding="utf-8"))}
    assert {
        "another-order-moves-twenty-layers", "adam-has-the-widest-bar", "good-rates-of-adam",
        "adamw-is-like-adam-on-the-bowls", "useful-rates-end-where-the-loss-turns", "wrong-ones-cost-more",
        "adam-at-a-third-of-the-rate", "sgd-is-last-on-the-long-bowl", "adagrad-dislikes-the-turned-bowl",
        "equal-units-stay-equal", "nesterov-is-down-sooner", "who-restores-the-best", "two-suggestions-beyond-doubt",
        "one-pass-back-is-two-forward", "paths-of-a-skip",
    } <= marked  # fmt: skip
