"""What the sandbox shows of the package folders: the files of the allowed libraries, in as few pieces as that takes.

A folder that holds nothing else is one piece. One that others share, a namespace package or `site-packages` itself, is
taken apart, so that what is not on the list is not there: what a distribution beside it has put there, what lies there
without an owner, and what is installed later at the top.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..course.libraries import Library, package_folders

__all__ = ["Piece", "Shelf", "shelves"]

BYTECODE = "__pycache__"

Tree: TypeAlias = "dict[str, Tree | None]"  # None: a file


@dataclass(frozen=True)
class Piece:
    """A file or a whole folder to show."""

    source: Path
    name: str  # below the shelf


@dataclass(frozen=True)
class Shelf:
    """One package folder as students see it."""

    pieces: tuple[Piece, ...]
    covered: tuple[str, ...]  # folders in the pieces to show empty: bytecode of what is not there


def shelves(libraries: Sequence[Library]) -> tuple[Shelf, ...]:
    """One shelf for each folder that the libraries are installed in, in Python's order."""
    used = {library.folder for library in libraries}
    return tuple(_shelf(folder, libraries) for folder in package_folders() if folder in used)


def _shelf(folder: Path, libraries: Iterable[Library]) -> Shelf:
    tree: Tree = {}
    for library in libraries:
        if library.folder == folder:
            for file in library.files:
                _plant(tree, file.split("/"))
    found = _look(str(folder), "", tree)
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


def _look(root: str, at: str, tree: Tree) -> _Found:
    with os.scandir(f"{root}/{at}") as entries:
        there = sorted(entries, key=_name)
    prefix = f"{at}/" if at else ""
    found = [_one(root, prefix + entry.name, entry, tree) for entry in there if entry.name != BYTECODE]
    cached = any(entry.name == BYTECODE for entry in there)
    kept, stray = _bytecode(root, prefix + BYTECODE, tree) if cached else ((), False)
    covered = tuple(name for one in found for name in one.covered)
    if at and all(one.whole for one in found):
        return _Found(True, (at,), covered + ((prefix + BYTECODE,) if stray else ()))
    return _Found(False, tuple(name for one in found for name in one.pieces) + kept, covered)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _one(root: str, name: str, entry: os.DirEntry[str], tree: Tree) -> _Found:
    if entry.name not in tree:
        return _Found(False)
    below = tree[entry.name]
    if below is not None:
        found = _look(root, name, below) if entry.is_dir() else _Found(False)
    else:
        found = _Found(True, (name,)) if entry.is_file() else _Found(False)
    # A link leads nowhere in the box; as a piece of its own it is what it leads to.
    return _Found(False, found.pieces, found.covered) if entry.is_symlink() else found


def _bytecode(root: str, name: str, tree: Tree) -> tuple[tuple[str, ...], bool]:
    """Return the files of bytecode that belong to the tree's modules, and whether there are others."""
    files = sorted(os.listdir(f"{root}/{name}"))
    kept = tuple(f"{name}/{file}" for file in files if f"{file.partition('.')[0]}.py" in tree)
    return kept, len(kept) < len(files)
