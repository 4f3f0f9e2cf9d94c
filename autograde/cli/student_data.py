"""Commands on what is recorded about students: `export`, `forget`, `expire`. docs/student-data.md is their page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..contract.endings import Code
from ..contract.names import escaped
from ..course.folder import Course
from ..report.terminal import complain
from .options import course_option

if TYPE_CHECKING:
    from ..grading.records import Recorded

__all__ = ["COMMANDS"]

DB = "The gradebook's database; default: the course's (nbgrader_config.py)."


def _say(line: str) -> None:
    click.echo(escaped(line, 1000))


@click.command()
@click.argument("student")
@click.option(
    "--to", "target", type=click.Path(path_type=Path), help="A new folder or .zip file; default: exports/STUDENT."
)
@click.option("--db", default="", help=DB)
@course_option
def export(student: str, target: Path | None, db: str, root: Path) -> None:
    """Everything that is recorded about STUDENT, as a folder that its owner alone can read, with an index."""
    from ..contract.records import student_named
    from ..grading.export import export as run_export
    from ..grading.export import safe_name

    made = run_export(
        Course(root.resolve()), student, target or Path("exports") / safe_name(student_named(student)), db
    )
    size = sum(file.size_bytes for file in made.files)
    _say(f"{made.target}: {len(made.files)} files, {size:,} bytes. README.txt in it says what is what.")
    for one in made.recorded.named_in:
        _say(f"also named in {one}, which is not theirs alone and is not in it")
    complain([f"left out: {one.what}: {one.why}." for one in made.left_out])
    if made.left_out:
        sys.exit(Code.NOT_ALL)


@click.command()
@click.argument("student")
@click.option("--yes", is_flag=True, help="Do it. Without it the command only lists what would go.")
@click.option("--db", default="", help=DB)
@course_option
def forget(student: str, yes: bool, db: str, root: Path) -> None:
    """Remove everything that is recorded about STUDENT. First without --yes: it lists what would go."""
    from ..grading.records import forget as run_forget
    from ..grading.records import nothing_recorded, recorded

    course = Course(root.resolve())
    if not yes:
        found = recorded(course, student, db)
        if found.is_empty:
            raise nothing_recorded(course, student)
        _list(found)
        _say("Nothing was changed. The same command with --yes removes all of this. It cannot be undone.")
        _say_what_stays(found)
        return
    left = run_forget(course, student, db)
    if left.places:
        _list(left)
        complain(["This is left: it is another user's to remove. Let that user, or root, run the same command."])
        sys.exit(Code.NOT_ALL)
    _say(f"{student} is forgotten in {course.root}.")
    _say_what_stays(left)


@click.command()
@click.option("--yes", is_flag=True, help="Do it. Without it the command only lists what would go.")
@course_option
def expire(yes: bool, root: Path) -> None:
    """Remove what is older than [retention] in autograde.toml says. First without --yes: it lists what would go."""
    from ..grading.retention import expire as run_expire
    from ..grading.retention import expired

    course = Course(root.resolve())
    found = run_expire(course) if yes else expired(course)
    for one in found:
        _say(one.where)
    if not found:
        _say("Nothing is older than it should be.")
    elif yes:
        _say(f"{len(found)} were removed. The gradebook's rows stay: `autograde forget` removes those of one student.")
    else:
        _say(f"Nothing was changed. The same command with --yes removes these {len(found)}. It cannot be undone.")


def _list(found: Recorded) -> None:
    if found.unfinished:
        _say("begun before and stopped: the rest of it")
    for place, things in found.places:
        for one in things:
            _say(f"{place.name:<12} {one.where}: {one.what}")


def _say_what_stays(found: Recorded) -> None:
    for one in found.named_in:
        _say(f"stays: {one} names them, and is not theirs alone")
    for one in found.out_of_reach:
        _say(f"out of reach: {one}")


COMMANDS = (export, forget, expire)
