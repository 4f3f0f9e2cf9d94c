"""All wheels, built once, and an environment for each kind of user."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.wheels import Built, Environment, build, install

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT / "lib", tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def autograder(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT, tmp_path_factory.mktemp("autograder"))


@pytest.fixture(scope="session")
def students(library: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The library alone."""
    return install([library], tmp_path_factory.mktemp("students"))


@pytest.fixture(scope="session")
def instructors(library: Built, autograder: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Both, from their files."""
    return install([library, autograder], tmp_path_factory.mktemp("instructors"))


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(ROOT / "hub", tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="session")
def students_on_a_hub(library: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The library with its extra `hub`."""
    return install([library], tmp_path_factory.mktemp("students-on-a-hub"), extras=("hub",))


@pytest.fixture(scope="session")
def hubs(hub: Built, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What runs beside JupyterHub."""
    return install([hub], tmp_path_factory.mktemp("hubs"))
