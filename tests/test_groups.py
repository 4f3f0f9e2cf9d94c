"""Tests of one group stay in one worker: else each worker makes anew what they share, a graded class or a server."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

GROUPED = """
import os, pathlib, pytest
pytestmark = pytest.mark.xdist_group("shared")

@pytest.mark.parametrize("number", range(8))
def test(number):
    pathlib.Path(__file__).with_name(f"{os.environ['PYTEST_XDIST_WORKER']}.ran").touch()
"""


def test_a_group_is_not_parted(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"test_{name}.py").write_text(GROUPED, encoding="utf-8")
    apart = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    told = [
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "-q",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
    ]
    done = subprocess.run([sys.executable, *told], cwd=tmp_path, env=apart, capture_output=True, text=True, check=False)
    assert "16 passed" in done.stdout, done.stdout + done.stderr
    assert len(list(tmp_path.glob("*.ran"))) == 1
