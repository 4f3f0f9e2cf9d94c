"""A question before a picture, in a real browser: answered by keys or mouse, kept, and there again next morning."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from machine_room.notebook.predictions import KIND
from tests.course.hearing import violations
from tools.lab_page import READY, THERE, Laboratory, LabPage

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")

VIEW = "application/vnd.jupyter.widget-view+json"
NUMBER, CHOICE, POINT = "01-backprop/backprop", "03-optimizers/optimizers", "05-regularization/regularization"


def asking(page: LabPage) -> int:
    """The place of the cell that asks."""
    [place] = (at for at, cell in enumerate(page.cells()) if "explore.predict(" in cell["source"])
    return place


def asked(page: LabPage) -> Locator:
    """Run what the question needs, and it; return its cell when the question is there."""
    page.run(next(at for at, cell in enumerate(page.cells()) if (cell["kind"], cell.get("role")) == ("code", "given")))
    cell = page.run(asking(page))
    expect(cell.get_by_role("group").or_(cell.locator(".machine-room-prediction")).first).to_be_visible()
    return cell


def kept_in(cell: Locator) -> Locator:
    """What takes the form's place once a prediction is kept: until then the answer is there too, folded."""
    shown = cell.locator(".machine-room-prediction")
    expect(shown).to_contain_text("Your prediction: ")
    return shown


def outputs(home: Path, notebook: str) -> list[dict[str, Any]]:
    """What the cell that asks has shown, as it was saved."""
    cells = json.loads((home / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    [cell] = (cell for cell in cells if "explore.predict(" in "".join(cell["source"]))
    return [output["data"] for output in cell["outputs"]]


def photograph(page: LabPage, cell: Locator, folder: Path, name: str) -> None:
    """At both widths, light and dark; nothing shown may be wider than its place, and axe-core finds nothing in it."""
    place = cell.locator(".jp-OutputArea-output").first
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # which takes longer to change than the width
        page.theme(theme)
        for width in (700, 1280):
            page.page.set_viewport_size({"width": width, "height": 900})
            cell.scroll_into_view_if_needed()
            cell.screenshot(path=folder / f"predict-{name}-{width}-{theme.split()[-1].lower()}.png")
            assert place.evaluate("place => place.scrollWidth <= place.clientWidth + 1")
            assert width > 700 or violations(page) == []


def test_a_number_is_answered_by_keys_kept_and_there_next_morning(
    home: Path, students: Laboratory, browser: Browser, screenshots: Path
) -> None:
    with students.open(browser, f"{home.name}/{NUMBER}.ipynb") as page:
        cell = asked(page)
        form = cell.get_by_role("group", name="A network has 64 inputs")
        expect(form).to_be_visible()
        expect(cell).to_contain_text("A prediction is never graded.")
        expect(cell.get_by_text("It is: 7,511 passes")).to_be_hidden()
        photograph(page, cell, screenshots, "number-asked")
        cell.get_by_role("spinbutton", name="Your prediction").focus()
        page.page.keyboard.type("0")
        page.page.keyboard.press("Enter")
        expect(form).to_be_visible()  # out of range: the browser says so, and nothing is kept
        page.page.keyboard.press("Control+a")
        page.page.keyboard.type("7000")
        page.page.keyboard.press("Enter")
        shown = kept_in(cell)
        expect(shown).to_contain_text("Your prediction: 7,000 passes")
        expect(shown).to_contain_text("It is: 7,511 passes")
        expect(shown).to_be_focused()  # what took the form's place: it is read out, and Tab goes on from there
        expect(form).to_have_count(0)
        photograph(page, cell, screenshots, "number-answered")
        page.save()
        assert page.complaints == []
    [kept] = outputs(home, NUMBER)
    assert kept[KIND] == {"format": 1, "prediction": "forward_passes", "answer": 7000}
    assert VIEW not in kept
    with students.open(browser, f"{home.name}/{NUMBER}.ipynb") as page:
        cell = page.cell(asking(page))
        expect(cell).to_contain_text("Your prediction: 7,000 passes")  # nothing was run
        expect(cell).to_contain_text("It is: 7,511 passes")
        page.run_all()
        page.save()
    assert outputs(home, NUMBER) == [kept]


def test_run_all_on_another_computer_keeps_it_too(home: Path, students: Laboratory, browser: Browser) -> None:
    with students.open(browser, f"{home.name}/{CHOICE}.ipynb") as page:
        cell = asked(page)
        cell.get_by_role("radio", name="too short").focus()
        page.page.keyboard.press("Space")
        page.page.keyboard.press("ArrowDown")  # chooses, and does not leave the cell
        expect(cell.get_by_role("radio", name="as long as it should be")).to_be_checked()
        page.page.keyboard.press("Enter")
        expect(kept_in(cell)).to_contain_text("It is: too long")
        page.save()
        assert page.complaints == []
    shutil.rmtree(home / ".machine_room")  # what stays is the notebook
    with students.open(browser, f"{home.name}/{CHOICE}.ipynb") as page:
        cell = asked(page)
        expect(cell).to_contain_text("Your prediction: as long as it should be")
        page.save()
    [kept] = outputs(home, CHOICE)
    assert kept[KIND]["answer"] == "as long as it should be"


def test_a_point_is_set_by_mouse_and_moved_by_keys(
    home: Path, students: Laboratory, browser: Browser, screenshots: Path
) -> None:
    with students.open(browser, f"{home.name}/{POINT}.ipynb") as page:
        cell = asked(page)
        picture = cell.get_by_role("img", name="Ovals of equal loss")
        expect(picture).to_be_visible()
        photograph(page, cell, screenshots, "point-asked")
        place = picture.bounding_box()
        assert place is not None
        picture.click(position={"x": place["width"] * 0.5, "y": place["height"] * 0.5})
        first, second = (cell.get_by_role("spinbutton", name=name) for name in ("w₁", "w₂"))
        before = float(first.input_value()), float(second.input_value())
        assert -0.5 < before[0] < 2
        expect(cell.locator(".mark")).to_be_visible()
        first.focus()
        page.page.keyboard.press("ArrowUp")
        page.page.keyboard.press("ArrowUp")
        assert float(first.input_value()) == pytest.approx(before[0] + 0.2, abs=0.011)
        photograph(page, cell, screenshots, "point-set")
        cell.get_by_role("button", name="Keep my prediction").click()
        expect(kept_in(cell)).to_contain_text("It is: w₁ = 0, w₂ = 1.4")
        said = cell.get_by_role("img").get_attribute("alt") or ""
        assert said.startswith("Ovals of equal loss, twice as wide as high, around a cross that marks their middle.")
        assert f"your prediction: w₁ = {before[0] + 0.2:.3g}, w₂ = {before[1]:.3g}. true: w₁ = 0, w₂ = 1.4." in said
        photograph(page, cell, screenshots, "point-answered")
        assert page.complaints == []


def test_the_answer_can_be_unfolded_without_one_also_where_no_kernel_is(
    home: Path, students: Laboratory, browser: Browser, screenshots: Path
) -> None:
    with students.open(browser, f"{home.name}/{NUMBER}.ipynb") as page:
        cell = asked(page)
        cell.locator("summary").focus()
        page.page.keyboard.press("Enter")
        expect(cell.get_by_text("It is: 7,511 passes")).to_be_visible()
        page.save()
    [kept] = outputs(home, NUMBER)
    assert KIND not in kept
    with students.open(browser, f"{home.name}/{NUMBER}.ipynb") as page:
        cell = page.cell(asking(page))
        fold = cell.locator("details")
        expect(fold).to_have_count(1)
        expect(fold.get_by_text("It is: 7,511 passes")).to_be_hidden()
        expect(cell).to_contain_text("Run the cell to predict.")
        photograph(page, cell, screenshots, "number-without-a-kernel")
        fold.locator("summary").click()
        expect(fold.get_by_text("It is: 7,511 passes")).to_be_visible()
        # ipywidgets says so in the console, and in the page no more
        assert [complaint for complaint in page.complaints if "widget model not found" not in complaint] == []


def test_a_page_that_was_reloaded_says_how_it_is_kept(home: Path, students: Laboratory, browser: Browser) -> None:
    with students.open(browser, f"{home.name}/{NUMBER}.ipynb") as page:
        asked(page)
        page.save()
        page.page.reload()
        page.page.wait_for_function(THERE)
        page.page.evaluate(READY)
        cell = page.cell(asking(page))
        cell.get_by_role("spinbutton", name="Your prediction").fill("7000")
        cell.get_by_role("button", name="Keep my prediction").click()
        expect(cell).to_contain_text("Your prediction: 7,000 passes")  # in the form: such a page gets no new output
        page.run(asking(page))
        expect(kept_in(cell)).to_contain_text("Your prediction: 7,000 passes")
        page.save()
    [kept] = outputs(home, NUMBER)
    assert kept[KIND]["answer"] == 7000
