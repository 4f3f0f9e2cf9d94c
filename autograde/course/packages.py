"""The packages of a course's own, which its autograde.toml names: where each lies, and loading it from there.

One lies in lib/<name> of the course folder, or is installed. Either way it is imported from the folder that was found,
and from no other of the same name, so that what is graded with is what is withheld, covered and hashed.

*Trust*: the author's code runs in the grader's own processes, as the library does. In the box it is a copy without the
answers, see `sandbox.student_view`.
"""

from __future__ import annotations

import importlib
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import machine_room
from machine_room.packages import GROUP, LIBRARY, forget, packages, using

from ..contract.failures import CourseError
from ..contract.names import of_error

__all__ = [
    "GROUP",
    "PLACE",
    "CoursePackage",
    "PackagesError",
    "authors_fault",
    "find_packages",
    "in_use",
    "load",
    "loaded_folders",
    "place_in",
]

PLACE = Path("lib")  # in the course folder
OURS = Path(machine_room.__file__).parent
TAKEN = frozenset((LIBRARY, "autograde", "machine_room_hub"))
_loading = threading.Lock()  # runs of one grader process may begin at once
_loaded: dict[str, tuple[object, ...]] = {}  # by import name: what this process has of it
_held: ContextVar[tuple[CoursePackage, ...]] = ContextVar("held", default=())  # by this thread's blocks of `in_use`
HOW = 'Name packages as they are imported, in a list in quotes, as in packages = ["my_course"].'


class PackagesError(CourseError):
    """A package of the course's own cannot be used; the sentence says which, where, and what to do."""


@dataclass(frozen=True)
class CoursePackage:
    """One package of a course's own: its import name, and the folder that has its `__init__.py`."""

    name: str
    folder: Path

    @property
    def files(self) -> Iterator[tuple[str, Path]]:
        """Its files by their names below the folder, without bytecode."""
        found = ((path.relative_to(self.folder), path) for path in self.folder.rglob("*") if path.is_file())
        yield from sorted(
            (name.as_posix(), path)
            for name, path in found
            if "__pycache__" not in name.parts and path.suffix not in (".pyc", ".pyo")
        )


def find_packages(root: Path, names: Sequence[str]) -> tuple[CoursePackage, ...]:
    """Find the packages that a course names, without importing any.

    Raises:
        PackagesError: one is no name, another program's, or nowhere.
    """
    found = []
    for name in dict.fromkeys(names):
        if not name.isidentifier() or name.startswith("_"):
            raise PackagesError(f"{name!r} is no name of a package. {HOW}")
        if name in TAKEN or name in sys.stdlib_module_names:
            raise PackagesError(f"{name} is the name of another package already: give yours one of its own.")
        if (OURS / f"{name}.py").exists() or (OURS / name).is_dir():
            raise PackagesError(
                f"{name} is the name of a part of machine_room, so that nobody could tell what a withheld name means: "
                "give your package another one."
            )
        found.append(CoursePackage(name, _folder(root, name)))
    return tuple(found)


def _folder(root: Path, name: str) -> Path:
    beside = (root / PLACE / name).resolve()
    if (beside / "__init__.py").is_file():
        return beside
    spec = PathFinder.find_spec(name)
    if spec is not None and spec.submodule_search_locations and spec.origin:
        return Path(spec.origin).resolve().parent
    raise PackagesError(
        f"The package {name} is neither {PLACE / name}/__init__.py of {root} nor installed here. Write it there "
        "(`autograde new-course` does), install it, or take it out of packages in autograde.toml."
    )


def load(own: Iterable[CoursePackage]) -> None:
    """Have this process import each package from its folder, as it is there now.

    Raises:
        PackagesError: its own code fails; with file and line.
    """
    for package in own:
        with _loading:
            _load(package)


def _load(package: CoursePackage) -> None:
    seen = _stamp(package)
    if package.name in sys.modules and _loaded.get(package.name) == seen:
        return
    for name in [one for one in sys.modules if f"{one}.".startswith(f"{package.name}.")]:
        del sys.modules[name]
    importlib.invalidate_caches()
    forget()
    spec = spec_from_file_location(
        package.name, package.folder / "__init__.py", submodule_search_locations=[str(package.folder)]
    )
    assert spec is not None, "a file named .py has a loader"
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[package.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[package.name]
        raise authors_fault([package], error) from error
    _loaded[package.name] = seen


def _stamp(package: CoursePackage) -> tuple[object, ...]:
    """What is another one when a module of the package was written, the table of its points, or a translation."""
    stats = [(name, path.stat()) for name, path in package.files if path.suffix in (".py", ".json", ".mo")]
    return package.folder, tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in stats)


def loaded_folders() -> list[Path]:
    """The folders of the packages that this process works with, this library's among them."""
    loaded = [sys.modules[name] for name in packages() if name in sys.modules]
    return [Path(module.__file__).resolve().parent for module in loaded if module.__file__]


@contextmanager
def in_use(own: Sequence[CoursePackage]) -> Iterator[None]:
    """Work with a course's own packages: loaded, and found by `check` and whatever else asks for an exercise by name.

    A block inside another one works with what that has loaded: a run looks at the author's files once, and sees no
    half of a change.

    Raises:
        PackagesError: the code of one fails, when it is imported or later inside the block.
    """
    load(package for package in own if package not in _held.get() or not _is_loaded(package))
    token = _held.set((*_held.get(), *own))
    try:
        with using([package.name for package in own]):
            yield
    finally:
        _held.reset(token)


def _is_loaded(package: CoursePackage) -> bool:
    """Whether what this process has under the package's name is from its folder."""
    return package.name in sys.modules and _loaded.get(package.name, (None,))[0] == package.folder


def authors_fault(own: Iterable[CoursePackage], error: Exception) -> PackagesError:
    """What an error in an author's own Python is told as: the file and line of theirs it came from, and its words."""
    where = place_in(own, error)
    return PackagesError(f"{where}{of_error(error).rstrip('.')}. Correct it there, and run the same command again.")


def place_in(own: Iterable[CoursePackage], error: BaseException) -> str:
    """`file:line: ` of the innermost frame that is in one of the packages; empty where none is."""
    folders = [package.folder for package in own]
    if isinstance(error, SyntaxError) and error.filename and _is_below(error.filename, folders):
        return f"{error.filename}:{error.lineno}: "
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_below(frame.filename, folders)]
    return f"{frames[-1].filename}:{frames[-1].lineno}: " if frames else ""


def _is_below(file: str, folders: Iterable[Path]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)
