"""Files that others read while we write: each appears complete or not at all, also where a run is killed."""

from __future__ import annotations

import os
from pathlib import Path

from machine_room.atomic import replacing

from ..contract.failures import CourseError

__all__ = ["READ_ONLY", "require_folder", "write"]

READ_ONLY = 0o444  # as nbgrader leaves graded work


def require_folder(path: Path) -> None:
    """Refuse a file where everyone's files are to lie; a folder may be missing yet.

    Raises:
        CourseError: says what to do.
    """
    if os.path.lexists(path) and not path.is_dir():
        raise CourseError(f"{path} is a file or a broken link. Expected a folder, or nothing yet: move it away.")


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a text file, and the folders that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        os.fchmod(file.fileno(), mode)
        file.write(text.encode("utf-8"))
