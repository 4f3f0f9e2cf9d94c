"""Which database, how it is opened, and what is said where it cannot be; on SQLite and PostgreSQL the same grades."""

from __future__ import annotations

import csv
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc

from autograde.contract.failures import CourseError
from autograde.course.folder import Course
from autograde.gradebook import database
from autograde.gradebook.database import gradebook_of, patiently
from autograde.grading.options import GradeOptions
from autograde.grading.run import grade
from tools.postgresql import PASSWORD, PostgreSQL

from ..grading import test_run
from ..grading.test_run import ASSIGNMENT, RIGHT, UPHILL, Quick, hand_in

course, quick = test_run.course, test_run.quick


def exported(url: str, target: Path) -> list[dict[str, str]]:
    """What `nbgrader export` writes, sorted: databases return rows in an order of their own."""
    from nbgrader.api import Gradebook
    from nbgrader.plugins import CsvExportPlugin

    with Gradebook(database._as_we_connect(url), "") as book:
        CsvExportPlugin(to=str(target)).export(book)
    with target.open(encoding="utf-8") as file:
        return sorted(csv.DictReader(file), key=lambda row: (row["assignment"], row["student_id"]))


def grades(course: Course, url: str) -> list[tuple[Any, ...]]:
    with gradebook_of(course.root, url) as book:
        return sorted(
            (s.student.id, g.name, g.auto_score, g.manual_score, g.needs_manual_grade, n.late_submission_penalty)
            for s in book.find_assignment(ASSIGNMENT).submissions
            for n in s.notebooks
            for g in n.grades
        )


def test_the_same_grades_and_the_same_export(
    course: Course, quick: Quick, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **{**RIGHT, "gradient_descent_step": UPHILL})
    hand_in(course, "cy")
    (course.root / "submitted" / "ada" / ASSIGNMENT / "timestamp.txt").write_text("2026-11-20 12:00:00 UTC")
    urls = (f"sqlite:///{tmp_path / 'here.db'}", postgresql.new_database())
    for url in urls:
        grade(course, ASSIGNMENT, GradeOptions(workers=1, db=url))
        with gradebook_of(course.root, url) as book:
            book.find_grade("relative_error-check", "small", ASSIGNMENT, "bo").manual_score = 1.25
            book.db.commit()
        grade(course, ASSIGNMENT, GradeOptions(workers=1, db=url, force=True))
    there, here = (grades(course, url) for url in urls)
    assert len(here) == 9
    assert there == here
    files = [exported(url, tmp_path / f"{n}.csv") for n, url in enumerate(urls)]
    assert files[0] == files[1]
    assert {row["student_id"]: row["score"] for row in files[0]} == {"ada": "3.5", "bo": "1.25", "cy": "0.0"}
    assert not (course.root / "gradebook.db").exists()


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)


UNUSABLE: dict[str, tuple[Callable[[PostgreSQL], str], str]] = {
    "a wrong password": (lambda server: server.url("postgres", "wrong-" + PASSWORD), "password authentication failed"),
    "no such database": (lambda server: server.url("nowhere"), 'database "nowhere" does not exist'),
    "a server that is down": (lambda server: f"postgresql://me:{PASSWORD}@/d?host=/nowhere", "No such file"),
    "a host that is none": (lambda server: f"postgresql://me:{PASSWORD}@127.0.0.1:1/d", "refused"),
    "no URL": (lambda server: f"me:{PASSWORD}@host", "The gradebook's URL is none"),
    "another database": (lambda server: f"gibberish://me:{PASSWORD}@host/d", "the driver for it is not installed"),
}


@pytest.mark.parametrize("how", UNUSABLE)
def test_a_database_that_cannot_be_opened_is_one_sentence_without_the_password(
    how: str, course: Course, postgresql: PostgreSQL
) -> None:
    url_of, said = UNUSABLE[how]
    with pytest.raises(CourseError) as raised:
        gradebook_of(course.root, url_of(postgresql))
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)
    assert PASSWORD not in str(raised.value)


def test_a_missing_driver_is_told_with_what_to_install(course: Course, no_driver: None) -> None:
    with pytest.raises(CourseError, match=r"pip install 'psycopg\[binary\]'") as raised:
        gradebook_of(course.root, f"postgresql://me:{PASSWORD}@host/d")
    assert PASSWORD not in str(raised.value)


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg2://u:p@h/d", "postgresql+psycopg2://u:p@h/d"),
        ("sqlite:////a/b.db", f"sqlite:////a/b.db?timeout={database.BUSY_SECONDS}"),
        ("sqlite:////a/b.db?timeout=3", "sqlite:////a/b.db?timeout=3"),
    ],
)
def test_a_url_is_opened_with_our_driver_and_our_patience(written: str, opened: str) -> None:
    assert database._as_we_connect(written) == opened


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


DEADLOCK = exc.OperationalError("UPDATE", {}, Exception("deadlock detected"))
MEANWHILE = exc.IntegrityError("INSERT", {}, Exception("duplicate key"))
LOCKED = exc.OperationalError("UPDATE", {}, sqlite3.OperationalError("database is locked"))


@pytest.mark.parametrize("errors", [(), (DEADLOCK,), (MEANWHILE, DEADLOCK)])
def test_what_another_program_got_in_the_way_of_is_tried_again(errors: tuple[Exception, ...]) -> None:
    assert patiently(failing(*errors)) == "done"


@pytest.mark.parametrize(
    "errors", [(DEADLOCK,) * 3, (LOCKED,), (exc.DataError("INSERT", {}, Exception("no")),), (ValueError("ours"),)]
)
def test_what_stays_so_is_raised(errors: tuple[Exception, ...]) -> None:
    with pytest.raises(type(errors[0])):
        patiently(failing(*errors))


def test_a_gradebook_elsewhere_is_taken_to_be_there(tmp_path: Path) -> None:
    (tmp_path / "nbgrader_config.py").write_text('c = get_config()\nc.CourseDirectory.db_url = "postgresql:///d"\n')
    assert database.has_gradebook(tmp_path)


# --- opened again and again, by one process


def assignments(book: Any) -> list[str]:
    return [str(one.name) for one in book.assignments]


def test_a_gradebook_that_was_made_anew_is_another_one(course: Course) -> None:
    with gradebook_of(course.root) as book:
        book.add_assignment("before")
    (course.root / "gradebook.db").unlink()
    with gradebook_of(course.root) as book:
        assert assignments(book) == []
        book.add_assignment("after")
    with gradebook_of(course.root) as book:
        assert assignments(book) == ["after"]


def test_one_who_closes_the_gradebook_takes_it_from_nobody(course: Course) -> None:
    with gradebook_of(course.root) as one:
        with gradebook_of(course.root) as other:
            other.add_assignment("by another")
            assert assignments(one) == ["by another"]
        one.add_assignment("by one")
        assert assignments(one) == ["by another", "by one"]


def test_what_is_not_committed_is_nobody_elses(course: Course) -> None:
    from nbgrader.api import Student

    with gradebook_of(course.root) as one, gradebook_of(course.root) as other:
        one.db.add(Student(id="ada"))
        one.db.flush()
        assert [student.id for student in other.students] == []
        one.db.rollback()


def test_a_database_is_opened_again_without_a_file_left_open(course: Course) -> None:
    with gradebook_of(course.root) as book:
        book.add_assignment("a")
    there = {Path(f"/proc/self/fd/{name}").resolve() for name in Path("/proc/self/fd").iterdir()}
    assert course.root / "gradebook.db" not in there


def test_the_statements_of_a_hand_in_are_compiled_once(course: Course, quick: Quick) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **RIGHT)
    engine = database._engine(database._as_we_connect(f"sqlite:///{course.root / 'gradebook.db'}"))
    compiled: list[int] = []
    for student in ("ada", "ada", "bo"):
        grade(course, ASSIGNMENT, GradeOptions(students=(student,), workers=1, force=True))
        compiled.append(len(engine._compiled_cache))
    assert compiled[0] > 0
    assert compiled[2] == compiled[1]
