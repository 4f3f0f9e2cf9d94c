"""The report as a page: nothing of a student's is markup, nothing is asked for, and everyone can read it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.report.page import MOST_LOOKS, POLICY, AssignmentReport, assignment_page, course_page
from autograde.report.predicted import Bar, Dot, PredictedReport, Scatter
from autograde.report.tables import looks_csv, report_json
from autograde.report.tally import tally
from autograde.report.until_right import ExerciseUntilRight, UntilRightReport
from autograde.report.written import Asked

from .test_lms import HOSTILE_NAMES, formulas

LIVE = "<script>window.ran = 1</script><img src='https://evil.example/x.png' onerror='window.ran = 2'>"
BARS = (Bar("under 100", 3, LIVE), Bar(LIVE, 9, "right within a tenth", true=True))
SCATTER = Scatter("w₁", "w₂", (0.0, 1.0), (0.0, 2.0), (Dot(0.5, 1.0, 3), Dot(1.0, 2.0, 9)), Dot(0.0, 0.0, 0), LIVE)
PREDICTED = tuple(
    PredictedReport("activations", name, LIVE, 300, 12, 9, LIVE, LIVE, middle, ((LIVE, 2),), BARS, scatter)
    for name, middle, scatter in (("number", "5", None), ("choice", "", None), ("point", "w₁ = 1", SCATTER))
)
UNTIL_RIGHT = (UntilRightReport("activations", 300, 40, 390, 7, (ExerciseUntilRight("swish", (200, 20, 5, 1), 74),)),)
HIDDEN = "swish: not right yet (1 of 5 hidden cases differs)"


def cells(place: int, words: str) -> tuple[CellVerdict, ...]:
    """What one student did: every outcome comes up, and every word is `words`."""
    outcome = list(Outcome)[place % len(Outcome)]
    points = {Outcome.CORRECT: 2.0, Outcome.NOT_GRADED: None, Outcome.GRADER_ERROR: None}.get(outcome, 0.0)
    lost = outcome is not Outcome.CORRECT
    first = CellVerdict(
        "swish-check",
        "swish",
        points,
        2.0,
        outcome,
        mistake=f"mistake-{place % 37}" if outcome is Outcome.WRONG else None,
        hint=f"{words} {place % 37}" if lost else None,
        text=f"{HIDDEN}\n{words}" if outcome is Outcome.WRONG else words,
    )
    second = CellVerdict("gelu-check", "gelu", float(place % 3), 2.0, Outcome.WRONG, text=words)
    return first, second


def class_of(students: int, words: str = "Mind the sign.") -> Iterator[Verdict]:
    for place in range(students):
        made = cells(place, words)
        yield Verdict(f"student-{place:05}", "02-activations", "activations", made, cpu_seconds=place / 100)


def report(students: int = 300, words: str = "Mind the sign.") -> AssignmentReport:
    counted = tally("02-activations", "activations", ["swish-check", "gelu-check"], class_of(students, words))
    examples = {("swish", one.mistake): f"def swish(z):\n    return {words}" for one in counted.mistakes}
    asked = (Asked("written-1", f"What is open? {words}", 3, (words, "Why the minus?")),)
    return AssignmentReport("02-activations", (counted,), asked, examples, {"student-00000": words})


@pytest.mark.parametrize(
    "words", [LIVE, "</style></pre></svg>", "{{ policy }}{% raw %}", '" onload="x', *HOSTILE_NAMES.values()]
)
def test_a_strangers_words_are_text(words: str) -> None:
    html = assignment_page(report(60, words), words) + course_page([report(60, words)], words)
    html.encode("utf-8")
    assert "<script" not in html
    assert "<img" not in html
    assert 'onload="' not in html
    assert html.count("</style>") == 2
    assert html.count(POLICY.replace("'", "&#39;")) == 2


def test_the_four_questions_are_the_first_things_on_the_page() -> None:
    html = assignment_page(report(), "now")
    nav = html[html.index("<nav") : html.index("</nav>")]
    for section in ("What was misunderstood", "Who needs a look", "Which question is bad", "Grades to the university"):
        assert section in nav
    for anchor in re.findall(r'href="#([\w-]+)"', nav):
        assert html.count(f'id="{anchor}"') == 1


def test_what_is_shown_is_what_was_counted() -> None:
    made = report()
    html = assignment_page(made, "now")
    (counted,) = made.notebooks
    assert f"{counted.hand_ins} hand-ins, of which {counted.hand_ins - counted.graded} could not be graded" in html
    assert counted.alpha is not None
    assert f"<b>{counted.alpha:.2f}</b>" in html
    assert counted.mistakes[0].hint in html
    for look in counted.looks[:5]:
        assert look.student in html


def test_with_too_few_for_numbers_the_page_says_why() -> None:
    html = assignment_page(report(5), "now")
    assert "cannot be worked out: it needs 10 hand-ins at least, and there are" in html
    assert "unknown" in html


@pytest.mark.parametrize("students", [0, 1, 10])
def test_small_classes_have_a_page_too(students: int) -> None:
    assert "</html>" in assignment_page(report(students), "now")
    assert "</html>" in course_page([report(students)], "now")


def test_a_large_class_has_a_page_that_a_browser_can_show() -> None:
    html = assignment_page(report(10_000), "now")
    assert len(html) < 1_500_000
    crashed = sum(list(Outcome)[place % len(Outcome)] is Outcome.CRASHED for place in range(10_000))
    assert f"and {crashed - MOST_LOOKS} more: <code>autograde report 02-activations --csv</code> has all." in html


def test_several_notebooks_stand_one_after_the_other() -> None:
    one = report(50)
    both = replace(one, notebooks=(one.notebooks[0], replace(one.notebooks[0], notebook="more")))
    html = assignment_page(both, "now")
    assert html.count("Who needs a look</h2>") == 2
    assert len(set(re.findall(r' id="([^"]+)"', html))) == len(re.findall(r' id="([^"]+)"', html))


def test_programs_get_the_same_as_json() -> None:
    made = report()
    plain = json.loads(json.dumps(report_json(made)))
    (counted,) = made.notebooks
    assert plain["mistakes"][0] == {
        "exercise": "swish",
        "mistake": counted.mistakes[0].mistake,
        "hint": counted.mistakes[0].hint,
        "students": counted.mistakes[0].students,
    }
    assert plain["notebooks"][0]["checks"][0]["discrimination"] == counted.checks[0].discrimination
    assert len(plain["notebooks"][0]["looks"]) == len(counted.looks)


@pytest.mark.parametrize("words", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_the_table_of_who_needs_a_look_holds_no_formula(words: str) -> None:
    text = looks_csv([report(40, words)])
    text.encode("utf-8")
    assert formulas(text, but=()) == []


def test_how_many_hand_ins_it_took_is_on_the_page_and_for_programs() -> None:
    made = replace(report(), until_right=UNTIL_RIGHT)
    html = assignment_page(made, "now")
    assert html.count('id="until-right"') == html.count('href="#until-right"') == 1
    words = " ".join(re.sub(r"<[^>]*>", " ", html).split())
    assert "40 of 300 students had more than one hand-in graded: 390 in all, and at most 7 of one student." in words
    assert "swish 200 20 5 1 74" in words
    assert json.loads(json.dumps(report_json(made)))["until_right"][0]["exercises"][0]["at"] == [200, 20, 5, 1]
    counts = (("first", 200), ("second", 20), ("third", 5), ("fourth or later", 1))
    told = "; ".join(f"right with the {place}: {count}" for place, count in counts)
    assert f"how many hand-ins it took,swish,{told}; not right yet: 74" in looks_csv([made])


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Pages of a class of whom every word is hostile or very long."""
    folder = tmp_path_factory.mktemp("reports")
    made = replace(report(300, f"{LIVE} {'w' * 3_000} {'wide ' * 200}"), predicted=PREDICTED, until_right=UNTIL_RIGHT)
    (folder / "02-activations.html").write_text(assignment_page(made, "now"), encoding="utf-8")
    (folder / "index.html").write_text(course_page([made], "now"), encoding="utf-8")
    return sorted(folder.iterdir())


WINDOWS = [(width, scheme) for width in (700, 1280) for scheme in ("light", "dark")]


@pytest.mark.parametrize(("width", "scheme"), WINDOWS)
def test_a_page_asks_for_nothing_runs_nothing_fits_and_can_be_read_by_everyone(
    browser: Any, pages: list[Path], width: int, scheme: str
) -> None:
    for path in pages:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        window = context.new_page()
        asked: list[str] = []
        said: list[str] = []
        window.on("request", lambda one, asked=asked: asked.append(one.url))
        window.on("console", lambda one, said=said: said.append(one.text))
        window.goto(path.as_uri())
        assert (asked, said) == ([path.as_uri()], [])
        assert window.evaluate("window.ran === undefined && document.scripts.length === 0")
        assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert smallest_letters(window) >= 11
        for folded in window.locator("details").all():
            folded.evaluate("one => { one.open = true; }")
        assert violations(window) == []
        context.close()


def violations(window: Any) -> list[str]:
    found = Axe().run(window).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:300]}" for one in found]


def smallest_letters(window: Any) -> float:
    size: float = window.evaluate(
        """() => Math.min(...[...document.querySelectorAll('body *')]
            .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
            .map(one => parseFloat(getComputedStyle(one).fontSize)))"""
    )
    return size


def test_axe_would_tell_of_a_picture_without_words(browser: Any, pages: list[Path]) -> None:
    context = browser.new_context(offline=True)
    window = context.new_page()
    window.goto(pages[0].as_uri())
    window.evaluate("document.querySelector('svg').removeAttribute('aria-label')")
    assert any(one.startswith("svg-img-alt") for one in violations(window))
    context.close()


def test_paper_is_white_and_without_navigation(browser: Any, pages: list[Path]) -> None:
    context = browser.new_context(color_scheme="dark", offline=True)
    window = context.new_page()
    window.goto(pages[0].as_uri())
    window.emulate_media(media="print", color_scheme="dark")
    assert window.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not window.locator("nav").is_visible()
    context.close()


def test_what_was_not_written_is_told_from_what_was_lost_otherwise() -> None:
    made = report(12)
    (one,) = made.notebooks
    lost = (("relu", Outcome.MISSING.value, 5), ("swish", Outcome.WRONG.value, 2), ("selu", Outcome.MISSING.value, 1))
    html = assignment_page(replace(made, notebooks=(replace(one, unnamed=lost),)), "now")
    assert "Lost without a mistake that has a name: 8 checks, of which 6 were not written" in html
