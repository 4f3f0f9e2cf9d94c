"""Graded while the student watches, in Chromium on a hub: wrong, the hint, mended, more points; then refused.

By keyboard where a mouse is not needed. The grader process is killed in between.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.hub.test_cycle import RIGHT, WRONG, place_of
from tests.hub.visitors import visiting
from tools.hub import RELEASED, Hub

pytestmark = pytest.mark.xdist_group("hub")


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="Hand in")


def hand_in(page: Page, number: int) -> Locator:
    """Press the button, which has the focus or gets it, and return what is said once it is answered."""
    button = panel(page).get_by_role("button", name="Save and hand in")
    expect(button).to_be_enabled()
    button.focus()
    page.keyboard.press("Enter")
    said = panel(page).get_by_role("status")
    expect(said).to_contain_text(f"Number {number}.")
    expect(button).to_be_enabled()
    return said


def row(page: Page, exercise: str) -> Locator:
    return panel(page).locator("tr", has=page.get_by_role("rowheader", name=exercise, exact=True))


def allow(hub: Hub, settings: str) -> None:
    (hub.course / "autograde.toml").write_text(f"[watch.{RELEASED}]\n{settings}\n")


def kill_the_grader(hub: Hub) -> None:
    os.kill(int((hub.course / ".autograde" / "serve.pid").read_text()), signal.SIGKILL)


def test_wrong_the_hint_mended_more_points_and_no_more_attempts(hub: Hub, browser: Browser, screenshots: Path) -> None:
    allow(hub, "attempts = 2")
    with visiting(browser, hub, "eve") as eve:
        eve.open_lab()
        eve.fetch(RELEASED)
        lab = eve.open_notebook(f"{RELEASED}/backprop.ipynb")
        page = eve.page
        page.get_by_role("button", name="Hand in", exact=True).click()
        expect(panel(page).get_by_role("status")).to_have_text("Nothing is handed in yet.")
        expect(panel(page)).to_contain_text("backprop.ipynb, saved at")

        lab.type_into(place_of(lab, "solution", "relu_backward"), WRONG)  # and not saved
        expect(panel(page)).to_contain_text("What you changed since is saved when you hand in.")
        expect(hand_in(page, 1)).to_contain_text("0 of 20 points; attempt 1 of 2.")
        expect(row(page, "relu_backward")).to_contain_text("0 of 1")
        expect(row(page, "relu_backward").locator("xpath=following-sibling::tr[1]")).to_contain_text("wrong: ")
        page.screenshot(path=screenshots / "10-student-hands-in-and-reads-the-hint.png")

        kill_the_grader(hub)
        lab.type_into(place_of(lab, "solution", "relu_backward"), RIGHT)
        expect(hand_in(page, 2)).to_contain_text("1 of 20 points; attempt 2 of 2.")
        expect(row(page, "relu_backward")).to_contain_text("1 of 1")
        expect(panel(page)).to_contain_text("Number 1: 0 of 20 points")
        lab.theme("JupyterLab Dark")
        page.set_viewport_size({"width": 700, "height": 860})
        page.screenshot(path=screenshots / "11-student-sees-the-points-grow.png")

        expect(hand_in(page, 3)).to_contain_text("2 of yours were graded at once, which is how many are.")
        allow(hub, "attempts = 20\npause_seconds = 3600")
        expect(hand_in(page, 4)).to_contain_text("Between two that are graded at once 1 hour pass: hand in again in 5")
    notebook = (hub.course / "submitted" / "eve" / RELEASED / "backprop.ipynb").read_text()
    assert "return dh * (z > 0)" in notebook
