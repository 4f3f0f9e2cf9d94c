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
    found = re.search(r"/wheelhouse 'machine-room\[([\w,]+)\]' (.+)$", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return install([library], tmp_path_factory.mktemp("servers"), extras=found[1].split(","), also=found[2].split())


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
