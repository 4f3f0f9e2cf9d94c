"""JupyterLab in a real browser, driven as a student would: the tests of the notebooks and the benchmark of the sliders.

A `Laboratory` is a JupyterLab server of its own on a loopback port, with its own settings and no trace in the home of
whoever runs it. A `LabPage` is one notebook open in it, in Chromium; a `Picture` is one explorer on that page.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, ViewportSize, sync_playwright

from machine_room.explore.canvas import RESTING
from machine_room.explore.panel import LARGEST
from machine_room.lab_server import SWITCH_ON

__all__ = [
    "HEIGHT",
    "READY",
    "THERE",
    "WIDTH",
    "FrontEnd",
    "LabPage",
    "Laboratory",
    "Picture",
    "chromium",
    "laboratory",
]

#: Of the usual window, in the screen's pixels.
WIDTH, HEIGHT = 1280, 800
#: What stands beside a notebook in JupyterLab, at the right, is narrower.
SIDEBAR = 100
_SECONDS = 120
#: A server's start, and a run of a whole notebook, on a machine that is busy.
_START_SECONDS, _RUN_SECONDS = 240, 300
_ARGUMENTS = [
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic",
    "--disable-sync", "--no-first-run", "--no-proxy-server", "--no-sandbox",
]  # fmt: skip
_SETTINGS: dict[str, dict[str, Any]] = {
    # Every cell stands on the page, also those out of sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}

#: What JupyterLab itself complains of on a machine without a network, and on a workspace that is new.
_NOT_OURS = ("favicon", "/api/workspaces", "/lab/api/news", "net::ERR_INTERNET_DISCONNECTED", "ERR_NAME_NOT_RESOLVED")

THERE = "window.jupyterapp?.shell?.currentWidget?.sessionContext !== undefined"
READY = """async () => {
    const doc = window.jupyterapp.shell.currentWidget;
    await doc.context.ready;
    await doc.sessionContext.ready;
    await doc.sessionContext.session.kernel.info;
}"""
_CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => ({
    kind: cell.model.type, source: cell.model.sharedModel.getSource(), ...cell.model.getMetadata('machine_room'),
}))"""
_RUN = """async place => {
    window.jupyterapp.shell.currentWidget.content.activeCellIndex = place;
    await window.jupyterapp.commands.execute('notebook:run-cell');
}"""
_ADD = """async ([place, source]) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = place;
    await window.jupyterapp.commands.execute('notebook:insert-cell-below');
    notebook.activeCell.model.sharedModel.setSource(source);
}"""
#: The promise of the command ends at the first error, though the run goes on: what tells are the cells.
_RUN_ALL = "() => { void window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
_ALL_HAVE_RUN = """() => {
    const doc = window.jupyterapp.shell.currentWidget;
    const code = doc.content.widgets.filter(cell => cell.model.type === 'code' && cell.model.sharedModel.getSource());
    const waits = cell => cell.promptNode?.textContent.includes('*') || cell.model.executionState === 'running';
    const rests = doc.sessionContext.session.kernel.status === 'idle';
    return rests && code[0].model.executionCount !== null && !code.some(waits);
}"""
_COUNTS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => cell.model.type === 'code').map(cell => cell.model.executionCount)"""
_CLEAR = "async () => { await window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs'); }"
_FILLS = """([width, sidebar]) => {
    const edge = window.jupyterapp.shell.currentWidget.node.getBoundingClientRect().right;
    return edge <= width && edge > width - sidebar;
}"""
_SAVE = "async () => { await window.jupyterapp.shell.currentWidget.context.save(); }"
_THEME = "async theme => { await window.jupyterapp.commands.execute('apputils:change-theme', {theme}); }"
#: A slider that rests gets a sharper picture.
_AT_REST = """([image, density, largest]) =>
    image.naturalWidth === Math.round(density * Math.round(parseFloat(image.style.maxWidth) / largest))"""
_PIXELS = """async image => {
    const bytes = await (await fetch(image.src)).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
}"""
_CHANGED = f"async ([image, before]) => await ({_PIXELS})(image) !== before"
_SHOWS = f"async ([image, awaited]) => await ({_PIXELS})(image) === awaited"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the Chromium of this machine.

    Raises:
        RuntimeError: there is none.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise RuntimeError("Chromium is missing: install it with 'apt-get install chromium', or as your system does.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def laboratory(notebooks: Path) -> Iterator[Laboratory]:
    """Start a JupyterLab server over a folder of notebooks.

    Raises:
        RuntimeError: the server ended before it was ready; the message holds what it said.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    token = secrets.token_hex(16)
    with TemporaryDirectory() as folder:
        home, log = Path(folder), Path(folder) / "log"
        _write_settings(home / "settings")
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
            "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={notebooks}",
            f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True", SWITCH_ON,
        ]  # fmt: skip
        with log.open("w") as sink:
            server = subprocess.Popen(  # in its folder: there formgrader looks for the course's settings
                command, env=_environment(home), cwd=notebooks, stdout=sink, stderr=subprocess.STDOUT
            )
        try:
            _wait_until_ready(server, log)
            yield Laboratory(f"http://127.0.0.1:{port}", token)
        finally:
            server.terminate()
            server.wait(timeout=_SECONDS)


class FrontEnd(StrEnum):
    """Pages on which a notebook can be worked in, by where the server has them."""

    LAB = "lab/tree"
    NOTEBOOK = "notebooks"


@dataclass(frozen=True)
class Laboratory:
    """A JupyterLab server that runs."""

    address: str
    token: str

    @contextmanager
    def open(
        self, browser: Browser, notebook: str, *, front: FrontEnd = FrontEnd.LAB, width: int = WIDTH, zoom: float = 1
    ) -> Iterator[LabPage]:
        """Open a notebook, a path within the server's folder, on a page of its own; its kernel is ready.

        Args:
            browser: as `chromium` gives it.
            notebook: the path.
            front: which of Jupyter's pages to open it in.
            width: of the window, in the screen's pixels.
            zoom: by how much the browser enlarges the page: so much less of it fits in.
        """
        viewport: ViewportSize = {"width": round(width / zoom), "height": round(HEIGHT / zoom)}
        with self._page(browser, viewport, zoom) as lab_page:
            lab_page.page.goto(f"{self.address}/{front}/{notebook}?reset&token={self.token}")
            lab_page.page.wait_for_function(THERE)
            lab_page.page.evaluate(READY)
            yield lab_page
            lab_page.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")

    @contextmanager
    def glimpse(self, browser: Browser, notebook: str, *, front: FrontEnd = FrontEnd.LAB) -> Iterator[LabPage]:
        """Open a notebook whose kernel this machine does not have: it is shown, and nothing in it can be run."""
        with self._page(browser, {"width": WIDTH, "height": HEIGHT}, 1) as lab_page:
            lab_page.page.goto(f"{self.address}/{front}/{notebook}?reset&token={self.token}")
            lab_page.page.wait_for_function(THERE)
            yield lab_page

    @contextmanager
    def _page(self, browser: Browser, viewport: ViewportSize, zoom: float) -> Iterator[LabPage]:
        context = browser.new_context(viewport=viewport, device_scale_factor=zoom)
        try:
            page = context.new_page()
            page.set_default_timeout(1000 * _SECONDS)
            yield LabPage(page)
        finally:
            context.close()


class LabPage:
    """One notebook open in JupyterLab.

    Args:
        page: the browser's page.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._console)
        page.on("pageerror", self._failed)

    def cells(self) -> list[dict[str, Any]]:
        """Return kind, source and, where there are any, role and exercise of every cell."""
        return list(self.page.evaluate(_CELLS))

    def cell(self, place: int) -> Locator:
        """Return the cell at place on the page."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(place)

    def run(self, place: int) -> Locator:
        """Run the cell at place and return it when it has run."""
        self.page.evaluate(_RUN, place)
        return self.cell(place)

    def run_all(self) -> list[int | None]:
        """Run all cells, as the menu does, and return each code cell's number when the kernel rests; None: not run."""
        self.page.evaluate(_RUN_ALL)
        self.page.wait_for_function(_ALL_HAVE_RUN, timeout=1000 * _RUN_SECONDS, polling=500)
        return self.counts()

    def counts(self) -> list[int | None]:
        """Return each code cell's number; None: not run."""
        return list(self.page.evaluate(_COUNTS))

    def widen(self, width: int) -> None:
        """Make the window as wide as that, in pixels, and usually high; return when JupyterLab has followed."""
        self.page.set_viewport_size({"width": width, "height": HEIGHT})
        self.page.wait_for_function(_FILLS, arg=[width, SIDEBAR])

    def tidy(self) -> None:
        """Have the page as it was opened: the usual window, light, nothing under the cells, no complaint noted."""
        self.widen(WIDTH)
        self.theme("JupyterLab Light")
        self.page.evaluate(_CLEAR)
        self.complaints.clear()

    def save(self) -> None:
        """Save the notebook, as the menu does."""
        self.page.evaluate(_SAVE)

    def add_below(self, place: int, source: str) -> int:
        """Add a cell of the student's own below the one at place, and return its place."""
        self.page.evaluate(_ADD, [place, source])
        return place + 1

    def type_into(self, place: int, source: str) -> None:
        """Replace the text of the cell at place, with the keyboard."""
        self.cell(place).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.press("Delete")
        # As one paste: line by line, the editor would indent what is indented already.
        self.page.keyboard.insert_text(source)

    def theme(self, name: str) -> None:
        """Change to the theme "JupyterLab Light" or "JupyterLab Dark"."""
        self.page.evaluate(_THEME, name)
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def picture(self, place: int) -> Picture:
        """Return the explorer under the cell at place, when its picture has loaded."""
        output = self.cell(place).locator(".jp-OutputArea-output").filter(has=self.page.locator("img")).first
        output.locator("img").wait_for()
        return Picture(output)

    def _console(self, message: ConsoleMessage) -> None:
        text = f"{message.text} {message.location.get('url', '')}"
        if message.type == "error" and not any(known in text for known in _NOT_OURS):
            self.complaints.append(text)

    def _failed(self, error: Error) -> None:
        self.complaints.append(str(error))


class Picture:
    """An explorer on a page: sliders above, one image below."""

    def __init__(self, output: Locator) -> None:
        self.output = output
        self.image = output.locator("img")

    def pixels(self) -> str:
        """Return a digest of the image that the page shows, when its sliders are at rest."""
        self.image.page.wait_for_function(_AT_REST, arg=[self.image.element_handle(), RESTING, LARGEST])
        return str(self.image.evaluate(_PIXELS))

    def handles(self) -> list[Locator]:
        """Return the sliders' handles, which take the keyboard's arrows."""
        return self.output.locator(".noUi-handle").all()

    def push(self, handle: Locator, key: str) -> None:
        """Press key on a slider's handle."""
        handle.focus()
        handle.press(key)

    def wait_for_change(self, before: str) -> None:
        """Return when the page shows another image than the one with the digest before."""
        handle = self.image.element_handle()
        self.image.page.wait_for_function(_CHANGED, arg=[handle, before])

    def wait_for(self, awaited: str) -> None:
        """Return when the page shows the image with the digest awaited."""
        self.image.page.wait_for_function(_SHOWS, arg=[self.image.element_handle(), awaited])


def _write_settings(folder: Path) -> None:
    for name, values in _SETTINGS.items():
        file = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))


def _environment(home: Path) -> dict[str, str]:
    """Return the environment of a server that keeps to the folder home."""
    folders = {
        "HOME": "", "IPYTHONDIR": "ipython", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTER_CONFIG_DIR": "config",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
    }  # fmt: skip
    return {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}}


def _wait_until_ready(server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while "is running at" not in log.read_text():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")
        time.sleep(0.05)
