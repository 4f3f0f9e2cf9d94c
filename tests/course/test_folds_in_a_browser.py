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

#: New cells to look at in pictures, by the notebook they are in.
NEW = {
    "backprop": ["prose-where-paths-meet-1", "prose-where-paths-meet-2", "skip_backward"],
    "activations": ["prose-break-it-1", "prose-break-it-4", "failing_input", "prose-break-it-5", "selu"],
    "schedules": ["prose-find-the-bugs-1", "given-find-the-bugs-1", "scheduled_descent", "warm_up_schedule"],
}


def folds(page: Page) -> Locator:
    return page.locator("details")


def ours(page: LabPage) -> list[str]:
    """What the page complained of, but for the fonts of formulas, which Jupyter's server does not hand to a page."""
    return [complaint for complaint in page.complaints if ".woff" not in complaint]


def answers_fit(page: Page) -> list[str]:
    """The open answers that are wider than their place; what MathJax adds for screen readers is not seen."""
    page.add_style_tag(content="mjx-assistive-mml { display: none !important }")
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('details[open]')]
            .filter(fold => fold.scrollWidth > fold.clientWidth + 1).map(fold => fold.textContent.slice(0, 60))"""
    )
    return found


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


def test_every_answer_is_closed_at_first_and_fits_when_open(
    release: Path, lab: Laboratory, browser: Browser, screenshots: Path
) -> None:
    sources = [source_of(cell) for cell in json.loads(release.read_text(encoding="utf-8"))["cells"]]
    wanted = sum(source.count(OPENS) for source in sources)
    for width in (700, 1280):
        with lab.open(browser, f"{release.parent.name}/{release.name}", width=width) as page:
            expect(folds(page.page)).to_have_count(wanted)
            expect(page.page.locator("details[open]")).to_have_count(0)
            page.page.evaluate("() => document.querySelectorAll('details').forEach(fold => { fold.open = true; })")
            page.page.locator("details mjx-container, details .MathJax").first.wait_for()
            assert answers_fit(page.page) == []
            photograph_new(page, release, screenshots, width)
            assert ours(page) == []


def photograph_new(page: LabPage, release: Path, folder: Path, width: int) -> None:
    ids = [cell.get("id") for cell in json.loads(release.read_text(encoding="utf-8"))["cells"]]
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.theme(theme)
        for name in NEW.get(release.stem, []):
            page.cell(ids.index(name)).evaluate("cell => cell.scrollIntoView({block: 'start'})")
            page.page.screenshot(path=folder / f"new-{release.stem}-{name}-{width}-{theme.split()[-1].lower()}.png")


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
