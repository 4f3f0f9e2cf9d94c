"""What a student put into their folder of an assignment, and which of it is the notebook that was meant.

*Trust*: names and contents are the student's. No link is followed, at any depth; no archive is opened; folders and
entries are counted; contents are looked through for the ids of our cells, and not parsed.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ..contract.names import escaped

__all__ = ["Entry", "Kind", "chosen", "entries", "open_below", "told"]

NO_LINK = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
MAX_DEPTH = 4  # folders below the assignment's: an archive that was unpacked twice has two
MAX_ENTRIES = 500
MAX_CANDIDATES = 20
MAX_LOOKED_AT = 32 << 20  # bytes of one file
MAX_TOLD, MAX_NAME = 8, 60
IGNORED = ("__MACOSX", "__pycache__", ".DS_Store")
NBGRADERS = ("timestamp.txt", "submission_secret.txt")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz")
#: What browsers and mail programs make of the ending.
ENDING = re.compile(r"\.ipynb(?:[ ._-]?(?:txt|json|html?|download|crdownload|bak))?\Z", re.IGNORECASE)
IDS = re.compile(rb'"(?:grade_id|id)"\s{0,9}:\s{0,9}"([^"\\\n]{1,200})"')


class Kind(StrEnum):
    """What an entry is; the value is what is said about it where nothing could be graded."""

    FILE = "a file"
    ARCHIVE = "an archive, which is not opened"
    FOLDER = "a folder"
    LINK = "a link, which is not followed"
    OTHER = "no file"


@dataclass(frozen=True)
class Entry:
    """One thing in the folder. *Trust*: the names are bytes of a stranger."""

    parts: tuple[str, ...]  # from the assignment's folder down
    kind: Kind

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def is_hidden(self) -> bool:
        return self.name.startswith(".")

    @property
    def is_notebook(self) -> bool:
        return self.kind is Kind.FILE and ENDING.search(self.name) is not None

    @property
    def stem(self) -> str:
        return ENDING.sub("", self.name).casefold()

    def __str__(self) -> str:
        shown = escaped("/".join(self.parts), MAX_NAME)
        if self.kind is Kind.FOLDER:
            return f"{shown}/ (empty)"
        return shown if self.kind is Kind.FILE else f"{shown} ({self.kind.value})"


def entries(folder: Path) -> list[Entry]:
    """Return what lies in submitted/<student>/<assignment>, folders below it gone through; what is hidden is left out.

    Of folders those that are empty are told. What cannot be looked into has nothing in it.
    """
    return [entry for entry in _all(folder) if not entry.is_hidden]


def _all(folder: Path) -> list[Entry]:
    """The same with hidden files, but for those that programs leave."""
    try:
        top = open_below(folder.parent, (folder.name,), os.O_DIRECTORY)
    except OSError:
        return []
    return sorted(itertools.islice(_entries(top, ()), MAX_ENTRIES), key=lambda entry: (len(entry.parts), entry.parts))


def _entries(descriptor: int, above: tuple[str, ...]) -> Iterator[Entry]:
    """Yield what lies in an open folder, and close it."""
    try:
        with os.scandir(descriptor) as found:
            seen = sorted(itertools.islice(found, MAX_ENTRIES), key=lambda one: one.name)
        for one in seen:
            parts, kind = (*above, one.name), _kind(one)
            nobodys = one.name.startswith("._") or one.name in IGNORED or (one.name in NBGRADERS and not above)
            if nobodys or (one.name.startswith(".") and kind is not Kind.FILE):
                continue
            below = _below(descriptor, one.name, parts) if kind is Kind.FOLDER else None
            yield from [Entry(parts, kind)] if below is None else below
    except OSError:
        return
    finally:
        os.close(descriptor)


def _below(descriptor: int, name: str, parts: tuple[str, ...]) -> list[Entry] | None:
    """What lies in a folder of the folder; None where that is nothing."""
    if len(parts) > MAX_DEPTH:
        return None
    try:
        opened = os.open(name, NO_LINK | os.O_DIRECTORY, dir_fd=descriptor)
    except OSError:
        return None
    return list(itertools.islice(_entries(opened, parts), MAX_ENTRIES)) or None


def _kind(entry: os.DirEntry[str]) -> Kind:
    mode = entry.stat(follow_symlinks=False).st_mode
    if stat.S_ISREG(mode):
        return Kind.ARCHIVE if entry.name.casefold().endswith(ARCHIVES) else Kind.FILE
    return {stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.LINK}.get(stat.S_IFMT(mode), Kind.OTHER)


def open_below(folder: Path, parts: Sequence[str], flags: int = 0) -> int:
    """Open a file below a folder; neither the folder nor anything below it may be a link.

    Raises:
        OSError: it is not there, or one of them is a link.
    """
    descriptor = os.open(folder, NO_LINK | os.O_DIRECTORY)
    for at, part in enumerate(parts, 1):
        above = descriptor
        try:
            more = os.O_DIRECTORY if at < len(parts) else flags
            descriptor = os.open(part, NO_LINK | more, dir_fd=above)
        finally:
            os.close(above)
    return descriptor


# --- which was meant


def chosen(folder: Path, notebook: str, ids: Callable[[], Mapping[str, frozenset[str]]]) -> Entry | None:
    """Return the file that is the notebook, or None where there is none, or where nobody can tell.

    The one of its name, if it is whole and holds most of the notebook's cells, or no other file does. Else what holds
    most of them; of several the one whose name is nearest. Files without any of our ids go by their names.

    Args:
        folder: submitted/<student>/<assignment>.
        notebook: its name.
        ids: asked where the names alone do not tell, for the ids of what is the student's to write or graded in each
            of the assignment's notebooks, by name.
    """
    there = [entry for entry in _all(folder) if entry.kind is Kind.FILE]
    files = [entry for entry in there if not entry.is_hidden]
    best = _chosen(folder, files, notebook, ids)
    if best or any(entry.is_notebook for entry in files):
        return best
    return _chosen(folder, [entry for entry in there if entry.is_hidden], notebook, ids)  # a dot by mistake


def _chosen(
    folder: Path, files: Sequence[Entry], notebook: str, ids: Callable[[], Mapping[str, frozenset[str]]]
) -> Entry | None:
    found = [entry for entry in files if entry.is_notebook]
    exact = [entry for entry in found if entry.parts == (f"{notebook}.ipynb",)]
    if not files or (exact and found == exact):
        return next(iter(exact), None)
    masters = ids()
    wanted = frozenset[str]().union(*masters.values())
    notebooks = _read(folder, [*exact, *(entry for entry in found if entry not in exact)], wanted)
    fitting = [one for one in notebooks if one.is_of(notebook, masters)]
    if not fitting:  # under an ending that says nothing: what holds our cells is a notebook all the same
        others = _read(folder, [entry for entry in files if entry not in found], wanted)
        fitting = [one for one in others if one.is_of(notebook, masters)]
    if fitting:
        return _nearest(fitting, notebook, masters[notebook])
    if exact:
        return exact[0]
    left = [one for one in notebooks if one.is_of_none(masters) and _could_be(one.entry, notebook, masters)]
    return _nearest(left, notebook, frozenset())


@dataclass(frozen=True)
class _Candidate:
    """One file, as far as its bytes tell what it is; no more of it is kept than we know ourselves."""

    entry: Entry
    ids: frozenset[str] = frozenset()  # of those that the assignment's notebooks have
    whole: bool = False  # ends as JSON does: an upload that broke off does not
    digest: bytes = b""  # of what was read; empty where that was nothing

    def is_of(self, notebook: str, masters: Mapping[str, frozenset[str]]) -> bool:
        """Whether it holds most cells of the notebook, and more of them than of any other of the assignment."""
        shared = {name: len(self.ids & wanted) for name, wanted in masters.items()}
        most = 2 * shared.get(notebook, 0) > len(masters.get(notebook, ())) > 0
        return self.whole and most and shared[notebook] == max(shared.values())

    def is_of_none(self, masters: Mapping[str, frozenset[str]]) -> bool:
        """Whether it holds most cells of no notebook at all: its ids were lost, or it is another one."""
        return not any(self.is_of(name, masters) for name in masters)


def _could_be(entry: Entry, notebook: str, masters: Mapping[str, frozenset[str]]) -> bool:
    """Whether a file may be the notebook, by its name alone. Where there is one notebook, any file may."""
    if len(masters) <= 1:
        return True
    named = [name for name in masters if name.casefold() in entry.stem]
    return max(named, key=len, default=None) == notebook


def _nearest(candidates: Sequence[_Candidate], notebook: str, wanted: frozenset[str]) -> Entry | None:
    """The one whose name is nearest, then whose cells are most; None where two are as near and differ."""

    def rank(one: _Candidate) -> tuple[bool, bool, bool, int]:
        parts, name = one.entry.parts, f"{notebook}.ipynb"
        shared = len(one.ids & wanted)
        return (parts != (name,), parts[-1] != name, one.entry.stem != notebook.casefold(), -shared)

    ranked = sorted(candidates, key=rank)
    best = [one for one in ranked if rank(one) == rank(ranked[0])]
    digests = {one.digest for one in best}
    alike = len(best) == 1 or (len(digests) == 1 and digests != {b""})
    return best[0].entry if best and alike else None


def _read(folder: Path, among: Sequence[Entry], wanted: frozenset[str]) -> list[_Candidate]:
    return [_looked_at(folder, entry, wanted) for entry in among[:MAX_CANDIDATES]]


def _looked_at(folder: Path, entry: Entry, wanted: frozenset[str]) -> _Candidate:
    """Look through a file, as far as it may be large; what cannot be read tells nothing."""
    try:
        descriptor = open_below(folder.parent, (folder.name, *entry.parts))
    except OSError:
        return _Candidate(entry)
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MAX_LOOKED_AT) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    if not content:
        return _Candidate(entry)
    said = (found[1].decode("utf-8", errors="replace") for found in IDS.finditer(content))
    ids = frozenset(one for one in said if one in wanted)
    return _Candidate(entry, ids, content[-1_000:].rstrip().endswith(b"}"), hashlib.sha256(content).digest())


def told(folder: Path) -> str:
    """Return a sentence on what was there, names escaped and cut."""
    there = entries(folder)
    if not there:
        return "The folder is empty."
    names = [str(entry) for entry in there[:MAX_TOLD]]
    more = f" and {len(there) - MAX_TOLD} more" if len(there) > MAX_TOLD else ""
    return f"There was: {', '.join(names)}{more}."
