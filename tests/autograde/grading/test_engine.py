"""The engine's digest: every file of both packages is in it, wherever it lies, and so is what stands beside them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

import autograde
import machine_room
from autograde.course.libraries import ALWAYS, allowed
from autograde.grading import engine
from autograde.grading.engine import ROOTS, engine_files, engine_of, surroundings, this_engine
from autograde.inside.limits import Limits

PACKAGES = (Path(machine_room.__file__).parent, Path(autograde.__file__).parent)
BESIDE = ["CPython 3.11.7", "numpy 2.4.6"]


@pytest.fixture
def copies(tmp_path: Path) -> list[Path]:
    """Copies of both packages, to change."""
    return [Path(shutil.copytree(root, tmp_path / root.name)) for root in PACKAGES]


def on_disk(root: Path) -> set[str]:
    """Every file by walking the folders, without the module under test; Python's caches left out."""
    found = set()
    for folder, _, names in os.walk(root):
        if "__pycache__" not in Path(folder).parts:
            found |= {os.path.relpath(os.path.join(folder, name), root) for name in names}
    return {name for name in found if not name.endswith((".pyc", ".pyo"))}


def test_both_packages_are_hashed_from_their_roots() -> None:
    assert ROOTS == PACKAGES


@pytest.mark.parametrize("root", PACKAGES, ids=lambda root: root.name)
def test_the_files_that_are_hashed_are_the_files_on_disk(root: Path) -> None:
    names = [name for name, _ in engine_files(root)]
    assert set(names) == on_disk(root)
    assert names == sorted(names)


@pytest.mark.parametrize("root", PACKAGES, ids=lambda root: root.name)
def test_every_file_that_the_project_keeps_is_hashed(root: Path) -> None:
    tracked = subprocess.run(["git", "ls-files", "."], cwd=root, capture_output=True, text=True, check=True)
    assert set(tracked.stdout.split()) <= {name for name, _ in engine_files(root)}


def test_a_change_of_any_file_changes_the_digest(copies: list[Path]) -> None:
    whole = engine_of(copies, BESIDE)
    seen = {whole}
    for root in copies:
        for name in on_disk(root):
            path = root / name
            content = path.read_bytes()
            path.write_bytes(content + b"\n")
            seen.add(engine_of([root], BESIDE))
            path.write_bytes(content)
    assert len(seen) == 1 + sum(len(on_disk(root)) for root in copies)
    assert engine_of(copies, BESIDE) == whole


KINDS = {
    "a module in a room of the autograder": "autograde/judge/judge.py",
    "what runs in the box": "autograde/inside/kernel.py",
    "a template of the students' view": "autograde/sandbox/templates/withheld.py",
    "a module of the library": "machine_room/layers.py",
    "an exercise in a section": "machine_room/exercises/backprop/entropy.py",
    "a data file": "machine_room/data/digits.npz",
    "a file without a suffix": "machine_room/data/NOTICE",
}
CHANGES = {
    "changed": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"#"),
    "emptied": lambda path: path.write_bytes(b""),
    "removed": lambda path: path.unlink(),
    "renamed": lambda path: path.rename(path.with_name(f"other_{path.name}")),
    "moved to another room": lambda path: path.rename(path.parent.parent / f"moved_{path.name}"),
    "with a neighbour": lambda path: path.with_name("new.toml").write_text("x"),
    "with a neighbour in a new room": lambda path: (
        (path.parent / "room").mkdir(),
        (path.parent / "room" / "new.py").touch(),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("name", KINDS.values(), ids=KINDS)
def test_each_kind_of_file_and_of_change_is_seen(copies: list[Path], name: str, change: object) -> None:
    before = engine_of(copies, BESIDE)
    change(copies[0].parent / name)  # type: ignore[operator]
    assert engine_of(copies, BESIDE) != before


def test_bytecode_and_the_place_of_a_package_are_not_seen(copies: list[Path], tmp_path: Path) -> None:
    before = engine_of(copies, BESIDE)
    (copies[0] / "__pycache__").mkdir(exist_ok=True)
    (copies[0] / "__pycache__" / "layers.cpython-399.pyc").write_bytes(b"code")
    (copies[1] / "judge" / "old.pyc").write_bytes(b"code")
    assert engine_of(copies, BESIDE) == before
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert engine_of([root.rename(elsewhere / root.name) for root in copies], BESIDE) == before
    assert engine_of(PACKAGES, BESIDE) == before


def test_names_and_contents_cannot_run_into_each_other(tmp_path: Path) -> None:
    digests = set()
    for number, files in enumerate(({"ab": "c"}, {"a": "bc"}, {"a": "", "b": "c"}, {"a": "b", "c": ""}, {})):
        root = tmp_path / str(number) / "package"
        root.mkdir(parents=True)
        for name, text in files.items():
            (root / name).write_text(text)
        digests.add(engine_of([root], BESIDE))
    assert len(digests) == 5


def test_python_the_libraries_and_the_default_limits_are_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    libraries = allowed()
    _, line, _ = surroundings(libraries)
    assert {one.partition("==")[0] for one in line.split()} >= set(ALWAYS)
    seen = {engine_of((), surroundings(libraries))}
    newer = replace(libraries[0], version="99")
    seen.add(engine_of((), surroundings([newer, *libraries[1:]])))
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    seen.add(engine_of((), surroundings(libraries)))
    monkeypatch.setattr(engine, "Limits", lambda: Limits(cpu_seconds=61))
    seen.add(engine_of((), surroundings(libraries)))
    assert len(seen) == 4


def test_a_library_that_the_course_declares_is_beside_it() -> None:
    assert this_engine(allowed(["scikit-learn"])) != this_engine(allowed())
    assert "scikit-learn==" in " ".join(surroundings(allowed(["scikit-learn"])))


def test_this_engine_is_the_digest_of_what_is_imported_and_has_a_version() -> None:
    libraries = allowed()
    ours = this_engine(libraries)
    assert ours.digest == engine_of(PACKAGES, surroundings(libraries))
    assert ours.version[0].isdigit()
    assert str(ours) == ours.version


def test_the_course_that_a_wheel_carries_is_no_engine(copies: list[Path]) -> None:
    before = engine_of(copies, BESIDE)
    (copies[1] / "carried" / "course").mkdir(parents=True)
    (copies[1] / "carried" / "course" / "backprop.md").write_text("text")
    assert engine_of(copies, BESIDE) == before
