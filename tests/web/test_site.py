"""Every notebook of the built site in a real browser: it works in JupyterLite, and nobody else is asked for anything.

A test a notebook, because its kernel takes its time to start: all that is to hold of it is looked at in one visit.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, expect

from autograde.course.folder import Course
from autograde.grading.run import GradeOptions, grade
from tests.web.students import ASSIGNMENTS, ROOT, green, known_mistakes, moves, path_of, right_answers
from tools.site_page import Site, Visit

pytestmark = pytest.mark.site


def work_through(visit: Visit, assignment: str) -> int:
    """Run every cell from the top, each exercise wrong and then right, and move every picture; return how many."""
    right, wrong = right_answers(assignment), known_mistakes(assignment)
    pictures = 0
    for place, cell in enumerate(visit.lab.cells()):
        match cell.get("role"):
            case "check":
                name = cell["exercise"]
                for code, said in ((wrong[name].code, wrong[name].hint), (right[name], green(name))):
                    visit.answer(name, code)
                    expect(visit.lab.run(place)).to_contain_text(said)
            case "explore" if "explore.predict(" in cell["source"]:
                expect(visit.lab.run(place).get_by_role("button", name="Keep my prediction")).to_be_visible()
            case "explore":
                visit.lab.run(place)
                moves(visit.lab.picture(place))
                pictures += 1
            case "given" | "written":
                visit.lab.run(place)
            case _:
                pass  # text, answers, which their checks run, and experiments that take minutes here
    return pictures


def points(saved: dict[str, Any], assignment: str, root: Path) -> tuple[float, float]:
    """Hand a notebook in, grade it in the sandbox; return its points, and those of the same answers from a laptop."""
    for part in ("source", "editions"):
        if (ROOT / part / assignment).exists():
            shutil.copytree(ROOT / part / assignment, root / part / assignment)
    own = json.loads((ROOT / "release" / path_of(assignment)).read_text(encoding="utf-8"))
    answers = right_answers(assignment)
    for cell in own["cells"]:
        about = cell["metadata"].get("machine_room", {})
        if about.get("role") == "solution":
            cell["source"] = answers[about["exercise"]]
    for student, notebook in (("browser", saved), ("laptop", own)):
        target = root / "submitted" / student / path_of(assignment)
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(notebook), encoding="utf-8")
    verdicts = {verdict.student: verdict for verdict in grade(Course(root), assignment, GradeOptions(workers=1))}
    return verdicts["browser"].points, verdicts["laptop"].points


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_a_notebook_works_from_its_first_cell_to_the_hand_in(
    assignment: str, site: Site, context: BrowserContext, tmp_path: Path, screenshots: Path
) -> None:
    path = path_of(assignment)
    with site.visit(context, path) as visit:
        expect(visit.begin()).to_contain_text("Ready. This is practice")
        assert work_through(visit, assignment)
        expect(visit.page.locator(".jp-OutputArea-output", has_text="Traceback")).to_have_count(0)
        visit.page.screenshot(path=screenshots / f"site-{assignment}.png")
        visit.lab.save()
        saved = visit.saved(path)
        visit.show(path)  # the address of a page that is open names no notebook: a reload shows the list
        written = {cell["exercise"]: cell["source"] for cell in visit.lab.cells() if cell.get("role") == "solution"}
        assert written == right_answers(assignment)
        assert visit.foreign == []
        assert visit.complaints == []
    from_browser, from_laptop = points(saved, assignment, tmp_path)
    assert from_browser == from_laptop > 0


def test_the_notebook_to_start_with_says_what_is_here_and_where_to_go_on(site: Site, context: BrowserContext) -> None:
    with site.visit(context, "00-start/start.ipynb") as visit:
        expect(visit.begin()).to_contain_text("Ready. This is practice")
        said = [visit.lab.run(place) for place, cell in enumerate(visit.lab.cells()) if cell["kind"] == "code"]
        assert [output.locator(".jp-OutputArea-output").count() for output in said] == [1, 1, 0, 1, 1]
        assert Axe().run(visit.page, context=".jp-OutputArea-output").response["violations"] == []
        expect(visit.page.locator(".jp-OutputArea-output", has_text="Traceback")).to_have_count(0)
        assert visit.foreign == []
        assert visit.complaints == []


#: In a page: what the notebook's banner and a cell's output have that is cut, because nothing scrolls to it.
_CUT = """() => [...document.querySelectorAll('.jp-RenderedMarkdown, .jp-OutputArea-output')].filter(part => {
    const box = part.getBoundingClientRect();
    return box.right > window.innerWidth || box.left < 0;
}).map(part => part.textContent.slice(0, 80))"""


def test_a_phone_shows_the_notebook_and_what_a_check_says(site: Site, browser: Browser, screenshots: Path) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    with site.visit(context, path_of("01-backprop")) as visit:
        expect(visit.begin()).to_contain_text("Ready. This is practice")
        visit.page.wait_for_function("window.jupyterapp.shell.leftCollapsed")
        said = visit.lab.run(visit.places("check")[0]).locator(".jp-OutputArea-output").first
        said.scroll_into_view_if_needed()
        visit.page.screenshot(path=screenshots / "site-phone.png")
        box = said.bounding_box()
        assert box is not None
        assert box["width"] > 200  # six to eight words a line
        assert visit.page.evaluate(_CUT) == []
    context.close()
