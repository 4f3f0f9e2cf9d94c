"""Commands on a course itself: `init`, `build`, `translate`, `kit`, `due`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from rich.markup import escape

from machine_room.translation import ENGLISH

from ..contract.failures import CourseError
from ..contract.names import readable
from ..course.folder import Course
from ..report.terminal import complain, console
from .options import course_option

__all__ = ["COMMANDS"]


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Lay out the course "Diving into the machine room" in FOLDER: text, settings, source/ and release/."""
    from ..course.carried import lay_out

    course = lay_out(folder)
    _register(course.root)
    out = console()
    out.print(f"A course folder: {course.root}", highlight=False, soft_wrap=True)
    out.print(f"Assignments: {', '.join(course.assignments())}", highlight=False)
    out.print(
        "release/ is for students. Go to the folder, see with `autograde doctor` whether this machine can grade,\n"
        "and grade what is in submitted/ with `autograde grade <assignment>`.",
        highlight=False,
    )


@click.command()
@click.argument("assignments", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; fail where source/ or release/ differ from course/.")
@click.option(
    "--prune", "pruned", is_flag=True, help="Remove what in source/ and release/ comes from no text any more."
)
@course_option
def build(assignments: tuple[str, ...], check: bool, pruned: bool, root: Path) -> None:
    """course/ -> source/ -> release/."""
    from ..course.build import build as run_build
    from ..course.build import leftovers, prune

    if pruned and (check or assignments):
        raise click.UsageError("--prune goes through the whole course: give it neither --check nor an assignment.")

    out = console()
    drifted = run_build(root, list(assignments) or None, check=check)
    if not check:
        _register(root, list(assignments))
    for drift in drifted:
        out.print(escape(str(drift) if check else drift.mended), highlight=False, soft_wrap=True)
    if drifted and check:
        raise click.ClickException(f"{len(drifted)} files differ from what course/ makes. Run `autograde build`.")
    for path in prune(root) if pruned else ():
        out.print(escape(f"{path.as_posix()} is removed: it came from nothing in course/"), highlight=False)
    for line in _untranslated(Course(root.resolve())):
        out.print(line, highlight=False)
    left = [] if check or pruned or assignments else leftovers(root)
    complain([f"{drift}. `autograde build --prune` removes it." for drift in left])
    out.print(f"source/ and release/ are what course/ says{', but for what is named above' if left else ''}.")


@click.command()
@click.argument("language")
@course_option
def translate(language: str, root: Path) -> None:
    """Bring the file of translations to LANGUAGE (de, fr, pt_BR) up to date, and say how much is missing.

    `autograde build` makes it ready for students, where autograde.toml says that the course is in that language.
    """
    from ..course.catalogues import update

    course = Course(root.resolve())
    with course.in_use():
        path, translated = update(course.root, course.packages(), language)
    out = console()
    out.print(f"wrote {path}", highlight=False, soft_wrap=True, markup=False)
    out.print(str(translated), highlight=False)
    if course.settings().language != language:
        out.print(
            f'Translate what you want, write language = "{language}" into autograde.toml, and run `autograde build`.',
            highlight=False,
            markup=False,
        )


@click.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path), default=Path("machine-room-course.zip"))
@course_option
def kit(target: Path, root: Path) -> None:
    """A zip file for students' own laptops: released notebooks, the library, how to begin. Written to TARGET."""
    from ..course.kit import make_kit

    remarks = make_kit(root.resolve(), target)
    complain(remarks)
    console().print(
        f"{target} is for your students: they unpack it and open START-HERE.html.", highlight=False, soft_wrap=True
    )


@click.command()
@click.argument("assignment")
@click.argument("moment", required=False)
@click.option("--student", help="Give this student until MOMENT.")
@click.option("--none", "never", is_flag=True, help="Take the due date away, or with --student the extension.")
@course_option
def due(assignment: str, moment: str | None, student: str | None, never: bool, root: Path) -> None:
    """When work is due: show it, or set it to MOMENT, a date and a time with their zone.

    For example "2026-12-01 23:59 Europe/Zurich", "2026-12-01 22:59 UTC" or "2026-12-01T23:59+01:00". Penalties follow
    at the next `autograde grade`.
    """
    from ..contract.moments import shown, with_zone
    from ..gradebook.database import has_gradebook
    from ..gradebook.standings import extend, extensions, read_roll, require_hand_in, set_due

    course = Course(root.resolve()).root
    Course(course).masters(assignment)
    until = with_zone(moment) if moment else None
    if moment is not None and (until is None or never):
        raise CourseError(
            f"{readable(moment, 60)!r} is no moment. Expected a date and a time with their zone, as in "
            '"2026-12-01 23:59 Europe/Zurich"; or --none alone.'
        )
    read_roll(course, assignment)  # what cannot be shown is not changed
    changes = moment is not None or never
    if changes and not has_gradebook(course):
        _enter(Course(course), [assignment])
    if student is not None and changes:
        extend(course, assignment, student, until)
    elif changes:
        set_due(course, assignment, until)
    roll = read_roll(course, assignment)
    if student is not None:
        require_hand_in(roll, assignment, student)
    out = console()
    out.print(f"due {shown(roll.due)}" if roll and roll.due else "no due date", highlight=False)
    for who, extended in (extensions(course, assignment) if roll else {}).items():
        if student in (None, who):
            out.print(escape(f"  {readable(who)}: {shown(extended)}"), highlight=False)


def _untranslated(course: Course) -> Iterator[str]:
    """How many sentences students read in English, where the course is in another language."""
    from ..course.catalogues import counted

    if (language := course.settings().language) != ENGLISH:
        with course.in_use():
            yield str(counted(course.root, course.packages(), language))


def _register(root: Path, assignments: Sequence[str] = ()) -> None:
    """Enter assignments in the gradebook, so that formgrader knows them, where the folder is a course's to grade in."""
    from ..gradebook.database import has_gradebook

    course = Course(root.resolve())
    if (course.root / "nbgrader_config.py").exists() or has_gradebook(course.root):
        _enter(course, assignments or course.assignments())


def _enter(course: Course, assignments: Sequence[str]) -> None:
    from ..course.notebook import read_master
    from ..gradebook.writer import register

    register(course.root, (read_master(path) for name in assignments for path in course.masters(name)))


COMMANDS = (init, build, translate, kit, due)
