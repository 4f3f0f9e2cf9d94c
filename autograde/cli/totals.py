"""`autograde grades`: what counts, as a file that Moodle or Canvas imports."""

from __future__ import annotations

from pathlib import Path

import click

from ..contract.failures import CourseError
from ..contract.names import readable
from ..course.folder import Course
from ..report.lms import CANVAS_COLUMN, MOODLE_COLUMN, Identifier, System, write_grades
from ..report.terminal import console
from .options import course_option

__all__ = ["grades"]


@click.command()
@click.argument("assignments", nargs=-1)
@click.option(
    "--for", "system", type=click.Choice([one.value for one in System]), required=True, help="Who imports the file."
)
@click.option(
    "--by",
    type=click.Choice([one.value for one in Identifier]),
    default=Identifier.USERNAME.value,
    show_default=True,
    help="By what people are known there: nbgrader's id, email or lms_user_id of the student.",
)
@click.option("--title", "titles", multiple=True, help="ASSIGNMENT=TITLE: what an assignment is called there.")
@click.option("--missing-as-zero", is_flag=True, help="0 points, not no grade, for who handed nothing in.")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="Default: grades-<system>.csv.")
@course_option
def grades(
    assignments: tuple[str, ...],
    system: str,
    by: str,
    titles: tuple[str, ...],
    missing_as_zero: bool,
    target: Path | None,
    root: Path,
) -> None:
    """Everyone's total as a file for Moodle or Canvas, of ASSIGNMENTS or of all. Readable by you alone."""
    from ..gradebook.files import write_private
    from ..gradebook.totals import read_grades

    course = Course(root.resolve())
    wanted = course.named(assignments)
    people, found = read_grades(course.root, wanted)
    what = (System(system), Identifier(by))
    written = write_grades(people, found, *what, titles=_titles(titles, wanted), missing_as_zero=missing_as_zero)
    file = target or course.root / f"grades-{system}.csv"
    write_private(file, written.text)
    out = console()
    for line in (f"{written.people} students: {file}", _how_to(*what), *written.remarks):
        out.print(line, markup=False, highlight=False, soft_wrap=True)


def _titles(said: tuple[str, ...], assignments: list[str]) -> dict[str, str]:
    parts = [one.partition("=") for one in said]
    for name, equals, title in parts:
        if name not in assignments or not (equals and title.strip()):
            raise CourseError(
                f"Expected --title ASSIGNMENT=TITLE with an assignment of this file, got {readable(name, 60)!r}."
            )
    return {name: title for name, _, title in parts}


def _how_to(system: System, by: Identifier) -> str:
    if system is System.MOODLE:
        field = {Identifier.USERNAME: "username", Identifier.EMAIL: "useremail", Identifier.LMS_ID: "useridnumber"}[by]
        return (
            f'In Moodle: Grades, Import, CSV file. Map from "{MOODLE_COLUMN[by]}" to {field}, and each assignment to '
            "its grade item or to a new one."
        )
    column = ("Student", "ID", "SIS User ID", "SIS Login ID")[CANVAS_COLUMN[by]]
    return f"In Canvas: Grades, Import. People are found by {column}; look at what it says will change before you save."
