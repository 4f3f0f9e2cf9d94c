"""formgrader's Autograde button, pressed in a browser in the demo's course."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from autograde.course.folder import Course
from autograde.course.notebook import exercise_of, role_of
from autograde.gradebook.database import gradebook_of
from autograde.grading import serve
from autograde.grading.options import GradeOptions
from autograde.grading.run import grade
from autograde.trial.demo import run_demo
from tools.lab_page import Laboratory, laboratory

pytestmark = pytest.mark.xdist_group("button")  # one class for these tests
ROOT = Path(__file__).resolve().parents[3]
ASSIGNMENT, NOTEBOOK = "01-backprop", "backprop"
SECONDS = 120  # for one press, on a machine that does much else
PROBE = "from pathlib import Path\nPath({target!r}).write_text('with the rights of the grader')\n"


def ignore(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """What `autograde demo` leaves, a class of three."""
    root = tmp_path_factory.mktemp("demo") / "demo"
    made = run_demo(
        ROOT / "course",
        root,
        assignment=ASSIGNMENT,
        students=3,
        options=GradeOptions(),
        say=ignore,
        on_start=ignore,
        on_verdict=ignore,
    )
    yield made.course
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int((root / ".autograde" / serve.PID).read_text(encoding="ascii")), signal.SIGKILL)


@pytest.fixture(scope="module")
def lab(course: Course) -> Iterator[Laboratory]:
    with laboratory(course.root) as started:
        yield started


@pytest.fixture
def page(lab: Laboratory, browser: Browser) -> Iterator[Page]:
    headers = {"Authorization": f"token {lab.token}"}
    context = browser.new_context(viewport={"width": 1280, "height": 900}, extra_http_headers=headers)
    opened = context.new_page()
    opened.set_default_timeout(1000 * SECONDS)
    opened.goto(f"{lab.address}/formgrader/manage_submissions/{ASSIGNMENT}")
    yield opened
    context.close()


def probing(course: Course, student: str, target: Path) -> None:
    """Hand in for a student whose first solution writes a file wherever it may."""
    path = course.root / "submitted" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    notebook = json.loads((course.root / "release" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    first = next(cell for cell in notebook["cells"] if role_of(cell).value == "solution" and exercise_of(cell))
    first["source"] = PROBE.format(target=str(target))
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def pressed(page: Page, student: str) -> tuple[str, float]:
    """Press the student's button; return what formgrader says, and after how many seconds."""
    row = page.locator("tr", has=page.get_by_text(student, exact=True))
    began = time.perf_counter()
    row.locator("td.autograde a").click()
    modal = page.locator("#success-modal, #error-modal")
    expect(modal).to_be_visible(timeout=1000 * SECONDS)
    said, seconds = modal.inner_text(), time.perf_counter() - began
    modal.get_by_role("button", name="Close").last.click()
    expect(modal).to_have_count(0)
    return said, seconds


def test_the_button_grades_in_the_sandbox(course: Course, page: Page, tmp_path: Path) -> None:
    """The probe is stopped, the scores are those of `autograde grade`, a person's score stays."""
    target = tmp_path / "probe"
    probing(course, "eve", target)
    honest = course.students(ASSIGNMENT)[0]
    with gradebook_of(course.root) as book:
        score_before = book.find_submission(ASSIGNMENT, honest).score
        entered = book.find_grade("backward_221-check", NOTEBOOK, ASSIGNMENT, honest)
        automatic, entered.manual_score = entered.auto_score, 0.25
        book.db.commit()
    page.reload()
    for student in ("eve", honest, "eve"):
        said, seconds = pressed(page, student)
        assert f"Successfully autograded '{ASSIGNMENT}' for student '{student}'" in said
        print(f"{student}: {seconds:.2f} s")
    assert not target.exists()
    with gradebook_of(course.root) as book:
        by_button = {row.student.id: row.score for row in book.assignment_submissions(ASSIGNMENT)}
        assert book.find_grade("backward_221-check", NOTEBOOK, ASSIGNMENT, honest).manual_score == 0.25
    assert by_button[honest] == score_before - automatic + 0.25
    verdicts = {verdict.student: verdict.points for verdict in grade(course, ASSIGNMENT, GradeOptions(force=True))}
    assert by_button["eve"] == verdicts["eve"]
    assert verdicts[honest] == score_before


def test_what_cannot_be_graded_is_an_error_on_the_page(course: Course, page: Page) -> None:
    settings = course.root / "autograde.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text("limits = 3\n", encoding="utf-8")
    try:
        said, _ = pressed(page, course.students(ASSIGNMENT)[0])
    finally:
        settings.write_text(before, encoding="utf-8")
    assert "There was an error autograding" in said
    assert "limits should be a table of numbers" in said
