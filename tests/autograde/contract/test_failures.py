"""One student's failure is that student's; a failure of the machine is everyone's, and one sentence."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import exc

import autograde.grading.run as grading
from autograde.contract.failures import CourseError, Failure, Stage, concerns_everyone, failure_of
from autograde.course.folder import Course
from autograde.gradebook import database
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import GradebookWriter, gradebook_of
from autograde.grading import pool, reception, standing
from autograde.grading.run import GradeOptions, grade

from ..stand_ins import Box, full_marks

ASSIGNMENT = "01-backprop"
HONEST = ("ada", "zoe")


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    course = Course(tmp_path)
    for student in (*HONEST, "mallory"):
        hand_in(course, student)
    return course


def hand_in(course: Course, student: str) -> Path:
    folder = course.root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True)
    return Path(shutil.copy(course.root / "source" / ASSIGNMENT / "small.ipynb", folder))


@pytest.fixture(autouse=True)
def quick(in_this_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "Sandbox", lambda *_, **__: Box())
    monkeypatch.setattr(pool, "grade_notebook", full_marks)


def run(course: Course, **options: Any) -> tuple[dict[str, float], list[Failure]]:
    failures: list[Failure] = []
    verdicts = grade(course, ASSIGNMENT, GradeOptions(workers=1, **options), on_failure=failures.append)
    return {verdict.student: verdict.points for verdict in verdicts}, failures


def in_gradebook(course: Course) -> dict[str, float]:
    with gradebook_of(course.root) as book:
        return {row.student.id: row.score for row in book.assignment_submissions(ASSIGNMENT)}


def raising(function: Any, error: BaseException, whose: str = "mallory") -> Callable[..., Any]:
    """The function, but where one student is concerned it raises."""

    def concerned(argument: Any) -> bool:
        return whose in str(getattr(argument, "student", argument))

    def stand_in(*arguments: Any, **named: Any) -> Any:
        if any(concerned(argument) for argument in (*arguments, *named.values())):
            raise error
        return function(*arguments, **named)

    return stand_in


def file_for_folder(course: Course) -> None:
    path = course.root / "autograded" / "mallory" / ASSIGNMENT
    path.parent.mkdir(parents=True)
    path.touch()


def file_for_student(course: Course) -> None:
    (course.root / "autograded").mkdir()
    (course.root / "autograded" / "mallory").touch()


def folder_for_file(course: Course) -> None:
    (course.root / "autograded" / "mallory" / ASSIGNMENT / "small.ipynb" / "x").mkdir(parents=True)


def folder_for_timestamp(course: Course) -> None:
    (course.root / "autograded" / "mallory" / ASSIGNMENT / "timestamp.txt" / "x").mkdir(parents=True)
    (course.root / "submitted" / "mallory" / ASSIGNMENT / "timestamp.txt").write_text("2026-01-01 00:00:00 UTC")


@pytest.mark.parametrize(
    "in_the_way",
    [file_for_folder, file_for_student, folder_for_file, folder_for_timestamp],
    ids=lambda one: one.__name__,
)
def test_what_stands_where_the_graded_work_belongs_concerns_one_student(
    course: Course, in_the_way: Callable[[Course], None]
) -> None:
    in_the_way(course)
    for _ in range(2):  # the second run takes everything from the journal
        points, failures = run(course)
        assert points == dict.fromkeys(HONEST, 3.5)
        assert [(one.student, one.stage) for one in failures] == [("mallory", Stage.RECORDING)]
        assert "\n" not in failures[0].reason
        assert in_gradebook(course) == points
    assert not list((course.root / "autograded").rglob("*.unfinished"))
    shutil.rmtree(course.root / "autograded" / "mallory", ignore_errors=True)
    (course.root / "autograded" / "mallory").unlink(missing_ok=True)
    assert run(course) == (dict.fromkeys((*HONEST, "mallory"), 3.5), [])


ERRORS = {
    "permission": PermissionError(errno.EACCES, "Permission denied", "/x/mallory\x1b"),
    "a name too long": OSError(errno.ENAMETOOLONG, "File name too long"),
    "no text": UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"),
    "a bug": RuntimeError("mallory\u202e"),
    "depth": RecursionError("too deep"),
    "memory": MemoryError(),
    "a value that the database does not take": exc.DataError("INSERT", {}, sqlite3.DataError("too big")),
    "an entry twice": exc.IntegrityError("INSERT", {}, sqlite3.IntegrityError("not unique")),
}
RECORDING = {"recorded": GradebookWriter, "record": GradebookWriter}
READING = {"precedent": grading, "submission": Course}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("where", [*RECORDING, *READING])
def test_what_fails_for_one_student_is_theirs(
    course: Course, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    owner: Any = (RECORDING | READING)[where]
    with monkeypatch.context() as patch:
        patch.setattr(owner, where, raising(getattr(owner, where), error))
        points, failures = run(course)
    assert points == in_gradebook(course) == dict.fromkeys(HONEST, 3.5)
    stage = Stage.RECORDING if where in RECORDING else Stage.READING
    assert failures == [failure_of("mallory", stage, error)]
    assert str(failures[0]).isprintable()
    assert run(course) == (dict.fromkeys((*HONEST, "mallory"), 3.5), [])


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize(("owner", "where"), [(standing, "receive"), (reception, "rebuild")])
def test_what_fails_for_one_student_whose_verdict_stands_is_theirs(
    course: Course, monkeypatch: pytest.MonkeyPatch, owner: Any, where: str, error: Exception
) -> None:
    (course.root / "submitted" / "mallory" / ASSIGNMENT / "small.ipynb").write_bytes(b'{"cells": [], "mallory": 1}')
    everyone, _ = run(course)
    monkeypatch.setattr(owner, where, raising(getattr(owner, where), error))
    points, failures = run(course)
    assert points == {student: everyone[student] for student in HONEST}
    assert failures == [failure_of("mallory", Stage.READING, error)]


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize(("owner", "where"), [(reception, "rebuild"), (pool, "receive")])
def test_what_fails_for_one_student_in_a_worker_is_a_grader_error(
    course: Course, monkeypatch: pytest.MonkeyPatch, owner: Any, where: str, error: Exception
) -> None:
    (course.root / "submitted" / "mallory" / ASSIGNMENT / "small.ipynb").write_bytes(b'{"cells": [], "mallory": 1}')
    monkeypatch.setattr(owner, where, raising(getattr(owner, where), error))
    failures: list[Failure] = []
    verdicts = grade(course, ASSIGNMENT, GradeOptions(workers=1, force=True), on_failure=failures.append)
    failed = [verdict for verdict in verdicts if verdict.grader_errors]
    assert [verdict.student for verdict in failed] == ["mallory"]
    assert failed[0].grader_errors[0].text.isprintable()
    assert {verdict.student for verdict in verdicts} - {"mallory"} == set(HONEST)
    assert failures == []


EVERYONES = {
    "a locked gradebook": exc.OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked")),
    "a gradebook that is none": exc.DatabaseError("SELECT", {}, sqlite3.DatabaseError("file is not a database")),
    "a server that is gone": exc.InterfaceError("SELECT", {}, sqlite3.InterfaceError("gone")),
    "no connection left": exc.TimeoutError("QueuePool limit"),
    "a full disk": OSError(errno.ENOSPC, "No space left on device"),
    "a full quota": OSError(errno.EDQUOT, "Disk quota exceeded"),
    "a disk that is read-only": OSError(errno.EROFS, "Read-only file system"),
    "no descriptors": OSError(errno.EMFILE, "Too many open files"),
}


@pytest.mark.parametrize("error", EVERYONES.values(), ids=EVERYONES)
@pytest.mark.parametrize("where", ["recorded", "record", "ensure"])
def test_what_concerns_everyone_is_one_sentence_and_loses_nothing(
    course: Course, monkeypatch: pytest.MonkeyPatch, where: str, error: Exception
) -> None:
    def never(*_: Any, **__: Any) -> Any:
        raise error

    assert concerns_everyone(error)
    with monkeypatch.context() as patch:
        patch.setattr(GradebookWriter, where, never)
        with pytest.raises(CourseError, match="Run the same command again: what was graded is not lost"):
            run(course)
    assert run(course) == (dict.fromkeys((*HONEST, "mallory"), 3.5), [])
    assert in_gradebook(course) == dict.fromkeys((*HONEST, "mallory"), 3.5)


def test_a_disk_that_fills_up_under_the_journal_is_told_once(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(CourseError, match="No space left on device"):
            run(course)
    assert run(course) == (dict.fromkeys((*HONEST, "mallory"), 3.5), [])


def test_a_gradebook_that_somebody_else_writes_to_is_one_sentence(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 1)
    run(course)
    (course.root / "submitted" / "ada" / ASSIGNMENT / "small.ipynb").write_bytes(b"[")
    other = sqlite3.connect(course.root / "gradebook.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(CourseError, match="database is locked"):
            run(course)
    finally:
        other.close()
    assert run(course)[0] == {"ada": 0.0, "zoe": 3.5, "mallory": 3.5}


@pytest.mark.parametrize("content", [b"not a database", bytes(4096)], ids=["text", "zeros"])
def test_a_gradebook_that_is_none_is_one_sentence(course: Course, content: bytes) -> None:
    (course.root / "gradebook.db").write_bytes(content)
    with pytest.raises(CourseError, match="file is not a database"):
        run(course)


@pytest.mark.parametrize("path", [".autograde/lock", ".autograde/journal", ".autograde/seed", "gradebook.db"])
def test_a_folder_where_a_file_of_ours_belongs_is_one_sentence(course: Course, path: str) -> None:
    if path.endswith("journal"):
        (course.private / "journal").touch()
    else:
        (course.private / ".." / path / "x").mkdir(parents=True)
    with pytest.raises(CourseError, match="stopped: "):
        run(course)


# --- feedback


def test_a_page_that_cannot_be_made_concerns_one_student(course: Course) -> None:
    run(course)
    path = course.root / "autograded" / "mallory" / ASSIGNMENT / "small.ipynb"
    path.unlink()
    path.write_text("{}")
    failures: list[Failure] = []
    pages = write_feedback(course.root, ASSIGNMENT, on_failure=failures.append)
    assert [page.parent.parent.name for page in pages] == list(HONEST)
    assert [(one.student, one.stage) for one in failures] == [("mallory", Stage.FEEDBACK)]


@pytest.mark.parametrize("part", ["mallory", f"mallory/{ASSIGNMENT}"])
def test_a_file_where_a_page_belongs_concerns_one_student(course: Course, part: str) -> None:
    run(course)
    path = course.root / "feedback" / part
    path.parent.mkdir(parents=True)
    path.touch()
    failures: list[Failure] = []
    pages = write_feedback(course.root, ASSIGNMENT, on_failure=failures.append)
    assert [page.parent.parent.name for page in pages] == list(HONEST)
    assert [(one.student, one.stage) for one in failures] == [("mallory", Stage.FEEDBACK)]


def test_work_that_the_gradebook_does_not_know_concerns_one_student(course: Course) -> None:
    run(course)
    shutil.copytree(course.root / "autograded" / "mallory", course.root / "autograded" / "new")
    failures: list[Failure] = []
    assert len(write_feedback(course.root, ASSIGNMENT, on_failure=failures.append)) == 3
    assert [one.student for one in failures] == ["new"]
    assert "The gradebook knows nothing of it" in failures[0].reason


def test_feedback_from_a_gradebook_that_is_none_is_one_sentence(course: Course) -> None:
    run(course)
    (course.root / "gradebook.db").write_bytes(b"not a database")
    with pytest.raises(CourseError, match="file is not a database"):
        write_feedback(course.root, ASSIGNMENT)


def test_a_full_disk_under_the_pages_is_one_sentence(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    run(course)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("autograde.gradebook.files.write", full)
    with pytest.raises(CourseError, match="No space left on device"):
        write_feedback(course.root, ASSIGNMENT)
