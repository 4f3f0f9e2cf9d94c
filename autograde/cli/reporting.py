"""`autograde report`: what the class understood, in the terminal, as pages, and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..contract.failures import CourseError
from ..contract.moments import shown
from ..contract.verdict import Verdict
from ..course.folder import Course
from ..report.terminal import complain, console
from .options import course_option

if TYPE_CHECKING:
    from ..report.gather import Graded
    from ..report.page import AssignmentReport

__all__ = ["report"]

FOLDER = "reports"  # in the course folder
PRIVATE = 0o700


@click.command()
@click.argument("assignments", nargs=-1)
@click.option("--page", is_flag=True, help="Write pages: reports/<assignment>.html, and reports/index.html.")
@click.option("--examples", is_flag=True, help="On the page, one student's answer for each mistake, without its words.")
@click.option("--json", "as_json", is_flag=True, help="Print all that is counted as JSON, one line an assignment.")
@click.option("--csv", "as_csv", is_flag=True, help="Print who needs a look as CSV.")
@course_option
def report(assignments: tuple[str, ...], page: bool, examples: bool, as_json: bool, as_csv: bool, root: Path) -> None:
    """What the class understood, from the verdicts of the last grading; of ASSIGNMENTS, or of all that were graded.

    The pages name students and what is odd about their work: they are readable by you alone.
    """
    if sum((page, as_json, as_csv)) > 1 or (examples and not page):
        raise CourseError("Expected one of --page, --json and --csv; --examples goes with --page.")
    course = Course(root.resolve())
    wanted = course.named(assignments)
    graded = list(assignments) or [one for one in wanted if _has_verdicts(course, one)]
    if page:
        _write_pages(course, graded, with_examples=examples)
    elif as_json or as_csv:
        _print(course, graded, as_csv=as_csv)
    else:
        for assignment in graded:
            _show(course, assignment)


def _has_verdicts(course: Course, assignment: str) -> bool:
    return any(course.journal(assignment, master.stem).exists() for master in course.masters(assignment))


def _graded(course: Course, assignment: str, notebook: str) -> Graded:
    from ..grading.journal import Journal
    from ..report.gather import Graded

    journal = Journal(course.journal(assignment, notebook))
    complain([journal.complaint])
    return Graded(_without_outputs(journal), _without_outputs(journal.earlier()))


def _without_outputs(verdicts: Iterable[Verdict]) -> Iterator[Verdict]:
    return (verdict.without_outputs() for verdict in verdicts)


def _show(course: Course, assignment: str) -> None:
    from ..gradebook.standings import read_roll
    from ..report.table import show

    masters = course.masters(assignment)
    verdicts = [verdict for master in masters for verdict in _graded(course, assignment, master.stem).last]
    show(verdicts, title=assignment, console=console(), roll=read_roll(course.root, assignment))


def _reports(course: Course, assignments: Sequence[str], *, with_names: bool, **how: bool) -> list[AssignmentReport]:
    from ..gradebook.standings import read_roll
    from ..report.gather import assignment_report

    found = []
    for assignment in assignments:
        roll = read_roll(course.root, assignment) if with_names else None
        names = roll.names if roll else {}
        of = partial(_graded, course, assignment)
        found.append(assignment_report(course, assignment, of, names=names, **how))
    return found


def _print(course: Course, assignments: Sequence[str], *, as_csv: bool) -> None:
    from ..report.tables import looks_csv, report_json

    reports = _reports(course, assignments, with_names=as_csv)
    if as_csv:
        click.echo(looks_csv(reports), nl=False)
    else:
        for one in reports:
            click.echo(json.dumps(report_json(one)))


def _write_pages(course: Course, assignments: Sequence[str], *, with_examples: bool) -> None:
    from ..gradebook.files import require_folder, write_private
    from ..report.page import assignment_page, course_page

    folder = course.root / FOLDER
    require_folder(folder)
    folder.mkdir(mode=PRIVATE, exist_ok=True)
    made = f"made {shown(datetime.now(UTC))} by {version('machine-room-autograde')}"
    reports = _reports(course, assignments, with_names=True, with_examples=with_examples)
    out = console()
    for one in reports:
        write_private(folder / f"{one.assignment}.html", assignment_page(one, made))
        out.print(f"{folder / one.assignment}.html", markup=False, highlight=False, soft_wrap=True)
    elsewhere = sorted({path.stem for path in folder.glob("*.html")} & set(course.assignments()) - set(assignments))
    write_private(folder / "index.html", course_page(reports, made, elsewhere))
    out.print(f"{folder / 'index.html'}", markup=False, highlight=False, soft_wrap=True)
