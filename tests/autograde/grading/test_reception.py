"""At the door: what was read, under which key, and the notebook made of it, each once."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.course.intake import IntakeError
from autograde.course.notebook import Notebook, Role
from autograde.grading import reception
from autograde.grading.reception import receive


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ada" / "01-backprop" / "small.ipynb"
    path.parent.mkdir(parents=True)
    return path


def notebook(text: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": text, "id": "relative_error"}]})


def test_a_notebook_is_read_keyed_and_rebuilt(path: Path, master: Notebook) -> None:
    path.write_text(notebook("# mine"))
    received = receive(path, master, "tests")
    assert received.content == path.read_bytes()
    assert received.unreadable is None
    assert "# mine" in [cell.source for cell in received.notebook.cells]


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing there": (lambda path: None, "No file small.ipynb was handed in."),
    "a link": (lambda path: path.symlink_to("/etc/hostname"), "is a link, a folder or a device"),
    "a pipe": (os.mkfifo, "is a link, a folder or a device"),
    "empty": (lambda path: path.touch(), "The file is empty."),
    "cut off": (lambda path: path.write_text('{"cells": ['), "ends in the middle"),
    "no notebook": (lambda path: path.write_text("[]"), "holds a list"),
}


@pytest.mark.parametrize(("make", "why"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_notebook_is_a_blank_one_with_the_reason(
    path: Path, master: Notebook, make: Callable[[Path], object], why: str
) -> None:
    make(path)
    received = receive(path, master, "tests")
    assert received.unreadable
    assert why in received.unreadable
    assert received.notebook.notes == (received.unreadable,)
    assert {cell.source for cell in received.notebook.cells if cell.role is Role.SOLUTION} == {""}


def test_the_key_depends_on_file_and_tests_and_the_file_on_itself_alone(path: Path, master: Notebook) -> None:
    seen = []
    for make, _ in BROKEN.values():
        make(path)
        seen.append(receive(path, master, "tests"))
        path.unlink(missing_ok=True)
    path.write_text(notebook("# mine"))
    seen.append(receive(path, master, "tests"))
    other = receive(path, master, "other tests")
    assert len({one.key for one in (*seen, other)}) == len(seen)  # a link and a pipe are the same: no file
    assert len({one.file for one in seen}) == len(seen) - 1
    assert other.file == seen[-1].file
    assert receive(path, master, "tests") == seen[-1]


def test_nothing_is_rebuilt_before_it_is_asked_for_and_then_once(
    path: Path, master: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.write_text("[]")
    calls: list[bytes] = []
    editions = {1: master}

    def rebuild(master: Notebook, content: bytes, former: object) -> Notebook:
        assert former is editions
        calls.append(content)
        raise IntakeError("no")

    monkeypatch.setattr(reception, "rebuild", rebuild)
    received = receive(path, master, "tests", editions)
    assert calls == []
    assert received.unreadable == "no"
    assert received.notebook is received.notebook
    assert len(calls) == 1
