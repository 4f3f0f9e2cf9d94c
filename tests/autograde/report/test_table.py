"""The table: one line a student, our own failures first, nothing of a student's read as markup."""

from __future__ import annotations

from rich.console import Console

from autograde.contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from autograde.report.table import Misunderstanding, misunderstandings, show, summary, withheld_imports


def cell(exercise: str, points: float | None, outcome: Outcome, **more: str) -> CellVerdict:
    return CellVerdict(f"{exercise}-check", exercise, points, 2.0, outcome, **more)


def verdict(student: str, *cells: CellVerdict) -> Verdict:
    return Verdict(student, "02-activations", "activations", cells)


RIGHT = cell("swish", 2.0, Outcome.CORRECT)
NAMED = cell("mish", 0.0, Outcome.WRONG, mistake="no_softplus", hint="Mish has softplus inside.", text="long")
OTHER = cell("gelu", 0.0, Outcome.WRONG, hint="It differs.", text="long")
GONE = cell("elu", 0.0, Outcome.MISSING, text="not written")
FAULT = cell("selu", None, Outcome.GRADER_ERROR, text="RuntimeError: ours\nmore")


def printed(*verdicts: Verdict, about: dict[str, str] | None = None) -> str:
    console = Console(width=140, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
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
