"""The pages of the built site: everyone can read them, on every width, light and dark, and none asks others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request

from tools.site_page import Site

pytestmark = pytest.mark.site

WIDTHS = {"phone": 390, "tablet": 700, "desk": 1280}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
#: One page of each kind: axe-core takes its time.
KINDS = (
    "index", "reference/optimizers", "docs/architecture", "docs/instructor", "docs/formulas", "benchmarks/RESULTS",
    "release/03-optimizers/optimizers", "search", "genindex",
)  # fmt: skip
_WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def pages(site_folder: Path) -> list[str]:
    """Every page that is not JupyterLite's, nor a piece of the theme's."""
    found = {path.relative_to(site_folder) for path in site_folder.rglob("*.html")}
    return sorted(str(path.with_suffix("")) for path in found if path.parts[0] not in ("live", "_static"))


@pytest.fixture
def page(context: BrowserContext, site: Site) -> Iterator[Page]:
    """A page that asks nobody but the site, which is seen when it is closed."""
    page, foreign = context.new_page(), []
    page.on("request", lambda asked: foreign.append(asked.url) if _is_foreign(asked, site) else None)
    yield page
    page.close()
    assert foreign == []


def _is_foreign(asked: Request, site: Site) -> bool:
    return not asked.url.startswith((site.address, "data:"))


def faults(page: Page) -> list[str]:
    """Return what axe-core finds on a page, each with the first place where it is."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in violations]


def as_name(name: str) -> str:
    return name.replace("/", "-")


def test_no_page_is_wider_than_its_window_and_none_asks_others(site: Site, page: Page, pages: list[str]) -> None:
    assert len(pages) > 70
    wider = []
    for name in pages:
        page.goto(f"{site.address}/{name}.html")
        for kind, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            wider += [f"{name}, {kind}"] if page.evaluate(_WIDER) else []
    assert wider == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_everyone_can_read_every_kind_of_page(
    scheme: Literal["light", "dark"], site: Site, page: Page, screenshots: Path
) -> None:
    page.emulate_media(color_scheme=scheme)
    found = {}
    for name in KINDS:
        page.goto(f"{site.address}/{name}.html")
        assert page.locator("html").get_attribute("data-theme") == scheme
        found[name] = faults(page)
        for width in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": 900})
            # A side bar slides away where a window gets narrow.
            picture = screenshots / f"page-{as_name(name)}-{scheme}-{width}.png"
            page.screenshot(path=picture, animations="disabled")
    assert {name: said for name, said in found.items() if said} == {}
