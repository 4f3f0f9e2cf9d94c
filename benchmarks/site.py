"""The site that `make test-site` builds, in Chromium: how soon a page and a picture show, and 500 moves of a slider.

`python -m benchmarks site`. The kernel is the browser's own, Pyodide; what was loaded once is in the browser's cache.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks.table import Table
from tools.lab_page import Picture, chromium
from tools.site_page import Site, Visit, served

SITE = Path(__file__).resolve().parent.parent / ".venv-site" / "site"
NOTEBOOK = "01-backprop/backprop.ipynb"
MOVES, WARM_UP = 500, 10

#: In the page: from the key that moves the slider to the load of the new picture.
_WATCH = """image => {
    window.pressed = null;
    window.took = [];
    document.addEventListener('keydown', event => { window.pressed = event.timeStamp; }, true);
    image.addEventListener('load', () => {
        if (window.pressed !== null) window.took.push(performance.now() - window.pressed);
        window.pressed = null;
    });
}"""
_SEEN = "count => window.took.length > count"


def table() -> Table:
    """Measure everything.

    Raises:
        RuntimeError: there is no site.
    """
    if not (SITE / "index.html").is_file():
        raise RuntimeError(f"There is no site in {SITE}: run 'make test-site', which builds it.")
    size = sum(path.stat().st_size for path in SITE.rglob("*") if path.is_file())
    with chromium() as browser, served(SITE) as site:
        page = _page_seconds(browser, site)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        began = time.monotonic()
        with site.visit(context, NOTEBOOK) as visit:
            kernel = time.monotonic() - began
            picture = _first_picture(visit)
            first = time.monotonic() - began
            took = _moves(picture)
    early, late = took[:50], took[-50:]
    rows = [
        ("a page is shown, seconds", f"{page:.1f}"),
        ("a notebook is open and its kernel ready, seconds", f"{kernel:.0f}"),
        ("its first picture shows, seconds since it was asked for", f"{first:.0f}"),
        ("slider to picture, milliseconds: median", f"{np.median(took):.0f}"),
        ("slider to picture, milliseconds: 95th percentile", f"{np.percentile(took, 95):.0f}"),
        ("median of the first 50 moves, and of the last 50", f"{np.median(early):.0f}, {np.median(late):.0f}"),
        ("the whole site, MB", f"{size / 1e6:.0f}"),
    ]
    notes = [f"{MOVES} moves of one slider, one after the other; Chromium and a kernel of Pyodide on one machine."]
    return Table("The course in the browser", ("", ""), rows, notes)


def _page_seconds(browser: Browser, site: Site) -> float:
    """Return until the first page stands there, with all that it loads, in a browser that was never here."""
    page = browser.new_context().new_page()
    began = time.monotonic()
    page.goto(f"{site.address}/index.html", wait_until="load")
    took = time.monotonic() - began
    page.context.close()
    return took


def _first_picture(visit: Visit) -> Picture:
    visit.lab.run(2)
    visit.lab.run(visit.places("given")[0])
    place = visit.places("explore")[0]
    visit.lab.run(place)
    return visit.lab.picture(place)


def _moves(picture: Picture) -> np.ndarray:
    """Press a slider's key 500 times, each when the picture before has come, and return the milliseconds."""
    page = picture.image.page
    picture.pixels()
    picture.image.evaluate(_WATCH)
    picture.handles()[0].focus()
    for move in range(WARM_UP + MOVES):
        page.keyboard.press("ArrowRight" if move % 10 < 5 else "ArrowLeft")
        page.wait_for_function(_SEEN, arg=move)
    return np.array(page.evaluate("window.took")[WARM_UP:])
