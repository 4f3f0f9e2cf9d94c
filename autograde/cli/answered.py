"""`autograde answers`: what a class answered in its own words and predicted, as JSON or CSV."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..course.folder import Course
from ..report.collected import Unread, answers_csv, answers_json, collected
from ..report.terminal import complain, console
from .options import course_option

__all__ = ["answers"]


@click.command()
@click.argument("assignment")
@click.option("--csv", "as_csv", is_flag=True, help="A table for a spreadsheet, not JSON.")
@click.option("--anonymous", is_flag=True, help="Numbers in the place of names. What somebody wrote may name them.")
@click.option("--to", "target", type=click.Path(dir_okay=False, path_type=Path), help="A file, readable by you alone.")
@course_option
def answers(assignment: str, as_csv: bool, anonymous: bool, target: Path | None, root: Path) -> None:
    """Every answer in words of ASSIGNMENT that was handed in, such as what students are still unsure about, and every
    prediction. Hand-ins that could not be read are named at the end."""
    from ..gradebook.files import write_private

    found = collected(Course(root.resolve()), assignment, anonymous=anonymous)
    text = answers_csv(found) if as_csv else json.dumps(answers_json(found), indent=1, ensure_ascii=False) + "\n"
    if target is None:
        click.echo(text, nl=False)
    else:
        write_private(target, text)
        console().print(f"{len(found.answers)} answers: {target}", markup=False, highlight=False, soft_wrap=True)
    complain([_line(one) for one in found.unread])


def _line(one: Unread) -> str:
    whose = " ".join(filter(None, (one.student, one.notebook))) or one.assignment
    return f"{whose}: {one.reason}"
