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


#: Where prose behind an answer ends: at the next heading, task or question, or at a place to stop.
NEXT_THING = re.compile(r"^(?:#|\*\*(?:Exercise|Optional|Question|A good place to stop)\.\*\*)", re.MULTILINE)
#: Numbers that are more than a count; of a formula as well.
NUMBERS = re.compile(r"(?<![\d.^_{])\d+(?:\.\d+)+|(?<![\d.^_{])\d{2,}(?:,\d{3})*(?![\d.])")
#: How a sentence begins that goes on from what the answer has said.
CONCLUDES = re.compile(
    r"^(?:\*\*|\*)?(?:So|Thus|Hence|Therefore|That is|This is why|From the|Over the whole|Now)\b", re.MULTILINE
)


def given_away(prose: str) -> list[str]:
    """What says the answer in the open behind it; and headings between a question and its answer."""
    found: list[str] = []
    for inside, behind in re.findall(rf"{OPENS}\n\n(.*?)\n\n{CLOSES}(.*?)(?={OPENS}|\Z)", prose, re.DOTALL):
        open_text = NEXT_THING.split(behind, maxsplit=1)[0].strip()
        found += sorted(set(NUMBERS.findall(inside)) & set(NUMBERS.findall(open_text)))
        found += [f"{words} ..." for words in CONCLUDES.findall(open_text.split("\n\n")[0])]
    for _, between in re.findall(rf"(\*\*Question\.\*\* )(.*?){OPENS}", prose, re.DOTALL):
        found += re.findall(r"^#+ .*$", between.split("**Question.** ")[-1], re.MULTILINE)
    return found


ANSWER = f"{OPENS}\n\nIt turns at epoch 17, and 0.25 is left.\n\n{CLOSES}\n\n"
GIVES_AWAY = {
    "a number again": f"**Question.** When?\n\n{ANSWER}Epoch 17 is early.\n",
    "a decimal again": f"**Question.** When?\n\n{ANSWER}This leaves 0.25, which is much.\n",
    "in a second paragraph": f"**Question.** When?\n\n{ANSWER}Well.\n\nOf 17 epochs nothing is left.\n",
    "a conclusion": f"**Question.** When?\n\n{ANSWER}So the network learns by heart.\n",
    "a conclusion in bold": f"**Question.** When?\n\n{ANSWER}**So stop early.** Always.\n",
    "that is": f"**Question.** When?\n\n{ANSWER}That is overfitting.\n",
    "the answer below the next heading": f"**Question.** When?\n\n## Stopping\n\n{ANSWER}",
}
KEEPS_IT = {
    "nothing behind": f"**Question.** When?\n\n{ANSWER}",
    "the next heading": f"**Question.** When?\n\n{ANSWER}## Stopping\n\nSo stop at epoch 17.\n",
    "the next task": f"**Question.** When?\n\n{ANSWER}**Exercise.** Write 17 lines.\n",
    "other words": f"**Question.** When?\n\n{ANSWER}PyTorch counts from 0.\n",
    "a small count": f"**Question.** When?\n\n{ANSWER}There are 2 curves.\n",
}


@pytest.mark.parametrize("prose", GIVES_AWAY.values(), ids=GIVES_AWAY)
def test_what_gives_an_answer_away_is_seen(prose: str) -> None:
    assert given_away(prose)


@pytest.mark.parametrize("prose", KEEPS_IT.values(), ids=KEEPS_IT)
def test_what_gives_nothing_away_is_let_be(prose: str) -> None:
    assert given_away(prose) == []


@pytest.mark.parametrize("path", RELEASES, ids=lambda path: path.stem)
def test_nothing_behind_a_folded_answer_gives_it_away(path: Path) -> None:
    found = [one for cell in cells(path) if cell["cell_type"] == "markdown" for one in given_away(text(cell))]
    prose = "\n\n".join(text(cell) for cell in cells(path) if cell["cell_type"] == "markdown")
    assert found == []
    assert [one for one in given_away(prose) if one.startswith("#")] == []
