"""Which libraries students' code may import: an allow-list of installed distributions, and the files they consist of.

The list is what the course declares and what that needs, by the distributions' own metadata. Everything else that is
installed here, for the grader or beside it, is withheld: also what is installed tomorrow. `shelf` makes of the list
what the sandbox shows.

*Called by* `box`, `grade`, `doctor`. *Trust*: the instructor's environment is trusted; nothing here reads a student's.
"""

from __future__ import annotations

import csv
import itertools
import json
import os
import re
import sys
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.machinery import all_suffixes
from importlib.metadata import Distribution, distributions, packages_distributions
from pathlib import Path
from typing import TypeAlias

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from machine_room.packages import GROUP

from ..contract.failures import CourseError

__all__ = [
    "ALWAYS",
    "LibrariesError",
    "Library",
    "allowed",
    "declared_names",
    "import_names",
    "needed_here",
    "not_found",
    "package_folders",
    "providers",
    "versions",
    "withheld",
]

#: What the notebooks need and the sandbox itself runs on. A course declares more in its autograde.toml.
ALWAYS = ("numpy", "matplotlib", "ipython", "ipywidgets")
#: This project: the reference solutions and the judge. Not to be declared, and in nobody's list of files.
OURS = frozenset(("machine-room", "machine-room-autograde"))  # both distributions of this project
SECRET_PACKAGES = ("machine_room", "autograde")
#: Of what is known about a distribution, only what `importlib.metadata` is asked for: no direct_url.json, no RECORD.
METADATA = ("METADATA", "PKG-INFO", "entry_points.txt")
INFORMATION = (".dist-info", ".egg-info")
#: Of that, what decides which libraries and which of their files are shown.
LISTS = ("RECORD", "direct_url.json", "top_level.txt", "requires.txt", *METADATA)
REMEMBERED = 8  # courses' lists, in one process
SETTLED = 2 * 10**9  # nanoseconds: two changes of a file within a tick of the disk's clock have the same time
NOT_FOUND = re.compile(r"ModuleNotFoundError: No module named '(\w{1,60})[.']")
WITHOUT_LIST = (
    "{name} is installed without a list of its files, so that the sandbox cannot tell them from others. "
    "Install it with pip or conda, from a wheel."
)
EDITABLE = (
    "{name} is installed as editable, from a folder of sources that the sandbox does not show. "
    "Install it as students do: `pip install {name}`."
)

Stamp: TypeAlias = "tuple[str, int, int]"  # a name, its size and its time
Installed: TypeAlias = "tuple[tuple[str, tuple[Stamp, ...]], ...]"  # by folder


class LibrariesError(CourseError):
    """The declared libraries cannot be shown to students' code; the sentence says which, why, and what to do."""


@dataclass(frozen=True)
class Library:
    """One installed distribution."""

    name: str  # as in its metadata's normal form: lower case, with hyphens
    version: str
    folder: Path  # the site-packages folder that it is installed in
    files: frozenset[str]  # below the folder: what a program imports or reads; no bytecode, nothing about this machine


def package_folders() -> list[Path]:
    """The site-packages folders that this Python imports from, in its order."""
    wanted = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return list(dict.fromkeys(path.resolve() for path in wanted if path.is_dir()))


def allowed(declared: Sequence[str] = (), own: Collection[str] = ()) -> tuple[Library, ...]:
    """The distributions that students' code may import, by name: `ALWAYS`, the declared ones, and what they need.

    Args:
        declared: requirements as a course writes them, e.g. "scipy" or "sympy[pretty]". What an extra needs is taken
            only where the extra is asked for.
        own: the import names of the course's own packages, of which no library shows a file.

    Raises:
        LibrariesError: one is unreadable, not installed, this project itself, a course's package, editable, or without
            a list of its files.
    """
    here = installed()
    settled = time.time_ns() - SETTLED
    remembered = _allowed if all(at < settled for _, stamps in here for _, _, at in stamps) else _allowed.__wrapped__
    return remembered(tuple(declared), frozenset(own), here)


@lru_cache(maxsize=REMEMBERED)
def _allowed(declared: Sequence[str], own: Collection[str], here: Installed) -> tuple[Library, ...]:
    found = _closure([_parsed(text, own) for text in (*ALWAYS, *declared)], own)
    return tuple(_library(name, *found[name], own) for name in sorted(found))


def installed() -> Installed:
    """What tells whether something was installed, removed or replaced since: names and times at the top, and lists.

    A grader process asks for every hand-in what students may import. To find that nothing has changed takes a
    hundredth of what it takes to find it out anew.
    """
    return tuple((str(folder), tuple(sorted(_at_the_top(folder)))) for folder in package_folders())


def _at_the_top(folder: Path) -> Iterator[Stamp]:
    for entry in os.scandir(folder):
        lists = LISTS if entry.name.endswith(INFORMATION) else ()
        for name in (entry.name, *(f"{entry.name}/{file}" for file in lists)):
            with suppress(OSError):  # not there, or a link that leads nowhere
                stat = os.stat(f"{folder}/{name}")
                yield name, stat.st_size, stat.st_mtime_ns


def _parsed(text: str, own: Collection[str] = ()) -> Requirement:
    try:
        wanted = Requirement(text)
    except InvalidRequirement as error:
        raise LibrariesError(
            f"{text!r} names no library ({str(error).splitlines()[0]}). Expected a distribution's name, as for pip."
        ) from None
    if canonicalize_name(wanted.name) in OURS:
        raise LibrariesError(f"{wanted.name} holds the answers. Students' code always has its own copy, without them.")
    there = next(_find(wanted.name), None)
    if there is not None and _is_a_courses(there[0], own):
        raise LibrariesError(
            f"{wanted.name} is a course's own package and holds answers. Name it under packages in autograde.toml, as "
            "it is imported: students' code then has a copy without them."
        )
    if there is None:
        raise LibrariesError(
            f"{wanted.name} is not installed here, so students' code cannot import it. `pip install {wanted.name}`."
        )
    return wanted


def _find(name: str) -> Iterator[tuple[Distribution, Path]]:
    """Yield the distribution that Python would import, if there is one, and its folder."""
    for folder in package_folders():
        for found in distributions(name=name, path=[str(folder)]):
            yield found, folder
            return


def _is_a_courses(distribution: Distribution, own: Collection[str]) -> bool:
    """Whether a distribution has exercises: it says so by its entry point, or it is named as one."""
    named = canonicalize_name(distribution.metadata["Name"] or "") in {canonicalize_name(name) for name in own}
    return named or any(point.group == GROUP for point in distribution.entry_points)


def _closure(wanted: list[Requirement], own: Collection[str] = ()) -> dict[str, tuple[Distribution, Path]]:
    """Follow requirements; what is needed and not installed is left out, as it is when a program runs."""
    found: dict[str, tuple[Distribution, Path]] = {}
    followed: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        extras = [extra for extra in ("", *requirement.extras) if (name, extra) not in followed]
        if name in OURS or not extras:
            continue
        followed.update((name, extra) for extra in extras)
        if name not in found:
            there = next(_find(requirement.name), None)
            if there is None or _is_a_courses(there[0], own):
                continue
            found[name] = there
        wanted += _needs(found[name][0], extras)
    return found


def _needs(distribution: Distribution, extras: Sequence[str]) -> Iterator[Requirement]:
    for needed in _said(distribution).requires:
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
            yield needed


@dataclass(frozen=True)
class _Said:
    """What a distribution says about itself."""

    version: str
    requires: tuple[Requirement, ...]


#: By the text it stands in. A grader process asks for every run; to find that a text is the same takes a hundredth of
#: what it takes to read one as mail.
_read: dict[tuple[str | None, ...], _Said] = {}


def _said(distribution: Distribution) -> _Said:
    text = tuple(distribution.read_text(name) for name in ("METADATA", "PKG-INFO", "requires.txt"))
    if text not in _read:
        _read[text] = _Said(distribution.version, tuple(map(Requirement, distribution.requires or ())))
    return _read[text]


def _library(name: str, distribution: Distribution, folder: Path, own: Collection[str] = ()) -> Library:
    secret = frozenset({*SECRET_PACKAGES, *own})
    record = distribution.read_text("RECORD")  # what the installer of a wheel wrote down
    shown = _shown_of(_unlisted(name, distribution, folder), secret) if record is None else _listed(record, secret)
    if _is_editable(distribution):
        raise LibrariesError(EDITABLE.format(name=name))
    return Library(name, _said(distribution).version, folder, shown)


@cache
def _listed(record: str, secret: frozenset[str]) -> frozenset[str]:
    return _shown_of((row[0] for row in csv.reader(record.splitlines()) if row), secret)


def _shown_of(files: Iterable[str], secret: Collection[str]) -> frozenset[str]:
    return frozenset(file for file in files if _is_shown(file.split("/"), secret))


def _unlisted(name: str, distribution: Distribution, folder: Path) -> Iterator[str]:
    """The files of packages and modules that a list of names claims. Debian keeps that one alone.

    Raises:
        LibrariesError: there is none, or one of the names is a namespace, which others may share.
    """
    tops = (distribution.read_text("top_level.txt") or "").split()
    information = [path for path in folder.glob("*.*-info") if canonicalize_name(path.name.split("-")[0]) == name]
    if not tops:
        raise LibrariesError(WITHOUT_LIST.format(name=name))
    for top in tops:
        modules = [folder / f"{top}{suffix}" for suffix in all_suffixes() if (folder / f"{top}{suffix}").is_file()]
        package = folder / top
        if not modules and not (package / "__init__.py").is_file():
            raise LibrariesError(WITHOUT_LIST.format(name=name))
        found = [*modules, *package.rglob("*"), *(path / file for path in information for file in METADATA)]
        yield from (path.relative_to(folder).as_posix() for path in found if path.is_file())


def _is_shown(parts: list[str], secret: Collection[str]) -> bool:
    if parts[0].partition(".")[0] in secret or not {"", ".", "..", "__pycache__"}.isdisjoint(
        parts
    ):  # "": an absolute path
        return False
    if parts[0].endswith(INFORMATION):
        return len(parts) == 2 and parts[1] in METADATA
    return len(parts) > 1 or not parts[0].endswith(".pth")


def _is_editable(distribution: Distribution) -> bool:
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")
    return bool(origin.get("dir_info", {}).get("editable"))


def versions(libraries: Iterable[Library]) -> str:
    """One line that is another one when the list is, for the key of a verdict."""
    return " ".join(f"{library.name}=={library.version}" for library in libraries)


def declared_names(declared: Iterable[str]) -> tuple[str, ...]:
    """What a course declares beyond `ALWAYS`, the same however spelt or ordered: names and extras, without versions.

    Raises:
        LibrariesError: one is unreadable, not installed, or this project itself.
    """
    wanted = map(_parsed, declared)
    names = {f"{canonicalize_name(one.name)}{sorted(one.extras) or ''}" for one in wanted}
    return tuple(sorted(names - set(ALWAYS)))


def import_names(library: Library) -> frozenset[str]:
    """What can be written after `import` because this distribution is there."""
    modules = (file for file in library.files if file.endswith(tuple(all_suffixes())))
    return frozenset(name for module in modules if (name := module.split("/")[0].split(".")[0]).isidentifier())


def withheld(libraries: Iterable[Library]) -> tuple[str, ...]:
    """The names of distributions that are installed here and that students' code cannot import; not this project."""
    return tuple(sorted(_installed() - {library.name for library in libraries} - OURS))


def _installed() -> set[str]:
    found = distributions(path=[str(folder) for folder in package_folders()])
    return {canonicalize_name(name) for one in found if (name := one.metadata["Name"])}


def not_found(text: str) -> tuple[str, ...]:
    """The top-level names that Python did not find, by its own words in what a student's code said; untrusted."""
    return tuple(dict.fromkeys(NOT_FOUND.findall(text)))


def providers(names: Collection[str]) -> dict[str, str]:
    """The installed distribution behind each import name that has one here."""
    return {name: canonicalize_name(found[0]) for name, found in packages_distributions().items() if name in names}


def needed_here(*extras: str) -> set[str]:
    """The names of the distributions that this project needs itself, with extras of its own."""
    ours = [one for name in OURS for one in itertools.islice(distributions(name=name), 1)]
    return {name for one in ours for name in _closure(list(_needs(one, ["", *extras])))}
