"""How far a check's hints go on a page: as far as the course allows, whatever the message is made of."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from autograde.course.settings import Feedback
from autograde.gradebook.hints import as_allowed, knows_no_steps
from machine_room.checks.show import Step, Steps, failure
from machine_room.exercises import find
from machine_room.exercises.exercise import VISIBLE_SEED

SEEN, IDEA, FORMULA = "Wrong in the second row.", "A sign is missing.", "Return `-x`."
SWISH = find("swish")


def message(steps: Steps) -> str:
    (case, *_) = SWISH.draw(VISIBLE_SEED)
    return failure(SWISH, case, [], steps=steps, failed=1, total=3, hidden=True).html


class _Words(HTMLParser):
    """Which words stand open and which are folded."""

    def __init__(self) -> None:
        super().__init__()
        self.folds, self.open, self.folded, self.buttons = 0, "", "", 0

    def handle_starttag(self, tag: str, attributes: object) -> None:
        self.folds += tag == "details"
        self.buttons += tag == "summary"

    def handle_endtag(self, tag: str) -> None:
        self.folds -= tag == "details"

    def handle_data(self, data: str) -> None:
        if self.folds:
            self.folded += data
        else:
            self.open += data


def words_of(html: str) -> _Words:
    parser = _Words()
    parser.feed(html)
    assert parser.folds == 0
    return parser


HOW_FAR = [(hints, unfolded) for hints in (1, 2, 3) for unfolded in (1, 2, 3)]


@pytest.mark.parametrize(("hints", "unfolded"), HOW_FAR)
@pytest.mark.parametrize("told", list(Step))
def test_a_page_tells_as_many_steps_as_are_allowed_however_the_message_folds_them(
    hints: int, unfolded: int, told: Step
) -> None:
    shown = words_of(as_allowed(message(Steps(SEEN, IDEA, FORMULA, told)), Feedback(hints=hints, open_hints=unfolded)))
    assert SEEN in shown.open
    for step, words in ((2, IDEA), (3, "Return -x.")):
        assert (words in shown.open) == (step <= min(hints, unfolded))
        assert (words in shown.folded) == (unfolded < step <= hints)
    assert shown.buttons == max(0, hints - max(unfolded, 1))
    assert "Smallest case" in shown.open


def test_where_nothing_was_seen_the_idea_is_the_first_step() -> None:
    shown = words_of(as_allowed(message(Steps("", IDEA, FORMULA)), Feedback(hints=1, open_hints=1)))
    assert IDEA in shown.open
    assert "Return" not in shown.open + shown.folded


NO_MESSAGE = {
    "nothing": "",
    "printed": "<p>hello</p>",
    "a step without an end": '<div class="check-step-2" style="color:red">on and on',
    "a fold without an end": '<details class="check-step-3" style="x"><summary style="y">z</summary>',
    "a step of no number": '<div class="check-step-9" style="">x</div>',
}


@pytest.mark.parametrize("html", NO_MESSAGE.values(), ids=NO_MESSAGE)
def test_what_is_no_message_of_ours_stays_as_it_is(html: str) -> None:
    assert as_allowed(html, Feedback(hints=1)) == html


@pytest.mark.parametrize("tag", ["div", "details"])
def test_a_hundred_thousand_steps_without_an_end_are_read_once(tag: str) -> None:
    """Time grows with the length: the first one that does not end is the last that is looked at."""
    html = f'<{tag} class="check-step-2" style="">' * 100_000
    assert as_allowed(html, Feedback()) == html


def test_a_message_of_before_there_were_steps_is_known() -> None:
    ours = message(Steps(SEEN, IDEA))
    assert not knows_no_steps(ours)
    assert knows_no_steps(re.sub(r' class="check-step-\d"', "", ours))
    assert not knows_no_steps("<b>&#10003; correct</b>")
