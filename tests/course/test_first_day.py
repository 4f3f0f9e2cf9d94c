"""A student's first day in a real browser: Run All, a notebook opened again, narrow windows, and who hears the page."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from autograde.course.intake import read_submission
from autograde.course.notebook import MAY_RAISE
from machine_room.explore.canvas import SCREEN_DPI, SMALLEST_POINTS
from machine_room.explore.panel import SMALLEST_LETTERS
from tools.lab_page import FrontEnd, Laboratory, LabPage, laboratory

#: One JupyterLab and one browser serve all tests here: they stay in one worker.
pytestmark = pytest.mark.xdist_group("browser")

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
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("first-day")
    shutil.copytree(Path(__file__).resolve().parents[2] / "release", made / "release")
    pictures = [f"from machine_room import explore\nexplore.{name}()" for name in PICTURES]
    (made / "pictures.ipynb").write_text(notebook(pictures))
    checks = ["import numpy as np\nfrom machine_room import check"]
    for source in (WRITTEN, WRONG_CURVE, UNWRITTEN):
        checks += [source, re.sub(r"def (\w+).*", r"check(\1)", source.splitlines()[0])]
    (made / "checks.ipynb").write_text(notebook(checks))
    return made


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Laboratory]:
    with laboratory(folder) as started:
        yield started


def violations(page: LabPage) -> list[str]:
    """What axe-core finds in what our cells show."""
    found = Axe().run(page.page, context=".jp-OutputArea-output").response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:300]}" for one in found]


def test_run_all_reaches_the_end_of_an_untouched_notebook_and_everyone_can_use_what_it_shows(
    release: Path, desk: Laboratory, browser: Browser
) -> None:
    with desk.open(browser, f"release/{release.parent.name}/{release.name}") as page:
        counts = page.run_all()
        assert len(counts) > 10
        ran = [count for count in counts if count is not None]
        assert ran == list(range(1, len(counts) + 1)), "every code cell, one after the other"
        expect(page.page.locator('.jp-OutputArea-output[data-mime-type$="error"]')).to_have_count(0)
        expect(page.page.get_by_role("status").filter(has_text="is not written yet").first).to_be_attached()
        assert violations(page) == []
        page.theme("JupyterLab Dark")
        assert violations(page) == []
        assert page.complaints == []


def test_checks_are_announced_and_everyone_can_read_them(desk: Laboratory, browser: Browser, screenshots: Path) -> None:
    with desk.open(browser, "checks.ipynb") as page:
        assert None not in page.run_all()
        for place, words in ((2, "relative_error: correct"), (4, "swish: not right yet"), (6, "not written yet")):
            expect(page.cell(place).get_by_role("status").filter(has_text=words).first).to_be_visible()
        expect(page.cell(6).locator('[data-mime-type$="error"], [data-mime-type$="stderr"]')).to_have_count(0)
        for theme in ("JupyterLab Light", "JupyterLab Dark"):
            page.theme(theme)
            assert violations(page) == []
        page.page.screenshot(path=screenshots / "checks-dark.png")


def test_axe_would_tell_of_a_control_without_a_name(desk: Laboratory, browser: Browser) -> None:
    with desk.open(browser, "pictures.ipynb") as page:
        page.run(1)
        page.picture(1)
        expect(page.cell(1).locator(".noUi-handle").first).to_have_attribute("aria-label", "η, learning rate")
        assert violations(page) == []
        page.cell(1).evaluate("cell => cell.querySelector('.machine-room-place img').removeAttribute('alt')")
        assert any(found.startswith("image-alt") for found in violations(page))


def test_every_control_says_its_name_and_its_value_as_shown(desk: Laboratory, browser: Browser) -> None:
    with desk.open(browser, "pictures.ipynb") as page:
        page.run(0)
        page.run(1)
        picture = page.picture(1)
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
            assert page.picture(place).output.evaluate(_TAB_STOPS) == stops


def test_pictures_turn_dark_with_the_page(desk: Laboratory, browser: Browser) -> None:
    with desk.open(browser, "pictures.ipynb") as page:
        page.run(1)
        picture = page.picture(1)
        first = picture.pixels()  # which may have been drawn before the page said how wide it is
        page.theme("JupyterLab Dark")
        picture.wait_for_change(first)
        dark = picture.pixels()
        page.theme("JupyterLab Light")
        picture.wait_for_change(dark)
        light = picture.pixels()
        page.theme("JupyterLab Dark")
        picture.wait_for(dark)
        page.theme("JupyterLab Light")
        picture.wait_for(light)


@pytest.mark.parametrize("window", WINDOWS)
def test_controls_and_pictures_fit_into_the_window(
    window: str, desk: Laboratory, browser: Browser, screenshots: Path
) -> None:
    width, zoom = WINDOWS[window]
    with desk.open(browser, "pictures.ipynb", width=width, zoom=zoom) as page:
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


def test_a_picture_grows_with_a_wide_window(desk: Laboratory, browser: Browser) -> None:
    with desk.open(browser, "pictures.ipynb", width=1900) as page:
        page.run(1)
        picture = page.picture(1)
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
    front: FrontEnd, desk: Laboratory, folder: Path, browser: Browser, screenshots: Path
) -> None:
    name = f"again-{front.name.lower()}.ipynb"
    shutil.copyfile(folder / "pictures.ipynb", folder / name)
    with desk.open(browser, name, front=front) as page:
        page.run(1)
        page.picture(1)
        page.save()
    with desk.open(browser, name, front=front) as page:  # with another kernel
        reopened(page, 1)
        expect(page.page.get_by_text("Saved picture. Run the cell to move the sliders.")).to_be_visible()
        page.page.screenshot(path=screenshots / f"reopened-{front.name.lower()}.png")
        page.run(1)
        expect(page.cell(1).locator(".noUi-handle").first).to_be_visible()
        expect(page.page.get_by_text("Saved picture.")).to_have_count(0)
    (folder / name).write_text(re.sub(r'"python3"', '"no-such-kernel"', (folder / name).read_text()))
    with desk.glimpse(browser, name, front=front) as page:  # with none, and changed by somebody: not trusted
        reopened(page, 1)


def test_a_notebook_run_several_times_is_saved_small_and_can_be_handed_in(
    desk: Laboratory, folder: Path, browser: Browser
) -> None:
    path = folder / "release" / "03-optimizers" / "optimizers.ipynb"
    with desk.open(browser, str(path.relative_to(folder))) as page:
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
