"""What a class answered in its own words: all of it, who said what or nobody, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from autograde.cli import autograde
from autograde.course.folder import Course
from autograde.course.notebook import Role, role_of
from autograde.report.collected import answers_csv, collected

ASSIGNMENT = "01-backprop"
CLASS = {
    "ada": "Because the gradient points uphill.",
    "bo": "=HYPERLINK(\"http://evil.example\")",
    "cy": "zwei\nZeilen, mit \u202e Tücke",
    "dee": "",  # nothing written
}  # fmt: skip


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    for part in ("source", "release"):
        shutil.copytree(small_course / part, tmp_path / part)
    for student, answer in CLASS.items():
        notebook = json.loads((tmp_path / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if role_of(cell) is Role.WRITTEN and answer:
                cell["source"] = answer
        path = tmp_path / "submitted" / student / ASSIGNMENT / "small.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    (tmp_path / "submitted" / "eve" / ASSIGNMENT).mkdir(parents=True)
    (tmp_path / "submitted" / "eve" / ASSIGNMENT / "small.ipynb").write_bytes(b"no notebook")
    return Course(tmp_path)


def test_every_answer_is_there_with_its_question_and_who_gave_none_is_not(course: Course) -> None:
    found = collected(course, ASSIGNMENT)
    assert [(one.student, one.answer) for one in found] == [
        ("ada", CLASS["ada"]), ("bo", CLASS["bo"]), ("cy", "zwei\nZeilen, mit \N{REPLACEMENT CHARACTER} Tücke"),
    ]  # fmt: skip
    assert {(one.assignment, one.notebook, one.question) for one in found} == {(ASSIGNMENT, "small", "Why the minus?")}


def test_no_name_is_in_what_is_anonymous_and_the_numbers_are_drawn_anew(course: Course) -> None:
    drawn = set()
    for _ in range(200):
        found = collected(course, ASSIGNMENT, anonymous=True)
        drawn.add(tuple((one.student, one.answer) for one in found))
        assert {one.student for one in found} <= {"1", "2", "3", "4", "5"}
        assert [one.student for one in found] == sorted(one.student for one in found)
    assert len(drawn) > 1


def test_a_spreadsheet_gets_no_formula(course: Course) -> None:
    rows = list(csv.DictReader(io.StringIO(answers_csv(collected(course, ASSIGNMENT)))))
    assert {row["student"]: row["answer"][:2] for row in rows} == {"ada": "Be", "bo": "'=", "cy": "zw"}


@pytest.mark.parametrize("options", [[], ["--csv"], ["--anonymous"], ["--csv", "--anonymous"]])
def test_the_command_writes_a_file_that_is_ours_alone(course: Course, tmp_path: Path, options: list[str]) -> None:
    target = tmp_path / "answers"
    before = os.umask(0)
    try:
        done = CliRunner().invoke(
            autograde, ["answers", ASSIGNMENT, "--course", str(course.root), "--to", str(target), *options]
        )
    finally:
        os.umask(before)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("3 answers: ")
    assert target.stat().st_mode & 0o777 == 0o600
    assert ("ada" in target.read_text()) is ("--anonymous" not in options)
    if "--csv" not in options:
        assert len(json.loads(target.read_text())) == 3
