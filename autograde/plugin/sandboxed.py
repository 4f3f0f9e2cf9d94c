"""What stands in nbgrader's Autograde: it takes the work away before a file is touched, and has it graded elsewhere.

nbgrader makes its exporter once it knows which hand-ins it was asked for, and before it copies, reads or runs any of
them. `Sandboxed` empties the list there, asks the course's grader process, and raises what that cannot do. Scores,
comments and `autograded/` are the process's. What nbgrader would do besides is in docs/instructor.md, row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbconvert.preprocessors import Preprocessor
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from ..grading.client import Course, GradeOptions, Verdict, grade

__all__ = ["NeverUnprotected", "Refused", "Sandboxed"]

UNPROTECTED = (
    "nbgrader was about to run students' code with your rights, and was stopped: nothing was run. Leave "
    'c.Autograde.exporter_class = "autograde.plugin.Sandboxed" in nbgrader_config.py, or use `autograde grade`.'
)
#: Where a course's folders lie; the grader process knows no others.
FOLDERS = ("source", "submitted", "autograded", "feedback")


class Refused(NbGraderException):  # type: ignore[misc]
    """What nbgrader was asked for cannot be done in the sandbox; one sentence says what, and what to do."""


class NeverUnprotected(Preprocessor):
    """The second line: alone in nbgrader's list of preprocessors, it refuses whatever comes that far."""

    def __call__(self, nb: Any, resources: Any) -> Any:
        # not `preprocess`: nbconvert calls that only where a preprocessor is switched on
        raise Refused(UNPROTECTED)


class Sandboxed(NotebookExporter):
    """Grades what nbgrader's converter has before it, in the course's grader process; exports nothing."""

    def __init__(self, config: Any = None, **kwargs: Any) -> None:
        super().__init__(config=config, **kwargs)  # type: ignore[no-untyped-call]
        if not isinstance(self.parent, Autograde):
            raise Refused("autograde.plugin.Sandboxed belongs in c.Autograde.exporter_class alone.")
        self.parent.assignments = {}
        try:
            _grade(self.parent)
        except NbGraderException as error:
            self.parent.log.error("%s", error)
            raise
        except Exception as error:  # whatever it is, nbgrader reports it, and nothing was run here
            self.parent.log.error("%s", error)
            raise NbGraderException(str(error)) from error

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> Any:
        raise Refused(UNPROTECTED)


def _grade(converter: Any) -> None:
    """Have graded what the converter was asked for.

    Raises:
        Refused: it was asked for what the sandbox does not do, or somebody's work could not be graded.
    """
    for refusal in filter(None, (ask(converter) for ask in REFUSALS)):
        raise Refused(refusal)
    directory = converter.coursedir
    course, assignment = Course(Path(directory.root).resolve()), directory.assignment_id
    failed: list[str] = []

    def on_verdict(verdict: Verdict) -> None:
        for cell in verdict.grader_errors[:1]:
            failed.append(f"{verdict.student}: {cell.text}")
        converter.log.info("%s: %g of %g points", verdict.student, verdict.points, verdict.max_points)

    grade(
        course,
        assignment,
        GradeOptions(tuple(_students(converter, course)), regrade=bool(converter.force), db=directory.db_url),
        on_verdict=on_verdict,
        on_failure=lambda failure: failed.append(str(failure)),
        on_complaint=lambda sentence: converter.log.warning("%s", sentence),
    )
    if failed:
        raise Refused(f"Not everyone's work could be graded. {'; '.join(failed[:5])}{'; ...' * (len(failed) > 5)}")


def _students(converter: Any, course: Course) -> Iterator[str]:
    """Yield whose work is meant; nbgrader's own list leaves out whoever renamed the notebook."""
    directory = converter.coursedir
    there = [folder.student for folder in course.folders(directory.assignment_id)]
    wanted = directory.student_id
    left_out = directory.student_id_exclude.split(",") if directory.student_id_exclude else []
    meant = [wanted] if wanted in there else [name for name in there if fnmatchcase(name, wanted)]
    found = [name for name in meant if name not in left_out]
    if not found:
        raise Refused(f"Nothing handed in for {directory.assignment_id} by {wanted}, or all of them are excluded.")
    yield from found


# --- what nbgrader can be asked for and the sandbox does not do


def _other_folders(converter: Any) -> str | None:
    directory = converter.coursedir
    root = Path(directory.root)
    for name in FOLDERS:
        found = Path(directory.format_path(getattr(directory, f"{name}_directory"), "student", "assignment"))
        if found != root / name / "student" / "assignment":
            return (
                f"The sandbox grades courses whose folder {name}/ has its usual name and layout, and here it is "
                f"{found}. Take CourseDirectory.{name}_directory and directory_structure out of the configuration."
            )
    return None


def _some_notebooks(converter: Any) -> str | None:
    if converter.coursedir.notebook_id == "*":
        return None
    return "The sandbox grades all notebooks of an assignment at once. Leave out --notebook."


def _without_running(converter: Any) -> str | None:
    if converter.config.Execute.get("enabled", True):
        return None
    return "The sandbox grades by running the code. Leave out --no-execute."


def _only_known_students(converter: Any) -> str | None:
    if converter.create_student:
        return None
    return "The sandbox's gradebook enters whoever handed in. Take Autograde.create_student = False out."


def _hooks(converter: Any) -> str | None:
    for name in ("pre_convert_hook", "post_convert_hook"):
        if getattr(converter, name):
            return f"The sandbox calls no {name}. Take it out of the configuration."
    return None


REFUSALS: tuple[Callable[[Any], str | None], ...] = (
    _other_folders,
    _some_notebooks,
    _without_running,
    _only_known_students,
    _hooks,
)
