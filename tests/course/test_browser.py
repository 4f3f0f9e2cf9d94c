"""The notebooks in a real JupyterLab, in a real browser: answers are folded, Run All reaches the end, pictures follow
their sliders, checks say what is wrong.

A page with a notebook takes longer to open than most of what is tried in it. So each notebook is opened once, and
goes through its tests in the order in which they stand here, each of which can also run alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from autograde.course.folds import OPENS
from autograde.course.notebook import source_of
from tests.course.hearing import violations
from tools.lab_page import WIDTH, Laboratory, LabPage, Picture

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")

WRONG_STEP = """def gradient_descent_step(theta, gradient, *, learning_rate):
    return theta + learning_rate * gradient
"""
RIGHT_STEP = WRONG_STEP.replace("theta + ", "theta - ")
#: New cells to look at in pictures, by the notebook they are in.
NEW = {
    "backprop": ["prose-where-paths-meet-1", "prose-where-paths-meet-2", "skip_backward"],
    "activations": ["prose-break-it-1", "prose-break-it-4", "failing_input", "prose-break-it-5", "selu"],
    "schedules": ["prose-find-the-bugs-1", "given-find-the-bugs-1", "scheduled_descent", "warm_up_schedule"],
}
WIDTHS = (WIDTH, 700)
OPEN_ALL = "open => document.querySelectorAll('details').forEach(fold => { fold.open = open; })"


@pytest.fixture(scope="module")
def page(release: Path, lab: Laboratory, browser: Browser) -> Iterator[LabPage]:
    """The notebook, as it was given out; what one test has run, the next one finds."""
    with lab.open(browser, f"{release.parent.name}/{release.name}") as opened:
        yield opened


@pytest.fixture(scope="module")
def backprop(lab: Laboratory, browser: Browser) -> Iterator[LabPage]:
    """The first notebook, for what is tried in one notebook only."""
    with lab.open(browser, "01-backprop/backprop.ipynb") as opened:
        yield opened


def run_what_pictures_need(page: LabPage) -> list[int]:
    """Run the given, solution and explore cells that have not run, in order; return the places of the explore cells."""
    cells = page.cells()
    roles = ["asks" if "explore.predict(" in cell["source"] else cell.get("role") for cell in cells]
    ran = iter(page.counts())
    counts = [next(ran) if cell["kind"] == "code" else None for cell in cells]
    for place, role in enumerate(roles):
        if role in ("given", "solution", "explore") and counts[place] is None:
            page.run(place)
    return [place for place, role in enumerate(roles) if role == "explore"]


def moves(picture: Picture) -> None:
    """Move one slider, one list and one box, and see the picture follow each."""
    before = picture.pixels()
    handle = picture.handles()[0]
    at_its_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
    picture.push(handle, "ArrowLeft" if at_its_end else "ArrowRight")
    picture.wait_for_change(before)
    for choice in picture.output.locator("select").all()[:1]:
        before = picture.pixels()
        choice.select_option(index=1)
        picture.wait_for_change(before)


def cut_off(output: Locator) -> list[str]:
    """The labels that do not fit, and the picture where it is wider than its place."""
    return list(output.evaluate(
        """output => [
            ...[...output.querySelectorAll('.widget-label, .widget-readout')]
                .filter(label => label.scrollWidth > label.clientWidth + 1).map(label => label.textContent),
            ...[...output.querySelectorAll('img')]
                .filter(image => image.getBoundingClientRect().right > output.getBoundingClientRect().right + 1)
                .map(() => 'the picture'),
        ]"""
    ))  # fmt: skip


def no_error_shows(page: LabPage) -> None:
    expect(page.page.locator('[data-mime-type="application/vnd.jupyter.stderr"]')).to_have_count(0)
    expect(page.page.locator(".jp-OutputArea-output", has_text="Traceback")).to_have_count(0)
    expect(page.page.locator(".jupyter-widgets-error-widget")).to_have_count(0)
    assert page.complaints == []


def photograph(page: LabPage, places: list[int], folder: Path, name: str) -> None:
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.theme(theme)
        for place in places:
            page.cell(place).evaluate("cell => cell.scrollIntoView({block: 'center'})")
            page.page.screenshot(path=folder / f"{name}-{place}-{theme.split()[-1].lower()}.png")


def answers_fit(page: LabPage) -> list[str]:
    """The open answers that are wider than their place; what MathJax adds for screen readers is not seen."""
    page.page.add_style_tag(content="mjx-assistive-mml { display: none !important }")
    found: list[str] = page.page.evaluate(
        """() => [...document.querySelectorAll('details[open]')]
            .filter(fold => fold.scrollWidth > fold.clientWidth + 1).map(fold => fold.textContent.slice(0, 60))"""
    )
    return found


def photograph_new(page: LabPage, release: Path, folder: Path) -> None:
    """At both widths, light and dark."""
    names = NEW.get(release.stem, [])
    ids = [cell.get("id") for cell in json.loads(release.read_text(encoding="utf-8"))["cells"]]
    for theme in ("JupyterLab Dark", "JupyterLab Light") if names else ():
        page.theme(theme)
        for width, name in product(WIDTHS, names):
            page.widen(width)
            page.cell(ids.index(name)).evaluate("cell => cell.scrollIntoView({block: 'start'})")
            page.page.screenshot(path=folder / f"new-{release.stem}-{name}-{width}-{theme.split()[-1].lower()}.png")


def test_every_answer_is_closed_at_first_and_fits_when_open(release: Path, page: LabPage, screenshots: Path) -> None:
    sources = [source_of(cell) for cell in json.loads(release.read_text(encoding="utf-8"))["cells"]]
    expect(page.page.locator("details")).to_have_count(sum(source.count(OPENS) for source in sources))
    expect(page.page.locator("details[open]")).to_have_count(0)
    page.page.evaluate(OPEN_ALL, True)
    page.page.locator("details mjx-container, details .MathJax").first.wait_for()
    for width in WIDTHS:
        page.widen(width)
        assert answers_fit(page) == []
    photograph_new(page, release, screenshots)
    page.widen(WIDTH)
    page.page.evaluate(OPEN_ALL, False)
    # Jupyter's server does not hand a page the fonts of formulas.
    assert [complaint for complaint in page.complaints if ".woff" not in complaint] == []


def test_run_all_reaches_the_end_of_an_untouched_notebook_and_everyone_can_use_what_it_shows(page: LabPage) -> None:
    page.complaints.clear()
    counts = page.run_all()
    assert len(counts) > 10
    ran = [count for count in counts if count is not None]
    assert ran == list(range(1, len(counts) + 1)), "every code cell, one after the other"
    expect(page.page.locator('.jp-OutputArea-output[data-mime-type$="error"]')).to_have_count(0)
    expect(page.page.get_by_role("status").filter(has_text="is not written yet").first).to_be_attached()
    assert violations(page) == []
    page.theme("JupyterLab Dark")
    assert violations(page) == []
    page.theme("JupyterLab Light")
    assert page.complaints == []


def test_every_picture_follows_its_sliders(release: Path, page: LabPage, screenshots: Path) -> None:
    page.complaints.clear()
    places = run_what_pictures_need(page)
    assert places
    for place in places:
        picture = page.picture(place)
        moves(picture)
        assert cut_off(picture.output) == []
    no_error_shows(page)
    photograph(page, places, screenshots, release.stem)


def test_messages_do_not_change_the_tabs_icon(backprop: LabPage) -> None:
    has = "name => window.jupyterapp.hasPlugin('@jupyterlab/application-extension:' + name)"
    assert backprop.page.evaluate(has, "favicon-of-nobody") is False
    assert backprop.page.evaluate(has, "main") is True
    assert backprop.page.evaluate(has, "faviconbusy") is False


def test_a_student_is_led_from_a_wrong_function_to_the_green_line(backprop: LabPage, screenshots: Path) -> None:
    cells = backprop.cells()
    (solution,) = (place for place, cell in enumerate(cells) if cell == {
        **cell, "role": "solution", "exercise": "gradient_descent_step"})  # fmt: skip
    (check,) = (place for place, cell in enumerate(cells) if cell == {
        **cell, "role": "check", "exercise": "gradient_descent_step"})  # fmt: skip
    backprop.run(next(place for place, cell in enumerate(cells) if cell.get("role") == "given"))
    backprop.run(solution)
    expect(backprop.run(check)).to_contain_text("gradient_descent_step is not written yet")

    backprop.type_into(solution, WRONG_STEP)
    backprop.run(solution)
    said = backprop.run(check)
    expect(said).to_contain_text("not right yet")
    backprop.page.screenshot(path=screenshots / "check-wrong.png")
    idea, button = said.get_by_text("uphill"), said.get_by_text("Show a hint")
    expect(idea).not_to_be_visible()
    button.focus()
    backprop.page.keyboard.press("Enter")
    expect(idea).to_be_visible()
    formula = said.locator("details").filter(has_text="Show the formula").locator("div")
    expect(formula).not_to_be_visible()
    backprop.page.keyboard.press("Tab")
    backprop.page.keyboard.press(" ")
    expect(formula).to_be_visible()
    backprop.page.screenshot(path=screenshots / "check-hint.png")

    backprop.type_into(solution, RIGHT_STEP)
    backprop.run(solution)
    said = backprop.run(check)
    expect(said).to_contain_text("✓ gradient_descent_step: correct")
    expect(said).not_to_contain_text("not right yet")
    backprop.page.screenshot(path=screenshots / "check-right.png")
    no_error_shows(backprop)


def test_the_step_button_walks_the_lectures_step(backprop: LabPage) -> None:
    first = next(place for place, cell in enumerate(backprop.cells()) if cell.get("role") == "given")
    backprop.run(first)
    own = backprop.add_below(first, "network = explore.worked_network()\nnetwork")
    backprop.run(own)
    picture = backprop.picture(own)
    before = picture.pixels()
    picture.output.get_by_role("button", name="step").click()
    picture.wait_for_change(before)
    values = backprop.run(
        backprop.add_below(own, "print([float(round(value, 9)) for value in network.values.values()])")
    )
    expect(values).to_contain_text("1.08, 3.968, 2.984, 2.0, 1.0, -2.0, 1.952, 3.0, -2.008]")
    after = picture.pixels()
    picture.output.get_by_role("button", name="reset").click()
    picture.wait_for_change(after)
    assert picture.pixels() == before
    no_error_shows(backprop)
