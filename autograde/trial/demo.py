"""The whole way once: build the course, hand in for a synthetic class, grade it in the sandbox, write its feedback."""

from __future__ import annotations

import shutil
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..contract.failures import CourseError, Failure
from ..contract.names import escaped
from ..contract.verdict import Verdict
from ..course import settings
from ..course.build import build
from ..course.folder import Course
from ..course.packages import PLACE
from ..gradebook.feedback import write_feedback
from ..grading.run import GradeOptions, grade
from .synthetic import Submission, class_of, write_class

__all__ = ["Demo", "run_demo"]

MARKER = ".made-by-autograde-demo"
SETTINGS = ("nbgrader_config.py", settings.FILE)
# An endless loop costs three cells their time; a class that waits for it need not wait as long as in earnest.
LIMITS = "# As `autograde demo` wrote it.\n[limits]\nrequest_seconds = 5.0\n"


@dataclass(frozen=True)
class Demo:
    """What the demo made, for showing it."""

    course: Course
    assignment: str
    submissions: tuple[Submission, ...]
    verdicts: tuple[Verdict, ...]
    grading_seconds: float
    feedback: tuple[Path, ...]
    failures: tuple[Failure, ...] = ()


def run_demo(
    course_text: Path,
    target: Path,
    *,
    assignment: str | None = None,
    students: int,
    options: GradeOptions,
    say: Callable[[str], None],
    on_start: Callable[[int], None],
    on_verdict: Callable[[Verdict], None],
) -> Demo:
    """Make a course folder at `target`, anew each time, and go through all of it.

    Args:
        course_text: the folder course/ of the course to try, which stays as it is.
        target: where its copy goes.
        assignment: what the class was given; None: the course's first.
        students: how many.
        options: how to grade.
        say: told in a sentence what is done.
        on_start, on_verdict: see `grade`.

    Raises:
        CourseError: the course has no such assignment; or `target` exists and was not made by a demo, and nothing in it
            is touched.
    """
    assignment = _chosen(course_text, assignment)
    origin = Course(course_text.parent)
    packages = [one.name for one in origin.packages() if one.folder == (origin.root / PLACE / one.name).resolve()]
    _clear(target)
    for part in ("course", f"editions/{assignment}", *(f"{PLACE}/{name}" for name in packages)):
        if (origin.root / part).exists():
            shutil.copytree(origin.root / part, target / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in SETTINGS:  # nbgrader's too, so that its own commands work in the demo's folder
        if (origin.root / name).exists():
            shutil.copyfile(origin.root / name, target / name)
    _limit(target / settings.FILE)
    say("Building the course: course/ -> source/ -> release/")
    build(target, [assignment])
    course = Course(target.resolve())
    submissions = []
    with course.in_use():
        for master in course.masters(assignment):
            submissions = class_of(target / "release" / assignment / master.name, master, assignment, students)
            write_class(target, assignment, master.stem, submissions)
    say(f"A class of {students} has handed in: {target / 'submitted'}")
    began = time.perf_counter()
    failures: list[Failure] = []
    verdicts = grade(course, assignment, options, on_start=on_start, on_verdict=on_verdict, on_failure=failures.append)
    seconds = time.perf_counter() - began
    say("Writing feedback")
    graded = [verdict.student for verdict in verdicts]
    pages = write_feedback(target, assignment, graded, on_failure=failures.append)
    return Demo(course, assignment, tuple(submissions), tuple(verdicts), seconds, tuple(pages), tuple(failures))


def _chosen(course_text: Path, assignment: str | None) -> str:
    known = sorted({path.parent.name for path in course_text.glob("*/*.md")})
    if not known or (assignment or known[0]) not in known:
        said = f"No text {escaped(assignment)}" if assignment else "No text <assignment>/<name>.md"
        raise CourseError(f"{said} in {course_text}. Assignments there: {', '.join(known) or 'none'}.")
    return assignment or known[0]


def _limit(file: Path) -> None:
    """Write the demo's limits into the course, so that whoever grades there has the same, unless it has its own."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if "limits" not in tomllib.loads(text):
        file.write_text(f"{text}\n{LIMITS}".lstrip(), encoding="utf-8")


def _clear(target: Path) -> None:
    if target.exists():
        if any(target.iterdir()) and not (target / MARKER).exists():
            raise CourseError(
                f"{target} exists and is not a demo's folder, so it is left alone. Expected an empty or missing "
                "folder: choose another with --directory."
            )
        shutil.rmtree(target)
    target.mkdir(parents=True)
    (target / MARKER).touch()
