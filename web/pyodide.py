"""Pyodide, the Python of the browser: which version, from where, and the part of it that the course needs."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["CDN", "VERSION", "closure", "copy_needed"]

#: The one that is tested. The kernel, jupyterlite-pyodide-kernel, is pinned beside it in web/constraints.txt.
VERSION = "0.27.7"
CDN = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/pyodide.js"
_RUNTIME = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
_LOCK = "pyodide-lock.json"
#: What our wheels and the kernel ask for. SciPy and pandas, which are heavy, are not among it.
_PACKAGES = (
    "numpy",
    "matplotlib",
    "ipython",
    "micropip",
    "packaging",
    "traitlets",
    "ssl",
    "sqlite3",
    "jedi",
    "pygments",
)


def copy_needed(folder: Path, target: Path) -> None:
    """Copy of a folder with Pyodide what the course needs, with a lock file that names no more.

    Raises:
        ValueError: the folder holds no Pyodide, another version, or not all packages.
    """
    lock = _lock(folder)
    names = closure(lock["packages"], _PACKAGES)
    files = [*_RUNTIME, *(lock["packages"][name]["file_name"] for name in names)]
    missing = [name for name in files if not (folder / name).is_file()]
    if missing:
        raise ValueError(f"{folder} has no {', '.join(missing)}: take the full distribution of Pyodide {VERSION}.")
    target.mkdir(parents=True, exist_ok=True)
    for name in files:
        shutil.copyfile(folder / name, target / name)
    lock["packages"] = {name: lock["packages"][name] for name in names}
    (target / _LOCK).write_text(json.dumps(lock), encoding="utf-8")


def closure(packages: dict[str, Any], wanted: Iterable[str]) -> list[str]:
    """Return the names of packages that are wanted, and of all that they depend on, sorted.

    Raises:
        ValueError: one of them is not there.

    Example:
        >>> closure({"a-b": {"depends": []}, "c": {"depends": ["A_b"]}}, ["c"])
        ['a-b', 'c']
    """
    found: set[str] = set()
    pending = list(wanted)
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in found:
            continue
        if name not in packages:
            raise ValueError(f"this Pyodide has no package {name!r}: take the full distribution of {VERSION}.")
        found.add(name)
        pending += packages[name]["depends"]
    return sorted(found)


def _lock(folder: Path) -> dict[str, Any]:
    try:
        lock = dict(json.loads((folder / _LOCK).read_text(encoding="utf-8")))
        version = lock["info"]["version"]
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{folder} holds no Pyodide: its {_LOCK} cannot be read ({error}).") from error
    if version != VERSION:
        raise ValueError(f"{folder} holds Pyodide {version}; the course is tested with {VERSION}, so take that one.")
    return lock
