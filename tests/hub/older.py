"""JupyterHub 5 for environments of tests: the one release of it that constraints-hub5.txt pins."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

__all__ = ["OLDER", "older_jupyterhub"]

ROOT = Path(__file__).resolve().parents[2]
FETCHED = Path(".venv-hub5/.fetched")
OLDER = "5.5.4"


def older_jupyterhub() -> Mapping[str, Path]:
    """Its wheel, as `tools.wheels.install` takes it; fetched where `make test` has not yet."""
    subprocess.run(["make", str(FETCHED)], cwd=ROOT, check=True)
    [wheel] = (ROOT / FETCHED.parent).glob("*.whl")
    assert wheel.name.startswith(f"jupyterhub-{OLDER}-")
    return {"jupyterhub": wheel}
