"""Print as JSON what this Python can import, and which files below some folders hold solutions.

python importable.py FOLDER ...
"""

from __future__ import annotations

import json
import pkgutil
import sys
from importlib.metadata import distributions
from pathlib import Path

#: nbgrader's marker, put together so that this file does not hold it; nbgrader itself names it in its code.
MARKER = b" ".join([b"### BEGIN", b"SOLUTION"])
SUFFIXES = (".ipynb", ".md", ".py", ".json", ".txt", ".zip")


def importable() -> dict[str, list[str]]:
    """Names of modules at the top, and of distributions."""
    names = {str(one.metadata["Name"]).lower() for one in distributions()}
    return {"modules": sorted({one.name for one in pkgutil.iter_modules()}), "distributions": sorted(names)}


def solved(folder: Path) -> list[str]:
    """Files of any kind that a solution could stand in, and in which the marker of one does."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and "nbgrader" not in path.parts:
            found += [str(path)] * (MARKER in path.read_bytes())
    return found


if __name__ == "__main__":
    folders = [Path(one) for one in sys.argv[1:]]
    print(json.dumps({**importable(), "solved": [name for one in folders for name in solved(one)]}))
