"""What a class answered in its own words and predicted: all of it, who said what or nobody, nothing that runs.

Predictions come out of files that anybody can write. What does not answer its question is as if nobody had predicted.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from autograde.cli import autograde
from autograde.course.folder import Course
from autograde.course.notebook import Role, role_of
from autograde.grading import client, serve
from autograde.grading.options import GradeOptions
from autograde.report.collected import NOT_TOLD, Kind, Unread, answers_csv, answers_json, collected
from machine_room.notebook.predictions import KIND, output_of
from tests.autograde.conftest import TEXT, write_small_course

ASSIGNMENT = "01-backprop"
ASKS = """
```{code-cell} ipython3
:role: explore
:id: explore-asks-1

explore.predict("forward_passes")
```

```{code-cell} ipython3
:role: explore
:id: explore-asks-2

explore.predict("first_step_without_correction")
explore.predict("best_point_with_l1")
```
"""
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
    found = collected(course, ASSIGNMENT).answers
    assert [(one.student, one.answer) for one in found] == [
        ("ada", CLASS["ada"]), ("bo", CLASS["bo"]), ("cy", "zwei\nZeilen, mit \N{REPLACEMENT CHARACTER} Tücke"),
    ]  # fmt: skip
    assert {(one.assignment, one.notebook, one.question) for one in found} == {(ASSIGNMENT, "small", "Why the minus?")}


def test_no_name_is_in_what_is_anonymous_and_the_numbers_are_drawn_anew(course: Course) -> None:
    drawn = set()
    for _ in range(200):
        found = collected(course, ASSIGNMENT, anonymous=True).answers
        drawn.add(tuple((one.student, one.answer) for one in found))
        assert {one.student for one in found} <= {"1", "2", "3", "4", "5"}
        assert [one.student for one in found] == sorted(one.student for one in found)
    assert len(drawn) > 1


def test_a_spreadsheet_gets_no_formula(course: Course) -> None:
    rows = list(csv.DictReader(io.StringIO(answers_csv(collected(course, ASSIGNMENT)))))
    words = {row["student"]: row["answer"][:2] for row in rows if row["kind"] == "words"}
    assert words == {"ada": "Be", "bo": "'=", "cy": "zw"}


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
    assert done.stdout.startswith("3 answers: ")
    assert len(done.stderr.splitlines()) == 1
    assert ("eve" in done.stderr) is ("--anonymous" not in options)
    assert target.stat().st_mode & 0o777 == 0o600
    assert ("ada" in target.read_text()) is ("--anonymous" not in options)
    if "--csv" not in options:
        assert len(json.loads(target.read_text())["answers"]) == 3


# --- hand-ins that could not be read


def test_hand_ins_that_could_not_be_read_are_named(course: Course) -> None:
    (course.root / "submitted" / "fay" / ASSIGNMENT).mkdir(parents=True)
    (course.root / "submitted" / "gus" / ASSIGNMENT).mkdir(parents=True)
    (course.root / "submitted" / "gus" / ASSIGNMENT / "small.ipynb").symlink_to("/etc/passwd")
    found = collected(course, ASSIGNMENT)
    assert {one.student: one.reason.split(".")[0] for one in found.unread} == {
        "eve": "The file is not JSON from line 1 on",
        "fay": "No file small",
        "gus": "small",
    }
    assert "is a link" in found.unread[-1].reason
    assert answers_json(found)["unread"][0] == {
        "assignment": ASSIGNMENT, "notebook": "small", "student": "eve", "reason": found.unread[0].reason,
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(answers_csv(found))))
    assert [(row["student"], row["kind"]) for row in rows[-3:]] == [(who, "unread") for who in ("eve", "fay", "gus")]


def test_no_name_is_in_why_an_anonymous_hand_in_could_not_be_read(course: Course) -> None:
    (course.root / "submitted" / "fay" / ASSIGNMENT).mkdir(parents=True)
    (course.root / "submitted" / "fay" / ASSIGNMENT / "homework-of-fay.ipynb").write_text("{}")
    (course.root / "submitted" / "a name \n" / ASSIGNMENT).mkdir(parents=True)
    found = collected(course, ASSIGNMENT, anonymous=True)
    assert len(found.unread) == 3
    assert {one.reason for one in found.unread} == {NOT_TOLD}
    assert "fay" not in json.dumps(answers_json(found))


def test_a_folder_that_is_nobodys_is_named(course: Course) -> None:
    (course.root / "submitted" / "a name \n" / ASSIGNMENT).mkdir(parents=True)
    [*_, found] = sorted(collected(course, ASSIGNMENT).unread, key=lambda one: one.notebook == "")
    assert isinstance(found, Unread)
    assert "\n" not in found.student


# --- predictions


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built course that asks three questions before its pictures."""
    root = tmp_path_factory.mktemp("asking")
    write_small_course(root, TEXT + ASKS)
    return root


@pytest.fixture
def predicting(tmp_path: Path, asking: Path) -> Callable[..., Course]:
    """Hand in what a student's outputs carry."""
    for part in ("source", "release"):
        shutil.copytree(asking / part, tmp_path / part)

    def hand_in(student: str, *carried: object, cell: int = 0, raw: str | None = None) -> Course:
        notebook = json.loads((tmp_path / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
        code = [one for one in notebook["cells"] if one["cell_type"] == "code"]
        code[cell]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": data} for data in carried]
        path = tmp_path / "submitted" / student / ASSIGNMENT / "small.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook) if raw is None else json.dumps(notebook).replace('"RAW"', raw))
        return Course(tmp_path)

    return hand_in


def predicted(course: Course, **options: Any) -> list[tuple[str, str, Any, Any]]:
    found = collected(course, ASSIGNMENT, **options).answers
    assert {one.kind for one in found} <= {Kind.PREDICTION}
    return [(one.student, one.cell, one.answer, one.truth) for one in found]


def test_predictions_are_there_with_what_is_true_wherever_their_cell_went(predicting: Callable[..., Course]) -> None:
    predicting("ada", output_of("forward_passes", 7000), output_of("best_point_with_l1", [0.5, 1]))
    course = predicting("bo", output_of("first_step_without_correction", "too short"), cell=2)
    found = predicted(course)
    assert [one[:3] for one in found] == [
        ("ada", "explore-asks-1", 7000), ("ada", "explore-asks-2", [0.5, 1]), ("bo", "explore-asks-2", "too short"),
    ]  # fmt: skip
    assert [one[3] for one in found] == [7511, pytest.approx([0.0, 1.4]), "too long"]
    assert len(json.dumps(answers_json(collected(course, ASSIGNMENT)))) < 4_000
    rows = list(csv.DictReader(io.StringIO(answers_csv(collected(course, ASSIGNMENT)))))
    assert [row["answer"] for row in rows] == ["7000", "0.5 1.0", "too short"]
    assert rows[0]["truth"] == "7511"


def test_anonymous_predictions_have_numbers(predicting: Callable[..., Course]) -> None:
    predicting("ada", output_of("forward_passes", 7000))
    course = predicting("bo", output_of("forward_passes", 3))
    assert sorted(one[0] for one in predicted(course, anonymous=True)) == ["1", "2"]


def test_a_hand_in_that_carries_predictions_is_graded_as_the_same_without(predicting: Callable[..., Course]) -> None:
    """By a grader process with workers and boxes of its own, what is hostile beside what is ours."""
    predicting("plain")
    predicting("ada", output_of("forward_passes", 7000), output_of("best_point_with_l1", [0.5, 1]))
    course = predicting("mallory", *({KIND: said} for said, raw in ATTACKS.values() if raw is None))
    try:
        verdicts = {verdict.student: verdict for verdict in client.grade(course, ASSIGNMENT, GradeOptions(workers=1))}
    finally:
        os.kill(int((course.private / serve.PID).read_text(encoding="ascii")), signal.SIGKILL)
    plain = verdicts.pop("plain")
    assert plain.cells
    assert not plain.grader_errors
    assert verdicts.keys() == {"ada", "mallory"}
    assert [(one.cells, one.notes) for one in verdicts.values()] == [(plain.cells, plain.notes)] * 2
    assert [one[:3] for one in predicted(course)] == [
        ("ada", "explore-asks-1", 7000), ("ada", "explore-asks-2", [0.5, 1]),
    ]  # fmt: skip


DEEP = "[" * 900 + "]" * 900
ATTACKS: dict[str, tuple[Any, str | None]] = {
    "a question that is not asked": ({"format": 1, "prediction": "slope_of_the_sigmoid_at_6", "answer": 0.1}, None),
    "a question of nobody": ({"format": 1, "prediction": "<script>alert(1)</script>", "answer": 1}, None),
    "a question that is no word": ({"format": 1, "prediction": ["forward_passes"], "answer": 1}, None),
    "another format": ({"format": 2, "prediction": "forward_passes", "answer": 1}, None),
    "no object": ([1], None),
    "a text": ("forward_passes", None),
    "HTML": ({"format": 1, "prediction": "forward_passes", "answer": "<img src=x onerror=alert(1)>"}, None),
    "a formula": ({"format": 1, "prediction": "first_step_without_correction", "answer": "=1+1"}, None),
    "a phrase of ours, and more": (
        {"format": 1, "prediction": "first_step_without_correction", "answer": "too long =1+1"}, None),
    "another's phrase": ({"format": 1, "prediction": "forward_passes", "answer": "too long"}, None),
    "a long text": ({"format": 1, "prediction": "first_step_without_correction", "answer": "x" * 2_000_000}, None),
    "NaN": ({"format": 1, "prediction": "forward_passes", "answer": "RAW"}, "NaN"),
    "infinity": ({"format": 1, "prediction": "forward_passes", "answer": "RAW"}, "Infinity"),
    "an overflow": ({"format": 1, "prediction": "forward_passes", "answer": "RAW"}, "1e999"),
    "a huge integer": ({"format": 1, "prediction": "forward_passes", "answer": "RAW"}, "9" * 4000),
    "far out": ({"format": 1, "prediction": "forward_passes", "answer": "RAW"}, "-1e300"),
    "deep": ({"format": 1, "prediction": "forward_passes", "answer": "RAW"}, DEEP),
    "true": ({"format": 1, "prediction": "forward_passes", "answer": True}, None),
    "a point of NaN": ({"format": 1, "prediction": "best_point_with_l1", "answer": "RAW"}, "[NaN, 1]"),
    "a point of thousands": ({"format": 1, "prediction": "best_point_with_l1", "answer": [1] * 9000}, None),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_answers_no_question_that_was_asked_is_left_out(predicting: Callable[..., Course], attack: str) -> None:
    said, raw = ATTACKS[attack]
    predicting("ada", output_of("forward_passes", 7000))
    course = predicting("mallory", {KIND: said}, raw=raw)
    assert [one[:3] for one in predicted(course)] == [("ada", "explore-asks-1", 7000)]


BEYOND: dict[str, str] = {"too deep": "[" * 200_000, "too long an integer": "9" * 100_000}


@pytest.mark.parametrize("attack", BEYOND)
def test_a_file_that_nobody_can_read_is_named_and_the_others_are_read(
    predicting: Callable[..., Course], attack: str
) -> None:
    predicting("ada", output_of("forward_passes", 7000))
    course = predicting("mallory", {KIND: "RAW"}, raw=BEYOND[attack])
    found = collected(course, ASSIGNMENT)
    assert [one.student for one in found.answers] == ["ada"]
    assert [one.student for one in found.unread] == ["mallory"]


def test_thousands_of_predictions_are_one_for_each_question_the_last(predicting: Callable[..., Course]) -> None:
    course = predicting("mallory", *(output_of("forward_passes", number) for number in range(1, 5001)))
    assert predicted(course) == [("mallory", "explore-asks-1", 5000, 7511)]


def test_nobody_predicts_in_anothers_name(predicting: Callable[..., Course]) -> None:
    said = {"format": 1, "prediction": "forward_passes", "answer": 3, "student": "ada", "name": "ada"}
    course = predicting("mallory", {KIND: said})
    assert predicted(course) == [("mallory", "explore-asks-1", 3, 7511)]
    assert "ada" not in json.dumps(answers_json(collected(course, ASSIGNMENT)))
