"""People on a hub in a browser: they log in, and find in JupyterLab and formgrader what there is for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tools.hub import COURSE, Hub
from tools.lab_page import LabPage

SECONDS = 180
VIEW = {"width": 1280, "height": 860}
_SETTINGS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}  # every cell stands on the page
_OPEN = """async path => {
    await window.jupyterapp.restored;
    const doc = await window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook'});
    await doc.context.ready;
    await doc.sessionContext.ready;
    await doc.sessionContext.session.kernel.info;
    window.jupyterapp.shell.collapseLeft();
}"""
_SAVE = "() => window.jupyterapp.shell.currentWidget.context.save()"


class Visitor:
    """Somebody who has logged in.

    Args:
        page: of a browser that nobody else uses.
        hub: where.
        name: who.
    """

    def __init__(self, page: Page, hub: Hub, name: str) -> None:
        self.page, self.hub, self.name = page, hub, name

    def open_lab(self) -> None:
        """Go to one's own server; the hub starts it."""
        self.page.goto(f"{self.hub.address}/hub/spawn")
        self.page.wait_for_url(re.compile(f"/user/{self.name}/lab"))
        self.page.locator("#jp-main-dock-panel").wait_for()
        self.page.evaluate("() => window.jupyterapp.restored.then(() => true)")

    def assignments(self) -> Locator:
        """Open Assignment List, as it is now."""
        self.page.evaluate("() => window.jupyterapp.commands.execute('nbgrader:open-assignment-list')")
        listed = self.page.locator("#nbgrader-assignment-list")
        listed.locator("#refresh_assignments_list").click()
        return listed

    def fetch(self, assignment: str) -> None:
        """Fetch an assignment."""
        listed = self.assignments()
        listed.locator("#released_assignments_list .list_item", has_text=assignment).get_by_text("Fetch").click()
        expect(listed.locator("#fetched_assignments_list .list_item", has_text=assignment).first).to_be_visible()

    def submit(self, assignment: str) -> None:
        """Hand it in, and see it among what was handed in."""
        listed = self.assignments()
        before = listed.locator("#submitted_assignments_list .list_item", has_text=assignment)
        listed.locator("#fetched_assignments_list .list_item", has_text=assignment).get_by_text("Submit").first.click()
        expect(before.first).to_be_visible()

    def open_notebook(self, path: str) -> LabPage:
        """Open a notebook in a tab; its kernel is ready."""
        self.page.evaluate(_OPEN, path)
        return LabPage(self.page)

    def save(self) -> None:
        """Save the notebook that is open."""
        self.page.evaluate(_SAVE)

    def formgrader(self, path: str = "manage_assignments") -> None:
        """Go to one of formgrader's pages."""
        self.page.goto(f"{self.hub.address}/services/{COURSE}/formgrader/{path}")

    def row(self, assignment: str) -> Locator:
        """An assignment in formgrader's list."""
        return self.page.locator("tr", has=self.page.locator("td.name", has_text=assignment))

    def press(self, assignment: str, column: str) -> None:
        """Press what stands in a column of formgrader's list, and see that it went well."""
        self.formgrader()
        self.row(assignment).locator(f"td.{column} a").click()
        expect(self.page.locator("#success-modal")).to_be_visible()

    def autograde(self, assignment: str, student: str) -> None:
        """Press *Autograde* at a student's hand-in, and see that it went well."""
        self.formgrader(f"manage_submissions/{assignment}")
        self.page.locator("tr", has=self.page.get_by_text(student, exact=True)).locator("td.autograde a").click()
        expect(self.page.locator("#success-modal")).to_contain_text("Successfully autograded")


@contextmanager
def visiting(browser: Browser, hub: Hub, name: str) -> Iterator[Visitor]:
    """Log somebody in, in a browser of their own."""
    settings = hub.home(name) / ".jupyter" / "lab" / "user-settings"
    for file, values in _SETTINGS.items():
        path = settings / f"{file}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))
    context = browser.new_context(viewport=VIEW)  # type: ignore[arg-type] # a dict of its two keys
    try:
        page = context.new_page()
        page.set_default_timeout(1000 * SECONDS)
        page.goto(f"{hub.address}/hub/login?next=/hub/home")
        page.fill("#username_input", name)
        page.fill("#password_input", hub.passwords[name])
        page.click("#login_submit")
        page.wait_for_url(re.compile("/hub/home"))
        yield Visitor(page, hub, name)
    finally:
        context.close()


def notebook_of(hub: Hub, student: str, assignment: str) -> Path:
    """The notebook in a student's home."""
    [path] = (hub.home(student) / assignment).glob("*.ipynb")
    return path
