"""Courses that know nothing of this project, from submitted/ to gradebook, autograded/ and feedback/."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import gradebook_of
from autograde.grading.run import GradeOptions, grade, task_for
from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import ASSIGNMENT, NOTEBOOK, graded

ONE = GradeOptions(workers=1)
#: What nbgrader gives in its documentation course, cell by cell.
BITDIDDLE = {
    "correct_squares": 0.0,
    "squares_invalid_input": 1.0,
    "correct_sum_of_squares": 0.0,
    "sum_of_squares_uses_squares": 0.5,
    "sum_of_squares_equation": None,
    "sum_of_squares_application": 0.0,  # not answered
    "cell-938593c4a215c6cc": None,  # the task
    "part-a": None,
    "part-b": None,
}
HACKER = {
    **BITDIDDLE,
    "correct_squares": 1.0,
    "correct_sum_of_squares": 0.5,
    "sum_of_squares_application": None,
}


def recorded(root: Path, assignment: str = ASSIGNMENT) -> dict[str, dict[str, float | None]]:
    """The automatic scores in the gradebook, by student and cell."""
    with gradebook_of(root) as book:
        return {
            submission.student.id: {
                grade.cell.name: grade.auto_score for notebook in submission.notebooks for grade in notebook.grades
            }
            for submission in book.assignment_submissions(assignment)
        }


def graded_one(root: Path, student: str = "ada") -> Verdict:
    (verdict,) = [one for one in grade(Course(root), ASSIGNMENT, ONE) if one.student == student]
    return verdict


def by_name(verdict: Verdict) -> Mapping[str, CellVerdict]:
    return {cell.cell_id: cell for cell in verdict.cells}


def shown_in(root: Path, student: str = "ada") -> str:
    """All that a student or a person who grades can be shown of the work, but the sources of the master."""
    notebook = json.loads((root / "autograded" / student / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text("utf-8"))
    return json.dumps([cell.get("outputs") for cell in notebook["cells"]])


# --- nbgrader's own course


@pytest.fixture(scope="module")
def documentation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = ordinary.documentation_course(tmp_path_factory.mktemp("documentation"))
    grade(Course(root), ASSIGNMENT, ONE)
    return root


def test_the_documentation_course_has_nbgraders_scores_cell_by_cell(documentation: Path) -> None:
    assert recorded(documentation) == {"bitdiddle": BITDIDDLE, "hacker": HACKER}


def test_its_totals_are_one_and_a_half_and_three_of_thirteen(documentation: Path) -> None:
    with gradebook_of(documentation) as book:
        found = {one.student.id: (one.score, one.max_score) for one in book.assignment_submissions(ASSIGNMENT)}
    assert found == {"bitdiddle": (1.5, 13.0), "hacker": (3.0, 13.0)}


def test_who_did_not_answer_is_told_so_as_nbgrader_does(documentation: Path) -> None:
    with gradebook_of(documentation) as book:
        comments = book.find_submission(ASSIGNMENT, "bitdiddle").notebooks[0].comments
        told = {one.name for one in comments if one.auto_comment == "No response."}
    assert told == {"sum_of_squares_application"}


def test_its_feedback_has_a_page_for_each_notebook_and_no_hidden_line(documentation: Path) -> None:
    pages = write_feedback(documentation, ASSIGNMENT)
    assert len(pages) == 4
    assert not any("HIDDEN TESTS" in page.read_text(encoding="utf-8") for page in pages)


def test_what_was_graded_stands_the_second_time(documentation: Path) -> None:
    kept: list[str] = []
    grade(Course(documentation), ASSIGNMENT, ONE, on_kept=lambda verdict, why: kept.append(verdict.student))
    assert sorted(kept) == ["bitdiddle", "bitdiddle", "hacker", "hacker"]


# --- every trait


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada hands in the solutions; bo has changed tests and files; cy's work is as released."""
    root = ordinary.lay_out(tmp_path_factory.mktemp("solved"))
    ordinary.hand_in(root, "ada", {"why": "Because."})
    bo = ordinary.hand_in(root, "bo", {"squares": "def squares(n):\n    return [1, 4]", "unlocked": "assert False"})
    (bo.parent / "helper.py").write_text("def answer():\n    return 0\n")
    (bo.parent / "data").write_text("a file where the course has a folder")
    stub = {"squares": "def squares(n):\n    # YOUR CODE HERE\n    raise NotImplementedError()"}
    ordinary.hand_in(root, "cy", {**stub, "plot": "# your plot\n# YOUR CODE HERE\nraise NotImplementedError()"})
    grade(Course(root), ASSIGNMENT, ONE)
    write_feedback(root, ASSIGNMENT)
    return root


def test_solutions_have_full_marks_and_what_a_person_grades_waits(solved: Path) -> None:
    assert recorded(solved)["ada"] == {
        "visible": 1.0, "hidden": 2.5, "partial": 0.25, "of numpy": 0.75, "state": 1.0, "without": 1.0, "source": 1.0,
        "numpy": 42.5, "mock": 0.25, "unlocked": 1.0, "data": 1.0, "nothing": 0.0, "plot": None, "why": None,
        "task": None,
    }  # fmt: skip


def test_tests_and_files_are_the_courses_own_whatever_was_handed_in(solved: Path) -> None:
    scores = recorded(solved)["bo"]
    assert (scores["unlocked"], scores["data"]) == (1.0, 1.0)
    assert (scores["visible"], scores["hidden"], scores["source"]) == (1.0, 0.0, 0.0)


def test_an_untouched_release_has_no_points_but_for_what_asks_nothing_of_it(solved: Path) -> None:
    scores = recorded(solved)["cy"]
    assert {name for name, score in scores.items() if score} == {"mock", "unlocked", "data", "without"}
    assert (scores["plot"], scores["why"], scores["task"]) == (0.0, 0.0, None)


def test_a_task_stands_in_nbgraders_own_table(solved: Path) -> None:
    with gradebook_of(solved) as book:
        asked = book.find_notebook(NOTEBOOK, ASSIGNMENT)
        assert [(cell.name, cell.max_score) for cell in asked.task_cells] == [("task", 4.0)]
        assert asked.max_score == sum(cell.max_score for cell in (*asked.grade_cells, *asked.task_cells))


@pytest.mark.parametrize("student", ["ada", "bo", "cy"])
def test_hidden_lines_and_mark_schemes_are_in_no_output_and_on_no_page(solved: Path, student: str) -> None:
    page = (solved / "feedback" / student / ASSIGNMENT / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
    for secret in ("hush-hush", "squares(11)", "HIDDEN TESTS"):
        assert secret not in page
        assert secret not in shown_in(solved, student)
    assert "MARK SCHEME" not in page
    assert "Two for the idea" not in page


def test_a_hidden_test_that_failed_is_told_by_its_line_alone(solved: Path) -> None:
    page = (solved / "feedback" / "bo" / ASSIGNMENT / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
    assert "A hidden test failed (AssertionError, line 3 of the whole cell)." in page or "squares(1) == [1]" in page


# --- what a student's code does to the tests beside it stays in its box


PEEKING = """import sys
def squares(n):
    seen = sys._getframe(1).f_globals["In"][-1]
    print(seen)
    if n == 11:
        raise ValueError(seen)
    return [i ** 2 for i in range(1, n + 1)]"""
AFTERWARDS = "print(In)\nopen('told.txt', 'w').write(str(In))\nraise RuntimeError(str(In))"


def test_code_that_reads_the_hidden_tests_cannot_show_them(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    ordinary.hand_in(root, "ada", {"squares": PEEKING}, ordinary.code(AFTERWARDS))
    verdict = graded_one(root)
    write_feedback(root, ASSIGNMENT)
    page = (root / "feedback" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
    assert by_name(verdict)["hidden"].points == 0
    journal = Course(root).journal(ASSIGNMENT, NOTEBOOK).read_text(encoding="utf-8")
    for text in (page, shown_in(root), journal):
        assert "hush-hush" not in text


# --- scores, and where they differ from nbgrader's

HANGS = "while True: pass"
SCORES: dict[str, tuple[str, float, float, Outcome]] = {
    # source of the test: points it is worth, points it gives, outcome
    "nothing shown": ("x = 1", 2, 2.0, Outcome.CORRECT),
    "a raised assertion": ("assert 1 == 2", 2, 0.0, Outcome.WRONG),
    "another exception": ("1 / 0", 2, 0.0, Outcome.ERROR),
    "a name that is not there": ("nobody()", 2, 0.0, Outcome.MISSING),
    "a syntax error": ("assert (", 2, 0.0, Outcome.ERROR),
    "something on stderr": ("import sys; print('warned', file=sys.stderr)", 2, 0.0, Outcome.WRONG),
    "a warning": ("import warnings; warnings.warn('old')", 2, 0.0, Outcome.WRONG),
    "a partial score": ("0.5", 2, 0.5, Outcome.WRONG),
    "a score of 0": ("0", 2, 0.0, Outcome.WRONG),
    "a whole score": ("2", 2, 2.0, Outcome.CORRECT),
    "a text": ("'not a score'", 2, 2.0, Outcome.CORRECT),
    "a truth value": ("1 == 2", 2, 2.0, Outcome.CORRECT),
    "a display": ("display(0.5)", 2, 2.0, Outcome.CORRECT),
    "a silenced score": ("0.5;", 2, 2.0, Outcome.CORRECT),
    "more than the maximum": ("3", 2, 2.0, Outcome.CORRECT),
    "not a number": ("float('nan')", 2, 0.0, Outcome.WRONG),
    "infinite": ("float('inf')", 2, 0.0, Outcome.WRONG),
    "a negative score": ("-1", 2, 0.0, Outcome.WRONG),
    "NumPy's own float": ("import numpy; numpy.float64(0.5)", 2, 0.5, Outcome.WRONG),
    "a test that asks nothing": ("", 2, 2.0, Outcome.CORRECT),
    "a test of 0 points": ("assert False", 0, 0.0, Outcome.WRONG),
    "the kernel's end": ("import os; os._exit(0)", 2, 0.0, Outcome.CRASHED),
    "no end": (HANGS, 2, 0.0, Outcome.TIME_LIMIT),
}


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CellVerdict]:
    """All of them in one notebook: each costs itself alone."""
    root = tmp_path_factory.mktemp("scored")
    cells = [graded(name, source, most) for name, (source, most, _, _) in SCORES.items()]
    ordinary.lay_out(root, *cells, files={})
    (root / "autograde.toml").write_text("[limits]\nrequest_seconds = 3\n")
    ordinary.hand_in(root, "ada")
    return by_name(graded_one(root))


@pytest.mark.parametrize("name", SCORES)
def test_a_test_is_worth_what_the_table_says(scored: Mapping[str, CellVerdict], name: str) -> None:
    _, _, points, outcome = SCORES[name]
    assert (scored[name].points, scored[name].outcome) == (points, outcome)


def test_a_test_that_was_deleted_is_put_back(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    path = ordinary.hand_in(root, "ada")
    handed_in = json.loads(path.read_text(encoding="utf-8"))
    handed_in["cells"] = [cell for cell in handed_in["cells"] if "visible" not in str(cell["metadata"])]
    ordinary.write(path, handed_in)
    verdict = graded_one(root)
    assert by_name(verdict)["visible"].points == 1.0
    assert "The check of visible was deleted. It was put back." in verdict.notes


def test_a_manual_answer_that_was_emptied_has_no_points_and_waits_for_nobody(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    ordinary.hand_in(root, "ada", {"why": " ", "plot": ""})
    graded_one(root)
    assert (recorded(root)["ada"]["why"], recorded(root)["ada"]["plot"]) == (0.0, 0.0)


# --- what the course settles


def test_a_cell_has_the_time_that_nbgraders_configuration_gives_it(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    (root / "nbgrader_config.py").write_text("config = get_config()\nconfig.ExecutePreprocessor.timeout = 300\n")
    (master,) = Course(root).read_masters(ASSIGNMENT)
    limits = task_for(Course(root), master, ONE, view=tmp_path / "view").limits
    assert (limits.request_seconds, limits.submission_seconds, limits.cpu_seconds) == (300.0, 3000.0, 3000)


SETTINGS = {
    "a function": ("c.Execute.timeout_func = lambda cell: 77 if 'squares' in cell.source else 5", 77.0),
    "none at all": ("c.Execute.timeout = None", 3600.0),
    "nbgrader's own": ("", 30.0),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_way_to_set_a_time_counts(tmp_path: Path, name: str) -> None:
    line, seconds = SETTINGS[name]
    root = ordinary.lay_out(tmp_path)
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{line}\n")
    (master,) = Course(root).read_masters(ASSIGNMENT)
    assert task_for(Course(root), master, ONE, view=tmp_path / "view").limits.request_seconds == seconds


def test_a_courses_own_stub_is_known_for_no_answer(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.ClearSolutions.code_stub = {'python': '# mine\\npass'}\n"
    )
    ordinary.hand_in(root, "ada", {"plot": "# your plot\n# mine\npass"})
    graded_one(root)
    assert recorded(root)["ada"]["plot"] == 0.0


REFUSED = {
    "marks of its own": "c.ClearHiddenTests.begin_test_delimeter = 'VERY HIDDEN'",
    "folders of its own": "c.CourseDirectory.source_directory = 'masters'",
}


@pytest.mark.parametrize("line", REFUSED.values(), ids=REFUSED)
def test_what_grading_cannot_go_by_is_refused_with_a_sentence_before_anything_runs(tmp_path: Path, line: str) -> None:
    root = ordinary.lay_out(tmp_path)
    ordinary.hand_in(root, "ada")
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{line}\n")
    with pytest.raises(CourseError, match=r"nbgrader_config\.py sets"):
        graded_one(root)
    assert not (root / "autograded").exists()


def test_another_language_is_refused_by_name(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    path = root / "source" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    ordinary.write(path, ordinary.notebook(*ordinary.EVERY_TRAIT, kernel={"name": "ir", "display_name": "R"}))
    ordinary.hand_in(root, "ada")
    with pytest.raises(CourseError, match="is written in R, and the sandbox runs Python alone"):
        graded_one(root)


# --- the work, and when it is graded anew


@pytest.mark.parametrize("changed", ["source/ps1/data/numbers.csv", "submitted/ada/ps1/notes.txt"])
def test_work_is_graded_anew_when_a_file_beside_it_changes(tmp_path: Path, changed: str) -> None:
    root = ordinary.lay_out(tmp_path)
    ordinary.hand_in(root, "ada")
    before = graded_one(root)
    (root / changed).write_bytes(b"1,2\n\n")
    assert graded_one(root).key != before.key


def test_several_notebooks_are_graded_each_by_itself(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    second = ordinary.notebook(ordinary.solution("f", "f = 1"), graded("f is one", "assert f == 1"))
    ordinary.write(root / "source" / ASSIGNMENT / "problem2.ipynb", second)
    path = ordinary.hand_in(root, "ada")
    ordinary.write(path.with_name("problem2.ipynb"), second)
    ordinary.hand_in(root, "bo")
    grade(Course(root), ASSIGNMENT, ONE)
    scores = recorded(root)
    assert (scores["ada"]["f is one"], scores["bo"]["f is one"]) == (1.0, 0.0)
    assert scores["ada"]["visible"] == scores["bo"]["visible"] == 1.0


def outputs_of(root: Path, name: str) -> list[dict[str, Any]]:
    notebook = json.loads((root / "autograded" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text("utf-8"))
    return next(cell["outputs"] for cell in notebook["cells"] if cell["id"] == name)


SHOWS = """import sys, warnings
from IPython.display import HTML, display, clear_output
print('gone'); clear_output()
print('one')
display(HTML('<b>two</b><script>alert(1)</script>'))
print('three\\rfour')
handle = display('five', display_id=True)
handle.update('six')
print('seven', file=sys.stderr)
{'eight': 8}"""


def test_outputs_come_in_order_and_by_their_types_as_nbgrader_has_them(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    ordinary.hand_in(root, "ada", {"plot": SHOWS})
    graded_one(root)
    found = outputs_of(root, "plot")
    assert [one["output_type"] for one in found] == [
        "stream", "display_data", "stream", "display_data", "stream", "execute_result",
    ]  # fmt: skip
    assert found[0]["text"] == ["one\n"]
    assert "<b>two</b>" in found[1]["data"]["text/html"][0]
    assert "script" not in json.dumps(found)
    assert found[2]["text"] == ["four\n"]
    assert found[3]["data"]["text/plain"] == ["'six'"]
    assert (found[4]["name"], found[5]["data"]["text/plain"]) == ("stderr", ["{'eight': 8}"])


def test_an_error_has_its_class_and_its_words_apart(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    ordinary.hand_in(root, "ada", {"plot": "raise KeyError('which: one')"})
    graded_one(root)
    (error,) = outputs_of(root, "plot")
    assert (error["output_type"], error["ename"], error["evalue"]) == ("error", "KeyError", "'which: one'")


# --- marks of answers


ANSWER_OUTSIDE = "### BEGIN SOLUTION\nshown = 1\n### END SOLUTION"
UNCLOSED = "### BEGIN SOLUTION\nshown = 1"


@pytest.mark.parametrize("cell", [
    ordinary.code(ANSWER_OUTSIDE),
    ordinary.code(ANSWER_OUTSIDE, name="given", locked=True),
    ordinary.text("### BEGIN SOLUTION\nIn words.\n### END SOLUTION"),
    graded("answered", f"{ANSWER_OUTSIDE}\nassert shown", 0),
], ids=["code", "locked code", "text", "a test"])  # fmt: skip
def test_an_answer_outside_of_a_cell_for_answers_hinders_no_grading(tmp_path: Path, cell: ordinary.JSON) -> None:
    """nbgrader would not release it, unless told to, and grades it."""
    root = ordinary.lay_out(tmp_path, cell, graded("after", "assert 2 > 1", 3))
    ordinary.hand_in(root, "ada")
    assert by_name(graded_one(root))["after"].points == 3.0


@pytest.mark.parametrize(("source", "settings", "text"), [
    (UNCLOSED, "", "without its END SOLUTION"),
    (f"### BEGIN SOLUTION\n{ANSWER_OUTSIDE}", "", "without its END SOLUTION"),
    ("# HERE\n1", 'c.ClearSolutions.begin_solution_delimeter = "HERE"', "cannot tell the answers from the rest"),
    ("1", 'c.ClearSolutions.code_stub = {"r": "stop()"}', "cannot tell the answers from the rest"),
])  # fmt: skip
def test_marks_that_nbgrader_cannot_read_are_told_in_a_sentence(
    tmp_path: Path, source: str, settings: str, text: str
) -> None:
    root = ordinary.lay_out(tmp_path, ordinary.solution("answer", source), graded("after", "assert 2 > 1", 3))
    (root / "nbgrader_config.py").write_text(f"c = get_config()\n{settings}\n")
    ordinary.hand_in(root, "ada")
    with pytest.raises(CourseError, match=text):
        grade(Course(root), ASSIGNMENT, ONE)


def test_what_tests_ask_for_in_passing_is_imported_once_and_not_by_everyone(tmp_path: Path) -> None:
    root = ordinary.lay_out(tmp_path)
    course = Course(root)
    (master,) = course.read_masters(ASSIGNMENT)
    assert task_for(course, master, ONE, view=tmp_path / "view").preload == ("numpy.testing", "unittest.mock")
    loaded = "import sys\nassert {'numpy.testing', 'unittest.mock'} <= {*sys.modules}"
    ordinary.lay_out(root, graded("loaded", loaded, 1), *ordinary.EVERY_TRAIT)  # before any other cell has run
    ordinary.hand_in(root, "ada")
    assert by_name(graded_one(root))["loaded"].points == 1.0
