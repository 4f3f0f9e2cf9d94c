"""A student's JupyterLab, switched on by variables alone: nothing of nbgrader's for instructors, nothing installed."""

from __future__ import annotations

import json
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from machine_room.lab import SETTINGS, STARTUP, environment
from tools.lab_page import Laboratory, laboratory

FOR_INSTRUCTORS = {f"@jupyter/nbgrader:{name}" for name in ("course-list", "create-assignment", "formgrader")}
FOR_STUDENTS = {f"@jupyter/nbgrader:{name}" for name in ("assignment-list", "validate-assignment")}


@pytest.fixture(scope="module", params=["student", "instructor"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Laboratory]]:
    """JupyterLab in this environment, which has nbgrader: as `machine_room.lab` starts it, and as it is by itself."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "student":
            for name, value in environment(os.environ).items():
                patch.setenv(name, value)
        with laboratory(tmp_path_factory.mktemp("notebooks")) as started:
            yield request.param, started


def page(server: Laboratory, path: str) -> tuple[int, str]:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{server.address}{path}?token={server.token}", timeout=60) as answer:
                return answer.status, answer.read().decode("utf-8")
        except urllib.error.HTTPError as refused:
            return refused.code, ""
        except urllib.error.URLError:  # it says that it runs a moment before it listens
            if time.monotonic() > deadline:
                raise


def settings(server: Laboratory) -> dict[str, Any]:
    """What JupyterLab tells its page: its extensions, and which of them are off."""
    _, text = page(server, "/lab")
    found = re.search(r'<script id="jupyter-config-data" type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    return dict(json.loads(found.group(1)))


def test_what_is_for_instructors_is_off_for_students_alone(server: tuple[str, Laboratory]) -> None:
    who, started = server
    told = settings(started)
    assert "@jupyter/nbgrader" in {extension["name"] for extension in told["federated_extensions"]}
    off = set(told["disabledExtensions"])
    assert off & FOR_STUDENTS == set()
    assert off & FOR_INSTRUCTORS == (FOR_INSTRUCTORS if who == "student" else set())


@pytest.mark.parametrize("path", ["/formgrader", "/formgrader/manage_assignments", "/formgraders"])
def test_formgrader_answers_instructors_alone(path: str, server: tuple[str, Laboratory]) -> None:
    who, started = server
    status, _ = page(started, path)
    assert (status == 404) == (who == "student")


def test_pictures_follow_closely_for_both(server: tuple[str, Laboratory]) -> None:
    assert "@jupyterlab/application-extension:faviconbusy" in settings(server[1])["disabledExtensions"]


def test_it_takes_what_is_set_into_account(tmp_path: Path) -> None:
    found = environment({"JUPYTER_CONFIG_PATH": "/theirs", "PYTHONSTARTUP": "/their/own.py", "HOME": "/home/x"})
    assert found == {
        "JUPYTER_CONFIG_PATH": f"{SETTINGS}{os.pathsep}/theirs", "PYTHONSTARTUP": "/their/own.py", "HOME": "/home/x",
    }  # fmt: skip
    assert environment({})["PYTHONSTARTUP"] == str(STARTUP)
    assert STARTUP.is_file()
