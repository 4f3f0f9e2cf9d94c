"""autograded/ -> feedback/: the pages of nbgrader's generate_feedback, from its own template, for a whole class.

A page shows a student their cells, what each check said about them, their points and the graders' comments. The hidden
part of a check is cut out. *Trust*: all that is the student's is escaped, here by nbconvert and before by `autograded`.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..contract.failures import CourseError, Failure, Stage, failure_of, is_of_the_machine, one_sentence, warn
from ..contract.names import escaped, refusal
from ..course.notebook import Role, id_of, known_to_nbgrader, role_of, tell_nbgrader, without_hidden
from .writer import gradebook_of

__all__ = ["write_feedback"]

MAX_COLOURED = 20_000  # characters of one cell
MAX_BLANKS = 300  # in a row, lines' ends included


@dataclass
class _Scores:
    """What the gradebook says about one student's notebook."""

    scores: dict[str, tuple[float, float]] = field(default_factory=dict)  # cell -> points and how many there were
    comments: dict[str, str | None] = field(default_factory=dict)
    late_penalty: float = 0.0


def write_feedback(
    root: Path,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    on_failure: Callable[[Failure], None] = warn,
) -> list[Path]:
    """Write feedback/<student>/<assignment>/<notebook>.html and return the paths.

    Args:
        root: the course folder.
        assignment: its name.
        students: who; None for everyone who was graded.
        on_failure: called for each student whose page could not be written; the others are.

    Raises:
        CourseError: somebody was not graded yet, or what concerns everyone: a gradebook that is locked, a full disk.
    """
    with one_sentence(f"Writing feedback in {root} stopped", is_of_the_machine):
        chosen = _graded(root, assignment, students)
        known = _scores(root, assignment)
        if chosen and not {student for student, _ in known} & set(
            chosen
        ):  # it was deleted: that is nobody's own failure
            first = next((root / "autograded" / chosen[0] / assignment).glob("*.ipynb"))
            raise CourseError(f"The gradebook knows nothing of {first}. Run `autograde grade {assignment}` again.")
        page = _page_maker()
        pages = []
        for student in chosen:
            for path in sorted((root / "autograded" / student / assignment).glob("*.ipynb")):
                target = root / "feedback" / student / assignment / f"{path.stem}.html"
                failure = _written(student, target, page, path, known.get((student, path.stem)))
                if failure is None:
                    pages.append(target)
                else:
                    on_failure(failure)
    return pages


def _graded(root: Path, assignment: str, students: Sequence[str] | None) -> list[str]:
    """Whose pages to write: the students asked for, else all whose work lies in autograded/."""
    found = {path.parent.parent.name for path in (root / "autograded").glob(f"*/{assignment}/*.ipynb")}
    graded = {name for name in found if refusal(name) is None}
    missing = sorted(set(students or ()) - graded)
    if missing or not graded:
        who = f" of {', '.join(map(escaped, missing))}" if missing else ""
        raise CourseError(
            f"No work{who} was graded for {assignment} in {root}. Run `autograde grade {assignment}` first."
        )
    return sorted(graded if students is None else set(students))


def _written(
    student: str, target: Path, page: Callable[[Path, _Scores], str], graded: Path, scores: _Scores | None
) -> Failure | None:
    """Write one page. What fails for this student alone is their failure."""
    if scores is None:
        return failure_of(student, Stage.FEEDBACK, "The gradebook knows nothing of it. Grade it again.")
    try:
        with one_sentence(f"The page of {student} cannot be written"):
            _write(target, page(graded, scores))
    except CourseError:
        raise
    except Exception as error:  # whatever one notebook holds, the others' pages are written
        return failure_of(student, Stage.FEEDBACK, error)
    return None


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}.half")
    try:
        half.write_text(text, encoding="utf-8")
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def _scores(root: Path, assignment: str) -> dict[tuple[str, str], _Scores]:
    """Scores, comments and late penalties of everyone, by student and notebook, in three statements."""
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

        known: dict[tuple[str, str], _Scores] = defaultdict(_Scores)
        penalty = api.SubmittedNotebook.late_submission_penalty
        for student, notebook, late in execute(
            of_assignment(select(*whose, penalty).select_from(api.SubmittedNotebook))
        ):
            known[student, notebook].late_penalty = late or 0.0
        grades = (
            select(*whose, api.GradeCell.name, api.Grade.score, api.GradeCell.max_score)
            .select_from(api.Grade)
            .join(api.GradeCell, api.GradeCell.id == api.Grade.cell_id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Grade.notebook_id)
        )
        for student, notebook, cell, score, most in execute(of_assignment(grades)):
            known[student, notebook].scores[cell] = (float(score), float(most))
        comments = (
            select(*whose, api.SolutionCell.name, api.Comment.comment)
            .select_from(api.Comment)
            .join(api.SolutionCell, api.SolutionCell.id == api.Comment.cell_id)
            .join(api.SubmittedNotebook, api.SubmittedNotebook.id == api.Comment.notebook_id)
        )
        for student, notebook, cell, comment in execute(of_assignment(comments)):
            known[student, notebook].comments[cell] = comment
    return dict(known)


def _page_maker() -> Callable[[Path, _Scores], str]:
    """Return a function that renders one page. Text that a whole class shares is rendered once."""
    import nbformat
    from nbconvert.exporters import HTMLExporter, TemplateExporter
    from nbconvert.filters import Highlight2HTML
    from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
    from nbgrader.converters import GenerateFeedback
    from nbgrader.coursedir import CourseDirectory

    converter = GenerateFeedback(coursedir=CourseDirectory())
    exporter = HTMLExporter(config=converter.config)
    exporter.register_preprocessor(CSSHTMLHeaderPreprocessor, enabled=True)
    highlight = Highlight2HTML(pygments_lexer="python", parent=exporter)

    @lru_cache(maxsize=4096)
    def markdown(source: str) -> str:
        return str(exporter.markdown2html({}, source))

    @lru_cache(maxsize=4096)
    def highlighted(source: str) -> str:
        return str(highlight(source, language=None if _can_be_coloured(source) else "text"))

    exporter.register_filter("markdown2html", markdown)
    exporter.register_filter("highlight_code", lambda source, language=None, metadata=None: highlighted(source))

    def page(path: Path, scores: _Scores) -> str:
        notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        for cell in notebook.cells:
            _prepare(cell, scores)
        resources = {
            "unique_key": path.stem,
            "output_files_dir": f"{path.stem}_files",
            "nbgrader": {
                "notebook": path.stem,
                "score": sum(score for score, _ in scores.scores.values()) - scores.late_penalty,
                "max_score": sum(most for _, most in scores.scores.values()),
                "late_penalty": scores.late_penalty,
            },
        }
        # HTMLExporter's own method parses and prints the whole page again to give pictures a text, which ours have
        html, _ = TemplateExporter.from_notebook_node(exporter, notebook, exporter._init_resources(resources))
        return re.sub(r'(<a href="#([\w-]+)-check">)Test cell</a>', r"\1\2</a>", html)

    return page


def _can_be_coloured(source: str) -> bool:
    """Whether the lexer of Python gets through it soon: what it takes grows with the square of a run of blanks."""
    return len(source) <= MAX_COLOURED and re.search(rf"\s{{{MAX_BLANKS}}}", source) is None


def _prepare(cell: Any, scores: _Scores) -> None:
    """Put scores and comments where the template looks for them; take out what is not for the student."""
    name = id_of(cell)
    if not known_to_nbgrader(cell) or name is None:
        return
    if name in scores.scores:
        score, points = scores.scores[name]
        tell_nbgrader(cell, score=score, points=points)
    tell_nbgrader(cell, comment=scores.comments.get(name))
    if role_of(cell) is Role.CHECK:
        cell.source = without_hidden(cell.source).strip()
        cell.outputs = [output for output in cell.outputs if output.output_type != "execute_result"]
