"""A feedback page in Chromium, the network cut: nothing runs, nothing is asked for, and it fits its window."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograde.gradebook.around import Scores
from autograde.gradebook.page import POLICY, page_maker

from .test_pictures import HONEST
from .test_texts import HOSTILE, MARKUP

LIVE = "<script>window.ran = 1</script><img src='https://evil.example/x.png' onerror='window.ran = 2'>"


def cell(kind: str, source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": kind, "metadata": {}, "source": source, "outputs": list(outputs)}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of all that is hostile, of long lines, wide tables and formulas."""
    import base64

    picture = base64.b64encode(HONEST["a plot"]()).decode("ascii")
    shown = {"output_type": "display_data", "data": {"image/png": picture}, "metadata": {}}
    printed = {"output_type": "stream", "name": "stdout", "text": "wide " * 400 + "w" * 2_000 + LIVE}
    wide = "| " + " | ".join("column" for _ in range(60)) + " |\n|" + "---|" * 60
    cells = [cell("markdown", text) for text in (*HOSTILE, wide, "w" * 2_000, f"${'a + ' * 140}b$")]
    cells += [
        cell("markdown", f"$$\\frac{{1}}{{2}} {'+ x ' * 140}$$"),
        cell("code", "x = 1" + " + 1" * 500, shown, printed),
    ]
    check = cell("code", "check(f)")
    check["metadata"] = {"nbgrader": {"grade": True, "solution": False, "grade_id": "f-check", "points": 1.0}}
    for markup in (*MARKUP, LIVE, f"<table><tr>{'<td>0.123456</td>' * 90}</tr></table>"):
        check["outputs"].append({"output_type": "display_data", "data": {"text/html": markup}, "metadata": {}})
    notebook = json.loads(json.dumps({"cells": [*cells, check]}))
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page_maker()("page", notebook, Scores({"f-check": (0.5, 1.0)})), encoding="utf-8")
    return path


@pytest.fixture
def window(browser: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    width, scheme = getattr(request, "param", (1280, "light"))
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    yield context.new_page()
    context.close()


def opened(window: Any, path: Path) -> tuple[list[str], list[str]]:
    """Open a page; return what it asked for besides itself, and what the browser complained of."""
    asked: list[str] = []
    said: list[str] = []
    window.on("request", lambda one: asked.append(one.url))
    window.on("console", lambda one: said.append(one.text))
    window.on("pageerror", lambda one: said.append(str(one)))
    window.goto(path.as_uri())
    return [url for url in asked if url != path.as_uri() and not url.startswith("data:image/png")], said


WINDOWS = [(width, scheme) for width in (700, 1280) for scheme in ("light", "dark")]


@pytest.mark.parametrize("window", WINDOWS, indirect=True, ids=lambda one: f"{one[0]} {one[1]}")
def test_a_page_asks_for_nothing_runs_nothing_and_fits(window: Any, written: Path) -> None:
    assert opened(window, written) == ([], [])
    assert window.evaluate("window.ran === undefined && document.scripts.length === 0")
    assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert window.evaluate("document.querySelector('math').getBoundingClientRect().width > 0")
    assert window.evaluate("document.querySelector('img[alt=\"what the cell drew\"]').naturalWidth > 0")


def contrast(window: Any, selector: str) -> float:
    """How much text stands out from the page, as WCAG 2 counts it."""
    colours = window.evaluate(
        """selector => [getComputedStyle(document.querySelector(selector)).color,
                        getComputedStyle(document.body).backgroundColor]""",
        selector,
    )
    shades = []
    for colour in colours:
        parts = [int(part) / 255 for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        shades.append(sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True)))
    low, high = sorted(shades)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("window", WINDOWS[:2], indirect=True, ids=lambda one: f"{one[0]} {one[1]}")
def test_text_and_links_stand_out_in_both_schemes(window: Any, written: Path) -> None:
    opened(window, written)
    assert contrast(window, "main") > 7
    assert contrast(window, "header a") > 4.5
    assert contrast(window, "code.tex") > 7


def test_paper_is_white_also_for_those_whose_screen_is_dark(browser: Any, written: Path) -> None:
    context = browser.new_context(color_scheme="dark", offline=True)
    page = context.new_page()
    page.goto(written.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    context.close()


def test_the_policy_alone_would_stop_what_slipped_through(window: Any, written: Path, tmp_path: Path) -> None:
    html = written.read_text(encoding="utf-8")
    assert html.count(POLICY.replace("'", "&#39;")) == 1
    slipped = (
        f"{LIVE}<link rel=stylesheet href='https://evil.example/x.css'><iframe src='https://evil.example'></iframe>"
    )
    path = tmp_path / "slipped.html"
    path.write_text(html.replace("<main>", f"<main>{slipped}"), encoding="utf-8")
    failed: list[tuple[str, str]] = []
    window.on("requestfailed", lambda one: failed.append((one.url, one.failure)))
    asked, said = opened(window, path)
    assert {url for url in asked if "evil" in url} <= {url for url, why in failed if why == "csp"}
    assert window.evaluate("window.ran") is None
    assert len([line for line in said if "Content Security Policy" in line]) >= 4
