"""`autograde new-course`, `new-assignment`, `new-exercise`, `new-picture`: something to begin with that works."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..report.terminal import console
from .options import course_option

__all__ = ["COMMANDS"]


@click.command("new-course")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("package")
def new_course(folder: Path, package: str) -> None:
    """Lay out a course of your own in FOLDER, with a Python package PACKAGE for its exercises and pictures."""
    from ..course.skeletons import new_course as write

    _tell(write(folder.resolve(), package), "autograde new-assignment 01-beginning")


@click.command("new-assignment")
@click.argument("assignment")
@course_option
def new_assignment(assignment: str, root: Path) -> None:
    """Write the text of ASSIGNMENT, for example 03-noise, and the module of its exercises."""
    from ..course.skeletons import new_assignment as write

    _tell(write(root.resolve(), assignment), f"autograde new-exercise {assignment} my_function")


@click.command("new-exercise")
@click.argument("assignment")
@click.argument("name")
@course_option
def new_exercise(assignment: str, name: str, root: Path) -> None:
    """Write an exercise that asks for the function NAME, with its cells at the end of the text."""
    from ..course.skeletons import new_exercise as write

    _tell(write(root.resolve(), assignment, name), f"autograde build && autograde verify {assignment}")


@click.command("new-picture")
@click.argument("assignment")
@click.argument("name")
@course_option
def new_picture(assignment: str, name: str, root: Path) -> None:
    """Write a picture explore.NAME with a slider, with its cell at the end of the text."""
    from ..course.skeletons import new_picture as write

    _tell(write(root.resolve(), assignment, name), "autograde build")


def _tell(written: Sequence[Path], following: str) -> None:
    out = console()
    for path in written:
        out.print(f"wrote {path}", highlight=False, soft_wrap=True, markup=False)
    out.print(f"Change what is there to what you want, and then: {following}", highlight=False, markup=False)


COMMANDS = (new_course, new_assignment, new_exercise, new_picture)
