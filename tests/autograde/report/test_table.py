"""The table: one line a student, our own failures first, nothing of a student's read as markup."""

from __future__ import annotations

import io
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from autograde.contract.roll import Roll, Standing
from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.report.table import Misunderstanding, misunderstandings, show, summary, withheld_imports


def cell(exercise: str, points: float | None, outcome: Outcome, **more: Any) -> CellVerdict:
    return CellVerdict(f"{exercise}-check", exercise, points, 2.0, outcome, **more)


def verdict(student: str, *cells: CellVerdict) -> Verdict:
    return Verdict(student, "02-activations", "activations", cells)


RIGHT = cell("swish", 2.0, Outcome.CORRECT)
NAMED = cell("mish", 0.0, Outcome.WRONG, mistake="no_softplus", hint="Mish has softplus inside.", text="long")
OTHER = cell("gelu", 0.0, Outcome.WRONG, hint="It differs.", text="long")
GONE = cell("elu", 0.0, Outcome.MISSING, text="not written")
FAULT = cell("selu", None, Outcome.GRADER_ERROR, text="RuntimeError: ours\nmore")


def printed(*verdicts: Verdict, about: dict[str, str] | None = None) -> str:
    console = Console(width=140, record=True, file=io.StringIO())
    show(verdicts, title="The class", console=console, about=about)
    return console.export_text()


def line_of(text: str, student: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(student))


def test_one_line_a_student_with_points_and_the_main_mistake() -> None:
    text = printed(verdict("ada", RIGHT, NAMED), verdict("bo", RIGHT, RIGHT))
    assert "2/4" in line_of(text, "ada")
    assert "mish: Mish has softplus inside." in line_of(text, "ada")
    assert line_of(text, "bo").split() == ["bo", "4/4", "██████████"]


def test_a_named_mistake_is_told_before_one_without_a_name() -> None:
    assert "mish: " in line_of(printed(verdict("ada", OTHER, NAMED)), "ada")


def test_a_mistake_is_told_before_what_is_missing() -> None:
    assert "gelu: It differs." in line_of(printed(verdict("ada", GONE, OTHER)), "ada")


def test_missing_exercises_are_counted() -> None:
    other = cell("gelu", 0.0, Outcome.MISSING, text="another text")
    assert "2 of 3 exercises missing" in line_of(printed(verdict("ada", RIGHT, GONE, other)), "ada")


def test_one_reason_for_everything_is_told_once() -> None:
    unreadable = [cell(name, 0.0, Outcome.MISSING, text="The file is empty.") for name in ("a", "b")]
    assert "The file is empty." in line_of(printed(verdict("ada", *unreadable)), "ada")


def test_our_own_failure_is_told_first_and_gives_no_points() -> None:
    text = printed(verdict("ada", NAMED, FAULT))
    assert line_of(text, "ada").split()[:2] == ["ada", "?"]
    assert "selu: RuntimeError: ours" in line_of(text, "ada")
    assert "1 could not be graded, through no fault of the students'." in text
    assert "ada (activations): RuntimeError: ours" in text


def test_the_mean_leaves_out_what_could_not_be_graded() -> None:
    assert summary([verdict("ada", RIGHT), verdict("bo", FAULT)]).startswith("2 submissions, mean 2.0 of 2 points")
    assert summary([]) == "No submissions."


def test_written_answers_that_wait_are_counted() -> None:
    waiting = CellVerdict("written-1", None, None, 3.0, Outcome.NOT_GRADED)
    assert "1 wait for a person to grade written answers." in summary([verdict("ada", RIGHT, waiting)])


def test_mistakes_are_counted_by_students_most_frequent_first() -> None:
    class_ = [verdict("ada", NAMED), verdict("bo", NAMED, NAMED), verdict("cy", OTHER)]
    assert misunderstandings(class_) == [Misunderstanding("mish", "no_softplus", "Mish has softplus inside.", 2)]


def test_a_students_name_or_error_is_not_read_as_markup() -> None:
    text = printed(verdict("[red]ada[/red]", cell("gelu", 0.0, Outcome.ERROR, hint="[bold]x[/bold]")))
    assert "[red]ada[/red]" in text
    assert "[bold]x[/bold]" in text


def test_a_few_words_on_each_student_make_a_column() -> None:
    assert "fork bomb" in line_of(printed(verdict("ada", RIGHT), about={"ada": "fork bomb"}), "ada")


def test_the_bar_is_full_for_full_marks_only() -> None:
    almost = CellVerdict("a-check", "a", 99.0, 100.0, Outcome.WRONG, hint="x")
    assert "█████████░" in line_of(printed(verdict("ada", almost)), "ada")


def test_square_brackets_in_a_hint_are_no_markup() -> None:
    hint = "dlogits[labels] picks whole rows [/x]"
    text = printed(verdict("ada", cell("mish", 0.0, Outcome.WRONG, mistake="rows", hint=hint)))
    assert text.count(hint) == 2  # in the class's table and among the frequent mistakes


def stopped(student: str, module: str) -> Verdict:
    error = f"Traceback ...\nModuleNotFoundError: No module named '{module}'\n"
    return Verdict(student, "02-activations", "activations", (RIGHT,), outputs=(CellOutput("swish", error=error),))


def test_libraries_that_hand_ins_miss_and_that_are_installed_are_named_once() -> None:
    raised = cell("gelu", 0.0, Outcome.WRONG, text="Your code raised ModuleNotFoundError: No module named 'scipy'")
    verdicts = [stopped("ada", "sklearn.svm"), stopped("bo", "sklearn"), verdict("cy", raised)]
    assert withheld_imports(verdicts) == (
        "Hand-ins import what their code does not get here: scipy (1 of 3), sklearn (2 of 3). "
        'If it may, declare it in the course\'s autograde.toml: libraries = ["scikit-learn", "scipy"]'
    )
    assert "sklearn (2 of 3)" in printed(*verdicts)


def test_a_library_that_nobody_has_is_not_named() -> None:
    assert withheld_imports([stopped("ada", "numppy"), stopped("bo", "\x1b[31m")]) == ""
    assert withheld_imports([verdict("ada", RIGHT)]) == ""


# --- what the gradebook says besides

DUE = datetime(2026, 12, 1, 22, 59, tzinfo=UTC)


def standing(student: str, points: float, **more: Any) -> Standing:
    return Standing(student, "activations", points, 4.0, **more)


def with_roll(roll: Roll, *verdicts: Verdict) -> str:
    console = Console(width=140, record=True, file=io.StringIO())
    show(verdicts, title="The class", console=console, roll=roll)
    return console.export_text()


COUNTED = {
    "a person's score": (standing("ada", 3.0, by_hand=True), ["3/4", "by", "hand"]),
    "extra credit": (standing("ada", 2.5, extra_credit=0.5), ["2.5/4", "extra", "0.5"]),
    "being late": (standing("ada", 2.0, penalty=2.0), ["0/4", "late", "-2"]),
    "all of it": (
        standing("ada", 3.25, by_hand=True, extra_credit=0.25, penalty=1.5),
        ["1.75/4", "by", "hand,", "extra", "0.25,", "late", "-1.5"],
    ),
    "more than the maximum": (standing("ada", 5.0, extra_credit=1.0), ["5/4", "extra", "1"]),
    "nothing": (standing("ada", 2.0), ["2/4"]),
}


@pytest.mark.parametrize(("found", "words"), COUNTED.values(), ids=COUNTED)
def test_the_table_shows_the_points_that_count_and_what_changed_them(found: Standing, words: list[str]) -> None:
    line = line_of(with_roll(Roll(standings=(found,)), verdict("ada", RIGHT, OTHER)), "ada").split()
    assert [word for word in line if word.strip("█░")][1 : len(words) + 1] == words


def test_who_is_not_in_the_gradebook_yet_has_the_points_of_the_verdict() -> None:
    assert "2/4" in line_of(with_roll(Roll(), verdict("ada", RIGHT, OTHER)), "ada")


def test_a_grader_error_shows_no_points_whatever_the_gradebook_says() -> None:
    assert (
        line_of(with_roll(Roll(standings=(standing("ada", 2.0),)), verdict("ada", RIGHT, FAULT)), "ada").split()[1]
        == "?"
    )


def test_names_stand_beside_ids_where_the_gradebook_has_them() -> None:
    text = with_roll(Roll(names={"ada": "Ada Lovelace"}), verdict("ada", RIGHT), verdict("bo", RIGHT))
    assert line_of(text, "ada").split()[:3] == ["ada", "Ada", "Lovelace"]
    assert line_of(text, "bo").split()[:2] == ["bo", "2/2"]


def test_who_is_missing_is_listed_and_counted() -> None:
    roll = Roll(names={"cy": "Cy Young"}, missing=("cy", "dee"), standings=(standing("ada", 1.0, by_hand=True),))
    text = with_roll(roll, verdict("ada", RIGHT))
    assert line_of(text, "cy").split() == ["cy", "Cy", "Young", "-", "nothing", "handed", "in"]
    assert line_of(text, "dee").split() == ["dee", "-", "nothing", "handed", "in"]
    assert "2 in the gradebook handed nothing in: cy (Cy Young), dee." in text


def test_a_class_of_which_nobody_handed_in_is_listed() -> None:
    text = with_roll(Roll(missing=("ada",)))
    assert "No submissions." in text
    assert "1 in the gradebook handed nothing in: ada." in text


def test_who_was_late_is_told_with_how_much_and_what_it_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Zurich")
    time.tzset()
    late = (
        standing("ada", 2.0, late=timedelta(days=1, hours=2), penalty=2.0),
        standing("bo", 2.0, late=timedelta(seconds=30)),
        standing("cy", 2.0),
        standing("not in this run", 2.0, late=timedelta(days=1)),
    )
    verdicts = [verdict(student, RIGHT) for student in ("ada", "bo", "cy")]
    try:
        said = summary(verdicts, roll=Roll(due=DUE, standings=late))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert "Due 2026-12-01 23:59 CET. Late: ada by 1 day 2 hours (-2 points), bo by 30 seconds (no penalty)." in said


def test_where_nobody_was_late_it_says_so_and_without_a_due_date_nothing() -> None:
    assert "Late: nobody." in summary([verdict("ada", RIGHT)], roll=Roll(due=DUE))
    assert "Late" not in summary([verdict("ada", RIGHT)], roll=Roll())


def test_a_time_that_cannot_be_read_is_told() -> None:
    assert "When ada handed in cannot be read from timestamp.txt." in summary(
        [verdict("ada", RIGHT)], roll=Roll(undated=("ada", "not in this run"))
    )


def test_the_mean_and_who_waits_are_the_gradebooks() -> None:
    waiting = CellVerdict("written-1", None, None, 2.0, Outcome.NOT_GRADED)
    verdicts = [verdict("ada", RIGHT, waiting), verdict("bo", RIGHT, waiting)]
    roll = Roll(standings=(standing("ada", 4.0, by_hand=True), standing("bo", 2.0, waits=True)))
    said = summary(verdicts, roll=roll)
    assert "mean 3.0 of 4 points" in said
    assert "1 wait for a person" in said


def test_long_lists_are_cut() -> None:
    said = summary([verdict("ada", RIGHT)], roll=Roll(missing=tuple(f"s{number}" for number in range(100))))
    assert "s29 and 70 more." in said


def test_a_name_in_the_gradebook_is_not_read_as_markup() -> None:
    text = with_roll(Roll(names={"ada": "[red]Ada[/red]"}, missing=("b\x1b[31mo",)), verdict("ada", RIGHT))
    assert "[red]Ada[/red]" in text
    assert "\x1b[31m" not in text
