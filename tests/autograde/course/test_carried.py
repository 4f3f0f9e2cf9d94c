"""`autograde init`: a course folder of the carried course, and nothing of anybody's overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.course import carried
from autograde.course.build import MADE, build
from autograde.course.carried import WRITTEN, lay_out

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.xdist_group("carried")  # one course is laid out for all of these


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("init") / "deep" / "course").root


def test_the_folder_is_what_the_repository_holds(laid_out: Path) -> None:
    for part in WRITTEN:
        ours = [ROOT / part] if (ROOT / part).is_file() else sorted((ROOT / part).rglob("*"))
        for path in ours:
            if path.is_file() and ".ipynb_checkpoints" not in path.parts:
                assert (laid_out / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_the_folder_has_nothing_else_in_it_and_nothing_drifts(laid_out: Path) -> None:
    assert {path.name for path in laid_out.iterdir()} == set(WRITTEN)
    assert build(laid_out, check=True) == []


@pytest.mark.parametrize("there", WRITTEN)
def test_what_is_there_is_named_and_left_alone(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(CourseError, match=rf"holds {there} already, and nothing is overwritten"):
        lay_out(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [there]
    assert (tmp_path / there).read_text() == "mine"


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    (tmp_path / "release").symlink_to(tmp_path / "gone")
    with pytest.raises(CourseError, match="holds release already"):
        lay_out(tmp_path)


def test_a_second_time_is_refused_in_one_sentence(laid_out: Path) -> None:
    with pytest.raises(CourseError, match=r"holds course, nbgrader_config\.py, source, release already"):
        lay_out(laid_out)


def test_what_else_is_in_the_folder_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "build", lambda root: [(root / part).mkdir() for part in MADE])
    (tmp_path / "notes.txt").write_text("mine")
    lay_out(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*WRITTEN, "notes.txt"}


def test_a_build_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(root: Path) -> None:
        raise CourseError("no")

    monkeypatch.setattr(carried, "build", fail)
    with pytest.raises(CourseError, match="no"):
        lay_out(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "deep"])
def test_a_file_is_no_course_folder(below: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(CourseError, match=r"is a file\. Expected a folder|Cannot write a course folder at"):
        lay_out(tmp_path / "taken" / below)
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_one_sentence() -> None:
    with pytest.raises(CourseError, match=r"Cannot write a course folder at /proc/course: .+\. Choose a folder"):
        lay_out(Path("/proc/course"))


def test_a_package_alone_carries_no_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "files", lambda package: tmp_path / "lone" / package)
    with pytest.raises(CourseError, match="carries no course: expected"):
        carried.carried()
