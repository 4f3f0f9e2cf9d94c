"""Markers of claims: read where they stand, refused where they would be seen, and in no notebook that is built."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.course.build import build
from autograde.course.claims import claims_in, problems_of_claims, without_claims
from autograde.course.text import CourseTextError

MARKED = "The loss falls to 0.59.{claim: step-of-two-thousandths} Then it rises.{claim: rises-later}\n\nNo claim."


def test_markers_are_read_in_order_and_leave_the_words_as_they_are() -> None:
    assert claims_in(MARKED) == ["step-of-two-thousandths", "rises-later"]
    assert without_claims(MARKED) == "The loss falls to 0.59. Then it rises.\n\nNo claim."
    assert list(problems_of_claims("markdown", MARKED)) == []


@pytest.mark.parametrize(
    "text",
    ["{a: b}", "$\\{claim\\}$", "a set {x: claim}", "Who claims it? {not a claim}", "{claimant: me}"],
)
def test_other_braces_are_left_alone(text: str) -> None:
    assert without_claims(text) == text
    assert list(problems_of_claims("markdown", text)) == []


@pytest.mark.parametrize(
    "marker",
    [
        "{claim}", "{claim:}", "{claim:name}", "{claim: }", "{ claim: name}", "{claim: Name}", "{claim: a name}",
        "{claim: a_name}", "{claim: a--b}", "{claim: -a}", "{claims: a}", "{Claim: a}", "{claim: name", "{claim a}",
    ],
)  # fmt: skip
def test_what_looks_like_a_marker_and_is_none_is_refused(marker: str) -> None:
    (problem,) = problems_of_claims("markdown", f"A sentence.{marker}")
    assert problem.startswith(marker)
    assert "is no marker of a claim: write {claim: its-name}" in problem


@pytest.mark.parametrize("text", ["{claim: a}", "Words {claim: a}", "Words.\n{claim: a}", "Words.\t{claim: a} more"])
def test_a_marker_stands_right_behind_its_sentence(text: str) -> None:
    (problem,) = problems_of_claims("markdown", text)
    assert problem == "{claim: a} stands alone: write it right behind the sentence that it marks, without a space."


def test_a_marker_in_code_is_refused() -> None:
    (problem,) = problems_of_claims("code", "x = 1  # one.{claim: one}")
    assert problem.startswith("{claim: one} in a code cell")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "course" / "99-a" / "a.md"
    path.parent.mkdir(parents=True)
    return path


def test_no_marker_reaches_a_notebook_and_none_changes_it(text: Path) -> None:
    cells = (
        '+++ {"id": "one"}\n\n# Title\n\n' + MARKED + '\n\n+++ {"role": "written", "points": 1}\n\nWhy 3?{claim: q}\n'
    )
    root = text.parents[2]
    text.write_text(cells)
    build(root)
    marked = {path: path.read_text() for part in ("source", "release") for path in (root / part).rglob("*.ipynb")}
    assert len(marked) == 2
    assert not [path for path, content in marked.items() if "{claim" in content]
    text.write_text(without_claims(text.read_text()))
    build(root)
    assert marked == {path: path.read_text() for path in marked}


def test_a_bad_marker_is_told_with_its_line(text: Path) -> None:
    text.write_text('+++ {"id": "one"}\n\n# Title\n\nA sentence.{claim: Not this}\n')
    with pytest.raises(CourseTextError, match=r"a\.md:\d+: {claim: Not this} is no marker of a claim"):
        build(text.parents[2])
