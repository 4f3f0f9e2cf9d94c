"""A student's copy in the browser: it outlives a cut network and a reload, and a newer release takes nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.web.students import ROOT, green, moves, path_of, right_answers
from tools.site_page import Visit, served

pytestmark = [pytest.mark.site, pytest.mark.xdist_group("copies")]

ASSIGNMENT = "01-backprop"
PATH = path_of(ASSIGNMENT)
RENEWED = PATH.replace(".ipynb", "-renewed-1.ipynb")
NEW_TITLE, NEW_TEXT = "# How training a network works, second edition", "This paragraph is new."


@dataclass(frozen=True)
class Releases:
    """A site at one address whose folder is replaced by a newer one, as by whoever puts it up."""

    served: Path
    newer: Path

    def publish(self, folder: Path) -> None:
        self.served.unlink(missing_ok=True)
        self.served.symlink_to(folder)


@pytest.fixture(scope="module")
def releases(site_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Releases:
    """The site, and the same with a newer notebook: another title, a paragraph more, and one exercise less."""
    scratch = tmp_path_factory.mktemp("releases")
    shutil.copytree(ROOT / "release", scratch / "release")
    notebook = scratch / "release" / PATH
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][0]["source"] = NEW_TITLE
    content["cells"].insert(1, {"cell_type": "markdown", "id": "prose-new", "metadata": {}, "source": NEW_TEXT})
    content["cells"] = [cell for cell in content["cells"] if not cell["id"].startswith("skip_backward")]
    notebook.write_text(json.dumps(content), encoding="utf-8")
    python = ROOT / ".venv-site" / "bin" / "python"
    told: list[str | Path] = ["--live-only", "--release", scratch / "release", "--output", scratch / "newer"]
    told += ["--pyodide", ROOT / ".venv-site" / "pyodide"]
    subprocess.run([python, "-m", "web", *told], cwd=ROOT, check=True)
    made = Releases(scratch / "served", scratch / "newer")
    made.publish(site_folder)
    return made


@pytest.fixture(scope="module")
def visit(releases: Releases, context: BrowserContext) -> Iterator[Visit]:
    """The notebook, open and begun: a kernel takes its time to start, and all tests here go on in one browser."""
    with served(releases.served) as site, site.visit(context, PATH) as visit:
        visit.begin()
        yield visit


def texts_of(visit: Visit) -> dict[str, str]:
    """Return the texts of the cells that the browser keeps, by id."""
    return {cell["id"]: cell["source"] for cell in visit.saved(PATH)["cells"]}


def text_of(visit: Visit, exercise: str) -> str:
    return str(visit.lab.cells()[visit.place("solution", exercise)]["source"])


def test_work_goes_on_without_a_network_and_survives_a_reload(visit: Visit, context: BrowserContext) -> None:
    exercise = "gradient_descent_step"
    answer = right_answers(ASSIGNMENT)[exercise] + "\n# mine\n"
    picture = visit.places("explore")[0]
    visit.lab.run(picture)
    context.set_offline(True)
    try:
        moves(visit.lab.picture(picture))
        visit.answer(exercise, answer)
        expect(visit.lab.run(visit.place("check", exercise))).to_contain_text(green(exercise))
        visit.lab.save()
    finally:
        context.set_offline(False)
    visit.show(PATH)  # the address of a page that is open names no notebook: a reload shows the list
    assert text_of(visit, exercise) == answer


def test_a_newer_release_is_told_and_takes_no_work(visit: Visit, releases: Releases) -> None:
    kept, gone = "relu_backward", "skip_backward"
    answers = {name: right_answers(ASSIGNMENT)[name] + "\n# still mine\n" for name in (kept, gone)}
    for exercise, answer in answers.items():
        visit.write(visit.place("solution", exercise), answer)
    visit.lab.add_below(visit.place("check", kept), "my_own = 'note'")
    visit.lab.save()
    old = texts_of(visit)

    releases.publish(releases.newer)
    visit.open(PATH)
    expect(visit.begin()).to_contain_text("not the site's present one any more: 2 cells differ")
    visit.answer(kept, answers[kept])
    expect(visit.lab.run(visit.place("check", kept))).to_contain_text(green(kept))
    where = visit.lab.add_below(2, f"machine_room_browser.renew({PATH!r})")
    expect(visit.lab.run(where)).to_contain_text("with your answers")
    assert old.items() <= texts_of(visit).items()  # with what was run since: the page saves it by itself

    visit.open(RENEWED)
    texts = [cell["source"] for cell in visit.lab.cells()]
    assert texts[0] == NEW_TITLE
    assert NEW_TEXT in texts
    assert "my_own = 'note'" in texts
    assert answers[gone] in texts
    assert text_of(visit, kept) == answers[kept]
    expect(visit.begin()).to_contain_text("backprop-renewed-1.ipynb is the site's present notebook")
    visit.answer(kept, answers[kept])
    expect(visit.lab.run(visit.place("check", kept))).to_contain_text(green(kept))
