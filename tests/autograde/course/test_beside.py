"""What lies beside a notebook of an ordinary course: the course's own first, a student's bounded and never followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course import beside
from autograde.course.beside import handed_in_beside, of_course, together_with
from autograde.inside.limits import Limits

COURSE = {"helper.py": b"ours", "data/a.csv": b"ours", "tools/__init__.py": b"ours"}
SMALL = Limits(scratch_bytes=beside.ROOM_LEFT + 100, file_bytes=60)
MAKES_WAY = [
    "helper.py",
    "helper/__init__.py",
    "helper.cpython-311-x86_64-linux-gnu.so",
    "helper.pyc",
    "data",
    "data/a.csv",
    "data/a.csv/x",
    "tools.py",
    "tools/__init__.py",
]


@pytest.mark.parametrize("name", MAKES_WAY)
def test_a_students_file_makes_way_for_the_courses(name: str) -> None:
    assert together_with(COURSE, {name: b"theirs"}) == COURSE


@pytest.mark.parametrize("name", ["notes.txt", "data/b.csv", "helper.txt", "tools/more.py", "other/helper.py"])
def test_what_stands_in_nobodys_way_is_there(name: str) -> None:
    assert together_with(COURSE, {name: b"theirs"}) == {**COURSE, name: b"theirs"}


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_of_a_course_notebooks_and_what_it_ignores_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, a=b"1", data__b=b"2", __pycache__=b"")
    for name in ("x.ipynb", "m.pyc", ".ipynb_checkpoints/x", "secret.key"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"no")
    assert of_course(tmp_path, (*beside.IGNORED, "*.key")) == {"a": b"1", "data/b": b"2"}


@pytest.mark.parametrize("files", [{"a": b"x" * 61}, {"a": b"x" * 60, "b": b"x" * 60}], ids=["one", "all"])
def test_a_course_that_does_not_fit_into_the_box_is_told(tmp_path: Path, files: dict[str, bytes]) -> None:
    write(tmp_path, **files)
    with pytest.raises(CourseError, match="MiB"):
        of_course(tmp_path, limits=SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """submitted/ada/ps1 with a notebook in it."""
    return write(tmp_path / "ada" / "ps1", **{"p.ipynb": b"{}"})


def handed_in(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    return handed_in_beside(folder, folder / "p.ipynb", SMALL)


def test_of_a_hand_in_everything_but_the_notebook_itself_is_there(folder: Path) -> None:
    write(folder, data__b=b"2", **{"q.ipynb": b"{}"})
    assert handed_in(folder) == ({"data/b": b"2", "q.ipynb": b"{}"}, [])


def test_links_pipes_and_what_is_too_large_are_left_out_and_nothing_is_waited_for(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "seed").write_bytes(b"secret")
    (folder / "link").symlink_to(tmp_path / "seed")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    write(folder, large=b"x" * 61, small=b"s")
    found, notes = handed_in(folder)
    assert found == {"small": b"s"}
    assert [note.split(" was ")[0] for note in notes] == ["The file large"]


def test_files_that_fit_one_by_one_fill_no_more_than_the_box_has(folder: Path) -> None:
    write(folder, **{f"f{number}": b"x" * 50 for number in range(9)})
    found, notes = handed_in(folder)
    assert (len(found), len(notes)) == (2, 7)


def test_a_name_that_is_no_text_is_left_out(folder: Path) -> None:
    (folder / os.fsdecode(b"caf\xe9")).write_bytes(b"1")
    found, notes = handed_in(folder)
    assert (found, len(notes)) == ({}, 1)
