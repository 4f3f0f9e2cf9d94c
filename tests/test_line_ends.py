"""Text is LF in every working copy, whatever git is told on that machine; data keep their bytes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES = b"one\ntwo\n"
DATA = b"PK\r\n\x00\n\r\n"
TEXTS = (
    "README.md", "LICENSE", "Makefile", ".ci/run", "pyproject.toml", "course/01-backprop/backprop.md",
    "source/01-backprop/backprop.ipynb", "release/01-backprop/backprop.ipynb", "lib/machine_room/data/NOTICE",
    "lib/machine_room/a.py", ".github/workflows/tests.yml", "tests/fixtures/a.json", "docs/pictures/a.svg",
)  # fmt: skip
BINARIES = ("lib/machine_room/data/digits.npz", "docs/pictures/a.png")
FOLDERS = (
    ".ci", ".github", "autograde", "benchmarks", "course", "docs", "hub", "lib", "release", "source", "tests", "tools",
)  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    """Run git as on a machine that turns line ends into Windows's, and is told nothing else."""
    told = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    windows = ["-c", "core.autocrlf=true", "-c", "core.safecrlf=false"]
    command = ["git", *windows, *arguments]
    return subprocess.run(command, cwd=folder, env=told, check=True, capture_output=True, text=True).stdout


def checked_out(folder: Path, files: dict[str, bytes], *, attributes: bool) -> dict[str, bytes]:
    """What a working copy holds of files that were added and checked out again."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    if attributes:
        (folder / ".gitattributes").write_bytes((ROOT / ".gitattributes").read_bytes())
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    git(folder, "add", "--all", "--force")
    for name in files:
        (folder / name).unlink()
    git(folder, "checkout-index", "--all")
    return {name: (folder / name).read_bytes() for name in files}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    given = {**dict.fromkeys(TEXTS, LINES), **dict.fromkeys(BINARIES, DATA), "from-windows.md": b"one\r\ntwo\r\n"}
    return checked_out(tmp_path_factory.mktemp("attributes") / "copy", given, attributes=True)


def test_without_our_attributes_such_a_machine_changes_line_ends(tmp_path: Path) -> None:
    assert checked_out(tmp_path / "copy", {"a.md": LINES}, attributes=False) == {"a.md": b"one\r\ntwo\r\n"}


@pytest.mark.parametrize("name", [*TEXTS, "from-windows.md"])
def test_a_text_is_lf(name: str, copy: dict[str, bytes]) -> None:
    assert copy[name] == LINES


@pytest.mark.parametrize("name", BINARIES)
def test_data_keep_their_bytes(name: str, copy: dict[str, bytes]) -> None:
    assert copy[name] == DATA


def our_files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file())
    for folder in FOLDERS:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def test_no_text_of_ours_holds_a_carriage_return() -> None:
    contents = {path: path.read_bytes() for path in our_files()}
    assert len(contents) > 100
    assert not [path for path, content in contents.items() if b"\r\n" in content and b"\0" not in content]
