"""A course that 0.1.0 graded, opened by this version: nobody's points move until a person asks."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograde import cli
from autograde.contract.verdict import Kept
from autograde.course.folder import Course
from autograde.course.notebook import solutions_of
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import gradebook_of
from autograde.grading import bench, pool
from autograde.grading.compare import compare
from autograde.grading.engine import this_engine
from autograde.grading.first import FIRST
from autograde.grading.journal import Journal
from autograde.grading.run import GradeOptions, grade

ROOT = Path(__file__).resolve().parents[3]
FIRST_FILES = ROOT / "tests" / "fixtures" / "0.1.0"
ASSIGNMENT, NOTEBOOK = "01-backprop", "backprop"
POINTS = {"ada": 20.0, "bo": 19.0, "cy": 0.0, "dee": 0.0}
ONE = GradeOptions(workers=1)


@pytest.fixture
def course(tmp_path: Path) -> Course:
    with tarfile.open(FIRST_FILES / "course.tar.xz") as archive:
        archive.extractall(tmp_path / "course", filter="data")
    return Course(tmp_path / "course")


@pytest.fixture
def to_grade(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects who would be graded, in place of grading them."""
    students: list[str] = []

    def grade_all(task: pool.Task, jobs: list[pool.Job], **_: Any) -> list[pool.Graded]:
        students.extend(job.student for job in jobs)
        return []

    monkeypatch.setattr(bench, "grade_all", grade_all)
    return students


def tables(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the gradebook."""
    from sqlalchemy import inspect, text

    with gradebook_of(course.root) as book:
        return {
            name: sorted(map(tuple, book.db.execute(text(f'SELECT * FROM "{name}"'))), key=repr)
            for name in inspect(book.engine).get_table_names()
        }


def scores(course: Course) -> list[tuple[Any, ...]]:
    """Everyone's points, cell by cell, and what a person entered."""
    grade = "SELECT notebook_id, cell_id, COALESCE(auto_score, 0), manual_score, extra_credit FROM grade ORDER BY id"
    with sqlite3.connect(course.root / "gradebook.db") as book:
        return book.execute(grade).fetchall()


def files(course: Course) -> dict[str, tuple[int, bytes]]:
    """Every file but the lock and the students' library, which each run makes for itself."""
    return {
        str(name): (path.stat().st_mtime_ns, path.read_bytes())
        for path in course.root.rglob("*")
        if path.is_file() and (name := path.relative_to(course.root)).parts[:2] not in OURS
    }


OURS = ((".autograde", "lock"), (".autograde", "view"))


def verdicts(course: Course) -> dict[str, Any]:
    return {verdict.student: verdict for verdict in Journal(course.journal(ASSIGNMENT, NOTEBOOK))}


def by_hand(course: Course) -> tuple[Any, ...]:
    """What a person entered for bo."""
    with gradebook_of(course.root) as book:
        step = book.find_grade("gradient_descent_step-check", NOTEBOOK, ASSIGNMENT, "bo")
        extra = book.find_grade("dense_backward-check", NOTEBOOK, ASSIGNMENT, "bo")
        comment = book.find_comment("gradient_descent_step", NOTEBOOK, ASSIGNMENT, "bo")
        return step.manual_score, extra.extra_credit, comment.manual_comment, comment.comment


ENTERED = (0.5, 0.25, *("Half a point for the learning rate.",) * 2)


def auto_scores(course: Course) -> dict[str, float]:
    with gradebook_of(course.root) as book:
        return {
            submission.student.id: sum(grade.auto_score or 0 for grade in submission.notebooks[0].grades)
            for submission in book.find_assignment(ASSIGNMENT).submissions
        }


def test_the_fixture_holds_0_1_0_s_masters(course: Course) -> None:
    for kind in ("source", "release"):
        name = f"{kind}/{ASSIGNMENT}/{NOTEBOOK}.ipynb"
        assert (course.root / name).read_bytes() == (FIRST_FILES / name).read_bytes()


def test_it_opens_with_its_seed_its_verdicts_and_its_gradebook(course: Course) -> None:
    assert course.seed() == 20261130
    assert {student: verdict.points for student, verdict in verdicts(course).items()} == POINTS
    assert {verdict.engine for verdict in verdicts(course).values()} == {FIRST}
    assert auto_scores(course) == POINTS
    assert by_hand(course) == ENTERED


def run_to_its_end() -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0


def test_grading_again_grades_nobody_changes_nothing_and_says_so(
    course: Course, to_grade: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    points = scores(course)
    monkeypatch.setattr("sys.argv", ["autograde", "grade", ASSIGNMENT, "--course", str(course.root)])
    run_to_its_end()  # what waited for a person to decide on 0 points of 0 no longer does
    assert scores(course) == points
    capsys.readouterr()
    before = tables(course), files(course)
    run_to_its_end()
    assert to_grade == []
    said = capsys.readouterr().out
    assert "4 verdicts by 0.1.0" in said
    assert "`autograde compare 01-backprop` shows who would change" in said
    assert (tables(course), files(course)) == before


def test_in_json_the_verdicts_name_0_1_0_and_the_sentence_is_not_among_them(
    course: Course, to_grade: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["autograde", "grade", ASSIGNMENT, "--json", "--course", str(course.root)])
    run_to_its_end()
    said = capsys.readouterr()
    assert {json.loads(line)["engine"]["version"] for line in said.out.splitlines()} == {"0.1.0"}
    assert "4 verdicts by 0.1.0" in said.err


def test_a_report_reads_it_and_changes_nothing(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files(course)
    monkeypatch.setattr("sys.argv", ["autograde", "report", ASSIGNMENT, "--json", "--course", str(course.root)])
    run_to_its_end()
    (found,) = json.loads(capsys.readouterr().out)["mistakes"]
    assert (found["exercise"], found["students"]) == ("gradient_descent_step", 1)
    assert found["hint"].startswith("That goes uphill")
    assert files(course) == before


def test_another_seed_grades_all_but_the_one_who_has_her_feedback(course: Course, to_grade: list[str]) -> None:
    (course.private / "seed").write_text("1\n")
    told: dict[str, Kept] = {}
    grade(course, ASSIGNMENT, ONE, on_kept=lambda verdict, why: told.update({verdict.student: why}))
    assert told == {"ada": Kept.FEEDBACK_IS_OUT}
    assert sorted(to_grade) == ["bo", "cy", "dee"]


def test_a_lost_gradebook_gets_also_the_grade_that_stands_for_other_tests(course: Course, to_grade: list[str]) -> None:
    (course.private / "seed").write_text("1\n")
    (course.root / "gradebook.db").unlink()
    grade(course, ASSIGNMENT, ONE)
    assert auto_scores(course) == {"ada": 20.0}


def test_another_file_is_graded_though_she_has_her_feedback(course: Course, to_grade: list[str]) -> None:
    path = course.submission("ada", ASSIGNMENT, NOTEBOOK)
    path.write_text(path.read_text().replace("from the end to the beginning", "backwards"))
    (course.private / "seed").write_text("1\n")
    grade(course, ASSIGNMENT, ONE)
    assert "ada" in to_grade


def test_compare_finds_the_same_points_and_records_nothing(course: Course) -> None:
    before = tables(course), files(course)
    found = compare(course, ASSIGNMENT, ONE)
    assert (found.changes, found.unchanged, found.failed, found.not_compared) == ((), 4, (), ())
    assert (tables(course), files(course)) == before


def test_regrade_renews_all_and_leaves_what_a_person_entered(course: Course) -> None:
    grade(course, ASSIGNMENT, GradeOptions(workers=2, regrade=True))
    engine = this_engine(course.settings().allowed())
    assert {verdict.engine for verdict in verdicts(course).values()} == {engine}
    assert {student: verdict.points for student, verdict in verdicts(course).items()} == POINTS
    assert auto_scores(course) == POINTS
    assert by_hand(course) == ENTERED
    assert json.loads((course.root / "autograded" / "bo" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text())["metadata"][
        "machine_room"
    ] == {"edition": 1, "engine": engine.digest, "key": verdicts(course)["bo"].key}


def test_feedback_is_made_from_what_0_1_0_graded(course: Course) -> None:
    (page,) = write_feedback(course.root, ASSIGNMENT, ["bo"])
    text = page.read_text(encoding="utf-8")
    assert "Half a point for the learning rate." in text
    assert "That goes uphill" in text


def as_0_1_0_made_it(course: Course) -> None:
    pass


def made_by_us(course: Course) -> None:
    """From the journal: the gradebook is lost, the verdicts are not."""
    (course.root / "gradebook.db").unlink()
    grade(course, ASSIGNMENT, ONE)


@pytest.mark.parametrize("gradebook", [as_0_1_0_made_it, made_by_us])
def test_nbgraders_own_upgrade_of_the_gradebook_changes_no_grade(
    course: Course, to_grade: list[str], gradebook: Callable[[Course], None]
) -> None:
    gradebook(course)
    before = tables(course)
    assert auto_scores(course) == POINTS
    programs = Path(sys.executable).parent  # nbgrader looks for `alembic` there
    done = subprocess.run(
        [str(programs / "nbgrader"), "db", "upgrade"],
        cwd=course.root,
        env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert tables(course) == before
    assert to_grade == []


# --- the release of 0.1.0, handed in today


def first_release(solved: bool) -> bytes:
    notebook = json.loads((FIRST_FILES / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    source = json.loads((FIRST_FILES / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    answers = solutions_of(source) if solved else {}
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return json.dumps(notebook).encode()


def of_0_1_0(root: Path) -> None:
    shutil.copytree(FIRST_FILES / "source" / ASSIGNMENT, root / "source" / ASSIGNMENT)


def of_today(root: Path) -> None:
    shutil.copytree(ROOT / "source" / ASSIGNMENT, root / "source" / ASSIGNMENT)


@pytest.mark.parametrize(("masters", "points", "later"), [(of_0_1_0, 20.0, []), (of_today, 18.0, ["skip_backward"])])
def test_the_release_of_0_1_0_grades(
    tmp_path: Path, masters: Callable[[Path], None], points: float, later: list[str]
) -> None:
    """Where the course does not keep that edition, what it did not ask for is missing, and that is told."""
    masters(tmp_path)
    course = Course(tmp_path)
    for student, solved in (("ada", True), ("cy", False)):
        path = course.submission(student, ASSIGNMENT, NOTEBOOK)
        path.parent.mkdir(parents=True)
        path.write_bytes(first_release(solved))
    ada, cy = grade(course, ASSIGNMENT, ONE)
    assert (ada.points, cy.points) == (points, 0.0)
    assert [cell.exercise for cell in ada.cells if cell.points is not None and cell.points < cell.max_points] == later
    assert ["that is not graded in this course" in note for note in ada.notes[:1]] == [True] * len(later)
