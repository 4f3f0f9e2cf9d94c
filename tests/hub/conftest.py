"""One hub for all tests that need it; they stay in one worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.hub.older import older_jupyterhub
from tests.hub.server import Server, environments, prepared, running_server
from tests.hub.visitors import SECONDS
from tools.hub import Hub, prepare, running
from tools.postgresql import PostgreSQL
from tools.postgresql import running as postgresql
from tools.wheels import build, install

ROOT = Path(__file__).resolve().parents[2]
LAB = ["--LabApp.expose_app_in_browser=True"]  # its pages tell tests how far they are
OTHERS = ["olga"]


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """What `make hub` starts."""
    prepared = prepare(tmp_path_factory.mktemp("hub") / "hub", lab_arguments=LAB, others=OTHERS)
    with running(prepared):
        yield prepared


@pytest.fixture(scope="module")
def older_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The same on JupyterHub 5, people's servers and the course's too."""
    folder = tmp_path_factory.mktemp("older-hub")
    wheels = [build(ROOT / part, folder / "wheels" / (part or "grader")) for part in ("lib", "", "hub")]
    made = install(
        wheels, folder, extras=("lab", "hub", "local"), also=("jupyterhub", "notebook"), instead=older_jupyterhub()
    )
    prepared = prepare(folder / "hub", lab_arguments=LAB, others=OTHERS, python=made.python)
    with running(prepared):
        yield prepared


@pytest.fixture(scope="session")
def database() -> Iterator[PostgreSQL]:
    """Of hubs and gradebooks of the servers with accounts."""
    with postgresql() as started:
        started.folder.chmod(0o755)  # its socket is for every account; its data stay closed
        yield started


@pytest.fixture(scope="session")
def set_up(database: PostgreSQL) -> Iterator[Server]:
    """One server with accounts, whose hub does not run. Needs root."""
    with environments() as made, prepared(made, database) as server:
        yield server


@pytest.fixture(scope="module")
def server(set_up: Server) -> Iterator[Server]:
    """One server with accounts, whose hub runs."""
    with running_server(set_up):
        yield set_up


@pytest.fixture(scope="module")
def browser(browser: Browser) -> Browser:
    """The tests' browser, with time for servers that start."""
    expect.set_options(timeout=1000 * SECONDS)
    return browser


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = Path(__file__).resolve().parents[1] / "screenshots" / "hub"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
