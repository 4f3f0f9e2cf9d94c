"""The Pythons of this machine that a course could name: this one always, and of others one for each version."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

LEAST = 10  # of Python 3


def interpreters() -> dict[str, Path]:
    """Their programs by version, as in "3.12"; beside this one whatever the path and the folder of Pythons have."""
    here = f"3.{sys.version_info.minor}"
    found = {here: Path(sys.base_prefix, "bin", f"python{here}")}
    for minor in range(LEAST, 30):
        on_path = shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin")
        if on_path:
            found.setdefault(f"3.{minor}", Path(on_path))
    for program in sorted(Path(sys.base_prefix).parent.glob("3.*/bin/python3")):
        number = re.match(r"3\.(\d+)", program.parent.parent.name)
        if number and int(number[1]) >= LEAST:
            found.setdefault(f"3.{number[1]}", program)
    return found
