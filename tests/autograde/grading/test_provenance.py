"""Why somebody has their grade: what is told a year later, of every way in which something may have changed since."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.provenance import Provenance
from autograde.course.folder import Course
from autograde.course.notebook import read_master
from autograde.gradebook.database import gradebook_of
from autograde.grading.journal import Journal
from autograde.grading.provenance import provenance
from autograde.grading.run import grade
from autograde.report.why import why_json, why_lines

from ..test_cli import run
from .test_standing import ASSIGNMENT, NEW, OLD, ONE, Judge, course, hand_in, judge

__all__ = ["course", "judge"]  # fixtures

CHECK = "gradient_descent_step-check"


def of(course: Course, student: str = "ada") -> Provenance | None:
    (path,) = course.masters(ASSIGNMENT)
    return provenance(course, read_master(path), student, Journal(course.journal(ASSIGNMENT, path.stem)))


def told(course: Course, exercise: str | None = None) -> str:
    found = of(course)
    assert found is not None
    return "\n".join(why_lines(found, exercise))


@pytest.fixture
def graded(course: Course, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.setattr("autograde.grading.provenance.this_engine", lambda *_: OLD)
    hand_in(course, "ada", "right")
    grade(course, ASSIGNMENT, ONE)
    return course


def test_of_somebody_without_a_verdict_there_is_nothing(graded: Course) -> None:
    assert of(graded, "zoe") is None


def test_right_after_grading_everything_is_as_it_was(graded: Course) -> None:
    found = of(graded)
    assert found is not None
    assert (found.same_file, found.same_tests, found.has_seed, found.feedback_is_out) == (True, True, True, False)
    text = told(graded)
    assert text.startswith("ada, 01-backprop, small: 3.5 of 6.5 points (3.5 of 3.5 points by the grader)")
    assert f"{found.verdict.file[:12]}, and submitted/ada/01-backprop/small.ipynb is still the same" in text
    assert "what it was graded with is there unchanged" in text
    assert "the present one" in text


def test_the_seed_is_never_told(graded: Course) -> None:
    found = of(graded)
    assert found is not None
    said = told(graded) + told(graded, "relative_error") + json.dumps(why_json(found))
    assert str(graded.seed()) not in said
    assert "seed       there" in said


def _another_file(course: Course) -> None:
    path = course.root / "submitted" / "ada" / ASSIGNMENT / "small.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")


def _no_file(course: Course) -> None:
    (course.root / "submitted" / "ada" / ASSIGNMENT / "small.ipynb").unlink()


def _no_seed(course: Course) -> None:
    (course.root / ".autograde" / "seed").unlink()


def _other_tests(course: Course) -> None:
    (path,) = course.masters(ASSIGNMENT)
    path.write_text(path.read_text(encoding="utf-8") + " ", encoding="utf-8")


def _other_limits(course: Course) -> None:
    (course.root / "autograde.toml").write_text("[limits]\nrequest_seconds = 30\n", encoding="utf-8")


def _feedback(course: Course) -> None:
    (course.root / "feedback" / "ada" / ASSIGNMENT).mkdir(parents=True)


SINCE = {
    "another file": (_another_file, ["small.ipynb is another one now", "cannot be compared"]),
    "no file": (_no_file, ["; now: No file small.ipynb was handed in.", "cannot be compared"]),
    "no seed": (_no_seed, ["is still the same", "seed       lost", "cannot be compared"]),
    "other tests": (_other_tests, ["is still the same", "changed since"]),
    "other limits": (_other_limits, ["is still the same", "changed since"]),
    "feedback given": (_feedback, ["feedback   out"]),
}


@pytest.mark.parametrize(("happens", "sentences"), SINCE.values(), ids=SINCE)
def test_what_has_changed_since_is_told(
    graded: Course, happens: Callable[[Course], None], sentences: list[str]
) -> None:
    assert not all(sentence in told(graded) for sentence in sentences)
    happens(graded)
    text = told(graded)
    assert all(sentence in text for sentence in sentences)


def test_asking_changes_nothing_and_draws_no_seed(graded: Course) -> None:
    _no_seed(graded)
    before = {path: path.read_bytes() for path in graded.root.rglob("*") if path.is_file()}
    told(graded)
    assert {path: path.read_bytes() for path in graded.root.rglob("*") if path.is_file()} == before


def test_another_engine_is_told_beside_the_one_that_graded(
    graded: Course, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograde.grading.provenance.this_engine", lambda *_: NEW)
    assert "graded by  0.1.0 old; now it is 0.2.0 new" in told(graded)


@pytest.fixture
def by_hand(graded: Course) -> Any:
    """What a person and the calendar changed."""
    with gradebook_of(graded.root) as book:
        cell = book.find_grade(CHECK, "small", ASSIGNMENT, "ada")
        cell.manual_score, cell.extra_credit = 0.5, 0.25
        book.find_comment("relative_error", "small", ASSIGNMENT, "ada").manual_comment = "We spoke about this."
        submission = book.find_submission(ASSIGNMENT, "ada")
        book.find_assignment(ASSIGNMENT).duedate = datetime(2026, 12, 1, 12)
        submission.timestamp, submission.extension = datetime(2026, 12, 3, 12), timedelta(days=1)
        book.find_submission_notebook("small", ASSIGNMENT, "ada").late_submission_penalty = 1.5
        book.db.commit()
        yield book


def test_what_a_person_changed_and_what_being_late_cost_is_told(graded: Course, by_hand: Any) -> None:
    text = told(graded)
    assert "1.75 of 6.5 points (3.5 of 3.5 points by the grader, -0.25 by hand, -1.5 for being late)" in text
    assert "by hand: 0.5 points instead" in text
    assert "by hand: +0.25 points extra credit" in text
    assert "relative_error: comment: We spoke about this." in text
    assert ", an extension; late by 1 day, -1.5 points" in text
    record = of(graded)
    assert record is not None
    assert record.record is not None
    assert record.record.handed_in == datetime(2026, 12, 3, 12, tzinfo=UTC)


def test_one_screen_holds_it(graded: Course, by_hand: Any) -> None:
    assert len(told(graded).splitlines()) <= 24
    assert max(map(len, told(graded).splitlines())) <= 160


def test_the_command_says_it_for_people_and_for_programs(
    graded: Course, by_hand: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("why", "ada", ASSIGNMENT, "--course", str(graded.root))
    assert run(monkeypatch, *arguments) == 0
    assert "ada, 01-backprop, small: 1.75 of 6.5 points" in capsys.readouterr().out
    assert run(monkeypatch, *arguments, "--json") == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["record"]["penalty"] == 1.5
    assert plain["record"]["handed_in"] == "2026-12-03T12:00:00+00:00"
    assert {cell["exercise"] for cell in plain["verdict"]["cells"]} == {"relative_error", "gradient_descent_step"}
    assert run(monkeypatch, "why", "ada", ASSIGNMENT, "relative_error", "--course", str(graded.root), "--json") == 0
    assert [cell["exercise"] for cell in json.loads(capsys.readouterr().out)["verdict"]["cells"]] == ["relative_error"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["zoe", ASSIGNMENT], "Nothing of zoe was graded for 01-backprop."),
        (["../ada", ASSIGNMENT], "Nothing of ../ada was graded for 01-backprop."),
        (["a\x1b[31mda", ASSIGNMENT], "Nothing of a\\x1b[31mda was graded for 01-backprop."),
        (["ada", "09-none"], "No notebook in source/09-none"),
        (["ada", ASSIGNMENT, "nothing"], "has no check of nothing. Expected one of: gradient_descent_step"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(
    graded: Course,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    assert run(monkeypatch, "why", *arguments, "--course", str(graded.root)) == 2
    assert sentence in capsys.readouterr().err


def test_the_cases_that_are_wrong_are_named(graded: Course) -> None:
    path = graded.journal(ASSIGNMENT, "small")
    line = json.loads(path.read_text(encoding="utf-8"))
    line["cells"][0]["cases"] = [["two numbers", True], ["equal numbers", False], ["zeros", False]]
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert "        wrong in 2 of 3 cases: equal numbers, zeros" in told(graded, "relative_error").splitlines()
    found = of(graded)
    assert found is not None
    assert why_json(found)["verdict"]["cells"][0]["cases"][1] == {"description": "equal numbers", "right": False}


EDITIONS: dict[str, tuple[dict[str, object], str]] = {
    "the present one": ({}, "  edition    the present one"),
    "an older one": ({"edition": 2}, "  edition    2, an older one"),
    "one of nobody": (
        {"edition_refused": True},
        "  edition    the present one; the file says one that is not graded here",
    ),
}


@pytest.mark.parametrize(("said", "sentence"), EDITIONS.values(), ids=EDITIONS)
def test_the_edition_and_the_key_are_told(graded: Course, said: dict[str, object], sentence: str) -> None:
    path = graded.journal(ASSIGNMENT, "small")
    line = {**json.loads(path.read_text(encoding="utf-8")), **said}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    lines = told(graded).splitlines()
    assert sentence in lines
    assert f"  key        {line['key'][:12]}" in lines
    assert len(line["key"]) > 12


def test_the_whole_message_is_told_of_one_exercise(graded: Course) -> None:
    path = graded.journal(ASSIGNMENT, "small")
    line = json.loads(path.read_text(encoding="utf-8"))
    line["cells"][0].update(text="first line\nsecond line", hint="Mind the sign.", points=0.0, outcome="wrong")
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert "        second line" in told(graded, "relative_error").splitlines()
    assert "        Mind the sign." in told(graded).splitlines()
    assert "second line" not in told(graded)


def test_what_a_student_wrote_cannot_obey_a_terminal(graded: Course, judge: Judge, tmp_path: Path) -> None:
    path = graded.journal(ASSIGNMENT, "small")
    line = json.loads(path.read_text(encoding="utf-8"))
    line["cells"][0].update(text="ValueError: \x1b[2J\u202e\x07", hint=None, points=0.0)
    line["notes"] = ["\x1b]0;owned\x07"]
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    text = told(graded) + told(graded, "relative_error")
    assert not any(character in text for character in "\x1b\x07\u202e")
