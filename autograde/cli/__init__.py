"""The command line: `autograde init | build | kit | verify | due | grade | serve | compare | feedback | report ...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from rich.markup import escape

from ..contract.endings import Code, ended, interrupted_once
from ..contract.failures import CourseError
from ..contract.verdict import Kept, Verdict
from ..course.folder import Course
from ..report.terminal import complain, console, flush, prepare, progress
from . import course as of_the_course
from . import skeletons, student_data
from .answered import answers
from .clusters import on_a_cluster
from .options import course_option, isolation_option
from .reasons import why
from .reporting import report
from .totals import grades
from .watching import watch

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="machine-room-autograde", prog_name="autograde")
def autograde() -> None:
    """Build, verify and grade the course "Diving into the machine room"."""


@autograde.command()
@click.argument("assignments", nargs=-1)
@isolation_option
@course_option
def verify(assignments: tuple[str, ...], isolation: str, root: Path) -> None:
    """Test the tests: every mistake caught and named, nothing correct rejected, solutions full marks, releases none."""
    from ..sandbox.process import Isolation
    from ..trial.verify import verify_assignment

    out = console()
    course = Course(root.resolve())
    course.settings().allowed()  # what is wrong with them is told before anything is tried
    failed = 0
    for assignment in course.named(assignments):
        course.read_masters(assignment)
        out.print(f"[bold]{escape(assignment)}[/bold]")
        for finding in verify_assignment(course, assignment, isolation=Isolation(isolation)):
            mark = "[green]ok  [/green]" if finding.holds else "[red]FAIL[/red]"
            out.print(f"  {mark} {escape(finding.what)}", highlight=False)
            if not finding.holds:
                failed += 1
                out.print(f"       {escape(finding.detail)}", highlight=False)
    if failed:
        raise click.ClickException(f"{failed} of the tests' own tests failed.")


@autograde.command()
@click.argument("assignment")
@click.option("--student", "students", multiple=True, help="Only this student; may be given more than once.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; default: one per core.")
@click.option("--regrade", is_flag=True, help="Renew also what another version graded, and what has its feedback out.")
@click.option("--force", is_flag=True, help="Grade again even what has not changed.")
@click.option("--json", "as_json", is_flag=True, help="Print verdicts and failures as JSON lines, for programs.")
@click.option("--db", default="", help="The gradebook's database; default: the course's (nbgrader_config.py).")
@click.option(
    "--no-serve",
    is_flag=True,
    envvar="AUTOGRADE_NO_SERVE",
    help="Grade in this process, not in the course's grader process.",
)
@click.option("--scheduler", default="", metavar="ADDRESS", help="Grade on a Dask cluster: tls://HOST:PORT.")
@click.option("--local-cluster", type=click.IntRange(min=1), metavar="N", help="The same on N workers here, for a try.")
@isolation_option
@course_option
def grade(
    assignment: str,
    students: tuple[str, ...],
    workers: int | None,
    regrade: bool,
    force: bool,
    as_json: bool,
    db: str,
    no_serve: bool,
    scheduler: str,
    local_cluster: int | None,
    isolation: str,
    root: Path,
) -> None:
    """Grade what was handed in: submitted/ -> gradebook and autograded/."""
    from dataclasses import asdict, replace

    from ..contract.failures import Failure
    from ..gradebook.standings import read_roll
    from ..grading import client, run
    from ..grading.engine import this_engine
    from ..grading.journal import to_json
    from ..grading.options import GradeOptions
    from ..report.standing import kept_summary
    from ..report.table import show
    from ..sandbox.process import Isolation

    options = GradeOptions(students, workers or 0, regrade=regrade, force=force, isolation=Isolation(isolation), db=db)
    course = Course(root.resolve())
    run_grade = run.grade if no_serve or not client.can_serve() else client.grade
    if scheduler or local_cluster:
        run_grade = on_a_cluster(scheduler, local_cluster, workers)
    kept: list[tuple[Verdict, Kept]] = []
    failures: list[Failure] = []
    complaints: list[str] = []
    with progress() as (on_start, advance):

        def on_failure(failure: Failure) -> None:
            failures.append(failure)
            advance(failure)

        verdicts = run_grade(
            course,
            assignment,
            options,
            on_start=on_start,
            on_verdict=advance,
            on_kept=lambda verdict, why: kept.append((verdict, why)),
            on_failure=on_failure,
            on_complaint=complaints.append,
        )
    complain(complaints)
    if as_json:
        for verdict in verdicts:
            click.echo(json.dumps(to_json(verdict)))
        for failure in failures:
            click.echo(json.dumps({"failure": asdict(failure)}))
    else:
        roll = read_roll(root.resolve(), assignment, db)
        if roll is not None and students:
            roll = replace(roll, missing=())  # only these were asked for
        show(verdicts, title=f"{assignment}: {len(verdicts)} graded", console=console(), failures=failures, roll=roll)
    if stands := kept_summary(kept, assignment, this_engine(course.settings().allowed(), course.packages())):
        click.echo(stands, err=as_json)
    if failures or any(verdict.grader_errors for verdict in verdicts):
        sys.exit(Code.NOT_ALL)


@autograde.command()
@click.option("--workers", type=click.IntRange(min=1), help="Hand-ins to grade at once; default: one per core.")
@click.option("--idle", default=900.0, show_default=True, help="Seconds without a client, after which it ends.")
@click.option("--background", is_flag=True, help="Return when it listens, and leave it running.")
@course_option
def serve(workers: int | None, idle: float, background: bool, root: Path) -> None:
    """The course's one grader process. `autograde grade` and nbgrader's Autograde button start it by themselves."""
    from ..grading.serve import in_the_background
    from ..grading.serve import serve as run_serve

    course = Course(root.resolve())
    course.named(())  # no process is left behind in a folder that is no course
    if background:
        in_the_background(course, idle_seconds=idle, workers=workers or 0)
    elif not run_serve(course, idle_seconds=idle, workers=workers or 0):
        raise CourseError(f"A grader process serves {course.root} already.")


@autograde.command()
@click.argument("assignment")
@click.option("--student", "students", multiple=True, help="Only this student; may be given more than once.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes; default: one per core.")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON, for programs.")
@isolation_option
@course_option
def compare(
    assignment: str, students: tuple[str, ...], workers: int | None, as_json: bool, isolation: str, root: Path
) -> None:
    """Whose points would change if everything were graded anew; nothing is recorded."""
    from ..grading.compare import compare as run_compare
    from ..grading.options import GradeOptions
    from ..report.standing import comparison_json, show_comparison
    from ..sandbox.process import Isolation

    options = GradeOptions(students, workers or 0, isolation=Isolation(isolation))
    complaints: list[str] = []
    with progress() as (on_start, advance):
        found = run_compare(
            Course(root.resolve()),
            assignment,
            options,
            on_start=on_start,
            on_verdict=advance,
            on_complaint=complaints.append,
        )
    complain(complaints)
    if as_json:
        click.echo(json.dumps(comparison_json(found)))
    else:
        show_comparison(found, console())
    if found.failed or found.failures:
        sys.exit(Code.NOT_ALL)


@autograde.command()
@click.argument("assignment")
@click.option("--student", "students", multiple=True, help="Only this student; may be given more than once.")
@course_option
def feedback(assignment: str, students: tuple[str, ...], root: Path) -> None:
    """autograded/ -> feedback/, one HTML page per student."""
    from ..contract.failures import Failure
    from ..gradebook.feedback import write_feedback
    from ..report.table import told

    course = Course(root.resolve())
    course.masters(assignment)
    out = console()
    failures: list[Failure] = []
    pages = write_feedback(
        course.root,
        assignment,
        list(students) or None,
        on_failure=failures.append,
        say=lambda sentence: out.print(sentence, markup=False, highlight=False, soft_wrap=True),
    )
    out.print(escape(f"{len(pages)} pages in {course.root / 'feedback'}"), highlight=False, soft_wrap=True)
    for line in told(failures):
        out.print(escape(line), highlight=False, soft_wrap=True)
    if failures:
        sys.exit(Code.NOT_ALL)


@autograde.command()
@click.option("--assignment", help="What the class was given; default: the course's first.")
@click.option("--students", type=click.IntRange(min=1), default=30, show_default=True, help="Size of the class.")
@click.option("--directory", type=click.Path(path_type=Path), default=Path("demo"), show_default=True)
@click.option("--workers", type=click.IntRange(min=1), help="Processes; default: one per core.")
@isolation_option
@course_option
def demo(
    assignment: str | None, students: int, directory: Path, workers: int | None, isolation: str, root: Path
) -> None:
    """A synthetic class, graded: honest work, known mistakes, and what hostile students try.

    Of the course here, or where there is none, of the one that the autograder carries.
    """
    from ..course.carried import TEXT, carried
    from ..gradebook.standings import read_roll
    from ..grading.options import GradeOptions
    from ..report.table import show
    from ..sandbox.process import Isolation
    from ..trial.demo import run_demo

    out = console()
    text = root / TEXT
    with progress() as (on_start, on_verdict):
        made = run_demo(
            text if text.is_dir() else carried() / TEXT,
            directory,
            assignment=assignment,
            students=students,
            options=GradeOptions(workers=workers or 0, isolation=Isolation(isolation)),
            say=lambda line: out.print(line, highlight=False),
            on_start=on_start,
            on_verdict=on_verdict,
        )
    about = {submission.student: submission.kind for submission in made.submissions}
    show(
        made.verdicts,
        title=f"{made.assignment}: a synthetic class of {students}",
        console=out,
        about=about,
        failures=made.failures,
        roll=read_roll(made.course.root, made.assignment),
    )
    out.print(
        f"Graded in {made.grading_seconds:.1f} s. Feedback: one page per student, for example\n"
        f"  {made.feedback[0] if made.feedback else directory / 'feedback'}\n"
        f"Gradebook and folders are nbgrader's own: {made.course.root}",
        highlight=False,
        soft_wrap=True,
    )
    if made.failures or any(verdict.grader_errors for verdict in made.verdicts):
        sys.exit(Code.NOT_ALL)


@autograde.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON, for programs.")
@click.option(
    "--hub", is_flag=False, flag_value="hub.toml", type=click.Path(path_type=Path), metavar="[HUB.TOML]",
    help="Look at a server with a hub instead, as root: its hub.toml; default: the one in this folder.",
)  # fmt: skip
@course_option
def doctor(as_json: bool, hub: Path | None, root: Path) -> None:
    """Which isolation this host gives, which libraries students' code gets, what of a course would not work."""
    from dataclasses import asdict

    from ..doctor import deployed, examine
    from ..trial.survey import survey

    out, course = console(), Course(root.resolve())
    findings, remarks = (deployed(hub), []) if hub else (examine(course.settings()), survey(course))
    if as_json:
        told = [asdict(finding) for finding in findings] + [{"remark": asdict(remark)} for remark in remarks]
        click.echo(json.dumps(told, default=str))
    else:
        for finding in findings:
            mark = "[green]ok     [/green]" if finding.present else f"[red]{'wrong  ' if hub else 'missing'}[/red]"
            out.print(f"{mark} [bold]{escape(finding.feature)}[/bold]: {escape(finding.why)}", highlight=False)
            if not finding.present:
                out.print(f"        {escape(finding.what_to_do)}", highlight=False)
        for remark in remarks:
            mark = "[red]stops  [/red]" if remark.stops else "note   "
            out.print(f"{mark} [bold]{escape(remark.assignment)}[/bold]: {escape(remark.text)}", highlight=False)
    if any(remark.stops for remark in remarks) or not all(finding.present for finding in findings if finding.required):
        sys.exit(1)


SEVERAL = (*of_the_course.COMMANDS, *skeletons.COMMANDS, *student_data.COMMANDS)
for command in (answers, grades, report, watch, why, *SEVERAL):
    autograde.add_command(command)


def main() -> None:
    """Run the command line; whatever happens, it ends in one sentence and not in a traceback."""
    prepare()
    with interrupted_once():
        ending = ended(_run)
    complain([ending.sentence])
    sys.exit(ending.code)


def _run() -> int:
    from ..sandbox.box import IsolationUnavailable

    try:
        return autograde(prog_name="autograde", standalone_mode=False) or 0
    except IsolationUnavailable as error:
        raise CourseError(str(error)) from error
    finally:
        flush()
