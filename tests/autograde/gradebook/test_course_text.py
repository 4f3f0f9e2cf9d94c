"""What of the course's own text is on a page: headings, and questions that somebody wants to read again."""

from __future__ import annotations

from typing import Any

from autograde.course.notebook import Cell, Notebook, Role, cell_json
from autograde.gradebook.course_text import course_texts, without_course_text

QUESTION = "The answer to the one before.\n\n## Swish\n\nWrite `swish`.\n\n```python\n# no heading\n```"
CELLS = (
    Cell("title", Role.PROSE, "markdown", "# Two\n\nMuch text.\n\n```sh\n# a comment\n```"),
    Cell("setup", Role.GIVEN, "code", "import numpy as np"),
    Cell("picture", Role.EXPLORE, "code", "explore.swish()"),
    Cell("question", Role.PROSE, "markdown", QUESTION),
    Cell("swish", Role.SOLUTION, "code", "def swish(z): ...", "swish"),
    Cell("swish-check", Role.CHECK, "code", "check(swish)", "swish", 2.0),
    Cell("between", Role.PROSE, "markdown", "More text without a heading."),
    Cell("play", Role.PROSE, "code", "swish(1)"),
    Cell("why", Role.PROSE, "markdown", "**Question.** Why?"),
    Cell("written", Role.WRITTEN, "markdown", "Because.", None, 3.0),
)
OURS = course_texts([Notebook("02-activations", "activations", CELLS)])


def shown(*cells: Cell, lost: frozenset[str] = frozenset(), outputs: dict[str, Any] | None = None) -> list[str]:
    plain = [cell_json(cell) for cell in cells]
    for cell in plain:
        if cell["cell_type"] == "code":
            cell["outputs"] = (outputs or {}).get(str(cell["source"]), [])
    return [str(cell["source"]) for cell in without_course_text(plain, OURS, lost)]


KEPT = ["# Two", "## Swish", "def swish(z): ...", "check(swish)", "**Question.** Why?", "Because."]


def test_headings_answers_checks_and_written_questions_are_left() -> None:
    assert shown(*CELLS) == KEPT


def test_the_question_that_lost_points_is_there_and_not_what_stands_before_it() -> None:
    question = QUESTION[QUESTION.index("## Swish") :]
    assert shown(*CELLS, lost=frozenset({"swish"})) == [question if one == "## Swish" else one for one in KEPT]


def test_what_a_student_changed_added_or_printed_is_there() -> None:
    changed = [
        Cell("between", Role.PROSE, "markdown", "More text without a heading. And a note of mine."),
        Cell("mine", Role.EXTRA, "markdown", "Mine."),
        Cell("try", Role.EXTRA, "code", "swish(2)"),
    ]
    assert shown(*changed) == [cell.source for cell in changed]
    printed = {"swish(1)": [{"output_type": "stream", "name": "stdout", "text": "0.73"}]}
    assert shown(*CELLS, outputs=printed) == [*KEPT[:4], "swish(1)", *KEPT[4:]]


def test_without_masters_all_of_it_is_there() -> None:
    plain = [cell_json(cell) for cell in CELLS]
    assert without_course_text(plain, frozenset(), frozenset()) == plain
