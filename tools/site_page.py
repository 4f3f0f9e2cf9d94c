"""The built site in a real browser: served on a loopback port, one of its notebooks open in JupyterLite.

A notebook is driven as in JupyterLab (`tools.lab_page`), with a kernel that runs in the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Request

from tools.lab_page import READY, THERE, LabPage

__all__ = ["Site", "Visit", "served"]

#: A kernel of this kind loads Python first, on a machine that is busy.
_SECONDS = 300
#: On every copy, below its title and its banner: the cell that brings the library.
_BRINGS_THE_LIBRARY = 2
#: JupyterLite looks what the server has of a folder that is only in the browser's storage, and takes 404 for an answer.
_ANSWERED_BY_404 = "/live/api/contents/"
_SHOWN = "async () => { await window.jupyterapp.shell.currentWidget.context.ready; }"
_WRITE = """([place, source]) =>
    window.jupyterapp.shell.currentWidget.content.widgets[place].model.sharedModel.setSource(source)"""

_SAVED = "async path => (await window.jupyterapp.serviceManager.contents.get(path, {content: true})).content"


class _Quiet(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[Site]:
    """Serve a folder on a free loopback port, as any web server would."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass(frozen=True)
class Site:
    """A site that is served."""

    address: str

    @contextmanager
    def visit(self, context: BrowserContext, notebook: str) -> Iterator[Visit]:
        """Open one of the site's notebooks, by folder and name, in a page of its own; its kernel is ready."""
        page = context.new_page()
        page.set_default_timeout(1000 * _SECONDS)
        visit = Visit(page, self.address)
        try:
            visit.open(notebook)
            yield visit
        finally:
            page.close()


@dataclass
class Visit:
    """One notebook open in JupyterLite, and what was asked of others meanwhile."""

    page: Page
    address: str
    foreign: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lab = LabPage(self.page)
        # Of the context: what the kernel's worker and the service worker ask for is not the page's.
        self.page.context.on("request", self._asked)

    def show(self, notebook: str) -> None:
        """Go to a notebook and wait until its cells stand there: its kernel need not be ready."""
        self.page.goto(f"{self.address}/live/lab/index.html?path={notebook}")
        self.page.wait_for_function(THERE)
        self.page.evaluate(_SHOWN)

    def open(self, notebook: str) -> None:
        """Go to a notebook and wait for its kernel."""
        self.show(notebook)
        self.page.evaluate(READY)

    def begin(self) -> Locator:
        """Run the cell that brings the library, and the course's first; return the former, which says what it found."""
        ready = self.lab.run(_BRINGS_THE_LIBRARY)
        for place in self.places("given")[:1]:
            self.lab.run(place)
        return ready

    @property
    def complaints(self) -> list[str]:
        """What went wrong on the page by what the browser's console says."""
        return [said for said in self.lab.complaints if _ANSWERED_BY_404 not in said]

    def place(self, role: str, exercise: str) -> int:
        """Return where the cell with this role and exercise stands."""
        [found] = [
            place
            for place, cell in enumerate(self.lab.cells())
            if (cell.get("role"), cell.get("exercise")) == (role, exercise)
        ]
        return found

    def places(self, role: str) -> list[int]:
        """Return where the cells with this role stand."""
        return [place for place, cell in enumerate(self.lab.cells()) if cell.get("role") == role]

    def saved(self, notebook: str) -> dict[str, Any]:
        """Return a notebook as the browser keeps it: what *File > Download* gives."""
        return dict(self.page.evaluate(_SAVED, notebook))

    def answer(self, exercise: str, code: str) -> None:
        """Write an answer, and run it."""
        place = self.place("solution", exercise)
        self.write(place, code)
        self.lab.run(place)

    def write(self, place: int, source: str) -> None:
        """Replace the text of the cell at place."""
        self.page.evaluate(_WRITE, [place, source])

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.foreign.append(request.url)
