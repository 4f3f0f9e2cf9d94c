"""What the site makes of the release: pages and copies, and nothing that the release does not have."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import nbformat
import pytest

from web.live import write_contents
from web.notebooks import Notebook, as_live, as_page, read_release

ROOT = Path(__file__).resolve().parents[2]
RELEASE = list(read_release(ROOT / "release"))
every_notebook = pytest.mark.parametrize("notebook", RELEASE, ids=lambda notebook: notebook.name)
FOLD = "<details>\n<summary>The answer</summary>\n\n"
OF_THE_SITE = ("site-live", "site-banner", "site-ready")


def small(*texts: str) -> Notebook:
    """A notebook of texts, an explore cell between each two."""
    cells = [nbformat.v4.new_markdown_cell("# Title")]
    for text in texts:
        picture = nbformat.v4.new_code_cell("explore.ball_on_surface()", metadata={"machine_room": {"role": "explore"}})
        cells += [nbformat.v4.new_markdown_cell(text), picture]
    return Notebook("01", "a.ipynb", nbformat.v4.new_notebook(cells=cells))


def page_texts(*texts: str) -> list[str]:
    cells = as_page(small(*texts)).cells
    return [cell.source for cell in cells[2:] if cell.cell_type == "markdown"]


@every_notebook
def test_a_copy_is_the_release_and_two_cells(notebook: Notebook) -> None:
    live = as_live(notebook)
    nbformat.validate(live)
    assert [cell.id for cell in live.cells[1:3]] == ["site-banner", "site-ready"]
    assert [cell for cell in live.cells if cell.id not in OF_THE_SITE] == notebook.content.cells
    assert live.metadata == notebook.content.metadata


@every_notebook
def test_a_page_runs_the_same_code(notebook: Notebook) -> None:
    page = as_page(notebook)
    nbformat.validate(page)
    code = [cell.source for cell in page.cells if cell.cell_type == "code"]
    assert code == [cell.source for cell in notebook.content.cells if cell.cell_type == "code"]


def test_the_courses_files_lie_beside_the_copies_and_nothing_that_a_run_left(tmp_path: Path) -> None:
    release = tmp_path / "release" / "01-waves"
    for name in ("tide.csv", "gauges/places.txt", ".machine_room/progress.json", ".DS_Store", "__pycache__/x.pyc"):
        (release / name).parent.mkdir(parents=True, exist_ok=True)
        (release / name).write_text(name)
    nbformat.write(small("A text.").content, release / "waves.ipynb")
    write_contents(tmp_path / "release", tmp_path / "contents")
    found = {path.relative_to(tmp_path / "contents").as_posix() for path in (tmp_path / "contents").rglob("*.*")}
    assert found == {"01-waves/tide.csv", "01-waves/gauges/places.txt", "01-waves/waves.ipynb"}
    assert (tmp_path / "contents" / "01-waves" / "tide.csv").read_text() == "tide.csv"


@every_notebook
def test_the_release_stays_as_it_is(notebook: Notebook) -> None:
    before = copy.deepcopy(notebook.content)
    as_page(notebook)
    as_live(notebook)
    assert notebook.content == before


@every_notebook
def test_the_first_cell_does_nothing_outside_of_a_browser(notebook: Notebook) -> None:
    ready = next(cell for cell in as_live(notebook).cells if cell.id == "site-ready")
    names: dict[str, object] = {}
    exec(compile(ready.source.replace("await ", ""), "ready", "exec"), names)
    assert set(names) - {"__builtins__"} == {"sys"}


def test_every_notebook_with_questions_folds_answers() -> None:
    folded = {notebook.folder: nbformat.writes(as_page(notebook)).count("<details>") for notebook in RELEASE}
    asks = {notebook.folder for notebook in RELEASE if "**Question" in json.dumps(notebook.content)}
    assert {folder for folder, count in folded.items() if count} == asks
    assert len(asks) == 6


@pytest.mark.parametrize(
    ("texts", "page"),
    [
        (("**Question.** Why?", "Because.\n\nAlso.\n\n## Next"), f"{FOLD}Because.\n\nAlso.\n\n</details>\n\n## Next"),
        (("**Question.** Why?", "So.\n\n**Exercise.** Write."), f"{FOLD}So.\n\n</details>\n\n**Exercise.** Write."),
        (("**Question.** Why?\n\n**Exercise.** f.", "The answer: so."), f"{FOLD}The answer: so.\n\n</details>"),
        (("**Question.** Why?", "## Next\n\ntext"), "## Next\n\ntext"),
        (("**Question.** Why?\n\n## Next\n\nText.", "More."), "More."),
        (("Text.", "More."), "More."),
        (("**Question.** Why?", "<details>\nIts own.\n\n</details>"), "<details>\nIts own.\n\n</details>"),
    ],
    ids=[
        "to a heading", "to an exercise", "behind an exercise", "nothing to fold", "a heading between", "no question",
        "folded already",
    ],
)  # fmt: skip
def test_what_answers_a_question_is_folded(texts: tuple[str, ...], page: str) -> None:
    assert page_texts(*texts)[1] == page


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ("[a](#Adam:-all-of-it-together)", "[a](#adam-all-of-it-together)"),
        ("[a](../02/b.ipynb#What-is-it?)", "[a](../02/b.ipynb#what-is-it)"),
        ("[a](../02/b.ipynb)", "[a](../02/b.ipynb)"),
    ],
)
def test_links_to_headings_are_the_pages(link: str, page: str) -> None:
    assert page_texts(link) == [page]
