"""The whole way once: build the course, hand in for a synthetic class, grade it in the sandbox, write its feedback."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..contract.failures import CourseError, Failure
from ..contract.names import escaped
from ..contract.verdict import Verdict
from ..course import settings
from ..course.build import build
from ..course.folder import Course
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
    submissions: tuple[Submission, ...]
    verdicts: tuple[Verdict, ...]
    grading_seconds: float
    feedback: tuple[Path, ...]
    failures: tuple[Failure, ...] = ()


def run_demo(
    course_text: Path,
    target: Path,
    *,
    assignment: str,
    students: int,
    options: GradeOptions,
    say: Callable[[str], None],
    on_start: Callable[[int], None],
    on_verdict: Callable[[Verdict], None],
) -> Demo:
    """Make a course folder at `target`, anew each time, and go through all of it.

    Raises:
        CourseError: the course has no such assignment; or `target` exists and was not made by a demo, and nothing in it
            is touched.
    """
    if assignment not in (known := sorted({path.parent.name for path in course_text.glob("*/*.md")})):
        raise CourseError(f"No text {escaped(assignment)} in {course_text}. Assignments there: {', '.join(known)}.")
    _clear(target)
    shutil.copytree(course_text, target / "course")
    former = course_text.parent / "editions" / assignment
    if former.exists():
        shutil.copytree(former, target / "editions" / assignment)
    for name in SETTINGS:  # nbgrader's too, so that its own commands work in the demo's folder
        if (course_text.parent / name).exists():
            shutil.copyfile(course_text.parent / name, target / name)
    if not (target / settings.FILE).exists():  # in the course, so that whoever grades there has the same limits
        (target / settings.FILE).write_text(LIMITS, encoding="utf-8")
    say("Building the course: course/ -> source/ -> release/")
    build(target, [assignment])
    course = Course(target.resolve())
    submissions = []
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
    return Demo(course, tuple(submissions), tuple(verdicts), seconds, tuple(pages), tuple(failures))


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
