"""What an instructor installs, as they get it: both wheels, no repository."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from trove_classifiers import classifiers

from autograde.course.carried import WRITTEN
from tools.wheels import Built, Environment

pytestmark = pytest.mark.xdist_group("wheels")  # one build and one environment for all of these

ROOT = Path(__file__).resolve().parents[2]
CARRIED = "autograde/carried/"


@pytest.fixture(scope="module")
def course(instructors: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init") / "course"
    done = instructors.run("autograde", "init", folder)
    assert done.returncode == 0, done.stderr
    assert str(folder) in done.stdout
    return folder


def test_the_wheel_holds_the_autograder_and_the_course_and_no_library(autograder: Built) -> None:
    assert {
        name for name in autograder.names() if not re.match(r"(autograde|machine_room_autograde-[^/]+)/", name)
    } == set()
    text = {path for path in (ROOT / "course").rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts}
    for path in {*text, ROOT / "nbgrader_config.py"}:
        assert autograder.read(f"{CARRIED}{path.relative_to(ROOT).as_posix()}") == path.read_bytes()
    carried = {name for name in autograder.names() if name.startswith(CARRIED)}
    assert len(carried) == len(text) + 1


def test_the_wheel_holds_every_module_of_the_autograder(autograder: Built) -> None:
    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "autograde").rglob("*.py")}
    assert modules <= autograder.names()


def test_the_wheel_made_from_the_source_archive_is_the_same(autograder: Built, tmp_path: Path) -> None:
    assert autograder.rebuilt(tmp_path).contents() == autograder.contents()


@pytest.mark.parametrize("which", ["library", "autograder"])
def test_the_metadata_says_what_it_is_for_whom_and_nothing_invented(which: str, request: pytest.FixtureRequest) -> None:
    metadata = request.getfixturevalue(which).metadata()
    assert metadata["Version"] == [version("machine-room")]
    assert metadata["Requires-Python"] == [">=3.11"]
    assert set(metadata["Classifier"]) <= classifiers
    assert "License-File" in metadata
    assert len(metadata[""][0]) > 500  # the readme
    assert "Home-page" not in metadata  # the project has no public address
    assert "Project-URL" not in metadata


def test_the_autograders_wheel_wants_the_library_of_its_own_version(autograder: Built, library: Built) -> None:
    wanted = [Requirement(line) for line in autograder.metadata()["Requires-Dist"]]
    [ours] = [entry for entry in wanted if entry.name == "machine-room"]
    assert str(ours.specifier) == f"=={library.metadata()['Version'][0]}"


def test_the_command_says_its_version_and_what_it_can(instructors: Environment, autograder: Built) -> None:
    said = instructors.run("autograde", "--version")
    assert said.stdout.split() == ["autograde,", "version", *autograder.metadata()["Version"]]
    offered = instructors.run("autograde", "--help").stdout
    for command in ("init", "build", "kit", "verify", "grade", "feedback", "report", "demo", "doctor"):
        assert re.search(rf"^  {command} ", offered, re.MULTILINE), command


def test_the_doctor_finds_what_the_sandbox_needs(instructors: Environment) -> None:
    done = instructors.run("autograde", "doctor", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [finding["feature"] for finding in json.loads(done.stdout) if not finding["present"]] == []


def test_the_course_that_it_lays_out_is_the_repositorys(course: Path) -> None:
    for part in WRITTEN:
        for path in [ROOT / part] if (ROOT / part).is_file() else (ROOT / part).rglob("*"):
            if path.is_file() and ".ipynb_checkpoints" not in path.parts:
                assert (course / path.relative_to(ROOT)).read_bytes() == path.read_bytes()


def test_a_second_time_is_one_sentence_and_changes_nothing(course: Path, instructors: Environment) -> None:
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    done = instructors.run("autograde", "init", course)
    assert done.returncode == 2
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith(f"autograde: {course} holds course, nbgrader_config.py, source, release already")
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_a_small_class_is_graded_in_the_sandbox_with_no_course_beside_it(
    instructors: Environment, tmp_path: Path
) -> None:
    done = instructors.run("autograde", "demo", "--students", "4", "--workers", "2", "--directory", tmp_path / "class")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 submissions" in done.stdout
    [journal] = (tmp_path / "class" / ".autograde" / "journal").glob("*.jsonl")
    verdicts = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert len(verdicts) == 4
    assert len(list((tmp_path / "class" / "feedback").glob("*/*/*.html"))) == 4
    assert '"grader error"' not in json.dumps(verdicts)
    points = re.findall(r"(\d+)/20 ", done.stdout)
    assert len(points) == 4
    assert "20" in points  # the class begins with somebody who is right
