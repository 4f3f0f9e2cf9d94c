"""The notebooks in a real JupyterLab, in a real browser: pictures follow their sliders, checks say what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tools.lab_page import Laboratory, LabPage, Picture

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")

WRONG_STEP = """def gradient_descent_step(theta, gradient, *, learning_rate):
    return theta + learning_rate * gradient
"""
RIGHT_STEP = WRONG_STEP.replace("theta + ", "theta - ")


def run_what_pictures_need(page: LabPage) -> list[int]:
    """Run the given, the solution and the explore cells, in order; return the places of the explore cells."""
    cells = page.cells()
    roles = ["asks" if "explore.predict(" in cell["source"] else cell.get("role") for cell in cells]
    for place, role in enumerate(roles):
        if role in ("given", "solution", "explore"):
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


def test_every_picture_follows_its_sliders(release: Path, lab: Laboratory, browser: Browser, screenshots: Path) -> None:
    with lab.open(browser, f"{release.parent.name}/{release.name}") as page:
        places = run_what_pictures_need(page)
        assert places
        for place in places:
            picture = page.picture(place)
            moves(picture)
            assert cut_off(picture.output) == []
        no_error_shows(page)
        photograph(page, places, screenshots, release.stem)


def test_messages_do_not_change_the_tabs_icon(lab: Laboratory, browser: Browser) -> None:
    with lab.open(browser, "01-backprop/backprop.ipynb") as page:
        has = "name => window.jupyterapp.hasPlugin('@jupyterlab/application-extension:' + name)"
        assert page.page.evaluate(has, "favicon-of-nobody") is False
        assert page.page.evaluate(has, "main") is True
        assert page.page.evaluate(has, "faviconbusy") is False


def test_a_student_is_led_from_a_wrong_function_to_the_green_line(
    lab: Laboratory, browser: Browser, screenshots: Path
) -> None:
    with lab.open(browser, "01-backprop/backprop.ipynb") as page:
        cells = page.cells()
        (solution,) = (place for place, cell in enumerate(cells) if cell == {
            **cell, "role": "solution", "exercise": "gradient_descent_step"})  # fmt: skip
        (check,) = (place for place, cell in enumerate(cells) if cell == {
            **cell, "role": "check", "exercise": "gradient_descent_step"})  # fmt: skip
        page.run(next(place for place, cell in enumerate(cells) if cell.get("role") == "given"))
        page.run(solution)
        expect(page.run(check)).to_contain_text("gradient_descent_step is not written yet")

        page.type_into(solution, WRONG_STEP)
        page.run(solution)
        said = page.run(check)
        expect(said).to_contain_text("not right yet")
        page.page.screenshot(path=screenshots / "check-wrong.png")
        idea, button = said.get_by_text("uphill"), said.get_by_text("Show a hint")
        expect(idea).not_to_be_visible()
        button.focus()
        page.page.keyboard.press("Enter")
        expect(idea).to_be_visible()
        formula = said.locator("details").filter(has_text="Show the formula").locator("div")
        expect(formula).not_to_be_visible()
        page.page.keyboard.press("Tab")
        page.page.keyboard.press(" ")
        expect(formula).to_be_visible()
        page.page.screenshot(path=screenshots / "check-hint.png")

        page.type_into(solution, RIGHT_STEP)
        page.run(solution)
        said = page.run(check)
        expect(said).to_contain_text("✓ gradient_descent_step: correct")
        expect(said).not_to_contain_text("not right yet")
        page.page.screenshot(path=screenshots / "check-right.png")
        no_error_shows(page)


def test_the_step_button_walks_the_lectures_step(lab: Laboratory, browser: Browser) -> None:
    with lab.open(browser, "01-backprop/backprop.ipynb") as page:
        first = next(place for place, cell in enumerate(page.cells()) if cell.get("role") == "given")
        page.run(first)
        own = page.add_below(first, "network = explore.worked_network()\nnetwork")
        page.run(own)
        picture = page.picture(own)
        before = picture.pixels()
        picture.output.get_by_role("button", name="step").click()
        picture.wait_for_change(before)
        values = page.run(page.add_below(own, "print([float(round(value, 9)) for value in network.values.values()])"))
        expect(values).to_contain_text("1.08, 3.968, 2.984, 2.0, 1.0, -2.0, 1.952, 3.0, -2.008]")
        after = picture.pixels()
        picture.output.get_by_role("button", name="reset").click()
        picture.wait_for_change(after)
        assert picture.pixels() == before
        no_error_shows(page)
