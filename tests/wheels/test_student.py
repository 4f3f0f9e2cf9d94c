"""What a student installs, as they get it: the library's wheel alone."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from machine_room.exercises import all_exercises
from tools.wheels import Built, Environment

pytestmark = pytest.mark.xdist_group("wheels")  # one build and one environment for all of these

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "01-backprop"  # tests/course runs the others
# What only Unix has, and an import of which fails on Windows.
POSIX_ONLY = ("fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty")
IMPORT_EVERYTHING = """
import builtins, pkgutil, sys

POSIX_ONLY, there = set(sys.argv[1].split(",")), builtins.__import__

def import_as_on_windows(name, globals=None, locals=None, fromlist=(), level=0):
    importer = str((globals or {}).get("__name__"))
    if name.partition(".")[0] in POSIX_ONLY and importer.startswith("machine_room"):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return there(name, globals, locals, fromlist, level)

builtins.__import__ = import_as_on_windows
import machine_room
names = [found.name for found in pkgutil.walk_packages(machine_room.__path__, "machine_room.")]
names = [name for name in names if not name.startswith("machine_room.exchange")]  # for hubs, which add an extra
for name in names:
    __import__(name)
assert not {"autograde", "nbgrader", "jupyter_server"} & set(sys.modules)
print(len(names), machine_room.__file__)
"""
PRINT_EVERY_MESSAGE = """
import sys
from machine_room.checks import CheckFailed, run_check
from machine_room.exercises import all_exercises

def greek(*arguments, **keywords):
    raise ValueError("θ → 雪 \\N{SNOWMAN}")

printed = replaced = 0
for exercise in all_exercises():
    if exercise.score is not None:
        continue  # trains networks, for minutes
    for function in (exercise.reference, greek, *(mistake.function for mistake in exercise.mistakes[:1])):
        result = run_check(exercise, function, seed=0)
        print(result)
        print(CheckFailed(result))
        printed += 1
        replaced += result.text.encode(sys.stdout.encoding, "replace") != result.text.encode()
print("PRINTED", printed, "REPLACED", replaced, "ON", sys.stdout.encoding)
"""


def with_the_masters_answers(assignment: str, folder: Path) -> Path:
    """Write the release's notebook, solved."""
    [release], [source] = (ROOT.glob(f"{kind}/{assignment}/*.ipynb") for kind in ("release", "source"))
    answers = {cell["id"]: cell["source"] for cell in json.loads(source.read_text(encoding="utf-8"))["cells"]}
    notebook = json.loads(release.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("machine_room", {}).get("role") == "solution":
            cell["source"] = answers[cell["id"]]
    solved = folder / release.name
    solved.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    return solved


def worked_through(environment: Environment, notebook: Path, home: Path, **variables: str) -> list[dict[str, Any]]:
    script = shutil.copy(Path(__file__).with_name("work_through.py"), home)
    done = environment.run("python", script, notebook, home=home, **variables)
    assert done.returncode == 0, done.stderr
    return [json.loads(line.removeprefix("CELL ")) for line in done.stdout.splitlines() if line.startswith("CELL ")]


def everything_holds(cells: list[dict[str, Any]]) -> None:
    """Every cell ran, every check is green, every picture is drawn."""
    assert [cell for cell in cells if cell["error"]] == []
    assert {cell["role"] for cell in cells} >= {"check", "explore", "solution"}
    assert all(cell["pictured"] for cell in cells if cell["role"] == "explore")


def test_the_wheel_holds_the_library_and_nothing_of_the_autograder(library: Built) -> None:
    outside = {name for name in library.names() if not re.match(r"machine_room(-[\d.]+\.dist-info)?/", name)}
    assert {re.sub(r"^machine_room-[\d.]+\.data/data/", "", name) for name in outside} == {
        f"share/jupyter/labextensions/machine-room/{name}"
        for name in ("install.json", "package.json", "static/hand-in.js", "static/remoteEntry.js")
    }
    assert "machine_room/explore/companion.js" in library.names()
    assert {name for name in library.names() if name.endswith((".ipynb", ".md"))} == set()


def test_no_notebooks_solution_cell_is_in_the_wheel(library: Built) -> None:
    inside = "\n".join(library.read(name).decode("utf-8") for name in library.names() if name.endswith(".py"))
    assert "BEGIN SOLUTION" not in inside
    assert "BEGIN HIDDEN TESTS" not in inside
    for source in ROOT.glob("source/*/*.ipynb"):
        for cell in json.loads(source.read_text(encoding="utf-8"))["cells"]:
            if cell["metadata"].get("machine_room", {}).get("role") == "solution":
                assert "".join(cell["source"]) not in inside, cell["id"]


def test_the_wheel_made_from_the_source_archive_is_the_same(library: Built, tmp_path: Path) -> None:
    assert library.rebuilt(tmp_path).contents() == library.contents()


def test_jupyter_finds_the_extension_that_shows_saved_pictures(students: Environment, library: Built) -> None:
    folder = students.root / "share" / "jupyter" / "labextensions" / "machine-room"
    about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    assert [about["version"]] == library.metadata()["Version"]
    load = folder / about["jupyterlab"]["_build"]["load"]
    assert f'_JUPYTERLAB["{about["name"]}"]' in load.read_text(encoding="utf-8")


def test_a_student_has_only_what_the_wheel_asks_for(students: Environment) -> None:
    for absent in ("autograde", "nbgrader", "nbformat", "ipykernel", "jupyterlab", "scipy", "machine_room.nothing"):
        done = students.run("python", "-c", f"import {absent}")
        assert "ModuleNotFoundError" in done.stderr, absent


def test_every_module_imports_without_what_only_unix_has(students: Environment) -> None:
    done = students.run("python", "-c", IMPORT_EVERYTHING, ",".join(POSIX_ONLY))
    assert done.returncode == 0, done.stderr
    count, where = done.stdout.split()
    assert int(count) > 50
    assert Path(where).is_relative_to(students.root)


def test_the_version_is_the_wheels(students: Environment, library: Built) -> None:
    done = students.run("python", "-c", "import machine_room; print(machine_room.__version__)")
    assert done.stdout.split() == library.metadata()["Version"]


def test_a_solved_notebook_is_green_and_every_picture_is_drawn(students: Environment, tmp_path: Path) -> None:
    everything_holds(worked_through(students, with_the_masters_answers(ASSIGNMENT, tmp_path), tmp_path))


def test_an_untouched_notebook_says_what_is_to_be_written_and_still_draws(
    students: Environment, tmp_path: Path
) -> None:
    cells = worked_through(students, ROOT / "release" / ASSIGNMENT / "backprop.ipynb", tmp_path)
    assert {cell["error"] for cell in cells if cell["role"] == "check"} == {"CheckFailed"}
    assert all("not written yet" in cell["says"] for cell in cells if cell["role"] == "check")
    assert [cell for cell in cells if cell["error"] and cell["role"] != "check"] == []
    assert all(cell["pictured"] for cell in cells if cell["role"] == "explore")


def test_sources_and_notebook_with_windows_line_ends_work_alike(students: Environment, tmp_path: Path) -> None:
    library = tmp_path / "crlf" / "machine_room"
    [installed] = students.root.glob("lib/python3*/site-packages/machine_room")
    shutil.copytree(installed, library, ignore=shutil.ignore_patterns("__pycache__"))
    for path in library.rglob("*.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    solved = with_the_masters_answers(ASSIGNMENT, tmp_path)
    solved.write_bytes(solved.read_bytes().replace(b"\n", b"\r\n").replace(rb"\n", rb"\r\n"))  # file and cells
    found: dict[str, Any] = {"PYTHONPATH": str(library.parent)}
    said = students.run("python", "-c", "import machine_room; print(machine_room.__file__)", **found)
    assert Path(said.stdout.strip()) == library / "__init__.py"
    everything_holds(worked_through(students, solved, tmp_path, **found))


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_every_kind_of_message_can_be_printed_on_an_old_console(encoding: str, students: Environment) -> None:
    done = students.run("python", "-c", PRINT_EVERY_MESSAGE, PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    printed, replaced = map(int, re.findall(r"(?:PRINTED|REPLACED) (\d+)", done.stdout))
    assert f"ON {encoding}" in done.stdout
    scored = [exercise for exercise in all_exercises() if exercise.score is not None]
    assert printed > replaced >= len(all_exercises()) - len(scored)  # the others quote the student's Greek
