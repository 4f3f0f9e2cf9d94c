"""The notebooks of the course, run in kernels and driven in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograde.course.start import NAME as START  # no assignment: it has tests of its own
from tools.lab_page import Laboratory, laboratory

ROOT = Path(__file__).resolve().parents[2]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `source` or `release` runs once for each notebook there."""
    for folder in {"source", "release"} & set(metafunc.fixturenames):
        notebooks = sorted(path for path in (ROOT / folder).glob("*/*.ipynb") if path.parent.name != START)
        assert notebooks, f"{folder}/ is empty: run 'make build'"
        metafunc.parametrize(folder, notebooks, ids=[notebook.stem for notebook in notebooks])


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """JupyterLab over a copy of release/, as `make lab` gives it to a student."""
    notebooks = tmp_path_factory.mktemp("notebooks") / "release"
    shutil.copytree(ROOT / "release", notebooks)
    with laboratory(notebooks) as started:
        yield started


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the browser's pictures are left to be looked at; git does not see them."""
    folder = ROOT / "tests" / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
