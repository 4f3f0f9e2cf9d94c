"""A student's first day in a real browser: a notebook opened again, narrow windows, and who hears the page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from autograde.course.intake import read_submission
from autograde.course.notebook import MAY_RAISE
from machine_room.explore.canvas import SCREEN_DPI, SMALLEST_POINTS
from machine_room.explore.panel import SMALLEST_LETTERS
from tests.course.hearing import violations
from tools.lab_page import FrontEnd, Laboratory, LabPage

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")

ROOT = Path(__file__).resolve().parents[2]
#: Of a notebook that is handed in, pictures and all.
MOST_BYTES = 2_000_000
#: Screen pixels: a shorter track cannot be dragged to a value.
SHORTEST_TRACK = 70
#: The longest labels, the most controls, drop-down lists, buttons.
PICTURES = ("worked_network", "momentum_on_bowl", "optimizer_race", "schedule_designer")
#: Narrow, beside slides, usual; and the usual window enlarged to twice its size.
WINDOWS = {"700": (700, 1.0), "900": (900, 1.0), "1280": (1280, 1.0), "1280 at 200 %": (1280, 2.0)}

WRITTEN = """def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
"""
WRONG_CURVE = "def swish(z, beta=1.0):\n    return z / (1 + np.exp(beta * z))\n"
UNWRITTEN = "def forward_difference(f, theta, *, epsilon=1e-6):\n    raise NotImplementedError()\n"


def notebook(sources: list[str], kernel: str = "python3") -> str:
    cells: list[dict[str, Any]] = [
        {"cell_type": "code", "id": f"cell-{place}", "metadata": {"tags": [MAY_RAISE]}, "outputs": [],
         "execution_count": None, "source": source}
        for place, source in enumerate(sources)
    ]  # fmt: skip
    about = {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    return json.dumps({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture(scope="module")
def folder(notebooks: Path) -> Path:
    """What is opened here, in a folder of its own on JupyterLab's server."""
    made = notebooks / "first-day"
    shutil.copytree(ROOT / "release" / "03-optimizers", made / "03-optimizers")
    pictures = [f"from machine_room import explore\nexplore.{name}()" for name in PICTURES]
    (made / "pictures.ipynb").write_text(notebook(pictures))
    checks = ["import numpy as np\nfrom machine_room import check"]
    for source in (WRITTEN, WRONG_CURVE, UNWRITTEN):
        checks += [source, re.sub(r"def (\w+).*", r"check(\1)", source.splitlines()[0])]
    (made / "checks.ipynb").write_text(notebook(checks))
    return made


@pytest.fixture(scope="module")
def opened(folder: Path, lab: Laboratory, browser: Browser) -> Iterator[LabPage]:
    with lab.open(browser, f"{folder.name}/pictures.ipynb") as page:
        yield page


@pytest.fixture
def pictures(opened: LabPage) -> LabPage:
    """The notebook of pictures, of which none has been shown yet: one page serves all that run its cells."""
    opened.tidy()
    return opened


@pytest.fixture
def in_a_window(window: str, pictures: LabPage, folder: Path, lab: Laboratory, browser: Browser) -> Iterator[LabPage]:
    width, zoom = WINDOWS[window]
    if zoom == 1:
        pictures.widen(width)
        yield pictures
    else:  # a page is opened enlarged, or is not; of one notebook, two pages would share the kernel
        shutil.copyfile(folder / "pictures.ipynb", folder / "enlarged.ipynb")
        with lab.open(browser, f"{folder.name}/enlarged.ipynb", width=width, zoom=zoom) as page:
            yield page


def test_checks_are_announced_and_everyone_can_read_them(
    folder: Path, lab: Laboratory, browser: Browser, screenshots: Path
) -> None:
    with lab.open(browser, f"{folder.name}/checks.ipynb") as page:
        assert None not in page.run_all()
        for place, words in ((2, "relative_error: correct"), (4, "swish: not right yet"), (6, "not written yet")):
            expect(page.cell(place).get_by_role("status").filter(has_text=words).first).to_be_visible()
        expect(page.cell(6).locator('[data-mime-type$="error"], [data-mime-type$="stderr"]')).to_have_count(0)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            page.theme(theme)
            assert violations(page) == []
        page.page.screenshot(path=screenshots / "checks-dark.png")


def test_axe_would_tell_of_a_control_without_a_name(pictures: LabPage) -> None:
    pictures.run(1)
    pictures.picture(1)
    expect(pictures.cell(1).locator(".noUi-handle").first).to_have_attribute("aria-label", "η, learning rate")
    assert violations(pictures) == []
    pictures.cell(1).evaluate("cell => cell.querySelector('.machine-room-place img').removeAttribute('alt')")
    assert any(found.startswith("image-alt") for found in violations(pictures))


def test_every_control_says_its_name_and_its_value_as_shown(pictures: LabPage) -> None:
    pictures.run(0)
    pictures.run(1)
    picture = pictures.picture(1)
    handle = picture.output.get_by_role("slider", name="η, learning rate")
    readout = picture.output.locator(".widget-readout").first
    expect(handle).to_have_attribute("aria-valuetext", "0.02")
    spoken = picture.output.get_by_role("status")
    before = spoken.text_content() or ""
    handle.press("ArrowRight")
    expect(readout).not_to_have_text("0.02")
    expect(handle).to_have_attribute("aria-valuetext", readout.text_content() or "")
    expect(spoken).not_to_have_text(before)
    expect(spoken).to_have_attribute("aria-live", "polite")
    expect(picture.image).to_have_attribute("alt", re.compile("^Path of momentum"))
    for place, stops in ((0, 15), (1, 3)):  # the worked network has two buttons besides
        assert pictures.picture(place).output.evaluate(_TAB_STOPS) == stops


def test_pictures_turn_dark_with_the_page(pictures: LabPage) -> None:
    pictures.run(1)
    picture = pictures.picture(1)
    first = picture.pixels()  # which may have been drawn before the page said how wide it is
    pictures.theme("JupyterLab Dark")
    picture.wait_for_change(first)
    dark = picture.pixels()
    pictures.theme("JupyterLab Light")
    picture.wait_for_change(dark)
    light = picture.pixels()
    pictures.theme("JupyterLab Dark")
    picture.wait_for(dark)
    pictures.theme("JupyterLab Light")
    picture.wait_for(light)


@pytest.mark.parametrize("window", WINDOWS)
def test_controls_and_pictures_fit_into_the_window(window: str, in_a_window: LabPage, screenshots: Path) -> None:
    page = in_a_window
    for place, name in enumerate(PICTURES):
        page.run(place)
        picture = page.picture(place)
        measured: dict[str, Any] = picture.output.evaluate(_MEASURED)
        assert min(measured["tracks"]) >= SHORTEST_TRACK, (name, measured)
        assert min(measured["lists"], default=SHORTEST_TRACK) >= SHORTEST_TRACK, (name, measured)
        assert measured["beyond"] == [], (name, measured)
        letters = measured["picture"] / measured["size"] * SMALLEST_POINTS * SCREEN_DPI / 72
        assert letters >= SMALLEST_LETTERS - 0.05, (name, measured)
        if measured["scrolls"]:  # the arrow keys move what is cut off, and the sentence stands below
            expect(picture.output.locator(".machine-room-place")).to_have_attribute("tabindex", "0")
            assert measured["sentence"] > 10
        page.cell(place).evaluate("cell => cell.scrollIntoView({block: 'start'})")
        page.page.screenshot(path=screenshots / f"{name}-{window.replace(' ', '-').replace('%', '')}.png")


def test_a_picture_grows_with_a_wide_window(pictures: LabPage) -> None:
    pictures.widen(1900)
    pictures.run(1)
    picture = pictures.picture(1)
    measured = picture.output.evaluate(_MEASURED)
    assert measured["picture"] > 1.2 * measured["size"]
    assert not measured["scrolls"]


def reopened(page: LabPage, places: int) -> None:
    """Each picture stands there with its text, and nothing says that a model is missing."""
    saved = page.page.locator(".jp-OutputArea-output img")
    expect(saved).to_have_count(places)
    for image in saved.all():
        expect(image).to_have_attribute("alt", re.compile(r"\w+ \w+"))
        assert image.evaluate("image => image.complete && image.naturalWidth > 400")
    expect(page.page.locator(".jp-OutputArea").get_by_text(re.compile("model not found|Loading widget"))).to_have_count(
        0
    )


@pytest.mark.parametrize("front", FrontEnd)
def test_a_notebook_that_is_opened_again_shows_its_pictures(
    front: FrontEnd, lab: Laboratory, folder: Path, browser: Browser, screenshots: Path
) -> None:
    name = f"again-{front.name.lower()}.ipynb"
    shutil.copyfile(folder / "pictures.ipynb", folder / name)
    with lab.open(browser, f"{folder.name}/{name}", front=front) as page:
        page.run(1)
        page.picture(1)
        page.save()
    with lab.open(browser, f"{folder.name}/{name}", front=front) as page:  # with another kernel
        reopened(page, 1)
        expect(page.page.get_by_text("Saved picture. Run the cell to move the sliders.")).to_be_visible()
        page.page.screenshot(path=screenshots / f"reopened-{front.name.lower()}.png")
        page.run(1)
        expect(page.cell(1).locator(".noUi-handle").first).to_be_visible()
        expect(page.page.get_by_text("Saved picture.")).to_have_count(0)
    (folder / name).write_text(re.sub(r'"python3"', '"no-such-kernel"', (folder / name).read_text()))
    with lab.glimpse(browser, f"{folder.name}/{name}", front=front) as page:  # with none, and not trusted: changed
        reopened(page, 1)


def test_a_notebook_run_several_times_is_saved_small_and_can_be_handed_in(
    lab: Laboratory, folder: Path, browser: Browser
) -> None:
    path = folder / "03-optimizers" / "optimizers.ipynb"
    with lab.open(browser, str(path.relative_to(folder.parent))) as page:
        page.run_all()
        explorers = [place for place, cell in enumerate(page.cells())
                     if cell.get("role") == "explore" and "explore.predict(" not in cell["source"]]  # fmt: skip
        counted = page.add_below(
            explorers[0], "from ipywidgets.widgets import widget\nprint('alive:', len(widget._instances))"
        )
        alive = set()
        for _ in range(3):
            page.run(explorers[0])
            alive.add(page.run(counted).locator(".jp-OutputArea-output", has_text="alive:").inner_text())
        assert len(alive) == 1, "widgets of the cell's earlier runs live on"
        page.save()
    assert path.stat().st_size < MOST_BYTES
    cells = json.loads(read_submission(path))["cells"]
    pictures = [output for cell in cells for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})]
    assert len(pictures) >= len(explorers) > 3


_TAB_STOPS = """output => [...output.querySelectorAll('*')].filter(node =>
    node.tabIndex >= 0 && node.getClientRects().length && !node.disabled).length"""
_MEASURED = """output => {
    const width = node => node.getBoundingClientRect().width, all = found => [...output.querySelectorAll(found)];
    const place = output.querySelector('.machine-room-place'), image = place.querySelector('img');
    const edge = output.getBoundingClientRect().right + 1;
    return {
        tracks: all('.noUi-base').map(width), lists: all('select').map(width), picture: width(image),
        size: image.naturalWidth / (image.naturalWidth > 1300 ? 2 : 1),
        scrolls: place.scrollWidth > place.clientWidth + 1,
        sentence: output.querySelector('[role=status]').getBoundingClientRect().height,
        beyond: all('.widget-label, .widget-readout, .noUi-base, select, button')
            .filter(node => node.getBoundingClientRect().right > edge || // at its end a handle stands out, as it should
                (node.scrollWidth > node.clientWidth + 1 && !node.matches('.noUi-base')))
            .map(node => node.className + node.textContent),
    };
}"""
