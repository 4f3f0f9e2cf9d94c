"""nbgrader's own gradebook and autograded/, written as nbgrader writes them, but in one transaction per submission.

So formgrader, feedback, export and late penalties work unchanged. What a person entered (manual scores, extra credit,
comments) is never touched. nbgrader is imported where it is used: that takes two seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from ..contract.failures import CourseError, Failure, Stage, concerns_everyone, failure_of, one_sentence
from ..contract.names import escaped, of_error
from ..contract.verdict import Verdict
from ..course.notebook import Cell, Notebook, Role, cell_json, checksum_of, is_locked, known_to_nbgrader, notebook_json
from . import files
from .autograded import autograded_notebook, is_of
from .database import course_config, gradebook_of, patiently
from .late import Late
from .rows import Rows

__all__ = ["GradebookWriter", "gradebook_of", "register"]

NO_RESPONSE = "No response."  # nbgrader's words for an answer that is still the stub


@dataclass(frozen=True)
class _Book:
    """One assignment's notebook in the gradebook: ids by cell name, and what nbgrader compares answers with."""

    master: Notebook
    assignment_id: str
    notebook_id: str
    grades: Mapping[str, str]  # cell name -> base_cell.id
    comments: Mapping[str, str]
    stubs: Mapping[str, str]  # cell name -> source as released
    checksums: Mapping[str, str]


def register(root: Path, masters: Iterable[Notebook]) -> None:
    """Enter assignments before anyone has handed in, so that formgrader knows them."""
    with GradebookWriter(root) as writer:
        for master in masters:
            writer.ensure(master)


class GradebookWriter:
    """The only writer of a course's gradebook. Use as a context manager.

    Args:
        root: the course folder, see `gradebook_of`.
        url: of the database; empty: the course's own.
    """

    def __init__(self, root: Path, url: str = "") -> None:
        self.root = root
        files.require_folder(root / "autograded")
        self._gradebook = gradebook_of(root, url)
        self._config = course_config(root)
        self._late, self._modes = Late(root, self._config), files.modes_of(self._config)
        self._books: dict[tuple[str, str], _Book] = {}

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gradebook.close()

    # --- the assignment

    def ensure(self, master: Notebook, *, given_back: Set[str] = frozenset()) -> None:
        """Enter the assignment's notebook and cells, or bring them up to date, as nbgrader's generate_assignment does.

        Tests may change after the first submissions came: cells and grades are added, and those that are gone go.

        Args:
            master: the instructor notebook.
            given_back: students who know their points and whose work is not to be graded anew.

        Raises:
            CourseError: a cell is gone that a person has graded or commented on, or that one of these has points for.
        """
        from nbgrader.api import Assignment
        from nbgrader.api import Notebook as NotebookRow

        db = self._gradebook.db
        assignment = db.query(Assignment).filter_by(name=master.assignment).one_or_none()
        if assignment is None:
            assignment = Assignment(name=master.assignment, course_id=self._gradebook.course_id)
            db.add(assignment)
            db.flush()
        row = db.query(NotebookRow).filter_by(name=master.name, assignment_id=assignment.id).one_or_none()
        if row is None:
            row = NotebookRow(name=master.name, assignment=assignment)
            db.add(row)
        released = _released(master, self._config)
        row.kernelspec = json.dumps(dict(released.metadata.kernelspec))
        db.flush()
        try:
            scored = [cell for cell in master.cells if cell.role in (Role.CHECK, Role.WRITTEN)]
            tasks = self._ensure_cells(row, "TaskCell", _of(master, Role.TASK), given_back)
            grades = self._ensure_cells(row, "GradeCell", scored, given_back) | tasks
            answered = [cell for cell in master.cells if cell.role in (Role.SOLUTION, Role.WRITTEN)]
            comments = self._ensure_cells(row, "SolutionCell", answered, given_back) | tasks
            sources = self._ensure_sources(row, released)
        except CourseError:
            db.rollback()
            raise
        db.commit()
        stubs = {name: source for name, (source, _) in sources.items()}
        checksums = {name: checksum for name, (_, checksum) in sources.items()}
        self._books[master.assignment, master.name] = _Book(
            master, assignment.id, row.id, grades, comments, stubs, checksums
        )
        db.remove()

    def _ensure_cells(self, row: Any, kind: str, cells: Iterable[Cell], given_back: Set[str]) -> dict[str, str]:
        """Bring the notebook's cells of one kind up to date; return their ids by name."""
        from nbgrader import api

        db, wanted = self._gradebook.db, {cell.id: cell for cell in cells}
        table = getattr(api, kind)
        present = {cell.name: cell for cell in db.query(table).filter_by(notebook_id=row.id)}
        for name in present.keys() - wanted.keys():
            self._remove(present.pop(name), given_back)
        for name, cell in wanted.items():
            if name not in present:
                present[name] = table(name=name, notebook_id=row.id)
                db.add(present[name])
            if kind != "SolutionCell":
                present[name].max_score, present[name].cell_type = cell.points, cell.kind
        db.flush()
        return {name: cell.id for name, cell in present.items()}

    def _remove(self, cell: Any, given_back: Set[str]) -> None:
        from nbgrader.api import Comment, Grade

        db = self._gradebook.db
        grades = db.query(Grade).filter_by(cell_id=cell.id).all()
        comments = db.query(Comment).filter_by(cell_id=cell.id).all()
        by_hand = any(g.manual_score is not None or g.extra_credit is not None for g in grades)
        if by_hand or any(c.manual_comment is not None for c in comments):
            raise CourseError(
                f"The cell {cell.name} is gone from the source notebook, but a person has graded or commented on it. "
                "Nothing was changed. Put the cell back, or take the person's scores and comments out first."
            )
        known = sorted({grade.student.id for grade in grades if grade.auto_score} & given_back)
        lose = ", ".join(map(escaped, known))
        if lose:
            raise CourseError(
                f"The check {cell.name} is gone from the source notebook, but {lose} got points for it, and "
                "their feedback is out. Nothing was changed. Put the check back, or grade them anew with --regrade."
            )
        for entry in (*grades, *comments, cell):
            db.delete(entry)

    def _ensure_sources(self, row: Any, released: Any) -> dict[str, tuple[str, str]]:
        """Enter what nbgrader restores locked cells from; return source and checksum by cell name."""
        from nbgrader.api import SourceCell

        db = self._gradebook.db
        present = {cell.name: cell for cell in db.query(SourceCell).filter_by(notebook_id=row.id)}
        wanted = {cell.id: cell for cell in released.cells if known_to_nbgrader(cell)}
        for name in present.keys() - wanted.keys():
            db.delete(present.pop(name))
        for name, cell in wanted.items():
            if name not in present:
                present[name] = SourceCell(name=name, notebook_id=row.id)
                db.add(present[name])
            ours = present[name]
            ours.cell_type, ours.source, ours.checksum = cell.cell_type, cell.source, checksum_of(cell)
            ours.locked = is_locked(cell)
        db.flush()
        return {name: (cell.source, cell.checksum) for name, cell in present.items()}

    # --- submissions

    def record(self, verdict: Verdict, graded: Notebook) -> None:
        """Enter one verdict and write autograded/<student>/<assignment>/<notebook>.ipynb.

        Args:
            verdict: what grading said.
            graded: the submission as it was rebuilt.

        Raises:
            CourseError: neither this nor any other verdict is taken: the database is locked or gone, the disk full.
        """
        book = self._book(verdict)
        text = autograded_notebook(book.master, graded, verdict, book.checksums)
        with one_sentence(f"The gradebook does not take the grades of {verdict.student}"):
            modes = self._modes
            files.write(self._autograded(verdict), text, mode=modes.graded, folder_mode=modes.folder)
            stamp = self._late.stamp(verdict.student, verdict.assignment)
            patiently(lambda: self._enter_all(book, verdict, graded, stamp))

    def _enter_all(self, book: _Book, verdict: Verdict, graded: Notebook, stamp: datetime | None) -> None:
        with self._gradebook.engine.begin() as connection:
            self._enter(Rows(connection), book, verdict, graded, stamp)

    def _enter(self, rows: Rows, book: _Book, verdict: Verdict, graded: Notebook, stamp: datetime | None) -> None:
        submission = rows.submission(verdict.student, book.assignment_id, stamp)
        notebook = rows.notebook(submission, book.notebook_id)
        rows.grades(notebook, book.grades, _auto_scores(book, verdict, graded))
        rows.comments(notebook, book.comments, _auto_comments(book, graded))
        score = rows.score(notebook, book.grades.values())
        penalty = self._late.penalty(verdict.student, score, rows.seconds_late(submission))
        rows.late_penalty(notebook, penalty)

    def recorded(self, verdict: Verdict, graded: Notebook) -> bool:
        """Whether gradebook and autograded/ hold exactly this verdict already."""
        book = self._book(verdict)
        try:
            if not is_of(self._autograded(verdict).read_bytes(), verdict):
                return False
        except OSError:
            return False
        with self._gradebook.engine.connect() as connection:
            held = Rows(connection).auto_scores(verdict.student, book.notebook_id, book.grades.values())
        return held == {book.grades[name]: score for name, score in _auto_scores(book, verdict, graded).items()}

    def knows(self, verdict: Verdict) -> bool:
        """Whether the gradebook holds any scores of this student's notebook."""
        with self._gradebook.engine.connect() as connection:
            book = self._book(verdict)
            return bool(Rows(connection).auto_scores(verdict.student, book.notebook_id, book.grades.values()))

    def _book(self, verdict: Verdict) -> _Book:
        try:
            return self._books[verdict.assignment, verdict.notebook]
        except KeyError:
            raise RuntimeError(
                f"ensure() the notebook {verdict.assignment}/{verdict.notebook} before a verdict on it"
            ) from None

    def _autograded(self, verdict: Verdict) -> Path:
        return self.root / "autograded" / verdict.student / verdict.assignment / f"{verdict.notebook}.ipynb"

    def bring_up_to_date(self, assignment: str) -> list[Failure]:
        """Enter of everyone when they handed in and what being late costs now, whether they were graded anew or not.

        A due date, an extension, a `timestamp.txt` or a person's score may have changed since. What is as it should be
        is not written.

        Returns:
            Whose could not be worked out; the others' are entered.
        """
        failures: list[Failure] = []
        with (
            one_sentence("The gradebook does not take the late penalties"),
            self._gradebook.engine.begin() as connection,
        ):
            rows = Rows(connection)
            for handed_in in rows.handed_in(assignment):
                try:
                    self._late.bring_up_to_date(rows, handed_in, assignment)
                except Exception as error:
                    if concerns_everyone(error):
                        raise
                    failures.append(failure_of(handed_in.student, Stage.RECORDING, error))
        return failures


def _of(master: Notebook, role: Role) -> list[Cell]:
    return [cell for cell in master.cells if cell.role is role]


def _released(master: Notebook, config: Any) -> Any:
    """The master as nbgrader enters it in the gradebook: answers taken out, hidden tests still in, checksums made.

    A course may have stubs of its own (`ClearSolutions.code_stub`). Answers that stand outside of cells for answers
    hinder a release, and no grading.

    Raises:
        CourseError: nbgrader cannot tell what the answers are.
    """
    import nbformat
    from nbgrader.preprocessors import ClearSolutions, ComputeChecksums

    notebook = nbformat.from_dict(notebook_json(cell_json(cell) for cell in master.cells))
    clear = ClearSolutions(config=config)
    clear.enforce_metadata = False
    try:
        for step in (clear, ComputeChecksums(config=config)):
            notebook, _ = step.preprocess(notebook, {})
    except (RuntimeError, ValueError) as error:
        raise CourseError(
            f"In source/{master.assignment}/{master.name}.ipynb nbgrader cannot tell the answers from the rest: "
            f"{of_error(error).rstrip('.')}. Correct the marks of its solutions, or ClearSolutions in "
            "nbgrader_config.py."
        ) from error
    return notebook


def _auto_scores(book: _Book, verdict: Verdict, graded: Notebook) -> dict[str, float | None]:
    """The automatic scores by cell; None where a person must look."""
    scores: dict[str, float | None] = {cell.cell_id: cell.points for cell in verdict.cells}
    for cell in graded.cells:
        if cell.role is Role.WRITTEN:
            answered = cell.source.strip() not in ("", book.stubs[cell.id].strip())
            scores[cell.id] = None if answered else 0.0
    for cell in book.master.cells:
        if cell.role in (Role.WRITTEN, Role.TASK) and cell.points == 0:  # nobody need decide on nothing
            scores[cell.id] = 0.0
    return {name: scores.get(name) for name in book.grades}


def _auto_comments(book: _Book, graded: Notebook) -> dict[str, str | None]:
    sources = {cell.id: cell.source for cell in graded.cells}
    tasks = {cell.id for cell in book.master.cells if cell.role is Role.TASK}  # the answer is below, not in it
    return {
        name: NO_RESPONSE if name not in tasks and sources.get(name) == book.stubs[name] else None
        for name in book.comments
    }
