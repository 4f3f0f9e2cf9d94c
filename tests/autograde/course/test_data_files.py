"""Files beside a text: built with it, given to students with it, and told where they cannot be."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course.beside import MAX_BYTES
from autograde.course.build import Drift, How, build, prune
from autograde.course.kit import FOLDER, make_kit
from tests.own_course import copy_of_course

FILES = ("tide.csv", "gauges/places.txt")
HERE = Path("course/02-waves")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_course(tmp_path / "course")


def test_they_are_in_source_release_and_kit_as_they_are(root: Path) -> None:
    build(root)
    make_kit(root, root / "kit.zip")
    with zipfile.ZipFile(root / "kit.zip") as kit:
        for name in FILES:
            content = (root / HERE / name).read_bytes()
            assert (root / "source" / "02-waves" / name).read_bytes() == content
            assert (root / "release" / "02-waves" / name).read_bytes() == content
            assert kit.read(f"{FOLDER}/02-waves/{name}") == content


def test_a_changed_a_new_and_a_deleted_one_are_drift_until_they_are_built(root: Path) -> None:
    build(root)
    (root / HERE / "tide.csv").write_text("hour,metres\n0,1\n")
    (root / HERE / "gauges" / "more.txt").write_text("more\n")
    (root / HERE / "gauges" / "places.txt").unlink()
    parts = [Path(part, "02-waves") for part in ("release", "source")]
    told = [
        drift
        for part in parts
        for drift in (
            Drift(part / "gauges/more.txt", How.MISSING),
            Drift(part / "gauges/places.txt", How.EXTRA),
            Drift(part / "tide.csv", How.DIFFERS),
        )
    ]
    assert build(root, check=True) == told
    assert build(root) == told
    assert build(root, check=True) == []
    assert [path.name for path in (root / "release" / "02-waves" / "gauges").iterdir()] == ["more.txt"]


#: What programs leave in a folder, beside a text or where a notebook was run.
LEFT = (".DS_Store", ".~lock.tide.csv#", ".ipynb_checkpoints/waves-checkpoint.ipynb", ".machine_room/progress.json",
        "__pycache__/x.cpython-312.pyc", ".git/config", "gauges/.hidden", ".pytest_cache/README.md")  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_what_programs_leave_is_neither_built_nor_drift(name: str, root: Path) -> None:
    build(root)
    for part in ("course", "source", "release"):
        (root / part / "02-waves" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / part / "02-waves" / name).write_text("left here")
    assert build(root, check=True) == []
    make_kit(root, root / "kit.zip")
    with zipfile.ZipFile(root / "kit.zip") as kit:
        assert not any(one.endswith(name) for one in kit.namelist())


def test_a_course_in_a_folder_with_a_dot_is_built_whole(tmp_path: Path) -> None:
    root = copy_of_course(tmp_path / ".courses" / "__pycache__" / "mine")
    build(root)
    assert (root / "release" / "02-waves" / "tide.csv").exists()
    assert build(root, check=True) == []


def too_large(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)


def too_many(path: Path) -> None:
    path.mkdir()
    for number in range(1001):
        (path / str(number)).touch()


#: What cannot lie beside a text, and what is told.
REFUSED: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a notebook": ("draft.ipynb", lambda path: path.write_text("{}"), "a notebook beside the text"),
    "a notebook in a folder": ("gauges/old.ipynb", lambda path: path.write_text("{}"), "a notebook beside the text"),
    "a module": ("helper.py", lambda path: path.write_text("x = 1"), "a module beside a notebook"),
    "a compiled module": ("helper.so", lambda path: path.write_bytes(b"\x7fELF"), "a module beside a notebook"),
    "one that is too large": ("large.bin", too_large, "has 24 MiB, and a file beside a notebook may have 24"),
    "too many": ("many", too_many, "the sandbox has room for 1000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_lie_beside_a_text_is_one_sentence_with_its_place(case: str, root: Path) -> None:
    name, make, told = REFUSED[case]
    make(root / HERE / name)
    with pytest.raises(CourseError) as raised:
        build(root)
    assert told in str(raised.value)
    assert str(root / HERE) in str(raised.value)
    assert "\n" not in str(raised.value)
    assert (root / "release" / "01-smoothing" / "smoothing.ipynb").exists()  # the other text is built all the same


def test_a_dropped_assignments_files_go_with_it(root: Path) -> None:
    build(root)
    shutil.rmtree(root / HERE)
    build(root)  # which the table of points is made by, too
    assert prune(root) == [Path("release/02-waves"), Path("source/02-waves")]
    assert build(root, check=True) == []
