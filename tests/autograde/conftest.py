"""A small course to grade: two checked exercises, a written answer, a cell to play in."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from autograde.course.build import build
from autograde.course.notebook import Notebook, read_master
from autograde.grading import pool
from tools.postgresql import PostgreSQL, running

TEXT = """# Small

```{code-cell} ipython3
:role: given

import numpy as np

from machine_room import check
```

## Relative error

```{code-cell} ipython3
:role: solution
:exercise: relative_error

def relative_error(a, b):
    ### BEGIN SOLUTION
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))
    ### END SOLUTION
```

```{code-cell} ipython3
:role: check
:exercise: relative_error
:points: 2.5

check(relative_error)
### BEGIN HIDDEN TESTS
check(relative_error, hidden=True)
### END HIDDEN TESTS
```

```{code-cell} ipython3
print("play here")
```

## One step

```{code-cell} ipython3
:role: solution
:exercise: gradient_descent_step

def gradient_descent_step(theta, gradient, *, learning_rate):
    ### BEGIN SOLUTION
    return theta - learning_rate * gradient
    ### END SOLUTION
```

```{code-cell} ipython3
:role: check
:exercise: gradient_descent_step
:points: 1

check(gradient_descent_step)
### BEGIN HIDDEN TESTS
check(gradient_descent_step, hidden=True)
### END HIDDEN TESTS
```

+++ {"role": "written", "points": 3}

Why the minus?
"""
ASSIGNMENT = "01-backprop"
#: Goes before the text of a later edition: `HEAD.format(2)`.
HEAD = """---
edition: {}
jupytext:
  notebook_metadata_filter: edition
kernelspec:
  display_name: Python 3 (ipykernel)
  name: python3
---

"""
#: One exercise more.
DENSE = """
```{code-cell} ipython3
:role: solution
:exercise: dense_forward

def dense_forward(x, weights, bias):
    ### BEGIN SOLUTION
    return x @ weights + bias
    ### END SOLUTION
```

```{code-cell} ipython3
:role: check
:exercise: dense_forward
:points: 2

check(dense_forward)
### BEGIN HIDDEN TESTS
check(dense_forward, hidden=True)
### END HIDDEN TESTS
```
"""


def write_text(root: Path, text: str) -> Path:
    """Write the text of the one assignment, and return its file."""
    path = root / "course" / ASSIGNMENT / "small.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def write_small_course(root: Path, text: str = TEXT) -> Notebook:
    """Write the text, build it, and return the master."""
    write_text(root, text)
    build(root)
    return read_master(root / "source" / ASSIGNMENT / "small.ipynb")


@pytest.fixture(scope="session")
def small_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built course, for reading only."""
    root = tmp_path_factory.mktemp("small")
    write_small_course(root)
    return root


@pytest.fixture
def master(small_course: Path) -> Notebook:
    return read_master(small_course / "source" / ASSIGNMENT / "small.ipynb")


def write_distribution(
    folder: Path,
    name: str,
    files: Mapping[str, str],
    *,
    requires: Sequence[str] = (),
    record: bool = True,
    editable: bool = False,
    top_level: str = "",
) -> None:
    """Put a distribution into a folder as an installer would, as far as that matters here."""
    information = f"{name.replace('-', '_')}-1.0.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    every = {
        **files,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{needs}",
        f"{information}/INSTALLER": "pip\n",
        f"{information}/direct_url.json": json.dumps({"url": f"file://{folder}", "dir_info": {"editable": editable}}),
    }
    if top_level:
        every[f"{information}/top_level.txt"] = top_level
    if record:
        every[f"{information}/RECORD"] = "".join(f"{file},,\n" for file in (*every, f"../../../bin/{name}"))
    for file, text in every.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One more folder of packages that this Python imports from; `write_distribution` fills it."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    return folder


@pytest.fixture
def install(site_packages: Path) -> Callable[..., None]:
    def install(name: str, files: Mapping[str, str], **how: Any) -> None:
        write_distribution(site_packages, name, files, **how)

    return install


class InThisProcess(Executor):
    """A worker without a process of its own, so that a test can put stand-ins into it."""

    def __init__(self, task: pool.Task) -> None:
        pool._worker = pool._Worker(task)

    def submit(self, function: Any, /, *arguments: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers without processes: what a test puts in place of a part of ours is there for them too."""
    monkeypatch.setattr(pool, "_worker", None)
    monkeypatch.setattr(pool, "_executor", InThisProcess)
    monkeypatch.setattr(pool, "_ready", lambda: 0)  # no process that could be ended


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running() as server:
        yield server


@pytest.fixture(autouse=True)
def no_process_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands grade by themselves, unless a test is about the course's grader process and ends it."""
    monkeypatch.setenv("AUTOGRADE_NO_SERVE", "1")
