"""The site: its parts alone, and, where it is asked for (`make test-site`), the built site in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tools.site_page import Site, served

ROOT = Path(__file__).resolve().parents[2]
#: For a page to say what it should, where the machine has other things to do.
SECONDS = 120


@pytest.fixture(scope="session")
def site_folder() -> Path:
    """The site as `make test-site` built it."""
    folder = Path(os.environ.get("MACHINE_ROOM_SITE", ROOT / ".venv-site" / "site"))
    assert (folder / "index.html").is_file(), f"there is no site in {folder}: run 'make test-site', which builds it"
    return folder


@pytest.fixture(scope="session")
def site(site_folder: Path) -> Iterator[Site]:
    """The site, served."""
    with served(site_folder) as started:
        yield started


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One student's browser: what it has loaded, and what it keeps of the student's work."""
    expect.set_options(timeout=1000 * SECONDS)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the browser's pictures are left to be looked at; git does not see them."""
    folder = ROOT / "tests" / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
