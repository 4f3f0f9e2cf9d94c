"""The site in a real browser: every notebook of the course works in JupyterLite, and nobody else is asked for anything.

A test a notebook, because its kernel takes its time to start: all that is to hold of it is looked at in one visit.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect

from autograde.course.folder import Course
from autograde.grading.run import GradeOptions, grade
from tests.web.answers import ROOT, known_mistake, right_answers
from tools.lab_page import Picture
from tools.site_page import Site, Visit

#: One server and one browser serve all tests here: they stay in one worker.
pytestmark = [pytest.mark.site, pytest.mark.xdist_group("site")]

ASSIGNMENTS = sorted(path.parent.name for path in (ROOT / "release").glob("0[1-9]*/*.ipynb"))
WIDTHS = {"phone": 390, "desk": 1280}
NOTEBOOKS = [str(path.relative_to(ROOT).with_suffix("")) for path in sorted((ROOT / "release").glob("*/*.ipynb"))]
#: One of each kind: axe-core takes its time.
KINDS = ("index", "reference/optimizers", "docs/architecture", "docs/instructor", "release/03-optimizers/optimizers")
PAGES = (*KINDS, "reference/index", "docs/student", "docs/operator", "docs/site", "SECURITY", *NOTEBOOKS)
#: JupyterLite looks what the server has of a folder that is only in the browser's storage, and takes 404 for an answer.
EXPECTED = "/live/api/contents/"
GREEN = "✓ {}: correct"


def path_of(assignment: str) -> str:
    [path] = (ROOT / "release" / assignment).glob("*.ipynb")
    return f"{assignment}/{path.name}"


def complaints(visit: Visit) -> list[str]:
    return [said for said in visit.lab.complaints if EXPECTED not in said]


def begin(visit: Visit) -> None:
    """Run the cell that brings the library, and the course's first."""
    expect(visit.lab.run(2)).to_contain_text("Ready. This is practice")
    visit.lab.run(visit.places("given")[0])


def fill_in(visit: Visit, answers: dict[str, str]) -> None:
    for place in visit.places("solution"):
        exercise = visit.lab.cells()[place]["exercise"]
        if exercise in answers:
            visit.write(place, answers[exercise])


def moves(picture: Picture) -> None:
    """Move the picture's first slider, where it has one, and see it follow."""
    for handle in picture.handles()[:1]:
        before = picture.pixels()
        at_its_end = handle.get_attribute("aria-valuenow") == handle.get_attribute("aria-valuemax")
        picture.push(handle, "ArrowLeft" if at_its_end else "ArrowRight")
        picture.wait_for_change(before)


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
    with site.visit(context, path_of(assignment)) as visit:
        begin(visit)
        wrong = known_mistake(assignment)
        answers = right_answers(assignment)
        fill_in(visit, {**answers, wrong.exercise: wrong.code})
        visit.lab.run(visit.place("solution", wrong.exercise))
        said = visit.lab.run(visit.place("check", wrong.exercise))
        expect(said).to_contain_text("not right yet")
        expect(said).to_contain_text(wrong.hint)

        visit.write(visit.place("solution", wrong.exercise), answers[wrong.exercise])
        pictures = 0
        for place, cell in enumerate(visit.lab.cells()):
            if cell.get("role") is None:
                continue  # text, and experiments that take minutes here
            output = visit.lab.run(place)
            if cell.get("role") == "check":
                expect(output).to_contain_text(GREEN.format(cell["exercise"]))
            elif cell.get("role") == "explore":
                moves(visit.lab.picture(place))
                pictures += 1
        assert pictures
        expect(visit.page.locator(".jp-OutputArea-output", has_text="Traceback")).to_have_count(0)
        visit.page.screenshot(path=screenshots / f"site-{assignment}.png")
        visit.lab.save()
        saved = visit.saved(path_of(assignment))
        assert visit.foreign == []
        assert complaints(visit) == []
    from_browser, from_laptop = points(saved, assignment, tmp_path)
    assert from_browser == from_laptop > 0


def test_work_survives_a_reload_and_a_cut_network(site: Site, context: BrowserContext) -> None:
    exercise = "gradient_descent_step"
    answer = right_answers("01-backprop")[exercise] + "\n# mine\n"
    with site.visit(context, path_of("01-backprop")) as visit:
        begin(visit)
        picture = visit.places("explore")[0]
        visit.lab.run(picture)
        context.set_offline(True)
        try:
            moves(visit.lab.picture(picture))
            visit.write(visit.place("solution", exercise), answer)
            visit.lab.run(visit.place("solution", exercise))
            expect(visit.lab.run(visit.place("check", exercise))).to_contain_text(GREEN.format(exercise))
            visit.lab.save()
        finally:
            context.set_offline(False)
        visit.open(
            path_of("01-backprop")
        )  # the address of a page that is open names no notebook: a reload shows the list
        assert visit.lab.cells()[visit.place("solution", exercise)]["source"] == answer
        begin(visit)
        where = visit.lab.add_below(2, "from machine_room import progress\nprogress()")
        expect(visit.lab.run(where)).to_contain_text("01-backprop")


def test_a_stale_copy_is_told_and_renewed_with_its_answers(site: Site, context: BrowserContext) -> None:
    exercise, path = "relu_backward", path_of("01-backprop")
    answer = right_answers("01-backprop")[exercise] + "\n# still mine\n"
    with site.visit(context, path) as visit:
        visit.write(visit.place("solution", exercise), answer)
        visit.write(0, "# A title of last year")
        visit.lab.save()
        expect(visit.lab.run(2)).to_contain_text("not the site's present one any more: 1 cell differs")
        renew = visit.lab.add_below(2, f"machine_room_browser.renew({path!r})")
        expect(visit.lab.run(renew)).to_contain_text("with your answers")
    with site.visit(context, path.replace(".ipynb", "-renewed-1.ipynb")) as visit:
        assert visit.lab.cells()[0]["source"].startswith("# How training a network works")
        assert visit.lab.cells()[visit.place("solution", exercise)]["source"] == answer


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_everyone_can_read_every_page_and_none_asks_others(
    width: int, site: Site, context: BrowserContext, screenshots: Path
) -> None:
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 900})
    foreign: list[str] = []
    page.on(
        "request",
        lambda asked: foreign.append(asked.url) if not asked.url.startswith((site.address, "data:")) else None,
    )
    found: dict[str, list[str]] = {}
    for name in PAGES:
        page.goto(f"{site.address}/{name}.html")
        violations = Axe().run(page).response["violations"] if name in KINDS else []
        found[name] = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in violations]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[name].append("wider than the window")
        page.screenshot(path=screenshots / f"page-{name.replace('/', '-')}-{width}.png")
    page.close()
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert foreign == []
