"""The course that travels with the autograder: in a wheel as package data, in a clone at the top of the repository.

There is one copy to edit, course/ of the repository. Building the wheel takes it in (pyproject.toml, force-include).
"""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

from ..contract.failures import CourseError
from .beside import NOT_DATA
from .build import MADE, build
from .folder import Course

__all__ = ["IN_WHEEL", "carried", "lay_out"]

IN_WHEEL = "carried"  # the folder of the package that holds it there
TEXT = "course"
SETTINGS = "nbgrader_config.py"
WRITTEN = (TEXT, SETTINGS, *MADE)


def carried() -> Path:
    """The folder that holds the carried course/ and nbgrader_config.py.

    Raises:
        CourseError: neither wheel nor clone: somebody copied the package alone.
    """
    package = Path(str(files("autograde")))
    for folder in (package / IN_WHEEL, package.parent):
        if (folder / TEXT).is_dir() and (folder / SETTINGS).is_file():
            return folder
    raise CourseError(
        f"This autograder carries no course: expected {package / IN_WHEEL / TEXT}, as in a wheel, or "
        f"{package.parent / TEXT}, as in a clone. Install it from its wheel or its repository."
    )


def lay_out(target: Path) -> Course:
    """Write a course folder: the carried text and settings, and the notebooks built from them.

    Args:
        target: made where it is missing. What else is in it stays.

    Raises:
        CourseError: something that would be written is there already, or the folder cannot be written.
    """
    _refuse_what_is_there(target)
    try:
        target.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=target, prefix=".init-") as scratch:
            made = Path(scratch)
            _copy(carried(), made)
            build(made)
            for name in WRITTEN:
                os.rename(made / name, target / name)
    except OSError as error:
        raise CourseError(
            f"Cannot write a course folder at {target}: {error.strerror}. Choose a folder that is yours to write."
        ) from error
    return Course(target.resolve())


def _copy(origin: Path, target: Path) -> None:
    shutil.copytree(origin / TEXT, target / TEXT, ignore=shutil.ignore_patterns(*NOT_DATA))
    shutil.copyfile(origin / SETTINGS, target / SETTINGS)


def _refuse_what_is_there(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise CourseError(f"{target} is a file. Expected a folder for the course, or a name that is free.")
    there = [name for name in WRITTEN if os.path.lexists(target / name)]
    if there:
        raise CourseError(
            f"{target} holds {', '.join(there)} already, and nothing is overwritten. Choose another folder; or, to "
            "build the notebooks of the course that is there, run `autograde build` in it."
        )
