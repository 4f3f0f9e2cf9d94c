"""CHANGELOG.md: what is coming on top, then versions with their dates, the newest being the package's."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
GROUPS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def released() -> list[tuple[Version, date]]:
    """The versions and their dates, as they stand. Fails for a heading that is no version with a date."""
    pairs = (heading.split(" - ") for heading in HEADINGS[1:])
    return [(Version(version), date.fromisoformat(day)) for version, day in pairs]


def test_what_is_coming_stands_on_top() -> None:
    assert HEADINGS[0] == "Unreleased"
    assert HEADINGS.count("Unreleased") == 1


def test_versions_and_dates_descend() -> None:
    versions, days = zip(*released(), strict=True)
    assert list(versions) == sorted(set(versions), reverse=True)
    assert list(days) == sorted(days, reverse=True)


def test_the_newest_version_is_the_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert released()[0][0] == Version(project["version"])


def test_what_is_coming_is_grouped_as_readers_know_it() -> None:
    coming = TEXT.split("## Unreleased\n", 1)[1].split("\n## ", 1)[0]
    groups = re.findall(r"^### (.+)$", coming, re.MULTILINE)
    assert groups, "there is no group to add a line to"
    assert set(groups) <= GROUPS
    assert len(groups) == len(set(groups))
    before_the_first = coming.split("### ", 1)[0]
    assert not before_the_first.strip(), "a line under Unreleased belongs in a group"
