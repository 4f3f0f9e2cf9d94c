"""Predict, then see: the answer to a question is folded, in every notebook that students get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograde.course.folds import CLOSES, OPENS

ROOT = Path(__file__).resolve().parents[2]
RELEASES = sorted((ROOT / "release").glob("0[1-6]-*/*.ipynb"))
#: Questions that what is run right below answers by itself, or that a function is the answer to; by their first words.
ANSWERED_BY_WHAT_RUNS = {
    "1,438 training digits in batches of 32",  # the given cell computes it
    "Read the code. What would you change",  # a list of one's own, for the rest of the notebook
    "Look at all three panels, choose a diagnosis",  # the picture says whether it is right
}


def cells(path: Path) -> list[Any]:
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


def text(cell: Any) -> str:
    return "".join(cell["source"])


def questions() -> Iterator[tuple[str, str, str]]:
    """Each question: notebook, first words, and all prose from behind it to the next question."""
    for path in RELEASES:
        prose = "\n\n".join(text(cell) for cell in cells(path) if cell["cell_type"] == "markdown")
        _, *asked = prose.split("**Question.** ")
        for one in asked:
            yield path.parent.name, " ".join(one.split()[:7]), one


QUESTIONS = list(questions())


def test_there_are_questions_in_every_notebook() -> None:
    assert len(RELEASES) == 6
    assert len(QUESTIONS) > 50
    assert {notebook for notebook, _, _ in QUESTIONS} == {path.parent.name for path in RELEASES}


@pytest.mark.parametrize(("notebook", "words", "after"), QUESTIONS, ids=[f"{n[:2]}: {w}" for n, w, _ in QUESTIONS])
def test_a_question_has_a_folded_answer_before_the_next_one(notebook: str, words: str, after: str) -> None:
    answered_by_itself = any(after.replace("\n", " ").startswith(one) for one in ANSWERED_BY_WHAT_RUNS)
    assert answered_by_itself != (f"\n{OPENS}\n" in after)


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_folds_are_closed_in_their_cell_and_hold_words(path: Path) -> None:
    for cell in cells(path):
        if "details" not in text(cell) or cell["cell_type"] != "markdown":
            continue
        lines = text(cell).split("\n")
        assert [line for line in lines if line in (OPENS, CLOSES)] == [OPENS, CLOSES] * lines.count(OPENS)
        for inside in re.findall(rf"{OPENS}\n\n(.*?)\n\n{CLOSES}", text(cell), re.DOTALL):
            assert len(inside.split()) >= 8
            assert not re.search(r"^#|\*\*(Exercise|Optional|Question)\.\*\*", inside, re.MULTILINE)
