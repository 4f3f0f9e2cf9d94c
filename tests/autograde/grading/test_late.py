"""Every run brings times and late penalties up to date, of everyone, whatever changed since; and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from autograde.contract.failures import CourseError, Failure
from autograde.contract.roll import Roll
from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Notebook, Role
from autograde.gradebook.database import gradebook_of
from autograde.gradebook.standings import extend, extensions, read_roll, set_due
from autograde.gradebook.writer import GradebookWriter
from autograde.grading import pool
from autograde.grading.run import GradeOptions, grade

ASSIGNMENT = "01-backprop"
DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)  # 23:59 in Zurich
ONE_WORKER = GradeOptions(workers=1)
LATE, IN_TIME = "2026-12-02 22:59:00 UTC", "2026-12-01 22:58:59.999999 UTC"
POLICY = "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\n"


def all_right(task: pool.Task, jobs: Any, *, workers: int, withheld: Any) -> Iterator[pool.Graded]:
    """Grade without a sandbox: every check earns its points."""
    worker = pool._Worker(task)
    for job in jobs:
        yield worker.grade(job)


def full_points(notebook: Notebook, *, student: str, **_: Any) -> Verdict:
    cells = (
        CellVerdict(c.id, c.exercise, c.points, c.points, Outcome.CORRECT)
        for c in notebook.cells
        if c.role is Role.CHECK
    )
    return Verdict(student, notebook.assignment, notebook.name, tuple(cells))


@pytest.fixture
def course(tmp_path: Path, small_course: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    (tmp_path / "nbgrader_config.py").write_text(POLICY)
    monkeypatch.setattr("autograde.grading.bench.grade_all", all_right)
    monkeypatch.setattr(pool, "Sandbox", lambda *_, **__: None)
    monkeypatch.setattr(pool, "grade_notebook", full_points)
    return Course(tmp_path)


def hand_in(course: Course, student: str = "ada", stamp: str | bytes | None = None) -> Path:
    folder = course.root / "submitted" / student / ASSIGNMENT
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(course.root / "release" / ASSIGNMENT / "small.ipynb", folder / "small.ipynb")
    if stamp is not None:
        (folder / "timestamp.txt").write_bytes(stamp if isinstance(stamp, bytes) else stamp.encode())
    return folder


def run(course: Course, *students: str, force: bool = False) -> None:
    failures: list[Failure] = []
    grade(course, ASSIGNMENT, GradeOptions(students=students, workers=1, force=force), on_failure=failures.append)
    assert failures == []


def penalty(course: Course, student: str = "ada") -> float:
    return next(one.penalty for one in roll(course).standings if one.student == student)


def roll(course: Course) -> Roll:
    found = read_roll(course.root, ASSIGNMENT)
    assert found is not None
    return found


def in_book(course: Course, change: Callable[[Any], None]) -> None:
    with gradebook_of(course.root) as book:
        change(book)
        book.db.commit()


def graded(course: Course, stamp: str | None = None) -> None:
    """A class in which ada, and bo beside her, were graded and nothing was due."""
    hand_in(course, "ada", stamp)
    hand_in(course, "bo", IN_TIME)
    run(course)
    assert penalty(course) == 0


# --- what changes after everyone was graded


def a_new_stamp(course: Course) -> None:
    set_due(course.root, ASSIGNMENT, DUE)
    run(course)
    assert penalty(course) == 0
    hand_in(course, "ada", LATE)


def a_due_date(course: Course) -> None:
    hand_in(course, "ada", LATE)
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)


def a_due_date_from_nbgraders_command(course: Course) -> None:
    hand_in(course, "ada", LATE)
    run(course)
    in_book(
        course, lambda book: book.update_or_create_assignment(ASSIGNMENT, duedate="2026-12-01 23:59:00 Europe/Zurich")
    )


def a_due_date_that_moved(course: Course) -> None:
    hand_in(course, "ada", LATE)
    set_due(course.root, ASSIGNMENT, DUE + timedelta(days=30))
    run(course)
    assert penalty(course) == 0
    set_due(course.root, ASSIGNMENT, DUE)


def an_extension_that_was_taken_back(course: Course) -> None:
    hand_in(course, "ada", LATE)
    set_due(course.root, ASSIGNMENT, DUE)
    extend(course.root, ASSIGNMENT, "ada", DUE + timedelta(days=2))
    run(course)
    assert penalty(course) == 0
    extend(course.root, ASSIGNMENT, "ada", None)


NOW_LATE = [
    a_new_stamp,
    a_due_date,
    a_due_date_from_nbgraders_command,
    a_due_date_that_moved,
    an_extension_that_was_taken_back,
]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("change", NOW_LATE)
def test_who_is_late_now_loses_the_points(course: Course, change: Callable[[Course], None], force: bool) -> None:
    graded(course)
    change(course)
    run(course, force=force)
    assert (penalty(course), penalty(course, "bo")) == (3.5, 0)


def due_moved(course: Course) -> None:
    set_due(course.root, ASSIGNMENT, DUE + timedelta(days=1))


def due_gone(course: Course) -> None:
    set_due(course.root, ASSIGNMENT, None)


def extended(course: Course) -> None:
    extend(course.root, ASSIGNMENT, "ada", DUE + timedelta(days=1))


def nbgrader_extended(course: Course) -> None:
    in_book(course, lambda book: book.grant_extension(ASSIGNMENT, "ada", days=1))


def stamp_corrected(course: Course) -> None:
    hand_in(course, "ada", IN_TIME)


def policy_changed(course: Course) -> None:
    (course.root / "nbgrader_config.py").write_text("c = get_config()\n")


@pytest.mark.parametrize("change", [due_moved, due_gone, extended, nbgrader_extended, stamp_corrected, policy_changed])
def test_where_nothing_is_late_any_more_the_penalty_goes(course: Course, change: Callable[[Course], None]) -> None:
    graded(course)
    hand_in(course, "ada", LATE)
    set_due(course.root, ASSIGNMENT, DUE)
    run(course)
    assert penalty(course) == 3.5
    change(course)
    run(course)
    assert penalty(course) == 0


def test_a_persons_score_changes_what_is_taken(course: Course) -> None:
    graded(course)
    hand_in(course, "ada", LATE)
    set_due(course.root, ASSIGNMENT, DUE)

    def score(book: Any) -> None:
        given = book.find_grade("relative_error-check", "small", ASSIGNMENT, "ada")
        given.manual_score, given.extra_credit = 1.0, 0.25

    in_book(course, score)
    run(course)
    assert penalty(course) == 2.25
    (standing,) = [one for one in roll(course).standings if one.student == "ada"]
    assert (standing.points, standing.total, standing.by_hand, standing.extra_credit) == (2.25, 0.0, True, 0.25)


def test_also_who_is_not_graded_in_this_run_and_whose_folder_is_gone(course: Course) -> None:
    graded(course)
    hand_in(course, "ada", LATE)
    hand_in(course, "bo", LATE)
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)
    shutil.rmtree(course.root / "submitted" / "bo")
    hand_in(course, "cy", IN_TIME)
    run(course, "cy")
    assert {one.student: one.penalty for one in roll(course).standings} == {"ada": 3.5, "bo": 3.5, "cy": 0.0}


def test_a_run_that_finds_all_as_it_should_be_writes_nothing(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    graded(course)
    hand_in(course, "ada", LATE)
    set_due(course.root, ASSIGNMENT, DUE)
    run(course)
    said: list[str] = []
    with GradebookWriter(course.root) as writer:
        event.listen(writer._gradebook.engine, "before_cursor_execute", lambda *a: said.append(a[2]))
        assert writer.bring_up_to_date(ASSIGNMENT) == []
    assert said
    assert all(one.lstrip().startswith(("SELECT", "PRAGMA")) for one in said)
    assert len(said) <= 5, "not a query a student"


# --- moments

STAMPS: dict[str, tuple[str | bytes, float]] = {
    "a microsecond before": ("2026-12-01 22:58:59.999999 UTC", 0),
    "on the second": ("2026-12-01 22:59:00.000000 UTC", 0),
    "a microsecond after": ("2026-12-01 22:59:00.000001 UTC", 3.5),
    "23:59 on the clock of the course": ("2026-12-01 23:59:00 CET", 0),
    "within the last minute, which is over": ("2026-12-01 23:59:30 Europe/Zurich", 3.5),
    "without a zone it is UTC": ("2026-12-01 23:58:00", 3.5),
    "without a zone and in time": ("2026-12-01 22:58:00", 0),
    "abroad, where the next day has begun": ("2026-12-02 07:58:00 +0900", 0),
    "abroad, a minute later": ("2026-12-02 08:00:00 Asia/Tokyo", 3.5),
    "abroad, where it is still light": ("2026-12-01 17:58:00 EST", 0),
    "abroad, an hour later": ("2026-12-01T18:30:00-05:00", 3.5),
    "garbage": ("yesterday", 0),
    "a day alone": ("2026-12-09", 0),
    "no text": (b"\xff\xfe\x00", 0),
    "nothing": ("", 0),
    "a zone that is a file": ("2026-12-09 12:00:00 /etc/localtime", 0),
    "the end of time": ("9999-12-31 23:59:59 UTC", 3.5),
    "before all time": ("0001-01-01 00:00:00 UTC", 0),
}


@pytest.mark.parametrize(("stamp", "taken"), STAMPS.values(), ids=STAMPS)
def test_a_moment_is_late_or_not_wherever_its_clock_hangs(course: Course, stamp: str | bytes, taken: float) -> None:
    hand_in(course, "ada", stamp)
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)
    run(course)
    assert penalty(course) == taken


@pytest.mark.parametrize(
    ("due", "stamp", "late"),
    [
        # the night of 2026-10-25 has 02:00 to 03:00 twice
        ("2026-10-25 00:30", "2026-10-25 02:30:00 CEST", timedelta(0)),
        ("2026-10-25 00:30", "2026-10-25 02:30:00 CET", timedelta(hours=1)),
        ("2026-10-25 22:59", "2026-10-25 23:59:00 Europe/Zurich", timedelta(0)),
        # a day with 25 hours between summer's and winter's midnight
        ("2026-10-24 21:59", "2026-10-25 23:59:00 Europe/Zurich", timedelta(hours=25)),
        ("2026-03-28 22:59", "2026-03-29 23:59:00 Europe/Zurich", timedelta(hours=23)),
    ],
)
def test_lateness_over_a_change_of_the_clocks_is_real_time(
    course: Course, due: str, stamp: str, late: timedelta
) -> None:
    hand_in(course, "ada", stamp)
    run(course)
    set_due(course.root, ASSIGNMENT, datetime.fromisoformat(due).replace(tzinfo=UTC))
    (standing,) = roll(course).standings
    assert standing.late == late


def test_a_time_that_cannot_be_read_is_told_and_the_former_one_stays(course: Course) -> None:
    set_up = hand_in(course, "ada", LATE)
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)
    (set_up / "timestamp.txt").write_text("soon")
    run(course)
    assert (penalty(course), roll(course).undated) == (3.5, ("ada",))
    (set_up / "timestamp.txt").unlink()
    run(course)
    assert (penalty(course), roll(course).undated) == (3.5, ())


def test_a_link_is_no_timestamp(course: Course, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text(LATE)
    (hand_in(course) / "timestamp.txt").symlink_to(tmp_path / "elsewhere.txt")
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)
    run(course)
    assert penalty(course) == 0


def test_the_copy_in_autograded_follows(course: Course) -> None:
    copy = course.root / "autograded" / "ada" / ASSIGNMENT / "timestamp.txt"
    graded(course, IN_TIME)
    assert copy.read_text() == IN_TIME
    hand_in(course, "ada", LATE)
    run(course)
    assert copy.read_text() == LATE


# --- the course's own policy

OWN = """
from nbgrader.plugins import LateSubmissionPlugin
class Own(LateSubmissionPlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        {}
c = get_config()
c.AssignLatePenalties.plugin_class = Own
"""


@pytest.mark.parametrize(
    ("body", "taken"),
    [
        ("return None if total_seconds_late <= 2 * 86400 else score", 0),  # a grace period
        ("return score / 2", 1.75),
        ("return 1_000", 3.5),
        ("return -5", 0),
        ("return 0", 0),
    ],
)
def test_a_policy_of_the_courses_own_is_asked_and_kept_in_range(course: Course, body: str, taken: float) -> None:
    (course.root / "nbgrader_config.py").write_text(OWN.format(body))
    hand_in(course, "ada", LATE)
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)
    run(course)
    assert penalty(course) == taken


@pytest.mark.parametrize(
    "body", ["return 1 / 0 if student_id == 'ada' else 1", "return float('nan') if student_id == 'ada' else 1"]
)
def test_a_policy_that_fails_for_one_concerns_nobody_else(course: Course, body: str) -> None:
    for student in ("ada", "bo"):
        hand_in(course, student, LATE)
    run(course)
    set_due(course.root, ASSIGNMENT, DUE)
    (course.root / "nbgrader_config.py").write_text(OWN.format(body))
    failures: list[Failure] = []
    grade(course, ASSIGNMENT, ONE_WORKER, on_failure=failures.append)
    assert [failure.student for failure in failures] == ["ada"]
    assert penalty(course, "bo") == 1


# --- when work is due


def test_extensions_are_until_a_moment_and_are_shown(course: Course) -> None:
    graded(course, LATE)
    set_due(course.root, ASSIGNMENT, DUE)
    until = DUE + timedelta(days=7, minutes=5)
    extend(course.root, ASSIGNMENT, "ada", until)
    assert extensions(course.root, ASSIGNMENT) == {"ada": until}
    extend(course.root, ASSIGNMENT, "ada", None)
    assert extensions(course.root, ASSIGNMENT) == {}


def test_an_extension_that_cannot_be_given_is_a_sentence(course: Course) -> None:
    graded(course)
    with pytest.raises(CourseError, match="has no due date that could be extended"):
        extend(course.root, ASSIGNMENT, "ada", DUE)
    set_due(course.root, ASSIGNMENT, DUE)
    with pytest.raises(CourseError, match=r"zoe has nothing in the gradebook for 01-backprop"):
        extend(course.root, ASSIGNMENT, "zoe", DUE + timedelta(days=1))
    with pytest.raises(CourseError, match="should end after 01-backprop is due"):
        extend(course.root, ASSIGNMENT, "ada", DUE)
    with pytest.raises(CourseError, match="knows no assignment 09-none"):
        set_due(course.root, "09-none", DUE)
