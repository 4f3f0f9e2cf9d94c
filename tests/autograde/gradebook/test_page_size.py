"""How large a page is: of somebody who is wrong in everything, by the mistakes that a check says most about."""

from __future__ import annotations

import json

import pytest

from autograde.contract.verdict import Outcome
from autograde.course.intake import rebuild
from autograde.gradebook.around import Around, Scores
from autograde.gradebook.autograded import autograded_notebook
from autograde.gradebook.course_text import course_texts
from autograde.gradebook.page import page_maker
from tests.made_up_course import ASSIGNMENTS, bank_of, hand_in, verdict_on, wrong_in_all

MOST_BYTES = 60_000


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_page_has_at_most_sixty_kilobytes_and_all_that_the_checks_say(assignment: str) -> None:
    student, master = wrong_in_all(assignment), bank_of(assignment).master
    verdict = verdict_on(student, assignment)
    graded = autograded_notebook(master, rebuild(master, hand_in(student, assignment)), verdict, {})
    scores = Scores({cell.cell_id: (cell.points or 0.0, cell.max_points) for cell in verdict.cells})
    shares = {cell.cell_id: "More than 90 % of the class had this right." for cell in verdict.cells}
    make = page_maker(around={master.name: Around(course_texts([master]), shares)})
    html = make(master.name, json.loads(graded), scores)
    assert len(html.encode()) <= MOST_BYTES
    lost = [cell for cell in verdict.cells if cell.outcome is not Outcome.NOT_GRADED]
    assert html.count("class had this right.") == len(lost)
    assert html.count("not right yet") + html.count("Score: 0.0") >= len(lost)
    assert html.count("<svg") == sum("<svg" in cell.html for cell in verdict.cells)
