"""`autograde why`: where somebody's grade comes from."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..contract.failures import CourseError
from ..contract.names import escaped
from ..contract.provenance import Provenance
from ..course.folder import Course
from ..report.terminal import complain
from ..report.why import why_json, why_lines
from .options import course_option

__all__ = ["why"]


@click.command()
@click.argument("student")
@click.argument("assignment")
@click.argument("exercise", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, one line a notebook, for programs.")
@course_option
def why(student: str, assignment: str, exercise: str | None, as_json: bool, root: Path) -> None:
    """Why STUDENT has this grade: file, edition, versions, each check, being late, and what was changed by hand.

    With EXERCISE, of that one alone, with the whole message. Nothing is run, and nothing changes.
    """
    found = _found(Course(root.resolve()), student, assignment)
    known = sorted({cell.exercise for one in found for cell in one.verdict.cells if cell.exercise})
    if exercise is not None and exercise not in known:
        raise CourseError(f"{assignment} has no check of {escaped(exercise)}. Expected one of: {', '.join(known)}.")
    for one in found:
        if as_json:
            click.echo(json.dumps(why_json(one, exercise)))
        else:
            click.echo("\n".join(why_lines(one, exercise)))


def _found(course: Course, student: str, assignment: str) -> list[Provenance]:
    from ..grading.journal import Journal
    from ..grading.provenance import provenance

    found = []
    for master in course.read_masters(assignment):
        journal = Journal(course.journal(assignment, master.name))
        complain([journal.complaint])
        found.append(provenance(course, master, student, journal))
    if not any(found):
        raise CourseError(
            f"Nothing of {escaped(student)} was graded for {assignment}. Correct the name, or run `autograde grade`."
        )
    return [one for one in found if one is not None]
