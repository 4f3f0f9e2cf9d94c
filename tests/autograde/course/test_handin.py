"""The hand-in that was meant: found under any name and a folder deeper, never by a link, told where nobody can tell."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.course.folder import Course
from autograde.course.handin import entries, told
from autograde.course.intake import IntakeError, read_submission
from autograde.course.notebook import role_of

ASSIGNMENT, NAME = "01-backprop", "backprop"


def release(name: str = NAME, *, cells: int = 6, ids: str = "grade_id") -> bytes:
    """A notebook with `cells` solutions of the notebook `name`."""
    flags = {"grade": False, "solution": True, "locked": False, "schema_version": 3, "task": False}
    made: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"random-{at}",
            "metadata": {"nbgrader": {**flags, ids: f"{name}_{at}"}},
            "source": [],
            "outputs": [],
            "execution_count": None,
        }
        for at in range(cells)
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


OTHER = release("activations")
WITHOUT_IDS = release(ids="lost")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where ada's hand-in lies, in a course whose assignment has one notebook."""
    source = tmp_path / "source" / ASSIGNMENT / f"{NAME}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_bytes(release())
    made = tmp_path / "submitted" / "ada" / ASSIGNMENT
    made.mkdir(parents=True)
    return made


def put(folder: Path, name: str, content: bytes = b"") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def meant(folder: Path, name: str = NAME) -> str:
    """The chosen file, from the assignment's folder; read as grading reads it."""
    path = Course(folder.parents[2]).submission("ada", ASSIGNMENT, name)
    return path.relative_to(folder).as_posix()


def refused(folder: Path, name: str = NAME) -> str:
    path = Course(folder.parents[2]).submission("ada", ASSIGNMENT, name)
    with pytest.raises(IntakeError) as told:
        read_submission(path, folder.parent)
    return str(told.value)


def test_the_course_asks_for_what_its_master_has(folder: Path) -> None:
    notebook = json.loads((folder.parents[2] / "source" / ASSIGNMENT / f"{NAME}.ipynb").read_text())
    assert {role_of(cell).value for cell in notebook["cells"]} == {"solution"}


ONE = {
    "its own name": "backprop.ipynb",
    "downloaded twice": "backprop (1).ipynb",
    "a copy in German": "Kopie von backprop.ipynb",
    "a copy in English": "Copy of backprop.ipynb",
    "a copy of JupyterLab's": "backprop-Copy1.ipynb",
    "the student's name": "Müller_Zoë_final FINAL.ipynb",
    "capitals": "Backprop.IPYNB",
    "a browser's ending": "backprop.ipynb.txt",
    "another browser's ending": "backprop.ipynb.json",
    "an ending in capitals": "BACKPROP.IPYNB.TXT",
    "a folder deeper": "backprop/backprop.ipynb",
    "two folders deeper": "my work/01-backprop/backprop.ipynb",
    "a folder deeper and renamed": "abgabe/meins.ipynb",
    "only JSON by its name": "backprop.json",
    "no ending at all": "backprop",
    "quotes and brackets": "b'a\"c[1]*?.ipynb",
    "blanks at its ends": " backprop .ipynb",
}
BESIDE = {
    "nothing": {},
    "what macOS leaves": {"._{}": b"\0\5\26\7", ".DS_Store": b"x", "__MACOSX/._backprop.ipynb": b"\0"},
    "what Jupyter leaves": {".ipynb_checkpoints/backprop-checkpoint.ipynb": release()},
    "data and pictures": {"data.csv": b"1,2", "plot.png": b"\x89PNG", "notes.txt": b"x", "readme": b"x"},
    "what nbgrader leaves": {"timestamp.txt": b"2026-11-20 12:00:00 UTC", "submission_secret.txt": b"x" * 128},
    "another notebook": {"activations.ipynb": OTHER},
    "an empty notebook": {"Untitled.ipynb": b""},
    "a broken notebook": {"Untitled1.ipynb": b"{"},
    "a hidden copy": {".backprop.ipynb": release()},
}


@pytest.mark.parametrize("beside", BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("name", ONE.values(), ids=ONE)
def test_the_one_that_holds_the_cells_is_found(folder: Path, name: str, beside: dict[str, bytes]) -> None:
    put(folder, name, release())
    for other, content in beside.items():
        put(folder, other.format(name.rpartition("/")[2]), content)
    assert meant(folder) == name
    path = Course(folder.parents[2]).submission("ada", ASSIGNMENT, NAME)
    assert read_submission(path, folder.parent) == release()


SEVERAL: dict[str, tuple[dict[str, bytes], str]] = {
    "its own name before a copy": (
        {"backprop.ipynb": release(), "backprop (1).ipynb": release() + b" "},
        "backprop.ipynb",
    ),
    "its own name although a cell is gone": (
        {"backprop.ipynb": release(cells=5), "backprop-Copy1.ipynb": release()},
        "backprop.ipynb",
    ),
    "what holds the cells before its own name": (
        {"backprop.ipynb": OTHER, "meins.ipynb": release()},
        "meins.ipynb",
    ),
    "what holds the cells before its own name that is empty": (
        {"backprop.ipynb": b"", "meins.ipynb": release()},
        "meins.ipynb",
    ),
    "a whole one before its own name that broke off": (
        {"backprop.ipynb": release()[:-20], "backprop (1).ipynb": release()},
        "backprop (1).ipynb",
    ),
    "its own name that broke off, where nothing else is": (
        {"backprop.ipynb": release()[:-20], "x.ipynb": OTHER},
        "backprop.ipynb",
    ),
    "what holds most of them": ({"a.ipynb": release(cells=4), "b.ipynb": release()}, "b.ipynb"),
    "its own name a folder deeper": (
        {"sub/backprop.ipynb": release(), "meins.ipynb": release() + b" "},
        "sub/backprop.ipynb",
    ),
    "its own name in capitals": ({"BACKPROP.ipynb": release(), "x.ipynb": release() + b" "}, "BACKPROP.ipynb"),
    "the same file twice": ({"a.ipynb": release(), "b.ipynb": release()}, "a.ipynb"),
    "its own name where no ids are left": ({"backprop.ipynb": WITHOUT_IDS, "x.ipynb": WITHOUT_IDS}, "backprop.ipynb"),
    "the only one where no ids are left": ({"mine.ipynb": WITHOUT_IDS, "data.csv": b"1"}, "mine.ipynb"),
    "its own name, which is another's": ({"backprop.ipynb": OTHER}, "backprop.ipynb"),
}


@pytest.mark.parametrize(("files", "expected"), SEVERAL.values(), ids=SEVERAL)
def test_of_several_the_content_decides_and_then_the_name(folder: Path, files: dict[str, bytes], expected: str) -> None:
    for name, content in files.items():
        put(folder, name, content)
    assert meant(folder) == expected


def test_where_nobody_can_tell_both_are_named(folder: Path) -> None:
    put(folder, "first.ipynb", release())
    put(folder, "second.ipynb", release() + b" ")
    assert refused(folder) == (
        "No file backprop.ipynb was handed in. There was: first.ipynb, second.ipynb. "
        "Hand in the notebook itself, under the name it came with."
    )


NOT_FOUND: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda folder: None, "The folder is empty."),
    "hidden files alone": (lambda folder: put(folder, "._backprop.ipynb"), "The folder is empty."),
    "an archive": (
        lambda folder: put(folder, "backprop.zip", b"PK"),
        "There was: backprop.zip (an archive, which is not opened).",
    ),
    "another archive": (
        lambda folder: put(folder, "Abgabe.TAR.GZ"),
        "There was: Abgabe.TAR.GZ (an archive, which is not opened).",
    ),
    "a program": (lambda folder: put(folder, "backprop.py", b"x = 1"), "There was: backprop.py."),
    "a page": (lambda folder: put(folder, "sub/backprop.html"), "There was: sub/backprop.html."),
    "an empty folder": (lambda folder: (folder / "work").mkdir(), "There was: work/ (empty)."),
    "a link": (
        lambda folder: (folder / "mine.ipynb").symlink_to("/etc/passwd"),
        "There was: mine.ipynb (a link, which is not followed).",
    ),
    "a pipe": (lambda folder: os.mkfifo(folder / "mine.ipynb"), "There was: mine.ipynb (no file)."),
    "what a terminal obeys": (
        lambda folder: put(folder, "a\x1b[31m\u202e\n.txt"),
        r"There was: a\x1b[31m\u202e\n.txt.",
    ),
    "no text": (lambda folder: put(folder, os.fsdecode(b"\xff\xfe.py")), r"There was: \xff\xfe.py."),
    "a long name": (lambda folder: put(folder, "x" * 200), f"There was: {'x' * 60}...."),
    "many": (
        lambda folder: [put(folder, f"{number:02}.py") for number in range(20)],
        "There was: 00.py, 01.py, 02.py, 03.py, 04.py, 05.py, 06.py, 07.py and 12 more.",
    ),
}


@pytest.mark.parametrize(("make", "sentence"), NOT_FOUND.values(), ids=NOT_FOUND)
def test_where_there_is_none_it_says_what_was_there(
    folder: Path, make: Callable[[Path], object], sentence: str
) -> None:
    make(folder)
    said = refused(folder)
    assert said.startswith(f"No file backprop.ipynb was handed in. {sentence} Hand in")
    assert said.isprintable()


def link_assignment(folder: Path, secret: Path) -> None:
    folder.rmdir()
    folder.symlink_to(secret.parent)


def link_student(folder: Path, secret: Path) -> None:
    shutil.rmtree(folder.parent)
    folder.parent.symlink_to(secret.parents[1])


def link_deeper(folder: Path, secret: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a/b").symlink_to(secret.parent)


LINKS: dict[str, Callable[[Path, Path], None]] = {
    "the file": lambda folder, secret: (folder / "backprop.ipynb").symlink_to(secret),
    "a renamed file": lambda folder, secret: (folder / "mine.ipynb").symlink_to(secret),
    "a folder in it": lambda folder, secret: (folder / "sub").symlink_to(secret.parent),
    "a folder deeper": link_deeper,
    "the assignment's folder": link_assignment,
    "the student's folder": link_student,
}


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_nothing_is_found_or_told_by_following_a_link(
    folder: Path, tmp_path: Path, link: Callable[[Path, Path], None]
) -> None:
    secret = put(tmp_path / "elsewhere" / ASSIGNMENT, "backprop.ipynb", release())
    put(tmp_path / "elsewhere" / ASSIGNMENT, "secret-name.ipynb", release())
    link(folder, secret)
    assert "secret-name" not in refused(folder)
    assert meant(folder) == "backprop.ipynb"


@pytest.mark.parametrize("at", range(1, 4))
def test_a_link_put_there_after_the_choice_is_not_followed(folder: Path, tmp_path: Path, at: int) -> None:
    chosen = put(folder, "a/b/backprop.ipynb", release())
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(folder, elsewhere / ASSIGNMENT)
    part = chosen.parents[at - 1]
    shutil.rmtree(part)
    part.symlink_to(elsewhere / part.relative_to(folder.parent))
    assert chosen.read_bytes() == release(), "the link leads there"
    with pytest.raises(IntakeError, match=r"is a link, a folder or a device"):
        read_submission(chosen, folder.parent)


def test_folders_and_entries_are_counted(folder: Path) -> None:
    deep = folder.joinpath(*["d"] * 30)
    put(deep, "backprop.ipynb", release())
    for number in range(700):
        put(folder / "many", f"{number}.txt")
    assert len(entries(folder)) <= 502
    assert "and " in told(folder)
    assert meant(folder) == "backprop.ipynb", "as deep as that nobody looks"


# --- several notebooks

TWO = ("backprop", "backprop-more")
MULTI: dict[str, tuple[dict[str, bytes], dict[str, str]]] = {
    "as they came": (
        {"backprop.ipynb": release(), "backprop-more.ipynb": release("backprop-more")},
        {"backprop": "backprop.ipynb", "backprop-more": "backprop-more.ipynb"},
    ),
    "each renamed": (
        {"a.ipynb": release("backprop-more"), "b.ipynb": release()},
        {"backprop": "b.ipynb", "backprop-more": "a.ipynb"},
    ),
    "the one for the other": (
        {"backprop.ipynb": release("backprop-more"), "backprop-more.ipynb": release()},
        {"backprop": "backprop-more.ipynb", "backprop-more": "backprop.ipynb"},
    ),
    "one is missing": (
        {"backprop (1).ipynb": release()},
        {"backprop": "backprop (1).ipynb", "backprop-more": "backprop-more.ipynb"},
    ),
    "without ids, by their names": (
        {"backprop (1).ipynb": WITHOUT_IDS, "Kopie von backprop-more.ipynb": WITHOUT_IDS},
        {"backprop": "backprop (1).ipynb", "backprop-more": "Kopie von backprop-more.ipynb"},
    ),
    "without ids and names": (
        {"mine.ipynb": WITHOUT_IDS},
        {"backprop": "backprop.ipynb", "backprop-more": "backprop-more.ipynb"},
    ),
    "a folder each": (
        {"1/x.ipynb": release(), "2/x.ipynb": release("backprop-more")},
        {"backprop": "1/x.ipynb", "backprop-more": "2/x.ipynb"},
    ),
}


@pytest.mark.parametrize(("files", "expected"), MULTI.values(), ids=MULTI)
def test_an_assignment_of_several_notebooks_gets_each_from_its_own(
    folder: Path, files: dict[str, bytes], expected: dict[str, str]
) -> None:
    put(folder.parents[2] / "source" / ASSIGNMENT, "backprop-more.ipynb", release("backprop-more"))
    for name, content in files.items():
        put(folder, name, content)
    assert {name: meant(folder, name) for name in TWO} == expected
