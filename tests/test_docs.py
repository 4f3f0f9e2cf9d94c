"""Every command and target that the pages name is there, every one that is there is named, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from autograde.cli import autograde

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md")]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PHONY = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)
TARGETS = set(PHONY[1].split()) if PHONY else set()
COMMANDS = set(autograde.commands)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def code_of(page: Path) -> str:
    """What stands between backticks, in lines and in blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


CODE = {page: code_of(page) for page in PAGES}


def named(pattern: str) -> dict[str, Path]:
    return {name: page for page, code in CODE.items() for name in re.findall(pattern, code, re.MULTILINE)}


def test_targets_of_make() -> None:
    assert set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)) == TARGETS
    assert set(named(r"^make ([a-z-]+)")) == TARGETS


def test_commands_of_the_autograder() -> None:
    assert set(named(r"(?<![\w-])(?<!nbgrader )autograde ([a-z]+(?:-[a-z]+)*)\b(?! *=)")) == COMMANDS


def anchors_of(page: Path) -> set[str]:
    """Headings as GitHub makes addresses of them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^````.*?^````|^```.*?^```|`[^`\n]+`", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for link in LINK.findall(text):
        address, _, anchor = link.partition("#")
        if "://" in address:
            continue
        target = page.parent / address if address else page
        assert target.exists(), link
        assert not anchor or anchor in anchors_of(target), link
