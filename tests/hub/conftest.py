"""One hub and one browser for all tests that need them; they stay in one worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.hub.visitors import SECONDS
from tools.hub import Hub, prepare, running
from tools.lab_page import chromium


@pytest.fixture(scope="session")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """What `make hub` starts."""
    arguments = ["--LabApp.expose_app_in_browser=True"]
    prepared = prepare(tmp_path_factory.mktemp("hub") / "hub", lab_arguments=arguments, others=["olga"])
    with running(prepared):
        yield prepared


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=1000 * SECONDS)
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def screenshots() -> Path:
    folder = Path(__file__).resolve().parents[1] / "screenshots" / "hub"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
