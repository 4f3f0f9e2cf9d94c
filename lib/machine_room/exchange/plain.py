"""nbgrader's collect that follows no link: the exchange is a folder where students write what they like.

nbgrader copies a hand-in with the instructor's rights and follows the links in it. One that is called `data.csv` and
points at the course's seed would lie in `submitted/` as a plain copy of it. For instructors on Linux: a course names it
as `autograde.plugin.Collect`. *Trust*: every name and file is a stranger's, and may be another one by the next look.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Any

from nbgrader.exchange.default.collect import ExchangeCollect
from nbgrader.utils import ignore_patterns

__all__ = ["Collect"]

NO_LINK = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class Collect(ExchangeCollect):  # type: ignore[misc] # nbgrader has no types
    """Copies files and folders; what is neither is left where it is, and told."""

    def do_copy(self, src: str, dest: str, log: object = None) -> None:
        directory = self.coursedir
        if self.get_size(src) > 1000 * directory.max_dir_size:
            self.log.error("Not collected: %r is larger than max_dir_size, %d kB.", src, directory.max_dir_size)
            return
        if os.path.islink(src):
            self.log.error("Not collected: %r is a link, and no link is followed.", src)
            return
        too_large = ignore_patterns(
            exclude=directory.ignore, include=directory.include, max_file_size=directory.max_file_size, log=self.log
        )

        def ignored(folder: str, names: list[str]) -> set[str]:
            links = {name for name in names if Path(folder, name).is_symlink()}
            for name in sorted(links):
                self._left(Path(folder, name))
            return {*links, *too_large(folder, [name for name in names if name not in links])}

        def copied(source: Any, target: Any) -> None:
            if not _copy(Path(source), Path(target), below=Path(src)):
                self._left(Path(source))

        shutil.copytree(src, dest, symlinks=True, ignore=ignored, copy_function=copied)
        shared = directory.groupshared
        self.set_perms(dest, fileperms=0o660 if shared else 0o600, dirperms=0o2770 if shared else 0o700)

    def _left(self, path: Path) -> None:
        self.log.warning("Not collected: %r is a link or no file, and no link is followed.", str(path))


def _copy(source: Path, target: Path, *, below: Path) -> bool:
    """Copy a file that has one name and lies where it says, also where it was exchanged since somebody looked."""
    try:
        descriptor = os.open(source, NO_LINK)
    except OSError:
        return False
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        there = Path(os.readlink(f"/proc/self/fd/{descriptor}")).is_relative_to(below.resolve())
        if not (stat.S_ISREG(found.st_mode) and found.st_nlink == 1 and there):  # another name may be another's file
            return False
        with target.open("wb") as copy:
            shutil.copyfileobj(file, copy)
    return True
