"""The container images: what is in the file, and that a container of ours holds nothing that it does not need."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools import container_settings, containers, images, try_images
from tools.containers import Outcome
from tools.steps import Steps

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "hub" / "images" / "Containerfile"
A_STAGE = re.compile(r"^FROM (?:base|served|lab) AS (\w+)\n(.*?)(?=^FROM |\Z)", re.MULTILINE | re.DOTALL)
STAGES: dict[str, str] = dict(A_STAGE.findall(FILE.read_text(encoding="utf-8")))


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
    assert set(STAGES) == {*images.IMAGES, "served", "lab"}  # which all, and two, of them have in common


@pytest.mark.parametrize("name", STAGES)
def test_an_image_is_nobodys_root_and_asks_no_index(name: str) -> None:
    stage = STAGES[name]
    users = re.findall(r"^USER (.+)$", stage, re.MULTILINE)
    assert users[-1:] == ["1000:1000"] or stage.startswith("COPY") or name == "served", "on a stage that ends so"
    assert stage.count("pip install") == stage.count("--no-index --find-links /wheelhouse") <= 1
    assert not re.search(r"\b(apt|curl|wget|chmod|sudo)\b", stage)


def test_no_layer_of_a_build_with_other_wheels_is_taken() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert text.index('LABEL machine-room.wheels="${WHEELS}"') < text.index("\nRUN ")


def test_students_have_no_autograder() -> None:
    for stage in ("student", "lab", "served"):
        assert not re.search(r"machine-room-(autograde|hub)", STAGES[stage])
    assert "machine-room-autograde[cluster" in STAGES["grader"]


@pytest.mark.parametrize("part", ["students", "grader"])
def test_what_is_copied_into_an_image_is_there(part: str) -> None:
    assert (ROOT / "hub" / "local" / part).is_dir()
    assert any(f"COPY {part} " in stage for stage in STAGES.values())


# --- what a container may do


@pytest.mark.parametrize("profile", [None, Path("/profile.json")])
def test_a_container_that_is_tried_has_no_rights(profile: Path | None) -> None:
    told = containers.confined(profile)
    for option in ("--user=1000:1000", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"):
        assert option in told
    assert ("--security-opt=seccomp=/profile.json" in told) is (profile is not None)
    assert not any(word in option for option in told for word in ("unconfined", "unmask", "privileged=", "cap-add"))
    assert try_images.LONE == ("--network=none",)


def test_every_row_of_the_table_of_settings_differs_in_what_it_names_alone() -> None:
    rows = {one.name: one.podmans() for one in container_settings.settings(Path("/ours"), Path("/docker/theirs"))}
    assert len(rows) == len(set(map(tuple, rows.values()))) == 13
    for name, options in rows.items():
        assert {"--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only"} <= set(options)
        assert ("--user=0:0" in options) == ("root" in name) != ("--user=1000:1000" in options)
        assert any(one.startswith("--tmpfs=/tmp") for one in options) != ("no writable" in name)
        assert any("unmask=/proc" in one for one in options) == ("unmasked" in name)
        assert any("uidmap" in one for one in options) == ("user namespace" in name)
        profile = [one for one in options if one.startswith("--security-opt=seccomp=")]
        assert len(profile) == (name != "podman's default profile")


def test_a_step_that_fails_is_noted_with_what_others_used() -> None:
    steps, used = Steps(), iter((1.0, 4.0))
    with pytest.raises(ValueError), steps.step("one", lambda: next(used)):
        raise ValueError
    steps.note("more")
    first, second = steps.text().splitlines()
    assert first.endswith("one (failed)")
    assert float(first.split()[2]) >= 3.0
    assert second.strip() == "more"


def test_what_happens_side_by_side_is_told_together_and_a_failure_waits_for_the_other() -> None:
    steps, other = Steps(), threading.Event()

    def fails(steps: Steps) -> None:
        with steps.step("one"):
            raise ValueError

    def ends_later(steps: Steps) -> None:
        with steps.step("other", lambda: 2.0):
            other.set()

    with pytest.raises(ValueError):
        steps.side_by_side("both", fails, ends_later)
    assert other.is_set()
    lines = [line.split() for line in steps.text().splitlines()]
    assert [line[2:] for line in lines[:2]] == [["one", "(failed)"], ["0.0", "cpu", "s", "other"]]
    assert lines[2][3:] == ["cpu", "s", "both", "(failed)"]


# --- a machine that has not what it takes


def run_on_a_machine_with(programs: dict[str, str], folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the command where there are only these programs, each a line of shell."""
    for name, line in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_OTHERS, *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stderr


WITHOUT_OTHERS = """
import sys
from pathlib import Path
from tools import containers, images
containers.ALSO = "/nowhere"
containers.DEFAULT_PROFILE = Path("/etc/os-release")
images.WHEELS = ()
sys.exit(images.main(sys.argv[1:]))
"""
ALL = dict.fromkeys(("buildah", "podman", "runc", "mmdebstrap", "unshare"), "exit 0")
REFUSED = "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1"
MACHINES: dict[str, tuple[dict[str, str], tuple[str, ...], Outcome, str]] = {
    "nothing": ({}, ("build",), Outcome.MISSING, "no buildah, podman, runc. Install"),
    "nothing, to try": ({}, ("try",), Outcome.MISSING, "no buildah, podman, runc, mmdebstrap. Install"),
    "no runc": ({**ALL, "runc": ""}, ("build",), Outcome.MISSING, "no runc. Install"),
    "no mmdebstrap": ({**ALL, "mmdebstrap": ""}, ("try",), Outcome.MISSING, "apt-get install mmdebstrap"),
    "no right to namespaces": ({**ALL, "unshare": REFUSED}, ("try",), Outcome.FORBIDDEN, "Operation not permitted"),
    "no right to namespaces, to build": ({**ALL, "unshare": REFUSED}, ("build",), Outcome.FORBIDDEN, "no container"),
}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_that_has_not_what_it_takes_is_told_apart_from_a_failure(machine: str, tmp_path: Path) -> None:
    programs, arguments, outcome, sentence = MACHINES[machine]
    code, said = run_on_a_machine_with({name: line for name, line in programs.items() if line}, tmp_path, *arguments)
    assert code == outcome
    assert said.startswith("NOTHING WAS TRIED: ")
    assert sentence in said
    assert said.count("\n") == 1


def test_make_never_ends_well_where_nothing_was_tried(tmp_path: Path) -> None:
    """Its own code is 2 for whatever a command ends with; that stands behind the sentence."""
    make = shutil.which("make")
    assert make
    done = subprocess.run(
        [make, "--old-file=.venv/.installed", f"BIN={Path(sys.executable).parent}", "try-images"], cwd=ROOT,
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "NOTHING WAS TRIED: this machine has no buildah, podman" in done.stderr
    assert f"Error {Outcome.MISSING.value}" in done.stderr


def test_what_fails_on_the_way_is_a_failure(tmp_path: Path) -> None:
    code, said = run_on_a_machine_with(
        {**ALL, "ldd": "exit 0", "mmdebstrap": "echo broken >&2; exit 25"}, tmp_path, "try"
    )
    assert code == Outcome.FAILED
    assert "mmdebstrap ended with 25" in said


def test_a_machine_that_starts_no_container_is_told_apart_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = subprocess.CompletedProcess((), 126, "", "warning\nError: runc: mount: operation not permitted\n")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: refused)
    with pytest.raises(containers.Unable, match="start no container: Error: runc: mount: operation") as told:
        containers.may_run("image")
    assert told.value.outcome is Outcome.FORBIDDEN
