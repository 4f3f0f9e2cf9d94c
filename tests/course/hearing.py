"""What who hears a page, or needs strong contrasts, would miss."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe

from tools.lab_page import LabPage


def violations(page: LabPage) -> list[str]:
    """What axe-core finds in what our cells show."""
    found = Axe().run(page.page, context=".jp-OutputArea-output").response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:300]}" for one in found]
