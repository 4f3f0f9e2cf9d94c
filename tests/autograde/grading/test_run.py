"""A run from submitted/ to the gradebook: once, again, killed, changed, and when we ourselves fail."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from autograde.contract.failures import CourseError
from autograde.contract.verdict import CellVerdict, Engine, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.libraries import LibrariesError
from autograde.course.notebook import Notebook, Role, exercise_of, read_master, role_of
from autograde.course.settings import SettingsError
from autograde.gradebook.rows import Rows
from autograde.gradebook.writer import GradebookWriter, gradebook_of
from autograde.grading import pool
from autograde.grading.run import GradeOptions, grade, task_for
from autograde.inside.limits import Limits
from autograde.report.table import show

from ..conftest import InThisProcess

ASSIGNMENT = "01-backprop"
RIGHT = {
    "relative_error": "def relative_error(a, b):\n"
    "    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))",
    "gradient_descent_step": "def gradient_descent_step(theta, gradient, *, learning_rate):\n"
    "    return theta - learning_rate * gradient",
}
UPHILL = "def gradient_descent_step(theta, gradient, *, learning_rate):\n    return theta + learning_rate * gradient"
SLOW = "import time\ntime.sleep(1000)\n"
ONE_WORKER = GradeOptions(workers=1)


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    return Course(tmp_path)


def hand_in(course: Course, student: str, **solutions: str) -> Path:
    notebook = json.loads((course.root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if role_of(cell).value == "solution":
            cell["source"] = solutions.get(exercise_of(cell) or "", cell["source"])
    return hand_in_file(course, student, json.dumps(notebook).encode())


def hand_in_file(course: Course, student: str, content: bytes) -> Path:
    path = course.submission(student, ASSIGNMENT, "small")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def points(verdicts: list[Verdict]) -> dict[str, float]:
    return {verdict.student: verdict.points for verdict in verdicts}


def in_gradebook(course: Course) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the gradebook says about students, without its random ids."""
    with gradebook_of(course.root) as book:
        return {
            submission.student.id: sorted(
                [(g.name, g.auto_score, g.manual_score, g.needs_manual_grade) for g in notebook.grades]
                + [(c.name, c.auto_comment, None, None) for c in notebook.comments],
                key=repr,
            )
            for submission in book.find_assignment(ASSIGNMENT).submissions
            for notebook in submission.notebooks
        }


def scores(course: Course) -> dict[str, float]:
    return {
        student: sum(row[1] or 0 for row in rows if row[0].endswith("-check"))
        for student, rows in in_gradebook(course).items()
    }


def autograded(course: Course) -> dict[str, bytes]:
    return {str(p.relative_to(course.root)): p.read_bytes() for p in (course.root / "autograded").rglob("*.ipynb")}


class Quick:
    """Stands in for sandbox and judge where a test is about what happens around them. Knows the answers by heart."""

    def __init__(self) -> None:
        self.graded: list[str] = []
        self.sandboxes: list[Quick.Box] = []

    class Box:
        def close(self) -> None:
            pass

    def sandbox(self, *_: Any, **__: Any) -> Box:
        self.sandboxes.append(self.Box())
        return self.sandboxes[-1]

    def grade_notebook(self, notebook: Notebook, *, student: str, sandbox: Box, **_: Any) -> Verdict:
        assert sandbox is self.sandboxes[-1]
        self.graded.append(student)
        answers = {cell.exercise: cell.source for cell in notebook.cells if cell.role is Role.SOLUTION}
        checks = (cell for cell in notebook.cells if cell.role is Role.CHECK)
        verdicts = (
            CellVerdict(check.id, check.exercise, check.points, check.points, Outcome.CORRECT)
            if answers[check.exercise] == RIGHT[check.exercise or ""]
            else CellVerdict(check.id, check.exercise, 0.0, check.points, Outcome.WRONG)
            for check in checks
        )
        return Verdict(student, notebook.assignment, notebook.name, tuple(verdicts), notes=notebook.notes)


@pytest.fixture
def quick(in_this_process: None, monkeypatch: pytest.MonkeyPatch) -> Quick:
    stand_in = Quick()
    monkeypatch.setattr(pool, "Sandbox", stand_in.sandbox)
    monkeypatch.setattr(pool, "grade_notebook", stand_in.grade_notebook)
    return stand_in


def never(*_: Any, **__: Any) -> Any:
    raise AssertionError("nothing had to be graded")


def test_a_class_is_graded_in_two_processes_and_recorded(course: Course) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **{**RIGHT, "gradient_descent_step": UPHILL})
    hand_in(course, "cy")
    hand_in_file(course, "dee", b"")
    (course.root / "submitted" / "eve" / ASSIGNMENT).mkdir(parents=True)
    started: list[int] = []
    seen: list[Verdict] = []
    verdicts = grade(course, ASSIGNMENT, GradeOptions(workers=2), on_start=started.append, on_verdict=seen.append)
    assert not [cell for verdict in verdicts for cell in verdict.grader_errors]
    assert points(verdicts) == {"ada": 3.5, "bo": 2.5, "cy": 0.0, "dee": 0.0, "eve": 0.0}
    assert {verdict.max_points for verdict in verdicts} == {6.5}
    assert started == [5]
    assert sorted(v.student for v in seen) == ["ada", "bo", "cy", "dee", "eve"]
    by_student = {verdict.student: verdict for verdict in verdicts}
    assert "uphill" in by_student["bo"].main_mistake
    assert by_student["dee"].notes[0].startswith("The file is empty.")
    assert by_student["eve"].notes[0].startswith("No file small.ipynb was handed in.")
    assert scores(course) == points(verdicts)
    assert len(autograded(course)) == 5


def test_an_unreadable_file_leaves_no_answer_of_ours_in_autograded(course: Course) -> None:
    hand_in_file(course, "dee", b"[1")
    grade(course, ASSIGNMENT, ONE_WORKER)
    (text,) = autograded(course).values()
    assert b"np.maximum" not in text
    assert b"ends in the middle" in text


def test_what_has_not_changed_is_not_graded_again(
    course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "ada", **RIGHT)
    first = grade(course, ASSIGNMENT, ONE_WORKER)
    before = in_gradebook(course), autograded(course)
    monkeypatch.setattr(pool, "grade_notebook", never)
    monkeypatch.setattr(GradebookWriter, "record", never)
    assert grade(course, ASSIGNMENT, ONE_WORKER) == first
    assert (in_gradebook(course), autograded(course)) == before


def test_a_persons_grade_is_not_flagged_by_a_run_that_changes_nothing(course: Course, quick: Quick) -> None:
    hand_in(course, "ada", **RIGHT)
    grade(course, ASSIGNMENT, ONE_WORKER)
    with gradebook_of(course.root) as book:
        given = book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "ada")
        given.manual_score, given.needs_manual_grade = 0.5, False
        book.db.commit()
    grade(course, ASSIGNMENT, ONE_WORKER)
    assert ("gradient_descent_step-check", 1.0, 0.5, False) in in_gradebook(course)["ada"]


def change_master(course: Course) -> None:
    path = course.root / "source" / ASSIGNMENT / "small.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace('"points": 1,', '"points": 2,'), encoding="utf-8")


def declare(course: Course, library: str) -> None:
    (course.root / "autograde.toml").write_text(f'libraries = ["{library}"]', encoding="utf-8")


CHANGES: dict[str, tuple[Callable[[Course], Any], set[str]]] = {
    "one student hands in again": (lambda course: hand_in(course, "bo", **RIGHT), {"bo"}),
    "a new student hands in": (lambda course: hand_in(course, "cy", **RIGHT), {"cy"}),
    "the test changes": (change_master, {"ada", "bo"}),
    "the course declares a library": (lambda course: declare(course, "scikit-learn"), {"ada", "bo"}),
    "it declares what everyone has": (lambda course: declare(course, "numpy"), set()),
    "it declares that in other letters": (lambda course: declare(course, "Matplotlib >= 1"), set()),
    "the seed changes": (lambda course: (course.private / "seed").write_text("7\n"), {"ada", "bo"}),
}


@pytest.mark.parametrize(("change", "again"), CHANGES.values(), ids=CHANGES)
def test_a_change_grades_again_whom_it_concerns(
    course: Course, quick: Quick, change: Callable[[Course], Any], again: set[str]
) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo")
    grade(course, ASSIGNMENT, ONE_WORKER)
    change(course)
    quick.graded.clear()
    grade(course, ASSIGNMENT, ONE_WORKER)
    assert set(quick.graded) == again


def test_force_grades_everyone_and_a_name_grades_one(course: Course, quick: Quick) -> None:
    for student in ("ada", "bo"):
        hand_in(course, student, **RIGHT)
    assert points(grade(course, ASSIGNMENT, GradeOptions(students=("bo",), workers=1))) == {"bo": 3.5}
    assert set(in_gradebook(course)) == {"bo"}
    quick.graded.clear()
    grade(course, ASSIGNMENT, GradeOptions(workers=1, force=True))
    assert sorted(quick.graded) == ["ada", "bo"]


def test_who_handed_nothing_in_is_named(course: Course) -> None:
    hand_in(course, "ada")
    with pytest.raises(CourseError, match=r"Nothing handed in for 01-backprop by: zoe\."):
        grade(course, ASSIGNMENT, GradeOptions(students=("ada", "zoe")))


def test_an_assignment_that_is_not_there_is_named(course: Course) -> None:
    with pytest.raises(CourseError, match=r"No notebook in source/09-none .* Assignments there: 01-backprop\."):
        grade(course, "09-none")


def test_a_second_run_in_the_same_course_is_refused(course: Course, quick: Quick) -> None:
    hand_in(course, "ada", **RIGHT)

    def second(_: Verdict) -> None:
        with pytest.raises(CourseError, match="Another run is grading in"):
            grade(course, ASSIGNMENT, ONE_WORKER)

    assert len(grade(course, ASSIGNMENT, ONE_WORKER, on_verdict=second)) == 1


# --- our own failures


def test_our_own_failure_is_a_grader_error_and_is_tried_again(
    course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **RIGHT)

    def failing(notebook: Notebook, **arguments: Any) -> Verdict:
        if arguments["student"] == "ada":
            raise RuntimeError("ours")
        return quick.grade_notebook(notebook, **arguments)

    with monkeypatch.context() as patch:
        patch.setattr(pool, "grade_notebook", failing)
        ada, bo = grade(course, ASSIGNMENT, ONE_WORKER)
    assert [cell.outcome for cell in ada.cells] == [Outcome.GRADER_ERROR, Outcome.GRADER_ERROR, Outcome.NOT_GRADED]
    assert bo.points == 3.5
    assert ("relative_error-check", None, None, True) in in_gradebook(course)["ada"]
    ada, bo = grade(course, ASSIGNMENT, ONE_WORKER)
    assert (ada.points, bo.points) == (3.5, 3.5)
    assert ("relative_error-check", 2.5, None, False) in in_gradebook(course)["ada"]


def test_a_failure_that_a_fresh_sandbox_mends_is_no_failure(
    course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "ada", **RIGHT)

    def failing_once(notebook: Notebook, **arguments: Any) -> Verdict:
        if len(quick.sandboxes) == 1:
            raise RuntimeError("the sandbox was lost")
        return quick.grade_notebook(notebook, **arguments)

    monkeypatch.setattr(pool, "grade_notebook", failing_once)
    assert points(grade(course, ASSIGNMENT, ONE_WORKER)) == {"ada": 3.5}
    assert len(quick.sandboxes) == 2


@pytest.fixture
def deadly(quick: Quick, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Bo's work ends whoever grades it; the list says who was begun."""
    begun: list[str] = []

    def dying(notebook: Notebook, **arguments: Any) -> Verdict:
        begun.append(arguments["student"])
        if arguments["student"] == "bo":
            raise MemoryError
        return quick.grade_notebook(notebook, **arguments)

    monkeypatch.setattr(pool, "grade_notebook", dying)
    return begun


def test_who_ends_two_workers_is_not_graded_a_third_time(course: Course, deadly: list[str]) -> None:
    for student in ("ada", "bo", "cy"):
        hand_in(course, student, **RIGHT)
    first = grade(course, ASSIGNMENT, ONE_WORKER)
    assert deadly == ["ada", "bo", "cy", "bo"]
    assert [(v.student, bool(v.grader_errors), v.killed_workers) for v in first] == [
        ("ada", False, 0), ("bo", True, 2), ("cy", False, 0),
    ]  # fmt: skip
    assert ("relative_error-check", None, None, True) in in_gradebook(course)["bo"]
    deadly.clear()
    assert grade(course, ASSIGNMENT, ONE_WORKER) == first
    assert deadly == []


AGAIN: dict[str, tuple[Callable[[Course], Any], GradeOptions]] = {
    "the file changes": (lambda course: hand_in(course, "bo", relative_error="pass"), ONE_WORKER),
    "the tests change": (change_master, ONE_WORKER),
    "the limits change": (lambda course: None, GradeOptions(workers=1, limits=Limits(request_seconds=19))),
    "the course's limits change": (lambda course: set_limits(course, "request_seconds = 19"), ONE_WORKER),
    "it is forced": (lambda course: None, GradeOptions(workers=1, force=True)),
}


def set_limits(course: Course, line: str) -> None:
    (course.root / "autograde.toml").write_text(f"[limits]\n{line}\n", encoding="utf-8")


def test_the_course_s_limits_are_those_of_a_run_unless_it_brings_its_own(course: Course) -> None:
    (master,) = [read_master(path) for path in course.masters(ASSIGNMENT)]
    view = course.private / "view"
    default = task_for(course, master, ONE_WORKER, view=view)
    set_limits(course, "request_seconds = 19")
    task = task_for(course, master, ONE_WORKER, view=view)
    assert task.limits == Limits(request_seconds=19.0)
    assert task.key != default.key
    own = task_for(course, master, GradeOptions(limits=Limits(threads=5)), view=view)
    assert own.limits == Limits(threads=5)


@pytest.mark.parametrize("line", ["request_second = 19", "threads = 1.5", "request_seconds = 0"])
def test_a_limit_that_is_none_stops_the_run_with_the_file_s_name(course: Course, line: str) -> None:
    hand_in(course, "bo", **RIGHT)
    set_limits(course, line)
    with pytest.raises(SettingsError, match=rf"autograde\.toml, in \[limits\]: .*{line.partition(' ')[0]}"):
        grade(course, ASSIGNMENT, ONE_WORKER)
    assert not (course.root / "autograded").exists()


@pytest.mark.parametrize(("change", "options"), AGAIN.values(), ids=AGAIN)
def test_who_ended_two_workers_is_graded_again_once_something_changes(
    course: Course, deadly: list[str], change: Callable[[Course], Any], options: GradeOptions
) -> None:
    hand_in(course, "bo", **RIGHT)
    grade(course, ASSIGNMENT, ONE_WORKER)
    change(course)
    deadly.clear()
    grade(course, ASSIGNMENT, options)
    assert deadly == ["bo", "bo"]


@pytest.mark.parametrize("options", [ONE_WORKER, GradeOptions(workers=1, regrade=True)], ids=["as ever", "regrade"])
def test_who_ended_two_workers_is_graded_again_by_another_engine_feedback_or_not(
    course: Course, deadly: list[str], monkeypatch: pytest.MonkeyPatch, options: GradeOptions
) -> None:
    """There are no points that could move, and it may have been a bug of ours."""
    hand_in(course, "bo", **RIGHT)
    grade(course, ASSIGNMENT, ONE_WORKER)
    (course.root / "feedback" / "bo" / ASSIGNMENT).mkdir(parents=True)
    deadly.clear()
    grade(course, ASSIGNMENT, options)
    assert deadly == []
    monkeypatch.setattr("autograde.grading.run.this_engine", lambda *_: Engine("9.9", "new"))
    grade(course, ASSIGNMENT, options)
    assert deadly == ["bo", "bo"]


def test_the_file_that_ends_workers_is_not_even_parsed_by_the_main_process(
    course: Course, deadly: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "bo", **RIGHT)
    grade(course, ASSIGNMENT, ONE_WORKER)
    monkeypatch.setattr("autograde.grading.reception.rebuild", never)
    (verdict,) = grade(course, ASSIGNMENT, ONE_WORKER)
    assert verdict.killed_workers == 2


def test_the_table_says_that_it_is_not_tried_again(course: Course, deadly: list[str]) -> None:
    hand_in(course, "bo", **RIGHT)
    console = Console(record=True, width=200, file=io.StringIO())
    show(grade(course, ASSIGNMENT, ONE_WORKER), title="class", console=console)
    said = " ".join(console.export_text().split())
    assert "ran out of memory or crashed on this file, 2 times. It is not tried again until the file changes" in said


def test_a_worker_that_is_broken_while_one_job_waits_is_replaced(
    course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[str] = []

    monkeypatch.setattr(InThisProcess, "submit", _breaking(InThisProcess.submit, broken))
    for student in ("ada", "bo"):
        hand_in(course, student, **RIGHT)
    assert points(grade(course, ASSIGNMENT, ONE_WORKER)) == {"ada": 3.5, "bo": 3.5}
    assert broken == ["ada"]


def _breaking(submit: Callable[..., Future[Any]], broken: list[str]) -> Callable[..., Future[Any]]:
    """An executor's `submit` that breaks at the first job of ada's."""

    def breaking(self: Any, function: Any, /, *arguments: Any) -> Future[Any]:
        if arguments and arguments[0].student == "ada" and not broken:
            broken.append("ada")
            future: Future[Any] = Future()
            future.set_exception(BrokenProcessPool())
            return future
        return submit(self, function, *arguments)

    return breaking


@pytest.mark.parametrize("after", ["journal", "autograded"])
def test_a_run_that_ends_between_two_writes_is_completed_by_the_next(
    course: Course, quick: Quick, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    for student in ("ada", "bo"):
        hand_in(course, student, **RIGHT)

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patch:
        owner, name = (GradebookWriter, "record") if after == "journal" else (Rows, "grades")
        patch.setattr(owner, name, killed)
        with pytest.raises(Killed):
            grade(course, ASSIGNMENT, ONE_WORKER)
    assert points(grade(course, ASSIGNMENT, ONE_WORKER)) == {"ada": 3.5, "bo": 3.5}
    assert scores(course) == {"ada": 3.5, "bo": 3.5}


# --- killed


def until(condition: Callable[[], bool], what: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


def processes_that_name(text: str) -> list[str]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if text.encode() in command:
            found.append(folder.name)
    return found


def test_a_run_killed_in_the_middle_and_run_again_makes_the_same_gradebook(course: Course, tmp_path: Path) -> None:
    students = {
        f"s{index}": {**RIGHT} if index % 2 else {**RIGHT, "gradient_descent_step": UPHILL} for index in range(4)
    }
    for student, solutions in students.items():
        hand_in(course, student, **solutions)
    hand_in(course, "waits", **{**RIGHT, "relative_error": SLOW + RIGHT["relative_error"]})
    command = [sys.executable, "-m", "autograde", "grade", ASSIGNMENT, "--course", str(course.root), "--workers", "2"]
    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    journal = course.root / ".autograde" / "journal" / f"{ASSIGNMENT}-small.jsonl"
    until(lambda: journal.exists() and journal.read_bytes().count(b"\n") >= 2, "two verdicts in the journal")
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    until(
        lambda: not processes_that_name(str(course.root)), "workers and sandboxes to end with the run that was killed"
    )

    assert not in_gradebook(course).keys() >= {*students, "waits"}, "it was killed in the middle"
    hand_in(course, "waits", **RIGHT)
    grade(course, ASSIGNMENT)

    whole = Course(tmp_path / "whole")
    for part in ("source", "release", "submitted"):
        shutil.copytree(course.root / part, whole.root / part)
    (whole.private / "seed").write_text(f"{course.seed()}\n")
    grade(whole, ASSIGNMENT)
    assert in_gradebook(course) == in_gradebook(whole)
    assert autograded(course).keys() == autograded(whole).keys()


@pytest.mark.parametrize(("declared", "points"), [((), 1.0), (("scikit-learn",), 3.5)])
def test_a_hand_in_imports_what_the_course_declares(course: Course, declared: tuple[str, ...], points: float) -> None:
    for library in declared:
        declare(course, library)
    right = RIGHT["relative_error"]
    hand_in(course, "ada", **{**RIGHT, "relative_error": f"import sklearn.datasets\n{right}"})
    (verdict,) = grade(course, ASSIGNMENT, ONE_WORKER)
    assert verdict.points == points


def test_a_setting_that_is_wrong_stops_the_run_before_anything_is_graded(course: Course, quick: Quick) -> None:
    hand_in(course, "ada", **RIGHT)
    declare(course, "no-such-library")
    with pytest.raises(LibrariesError, match="no-such-library is not installed here"):
        grade(course, ASSIGNMENT, ONE_WORKER)
    assert quick.graded == []


@pytest.mark.parametrize("name", ["small (1).ipynb", "sub/small.ipynb", "sub/Kopie von small.IPYNB", "small.ipynb.txt"])
def test_a_hand_in_under_another_name_is_graded(course: Course, quick: Quick, name: str) -> None:
    path = hand_in(course, "ada", **RIGHT)
    (path.parent / "._small.ipynb").write_bytes(b"macOS")
    (path.parent / name).parent.mkdir(exist_ok=True)
    path.rename(path.parent / name)
    assert points(grade(course, ASSIGNMENT, ONE_WORKER)) == {"ada": 3.5}
    assert points(grade(course, ASSIGNMENT, ONE_WORKER)) == {"ada": 3.5}
    assert quick.graded == ["ada"], "the second time it was known"


def test_where_nobody_can_tell_the_student_reads_what_was_there(course: Course, quick: Quick) -> None:
    path = hand_in(course, "ada", **RIGHT)
    (path.parent / "a.ipynb").write_bytes(path.read_bytes() + b" ")
    path.rename(path.parent / "b.ipynb")
    (verdict,) = grade(course, ASSIGNMENT, ONE_WORKER)
    assert verdict.points == 0
    assert "There was: a.ipynb, b.ipynb." in verdict.cells[0].text
