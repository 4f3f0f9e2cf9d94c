"""Totals as they go to a university: those of nbgrader's own export, with what a person and the calendar changed."""

from __future__ import annotations

import csv
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.grades import Person
from autograde.gradebook.totals import read_grades

from ..report.importers import Account, canvas, moodle
from ..test_cli import run
from .test_standings import ASSIGNMENT, book, root

__all__ = ["book", "root"]  # fixtures


@pytest.fixture
def changed(root: Path, book: Any) -> Any:
    """Manual scores, extra credit, a penalty, and a penalty larger than the score."""
    grade = book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "ada")
    grade.manual_score, grade.extra_credit = 0.25, 0.5
    book.find_submission_notebook("small", ASSIGNMENT, "ada").late_submission_penalty = 1.0
    waiting = book.find_grade("relative_error-check", "small", ASSIGNMENT, "bo")
    waiting.manual_score, waiting.needs_manual_grade = 1.0, True  # its work was graded anew since
    book.find_submission_notebook("small", ASSIGNMENT, "bo").late_submission_penalty = 1.5
    book.update_or_create_student("ada", email="ada@uni.example", lms_user_id="100")
    book.db.commit()
    return book


def exported(book: Any, target: Path) -> dict[str, float]:
    """What `nbgrader export` says, of those who handed in."""
    from nbgrader.plugins.export import CsvExportPlugin

    plugin = CsvExportPlugin()
    plugin.to = str(target)
    plugin.export(book)
    with target.open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["assignment"] == ASSIGNMENT]
    return {line["student_id"]: float(line["score"]) for line in lines}


def test_totals_are_those_of_nbgraders_export(root: Path, changed: Any, tmp_path: Path) -> None:
    people, (grades,) = read_grades(root, [ASSIGNMENT])
    theirs = exported(changed, tmp_path / "nbgrader.csv")
    assert {person.student: grades.totals.get(person.student, 0.0) for person in people} == pytest.approx(theirs)
    assert grades.totals == pytest.approx({"ada": 2.5 + 0.25 + 0.5 - 1.0, "bo": 0.0})
    assert grades.max_points == 6.5
    assert grades.waiting == {"bo"}
    assert people[0] == Person("ada", "Ada", "Lovelace", "ada@uni.example", "100")


def test_without_a_gradebook_a_sentence_says_what_to_do(root: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no gradebook in .* yet\. Run `autograde grade` first\."):
        read_grades(root, [ASSIGNMENT])


@pytest.mark.parametrize("system", ["moodle", "canvas"])
def test_the_command_writes_a_file_for_its_owner_alone(
    system: str, root: Path, changed: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = root / f"grades-{system}.csv"
    file.write_text("an older one", encoding="utf-8")
    os.chmod(file, 0o644)
    assert run(monkeypatch, "grades", ASSIGNMENT, "--for", system, "--course", str(root)) == 0
    said = capsys.readouterr()
    assert f"4 students: {file}" in said.out
    assert "Handed nothing in for one of the assignments at least: cy, dee." in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_bytes().decode("utf-8")
    accounts = [Account("", student) for student in ("ada", "bo", "cy", "dee")]
    read = moodle(text, "Username", "username", accounts) if system == "moodle" else canvas(text, accounts)[0]
    assert {who: found[ASSIGNMENT] for who, found in read.items()} == {"ada": 2.25, "bo": 0.0, "cy": None, "dee": None}


def test_who_lacks_the_identifier_is_left_out_by_name(
    root: Path, changed: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("grades", ASSIGNMENT, "--for", "moodle", "--by", "email", "--to", str(root / "out.csv"))
    assert run(monkeypatch, *arguments, "--course", str(root)) == 0
    said = capsys.readouterr()
    assert "1 students" in said.out
    assert "email for them that is theirs alone" in said.out
    assert "bo, cy, dee" in said.out


@pytest.mark.parametrize("title", ["nothing", "01-backprop=", "09-none=x"])
def test_a_title_that_names_no_assignment_of_the_file_is_refused(
    title: str, root: Path, changed: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("grades", ASSIGNMENT, "--for", "canvas", "--title", title, "--course", str(root))
    assert run(monkeypatch, *arguments) == 2
    assert "Expected --title ASSIGNMENT=TITLE" in capsys.readouterr().err
    assert not (root / "grades-canvas.csv").exists()


def test_nbgraders_own_export_says_the_same_after_it(
    root: Path, changed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = exported(changed, tmp_path / "before.csv")
    assert run(monkeypatch, "grades", ASSIGNMENT, "--for", "canvas", "--course", str(root)) == 0
    assert exported(changed, tmp_path / "after.csv") == before
