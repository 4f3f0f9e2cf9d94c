"""`make lab` gives students a working copy, and never takes their work away."""

from __future__ import annotations

from pathlib import Path

import pytest

from machine_room.lab_server import SWITCH_ON
from tools.lab import arguments, working_copy


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for name in ("01-backprop/backprop.ipynb", "02-activations/activations.ipynb", "02-activations/data/z.csv"):
        path = tmp_path / "release" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"released {name}")
    return tmp_path / "release"


def test_everything_released_is_copied_once(release: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    assert len(working_copy(release, work)) == 3
    assert (work / "02-activations/data/z.csv").read_text() == "released 02-activations/data/z.csv"
    assert working_copy(release, work) == []


def test_work_that_was_begun_is_kept_and_a_deleted_notebook_comes_back(release: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    working_copy(release, work)
    begun, deleted = work / "01-backprop/backprop.ipynb", work / "02-activations/activations.ipynb"
    begun.write_text("my work")
    deleted.unlink()
    assert working_copy(release, work) == [deleted]
    assert begun.read_text() == "my work"


@pytest.mark.parametrize(("user", "told"), [(0, True), (1000, False)])
def test_root_is_told_to_jupyterlab_and_nobody_else(
    user: int, told: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: user)
    assert ("--allow-root" in arguments(tmp_path)) == told


def test_pictures_follow_closely_in_make_lab(tmp_path: Path) -> None:
    assert SWITCH_ON in arguments(tmp_path)
