"""CITATION.cff is valid, speaks of this version, and credits whom the course owes the lecture and the digits to."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The Citation File Format 1.2.0: what a file and what a reference must say, and all that a file may say.
REQUIRED = {"authors", "cff-version", "message", "title"}
REQUIRED_OF_A_REFERENCE = {"authors", "title", "type"}
ALLOWED = REQUIRED | {
    "abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url",
    "preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url",
    "version",
}  # fmt: skip
PERSON = {"family-names", "given-names", "name-particle", "name-suffix", "affiliation", "orcid", "email", "website"}


def test_it_says_what_the_format_asks_for_and_nothing_unknown() -> None:
    assert set(CITATION) >= REQUIRED
    assert set(CITATION) <= ALLOWED
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] in ("software", "dataset")
    # Unquoted, YAML makes a date of a date and a number of a short version; the format wants texts.
    assert all(isinstance(CITATION[key], str) for key in ("version", "date-released", "message", "title", "license"))
    assert date.fromisoformat(CITATION["date-released"])


@pytest.mark.parametrize("work", [CITATION, *CITATION["references"]], ids=lambda work: work["title"])
def test_every_work_has_authors_that_are_persons_or_named_groups(work: dict[str, Any]) -> None:
    assert set(work) >= REQUIRED_OF_A_REFERENCE
    assert work["authors"]
    for author in work["authors"]:
        assert "name" in author or (author and set(author) <= PERSON), author


def test_version_licence_and_authors_are_the_packages() -> None:
    assert CITATION["version"] == PROJECT["version"]
    assert PROJECT["name"].startswith(CITATION["title"])
    assert CITATION["license"] in re.split(r" AND | OR |[()]", PROJECT["license"])
    assert [author["name"] for author in CITATION["authors"]] == [author["name"] for author in PROJECT["authors"]]


def test_the_date_is_that_of_the_version_in_the_changelog() -> None:
    heading = f"## {CITATION['version']} - {CITATION['date-released']}\n"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_lecture_and_the_digits_are_credited() -> None:
    references = {work["title"]: work for work in CITATION["references"]}
    assert "Diving into the machine room" in references
    digits = references["Optical Recognition of Handwritten Digits"]
    notice = (ROOT / "lib" / "machine_room" / "data" / "NOTICE").read_text(encoding="utf-8")
    assert f"https://doi.org/{digits['doi']}" in notice
    assert [author["family-names"] for author in digits["authors"]] == ["Alpaydin", "Kaynak"]
