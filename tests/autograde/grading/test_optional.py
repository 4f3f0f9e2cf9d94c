"""What is optional has no points: marked where it is written, graded, told, and nobody loses or waits by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, read_master, role_of, source_of
from autograde.course.text import OPTIONAL_HERE
from autograde.gradebook.feedback import write_feedback
from autograde.gradebook.writer import gradebook_of
from autograde.grading.run import GradeOptions, grade
from autograde.report.table import class_table, summary

from ..conftest import ASSIGNMENT, DENSE, HEAD, TEXT, write_small_course

OPTIONAL = DENSE.replace(":points: 2", ":optional: true")
RIGHT = {
    "relative_error": "def relative_error(a, b):\n"
    "    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))",
    "gradient_descent_step": "def gradient_descent_step(theta, gradient, *, learning_rate):\n"
    "    return theta - learning_rate * gradient",
    "dense_forward": "def dense_forward(x, weights, bias):\n    return x @ weights + bias",
}
WRONG = {**RIGHT, "dense_forward": "def dense_forward(x, weights, bias):\n    return x @ weights"}
RAISES = {**RIGHT, "dense_forward": "def dense_forward(x, weights, bias):\n    raise KeyError(x.shape)"}
ASKED = {name: code for name, code in RIGHT.items() if name != "dense_forward"}
STUDENTS = {"all": RIGHT, "asked": ASKED, "wrong": WRONG, "raises": RAISES, "nothing": {}}


def filled(released: Mapping[str, Any], answers: Mapping[str, str]) -> str:
    notebook = json.loads(json.dumps(released))
    for cell in notebook["cells"]:
        if role_of(cell) is Role.SOLUTION and exercise_of(cell) in answers:
            cell["source"] = answers[exercise_of(cell) or ""]
    return json.dumps(notebook)


class Class:
    """A course whose second edition makes dense_forward optional, and a class that hands in some of it."""

    def __init__(self, root: Path) -> None:
        self.course = Course(root)
        write_small_course(root, TEXT + DENSE)
        self.first = self.released()
        text = (root / "course" / ASSIGNMENT / "small.md").read_text(encoding="utf-8")
        write_small_course(root, HEAD.format(2) + text.replace(":points: 2\n", ":optional: true\n"))
        for student, answers in STUDENTS.items():
            self.hand_in(student, filled(self.released(), answers))
            self.hand_in(f"first-{student}", filled(self.first, answers))
        graded = grade(self.course, ASSIGNMENT, GradeOptions(workers=1))
        self.verdicts = {verdict.student: verdict for verdict in graded}
        write_feedback(root, ASSIGNMENT)

    def released(self) -> dict[str, Any]:
        path = self.course.root / "release" / ASSIGNMENT / "small.ipynb"
        return dict(json.loads(path.read_text(encoding="utf-8")))

    def hand_in(self, student: str, content: str) -> None:
        path = self.course.root / "submitted" / student / ASSIGNMENT / "small.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(content, encoding="utf-8")

    def cell(self, student: str) -> CellVerdict:
        (found,) = [cell for cell in self.verdicts[student].cells if cell.exercise == "dense_forward"]
        return found

    def page(self, student: str) -> str:
        return (self.course.root / "feedback" / student / ASSIGNMENT / "small.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Class:
    return Class(tmp_path_factory.mktemp("optional"))


OUTCOMES = {
    "all": Outcome.CORRECT,
    "asked": Outcome.MISSING,
    "wrong": Outcome.WRONG,
    "raises": Outcome.ERROR,
    "nothing": Outcome.MISSING,
}
every_student = pytest.mark.parametrize("student", [*STUDENTS, *(f"first-{name}" for name in STUDENTS)])


@pytest.mark.parametrize("part", ["source", "release"])
def test_the_cell_to_write_in_says_it_first_and_only_there(taught: Class, part: str) -> None:
    notebook = json.loads((taught.course.root / part / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8"))
    says = {exercise_of(cell): source_of(cell) for cell in notebook["cells"] if role_of(cell) is Role.SOLUTION}
    assert says.pop("dense_forward").split("\n")[:2] == [OPTIONAL_HERE, "def dense_forward(x, weights, bias):"]
    assert not [source for source in says.values() if "ptional" in source]


def test_it_is_the_only_check_that_may_be_worth_nothing(taught: Class) -> None:
    cells = read_master(taught.course.root / "source" / ASSIGNMENT / "small.ipynb").cells
    assert {cell.exercise for cell in cells if cell.optional} == {"dense_forward"}
    assert {cell.exercise for cell in cells if cell.role is Role.CHECK and cell.points == 0} == {"dense_forward"}


@every_student
def test_it_is_graded_as_any_other_and_changes_no_sum(taught: Class, student: str) -> None:
    verdict, cell = taught.verdicts[student], taught.cell(student)
    assert (cell.points, cell.max_points) == (0.0, 0.0)
    assert cell.outcome is OUTCOMES[student.removeprefix("first-")]
    assert verdict.points == (0.0 if "nothing" in student else verdict.max_points - 3.0)  # 3 wait for a person
    assert not verdict.grader_errors


@every_student
def test_work_from_when_it_had_points_has_as_many_as_work_from_today(taught: Class, student: str) -> None:
    verdict = taught.verdicts[student]
    present = taught.verdicts[student.removeprefix("first-")]
    assert [(cell.cell_id, cell.points) for cell in verdict.cells] == [
        (cell.cell_id, cell.points) for cell in present.cells
    ]
    said = "dense_forward had points in edition 1 and is optional now: nobody needs any for it."
    assert (said in verdict.notes) == student.startswith("first-")


@every_student
def test_nobody_waits_for_a_person_because_of_it(taught: Class, student: str) -> None:
    with gradebook_of(taught.course.root) as book:
        notebook = book.find_submission_notebook("small", ASSIGNMENT, student)
        grades = {grade.name: (grade.needs_manual_grade, grade.max_score) for grade in notebook.grades}
    assert grades["dense_forward-check"] == (False, 0.0)
    assert grades["relative_error-check"][0] is False


@every_student
def test_the_page_says_optional_and_no_score(taught: Class, student: str) -> None:
    page = taught.page(student)
    assert page.count("dense_forward</a> (optional)</li>") == 1
    assert page.count("<span>optional: no points</span>") == 1
    assert "0.0 / 0.0" not in page
    assert " / 0)" not in page


def test_the_class_table_tells_of_what_was_lost_alone(taught: Class) -> None:
    console = Console(width=140, record=True)
    console.print(class_table(list(taught.verdicts.values()), title=""))
    lines = {line.split()[0]: line for line in console.export_text().splitlines() if line.split()}
    assert "dense_forward" not in " ".join(lines.values())
    assert "2 of 2 exercises missing" in lines["nothing"]
    for student in ("all", "asked", "wrong", "raises"):
        assert "missing" not in lines[student]


def test_an_optional_exercise_that_is_new_is_told_and_waits_for_nobody(tmp_path: Path) -> None:
    course = Course(tmp_path)
    write_small_course(tmp_path)
    first = (tmp_path / "release" / ASSIGNMENT / "small.ipynb").read_text(encoding="utf-8")
    text = (tmp_path / "course" / ASSIGNMENT / "small.md").read_text(encoding="utf-8")
    write_small_course(tmp_path, HEAD.format(2) + text + OPTIONAL)
    path = tmp_path / "submitted" / "ada" / ASSIGNMENT / "small.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(filled(json.loads(first), RIGHT), encoding="utf-8")
    (verdict,) = grade(course, ASSIGNMENT, GradeOptions())
    (cell,) = [cell for cell in verdict.cells if cell.exercise == "dense_forward"]
    assert (cell.points, cell.max_points, cell.outcome) == (0.0, 0.0, Outcome.NOT_GRADED)
    assert cell.text == (
        "Edition 1 of the notebook, which you handed in, did not have dense_forward. It is optional and has no points: "
        "you lose nothing."
    )
    assert cell.text in verdict.notes
    assert "A person decides on it" not in summary([verdict])


def test_our_own_fault_is_told_of_an_optional_one_too() -> None:
    ours = CellVerdict("a-check", "a", None, 0.0, Outcome.GRADER_ERROR, text="This check itself failed.")
    console = Console(width=140, record=True)
    console.print(class_table([Verdict("ada", ASSIGNMENT, "small", (ours,))], title=""))
    assert "a: This check itself failed." in console.export_text()
