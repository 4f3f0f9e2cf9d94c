"""What a student's image has: installed here as its Containerfile installs it, with all of the project out of reach."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tools import try_images
from tools.wheels import Built, Environment, install

pytestmark = pytest.mark.xdist_group("wheels")  # one build and one environment for all of these

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "hub" / "images" / "Containerfile"


@pytest.fixture(scope="module")
def servers(library: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What the Containerfile installs for students, installed."""
    wanted = wanted_by("student")
    [ours] = (name for name in wanted if name.startswith("machine-room"))
    extras = ours.removeprefix("machine-room[").removesuffix("]").split(",")
    also = [name for name in wanted if name != ours]
    return install([library], tmp_path_factory.mktemp("servers"), extras=extras, also=also)


def wanted_by(stage: str) -> list[str]:
    """What pip installs for a stage of the Containerfile, and for those that it stands on."""
    stages = re.split(r"^FROM ", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    wanted: list[str] = []
    for text in reversed(stages):
        first, _, rest = text.partition("\n")
        below, _, name = first.partition(" AS ")
        if name == stage:
            found = re.findall(r"pip install .*/wheelhouse (.+)$", rest, flags=re.MULTILINE)
            wanted += [one.strip("'") for line in found for one in line.split()]
            stage = below
    return wanted


def test_the_stages_below_a_students_image_are_found() -> None:
    assert wanted_by("student") == ["machine-room[lab,hub]", "notebook", "jupyterhub"]


def importable(environment: Environment, *folders: Path) -> dict[str, list[str]]:
    script = try_images.IN_IMAGES / "importable.py"
    done = environment.run("python", script, environment.root, *folders)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_a_student_can_import_the_library_and_nothing_that_grades_and_finds_no_solution(servers: Environment) -> None:
    found = importable(servers)
    assert list(try_images.kept_from_students(found)) == []
    assert {"machine_room", "jupyterhub", "jupyterlab", "notebook", "nbgrader"} <= set(found["modules"])


def test_an_autograder_and_a_solution_in_a_students_image_would_be_named(
    servers: Environment, instructors: Environment
) -> None:
    told = list(try_images.kept_from_students(importable(instructors)))
    assert {"autograde", "machine-room-autograde"} <= set(told)
    assert [name for name in told if "/carried/" in name], "the course that it carries"
    named = list(try_images.kept_from_students(importable(servers, ROOT / "source" / "01-backprop")))
    assert named == [str(ROOT / "source" / "01-backprop" / "backprop.ipynb")]
