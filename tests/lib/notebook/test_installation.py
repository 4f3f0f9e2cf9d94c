"""The look at one's own installation says what is here, and of what is not, what to do."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from machine_room.notebook import installation
from machine_room.notebook.installation import findings


def test_where_all_is_here_it_says_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [one for one in findings() if not one.good] == []
    assert installation().text.startswith("All is here: you can begin.\nok      Python: 3.")


def found(what: str) -> str:
    [one] = [one for one in findings() if one.what == what]
    return f"{one.here}: {one.what_to_do}"


@pytest.mark.parametrize(
    ("name", "what"), [("numpy", "NumPy"), ("matplotlib", "Matplotlib"), ("ipywidgets", "ipywidgets")]
)
def test_a_library_that_is_too_old_or_missing_is_named_with_what_to_do(
    name: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = metadata.version

    def old(asked: str) -> str:
        return "1.2.3" if asked == name else there(asked)

    def gone(asked: str) -> str:
        if asked == name:
            raise metadata.PackageNotFoundError(asked)
        return there(asked)

    monkeypatch.setattr(metadata, "version", old)
    assert found(what).startswith("1.2.3: ")
    assert "or newer is needed. Install the course again" in found(what)
    assert "1 of 8 things need something done." in installation().text
    monkeypatch.setattr(metadata, "version", gone)
    assert found(what).startswith("not there: Install the course again")


def test_what_fails_by_itself_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("machine_room.datasets.practice_digits", lambda: 1 / 0)
    assert found("handwritten digits").startswith("ZeroDivisionError: division by zero: Install the course again")


def test_a_folder_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    assert "This folder cannot be written. Copy the notebooks to one of yours." in found("a folder to write in")
