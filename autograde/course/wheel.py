"""The library's wheel, made again from the installed library: no build backend, no network, the same bytes each time.

The files are those that Python imports here, so it does not matter whether the library was installed from a wheel or
lies in a clone. A test compares the result with what the build backend makes. A course's own package becomes a wheel
the same way, from its folder alone.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from packaging.version import InvalidVersion, Version

import machine_room

from ..contract.failures import CourseError
from .packages import GROUP, CoursePackage

__all__ = ["LIBRARY", "own_wheel", "wheel_files", "wheel_name", "write_zip"]

LIBRARY = "machine-room"
_PACKAGE = "machine_room"
#: What an installer writes into the metadata of what it has installed.
_OF_THE_INSTALLER = {"INSTALLER", "RECORD", "REQUESTED", "WHEEL", "direct_url.json"}
_WHEEL = "Wheel-Version: 1.0\nGenerator: autograde\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_LONG_AGO = (2020, 2, 2, 0, 0, 0)


def wheel_name() -> str:
    """The wheel's file name."""
    return f"{_PACKAGE}-{machine_room.__version__}-py3-none-any.whl"


def wheel_files() -> dict[str, bytes]:
    """Return what the wheel holds, by name, RECORD included.

    Raises:
        CourseError: the library is installed in another version than its files say.
    """
    installed = metadata.distribution(LIBRARY)
    if installed.version != machine_room.__version__:
        raise CourseError(
            f"The library is installed as {installed.version}, but its files are {machine_room.__version__}. "
            "Install it again, both distributions in one command, and make the kit then."
        )
    info = f"{_PACKAGE}-{installed.version}.dist-info"
    return _recorded({**_package(), **_beside(installed, info)}, info)


def own_wheel(package: CoursePackage) -> tuple[str, dict[str, bytes]]:
    """Return the file name of an own package's wheel, and what it holds, by name, RECORD included.

    Its metadata name no library that it needs: an install line with machine-room's bare name would fetch whatever an
    index has under it. Both wheels are installed in one command.

    Raises:
        CourseError: its `__version__` is none.
    """
    version = _version_of(package)
    info = f"{package.name}-{version}.dist-info"
    name = package.name.replace("_", "-")
    files = {f"{package.name}/{file}": path.read_bytes() for file, path in package.files}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    files[f"{info}/entry_points.txt"] = f"[{GROUP}]\n{package.name} = {package.name}\n".encode()
    return f"{package.name}-{version}-py3-none-any.whl", _recorded(files, info)


def _version_of(package: CoursePackage) -> str:
    """The package's `__version__`, read and not run; 0 where it says none."""
    place = package.folder / "__init__.py"
    found = re.search(r"""^__version__ = ["']([^"']+)["']""", place.read_text(encoding="utf-8"), re.MULTILINE)
    try:
        return str(Version(found.group(1) if found else "0"))
    except InvalidVersion:
        raise CourseError(
            f"{place} says a __version__ that is none for a wheel. Write it as numbers with dots, as in "
            '__version__ = "2026.1".'
        ) from None


def _recorded(contents: Mapping[str, bytes], info: str) -> dict[str, bytes]:
    files = dict(sorted(contents.items()))
    files[f"{info}/WHEEL"] = _WHEEL.encode()
    record = "".join(f"{name},sha256={_digest(content)},{len(content)}\n" for name, content in files.items())
    return {**files, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}


def write_zip(path: Path | BinaryIO, files: Mapping[str, bytes]) -> None:
    """Write an archive that is the same for the same files, whenever and wherever it is made."""
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = ZipInfo(name, _LONG_AGO)
            entry.external_attr = 0o644 << 16
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, content)


def _package() -> dict[str, bytes]:
    """The package as it lies here."""
    root = Path(machine_room.__file__).parent
    return {
        f"{_PACKAGE}/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix not in (".pyc", ".unfinished")
    }


def _beside(installed: metadata.Distribution, info: str) -> dict[str, bytes]:
    """What the distribution has beside the package: its metadata, and data that lies below the environment's root."""
    found = {}
    for file in installed.files or ():
        path = Path(str(installed.locate_file(file))).resolve()
        if file.parts[0].endswith(".dist-info") and file.name not in _OF_THE_INSTALLER:
            found[f"{info}/{PurePosixPath(*file.parts[1:])}"] = path.read_bytes()
        elif file.parts[0] == ".." and file.parts[-2] not in ("bin", "Scripts"):
            below = path.relative_to(Path(sys.prefix).resolve()).as_posix()
            found[f"{_PACKAGE}-{installed.version}.data/data/{below}"] = path.read_bytes()
    return found


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
