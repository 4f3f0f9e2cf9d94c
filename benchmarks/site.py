"""The site that `make test-site` builds, in Chromium: how soon a page and a picture show, and 500 moves of a slider.

`python -m benchmarks site`. The kernel is the browser's own, Pyodide; what was loaded once is in the browser's cache.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks.table import Table
from tools.lab_page import Picture, chromium
from tools.site_page import Site, Visit, served

SITE = Path(__file__).resolve().parent.parent / ".venv-site" / "site"
NOTEBOOK = "01-backprop/backprop.ipynb"
MOVES, WARM_UP = 500, 10

#: In the page: from the key that moves the slider to the load of the new picture. A sharper one, which a slider at rest
#: gets, is no answer to a key: it may come late, when the next was pressed already.
_WATCH = """image => {
    window.pressed = null;
    window.took = [];
    const sharp = image.naturalWidth;
    document.addEventListener('keydown', event => { window.pressed = event.timeStamp; }, true);
    image.addEventListener('load', () => {
        if (image.naturalWidth >= sharp) return;
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
        page = _page(browser, site)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        began = _Taken.now()
        with site.visit(context, NOTEBOOK) as visit:
            kernel = _Taken.now() - began
            picture = _first_picture(visit)
            first, moving = _Taken.now() - began, _Taken.now()
            took = _moves(picture)
            a_move = 1000 * (_Taken.now() - moving).cpu_seconds / (WARM_UP + MOVES)
    early, late = took[:50], took[-50:]
    rows = [
        ("a page is shown, seconds", *page.rounded(1)),
        ("a notebook is open and its kernel ready, seconds", *kernel.rounded(0)),
        ("its first picture shows, seconds since it was asked for", *first.rounded(0)),
        ("slider to picture, milliseconds: median", f"{np.median(took):.0f}", f"{a_move:.0f}"),
        ("slider to picture, milliseconds: 95th percentile", f"{np.percentile(took, 95):.0f}", ""),
        ("median of the first 50 moves, and of the last 50", f"{np.median(early):.0f}, {np.median(late):.0f}", ""),
        ("the whole site, MB", f"{size / 1e6:.0f}", ""),
    ]
    notes = [
        f"{MOVES} moves of one slider, one after the other; Chromium and a kernel of Pyodide on one machine.",
        "Processor time is this program's and the browser's, with all its processes: on two idle cores the clock "
        "shows something between half of it and all.",
        f"The machine's load while this ran: {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores.",
    ]
    return Table("The course in the browser", ("", "on the clock", "of processors"), rows, notes)


@dataclass(frozen=True)
class _Taken:
    """Seconds on the clock, and of processors in this process and all below it."""

    wall_seconds: float
    cpu_seconds: float

    @classmethod
    def now(cls) -> _Taken:
        spent = sum(sum(_cpu_ticks(pid)) for pid in _family(os.getpid()))
        return cls(time.monotonic(), spent / os.sysconf("SC_CLK_TCK"))

    def __sub__(self, other: _Taken) -> _Taken:
        return _Taken(self.wall_seconds - other.wall_seconds, self.cpu_seconds - other.cpu_seconds)

    def rounded(self, digits: int) -> tuple[str, str]:
        return f"{self.wall_seconds:.{digits}f}", f"{self.cpu_seconds:.{digits}f}"


def _family(pid: int) -> Iterator[int]:
    """Yield a process and all that it started, whatever thread of it did."""
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield from _family(int(child))


def _cpu_ticks(pid: int) -> Iterator[int]:
    """Yield what a process used, as itself and in the kernel, and the same of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    yield from map(int, fields[11:15])


def _page(browser: Browser, site: Site) -> _Taken:
    """Return what passes until the first page has loaded with all that it shows, in a browser that was never here."""
    page = browser.new_context().new_page()
    began = _Taken.now()
    page.goto(f"{site.address}/index.html", wait_until="load")
    took = _Taken.now() - began
    page.context.close()
    return took


def _first_picture(visit: Visit) -> Picture:
    visit.begin()
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
