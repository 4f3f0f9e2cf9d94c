"""What the sandbox shows of the package folders: the files of the allowed libraries, in as few pieces as that takes.

A folder that holds nothing else is one piece. One that others share, a namespace package or `site-packages` itself, is
taken apart, so that what is not on the list is not there: what a distribution beside it has put there, what lies there
without an owner, and what is installed later at the top.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..course.environment import Environment
from ..course.libraries import SETTLED, Library, package_folders

__all__ = ["Piece", "Shelf", "shelves", "shelves_of"]

BYTECODE = "__pycache__"

Tree: TypeAlias = "dict[str, Tree | None]"  # None: a file


@dataclass(frozen=True)
class Piece:
    """A file or a whole folder to show."""

    source: Path
    name: str  # below the shelf; empty: the shelf itself


@dataclass(frozen=True)
class Shelf:
    """One package folder as students see it."""

    pieces: tuple[Piece, ...]
    covered: tuple[str, ...]  # folders in the pieces to show empty: bytecode of what is not there, answers
    emptied: tuple[str, ...] = ()  # files in them to show empty


class _Seen(dict[str, int]):
    """The folders that were looked into, and when what is in them last changed, as it was before the look."""

    def note(self, folder: str) -> None:
        self[folder] = _changed(folder)


@dataclass(frozen=True)
class _Known:
    shelves: tuple[Shelf, ...]
    seen: _Seen


_known: dict[tuple[tuple[Library, ...], tuple[Path, ...]], _Known] = {}


def shelves(libraries: Sequence[Library]) -> tuple[Shelf, ...]:
    """One shelf for each folder that the libraries are installed in, in Python's order.

    A grader process asks for every hand-in. As long as no folder on the disk has changed, the answer is the last one.
    """
    wanted = tuple(libraries), tuple(package_folders())
    known = _known.get(wanted)
    if known is not None and all(_changed(folder) == at for folder, at in known.seen.items()):
        return known.shelves
    began, seen = time.time_ns(), _Seen()
    used = {library.folder for library in libraries}
    found = tuple(_shelf(folder, libraries, seen) for folder in package_folders() if folder in used)
    if all(at < began - SETTLED for at in seen.values()):
        _known[wanted] = _Known(found, seen)
    return found


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return -1


def shelves_of(environment: Environment) -> tuple[Shelf, ...]:
    """The whole folders of an environment of a course's own, but for answers and what tells of this machine."""
    parts = zip(environment.folders, environment.covered, environment.emptied, strict=True)
    return tuple(Shelf((Piece(folder, ""),), covered, emptied) for folder, covered, emptied in parts)


def _shelf(folder: Path, libraries: Iterable[Library], seen: _Seen) -> Shelf:
    tree: Tree = {}
    for library in libraries:
        if library.folder == folder:
            for file in library.files:
                _plant(tree, file.split("/"))
    found = _look(str(folder), "", tree, seen)
    return Shelf(tuple(Piece(folder / name, name) for name in found.pieces), tuple(found.covered))


def _plant(tree: Tree, parts: Sequence[str]) -> None:
    *folders, file = parts
    for name in folders:
        below = tree.setdefault(name, {})
        if below is None:
            return
        tree = below
    tree[file] = None


@dataclass(frozen=True)
class _Found:
    """What is in one folder of the disk: whether all of it is on the list, and the pieces that are."""

    whole: bool
    pieces: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()


def _look(root: str, at: str, tree: Tree, seen: _Seen) -> _Found:
    seen.note(f"{root}/{at}")
    with os.scandir(f"{root}/{at}") as entries:
        there = sorted(entries, key=_name)
    prefix = f"{at}/" if at else ""
    found = [_one(root, prefix + entry.name, entry, tree, seen) for entry in there if entry.name != BYTECODE]
    cached = any(entry.name == BYTECODE for entry in there)
    kept, stray = _bytecode(root, prefix + BYTECODE, tree, seen) if cached else ((), False)
    covered = tuple(name for one in found for name in one.covered)
    if at and all(one.whole for one in found):
        return _Found(True, (at,), covered + ((prefix + BYTECODE,) if stray else ()))
    return _Found(False, tuple(name for one in found for name in one.pieces) + kept, covered)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _one(root: str, name: str, entry: os.DirEntry[str], tree: Tree, seen: _Seen) -> _Found:
    if entry.name not in tree:
        return _Found(False)
    below = tree[entry.name]
    if below is not None:
        found = _look(root, name, below, seen) if entry.is_dir() else _Found(False)
    else:
        found = _Found(True, (name,)) if entry.is_file() else _Found(False)
    # A link leads nowhere in the box; as a piece of its own it is what it leads to.
    return _Found(False, found.pieces, found.covered) if entry.is_symlink() else found


def _bytecode(root: str, name: str, tree: Tree, seen: _Seen) -> tuple[tuple[str, ...], bool]:
    """Return the files of bytecode that belong to the tree's modules, and whether there are others."""
    seen.note(f"{root}/{name}")
    files = sorted(os.listdir(f"{root}/{name}"))
    kept = tuple(f"{name}/{file}" for file in files if f"{file.partition('.')[0]}.py" in tree)
    return kept, len(kept) < len(files)
