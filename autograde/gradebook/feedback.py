"""autograded/ -> feedback/: a page for each student, where nbgrader's generate_feedback would leave it.

A page shows a student their cells, what each check said about them, their points and the graders' comments. The hidden
part of a check is cut out. *Trust*: autograded/ may be nbgrader's own, too, with whatever a student put in: `page`.
"""

from __future__ import annotations

import glob
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..contract.failures import CourseError, Failure, Stage, failure_of, is_of_the_machine, one_sentence, warn
from ..contract.names import escaped, refusal
from ..course.folder import Course
from ..course.settings import Feedback, read_settings
from . import files
from .around import Scores, around
from .database import course_config
from .giveback import accompany, handed_in_secrets
from .writer import gradebook_of

__all__ = ["write_feedback"]

_NO_STEPS = (
    "{} graded before hints had steps, so their pages tell all that was said, whatever [feedback] in autograde.toml "
    "allows: {}. `autograde grade {} --regrade` renews that."
)
_NOT_FETCHED = (
    "{} handed in without a secret of their own, as work does that did not come by `nbgrader submit`: {}. "
    "`nbgrader fetch_feedback` will not find their pages. Send them."
)


def write_feedback(
    root: Path,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    on_failure: Callable[[Failure], None] = warn,
    say: Callable[[str], None] = lambda sentence: None,
) -> list[Path]:
    """Write feedback/<student>/<assignment>/<notebook>.html and return the paths.

    Beside each page stands what nbgrader's `release_feedback` needs, see `giveback`.

    Args:
        root: the course folder.
        assignment: its name.
        students: who; None for everyone who was graded.
        on_failure: called for each student whose page could not be written; the others are.
        say: is told who will not find their page by `nbgrader fetch_feedback`.

    Raises:
        CourseError: somebody was not graded yet, or what concerns everyone: a gradebook that is locked, a full disk.
    """
    with one_sentence(f"Writing feedback in {root} stopped", is_of_the_machine), Course(root).in_use():
        files.require_folder(root / "autograded")
        files.require_folder(root / "feedback")
        graded = _graded(root, assignment)
        chosen = _chosen(root, assignment, graded, students)
        known = _scores(root, assignment)
        if not {student for student, _ in known} & set(chosen):  # it was deleted: that is nobody's own failure
            first = next((root / "autograded" / chosen[0] / assignment).glob("*.ipynb"))
            raise CourseError(f"The gradebook knows nothing of {first}. Run `autograde grade {assignment}` again.")
        from .page import page_maker  # once there is a page to make

        allowed = read_settings(root).feedback
        page = page_maker(allowed, around(root, assignment, known, share_right=allowed.share_right))
        theirs = handed_in_secrets(root, assignment, graded)  # all: one that two hold is neither's
        modes, pages = files.modes_of(course_config(root)), []
        without_steps: list[str] = []
        for student in chosen:
            folder, failed = Path(student) / assignment, False
            for path in sorted((root / "autograded" / folder).glob("*.ipynb")):
                target = root / "feedback" / folder / f"{path.stem}.html"
                failure = _written(student, target, page, path, known.get((student, path.stem)), modes)
                if failure is None:
                    pages.append(target)
                    without_steps += [student] if allowed != Feedback() and _knows_no_steps(path) else []
                else:
                    failed = True
                    on_failure(failure)
            if not failed and (failure := _accompanied(student, root, folder, theirs.get(student), modes)):
                on_failure(failure)
    if names := [escaped(student) for student in dict.fromkeys(without_steps)]:
        say(_NO_STEPS.format("1 was" if len(names) == 1 else f"{len(names)} were", ", ".join(names), assignment))
    if theirs and (others := [escaped(student) for student in chosen if student not in theirs]):
        say(_NOT_FETCHED.format(len(others), ", ".join(others)))
    return pages


def _graded(root: Path, assignment: str) -> set[str]:
    """Whose work lies in autograded/."""
    found = {path.parent.parent.name for path in (root / "autograded").glob(f"*/{glob.escape(assignment)}/*.ipynb")}
    return {name for name in found if refusal(name) is None}


def _chosen(root: Path, assignment: str, graded: set[str], students: Sequence[str] | None) -> list[str]:
    """Whose pages to write: the students asked for, else all who were graded."""
    missing = sorted(set(students or ()) - graded)
    if missing or not graded:
        who = f" of {', '.join(map(escaped, missing))}" if missing else ""
        raise CourseError(
            f"No work{who} was graded for {assignment} in {root}. Run `autograde grade {assignment}` first."
        )
    return sorted(graded if students is None else set(students))


def _written(
    student: str,
    target: Path,
    page: Callable[[str, Any, Scores], str],
    graded: Path,
    scores: Scores | None,
    modes: files.Modes,
) -> Failure | None:
    """Write one page. What fails for this student alone is their failure."""
    if scores is None:
        return failure_of(student, Stage.FEEDBACK, "The gradebook knows nothing of it. Grade it again.")

    def write() -> None:
        text = page(graded.stem, json.loads(graded.read_text(encoding="utf-8")), scores)
        files.write(target, text, mode=modes.page, folder_mode=modes.folder)

    return _tried(student, write)


def _knows_no_steps(graded: Path) -> bool:
    from .hints import knows_no_steps

    return knows_no_steps(graded.read_text(encoding="utf-8"))


def _accompanied(student: str, root: Path, folder: Path, secret: str | None, modes: files.Modes) -> Failure | None:
    """Put beside the pages what nbgrader gives them back by."""
    return _tried(student, lambda: accompany(root / "feedback" / folder, root / "autograded" / folder, secret, modes))


def _tried(student: str, write: Callable[[], None]) -> Failure | None:
    try:
        with one_sentence(f"The page of {student} cannot be written"):
            write()
    except CourseError:
        raise
    except Exception as error:  # whatever one notebook holds, the others' pages are written
        return failure_of(student, Stage.FEEDBACK, error)
    return None


def _scores(root: Path, assignment: str) -> dict[tuple[str, str], Scores]:
    """Scores, comments and late penalties of everyone, by student and notebook, in a few statements."""
    from nbgrader import api
    from sqlalchemy import select

    with gradebook_of(root) as gradebook:
        execute = gradebook.db.execute
        whose = (api.SubmittedAssignment.student_id, api.Notebook.name)

        def of_assignment(query: Any) -> Any:
            return (
                query.join(api.SubmittedAssignment, api.SubmittedAssignment.id == api.SubmittedNotebook.assignment_id)
                .join(api.Notebook, api.Notebook.id == api.SubmittedNotebook.notebook_id)
                .join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
                .where(api.Assignment.name == assignment)
            )

        known: dict[tuple[str, str], Scores] = defaultdict(Scores)
        penalty = api.SubmittedNotebook.late_submission_penalty
        for student, notebook, late in execute(
            of_assignment(select(*whose, penalty).select_from(api.SubmittedNotebook))
        ):
            known[student, notebook].late_penalty = late or 0.0
        given = (api.Grade.auto_score, api.Grade.manual_score)
        for table in (api.GradeCell, api.TaskCell):
            grades = (
                select(*whose, table.name, api.Grade.score, table.max_score, *given)
                .select_from(api.Grade)
                .join(table, table.id == api.Grade.cell_id)
                .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
            )
            for student, notebook, cell, score, most, *parts in execute(of_assignment(grades)):
                known[student, notebook].scores[cell] = (float(score), float(most))
                if parts == [None, None]:
                    known[student, notebook].ungraded.add(cell)
        for table in (api.SolutionCell, api.TaskCell):
            comments = (
                select(*whose, table.name, api.Comment.comment)
                .select_from(api.Comment)
                .join(table, table.id == api.Comment.cell_id)
                .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Comment.notebook_id)
            )
            for student, notebook, cell, comment in execute(of_assignment(comments)):
                known[student, notebook].comments[cell] = comment
    return dict(known)
