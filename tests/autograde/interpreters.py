"""The Pythons of this machine that a course could name: this one always, and of others one for each version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from autograde.course.libraries import allowed

LEAST = 10  # of Python 3
TINY = """from importlib.resources import files

def columns(*names):
    return {name: [] for name in names}

def words():
    return files(__name__).joinpath("words.txt").read_text().split()
"""


def interpreters() -> dict[str, Path]:
    """Their programs by version, as in "3.12"; beside this one whatever the path and the folder of Pythons have."""
    here = f"3.{sys.version_info.minor}"
    found = {here: Path(sys.base_prefix, "bin", f"python{here}")}
    for minor in range(LEAST, 30):
        on_path = shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin")
        if on_path:
            found.setdefault(f"3.{minor}", Path(on_path))
    for program in sorted(Path(sys.base_prefix).parent.glob("3.*/bin/python3")):
        number = re.match(r"3\.(\d+)", program.parent.parent.name)
        if number and int(number[1]) >= LEAST:
            found.setdefault(f"3.{number[1]}", program)
    return found


def made_environment(folder: Path, program: Path) -> Path:
    """A virtual environment of that Python with one small library, made without any network; its program."""
    subprocess.run([str(program), "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    (packages,) = folder.glob("lib/python3*/site-packages")
    install(packages, "tinytable", "2.5", {"__init__.py": TINY, "words.txt": "one two three\n"})
    return folder / "bin" / "python"


def install(packages: Path, name: str, version: str, files: Mapping[str, str], points: str = "") -> None:
    """Lay out a library as an installer would."""
    information = packages / f"{name}-{version}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (information / "direct_url.json").write_text(f'{{"url": "file://{packages}"}}')
    if points:
        (information / "entry_points.txt").write_text(points)
    for file, content in files.items():
        (packages / name / file).parent.mkdir(parents=True, exist_ok=True)
        (packages / name / file).write_text(content)
    (information / "RECORD").write_text("".join(f"{name}/{file},,\n" for file in files))


def furnished_environment(folder: Path) -> Path:
    """An environment of this Python with copies of what students' code may always import; its program."""
    program = made_environment(folder, interpreters()[f"3.{sys.version_info.minor}"])
    (packages,) = folder.glob("lib/python3*/site-packages")
    for library in allowed():
        for file in library.files:
            target = packages / file
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                _link_or_copy(library.folder / file, target)
    return program


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
