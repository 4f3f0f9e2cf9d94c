"""One student in the gradebook: all of their rows, whatever nbgrader or a person entered; and none of them after it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import pytest
from sqlalchemy import func, select

from autograde.gradebook.database import gradebook_of
from autograde.gradebook.rows import Rows
from autograde.gradebook.student import Grades
from tools.postgresql import PostgreSQL

ASSIGNMENTS = ("01", "02", "03")
NOTEBOOKS = ("first", "second")


class Kept:
    """A sink that keeps texts."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def add(self, parts: Sequence[str], content: IO[bytes]) -> None:
        self.texts["/".join(parts)] = content.read().decode()

    def leave_out(self, what: str, why: str) -> None:
        raise AssertionError(what)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/gradebook.db"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture
def grades(url: str, tmp_path: Path) -> Grades:
    """Two students with three hand-ins of two notebooks, points and comments of a person in each, and one without."""
    with gradebook_of(tmp_path, url) as book:
        for assignment in ASSIGNMENTS:
            book.add_assignment(assignment, duedate=datetime(2026, 12, 1))
            for notebook in NOTEBOOKS:
                book.add_notebook(notebook, assignment)
                book.add_grade_cell("check", notebook, assignment, max_score=3, cell_type="code")
                book.add_solution_cell("answer", notebook, assignment)
        for student in ("ada", "ada2"):
            book.add_student(student, first_name="Ada", last_name=f"of {student}", email=f"{student}@example.org")
            for assignment in ASSIGNMENTS:
                hand_in(book, assignment, student)
        book.add_student("eve")
    return Grades(tmp_path, url)


def hand_in(book: Any, assignment: str, student: str) -> None:
    row = book.find_assignment(assignment)
    cells = {one.id: ({"check": one.grade_cells[0].id}, {"answer": one.solution_cells[0].id}) for one in row.notebooks}
    identifier = row.id
    book.db.commit()
    with book.engine.begin() as connection:  # as grading enters it
        rows = Rows(connection)
        handed_in = rows.submission(student, identifier, datetime(2026, 11, 20))
        for asked, (checks, answers) in cells.items():
            notebook = rows.notebook(handed_in, asked)
            rows.grades(notebook, checks, {"check": 1.0})
            rows.comments(notebook, answers, {"answer": None})
    for notebook in book.find_submission(assignment, student).notebooks:
        notebook.grades[0].manual_score = 2.0
        notebook.grades[0].extra_credit = 0.5
        notebook.comments[0].manual_comment = f"Well done, {student}."
        notebook.late_submission_penalty = 1.0
    book.db.commit()


def counts(grades: Grades) -> dict[str, int]:
    from nbgrader import api

    tables = (api.Student, api.SubmittedAssignment, api.SubmittedNotebook, api.Grade, api.Comment)
    with gradebook_of(grades.root, grades.url) as book:
        return {one.__tablename__: book.db.scalar(select(func.count()).select_from(one)) for one in tables}


def rows(grades: Grades, student: str) -> Any:
    kept = Kept()
    grades.hand_over(student, kept)
    return json.loads(kept.texts["gradebook.json"]) if kept.texts else None


def test_all_that_a_person_or_a_check_entered_is_told(grades: Grades) -> None:
    told = rows(grades, "ada")
    assert told["student"] == {
        "id": "ada",
        "first_name": "Ada",
        "last_name": "of ada",
        "email": "ada@example.org",
        "lms_user_id": None,
    }
    assert [one["assignment"] for one in told["hand_ins"]] == list(ASSIGNMENTS)
    for one in told["hand_ins"]:
        assert one["handed_in_utc"] == "2026-11-20T00:00:00"
        assert [notebook["notebook"] for notebook in one["notebooks"]] == list(NOTEBOOKS)
        for notebook in one["notebooks"]:
            assert (notebook["score"], notebook["late_submission_penalty"]) == (2.5, 1.0)
            assert notebook["grades"][0]["manual_score"] == 2.0
            assert notebook["comments"][0]["manual_comment"] == "Well done, ada."
    assert "ada2" not in json.dumps(told)


def test_who_is_forgotten_leaves_no_row_and_everybody_elses_stay(grades: Grades) -> None:
    before, other = counts(grades), rows(grades, "ada2")
    grades.forget("ada", lambda path: None)
    assert grades.found("ada") == []
    assert rows(grades, "ada2") == other
    of_one = {"student": 1, "submitted_assignment": 3, "submitted_notebook": 6, "grade": 6, "comment": 6}
    assert counts(grades) == {table: count - of_one[table] for table, count in before.items()}
    grades.forget("ada", lambda path: None)
    assert rows(grades, "ada2") == other


def test_who_handed_nothing_in_is_recorded_too(grades: Grades) -> None:
    assert rows(grades, "eve")["hand_ins"] == []
    grades.forget("eve", lambda path: None)
    assert rows(grades, "eve") is None


@pytest.mark.parametrize("student", ["ad", "ADA", "ada%", "ada_", "%", "", "' OR ''='"])
def test_a_name_that_is_nobodys_finds_nothing(grades: Grades, student: str) -> None:
    before = counts(grades)
    assert grades.found(student) == []
    grades.forget(student, lambda path: None)
    assert counts(grades) == before


def test_where_there_is_no_gradebook_none_is_made(tmp_path: Path) -> None:
    grades = Grades(tmp_path)
    assert grades.found("ada") == []
    grades.forget("ada", lambda path: None)
    assert list(tmp_path.iterdir()) == []
