"""A notebook in which some tests run beside the student's code and one exercise is checked apart from it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.verdict import Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Judging
from autograde.gradebook.feedback import write_feedback
from autograde.grading import cluster, local_cluster
from autograde.grading.run import GradeOptions, grade, task_for
from autograde.trial.survey import survey
from tests.autograde import mixed_course as mixed
from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import ASSIGNMENT, NOTEBOOK, code, graded

from .test_ordinary_course import by_name, graded_one, recorded

ONE = GradeOptions(workers=1)
#: A cell of the master that would leave in doubt how a test is judged, and what is said of it.
DOUBTFUL = {
    "two exercises in one cell": (graded("two", "check(scaled)\ncheck(squares)", 1), "in a way that cannot be told"),
    "a check of what is no name": (graded("call", "check(scaled.__call__)", 1), "in a way that cannot be told"),
    "a check with a magic": (graded("magic", "%time check(scaled)", 1), "in a way that cannot be told"),
    "a check of the module": (graded("dotted", "mr.check(scaled)", 1), "in a way that cannot be told"),
    "the library in a test": (graded("named", "import machine_room as mr", 1), "in a way that cannot be told"),
    "check under another name": (code("from machine_room import check as verify"), "gives check another name"),
    "check in another variable": (code("verify = check"), "gives check another name"),
    "an import beside a check": (graded("import", "import os\ncheck(scaled)", 1), "Import it in a cell of its own"),
    "no exercise of the package": (graded("none", "check(squares)", 1), "there is no such exercise of ps1"),
}


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ada hands in the solutions, bo a known mistake, cy what was released, and di no function at all."""
    root = mixed.lay_out(tmp_path_factory.mktemp("both"))
    hand_in_all(root)
    grade(Course(root), ASSIGNMENT, ONE)
    write_feedback(root, ASSIGNMENT)
    return root


def hand_in_all(root: Path) -> None:
    ordinary.hand_in(root, "ada")
    ordinary.hand_in(root, "bo", {"scaled": "def scaled(numbers, factor):\n    return [n + factor for n in numbers]"})
    ordinary.hand_in(root, "cy", {"scaled": "def scaled(numbers, factor):\n    raise NotImplementedError()"})
    ordinary.hand_in(root, "di", {"scaled": "scaled = 8.0", "squares": "def squares(n):\n    return [1, 4]"})


def test_each_test_is_judged_in_its_way_and_all_have_their_points(solved: Path) -> None:
    scores = recorded(solved)
    assert scores["ada"] == mixed.RIGHT
    assert scores["bo"] == {**mixed.RIGHT, "scaled-check": 0.0, "after": 0.0}
    assert scores["cy"] == {**mixed.RIGHT, "scaled-check": 0.0, "after": 0.0}
    assert scores["di"] == {**mixed.RIGHT, "scaled-check": 0.0, "squares-hidden": 0.0, "after": 0.0}


def test_a_check_names_the_mistake_as_in_a_course_of_ours(solved: Path) -> None:
    (bo,) = grade(Course(solved), ASSIGNMENT, GradeOptions(workers=1, students=("bo",)))
    check = by_name(bo)["scaled-check"]
    assert (check.exercise, check.outcome, check.mistake) == ("scaled", Outcome.WRONG, "added")
    assert "Multiply by the factor" in (check.hint or "")
    assert [cell.cell_id for cell in bo.cells] == list(mixed.RIGHT)


def test_a_page_has_the_checks_words_and_no_hidden_line(solved: Path) -> None:
    page = (solved / "feedback" / "bo" / ASSIGNMENT / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
    assert "Multiply by the factor" in page
    assert not any(mixed.HIDDEN in path.read_text("utf-8") for path in solved.glob("feedback/*/*/*.html"))


def test_autograded_gives_nbgrader_the_same_points(solved: Path) -> None:
    made = json.loads((solved / "autograded" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.ipynb").read_text("utf-8"))
    (check,) = [cell for cell in made["cells"] if cell["id"] == "scaled-check"]
    assert check["outputs"][-1]["data"]["text/plain"] == ["8.0"]


def test_what_was_graded_stands_and_another_check_is_another_engine(tmp_path: Path) -> None:
    root = mixed.lay_out(tmp_path)
    ordinary.hand_in(root, "ada")
    before = graded_one(root)
    kept: list[str] = []
    grade(Course(root), ASSIGNMENT, ONE, on_kept=lambda verdict, why: kept.append(verdict.student))
    assert kept == ["ada"]
    path = root / "lib" / mixed.PACKAGE / "exercises" / "ps1.py"
    path.write_text(mixed.EXERCISES.replace("(2, 5)", "(3, 4)"))
    (anew,) = grade(Course(root), ASSIGNMENT, GradeOptions(workers=1, regrade=True))
    assert anew.engine != before.engine
    assert anew.key == before.key


def test_two_workers_of_a_cluster_give_the_same_verdicts(tmp_path: Path) -> None:
    """Its package and the files beside it go along, and both kinds of tests are judged there as here."""
    course, told = Course(mixed.lay_out(tmp_path)), list[str]()
    hand_in_all(course.root)
    at_home = grade(course, ASSIGNMENT, ONE)
    with local_cluster.started(2) as two, cluster.connected(two.address) as crew:
        away = grade(course, ASSIGNMENT, GradeOptions(force=True), bench=cluster.Cluster(crew, told.append))
    assert told == []
    assert [timeless(verdict) for verdict in away] == [timeless(verdict) for verdict in at_home]
    assert {verdict.student: verdict.points for verdict in away} == {"ada": 11.5, "bo": 3.0, "cy": 3.0, "di": 1.0}


def timeless(verdict: Verdict) -> Verdict:
    return replace(verdict, wall_seconds=0.0, cpu_seconds=0.0, student_cpu_seconds=0.0)


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_test_of_which_nobody_could_tell_how_it_is_judged_is_refused(tmp_path: Path, name: str) -> None:
    cell, text = DOUBTFUL[name]
    course = Course(mixed.lay_out(tmp_path, *mixed.CELLS, cell))
    ordinary.hand_in(course.root, "ada")
    with pytest.raises(CourseError, match=text):
        grade(course, ASSIGNMENT, ONE)
    assert not (course.root / "gradebook.db").exists()
    assert [remark.stops for remark in survey(course) if text in remark.text] == [True]


def test_without_its_package_the_notebook_is_refused(tmp_path: Path) -> None:
    course = Course(mixed.lay_out(tmp_path))
    (course.root / "autograde.toml").write_text("")
    with pytest.raises(CourseError, match="there is no such exercise of ps1"):
        course.read_masters(ASSIGNMENT)


def test_an_environment_of_its_own_is_refused_for_it(tmp_path: Path) -> None:
    course = Course(mixed.lay_out(tmp_path))
    (course.root / "autograde.toml").write_text(f'packages = ["{mixed.PACKAGE}"]\npython = "env/bin/python"\n')
    (master,) = course.read_masters(ASSIGNMENT)
    assert master.judging is Judging.BOTH
    with pytest.raises(CourseError, match="its tests are judged apart"):
        task_for(course, master, ONE, view=tmp_path / "view")


def test_the_doctor_says_which_tests_are_judged_how(tmp_path: Path) -> None:
    course = Course(mixed.lay_out(tmp_path))
    said = [remark.text for remark in survey(course) if not remark.stops]
    assert any("scaled is checked apart" in text for text in said)
    assert [remark for remark in survey(course) if remark.stops] == []
