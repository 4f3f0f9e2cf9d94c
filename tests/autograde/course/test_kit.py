"""The kit for laptops: all that a student needs, and nothing that they must not have."""

from __future__ import annotations

import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

import machine_room
from autograde.contract.failures import CourseError
from autograde.course import kit, wheel
from autograde.course.build import MADE, build
from autograde.course.folder import Course
from autograde.course.kit import FOLDER, PAGE, REQUIREMENTS, make_kit
from autograde.course.notebook import solutions_of
from autograde.course.wheel import wheel_name

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.xdist_group("kit")  # one kit is made for all of these


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course with what must stay with the instructor: a seed, a gradebook, hand-ins."""
    root = tmp_path_factory.mktemp("course")
    for part in ("course", *MADE):
        shutil.copytree(ROOT / part, root / part)
    (root / "gradebook.db").write_bytes(b"SQLite")
    (root / "submitted" / "bob").mkdir(parents=True)
    (root / "submitted" / "bob" / "work.ipynb").write_text("bob's own work")
    Course(root).keep_seed(20261130)
    return root


@pytest.fixture(scope="module")
def contents(course: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Every file of the kit, and of the wheel in it, by name."""
    target = tmp_path_factory.mktemp("kit") / "kit.zip"
    assert make_kit(course, target) == []
    found = dict(_files(target.read_bytes()))
    [inner] = [name for name in found if name.endswith(".whl")]
    return {**found, **{f"{inner}/{name}": content for name, content in _files(found[inner])}}


def _files(archive: bytes) -> Iterator[tuple[str, bytes]]:
    with ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        yield from ((name, opened.read(name)) for name in opened.namelist())


def test_it_holds_what_is_released_the_wheel_and_how_to_begin(contents: dict[str, bytes]) -> None:
    released = {path.relative_to(ROOT / "release").as_posix() for path in (ROOT / "release").rglob("*.ipynb")}
    outer = {name.removeprefix(f"{FOLDER}/") for name in contents if f"{wheel_name()}/" not in name}
    assert outer == {*released, wheel_name(), REQUIREMENTS, PAGE}
    for name in released:
        assert contents[f"{FOLDER}/{name}"] == (ROOT / "release" / name).read_bytes()


def test_all_of_it_lies_in_one_folder_and_no_name_leaves_it(contents: dict[str, bytes]) -> None:
    for name in contents:
        assert name.startswith(f"{FOLDER}/")
        assert ".." not in Path(name).parts


def test_no_file_of_it_holds_a_solution(contents: dict[str, bytes]) -> None:
    """Neither as a cell nor as its longest lines: the reference in the library is written in other words."""
    text = {name: content.decode("utf-8", "replace") for name, content in contents.items()}
    notebooks = {name: _sources(body) for name, body in text.items() if name.endswith(".ipynb")}
    for path in (ROOT / "source").glob("*/*.ipynb"):
        for exercise, source in solutions_of(json.loads(path.read_text(encoding="utf-8"))).items():
            assert not [name for name, body in text.items() if source in body], exercise
            answer = re.findall(r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", source, re.DOTALL)
            longest = max("\n".join(answer).split("\n"), key=len).strip()
            assert not [name for name, body in notebooks.items() if longest in body], exercise


def _sources(notebook: str) -> str:
    return "\n".join("".join(cell["source"]) for cell in json.loads(notebook)["cells"])


def test_no_file_of_it_holds_a_hidden_test_a_seed_or_anybodys_work(contents: dict[str, bytes], course: Path) -> None:
    seed = str(Course(course).seed()).encode()
    for name, content in contents.items():
        for secret in (seed, b"bob's own work", b"SQLite", str(course).encode(), str(ROOT).encode()):
            assert secret not in content, f"{name} holds {secret!r}"
        if not name.endswith((".py", ".npz")):  # the library's code speaks of hidden checks, and has none
            assert not kit.SECRET.search(content), name


def test_the_wheel_in_it_is_the_library_and_nothing_of_the_autograder(contents: dict[str, bytes]) -> None:
    prefix = f"{FOLDER}/{wheel_name()}/"
    inside = {name.removeprefix(prefix) for name in contents if name.startswith(prefix)}
    root = Path(machine_room.__file__).parent
    package = {
        f"machine_room/{path.relative_to(root).as_posix()}"
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {name for name in inside if name.startswith("machine_room/")} == package
    others = {name.partition("/")[0] for name in inside} - {"machine_room"}
    assert others <= {f"machine_room-{machine_room.__version__}.{kind}" for kind in ("dist-info", "data")}
    assert not [name for name in inside if "autograde" in name or name.endswith((".ipynb", ".md", ".pyc"))]


def test_the_same_course_makes_the_same_kit(course: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_kit(course, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_the_page_names_the_wheel_and_never_the_bare_name(contents: dict[str, bytes]) -> None:
    page = contents[f"{FOLDER}/{PAGE}"].decode("utf-8")
    assert wheel_name() in page
    assert "{" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    for system in ("Windows (PowerShell)", "macOS", "Linux", "Google Colab", "Binder", "VS Code"):
        assert f"<h2>{system}</h2>" in page
    installs = re.findall(r"pip install [^<\n]*", page)
    assert len(installs) == 7
    assert all(re.search(r"-r requirements\.txt|--upgrade pip|\./machine_room-.*\.whl", line) for line in installs)
    assert not re.search(r"<script|src=", page)
    assert "have not\nbeen run by us" in page


def drifted(root: Path) -> None:
    next((root / "release" / "01-backprop").glob("*.ipynb")).write_text("{}")


def unbuilt(root: Path) -> None:
    shutil.rmtree(root / "release")


def with_an_answer_in_a_file_beside(root: Path) -> None:
    for part in ("course", "source", "release"):
        (root / part / "01-backprop" / "answers.txt").write_text("### BEGIN SOLUTION\nreturn 42")


def with_the_masters_in_release(root: Path) -> None:
    shutil.rmtree(root / "course")
    shutil.copytree(root / "source", root / "release", dirs_exist_ok=True)


REFUSED: dict[Callable[[Path], None], str] = {
    drifted: "release/01-backprop/backprop.ipynb differs, but a kit must hold what the text says",
    unbuilt: "is missing, but a kit must hold what the text says",
    with_an_answer_in_a_file_beside: "release/01-backprop/answers.txt holds 'BEGIN SOLUTION', which",
    with_the_masters_in_release: "which students must not get",
}


@pytest.mark.parametrize(("spoil", "said"), REFUSED.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_course_that_would_give_something_away_or_is_not_built_makes_no_kit(
    spoil: Callable[[Path], None], said: str, course: Path, tmp_path: Path
) -> None:
    root = tmp_path / "course"
    shutil.copytree(course, root)
    spoil(root)
    with pytest.raises(CourseError, match=re.escape(said)):
        make_kit(root, tmp_path / "kit.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["course"]


def test_a_link_in_release_is_not_followed(course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "build", lambda root, check: [])
    root = tmp_path / "course"
    shutil.copytree(course, root)
    (root / "release" / "01-backprop" / "book").symlink_to(root / "gradebook.db")
    make_kit(root, tmp_path / "kit.zip")
    assert not [name for name, _ in _files((tmp_path / "kit.zip").read_bytes()) if name.endswith("book")]


def test_an_empty_folder_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="holds no built course: expected source/ and release/"):
        make_kit(tmp_path, tmp_path / "kit.zip")


@pytest.mark.parametrize("place", ["nowhere/kit.zip", "taken/kit.zip"])
def test_a_place_that_cannot_be_written_is_one_sentence(
    place: str, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kit, "build", lambda root, check: [])
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(CourseError, match=r"Cannot write the kit to .*: .+\. Name a file in a folder"):
        make_kit(course, tmp_path / place)
    assert (tmp_path / "taken").read_text() == "mine"


def test_other_points_than_the_librarys_are_told(course: Path, tmp_path: Path) -> None:
    root = tmp_path / "course"
    shutil.copytree(course, root)
    [text] = (root / "course" / "01-backprop").glob("*.md")
    text.write_text(text.read_text(encoding="utf-8").replace(":points: 1\n", ":points: 2\n", 1), encoding="utf-8")
    shutil.rmtree(root / "source" / "01-backprop")  # to students nobody has given anything yet
    build(root)
    [remark] = make_kit(root, tmp_path / "kit.zip")
    assert remark.startswith("01-backprop: the library counts other points than this course gives.")


def test_a_library_whose_metadata_is_of_another_version_makes_no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_room, "__version__", "9.9.9")
    with pytest.raises(CourseError, match=r"installed as .+, but its files are 9\.9\.9\. Install it again"):
        wheel.wheel_files()
