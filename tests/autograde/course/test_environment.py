"""The Python that a course names: found, asked, and refused where it cannot be used or is not safe."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from autograde.course.environment import EnvironmentUnusable, environment_of
from autograde.course.settings import ANY, SettingsError, read_settings
from tests.autograde.interpreters import install, interpreters, made_environment

ANSWER = {
    "program": "/p", "implementation": "CPython", "version": [3, 12, 1], "prefix": "/p", "standard_library": "/p",
    "multiarch": "", "path": [], "modules": [],
}  # fmt: skip
#: What a program that is named says of itself, and why it is refused.
PROGRAMS = {
    "too old": (json.dumps({**ANSWER, "version": [3, 8, 18]}), "is CPython 3.8.18, and the sandbox runs CPython 3.10"),
    "another Python": (
        json.dumps({**ANSWER, "implementation": "PyPy"}),
        "is PyPy 3.12.1, and the sandbox runs CPython",
    ),
    "no Python at all": ("usage: python", "does not run as Python does"),
    "nothing": ("", "does not run as Python does"),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "course").mkdir()
    return tmp_path / "course"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of this Python. No test of this module changes it for good."""
    folder = tmp_path_factory.mktemp("environment") / "env"
    return made_environment(folder, next(iter(interpreters().values())))


@pytest.mark.parametrize("version", interpreters())
def test_an_environment_says_which_python_and_libraries_it_has(root: Path, tmp_path: Path, version: str) -> None:
    made_environment(tmp_path / "env", interpreters()[version])
    found = environment_of(root, "../env/bin/python")
    assert ".".join(map(str, found.interpreter.version)).startswith(f"{version}.")
    assert found.folders == tuple((tmp_path / "env").resolve().glob("lib/python*/site-packages"))
    assert {"tinytable", "json"} <= found.importable
    assert "numpy" not in found.importable
    assert f"CPython {version}." in found.versions
    assert "tinytable==2.5" in found.versions


def test_another_library_is_another_environment(root: Path, tmp_path: Path) -> None:
    program = made_environment(tmp_path / "env", next(iter(interpreters().values())))
    before = environment_of(root, str(program)).versions
    install(next((tmp_path / "env").glob("lib/python*/site-packages")), "other", "1.0", {"__init__.py": ""})
    after = environment_of(root, str(program)).versions
    assert "other==1.0" not in before
    assert sorted(after.split()) == sorted([*before.split(), "other==1.0"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_cannot_be_used_is_refused_in_a_sentence(root: Path, name: str) -> None:
    said, text = PROGRAMS[name]
    script = root / "python"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{said}\nEND\n")
    script.chmod(0o755)
    with pytest.raises(EnvironmentUnusable, match=text.replace(".", r"\.")):
        environment_of(root, "python")


@pytest.mark.parametrize(("named", "text"), [
    ("../nowhere/bin/python", "is not there"), (".", "is a folder"), ("autograde.toml", "does not run as Python does"),
])  # fmt: skip
def test_what_is_no_program_is_refused_in_a_sentence(root: Path, named: str, text: str) -> None:
    (root / "autograde.toml").write_text("")
    with pytest.raises(EnvironmentUnusable, match=text):
        environment_of(root, named)


@pytest.mark.parametrize("below", [".", "bin", "lib", "packages"])
@pytest.mark.parametrize("bit", [stat.S_IWOTH, stat.S_IWGRP])
def test_where_somebody_else_may_write_it_is_refused(root: Path, program: Path, below: str, bit: int) -> None:
    packages = next(program.parent.parent.glob("lib/python*/site-packages"))
    place = packages if below == "packages" else program.parent.parent / below
    before = place.stat()
    os.chown(place, -1, 54321) if os.geteuid() == 0 else None
    place.chmod(stat.S_IMODE(before.st_mode) | bit)
    try:
        if bit == stat.S_IWGRP and os.geteuid() != 0:  # only root can give a folder to a group it is not in
            assert environment_of(root, str(program)).folders
            return
        with pytest.raises(EnvironmentUnusable, match="may write to"):
            environment_of(root, str(program))
    finally:
        os.chown(place, -1, before.st_gid)
        place.chmod(stat.S_IMODE(before.st_mode))
    assert environment_of(root, str(program)).folders == (packages.resolve(),)


def test_one_that_was_handed_in_is_refused_and_never_runs(root: Path) -> None:
    script = root / "submitted" / "ada" / "ps1" / "python"
    script.parent.mkdir(parents=True)
    script.write_text(f"#!/bin/sh\ntouch {root}/ran\n")
    script.chmod(0o755)
    for named in ("submitted/ada/ps1/python", "link"):
        (root / "link").symlink_to(script) if named == "link" else None
        with pytest.raises(EnvironmentUnusable, match="lies in submitted/"):
            environment_of(root, named)
    assert not (root / "ran").exists()


@pytest.mark.parametrize(("text", "expected"), [
    ('python = "env/bin/python"', {"ps1": "env/bin/python", "ps2": "env/bin/python"}),
    ('[python]\nps1 = "a"', {"ps1": "a", "ps2": None}),
    ('[python]\nps1 = "a"\n"*" = "b"', {"ps1": "a", "ps2": "b"}),
    ("", {"ps1": None, "ps2": None}),
])  # fmt: skip
def test_one_python_for_a_course_or_one_for_each_assignment(
    root: Path, text: str, expected: dict[str, str | None]
) -> None:
    (root / "autograde.toml").write_text(text)
    settings = read_settings(root)
    assert {name: settings.python_of(name) for name in expected} == expected
    assert ANY not in expected


@pytest.mark.parametrize("text", ["python = 3", "python = ['a']", "[python]\nps1 = 3", "[python]\nps1 = ''"])
def test_what_names_no_program_is_refused(root: Path, text: str) -> None:
    (root / "autograde.toml").write_text(text)
    with pytest.raises(SettingsError, match="python should be the path of a program"):
        read_settings(root)
