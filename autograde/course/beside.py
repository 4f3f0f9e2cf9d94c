"""What lies beside a notebook, as bytes: data, pictures, modules of the course, and what a student handed in besides.

Where tests are judged apart the box has the course's files alone, and they cannot be written. Of an ordinary course the
course's own copy of a file wins, as with nbgrader, and a student's other files are there too. *Trust*: names and
contents of what was handed in are the student's: no link is followed, files and bytes are counted, none is opened here.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence, Set
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from ..contract.failures import CourseError
from ..contract.names import encodable, escaped
from ..inside.limits import MEBIBYTE, Limits
from .handin import Kind, entries, open_below

__all__ = ["IGNORED", "NOT_DATA", "handed_in_beside", "is_ignored", "of_course", "together_with"]

#: nbgrader's own list (CourseDirectory.ignore).
IGNORED = (".ipynb_checkpoints", "*.pyc", "__pycache__", ".pytest_cache")
#: What of a course's own text is no data: what editors, systems and notebooks that were run leave has such a name.
NOT_DATA = (*IGNORED, ".*")
IMPORTED = (".py", ".so", ".pyc", ".pyd")
MAX_FILES = 1_000  # of a course; of a student `handin` counts
MAX_BYTES = 24 * MEBIBYTE  # of one file: it goes into the box in one message
ROOM_LEFT = 4 * MEBIBYTE  # of the scratch: a notebook writes, too

Files = Mapping[str, bytes]


def of_course(folder: Path, ignored: Sequence[str] = IGNORED, limits: Limits | None = None) -> dict[str, bytes]:
    """The files of source/<assignment> but its notebooks, by path.

    Args:
        folder: source/<assignment>. It is the instructor's: a link to a file is followed.
        ignored: patterns of names, of files and of folders.
        limits: the box that they must fit into.

    Raises:
        CourseError: they are too many, or too large.
    """
    limits = limits or Limits()
    found: dict[str, bytes] = {}
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored(name, ignored))
        for name in sorted(files):
            path = Path(above, name)
            if is_ignored(name, (*ignored, "*.ipynb")) or not path.is_file():
                continue
            if path.stat().st_size > min(MAX_BYTES, limits.file_bytes):
                raise CourseError(_too_large(path, min(MAX_BYTES, limits.file_bytes)))
            found[path.relative_to(folder).as_posix()] = path.read_bytes()
    total, room = sum(map(len, found.values())), limits.scratch_bytes - ROOM_LEFT
    if len(found) > MAX_FILES or total > room:
        raise CourseError(
            f"{folder} holds {len(found)} files of {total >> 20} MiB beside its notebooks, and the sandbox has room "
            f"for {MAX_FILES} of {room >> 20} MiB. Take some out, or set scratch_bytes in [limits] of autograde.toml."
        )
    return found


def _too_large(path: Path, most: int) -> str:
    return (
        f"{path} has {path.stat().st_size >> 20} MiB, and a file beside a notebook may have {most >> 20}. Make it "
        "smaller, or keep it elsewhere: of an ordinary nbgrader course by CourseDirectory.ignore in nbgrader_config.py."
    )


def is_ignored(name: str, patterns: Sequence[str]) -> bool:
    """Whether a file or folder of this name does not belong to the course."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def handed_in_beside(folder: Path, graded: Path, limits: Limits | None = None) -> tuple[dict[str, bytes], list[str]]:
    """The files that a student handed in beside a notebook, and notes on those that are left out.

    Args:
        folder: submitted/<student>/<assignment>; neither it nor the folder above it may be a link.
        graded: the notebook itself, which is not among them.
        limits: the box that they must fit into.
    """
    limits = limits or Limits()
    room, found, notes = limits.scratch_bytes - ROOM_LEFT, {}, []
    for entry in entries(folder):
        name = "/".join(entry.parts)
        if entry.kind not in (Kind.FILE, Kind.ARCHIVE) or folder.joinpath(*entry.parts) == graded:
            continue
        most = min(MAX_BYTES, limits.file_bytes, room)
        content = _content(folder, entry.parts, most) if name == encodable(name) else None
        if content is None:
            notes.append(f"The file {escaped(name, 80)} was left out when your notebook ran: it is too large.")
            continue
        room -= len(content)
        found[name] = content
    return found, notes


def _content(folder: Path, parts: Sequence[str], most: int) -> bytes | None:
    """A regular file's bytes; None where it cannot be read, or has more than `most`."""
    try:
        descriptor = open_below(folder.parent, (folder.name, *parts))
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        content = file.read(max(0, most) + 1)
    return content if len(content) <= most else None


def together_with(course: Files, theirs: Files) -> dict[str, bytes]:
    """All files, the course's first. A student's file makes way for one of the course's name, or of its module's."""
    folders = {str(above) for name in course for above in PurePosixPath(name).parents}
    modules = folders | {name.removesuffix(".py") for name in course if name.endswith(".py")}
    kept = {
        name: content
        for name, content in theirs.items()
        if name not in folders and not _in_the_way(PurePosixPath(name), course, modules)
    }
    return {**course, **kept}


def _in_the_way(path: PurePosixPath, course: Files, modules: Set[str]) -> bool:
    """Whether a student's file stands where the course has one, or would be imported in place of one."""
    above = [str(one) for one in path.parents]
    if str(path) in course or any(one in course or f"{one}.py" in course for one in above):
        return True
    return path.suffix in IMPORTED and str(path.with_name(path.name.partition(".")[0])) in modules
