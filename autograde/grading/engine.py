"""What grades: this project's code and data, the libraries beside it, Python, and the limits where a course sets none.

Another engine may judge the same work otherwise. So every verdict says which one it is of. What follows from that for a
class is in `standing.py`.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import autograde
import machine_room

from ..contract.verdict import Engine
from ..course.carried import IN_WHEEL
from ..course.environment import Environment
from ..course.libraries import Library, versions
from ..course.packages import CoursePackage
from ..inside.limits import Limits

__all__ = ["ROOTS", "engine_files", "engine_of", "surroundings", "this_engine"]

ROOTS = (Path(machine_room.__file__).parent, Path(autograde.__file__).parent)
OURS = ("machine-room-autograde", "machine-room")  # whichever of them this code was installed as
BYTECODE = (".pyc", ".pyo")


def this_engine(
    libraries: Iterable[Library], packages: Iterable[CoursePackage] = (), environment: Environment | None = None
) -> Engine:
    """The engine of this process.

    Args:
        libraries: what students' code can import, see `Settings.allowed`: the judge computes with some of them.
        packages: the course's own, which hold references and cases as the library does; read anew each time.
        environment: the one that students' code runs in, where it is not this process's.
    """
    own = [f"{package.name} {engine_of([package.folder], [])}" for package in packages]
    own += [] if environment is None else [environment.versions]
    return _engine((*surroundings(libraries), *own))


@cache
def _engine(beside: tuple[str, ...]) -> Engine:
    name = next(filter(None, map(_installed, OURS)), "")
    return Engine(name, engine_of(ROOTS, beside))


def engine_of(roots: Iterable[Path], beside: Iterable[str]) -> str:
    """Return the digest of an engine: its packages' files with their names, and one line for each thing beside them."""
    total = hashlib.sha256()
    for root in roots:
        for name, path in engine_files(root):
            content = path.read_bytes()
            total.update(f"{root.name}/{name}\0{len(content)}\0".encode() + content)
    total.update("\0".join(["", *beside]).encode())
    return total.hexdigest()


def engine_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield every file of a package by its name in it, in an order that no machine changes.

    Bytecode is left out, and so is the course that a wheel carries: its text grades nobody, and a clone has none here.
    """
    yield from sorted(_files(root, ""))


def _files(folder: str | Path, above: str) -> Iterator[tuple[str, Path]]:
    """Folder by folder, no link followed: a grader process looks at all of them for every hand-in."""
    with suppress(FileNotFoundError, PermissionError), os.scandir(folder) as entries:
        for entry in entries:
            name = f"{above}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__" and name != IN_WHEEL:
                    yield from _files(entry.path, f"{name}/")
            elif entry.is_file() and name != IN_WHEEL and not name.endswith(BYTECODE):
                yield name, Path(entry.path)


def surroundings(libraries: Iterable[Library]) -> list[str]:
    """What a verdict depends on besides our files: Python, the libraries' versions, the default limits."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return [python, versions(libraries), Limits().to_json()]


def _installed(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
