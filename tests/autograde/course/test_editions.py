"""Editions: what is graded does not change under the students who hold a notebook, and former masters are kept."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from autograde.course.build import Drift, How, build
from autograde.course.editions import master_for, read_former
from autograde.course.folder import Course
from autograde.course.intake import rebuild
from autograde.course.notebook import Cell, Notebook, Role, read_master
from autograde.course.settings import SettingsError
from autograde.course.text import CourseTextError
from autograde.gradebook.writer import gradebook_of

from ..conftest import ASSIGNMENT, DENSE, HEAD, TEXT, write_small_course

ROOT = Path(__file__).resolve().parents[3]
NAME = Path("source") / ASSIGNMENT / "small.ipynb"


def text_of(root: Path) -> str:
    return (root / "course" / ASSIGNMENT / "small.md").read_text(encoding="utf-8")


def without(text: str, *words: str) -> str:
    """The text without the cells that hold these words."""
    cells = re.findall(r"```\{code-cell\}.*?\n```\n|\+\+\+.*?(?=\n\+\+\+|\n```|\Z)", text, re.DOTALL)
    for cell in cells:
        if any(word in cell for word in words):
            text = text.replace(cell, "")
    return text


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_small_course(tmp_path)
    return tmp_path


def metadata(root: Path, part: str) -> dict[str, Any]:
    notebook = json.loads((root / part / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    return dict(notebook["metadata"])


@pytest.mark.parametrize("part", ["source", "release"])
@pytest.mark.parametrize(("head", "edition"), [("", 1), (HEAD.format(1), 1), (HEAD.format(7), 7)])
def test_source_and_release_say_their_edition_to_programs_and_to_people(
    tmp_path: Path, part: str, head: str, edition: int
) -> None:
    write_small_course(tmp_path, head + TEXT)
    assert metadata(tmp_path, part)["machine_room"] == {"edition": edition}
    notebook = json.loads((tmp_path / part / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    assert "".join(notebook["cells"][0]["source"]).endswith(f"\n\n*Edition {edition} of this notebook.*")
    assert read_master(tmp_path / NAME).edition == edition


@pytest.mark.parametrize(
    "word", ["0", "-1", "1.0", "true", "two", "'2'", "[2]", "null", "", "10000", "2 # no\n x: [", "1e3"]
)
def test_an_edition_that_is_none_is_told(tmp_path: Path, word: str) -> None:
    with pytest.raises(
        CourseTextError, match=r"small\.md:[13]: the (edition in the front matter is a whole|front matter is no YAML)"
    ):
        write_small_course(tmp_path, HEAD.format(word) + TEXT)
    assert not (tmp_path / NAME).exists()


CHANGES = {
    "an exercise more": (lambda text: text + DENSE, "dense_forward-check is new"),
    "an exercise less": (
        lambda text: without(text, "gradient_descent_step"),
        "gradient_descent_step is gone; gradient_descent_step-check is gone",
    ),
    "a check less": (lambda text: without(text, "check(relative_error)"), "relative_error-check is gone"),
    "other points": (
        lambda text: text.replace(":points: 2.5", ":points: 3"),
        "relative_error-check was worth 2.5 and is worth 3",
    ),
    "a written answer worth more": (
        lambda text: text.replace('"points": 3', '"points": 4'),
        "written-one-step-1 was worth 3 and is worth 4",
    ),
    "a written answer more": (
        lambda text: text + '\n+++ {"role": "written", "points": 1, "id": "how", "question": "how-so"}\n\nHow?\n',
        "how is new",
    ),
    "a written answer less": (
        lambda text: without(text, "Why the minus?"),
        "given-one-step-1 is gone; written-one-step-1 is gone",
    ),
    "a given cell less": (lambda text: without(text, "import numpy"), "given-small-1 is gone"),
}
HARMLESS = {
    "other words": lambda text: text.replace("# Small", "# Tiny").replace("Why the minus?", "Why?"),
    "another solution": lambda text: text.replace(
        "theta - learning_rate * gradient", "theta - gradient * learning_rate"
    ),
    "another hidden test": lambda text: text.replace("hidden=True)", "hidden=True)\ncheck(relative_error)", 1),
    "a given cell more": lambda text: text + "\n```{code-cell} ipython3\n:role: given\n:id: more\n\nx = 1\n```\n",
    "prose less": lambda text: without(text, "play here"),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("check", [True, False])
def test_what_is_graded_does_not_change_within_an_edition(root: Path, change, told: str, check: bool) -> None:  # type: ignore[no-untyped-def]
    before = (root / NAME).read_bytes()
    path = root / "course" / ASSIGNMENT / "small.md"
    path.write_text(change(text_of(root)), encoding="utf-8")
    with pytest.raises(CourseTextError) as raised:
        build(root, check=check)
    assert raised.value.problems == [
        f"{path}:1: what is graded has changed: {told}. Students hold edition 1, and their points must not change "
        f"with it. Write `edition: 2` into the front matter. Nobody has this notebook yet? Then delete {NAME} first."
    ]
    assert (root / NAME).read_bytes() == before
    assert not (root / "editions").exists()


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_costs_nobody_points_may_change(root: Path, change) -> None:  # type: ignore[no-untyped-def]
    changed = change(text_of(root))
    assert changed != text_of(root)
    write_small_course(root, changed)
    assert metadata(root, "release")["machine_room"] == {"edition": 1}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_a_new_edition_keeps_the_master_of_the_former(root: Path, change, told: str) -> None:  # type: ignore[no-untyped-def]
    before = (root / NAME).read_bytes()
    kept = Path("editions") / ASSIGNMENT / "1" / "small.ipynb"
    (root / "course" / ASSIGNMENT / "small.md").write_text(HEAD.format(2) + change(text_of(root)), encoding="utf-8")
    assert Drift(kept, How.MISSING) in build(root, check=True)
    assert not (root / "editions").exists()
    build(root)
    assert (root / kept).read_bytes() == before
    assert build(root) == build(root, check=True) == []
    assert read_former(Course(root).former(ASSIGNMENT, "small")).keys() == {1}
    released = "".join(path.read_text(encoding="utf-8") for path in (root / "release").rglob("*") if path.is_file())
    assert not re.search("HIDDEN|SOLUTION|hidden=True", released)
    assert sorted(path.name for path in (root / "release" / ASSIGNMENT).iterdir()) == ["small.ipynb"]


def test_editions_go_up_by_one_and_never_down(root: Path) -> None:
    text = text_of(root)
    with pytest.raises(CourseTextError, match=r":1: edition 3 comes after edition 1: editions go up by one\."):
        write_small_course(root, HEAD.format(3) + text)
    write_small_course(root, HEAD.format(2) + text)
    with pytest.raises(
        CourseTextError, match=r":1: edition 1 is in editions/ already: this text is at least edition 2\."
    ):
        write_small_course(root, text)
    (root / NAME).unlink()
    with pytest.raises(
        CourseTextError, match=r":1: edition 1 is in editions/ already: this text is at least edition 2"
    ):
        write_small_course(root, text)
    write_small_course(root, HEAD.format(2) + text)


def test_an_edition_that_was_built_is_not_taken_back(tmp_path: Path) -> None:
    write_small_course(tmp_path, HEAD.format(7) + TEXT)
    with pytest.raises(
        CourseTextError, match=r":1: this is edition 6, but edition 7 was built already\. Write `edition: 7`"
    ):
        write_small_course(tmp_path, HEAD.format(6) + text_of(tmp_path).replace(HEAD.format(7), ""))


def test_a_build_that_was_killed_after_it_had_stored_the_former_master_goes_on(root: Path) -> None:
    first = (root / NAME).read_bytes()
    text = HEAD.format(2) + text_of(root) + DENSE
    write_small_course(root, text)
    (root / NAME).write_bytes(first)
    assert Drift(Path("editions") / ASSIGNMENT / "1" / "small.ipynb", How.MISSING) not in build(root, check=True)
    assert write_small_course(root, text).edition == 2
    assert (root / "editions" / ASSIGNMENT / "1" / "small.ipynb").read_bytes() == first


def test_an_id_keeps_its_role_in_every_edition(root: Path) -> None:
    changed = text_of(root).replace(":role: given\n:id: given-small-1", ":role: explore\n:id: given-small-1")
    with pytest.raises(CourseTextError) as raised:
        write_small_course(root, HEAD.format(2) + changed)
    assert "given-small-1 had the role given in edition 1 and has explore now: give it another id." in str(raised.value)


@pytest.mark.parametrize("head", ["", HEAD.format(2)])
@pytest.mark.parametrize("id_", ["given-small-1", "prose-small-1", "prose-relative-error-2", "given-one-step-1"])
def test_a_cell_under_another_id_is_told_in_every_edition(root: Path, id_: str, head: str) -> None:
    text = text_of(root)
    assert id_ in text
    with pytest.raises(
        CourseTextError, match=rf":1: other was called {id_} until now\. Students hold it under that id"
    ):
        write_small_course(root, head + text.replace(id_, "other"))


def test_nbgraders_commands_do_not_look_into_editions(root: Path) -> None:
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    write_small_course(root, HEAD.format(2) + text_of(root) + DENSE)
    gradebook_of(root).close()
    api = NbGraderAPI(CourseDirectory(root=str(root), db_url=f"sqlite:///{root / 'gradebook.db'}"))
    assert api.get_source_assignments() == {ASSIGNMENT}
    assert api.generate_assignment(ASSIGNMENT, force=True)["success"]
    assert sorted(path.name for path in (root / "release").rglob("*.ipynb")) == ["small.ipynb"]


def test_a_new_cell_takes_no_id_of_a_former_edition(root: Path) -> None:
    write_small_course(root, HEAD.format(2) + without(text_of(root), "import numpy"))
    new = "```{code-cell} ipython3\n:role: given\n\nimport numpy as np\n```\n"
    master = write_small_course(root, text_of(root).replace("# Small\n", f"# Small\n\n{new}"))
    assert "given-small-2" in {cell.id for cell in master.cells}


# --- which master a hand-in is graded by


def cell(name: str, points: float) -> Cell:
    return Cell(f"{name}-check", Role.CHECK, "code", f"check({name})", name, points)


OLD = Notebook(
    ASSIGNMENT,
    "small",
    (
        cell("same", 1),
        cell("dearer", 2),
        cell("gone", 5),
        Cell("why", Role.WRITTEN, "markdown", "YOUR ANSWER HERE", None, 3),
    ),
)
NOW = Notebook(
    ASSIGNMENT,
    "small",
    (
        cell("same", 1),
        cell("dearer", 4),
        cell("new", 7),
        Cell("how", Role.WRITTEN, "markdown", "The model answer", None, 3),
    ),
    edition=3,
)
FORMER = {1: OLD, 2: NOW}
ABSURD = [0, -1, 4, 99, 10**30, True, False, 1.0, 2.0, float("nan"), "1", "2", "", [1], {"edition": 1}, {}, [], [[]]]


@pytest.mark.parametrize("said", ABSURD, ids=repr)
def test_a_forged_edition_is_graded_as_the_present_one_and_told(said: object) -> None:
    chosen = master_for(said, set(), NOW, FORMER)
    assert (chosen.cells, chosen.edition, chosen.not_asked) == (NOW.cells, 3, ())
    (note,) = chosen.notes
    assert note.endswith("not graded in this course. It was graded as edition 3, the present one.")
    assert len(note) < 300


@pytest.mark.parametrize("said", [1, 2])
def test_an_edition_that_is_not_accepted_is_told_by_its_number(said: int) -> None:
    (note,) = master_for(said, set(), NOW, {}).notes
    assert note == (
        f"Your file says it is edition {said} of the notebook; that is not graded in this course. "
        "It was graded as edition 3, the present one."
    )


def test_the_present_edition_has_nothing_to_tell() -> None:
    assert master_for(3, set(), NOW, FORMER) is NOW


def test_a_file_that_says_nothing_is_of_the_first_edition() -> None:
    assert master_for(None, {"same-check"}, NOW, FORMER).edition == 1
    assert master_for(None, {"same-check", "new-check"}, NOW, FORMER).edition == 3, "it has a cell of the present one"
    (note,) = master_for(None, {"same-check"}, NOW, {}).notes
    assert note.startswith(
        "Your file does not say which edition of the notebook it is, which means edition 1; that is not"
    )


@pytest.mark.parametrize("ids", [set(), {"new-check", "new", "how"}], ids=["its own cells", "new cells mixed in"])
def test_an_older_edition_is_worth_what_the_gradebook_holds_and_no_more(ids: set[str]) -> None:
    chosen = master_for(1, ids, NOW, FORMER)
    graded = {one.id: one.points for one in chosen.cells if one.graded}
    assert graded == {"same-check": 1, "dearer-check": 4}
    assert [(one.id, one.points) for one in chosen.not_asked] == [("new-check", 7), ("how", 3)]
    assert graded.keys() | {one.id for one in chosen.not_asked} == {one.id for one in NOW.cells if one.graded}
    assert "model answer" not in "".join(one.source for one in (*chosen.cells, *chosen.not_asked))
    assert [one.role for one in chosen.cells if one.id == "why"] == [Role.PROSE]
    assert chosen.notes == (
        "Your notebook is edition 1; the present one is edition 3. It was graded by the tests of edition 1.",
        "For dearer, edition 1 gave 2 points; it counts 4 now.",
        "Edition 1 asked for gone. It is not asked for now, and does not count.",
        "Edition 1 asked for the written answer why. It is not asked for now, and does not count.",
        "Edition 1 of the notebook, which you handed in, did not ask for new (7 points). "
        "No points are set; your instructor decides.",
        "Edition 1 of the notebook, which you handed in, did not ask for the written answer how (3 points). "
        "No points are set; your instructor decides.",
    )


@pytest.mark.parametrize("metadata", [None, [], "edition", 3, {"machine_room": None}, {"machine_room": [1]}, {}])
def test_metadata_of_any_type_is_no_edition(metadata: object) -> None:
    content = json.dumps({"cells": [], "metadata": metadata}).encode()
    assert rebuild(NOW, content, FORMER).edition == 1


# --- the instructor's word


@pytest.mark.parametrize(
    ("setting", "accepted"),
    [
        ("", [1, 2]),
        ("[editions]", [1, 2]),
        ("editions.01-backprop = [2]", [2]),
        ("editions.01-backprop = []", []),
        ("editions.02-activations = [7]", [1, 2]),
        ('libraries = ["six"]', [1, 2]),
    ],
)
def test_the_course_says_which_editions_it_accepts(root: Path, setting: str, accepted: list[int]) -> None:
    for number in ("1", "2", "03", "0", "x", "²", "-1"):
        path = root / "editions" / ASSIGNMENT / number / "small.ipynb"
        path.parent.mkdir(parents=True)
        path.write_bytes((root / NAME).read_bytes())
    (root / "autograde.toml").write_text(setting)
    assert sorted(Course(root).accepted_editions(ASSIGNMENT, "small")) == accepted


@pytest.mark.parametrize(
    "setting", ["3", "[1]", "{01-backprop = 1}", "{01-backprop = ['1']}", "{01-backprop = [true]}", "{x = [0]}"]
)
def test_a_setting_that_is_none_is_told(root: Path, setting: str) -> None:
    (root / "autograde.toml").write_text(f"editions = {setting}\n")
    with pytest.raises(SettingsError, match="editions should be a table with a list of edition numbers for each"):
        Course(root).accepted_editions(ASSIGNMENT, "small")
