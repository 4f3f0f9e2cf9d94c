"""`autograde watch`: grade what comes through a hub while its student watches. A hub starts it; docs/operator.md."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import click

from ..contract.failures import CourseError
from ..course.folder import Course
from ..report.terminal import complain
from .options import course_option

__all__ = ["watch"]


@click.command()
@course_option
def watch(root: Path) -> None:
    """Grade what is handed in through the hub as soon as it comes. Runs until it is stopped.

    What is graded so, and what students see of it, stands in autograde.toml: [watch.ASSIGNMENT].
    """
    from ..gradebook.hub import hub_of
    from ..grading import client
    from ..grading.bench import locked
    from ..grading.watch import LOCK, Watcher

    course = Course(root.resolve())
    course.named(())
    if not client.can_serve():
        raise CourseError("This host cannot have a grader process: `autograde watch` needs Linux.")
    parent = os.getppid()
    with locked(course, LOCK) as mine:
        if not mine:
            raise CourseError(f"Another `autograde watch` is at work in {course.root}. Stop it first.")
        watcher = Watcher(course, hub_of(course.root), say=lambda sentence: complain([sentence]))
        signal.signal(signal.SIGTERM, lambda *_: sys.exit())
        watcher.run(lambda: os.getppid() != parent)  # a hub that died is none to work for
