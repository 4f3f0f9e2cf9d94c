"""The container images: what is in the file, and that a container of ours holds nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import images

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "hub" / "images" / "Containerfile"
STAGES = dict(
    part.partition("\n")[::2]
    for part in FILE.read_text(encoding="utf-8").split("FROM ${BASE} AS base\n")[1].split("FROM base AS ")[1:]
)


def test_the_linter_finds_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([str(hadolint), str(FILE)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_sees_what_is_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "Containerfile"
    wrong.write_text("FROM debian:latest\nRUN cd /tmp && apt-get install python3\nUSER root\n")
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([str(hadolint), str(wrong)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0


def test_the_images_are_those_that_are_built() -> None:
    assert set(STAGES) == set(images.IMAGES)


@pytest.mark.parametrize("name", images.IMAGES)
def test_an_image_is_nobodys_root_and_asks_no_index(name: str) -> None:
    stage = STAGES[name]
    assert "USER 1000:1000" in stage
    assert "USER root" not in stage
    assert "--no-index --find-links /wheelhouse" in stage
    assert stage.count("pip install") == 1


def test_students_have_no_autograder() -> None:
    assert "machine-room-autograde" not in STAGES["student"]
    assert "machine-room-autograde[cluster" in STAGES["grader"]


@pytest.mark.parametrize("part", ["students", "grader"])
def test_what_is_copied_into_an_image_is_there(part: str) -> None:
    assert (ROOT / "hub" / "local" / part).is_dir()
    assert any(f"COPY {part} " in stage for stage in STAGES.values())


def test_the_container_that_grades_has_no_rights_and_no_network() -> None:
    told = images.confined(Path("/profile.json"))
    for option in ("--user=1000:1000", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"):
        assert option in told
    assert "--network=none" in told
    assert "--security-opt=seccomp=/profile.json" in told
    assert not any(word in option for option in told for word in ("unconfined", "unmask", "privileged=", "cap-add"))


def test_a_missing_program_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(command: list[str], **_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "podman")

    monkeypatch.setattr(subprocess, "run", missing)
    with pytest.raises(SystemExit, match="podman is missing"):
        images.main(["build"])
