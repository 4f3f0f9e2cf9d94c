"""The Python that a course names for its students' code: another environment's, with its own libraries.

`python` in autograde.toml names its program. It is run once, outside of the box and as whoever grades, to say where its
parts are; the box then shows those read-only. Of ours nothing has to be installed there.

*Called by* the run, the doctor. *Trust*: the program is the instructor's, as the environment that grades is. So one
that anybody else may write to is refused before it runs.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import all_suffixes
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from machine_room.packages import GROUP

from ..contract.failures import CourseError
from ..contract.names import escaped
from .libraries import OURS, SECRET_PACKAGES

__all__ = ["LEAST", "Environment", "EnvironmentUnusable", "Interpreter", "environment_of", "this_interpreter"]

LEAST = (3, 10)  # what runs in the box is written for it, and tried with it
ANSWER_SECONDS = 60.0
FOLDERS = ("site-packages", "dist-packages")
#: What says where on this machine something was installed from, and is of no use in the box.
OF_THIS_MACHINE = (".pth", ".egg-link")
ORIGIN = "direct_url.json"
PROBE = """
import json, os, platform, sys, sysconfig
print("\\n" + json.dumps({
    "program": os.path.realpath(sys.executable),
    "implementation": platform.python_implementation(),
    "version": sys.version_info[:3],
    "prefix": os.path.realpath(sys.base_prefix),
    "standard_library": os.path.realpath(sysconfig.get_path("stdlib")),
    "multiarch": sysconfig.get_config_var("MULTIARCH") or "",
    "path": sys.path,
    "modules": sorted(getattr(sys, "stdlib_module_names", ())),
}))
"""
NAME_IT = 'Name the program of the environment, as in python = "../course-env/bin/python".'


class EnvironmentUnusable(CourseError):
    """The environment that a course names cannot be used; the sentence says which, why, and what to do."""


@dataclass(frozen=True)
class Interpreter:
    """A Python, by what the box shows of it."""

    program: Path  # no link
    prefix: Path  # of the installation, not of a virtual environment
    standard_library: Path
    multiarch: str = ""  # the folder below /usr/lib with this architecture's libraries, where there is one
    version: tuple[int, int, int] = (3, 11, 0)


@dataclass(frozen=True)
class Environment:
    """Another environment: its Python, and the folders of its packages."""

    interpreter: Interpreter
    folders: tuple[Path, ...]
    covered: tuple[tuple[str, ...], ...]  # for each folder: packages in it that hold answers
    emptied: tuple[tuple[str, ...], ...]  # for each folder: files that tell of this machine
    versions: str  # Python and every distribution, in one line, for the engine
    importable: frozenset[str]  # what can be written after `import`


def this_interpreter() -> Interpreter:
    """The Python that this process runs in."""
    return Interpreter(
        Path(sys.executable).resolve(),
        Path(sys.base_prefix).resolve(),
        Path(sysconfig.get_path("stdlib")).resolve(),
        sysconfig.get_config_var("MULTIARCH") or "",
        sys.version_info[:3],
    )


def environment_of(root: Path, named: str, own: Collection[str] = ()) -> Environment:
    """Ask the Python that a course names where its parts are.

    Args:
        root: the course folder, from which a path is told.
        named: the path of the program, as autograde.toml has it.
        own: the import names of the course's own packages, which hold answers.

    Raises:
        EnvironmentUnusable: it is not there, is no Python, too old, or somebody else may write to it.
    """
    program = root / named
    _must_be_a_program(program, named)
    _must_be_safe(root, [program])
    said = _asked(program, named)
    version = tuple(said["version"])
    if said["implementation"] != "CPython" or version < LEAST:
        raise EnvironmentUnusable(
            f"{escaped(named)} is {said['implementation']} {'.'.join(map(str, version))}, and the sandbox runs CPython "
            f"{'.'.join(map(str, LEAST))} and newer. Make the environment anew with such a one."
        )
    interpreter = Interpreter(
        Path(said["program"]), Path(said["prefix"]), Path(said["standard_library"]), said["multiarch"], version
    )
    folders = _package_folders(said["path"])
    _must_be_safe(root, [interpreter.program, interpreter.standard_library, *folders])
    found = [sorted(distributions(path=[str(folder)]), key=_name) for folder in folders]
    names = dict.fromkeys(f"{_name(one)}=={one.version}" for several in found for one in several)
    return Environment(
        interpreter,
        folders,
        tuple(_with_answers(folder, several, own) for folder, several in zip(folders, found, strict=True)),
        tuple(_telling(folder) for folder in folders),
        f"students' {said['implementation']} {'.'.join(map(str, version))} {' '.join(names)}",
        frozenset(said["modules"]).union(*map(_importable, folders)),
    )


def _must_be_a_program(program: Path, named: str) -> None:
    if program.is_dir():
        raise EnvironmentUnusable(f"{escaped(named)} in autograde.toml is a folder. {NAME_IT}")
    if not program.is_file():
        raise EnvironmentUnusable(
            f"{escaped(named)}, the python of autograde.toml, is not there (looked for {program}). {NAME_IT}"
        )


def _asked(program: Path, named: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [str(program), "-I", "-c", PROBE],
            capture_output=True, text=True, check=True, timeout=ANSWER_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return said
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        words = getattr(error, "stderr", "") or str(error)
        last = escaped(words.strip().splitlines()[-1] if words.strip() else type(error).__name__, 200)
        raise EnvironmentUnusable(f"{escaped(named)} does not run as Python does: {last}. {NAME_IT}") from error


def _package_folders(path: Iterable[str]) -> tuple[Path, ...]:
    wanted = [Path(entry) for entry in path if Path(entry).name in FOLDERS]
    return tuple(dict.fromkeys(folder.resolve() for folder in wanted if folder.is_dir()))


# --- who may write there


def _must_be_safe(root: Path, paths: Iterable[Path]) -> None:
    """Refuse what a student could change: it would run as whoever grades, and in everyone's box."""
    submitted = (root / "submitted").resolve()
    for path in paths:
        for place in (path.absolute(), path.resolve()):
            if place.is_relative_to(submitted):
                raise EnvironmentUnusable(f"{place} lies in submitted/, which is students'. Move it out of there.")
            for above in (place, *place.parents):
                if who := _who_else_may_write(above.stat()):
                    raise EnvironmentUnusable(
                        f"{who} may write to {above}, so that a student could change what runs there. Take the right "
                        "away (chmod go-w), or name an environment that is yours alone."
                    )


def _who_else_may_write(seen: os.stat_result) -> str:
    if seen.st_mode & stat.S_ISVTX and stat.S_ISDIR(seen.st_mode):  # /tmp: what lies in it is its owner's
        return ""
    if seen.st_mode & stat.S_IWOTH:
        return "Everybody"
    if seen.st_mode & stat.S_IWGRP and not _is_own_group(seen):
        return f"The group {_group(seen.st_gid)}"
    return ""


def _is_own_group(seen: os.stat_result) -> bool:
    """Whether the group is root's, or of its owner alone, as many systems make one for each user."""
    if seen.st_gid == 0:
        return True
    try:
        group, owner = grp.getgrgid(seen.st_gid), pwd.getpwuid(seen.st_uid)
    except KeyError:
        return False
    return owner.pw_gid == seen.st_gid and group.gr_name == owner.pw_name and set(group.gr_mem) <= {owner.pw_name}


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


# --- what is in its folders


def _name(one: Distribution) -> str:
    return canonicalize_name(one.metadata["Name"] or "")


def _with_answers(folder: Path, found: Iterable[Distribution], own: Collection[str]) -> tuple[str, ...]:
    """What of a folder holds this project's answers or a course's: it is not shown."""
    tops = {*SECRET_PACKAGES, *own}
    for one in found:
        if _name(one) in OURS or any(point.group == GROUP for point in one.entry_points):
            tops |= {file.parts[0] for file in one.files or () if len(file.parts) > 1 and "." not in file.parts[0]}
    return tuple(sorted(top for top in tops if (folder / top).is_dir()))


def _telling(folder: Path) -> tuple[str, ...]:
    """The files of a folder that tell where on this machine something came from."""
    found = [path.name for path in folder.iterdir() if path.name.endswith(OF_THIS_MACHINE) and path.is_file()]
    found += [path.relative_to(folder).as_posix() for path in folder.glob(f"*-info/{ORIGIN}")]
    return tuple(sorted(found))


def _importable(folder: Path) -> Iterator[str]:
    suffixes = tuple(all_suffixes())
    for path in folder.iterdir():
        if path.is_dir() or path.name.endswith((".py", ".so", *suffixes)):
            yield path.name.partition(".")[0]
