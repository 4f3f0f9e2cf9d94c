"""Which packages make up the course: this library, and before it those of a course's own.

A package of a course's own has the same two rooms as this one: in `exercises/` a module for each assignment, in
`explore/` its pictures. What belongs where follows from names, and is written down nowhere: 03-noise has the EXERCISES
of `exercises.noise`, whatever its number. An own package comes before this library, so that no name that a later
version adds takes anything from it.

Where students work, packages are found as they are installed, by their entry point `machine_room.packages`. Where work
is graded the course says which (`using`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import ParamSpec, TypeVar

__all__ = [
    "GROUP",
    "LIBRARY",
    "folders",
    "forget",
    "full_name",
    "own",
    "packages",
    "remembered",
    "section_of",
    "sections",
    "use",
    "using",
]

LIBRARY = "machine_room"
GROUP = "machine_room.packages"
_NUMBER = re.compile(r"[0-9]+[-_ ]")

P = ParamSpec("P")
T = TypeVar("T")

_clears: list[Callable[[], None]] = []
_used: tuple[str, ...] | None = None  # by this process; None: what is installed
_using: ContextVar[tuple[str, ...] | None] = ContextVar("using", default=None)


def packages() -> tuple[str, ...]:
    """Return the import names of the course's packages, its own first.

    Example:
        >>> packages()[-1]
        'machine_room'
    """
    return (*own(), LIBRARY)


def own() -> tuple[str, ...]:
    """Return the import names of the packages beside this library.

    Example:
        >>> "machine_room" in own()
        False
    """
    found = _using.get()
    if found is None:
        found = _used
    return _installed() if found is None else found


def use(names: Sequence[str]) -> None:
    """Have this process work with these own packages from now on: a worker, which grades for one course.

    Args:
        names: their import names.

    Example:
        >>> use(own())  # what it works with already
    """
    global _used
    _used = tuple(names)


@contextmanager
def using(names: Sequence[str]) -> Iterator[None]:
    """Work with these own packages inside the block, in this thread.

    Args:
        names: their import names.

    Returns:
        A context manager.

    Example:
        >>> with using([]):
        ...     own()
        ()
    """
    token = _using.set(tuple(names))
    try:
        yield
    finally:
        _using.reset(token)


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate a function that looks packages through: what it found is kept until `forget`.

    Args:
        function: its arguments can be hashed.

    Returns:
        The same function with a memory.

    Example:
        >>> @remembered
        ... def rooms(package): return folders(package, "explore")
        >>> rooms("machine_room") is rooms("machine_room")
        True
    """
    cached = cache(function)
    _clears.append(cached.cache_clear)
    return cached  # type: ignore[return-value]  # cache's own type has no parameters


def forget() -> None:
    """Have everything looked up anew: packages were exchanged while this process runs.

    Example:
        >>> forget()
    """
    for clear in _clears:
        clear()


@cache
def _installed() -> tuple[str, ...]:
    from importlib.metadata import entry_points

    return tuple(dict.fromkeys(sorted(found.value for found in entry_points(group=GROUP))))


def section_of(assignment: str) -> str:
    """Return the name of the module that an assignment's exercises are in; empty where no module can be called so.

    Args:
        assignment: the name of its folder.

    Example:
        >>> section_of("06-make-it-better"), section_of("noise"), section_of("..")
        ('make_it_better', 'noise', '')
    """
    found = _NUMBER.sub("", assignment, count=1).replace("-", "_")
    return found if found.isidentifier() and not found.startswith("_") else ""


def folders(package: str, room: str) -> list[Path]:
    """Return the folders of a package's room; an empty list where it has none.

    Args:
        package: its import name.
        room: "exercises" or "explore".

    Example:
        >>> [folder.name for folder in folders("machine_room", "explore")]
        ['explore']
    """
    spec = find_spec(f"{package}.{room}")
    return [Path(folder) for folder in (spec.submodule_search_locations or ())] if spec else []


def sections(package: str, room: str) -> list[str]:
    """Return the names of the modules in a package's room, in alphabetical order.

    Args:
        package: its import name.
        room: "exercises" or "explore".

    Example:
        >>> "backprop" in sections("machine_room", "exercises")
        True
    """
    found = {
        path.stem
        for folder in folders(package, room)
        for path in folder.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").is_file()) and path.stem.isidentifier()
    }
    return sorted(name for name in found if not name.startswith("_"))


def full_name(dotted: str) -> str:
    """Return a withheld name from the package on: names of this library are written without it.

    Args:
        dotted: as in `Exercise.withheld`.

    Example:
        >>> full_name("network.Network.gradient")
        'machine_room.network.Network.gradient'
    """
    first = dotted.partition(".")[0]
    return dotted if first in packages() else f"{LIBRARY}.{dotted}"
