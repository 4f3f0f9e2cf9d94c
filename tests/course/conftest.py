"""The notebooks of the course, run in kernels and driven in a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from autograde.course.start import NAME as START  # no assignment: it has tests of its own
from machine_room.lab import environment
from tools.lab_page import Laboratory, laboratory

ROOT = Path(__file__).resolve().parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `source` or `release` runs once for each notebook there."""
    for folder in {"source", "release"} & set(metafunc.fixturenames):
        notebooks = sorted(path for path in (ROOT / folder).glob("*/*.ipynb") if path.parent.name != START)
        assert notebooks, f"{folder}/ is empty: run 'make build'"
        ids = [notebook.stem for notebook in notebooks]
        metafunc.parametrize(folder, notebooks, ids=ids, scope="module")  # what is opened once serves several


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of release/. A test that saves what it opens has a folder of its own in it."""
    folder = tmp_path_factory.mktemp("notebooks") / "release"
    shutil.copytree(ROOT / "release", folder)
    return folder


@pytest.fixture(scope="session")
def lab(notebooks: Path) -> Iterator[Laboratory]:
    """JupyterLab over it, as `make lab` gives it to a student."""
    with laboratory(notebooks) as started:
        yield started


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where students have their folders."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session")
def students(homes: Path) -> Iterator[Laboratory]:
    """JupyterLab over all of them, as `machine_room.lab` starts it; its variables are no other test's."""
    with ExitStack() as until_the_end:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment(os.environ).items():
                patch.setenv(name, value)
            started = until_the_end.enter_context(laboratory(homes))
        yield started


@pytest.fixture
def home(homes: Path) -> Path:
    """One student's folder, as the course gives it out: the notebooks, and nothing remembered beside them."""
    own = homes / f"student-{len(list(homes.iterdir()))}"
    shutil.copytree(ROOT / "release", own)
    return own


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the browser's pictures are left to be looked at; git does not see them."""
    folder = ROOT / "tests" / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
