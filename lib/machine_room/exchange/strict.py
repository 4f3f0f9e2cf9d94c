"""nbgrader's shared folder, collected strictly: whose a hand-in is says the owner of its files, not its name.

In that folder everybody can write a hand-in in anybody's name. nbgrader's own collector warns, and takes it over the
real one. This one refuses it, and takes the student's own. *Trust*: names and files are strangers'.
"""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path
from typing import Any

from .plain import Collect

__all__ = ["StrictCollect"]

Record = dict[str, Any]
NONE = ""  # in place of a file's name: the student has nothing that is theirs


class StrictCollect(Collect):
    """`nbgrader collect` that takes a hand-in only from the one who is named in it, and follows no link on the way."""

    src_records: list[Record]

    def init_src(self) -> None:
        self.refused: list[str] = []
        super().init_src()
        self.src_records = [record for record in self.src_records if record["filename"] != NONE]
        for sentence in self.refused:
            self.log.error(sentence)

    def _sort_by_timestamp(self, records: list[Record]) -> list[Record]:
        # nbgrader takes one of what this returns, for each student; it has to return one.
        ordered: list[Record] = super()._sort_by_timestamp(records)
        owned = [record for record in ordered if self._is_owned(record)]
        return owned or [{**ordered[0], "filename": NONE}]

    def _is_owned(self, record: Record) -> bool:
        folder, student = Path(self.inbound_path) / record["filename"], record["username"]
        stranger = next((path for path in _everything(folder) if _owner(path) != student), None)
        if stranger is None:
            return True
        self.refused.append(
            f"Refused: {folder.name!r} says that it is {student}'s, but {stranger.relative_to(folder.parent)!s} is "
            f"owned by {_owner(stranger)} or is no plain file. Ask both; an earlier hand-in of {student}'s own counts."
        )
        return False


def _everything(folder: Path) -> list[Path]:
    found = [folder]
    for place, folders, files in os.walk(folder):
        found += [Path(place) / name for name in (*folders, *files)]
    return found


def _owner(path: Path) -> str:
    """The name of who owns it; no name of anybody where it is a link, a pipe, or a second name of another file."""
    found = path.lstat()
    is_folder = stat.S_ISDIR(found.st_mode)
    if not is_folder and (not stat.S_ISREG(found.st_mode) or found.st_nlink > 1):
        return f"a link ({found.st_uid})"
    try:
        return pwd.getpwuid(found.st_uid).pw_name
    except KeyError:
        return f"nobody ({found.st_uid})"
