"""A file appears complete or not at all, whoever wrote at it before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from machine_room.atomic import replacing


@pytest.mark.parametrize("mode", [0o644, 0o444, 0o000])
def test_what_a_killed_process_left_is_replaced(tmp_path: Path, mode: int) -> None:
    left = tmp_path / "page.unfinished"
    left.write_bytes(b"hal")
    left.chmod(mode)
    with replacing(tmp_path / "page") as file:
        assert os.fstat(file.fileno()).st_mode & 0o600 == 0o600, "it is another file, that whoever we are may write"
        file.write(b"whole")
    assert [path.name for path in tmp_path.iterdir()] == ["page"]
    assert (tmp_path / "page").read_bytes() == b"whole"


def test_what_fails_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"before")
    with pytest.raises(RuntimeError), replacing(tmp_path / "page"):
        raise RuntimeError("the disk is full")
    assert [path.name for path in tmp_path.iterdir()] == ["page"]
    assert (tmp_path / "page").read_bytes() == b"before"
