"""Hand-ins of two editions in one class: nobody loses points in silence, and no word of a student's gains any."""

from __future__ import annotations

import copy
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, role_of
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import gradebook_of
from autograde.grading.run import GradeOptions, grade
from autograde.report.table import summary

from ..conftest import ASSIGNMENT, DENSE, HEAD, write_small_course

JSON = dict[str, Any]
MORE = f"""{DENSE}
+++ {{"role": "written", "points": 1, "question": "how-asked", "id": "how"}}

How does it go?

### BEGIN SOLUTION
The model answer.
### END SOLUTION
"""
RIGHT = {
    "relative_error": "def relative_error(a, b):\n"
    "    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))",
    "gradient_descent_step": "def gradient_descent_step(theta, gradient, *, learning_rate):\n"
    "    return theta - learning_rate * gradient",
    "dense_forward": "def dense_forward(x, weights, bias):\n    return x @ weights + bias",
}
FULL = {"relative_error-check": 4.0, "dense_forward-check": 2.0}
ABSURD = [0, -1, 3, 10**18, True, 1.0, "1", [1], {"edition": 1}, "x" * 100_000]


def answered(notebook: JSON) -> JSON:
    """The release with everything right in it."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        if role_of(cell) is Role.SOLUTION:
            cell["source"] = RIGHT[exercise_of(cell) or ""]
        elif role_of(cell) is Role.WRITTEN:
            cell["source"] = "Because it goes down."
    return notebook


def saying(notebook: JSON, edition: Any) -> JSON:
    notebook = copy.deepcopy(notebook)
    notebook["metadata"]["machine_room"] = {"edition": edition}
    return notebook


def silent(notebook: JSON) -> JSON:
    notebook = copy.deepcopy(notebook)
    del notebook["metadata"]["machine_room"]
    return notebook


def mixed(first: JSON, second: JSON) -> JSON:
    """The first edition, with all that is new in the second put below it, solved."""
    held = {cell["id"] for cell in first["cells"]}
    both = copy.deepcopy(first)
    both["cells"] += [cell for cell in second["cells"] if cell["id"] not in held]
    return both


def says(said: Any, done: Callable[[JSON], JSON] = lambda second: second) -> Callable[[JSON, JSON], JSON]:
    return lambda first, second: saying(done(second), said)


HAND_INS: dict[str, Callable[[JSON, JSON], JSON]] = {
    "first-done": lambda first, second: answered(first),
    "first-silent": lambda first, second: silent(answered(first)),
    "first-untouched": lambda first, second: first,
    "second-done": lambda first, second: answered(second),
    "second-silent": lambda first, second: silent(answered(second)),
    "second-untouched": lambda first, second: second,
    "untouched-says-1": lambda first, second: saying(second, 1),
    "done-says-1": lambda first, second: saying(answered(second), 1),
    "first-says-2": lambda first, second: saying(answered(first), 2),
    "mixed": lambda first, second: mixed(answered(first), answered(second)),
    **{f"says-absurd-{n}": says(said) for n, said in enumerate(ABSURD)},
    **{f"done-absurd-{n}": says(said, answered) for n, said in enumerate(ABSURD)},
}
OLD = ["done-says-1", "first-done", "first-silent", "first-untouched", "mixed", "untouched-says-1"]


class Class:
    """The course in its second edition, and what became of everybody."""

    def __init__(self, root: Path) -> None:
        self.course = Course(root)
        write_small_course(root)
        first = self.released()
        text = (root / "course" / ASSIGNMENT / "small.md").read_text(encoding="utf-8")
        text = text.replace(":points: 2.5", ":points: 4")
        text = re.sub(r"```\{code-cell\}[^`]*gradient_descent_step.*?\n```\n", "", text, flags=re.DOTALL)
        write_small_course(root, HEAD.format(2) + text + MORE)
        for student, make in HAND_INS.items():
            path = root / "submitted" / student / ASSIGNMENT / "small.ipynb"
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps(make(first, self.released())), encoding="utf-8")
        self.grade()
        write_feedback(root, ASSIGNMENT)

    def released(self) -> JSON:
        path = self.course.root / "release" / ASSIGNMENT / "small.ipynb"
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def grade(self) -> list[Verdict]:
        graded = grade(self.course, ASSIGNMENT, GradeOptions(workers=1))
        self.verdicts = {verdict.student: verdict for verdict in graded}
        return graded

    def points(self, student: str) -> dict[str, float | None]:
        return {cell.cell_id: cell.points for cell in self.verdicts[student].cells}

    def cell(self, student: str, name: str) -> CellVerdict:
        (found,) = [cell for cell in self.verdicts[student].cells if cell.cell_id == name]
        return found

    def recorded(self, student: str) -> dict[str, tuple[float | None, bool, float]]:
        with gradebook_of(self.course.root) as book:
            notebook = book.find_submission_notebook("small", ASSIGNMENT, student)
            return {g.name: (g.auto_score, g.needs_manual_grade, g.max_score) for g in notebook.grades}

    def page(self, student: str) -> str:
        return (self.course.root / "feedback" / student / ASSIGNMENT / "small.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("editions"))


@pytest.mark.parametrize("student", HAND_INS)
def test_everyone_has_a_verdict_on_each_cell_that_is_graded_now(taught: Class, student: str) -> None:
    verdict = taught.verdicts[student]
    worth = {cell.cell_id: cell.max_points for cell in verdict.cells}
    assert worth == {**FULL, "written-one-step-1": 3.0, "how": 1.0}
    assert len(verdict.cells) == 4
    assert not verdict.grader_errors
    assert {name: most for name, (_, _, most) in taught.recorded(student).items()} == worth


@pytest.mark.parametrize("student", ["first-done", "first-silent", "done-says-1", "mixed"])
def test_an_older_edition_keeps_its_points_and_waits_for_a_person_where_it_was_not_asked(
    taught: Class, student: str
) -> None:
    assert taught.points(student) == {
        "relative_error-check": 4.0,
        "written-one-step-1": None,
        "dense_forward-check": None,
        "how": None,
    }
    recorded = taught.recorded(student)
    assert recorded["relative_error-check"] == (4.0, False, 4.0)
    assert recorded["dense_forward-check"] == (None, True, 2.0)
    assert recorded["how"] == (None, True, 1.0)
    assert taught.verdicts[student].edition == 1


@pytest.mark.parametrize("student", OLD)
@pytest.mark.parametrize(
    ("name", "called"), [("dense_forward-check", "dense_forward (2 points)"), ("how", "how (1 points)")]
)
def test_what_was_not_asked_is_told_in_notes_verdict_and_page(
    taught: Class, student: str, name: str, called: str
) -> None:
    said = taught.cell(student, name)
    assert (said.outcome, said.points) == (Outcome.NOT_GRADED, None)
    sentence = f"{called}. No points are set; your instructor decides."
    assert said.text.endswith(sentence)
    assert said.text in taught.verdicts[student].notes
    assert sentence in taught.page(student)
    assert "The model answer" not in taught.page(student)
    assert "HIDDEN" not in taught.page(student)


def test_the_present_edition_is_graded_by_the_present_tests(taught: Class) -> None:
    for student in ("second-done", "second-silent"):
        verdict = taught.verdicts[student]
        assert {cell: points for cell, points in taught.points(student).items() if points is not None} == FULL
        assert (verdict.edition, verdict.notes) == (None, ())


@pytest.mark.parametrize("student", [name for name in HAND_INS if "untouched" in name or "says-absurd" in name])
def test_who_wrote_nothing_gets_nothing_whatever_the_file_says(taught: Class, student: str) -> None:
    assert taught.verdicts[student].points == 0.0
    assert taught.cell(student, "relative_error-check").outcome is Outcome.MISSING


@pytest.mark.parametrize("student", [name for name in HAND_INS if "absurd" in name])
def test_an_edition_that_is_none_is_graded_as_the_present_one_and_told(taught: Class, student: str) -> None:
    verdict = taught.verdicts[student]
    assert verdict.points == (6.0 if "done" in student else 0.0)
    assert verdict.edition is None
    (note,) = verdict.notes
    assert "not graded in this course. It was graded as edition 2, the present one." in note
    assert len(note) < 300


def test_an_older_notebook_that_says_it_is_new_loses_what_it_lacks_and_is_told(taught: Class) -> None:
    verdict = taught.verdicts["first-says-2"]
    assert verdict.points == 4.0
    assert "The cell for dense_forward was deleted." in verdict.notes


def test_the_summary_says_who_handed_in_which_older_edition(taught: Class) -> None:
    said = summary(list(taught.verdicts.values()))
    assert f"{len(OLD)} hand-ins of edition 1, graded by its tests: {', '.join(OLD)}." in said
    assert f"{len(OLD)} of them lack what their edition did not ask for. A person decides on it." in said
    absurd = sorted(name for name in HAND_INS if "absurd" in name)
    assert (
        f"{len(absurd)} hand-ins of an edition that is not graded in this course, graded as the present one: " in said
    )
    assert f"{', '.join(absurd)}. Is editions/ complete" in said


def test_the_summary_counts_one(taught: Class) -> None:
    assert "1 hand-in of edition 1, graded by its tests: mixed." in summary([taught.verdicts["mixed"]])


@pytest.mark.parametrize("student", ["first-done", "mixed"])
def test_nbgraders_own_commands_read_what_was_graded(taught: Class, student: str) -> None:
    """Its grades and comments are asked for by each cell that it knows; one without would end formgrader's page."""
    import nbformat
    from nbgrader.preprocessors import GetGrades

    root = taught.course.root
    path = root / "autograded" / student / ASSIGNMENT / "small.ipynb"
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    nbformat.validate(notebook)
    names = {"notebook": "small", "assignment": ASSIGNMENT, "student": student}
    resources = {"nbgrader": {**names, "db_url": f"sqlite:///{root / 'gradebook.db'}"}}
    graded, _ = GetGrades().preprocess(notebook, resources)
    shown = {cell.metadata.nbgrader.grade_id for cell in graded.cells if cell.metadata.get("nbgrader", {}).get("grade")}
    assert shown == set(taught.points(student))


def test_a_second_run_takes_all_of_it_from_the_journal(taught: Class, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(taught.verdicts)
    monkeypatch.setattr("autograde.grading.bench.grade_all", lambda *_, **__: pytest.fail("nothing has changed"))
    monkeypatch.setattr("autograde.gradebook.writer.GradebookWriter.record", lambda *_: pytest.fail("all is recorded"))
    taught.grade()
    assert taught.verdicts == before


def test_an_edition_that_the_course_does_not_accept_is_graded_as_the_present_one(tmp_path: Path) -> None:
    (tmp_path / "autograde.toml").write_text(f"[editions]\n{ASSIGNMENT} = []\n", encoding="utf-8")
    taught = Class(tmp_path)
    for student in ("first-done", "first-silent"):
        assert taught.points(student)["relative_error-check"] == 4.0
        assert taught.points(student)["dense_forward-check"] == 0.0
        assert "edition 1" in taught.verdicts[student].notes[0]
        assert "It was graded as edition 2, the present one." in taught.page(student)
    (tmp_path / "autograde.toml").unlink()
    shutil.rmtree(tmp_path / "feedback")  # what was given back would stand
    taught.grade()
    assert taught.points("first-done")["dense_forward-check"] is None, "what is accepted is part of the verdict's key"
