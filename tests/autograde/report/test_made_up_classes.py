"""Six made-up classes of two hundred, one an assignment: the bad question and everyone who is odd are on the page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from autograde.report.looks import Kind
from autograde.report.page import AssignmentReport, assignment_page
from autograde.report.tally import tally
from tests.made_up_course import ASSIGNMENTS, BAD, bank_of, made_up_class, verdict_on

SIZE = 200


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_four_questions_are_answered_before_the_first_table(assignment: str, browser: Any) -> None:
    bank = bank_of(assignment)
    checks = [cell.id for cell in bank.checks.values()]
    class_of = made_up_class(assignment, SIZE)
    report = tally(assignment, bank.master.name, checks, (verdict_on(one, assignment) for one in class_of))
    assert {look.kind for look in report.looks} == set(Kind)
    bad = bank.exercises[BAD]
    assert bad in [check.exercise for check in report.odd_checks if check.misleads]
    assert report.odd_checks[0].misleads
    html = assignment_page(AssignmentReport(assignment, (report,)), "now")
    short = html[html.index('<ul class="short">') : html.index("</ul>", html.index('<ul class="short">'))]
    assert html.index('<ul class="short">') < html.index("<table")
    words = re.sub(r"<[^>]*>", "", short)
    assert f"{SIZE} hand-ins" in words
    assert f"{report.mistakes[0].exercise} ({report.mistakes[0].students})" in words
    assert f"Need a look: {report.people} people" in words
    assert f"{bad} (who does well elsewhere does badly here" in words
    assert f"autograde grades {assignment} --for moodle or --for canvas" in words
    for look in report.looks:
        assert look.student in html
    assert cut_off(browser, html) == []


def cut_off(browser: Any, html: str) -> list[str]:
    """The remarks on questions that a narrow window does not show whole."""
    window = browser.new_page(viewport={"width": 700, "height": 900})
    window.set_content(html)
    remarks = window.locator('[aria-label="The questions"] td.odd').all()
    assert remarks
    found = [one.inner_text() for one in remarks if (box := one.bounding_box()) and box["x"] + box["width"] > 700]
    window.close()
    return found


def test_the_same_class_is_made_up_again() -> None:
    first, again = (list(made_up_class(ASSIGNMENTS[3], 30)) for _ in range(2))
    assert first == again
    assert first != list(made_up_class(ASSIGNMENTS[3], 30, seed=1))
