"""nbgrader's command and API in the demo's kind of course: graded in the sandbox, by our writer, or refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from autograde.contract.failures import CourseError, Failure, Stage
from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.gradebook.database import course_config, gradebook_of
from autograde.grading import run, serve
from autograde.grading.options import GradeOptions
from autograde.plugin import sandboxed
from autograde.sandbox.process import IsolationUnavailable

from ..grading.test_run import ASSIGNMENT, RIGHT, UPHILL, hand_in, scores

ROOT = Path(__file__).resolve().parents[3]
#: Writes a file wherever it may: what a student's cell does with the rights of whoever runs it.
PROBE = "from pathlib import Path\nPath({target!r}).write_text('with the rights of the grader')\n"


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Iterator[Course]:
    """A course as `autograde init` makes it, whose grader process ends with the test."""
    root = tmp_path / "course"
    for part in ("source", "release"):
        shutil.copytree(small_course / part, root / part)
    shutil.copyfile(ROOT / "nbgrader_config.py", root / "nbgrader_config.py")
    yield Course(root)
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((root / ".autograde" / serve.PID).read_text(encoding="ascii")), signal.SIGKILL)


def api_of(course: Course, **more: Any) -> Any:
    config: Config = course_config(course.root)
    config.merge(Config(more))
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def autograded(course: Course, student: str) -> set[str]:
    folder = course.root / "autograded" / student / ASSIGNMENT
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


class Asked:
    """Stands in for the process: keeps what it was asked for, and answers with what a test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.options: list[GradeOptions] = []
        self.verdicts: list[Verdict] = []
        self.failures: list[Failure] = []
        self.error: Exception | None = None
        monkeypatch.setattr(sandboxed, "grade", self._grade)

    def _grade(self, course: Course, assignment: str, options: GradeOptions, **told: Any) -> list[Verdict]:
        self.options.append(options)
        if self.error:
            raise self.error
        for verdict in self.verdicts:
            told["on_verdict"](verdict)
        for failure in self.failures:
            told["on_failure"](failure)
        return self.verdicts


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(monkeypatch)


# --- the whole way


def test_the_button_grades_in_the_sandbox_as_the_command_does(course: Course, tmp_path: Path) -> None:
    """The probe is stopped, a link to the seed not followed, a person's score stays, the scores are the command's."""
    target = tmp_path / "probe"
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **{**RIGHT, "gradient_descent_step": UPHILL})
    probing = PROBE.format(target=str(target)) + RIGHT["relative_error"]
    hand_in(course, "eve", **{**RIGHT, "relative_error": probing})
    (course.root / "submitted" / "eve" / ASSIGNMENT / "data.csv").symlink_to(course.private / "seed")
    course.keep_seed(20261130)
    before = {verdict.student: verdict.points for verdict in run.grade(course, ASSIGNMENT)}
    with gradebook_of(course.root) as book:
        grade = book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "bo")
        grade.manual_score = 0.75
        book.db.commit()
    shutil.rmtree(course.root / "autograded")

    api = api_of(course)
    for student in ("ada", "bo", "eve"):
        result = api.autograde(ASSIGNMENT, student)
        assert result["success"], result
    assert not target.exists()
    assert scores(course) == before
    assert before["ada"] == 3.5
    assert before["eve"] < 3.5
    for student in ("ada", "bo", "eve"):
        assert autograded(course, student) == {"small.ipynb"}
    with gradebook_of(course.root) as book:
        assert book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "bo").manual_score == 0.75
    holds = (course.root / "autograded" / "eve" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8")
    assert str(course.seed()) not in holds


def test_the_command_grades_everyone_also_who_renamed_the_notebook(course: Course) -> None:
    hand_in(course, "ada", **RIGHT)
    (course.root / "submitted" / "ada" / ASSIGNMENT / "data.csv").symlink_to(course.private / "seed")
    hand_in(course, "bo", **RIGHT).rename(course.root / "submitted" / "bo" / ASSIGNMENT / "small (1).ipynb.txt")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], cwd=course.root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert scores(course) == {"ada": 3.5, "bo": 3.5}
    assert autograded(course, "ada") == autograded(course, "bo") == {"small.ipynb"}


def test_a_notebook_of_another_course_is_refused_and_nothing_of_it_runs(course: Course, tmp_path: Path) -> None:
    target = tmp_path / "probe"
    master = course.root / "source" / ASSIGNMENT / "small.ipynb"
    notebook = json.loads(master.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"].pop("machine_room", None)
    master.write_text(json.dumps(notebook), encoding="utf-8")
    hand_in(course, "eve", relative_error=PROBE.format(target=str(target)))
    result = api_of(course).autograde(ASSIGNMENT, "eve")
    assert not result["success"]
    assert "is no notebook of a course that this autograder knows" in result["log"]
    assert not target.exists()
    assert autograded(course, "eve") == set()


# --- what is asked, and what comes back


def test_the_process_is_asked_for_the_student_and_this_gradebook(course: Course, asked: Asked) -> None:
    hand_in(course, "ada", **RIGHT)
    hand_in(course, "bo", **RIGHT)
    assert api_of(course).autograde(ASSIGNMENT, "bo")["success"]
    assert asked.options == [
        GradeOptions(students=("bo",), regrade=True, db=f"sqlite:///{course.root / 'gradebook.db'}")
    ]


def test_those_who_are_excluded_are_left_out(course: Course, asked: Asked) -> None:
    for student in ("ada", "bo", "ben"):
        hand_in(course, student, **RIGHT)
    api = api_of(course, CourseDirectory={"student_id_exclude": "ben,zoe"})
    assert api.autograde(ASSIGNMENT, "b*", force=False)["success"]
    assert [(one.students, one.regrade) for one in asked.options] == [(("bo",), False)]


def broken(student: str) -> Verdict:
    cell = CellVerdict("f-check", "f", None, 1.0, Outcome.GRADER_ERROR, text="the judge fell over")
    return Verdict(student, ASSIGNMENT, "small", (cell,))


@pytest.mark.parametrize(
    ("verdicts", "failures", "error", "said"),
    [
        ([broken("ada")], [], None, "Not everyone's work could be graded. ada: the judge fell over"),
        ([], [Failure("ada", Stage.READING, "a link")], None, "ada (reading): a link"),
        ([], [], IsolationUnavailable("This host has no user namespaces."), "This host has no user namespaces."),
        ([], [], CourseError("a sentence"), "a sentence"),
        ([], [], OSError("no socket"), "no socket"),
        ([], [], ZeroDivisionError("a bug"), "a bug"),
    ],
)
def test_whatever_the_process_cannot_do_nbgrader_reports(
    course: Course,
    asked: Asked,
    verdicts: list[Verdict],
    failures: list[Failure],
    error: Exception | None,
    said: str,
) -> None:
    hand_in(course, "ada", **RIGHT)
    asked.verdicts, asked.failures, asked.error = verdicts, failures, error
    result = api_of(course).autograde(ASSIGNMENT, "ada")
    assert not result["success"]
    assert said in result["log"]
    assert autograded(course, "ada") == set()


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"CourseDirectory": {"notebook_id": "sm*"}}, "Leave out --notebook"),
        ({"Execute": {"enabled": False}}, "Leave out --no-execute"),
        ({"CourseDirectory": {"source_directory": "masters"}}, "whose folder source/ has its usual name"),
        ({"CourseDirectory": {"autograded_directory": "graded"}}, "whose folder autograded/ has its usual name"),
        ({"CourseDirectory": {"feedback_directory": "told"}}, "whose folder feedback/ has its usual name"),
        ({"Autograde": {"pre_convert_hook": print}}, "calls no pre_convert_hook"),
        ({"Autograde": {"post_convert_hook": print}}, "calls no post_convert_hook"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_the_sandbox_does_not_do_is_refused_in_a_sentence(
    course: Course, asked: Asked, config: dict[str, Any], said: str
) -> None:
    hand_in(course, "ada", **RIGHT)
    result = api_of(course, **config).autograde(ASSIGNMENT, "ada")
    assert not result["success"]
    assert said in result["log"]
    assert asked.options == []


def test_students_are_entered_or_refused(course: Course, asked: Asked) -> None:
    hand_in(course, "ada", **RIGHT)
    result = api_of(course).autograde(ASSIGNMENT, "ada", create=False)
    # nbgrader's API sets it after the converter is made, and before it starts
    assert not result["success"]
    assert "create_student = False" in result["log"]


# --- never unprotected


@pytest.mark.parametrize("name", ["autograde.plugin.Gone", "gone.Sandboxed"])
def test_where_the_plug_in_is_not_installed_nbgrader_stops(course: Course, tmp_path: Path, name: str) -> None:
    target = tmp_path / "probe"
    hand_in(course, "eve", relative_error=PROBE.format(target=str(target)))
    path = course.root / "nbgrader_config.py"
    path.write_text(path.read_text(encoding="utf-8").replace("autograde.plugin.Sandboxed", name), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], cwd=course.root, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert not target.exists()


def test_the_second_line_refuses_where_the_first_is_gone(course: Course, tmp_path: Path) -> None:
    """Somebody took the exporter out: nbgrader's own stands there, and the list of preprocessors is ours."""
    target = tmp_path / "probe"
    hand_in(course, "ada", **RIGHT)
    run.grade(course, ASSIGNMENT)
    hand_in(course, "eve", relative_error=PROBE.format(target=str(target)))
    theirs = "--Autograde.exporter_class=nbconvert.exporters.NotebookExporter"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT, "--student", "eve", theirs],
        cwd=course.root,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "nothing was run" in done.stderr
    assert not target.exists()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_second_line_refuses_whether_it_is_switched_on_or_not(enabled: bool) -> None:
    with pytest.raises(sandboxed.Refused, match="nothing was run"):
        sandboxed.NeverUnprotected(enabled=enabled)({}, {})  # type: ignore[no-untyped-call]


def test_the_exporter_belongs_to_autograde_alone() -> None:
    with pytest.raises(sandboxed.Refused, match="belongs in c"):
        sandboxed.Sandboxed()
