"""Files that others read while we write: each appears complete or not at all, also where a run is killed.

Folders that we make are their owner's alone, whatever the umask; so are the files in them, but for pages: nbgrader's
`release_feedback` copies a page with its mode into a folder where students read it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from machine_room.atomic import replacing

from ..contract.failures import CourseError

__all__ = ["OWNERS", "Modes", "modes_of", "require_folder", "write", "write_private"]


@dataclass(frozen=True)
class Modes:
    """Who may do what with what we write."""

    folder: int
    graded: int  # nobody writes to graded work, as nbgrader has it
    page: int
    private: int  # the gradebook; and secrets: whoever knows a hand-in's can fetch its page


OWNERS = Modes(0o700, 0o400, 0o644, 0o600)
GROUPS = Modes(0o2770, 0o440, 0o644, 0o660)


def modes_of(config: Any) -> Modes:
    """The modes of a course: its owner's alone, or its group's where nbgrader_config.py says `groupshared`."""
    return GROUPS if config.CourseDirectory.get("groupshared", False) is True else OWNERS


def require_folder(path: Path) -> None:
    """Refuse a file where everyone's files are to lie; a folder may be missing yet.

    Raises:
        CourseError: says what to do.
    """
    if os.path.lexists(path) and not path.is_dir():
        raise CourseError(f"{path} is a file or a broken link. Expected a folder, or nothing yet: move it away.")


def write(path: Path, text: str, *, mode: int, folder_mode: int) -> None:
    """Write a text file, and make the folders that it lies in."""
    _make(path.parent, folder_mode)
    with replacing(path) as file:
        os.fchmod(file.fileno(), mode)
        file.write(text.encode("utf-8"))


def write_private(path: Path, text: str) -> None:
    """Write a text file that its owner alone can read, and make such folders."""
    write(path, text, mode=0o600, folder_mode=0o700)


def _make(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        _make(folder.parent, mode)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)  # mkdir's own mode would be less than a group's, by the umask
