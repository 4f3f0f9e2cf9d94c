"""The records of docs/decisions: numbered in a row, listed, short, and true about the files they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
SECTIONS = ["Context", "Decision", "Consequences"]
LONGEST = 300  # words: less than a page
READ = ("course", "lib", "autograde", "hub", "docs", "tests", "tools", "benchmarks")


def title(record: Path) -> str:
    return record.read_text(encoding="utf-8").splitlines()[0]


def test_numbers_are_consecutive_and_stand_in_the_titles() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))
    assert [title(record).split(" ")[:2] for record in RECORDS] == [["#", f"{n + 1}."] for n in range(len(RECORDS))]
    assert {path.name for path in FOLDER.iterdir()} == {"README.md", *(record.name for record in RECORDS)}


def test_the_index_lists_every_record_by_its_title_in_order() -> None:
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^(\d+)\. \[(.+)\]\((.+)\)$", index, re.MULTILINE)
    assert [(f"# {number}. {name}", file) for number, name, file in listed] == [(title(r), r.name) for r in RECORDS]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_says_what_was_the_matter_what_was_decided_and_what_follows(record: Path) -> None:
    text = record.read_text(encoding="utf-8")
    _, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    headings, bodies = zip(*(part.split("\n", 1) for part in parts), strict=True)
    assert list(headings) == SECTIONS
    assert all(len(body.split()) >= 15 for body in bodies)
    assert len(text.split()) <= LONGEST


@pytest.fixture(scope="module")
def files() -> set[str]:
    """Every file's path from the root, with a slash before it, so that the end of a path is a whole name."""
    inside = (path for folder in READ for path in (ROOT / folder).rglob("*.*"))
    return {f"/{path.relative_to(ROOT).as_posix()}" for path in (*ROOT.glob("*.*"), *inside)}


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_the_files_that_a_record_names_are_there(record: Path, files: set[str]) -> None:
    named = re.findall(r"`([\w./-]+\.(?:py|md|toml))`", record.read_text(encoding="utf-8"))
    gone = [name for name in named if not any(path.endswith(f"/{name}") for path in files)]
    assert not gone, f"{record.name} names what is not there (any more): {gone}"
