"""The commands: what they print, what programs can read, and how they end."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from autograde import cli
from autograde.contract.comparison import Change, CheckChange, Comparison
from autograde.contract.verdict import CellVerdict, Engine, Outcome, Verdict
from autograde.grading.journal import JournalWriter, from_json
from autograde.grading.run import GradeOptions
from autograde.sandbox.process import Isolation

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENT = "01-backprop"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command line as `main` does; return its exit code."""
    monkeypatch.setattr("sys.argv", ["autograde", *arguments])
    try:
        cli.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def root(tmp_path: Path, small_course: Path) -> Path:
    shutil.copytree(small_course, tmp_path, dirs_exist_ok=True)
    return tmp_path


def verdict(outcome: Outcome = Outcome.WRONG) -> Verdict:
    points = None if outcome is Outcome.GRADER_ERROR else 0.0
    cell = CellVerdict("f-check", "f", points, 2.0, outcome, mistake="m", hint="Mind the sign.", text="Mind the sign.")
    return Verdict("ada", ASSIGNMENT, "small", (cell,))


def test_check_says_that_nothing_drifted(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "build", "--check", "--course", str(root)) == 0
    assert "source/ and release/ are what course/ says." in capsys.readouterr().out


def test_a_kit_is_written_and_what_to_know_of_it_is_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "kit", str(tmp_path / "kit.zip"), "--course", str(root)) == 0
    said = capsys.readouterr()
    assert f"{tmp_path / 'kit.zip'} is for your students: they unpack it and open START-HERE.html." in said.out
    assert said.err.startswith("autograde: 01-backprop: the library counts other points than this course gives.")
    assert run(monkeypatch, "kit", str(tmp_path / "no" / "kit.zip"), "--course", str(root)) == 2
    assert "autograde: Cannot write the kit to " in capsys.readouterr().err


def test_check_fails_and_names_what_drifted(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "release" / ASSIGNMENT / "small.ipynb").unlink()
    assert run(monkeypatch, "build", "--check", "--course", str(root)) == 1
    said = capsys.readouterr()
    assert "release/01-backprop/small.ipynb is missing" in said.out
    assert "Run `autograde build`." in said.err
    assert run(monkeypatch, "build", "--course", str(root)) == 0
    assert (root / "release" / ASSIGNMENT / "small.ipynb").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["grade", "09-none"], "autograde: No notebook in source/09-none"),
        (["feedback", ASSIGNMENT], "autograde: No work was graded for 01-backprop"),
        (["build", "09-none"], "autograde: No text course/09-none/<name>.md"),
        (["report", "09-none"], "autograde: No notebook in source/09-none"),
        (["compare", "09-none"], "autograde: No notebook in source/09-none"),
        (["compare", ASSIGNMENT], "autograde: Nobody has handed in 01-backprop"),
        (["compare", ASSIGNMENT, "--student", "zoe"], "autograde: Nothing handed in for 01-backprop by: zoe."),
    ],
)
def test_what_a_person_can_mend_is_a_sentence_and_exit_code_2(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    assert run(monkeypatch, *arguments, "--course", str(root)) == 2
    assert sentence in capsys.readouterr().err


def test_a_wrong_option_is_exit_code_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "grade", ASSIGNMENT, "--workers", "0") == 2
    assert "--workers" in capsys.readouterr().err


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.WRONG, 0), (Outcome.GRADER_ERROR, 3)])
def test_grading_ends_with_3_where_we_failed_and_json_is_one_verdict_a_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], outcome: Outcome, code: int
) -> None:
    monkeypatch.setattr("autograde.grading.run.grade", lambda *_, **__: [verdict(outcome)])
    assert run(monkeypatch, "grade", ASSIGNMENT, "--json", "--course", str(root)) == code
    (line,) = capsys.readouterr().out.splitlines()
    assert from_json(json.loads(line)) == verdict(outcome)


def test_grading_prints_the_table(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autograde.grading.run.grade", lambda *_, **__: [verdict()])
    assert run(monkeypatch, "grade", ASSIGNMENT, "--course", str(root)) == 0
    assert "f: Mind the sign." in capsys.readouterr().out


def test_the_options_reach_the_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(
        "autograde.grading.run.grade", lambda course, assignment, options, **_: seen.append(options) or []
    )
    options = ("--student", "ada", "--student", "bo", "--workers", "3", "--regrade", "--force", "--isolation", "none")
    assert run(monkeypatch, "grade", ASSIGNMENT, *options, "--course", str(root)) == 0
    (given,) = seen
    assert given == GradeOptions(("ada", "bo"), 3, regrade=True, force=True, isolation=Isolation.NONE)


def test_a_report_counts_the_mistakes_of_the_last_grading(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with JournalWriter(root / ".autograde" / "journal" / f"{ASSIGNMENT}-small.jsonl") as journal:
        (cell,) = verdict().cells
        cell = replace(cell, cell_id="relative_error-check", exercise="relative_error")
        journal.add(replace(verdict(), cells=(cell,)))
    assert run(monkeypatch, "report", ASSIGNMENT, "--json", "--course", str(root)) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["mistakes"] == [
        {"exercise": "relative_error", "mistake": "m", "hint": "Mind the sign.", "students": 1}
    ]
    assert run(monkeypatch, "report", ASSIGNMENT, "--course", str(root)) == 0
    assert "What the class misunderstood" in capsys.readouterr().out


def everything(root: Path) -> dict[str, tuple[int, bytes | None]]:
    """Every file and folder with its time and content."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else None)
        for path in (root, *root.rglob("*"))
    }


CHANGE = Change("[b]ada[/b]", "small", Engine("0.1.0", "old"), 3.5, 2.0, (CheckChange("f-check", "f", 2.0, 0.5),))
SAME = Comparison(ASSIGNMENT, Engine("0.2.0", "new"), (), 3, (), ())


def test_compare_prints_who_would_change_and_how_many_would_not(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = replace(SAME, changes=(CHANGE,), not_compared=("cy",))
    monkeypatch.setattr("autograde.grading.compare.compare", lambda *_, **__: found)
    assert run(monkeypatch, "compare", ASSIGNMENT, "--course", str(root)) == 0
    said = capsys.readouterr().out
    assert "01-backprop: what 0.2.0 would change" in said
    (line,) = (line for line in said.splitlines() if "ada" in line)
    assert line.split() == ["[b]ada[/b]", "0.1.0", "3.5", "2", "-1.5", "f", "2", "→", "0.5"]
    assert "1 of 4 verdicts would change, 3 would not. Nothing was recorded." in said
    assert "Not graded yet, so not compared: cy." in said
    assert run(monkeypatch, "compare", ASSIGNMENT, "--json", "--course", str(root)) == 0
    assert json.loads(capsys.readouterr().out)["changes"][0]["difference"] == -1.5


def test_compare_says_that_nobody_would_change(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("autograde.grading.compare.compare", lambda *_, **__: SAME)
    assert run(monkeypatch, "compare", ASSIGNMENT, "--course", str(root)) == 0
    assert capsys.readouterr().out == "0 of 3 verdicts would change, 3 would not. Nothing was recorded.\n"


def test_compare_ends_with_3_where_we_failed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = replace(SAME, failed=(verdict(Outcome.GRADER_ERROR),))
    monkeypatch.setattr("autograde.grading.compare.compare", lambda *_, **__: failed)
    assert run(monkeypatch, "compare", ASSIGNMENT, "--course", str(root)) == 3
    assert "ada (small) could not be graded: Mind the sign." in capsys.readouterr().out


def test_the_options_of_compare_reach_it(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []
    monkeypatch.setattr(
        "autograde.grading.compare.compare", lambda course, assignment, options, **_: seen.append(options) or SAME
    )
    options = ("--student", "ada", "--workers", "3", "--isolation", "none")
    assert run(monkeypatch, "compare", ASSIGNMENT, *options, "--course", str(root)) == 0
    assert seen == [GradeOptions(("ada",), 3, isolation=Isolation.NONE)]


@pytest.mark.parametrize("graded", [True, False])
def test_a_report_makes_and_changes_no_file(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], graded: bool
) -> None:
    if graded:
        with JournalWriter(root / ".autograde" / "journal" / f"{ASSIGNMENT}-small.jsonl") as journal:
            journal.add(verdict())
    before = everything(root)
    assert run(monkeypatch, "report", ASSIGNMENT, "--course", str(root)) == 0
    assert ("Mind the sign." if graded else "No submissions.") in capsys.readouterr().out
    assert everything(root) == before


@pytest.mark.parametrize("command", ["grade", "compare", "report"])
def test_a_newer_versions_journal_is_refused_with_a_sentence_and_nothing_changes(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (root / "submitted" / "ada" / ASSIGNMENT).mkdir(parents=True)
    journal = root / ".autograde" / "journal" / f"{ASSIGNMENT}-small.jsonl"
    journal.parent.mkdir(parents=True)
    journal.write_text('{"format": 99, "grades": "elsewhere"}\n')
    (root / ".autograde" / "lock").touch()
    before = everything(root)
    assert run(monkeypatch, command, ASSIGNMENT, "--course", str(root)) == 2
    (sentence,) = capsys.readouterr().err.strip().splitlines()
    assert f"{journal} holds verdicts in format 99" in sentence
    assert everything(root).keys() == before.keys()
    assert journal.read_text() == '{"format": 99, "grades": "elsewhere"}\n'


def test_the_demo_shows_its_class_and_where_everything_lies(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "course" / ASSIGNMENT, tmp_path / "all" / "course" / ASSIGNMENT)
    target = tmp_path / "made"
    options = ("--students", "2", "--workers", "1", "--directory", str(target), "--course", str(tmp_path / "all"))
    assert run(monkeypatch, "demo", *options) == 0
    said = capsys.readouterr().out
    assert "amara     correct      20/20" in said
    assert "half done" in said
    assert "2 submissions, mean 15.0 of 20 points" in said
    assert str(target / "feedback" / "amara" / ASSIGNMENT / "backprop.html") in said
    assert (target / "feedback" / "amara" / ASSIGNMENT / "backprop.html").exists()


def test_every_command_explains_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--help") == 0
    listed = capsys.readouterr().out
    for command in ("build", "verify", "due", "grade", "serve", "compare", "feedback", "report", "demo", "doctor"):
        assert command in listed
        assert run(monkeypatch, command, "--help") == 0
        assert "Usage:" in capsys.readouterr().out


def test_starting_the_command_line_loads_neither_nbgrader_nor_numpy() -> None:
    import subprocess
    import sys

    code = "import sys, autograde.cli; print(*sorted({'nbgrader', 'numpy', 'nbformat'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


# --- the gradebook


def registered(root: Path) -> list[str]:
    from autograde.gradebook.database import gradebook_of

    with gradebook_of(root) as book:
        return [assignment.name for assignment in book.assignments]


def test_building_enters_the_assignments_in_a_course_folder(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    assert run(monkeypatch, "build", "--check", "--course", str(root)) == 0
    assert not (root / "gradebook.db").exists(), "a look changes nothing"
    assert run(monkeypatch, "build", "--course", str(root)) == 0
    assert registered(root) == [ASSIGNMENT]


def test_building_makes_no_gradebook_where_nobody_grades(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "build", "--course", str(root)) == 0
    assert not (root / "gradebook.db").exists()


def test_a_due_date_is_set_shown_and_taken_away(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import time

    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    assert run(monkeypatch, "build", "--course", str(root)) == 0
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    capsys.readouterr()
    try:
        assert run(monkeypatch, "due", ASSIGNMENT, "2026-12-01 23:59 Europe/Zurich", "--course", str(root)) == 0
        assert run(monkeypatch, "due", ASSIGNMENT, "--course", str(root)) == 0
        assert capsys.readouterr().out == "due 2026-12-01 17:59 EST\n" * 2
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    assert run(monkeypatch, "due", ASSIGNMENT, "--none", "--course", str(root)) == 0
    assert capsys.readouterr().out == "no due date\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2026-12-01 23:59"], "is no moment. Expected a date and a time with their zone"),
        (["tomorrow"], "'tomorrow' is no moment"),
        (["2026-12-01 23:59 UTC", "--none"], "or --none alone"),
        (["2026-12-02 23:59 UTC", "--student", "zoe"], "zoe has nothing in the gradebook"),
    ],
)
def test_a_due_date_that_says_no_zone_or_cannot_be_set_is_a_sentence(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    (root / "nbgrader_config.py").write_text("c = get_config()\n")
    assert run(monkeypatch, "build", "--course", str(root)) == 0
    assert run(monkeypatch, "due", ASSIGNMENT, *arguments, "--course", str(root)) == 2
    assert sentence in capsys.readouterr().err
