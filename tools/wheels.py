"""Both wheels as users get them: built, and installed where the sources are out of reach. For tests/wheels.

An environment gets hard links to exactly the files of the distributions that a wheel asks for, and whatever those ask
for: what is not declared is not there. Nothing is fetched, so it runs without a network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["Built", "Environment", "build", "install", "python_for_everybody"]

OURS = ("machine-room", "machine-room-autograde", "machine-room-hub")


@dataclass(frozen=True)
class Built:
    """What `hatchling build` makes of one distribution."""

    wheel: Path
    sdist: Path

    def names(self) -> set[str]:
        with ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def read(self, name: str) -> bytes:
        with ZipFile(self.wheel) as archive:
            return archive.read(name)

    def contents(self) -> dict[str, bytes]:
        return {name: self.read(name) for name in self.names()}

    def rebuilt(self, scratch: Path) -> Built:
        """Return what the source archive builds, unpacked where nothing else is."""
        with tarfile.open(self.sdist) as archive:
            archive.extractall(scratch, filter="data")
        [folder] = scratch.iterdir()
        return build(folder, scratch / "rebuilt")

    def metadata(self) -> dict[str, list[str]]:
        """The headers of METADATA, and under "" the description."""
        [name] = [name for name in self.names() if name.endswith(".dist-info/METADATA")]
        message = HeaderParser().parsestr(self.read(name).decode("utf-8"))
        headers = {key: [str(value) for value in message.get_all(key, [])] for key in set(message.keys())}
        return {**headers, "": [str(message.get_payload())]}


@dataclass(frozen=True)
class Environment:
    """An environment with wheels in it, and an empty folder that is home and working directory."""

    root: Path
    home: Path

    @property
    def python(self) -> Path:
        return self.root / "bin" / "python"

    def run(self, *arguments: object, home: Path | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run one of the environment's programs, with nothing of the tests' own environment variables."""
        name, *rest = map(str, arguments)
        return subprocess.run(
            [str(self.root / "bin" / name), *rest],
            cwd=home or self.home,
            env={"HOME": str(home or self.home), "PATH": f"{self.root / 'bin'}:/usr/bin:/bin", **variables},
            capture_output=True,
            text=True,
            encoding=variables.get("PYTHONIOENCODING", "utf-8"),
            check=False,
        )


def build(folder: Path, out: Path) -> Built:
    """Build the distribution of a folder with the pinned backend of this environment."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", str(out)], cwd=folder, check=True)
    [wheel], [sdist] = out.glob("*.whl"), out.glob("*.tar.gz")
    return Built(wheel, sdist)


def install(
    built: Iterable[Built],
    folder: Path,
    *,
    extras: Iterable[str] = (),
    also: Iterable[str] = (),
    instead: Mapping[str, Path] = MappingProxyType({}),
    python: str = sys.executable,
) -> Environment:
    """Install wheels, and what they ask for with these extras, into a new environment; pip finds nothing missing.

    Args:
        built: the wheels.
        folder: the environment's and its home's.
        extras: of the wheels.
        also: names of other distributions, and what they need.
        instead: by a distribution's name, the wheel of another version of it than is here.
        python: of this version, on which the environment is built.
    """
    environment = Environment(folder / "environment", folder / "home")
    environment.home.mkdir(parents=True)
    subprocess.run([python, "-m", "venv", "--symlinks", "--without-pip", str(environment.root)], check=True)
    wheels = list(built)
    asked = [Requirement(line) for one in wheels for line in one.metadata().get("Requires-Dist", ())]
    packages = environment.root / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for name in sorted(_needed([*asked, *map(Requirement, also)], extras) - set(instead)):
        _put(metadata.distribution(name), packages)
        _write_programs(metadata.distribution(name), environment)
    pip = [sys.executable, "-m", "pip", "--python", str(environment.python)]
    files = [*(str(one.wheel) for one in wheels), *map(str, instead.values())]
    subprocess.run([*pip, "install", "--quiet", "--no-index", "--no-deps", *files], check=True)
    subprocess.run([*pip, "check"], check=True)
    return environment


def python_for_everybody(folder: Path) -> str:
    """Return a Python of this version that every account can run: this one, or a copy of it where others cannot go."""
    base = Path(sys.base_prefix).resolve()
    program = Path("bin") / f"python{sys.version_info.major}.{sys.version_info.minor}"
    if not all(parent.stat().st_mode & 0o001 for parent in (base, *base.parents)):
        left_out = shutil.ignore_patterns("site-packages", "test", "__pycache__")
        shutil.copytree(base, folder, symlinks=True, ignore=left_out)
        _look_beside(folder / program, base)
        base = folder
    return str(base / program)


def _look_beside(program: Path, base: Path) -> None:
    """Where a Python loads its library by a whole path, let a copy load the copy's: a text of the same length."""
    content, there = program.read_bytes(), str(base / "lib").encode()
    program.write_bytes(content.replace(there + b"\0", b"$ORIGIN/../lib".ljust(len(there) + 1, b"\0")))


def _needed(asked: Iterable[Requirement], extras: Iterable[str]) -> set[str]:
    """Return the names of all that is asked for, directly or not, ours left out."""
    found: set[tuple[str, str]] = set()
    pending = [(entry, extra) for extra in ("", *extras) for entry in asked]
    while pending:
        entry, of_extra = pending.pop()
        name = canonicalize_name(entry.name)
        if name in OURS or (entry.marker and not entry.marker.evaluate({"extra": of_extra})):
            continue
        for extra in {"", *entry.extras} - {extra for known, extra in found if known == name}:
            found.add((name, extra))
            pending += [(Requirement(line), extra) for line in metadata.requires(name) or ()]
    return {name for name, _ in found}


def _write_programs(distribution: metadata.Distribution, environment: Environment) -> None:
    """Write an installed distribution's commands, for the Python of another environment."""
    for entry in distribution.entry_points.select(group="console_scripts"):
        program = environment.root / "bin" / entry.name
        program.write_text(
            f"#!{environment.python}\nimport sys\nfrom {entry.module} import {entry.attr.partition('.')[0]}\n"
            f"sys.exit({entry.attr}())\n"
        )
        program.chmod(0o755)


def _put(distribution: metadata.Distribution, packages: Path) -> None:
    """Link an installed distribution's files into another environment; its scripts name this Python, so not those."""
    for file in distribution.files or ():
        source, target = Path(str(distribution.locate_file(file))), packages / file
        if file.parts[-2:-1] == ("bin",) or not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(source, target)
        except FileExistsError:  # two distributions of one namespace
            continue
        except OSError:  # another file system
            shutil.copy2(source, target)
