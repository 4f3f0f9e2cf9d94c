"""Folded answers: the build refuses what would not fold, and the feedback page folds what the course folds, no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.course.folds import CLOSES, OPENS, problems_of_folds
from autograde.course.text import CourseTextError, read_course_text
from autograde.gradebook.texts import Formatter

from ..conftest import write_text

GOOD = f"**Question.** Why?\n\n{OPENS}\n\nBecause $x_1 < 2$.{{claim: it-is}}\n\n{CLOSES}\n\nAnd on.\n"
BROKEN = {
    "never closed": f"{OPENS}\n\nBecause.\n",
    "never opened": f"Because.\n\n{CLOSES}\n",
    "twice open": f"{OPENS}\n\na\n\n{OPENS}\n\nb\n\n{CLOSES}\n",
    "closed first": f"{CLOSES}\n\na\n\n{OPENS}\n",
    "no blank line after": f"{OPENS}\nBecause **it** is.\n\n{CLOSES}\n",
    "no blank line before the end": f"{OPENS}\n\nBecause.\n{CLOSES}\n",
    "behind a sentence": f"Why? {OPENS}\n\nBecause.\n\n{CLOSES}\n",
    "other words": "<details><summary>Spoiler</summary>\n\nBecause.\n\n</details>\n",
    "open": "<details open><summary>Answer</summary>\n\nBecause.\n\n</details>\n",
    "two lines": "<details>\n<summary>Answer</summary>\n\nBecause.\n\n</details>\n",
    "indented": f"  {OPENS}\n\nBecause.\n\n{CLOSES}\n",
}


def test_a_fold_as_it_should_be_is_no_problem() -> None:
    assert list(problems_of_folds("markdown", GOOD)) == []
    assert list(problems_of_folds("markdown", GOOD + "\n" + GOOD)) == []
    assert list(problems_of_folds("markdown", f"{OPENS}\n\nAll of the cell.\n\n{CLOSES}")) == []
    assert list(problems_of_folds("markdown", "More details: see above.")) == []
    assert list(problems_of_folds("code", "html = '<details>'")) == []


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_what_would_not_fold_is_told_with_file_and_line(tmp_path: Path, text: str) -> None:
    path = write_text(tmp_path, text)
    with pytest.raises(CourseTextError, match=r"small\.md:\d+: .*details"):
        read_course_text(path, [])


def shown(text: str) -> str:
    formatter = Formatter()
    formatter.begin_page()
    return formatter.markdown(text)


def test_the_feedback_page_folds_the_answer_with_its_markdown_and_its_formulas() -> None:
    page = shown(GOOD.replace("{claim: it-is}", ""))
    inside = page[page.index("<details>") : page.index("</details>")]
    assert inside.startswith("<details><summary>Answer</summary>")
    assert "<math>" in inside
    assert "And on." not in inside


#: A text is anybody's: a student's notes and answers are shown on that page too.
STRANGE = {
    "an event": '<details ontoggle="alert(1)"><summary>Answer</summary>\n\nx\n\n</details>',
    "open by itself": "<details open><summary>Answer</summary>\n\nx\n\n</details>",
    "a style": '<details style="position:fixed"><summary>Answer</summary>\n\nx\n\n</details>',
    "a script inside": f"{OPENS}\n\n<script>alert(1)</script>\n\n{CLOSES}",
    "a script on the line": f"{OPENS}<script>alert(1)</script>\n\nx\n\n{CLOSES}",
    "a script on the next line": f"{OPENS}\n<script>alert(1)</script>\n\nx\n\n{CLOSES}",
    "a frame inside": f"{OPENS}\n\n<iframe src='https://example.org'></iframe>\n\n{CLOSES}",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_nothing_else_becomes_html(text: str) -> None:
    page = shown(text)
    assert "<script" not in page
    assert "<iframe" not in page
    assert "<details " not in page


@pytest.mark.parametrize("count", [1, 5])
def test_a_fold_that_is_never_closed_ends_with_its_text(count: int) -> None:
    page = shown(f"{OPENS}\n\nx\n\n" * count)
    assert page.count("<details>") == page.count("</details>") == count
    assert shown(f"x\n\n{CLOSES}\n\ny").count("details") == 0
