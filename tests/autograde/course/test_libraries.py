"""The list of libraries that students' code may import: what is on it, what is not, and what cannot be."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Callable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from autograde.course import libraries
from autograde.course.libraries import (
    LibrariesError,
    allowed,
    declared_names,
    import_names,
    not_found,
    providers,
    versions,
    withheld,
)
from machine_room.checks.imports import GRADED_WITH
from machine_room.packages import GROUP

ROOT = Path(__file__).resolve().parents[3]
Install = Callable[..., None]
ONLY_BEFORE_PYTHON_3_12 = {"typing_extensions"}


def files_of(declared: list[str], name: str) -> set[str]:
    return set(next(library.files for library in allowed(declared) if library.name == name))


def names_of(declared: list[str]) -> set[str]:
    """The names on the list that a test of ours has installed."""
    ours = {library.name for library in allowed()}
    return {library.name for library in allowed(declared)} - ours


def test_every_course_has_what_the_notebooks_need_and_the_shell_that_runs_them() -> None:
    project = tomllib.loads((ROOT / "lib" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=~!]", entry)[0] for entry in project["dependencies"]}
    needed.remove("anywidget")  # says a picture's words to who cannot see it: nobody looks at pictures in the sandbox
    assert set(libraries.ALWAYS) == needed | {"ipython"}


def test_the_list_is_what_is_declared_and_what_that_needs() -> None:
    names = {library.name for library in allowed()}
    assert names >= {"numpy", "matplotlib", "ipython", "ipywidgets", "pillow", "contourpy", "traitlets", "jedi"}
    assert names.isdisjoint({"scikit-learn", "scipy", "pytest", "nbgrader", "sqlalchemy", "pip", *libraries.OURS})


def test_what_check_takes_for_granted_is_what_the_sandbox_shows() -> None:
    shown = set().union(*map(import_names, allowed()))
    assert shown <= GRADED_WITH
    assert GRADED_WITH - shown <= ONLY_BEFORE_PYTHON_3_12


def test_the_list_and_what_is_withheld_are_all_that_is_installed_but_this_project() -> None:
    shown = {library.name for library in allowed()}
    others = set(withheld(allowed()))
    assert shown.isdisjoint(others)
    assert {"scikit-learn", "scipy", "pytest", "nbgrader"} <= others
    assert shown | others == libraries._installed() - {"machine-room", "machine-room-autograde"}


def test_requirements_are_followed(install: Install) -> None:
    install("first", {"first.py": ""}, requires=["second>=1", "third; python_version < '3'", "absent"])
    install("second", {"second.py": ""}, requires=["first"])  # in a circle
    install("third", {"third.py": ""})
    assert names_of(["first"]) == {"first", "second"}


def test_an_extra_is_followed_where_it_is_asked_for(install: Install) -> None:
    install("first", {"first.py": ""}, requires=["second; extra == 'more'"])
    install("second", {"second.py": ""})
    assert names_of(["first"]) == {"first"}
    assert names_of(["first[more]"]) == {"first", "second"}
    assert names_of(["first", "first[more]"]) == {"first", "second"}


def test_names_are_compared_as_pip_does(install: Install) -> None:
    install("Some.Thing", {"some_thing.py": ""})
    assert names_of(["some_thing"]) == {"some-thing"}


def test_a_library_of_two_folders_is_the_one_that_python_imports(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("numpy", {"numpy/__init__.py": "STALE = 1"})
    found = next(library for library in allowed() if library.name == "numpy")
    assert found.folder != tmp_path / "site-packages"
    assert found.version == distribution("numpy").version


def test_files_are_those_of_the_installers_list(install: Install) -> None:
    files = {
        "one/__init__.py": "",
        "one/data/table.csv": "",
        "one/__pycache__/__init__.cpython-311.pyc": "",
        "one.libs/libone.so": "",
        "module.py": "",
        "_top.cpython-311-x86_64-linux-gnu.so": "",
        "one-nspkg.pth": "",
    }
    install("one", files)
    assert files_of(["one"], "one") == {
        "one/__init__.py",
        "one/data/table.csv",
        "one.libs/libone.so",
        "module.py",
        "_top.cpython-311-x86_64-linux-gnu.so",
        "one-1.0.dist-info/METADATA",
    }


@pytest.mark.parametrize("file", ["machine_room/answer.py", "autograde/judge.py", "/etc/passwd", "../outside.py"])
def test_no_list_of_files_leads_to_the_answers_or_outside(install: Install, site_packages: Path, file: str) -> None:
    install("sly", {"sly.py": ""})
    record = site_packages / "sly-1.0.dist-info" / "RECORD"
    record.write_text(record.read_text(encoding="utf-8") + f"{file},,\n", encoding="utf-8")
    assert files_of(["sly"], "sly") == {"sly.py", "sly-1.0.dist-info/METADATA"}


def test_where_there_is_no_list_of_files_the_names_of_packages_do(install: Install, site_packages: Path) -> None:
    install(
        "old", {"old/__init__.py": "", "old/inner/part.py": "", "oldest.py": ""}, record=False, top_level="old\noldest"
    )
    (site_packages / "stray.py").touch()
    assert files_of(["old"], "old") == {
        "old/__init__.py",
        "old/inner/part.py",
        "oldest.py",
        "old-1.0.dist-info/METADATA",
    }


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "not installed": ("nowhere", {}, "nowhere is not installed here"),
    "no name": ("what is this", {}, "names no library"),
    "an address": ("./numpy", {}, "names no library"),
    "this project": ("machine-room", {}, "holds the answers"),
    "this project's other half": ("machine-room-autograde", {}, "holds the answers"),
    "this project by another spelling": ("Machine_Room", {}, "holds the answers"),
    "editable": ("mine", {"editable": True}, "mine is installed as editable"),
    "neither list nor names": ("mine", {"record": False}, "without a list of its files"),
    "a namespace without a list": ("mine", {"record": False, "top_level": "shared"}, "without a list of its files"),
}


@pytest.mark.parametrize(("declared", "how", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_shown_is_refused_in_a_sentence(
    install: Install, declared: str, how: dict[str, Any], said: str
) -> None:
    install("mine", {"shared/mine.py": ""}, **how)
    with pytest.raises(LibrariesError, match=re.escape(said)):
        allowed([declared])


def test_the_key_of_a_verdict_changes_with_the_list_and_its_versions(install: Install, site_packages: Path) -> None:
    install("first", {"first.py": ""})
    before = versions(allowed(["first"]))
    assert before != versions(allowed())
    (site_packages / "first-1.0.dist-info" / "METADATA").write_text("Name: first\nVersion: 2.0\n", encoding="utf-8")
    assert versions(allowed(["first"])) != before


def test_what_python_did_not_find_is_read_off_its_own_words() -> None:
    said = "ModuleNotFoundError: No module named 'sklearn.svm'\nModuleNotFoundError: No module named 'torch'\n"
    assert not_found(said + "ModuleNotFoundError: No module named 'a b'") == ("sklearn", "torch")
    assert not_found("nothing") == ()
    assert providers(["sklearn", "torch_of_nobody"]) == {"sklearn": "scikit-learn"}


SPELT = {
    "nothing": ((), ()),
    "what everyone has": (("numpy", "Matplotlib>=1", "IPython"), ()),
    "in another order": (("six", "scikit-learn"), ("scikit-learn", "six")),
    "in other letters": (("Scikit_Learn",), ("scikit-learn",)),
    "with a version": (("six >= 1",), ("six",)),
    "twice": (("six", "six>=1"), ("six",)),
    "with extras": (("numpy[b,a]", "six[x]"), ("numpy['a', 'b']", "six['x']")),
}


@pytest.mark.parametrize(("declared", "names"), SPELT.values(), ids=SPELT)
def test_what_a_course_declares_has_one_spelling(declared: tuple[str, ...], names: tuple[str, ...]) -> None:
    assert declared_names(declared) == names


def at_rest(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (0, 0))


def changed_record(folder: Path) -> None:
    (folder / "one-1.0.dist-info" / "RECORD").write_text("one.py,,\n", encoding="utf-8")


def changed_requirements(folder: Path) -> None:
    with (folder / "one-1.0.dist-info" / "METADATA").open("a", encoding="utf-8") as file:
        file.write("Requires-Dist: two\n")


def removed(folder: Path) -> None:
    shutil.rmtree(folder / "two-1.0.dist-info")


def made_editable(folder: Path) -> None:
    (folder / "one-1.0.dist-info" / "direct_url.json").write_text('{"dir_info": {"editable": true}}', encoding="utf-8")


def given_exercises(folder: Path) -> None:
    text = f"[{GROUP}]\none = one\n"
    (folder / "one-1.0.dist-info" / "entry_points.txt").write_text(text, encoding="utf-8")


def answer(declared: Sequence[str]) -> object:
    try:
        return allowed(declared)
    except LibrariesError as error:
        return str(error)


@pytest.mark.parametrize(
    "change",
    [changed_record, changed_requirements, removed, made_editable, given_exercises],
    ids=lambda one: one.__name__,
)
def test_the_list_is_remembered_until_what_is_installed_changes(
    install: Install, site_packages: Path, change: Callable[[Path], None]
) -> None:
    install("one", {"one.py": "", "other.py": ""})
    install("two", {"two.py": ""})
    at_rest(site_packages)
    declared = ["one"] if change is not removed else ["one", "two"]
    before = answer(declared)
    assert answer(declared) is before
    change(site_packages)
    assert answer(declared) != before
