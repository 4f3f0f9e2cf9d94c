"""From a graded class to its report: the whole way, with the command, and what is read of the hand-ins."""

from __future__ import annotations

import csv
import io
import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.answers import read_answers
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, read_master, role_of
from autograde.grading.journal import JournalWriter
from autograde.report.written import MOST_WORDS, Words, asked_of

from ..test_cli import ASSIGNMENT, run

UNSURE = "Why is the slope of ReLU at 0 just 0?"
CODE = "def relative_error(a, b):\n    # by {0} Lovelace\n    {0}s_own = 1.0  # secret\n    return {0}s_own"


@pytest.fixture
def course(tmp_path: Path, small_course: Path) -> Course:
    shutil.copytree(small_course, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path)


def hand_in(course: Course, student: str, *, code: str = "", prose: str | None = UNSURE) -> None:
    notebook = json.loads((course.root / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if role_of(cell) is Role.SOLUTION and exercise_of(cell) == "relative_error" and code:
            cell["source"] = code
        if role_of(cell) is Role.WRITTEN and prose is not None:
            cell["source"] = prose
    path = course.root / "submitted" / student / ASSIGNMENT / "small.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


@pytest.fixture
def graded(course: Course) -> Course:
    """Twelve students: half make a known mistake, one ends Python."""
    with JournalWriter(course.journal(ASSIGNMENT, "small")) as journal:
        for place in range(12):
            student = f"ada{place:02}"
            wrong = CellVerdict(
                "relative_error-check", "relative_error", 0.0, 2.5, Outcome.WRONG, mistake="signed", hint="No abs."
            )
            right = replace(wrong, points=2.5, outcome=Outcome.CORRECT, mistake=None, hint=None)
            ended = CellVerdict("gradient_descent_step-check", "gradient_descent_step", 0.0, 1.0, Outcome.CRASHED)
            step = ended if place == 3 else replace(ended, points=1.0, outcome=Outcome.CORRECT)
            first = wrong if place % 2 else right
            journal.add(Verdict(student, ASSIGNMENT, "small", (first, step), cpu_seconds=0.1))
            hand_in(course, student, code=CODE.format(student))
    return course


def test_pages_are_written_for_the_instructor_alone(
    graded: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", "--page", "--examples", "--course", str(graded.root)) == 0
    folder = graded.root / "reports"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        f"{ASSIGNMENT}.html": 0o600,
        "index.html": 0o600,
    }
    assert str(folder / f"{ASSIGNMENT}.html") in capsys.readouterr().out
    html = (folder / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "No abs." in html
    assert "ada03" in html  # who needs a look
    assert UNSURE in html
    assert "12 wrote something" in html
    assert f'href="{ASSIGNMENT}.html"' in (folder / "index.html").read_text(encoding="utf-8")


def test_the_courses_page_leads_to_pages_that_were_made_earlier_and_to_nothing_else(
    graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(graded.root / "source" / ASSIGNMENT, graded.root / "source" / "another")
    folder = graded.root / "reports"
    folder.mkdir(mode=0o700)
    for name in ("another", "of no assignment"):
        (folder / f"{name}.html").write_text("made earlier", encoding="utf-8")
    assert run(monkeypatch, "report", ASSIGNMENT, "--page", "--course", str(graded.root)) == 0
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert 'Made earlier, and not counted here: <a href="another.html">another</a>.' in html
    assert "of no assignment" not in html


def test_an_example_is_there_only_where_it_is_asked_for_and_without_its_author(
    graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = graded.root / "reports" / f"{ASSIGNMENT}.html"
    assert run(monkeypatch, "report", ASSIGNMENT, "--page", "--course", str(graded.root)) == 0
    assert "without its words" not in page.read_text(encoding="utf-8")
    assert run(monkeypatch, "report", ASSIGNMENT, "--page", "--examples", "--course", str(graded.root)) == 0
    html = page.read_text(encoding="utf-8")
    assert "def relative_error(a, b):\n    name_1 = 1.0\n    return name_1" in html
    assert "s_own" not in html
    assert "Lovelace" not in html
    assert "secret" not in html


def test_who_needs_a_look_for_programs(
    graded: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", ASSIGNMENT, "--csv", "--course", str(graded.root)) == 0
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (line["student"], line["reason"], line["exercise"]) == ("ada03", "ended Python", "gradient_descent_step")
    assert not (graded.root / "reports").exists()


@pytest.mark.parametrize(
    "options", [("--page", "--json"), ("--csv", "--json"), ("--examples",), ("--examples", "--csv")]
)
def test_what_does_not_go_together_is_refused(
    options: tuple[str, ...], graded: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "report", ASSIGNMENT, *options, "--course", str(graded.root)) == 2
    assert "Expected one of --page, --json and --csv" in capsys.readouterr().err


def test_nothing_of_it_is_near_a_student(graded: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Suspicion stays in reports/: neither feedback nor autograded/ nor the exchange's folders hold any of it."""
    before = {path for path in graded.root.rglob("*") if path.is_file()}
    assert run(monkeypatch, "report", "--page", "--course", str(graded.root)) == 0
    new = {path for path in graded.root.rglob("*") if path.is_file()} - before
    assert {path.relative_to(graded.root).parts[0] for path in new} == {"reports"}


def _link(course: Course) -> None:
    path = course.root / "submitted" / "eve" / ASSIGNMENT / "small.ipynb"
    secret = course.root / "secret.ipynb"
    hand_in(course, "secret-keeper", prose="SECRET")
    shutil.copyfile(course.root / "submitted" / "secret-keeper" / ASSIGNMENT / "small.ipynb", secret)
    shutil.rmtree(course.root / "submitted" / "secret-keeper")
    path.unlink()
    path.symlink_to(secret)


def _bytes(content: bytes) -> Callable[[Course], None]:
    def write(course: Course) -> None:
        (course.root / "submitted" / "eve" / ASSIGNMENT / "small.ipynb").write_bytes(content)

    return write


NO_NOTEBOOK = {
    "a link to another's": _link,
    "nothing": _bytes(b""),
    "no JSON": _bytes(b"{"),
    "deep JSON": _bytes(b"[" * 200_000),
    "zero bytes": _bytes(b"\x00" * 1_000),
    "too large": _bytes(b" " * 60_000_000),
    "another thing": _bytes(b"[1, 2]"),
}


@pytest.mark.parametrize("spoil", NO_NOTEBOOK.values(), ids=NO_NOTEBOOK)
def test_a_file_that_is_no_notebook_says_nothing_and_stops_nobody(
    spoil: Callable[[Course], None], graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(graded, "eve", prose="from eve")
    spoil(graded)
    (path,) = graded.masters(ASSIGNMENT)
    assert not read_answers(graded, read_master(path), "eve").prose
    assert run(monkeypatch, "report", ASSIGNMENT, "--page", "--examples", "--course", str(graded.root)) == 0
    html = (graded.root / "reports" / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "12 wrote something" in html
    assert "SECRET" not in html


@pytest.mark.parametrize("prose", ["", "  \n", "YOUR ANSWER HERE", None])
def test_an_answer_that_nobody_wrote_is_none(prose: str | None, course: Course) -> None:
    hand_in(course, "ada", prose=prose)
    (path,) = course.masters(ASSIGNMENT)
    assert not read_answers(course, read_master(path), "ada").prose


def test_of_many_answers_few_are_kept_from_the_whole_class(course: Course) -> None:
    (path,) = course.masters(ASSIGNMENT)
    master = read_master(path)
    words = Words(asked_of(master))
    hand_in(course, "ada")
    answers = read_answers(course, master, "ada")
    (cell,) = answers.prose
    for place in range(10_000):
        words.add(replace(answers, prose={cell: f"{place:05} {'x' * 5_000}"}))
    (asked,) = words.asked()
    assert asked.answered == 10_000
    assert MOST_WORDS // 2 <= len(asked.answers) <= MOST_WORDS
    assert min(asked.answers) < "00400"
    assert max(asked.answers) > "09600"
    assert max(map(len, asked.answers)) < 1_000
    assert "Why the minus?" in asked.question


SHARED = """def relative_error(a, b):
    # {0} <b>wrote</b> this
    {0}_1 = np.sqrt(a * 3.7) + np.outer(a, b * 1.5) - np.clip(b, 0, 7.1)
    {0}_2 = np.where(a > 0.25, b * 1.75, a / 3.25) * np.sign(b - 0.125)
    {0}_3 = np.mean(np.log1p(np.abs(a))) ** 2.5 - np.sum(b * 0.375)
    {0}_4 = np.dot(a[::-1], b) / (0.0625 + np.max(np.abs(b)) * 12.5)
    {0}_5 = np.cumsum(a * b)[-1] + np.prod(np.tanh(a * 0.7)) * 1.125
    return {0}_1 + {0}_2 + {0}_3 + {0}_4 + {0}_5
"""


def test_who_shares_answers_stands_beside_each_other_line_by_line(
    graded: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = graded.masters(ASSIGNMENT)  # whose answer is one line, which would be left out
    text = path.read_text(encoding="utf-8")
    assert "return np.max(np.abs(a - b)" in text
    path.write_text(
        text.replace("return np.max(np.abs(a - b)", "difference = np.abs(a - b)\\n    return np.max(difference"),
        encoding="utf-8",
    )
    hand_in(graded, "ada01", code=SHARED.format("mine"), prose=None)
    hand_in(graded, "ada03", code=SHARED.format("yours"), prose=None)
    for place in (0, 2, 4, 5, 6, 7, 8, 9, 10, 11):
        hand_in(graded, f"ada{place:02}", code=f"def relative_error(a, b):\n    return {place}", prose=None)
    assert run(monkeypatch, "report", ASSIGNMENT, "--page", "--course", str(graded.root)) == 0
    html = (graded.root / "reports" / f"{ASSIGNMENT}.html").read_text(encoding="utf-8")
    assert "1 pair found." in html
    assert (
        "<b>ada01</b> and <b>ada03</b>: 6 rare lines or sentences; 6 in <code>relative_error</code>, both wrong" in html
    )
    left = html[html.index("<pre>def relative_error") :].partition("</pre>")[0].removeprefix("<pre>").split("\n")
    assert left[1] == "    # mine &lt;b&gt;wrote&lt;/b&gt; this"
    assert [line.startswith("<mark>") for line in left] == [False, False, *[True] * 6, False, False]
    capsys.readouterr()
    assert run(monkeypatch, "report", ASSIGNMENT, "--csv", "--course", str(graded.root)) == 0
    pairs = [one for one in csv.DictReader(io.StringIO(capsys.readouterr().out)) if one["reason"] == "shares answers"]
    assert [(one["student"], one["told"]) for one in pairs] == [("ada01", "ada03: 6 in relative_error, both wrong")]
    assert run(monkeypatch, "report", ASSIGNMENT, "--json", "--course", str(graded.root)) == 0
    (copies,) = json.loads(capsys.readouterr().out)["copies"]
    assert [(pair["left"], pair["right"]) for pair in copies["pairs"]] == [("ada01", "ada03")]
