"""What a feedback page says around the course's text and the student's work is said through the catalogue."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autograde.course.intake import rebuild
from autograde.course.notebook import Notebook
from autograde.course.settings import Feedback
from autograde.gradebook.around import Around, Scores
from autograde.gradebook.autograded import autograded_notebook
from autograde.gradebook.course_text import course_texts
from autograde.gradebook.page import page_maker
from autograde.gradebook.pictures import NotShown, Pixels
from autograde.gradebook.shares import told_share
from machine_room.translation import speaking
from tests.made_up_course import bank_of, hand_in, verdict_on, wrong_in_all
from tests.pseudo_language import english_in, names_in, pseudo, pseudo_course

ASSIGNMENT = "02-activations"
#: What our own template says, wherever on the page: in the head, over a cell, below one, on a fold.
OURS = re.compile(
    r'<header>.*?</header>|<div class="head">.*?</div>|<p class="share">.*?</p>|<b>[^<]*:</b>|<summary>.*?</summary>',
    re.DOTALL,
)
TAG = re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def graded() -> tuple[Notebook, str, Scores]:
    """One who is wrong in everything, graded in English: the checks' own words have a test of their own."""
    student, master = wrong_in_all(ASSIGNMENT), bank_of(ASSIGNMENT).master
    verdict = verdict_on(student, ASSIGNMENT)
    verdict = replace(verdict, notes=("a note",))
    scores = Scores({cell.cell_id: (cell.points or 0.0, cell.max_points) for cell in verdict.cells})
    scores.late_penalty = 1.5
    scores.comments = {verdict.cells[0].cell_id: "A comment."}
    return master, autograded_notebook(master, rebuild(master, hand_in(student, ASSIGNMENT)), verdict, {}), scores


def page_of(master: Notebook, notebook: str, scores: Scores) -> str:
    shares = {cell: told_share([(1.0, 1.0)] * 70 + [(0.0, 1.0)] * 30) for cell in scores.scores}
    make = page_maker(Feedback(open_hints=1), {master.name: Around(course_texts([master]), shares)})
    return make(master.name, json.loads(notebook), scores)


@pytest.fixture
def course(tmp_path: Path) -> Iterator[None]:
    with pseudo_course(tmp_path):
        yield


def test_a_page_says_nothing_of_its_own_past_the_catalogue(graded: tuple[Notebook, str, Scores], course: None) -> None:
    master, notebook, scores = graded
    page = page_of(master, notebook, scores)
    assert '<html lang="qps">' in page
    names = names_in(" ".join([master.name, *(cell.exercise or "" for cell in master.cells)]))
    names |= names_in(" ".join(cell.id for cell in master.cells)) | {"Answer"}  # on the folds of the course's text
    ours = OURS.findall(page)
    assert len(ours) > len(scores.scores)
    assert {word for part in ours for word in english_in(html.unescape(TAG.sub(" ", part)), names)} == set()


def test_in_english_the_page_is_what_it_was(graded: tuple[Notebook, str, Scores], course: None) -> None:
    master, notebook, scores = graded
    with speaking("en"):
        page = page_of(master, notebook, scores)
    assert '<html lang="en">' in page
    assert "⟦" not in page
    for said in (
        "The course's own text stands in your notebook. Here it is left out, but for",
        '<li class="late">Late submission penalty (Score: -1.5)</li>',
        "<b>Comments:</b> ",
        '<a href="#top">(Top)</a></div>',
        "<summary>Show a hint</summary>",
        '<p class="share">About 70 % of the class had this right.</p>',
        " <span>Score: 0.0 / ",
    ):
        assert said in page


def test_markup_in_a_translation_is_text(
    graded: tuple[Notebook, str, Scores], course: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograde.gradebook import page

    monkeypatch.setattr(page, "say", lambda message, **values: f"<script>alert({len(message)})</script>")
    assert "<script" not in page_of(*graded)


@pytest.mark.parametrize("image", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40)])
def test_why_a_picture_is_not_shown_is_told_in_the_language(image: bytes, course: None) -> None:
    with pytest.raises(NotShown) as raised:
        Pixels().repacked(image)
    assert english_in(str(raised.value)) == set()


@pytest.mark.parametrize("right", [0, 10, 50, 99, 100])
def test_the_share_of_the_class_is_told_in_the_language(right: int, course: None) -> None:
    said = told_share([(1.0, 1.0)] * right + [(0.0, 1.0)] * (100 - right))
    assert said.startswith("⟦")
    assert english_in(said) == set()


def test_the_template_is_collected(course: None) -> None:
    from autograde.course.catalogues import sentences

    found = {message for name, _, message in sentences(()) if name.endswith("page.html.j2")}
    assert {"(Score: {score} / {most})", "Comments:", "(Top)"} <= found
    assert pseudo("(Top)") == "⟦(Ţóþ)⟧"
