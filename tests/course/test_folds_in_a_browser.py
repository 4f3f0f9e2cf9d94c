"""Folded answers in a real browser: closed until they are opened by a click or a key, in JupyterLab and on a page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from autograde.course.folds import OPENS
from autograde.course.notebook import source_of
from autograde.gradebook.around import Scores
from autograde.gradebook.page import page_maker
from tools.lab_page import FrontEnd, Laboratory, LabPage

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")


def folds(page: Page) -> Locator:
    return page.locator("details")


def ours(page: LabPage) -> list[str]:
    """What the page complained of, but for the fonts of formulas, which Jupyter's server does not hand to a page."""
    return [complaint for complaint in page.complaints if ".woff" not in complaint]


@pytest.mark.parametrize("front", FrontEnd)
def test_an_answer_opens_by_click_and_by_key(lab: Laboratory, browser: Browser, front: FrontEnd) -> None:
    with lab.open(browser, "02-activations/activations.ipynb", front=front) as page:
        first, second = folds(page.page).nth(0), folds(page.page).nth(1)
        words = first.locator("p").first
        expect(words).to_be_hidden()
        first.locator("summary").click()
        expect(words).to_be_visible()
        expect(first.locator("mjx-container, .MathJax").first).to_be_visible()  # the formulas are set
        second.locator("summary").focus()
        page.page.keyboard.press("Enter")
        expect(second.locator("p").first).to_be_visible()
        assert ours(page) == [] or front is FrontEnd.NOTEBOOK  # that page has errors of its own


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_feedback_page_folds_too(release: Path, browser: Browser, tmp_path: Path, scheme: str) -> None:
    notebook = json.loads(release.read_text(encoding="utf-8"))
    page_file = tmp_path / "page.html"
    page_file.write_text(page_maker()(release.stem, notebook, Scores()), encoding="utf-8")
    wanted = sum(source_of(cell).count(OPENS) for cell in notebook["cells"])
    page = browser.new_page(viewport={"width": 700, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
    try:
        page.goto(page_file.as_uri())
        expect(folds(page)).to_have_count(wanted)
        expect(page.locator("details[open]")).to_have_count(0)
        expect(folds(page).first.locator("p, ul, table").first).to_be_hidden()
        folds(page).first.locator("summary").click()
        expect(folds(page).first.locator("p, ul, table").first).to_be_visible()
    finally:
        page.close()
