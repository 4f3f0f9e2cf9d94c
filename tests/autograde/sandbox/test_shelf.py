"""What is shown of a folder of packages: the files on the list, whatever lies beside them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograde.course.libraries import allowed
from autograde.sandbox import shelf
from autograde.sandbox.shelf import Shelf, shelves

Install = Callable[..., None]


def shelf_of(folder: Path, *declared: str) -> Shelf:
    found = [shelf for shelf in shelves(allowed(declared)) if shelf.pieces[0].source.is_relative_to(folder)]
    assert len(found) == 1
    return found[0]


def shown(folder: Path, *declared: str) -> set[str]:
    return {piece.name for piece in shelf_of(folder, *declared).pieces}


METADATA = "one-1.0.dist-info/METADATA"


def test_a_package_of_its_own_is_one_piece(install: Install, site_packages: Path) -> None:
    install("one", {"one/__init__.py": "", "one/inner/__init__.py": "", "one.libs/libone.so": ""})
    assert shown(site_packages, "one") == {"one", "one.libs", METADATA}


def test_a_namespace_that_two_share_is_taken_apart(install: Install, site_packages: Path) -> None:
    install("one", {"shared/one/__init__.py": "", "shared/alone.py": ""})
    install("two", {"shared/two/__init__.py": ""})
    assert shown(site_packages, "one") == {"shared/one", "shared/alone.py", METADATA}
    assert shown(site_packages, "one", "two") == {"shared", METADATA, "two-1.0.dist-info/METADATA"}


def test_what_nobody_owns_is_left_out_however_deep_it_lies(install: Install, site_packages: Path) -> None:
    install("one", {"one/__init__.py": "", "one/data/mine.csv": "", "one/other/__init__.py": ""})
    (site_packages / "one" / "data" / "answers.csv").touch()
    (site_packages / "stray").mkdir()
    assert shown(site_packages, "one") == {"one/__init__.py", "one/data/mine.csv", "one/other", METADATA}


def test_what_is_installed_later_is_not_shown(install: Install, site_packages: Path) -> None:
    install("one", {"shared/one.py": "", "one.py": ""})
    before = shown(site_packages, "one")
    install("two", {"shared/two.py": "", "two.py": "", "three/__init__.py": ""})
    assert shown(site_packages, "one") == {"shared/one.py", *before - {"shared"}}


def test_bytecode_is_shown_with_its_source_alone(install: Install, site_packages: Path) -> None:
    install("one", {"one/__init__.py": "", "alone.py": ""})
    for file in ("__pycache__/alone.cpython-311.pyc", "__pycache__/secret.cpython-311.pyc"):
        (site_packages / file).parent.mkdir(exist_ok=True)
        (site_packages / file).touch()
    (site_packages / "one" / "__pycache__").mkdir()
    (site_packages / "one" / "__pycache__" / "__init__.cpython-311.pyc").touch()
    assert shown(site_packages, "one") == {"one", "alone.py", "__pycache__/alone.cpython-311.pyc", METADATA}
    assert shelf_of(site_packages, "one").covered == ()
    (site_packages / "one" / "__pycache__" / "gone.cpython-311.pyc").touch()
    assert shelf_of(site_packages, "one").covered == ("one/__pycache__",)


def test_a_link_is_a_piece_of_its_own(install: Install, site_packages: Path, tmp_path: Path) -> None:
    install("one", {"one/__init__.py": "", "one/inner/part.py": ""})
    (site_packages / "one" / "inner").rename(tmp_path / "elsewhere")
    (site_packages / "one" / "inner").symlink_to(tmp_path / "elsewhere")
    assert shown(site_packages, "one") == {"one/__init__.py", "one/inner", METADATA}


def test_a_file_that_is_gone_is_no_piece(install: Install, site_packages: Path) -> None:
    install("one", {"one/__init__.py": "", "one/part.py": "", "module.py": ""})
    (site_packages / "one" / "part.py").unlink()
    (site_packages / "module.py").unlink()
    assert shown(site_packages, "one") == {"one", METADATA}


def test_what_every_course_has_takes_few_pieces() -> None:
    assert sum(len(shelf.pieces) + len(shelf.covered) for shelf in shelves(allowed())) < 300


CHANGES: dict[str, Callable[[Path], None]] = {
    "a file that nobody owns, deep inside": lambda folder: (folder / "one" / "inner" / "stray.py").touch(),
    "a folder that nobody owns": lambda folder: (folder / "one" / "stray").mkdir(),
    "bytecode of what is gone": lambda folder: (folder / "one" / "__pycache__" / "gone.cpython-311.pyc").touch(),
    "a file of its own is gone": lambda folder: (folder / "one" / "inner" / "part.py").unlink(),
    "a file has become a link": lambda folder: _linked(folder / "one" / "inner" / "part.py"),
}


def _linked(file: Path) -> None:
    file.rename(file.with_name("moved.py"))
    file.symlink_to("moved.py")


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_found_is_remembered_until_a_folder_changes(
    install: Install, site_packages: Path, change: Callable[[Path], None]
) -> None:
    install("one", {"one/__init__.py": "", "one/inner/part.py": ""})
    (site_packages / "one" / "__pycache__").mkdir()
    for path in (site_packages, *site_packages.rglob("*")):
        os.utime(path, (0, 0))
    before = shelves(allowed(["one"]))
    assert shelves(allowed(["one"])) is before
    change(site_packages)
    found = shelves(allowed(["one"]))
    assert found is not before
    shelf._known.clear()
    assert shelves(allowed(["one"])) == found


def test_what_changed_a_moment_ago_is_looked_at_each_time(install: Install, site_packages: Path) -> None:
    install("one", {"one/__init__.py": ""})
    assert shelves(allowed(["one"])) is not shelves(allowed(["one"]))
