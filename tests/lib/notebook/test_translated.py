"""What the notebook's room says is said through the catalogue."""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from machine_room.notebook import board, forget, installation, progress, recorded
from machine_room.notebook.memory import read, remember
from machine_room.notebook.points import assignments
from machine_room.notebook.sentences import sentence
from machine_room.notebook.view import View
from tests.pseudo_language import english_in, names_in, pseudo_course

TAG = re.compile(r"<[^>]*>")
NAMES = {name for one in assignments() for name in one.checks}
#: What the course's text calls its notebooks is not the library's to translate.
TITLES = names_in(" ".join(f"{one.name} {one.notebook} {one.title}" for one in assignments()))


@pytest.fixture(autouse=True)
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "work" / "01-backprop").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work" / "01-backprop")
    with pseudo_course(tmp_path / "course"):
        yield


def words(view: View, names: set[str]) -> set[str]:
    return english_in(view.text, names) | english_in(html.unescape(TAG.sub(" ", view.html)), names)


def nothing_passed() -> None: ...


def something_passed() -> None:
    remember("forward_difference", passed=True)


def all_passed() -> None:
    for name in NAMES:
        remember(name, passed=True)


def a_damaged_file() -> None:
    something_passed()
    assert read(assignments()[0]).passed
    Path("../.machine_room/01-backprop.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize("before", [nothing_passed, something_passed, all_passed, a_damaged_file])
def test_progress_says_nothing_past_the_catalogue(before: Callable[[], None]) -> None:
    before()
    shown = progress()
    assert "⟦" in shown.text
    assert words(shown, NAMES | TITLES | names_in(str(Path.cwd().parent)) | {"machine_room", "json"}) == set()


def test_what_is_recorded_and_forgotten_is_told_in_the_language() -> None:
    quoted = names_in(str(Path.cwd().parent)) | NAMES | {"machine_room", "json", "format", "passed"}
    assert words(recorded(), quoted) == set()
    something_passed()
    assert words(recorded(), quoted | TITLES) == set()
    assert words(forget(), quoted | TITLES) == set()


@pytest.mark.parametrize("up_to", [False, True])
@pytest.mark.parametrize("name", ["forward_difference", "mish", "train_and_read"])
def test_the_line_below_a_check_is_told_in_the_language(name: str, up_to: bool) -> None:
    for passed in (frozenset[str](), frozenset([name])):
        line = board.points_line(name, passed, up_to=up_to)
        assert line.startswith("⟦")
        assert english_in(line) == set()


def test_the_installation_is_told_in_the_language() -> None:
    shown = installation()
    libraries = {"Python", "machine_room", "NumPy", "Matplotlib", "ipywidgets", "jupyterlab_widgets"}
    quoted = libraries | names_in(str(Path(board.__file__).parents[1])) | names_in(str(Path.cwd().parent))
    assert words(shown, quoted | {"0"}) == set()


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("relative_error(1, 2)", {"relative_error"}),
        (
            "import tensorflow as tf",
            {"TensorFlow", "import", "tensorflow", "as", "tf", "from", "machine_room", "keras"},
        ),
        ("import torch", {"torch"}),
    ],
)
def test_errors_of_the_first_day_are_told_in_the_language(
    source: str, names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ("torch", "tensorflow"):
        monkeypatch.setitem(sys.modules, library, None)
    space: dict[str, object] = {"__name__": "__main__"}
    with pytest.raises((NameError, ModuleNotFoundError)) as raised:
        exec(compile(source, "<cell>", "exec"), space)
    error = raised.value
    assert error.__traceback__ is not None
    said = sentence(error.with_traceback(error.__traceback__.tb_next), space)
    assert said
    assert english_in(said, names) == set()
