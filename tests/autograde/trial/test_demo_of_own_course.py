"""The demo of a course with a package of its own, and of an assignment that no exercise is in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.verdict import Outcome
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.grading.run import GradeOptions, grade
from autograde.trial.demo import Demo, run_demo
from autograde.trial.synthetic import class_of, source_as, write_class
from autograde.trial.verify import verify_assignment
from tests.own_course import copy_of_course

ESSAY = """# Essay

+++ {"role": "written", "points": 5, "question": "prose-essay-1", "id": "written-essay-1"}

What does the author claim?
"""


def made(root: Path, **more: Any) -> Demo:
    def ignore(_: Any) -> None:
        pass

    options = GradeOptions(workers=1)
    chosen = {"students": 5, "options": options, "say": ignore, "on_start": ignore, "on_verdict": ignore, **more}
    return run_demo(root / "course", root.parent / "demo", **chosen)


def everything(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return copy_of_course(tmp_path / "course")


def test_its_class_is_graded_by_its_own_exercises_and_the_course_stays_as_it_is(root: Path) -> None:
    before = everything(root)
    demo = made(root)
    assert demo.assignment == "01-smoothing"  # its first
    points = {one.student: one.points for one in demo.verdicts}
    by_kind = {one.kind: points[one.student] for one in demo.submissions}
    assert by_kind == {
        "correct": 3.0, "correct, another way": 3.0, "a known mistake": 1.0, "half done": 2.0, "untouched": 0.0,
    }  # fmt: skip
    assert demo.failures == ()
    assert len(demo.feedback) == 5
    assert {name for name in everything(root) if "__pycache__" not in name} == set(before)
    assert {name: content for name, content in everything(root).items() if name in before} == before


def test_its_package_its_data_and_shorter_limits_go_along(root: Path) -> None:
    demo = made(root, assignment="02-waves", students=1)
    assert (demo.course.root / "lib" / "signals" / "filters.py").exists()
    assert (demo.course.root / "submitted" / "amara" / "02-waves").is_dir()
    assert (demo.course.root / "release" / "02-waves" / "tide.csv").exists()
    assert [one.points for one in demo.verdicts] == [3.0]
    settings = tomllib.loads((demo.course.root / "autograde.toml").read_text())
    assert settings == {"packages": ["signals"], "limits": {"request_seconds": 5.0}}


@pytest.mark.parametrize(
    "written",
    ['packages = ["signals"]\n[limits]\nrequest_seconds = 9.0\n', 'limits = {}\npackages = ["signals"]\n'],
)
def test_limits_of_the_courses_own_stay(written: str, root: Path) -> None:
    (root / "autograde.toml").write_text(written)
    assert (made(root, students=1).course.root / "autograde.toml").read_text() == written


@pytest.mark.parametrize(("asked", "told"), [("07-dreams", "No text 07-dreams in "), ("..", "No text .. in ")])
def test_an_assignment_that_is_not_there_is_told(asked: str, told: str, root: Path) -> None:
    with pytest.raises(CourseError, match="Assignments there: 01-smoothing, 02-waves"):
        made(root, assignment=asked)
    with pytest.raises(CourseError, match=told):
        made(root, assignment=asked)
    assert not (root.parent / "demo").exists()


def test_a_course_without_a_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "course" / "course").mkdir(parents=True)
    with pytest.raises(CourseError, match=r"No text <assignment>/<name>\.md in .*Assignments there: none"):
        made(tmp_path / "course")


def with_types(x: Path, *, width: Callable[[int], Any]) -> "Demo | None":  # noqa: UP037 - as authors write
    """Say what."""

    def inner(y: Demo) -> Demo:
        return y

    return inner(x)  # type: ignore[arg-type]


def test_a_function_whose_first_line_names_types_of_its_file_stands_in_a_notebook() -> None:
    names: dict[str, Any] = {}
    exec(source_as("asked_for", with_types), names)
    assert names["asked_for"](1, width=2) == 1
    assert names["asked_for"].__doc__ == "Say what."


# --- no exercise: a person grades it


@pytest.fixture
def essay(root: Path) -> Course:
    text = root / "course" / "03-essay" / "essay.md"
    text.parent.mkdir()
    text.write_text(ESSAY)
    build(root)
    return Course(root)


@pytest.mark.parametrize("students", [1, 3, 25])
def test_a_class_for_an_essay_is_made_and_waits_for_a_person(students: int, essay: Course) -> None:
    place = Path("03-essay") / "essay.ipynb"
    handed_in = class_of(essay.root / "release" / place, essay.root / "source" / place, "03-essay", students)
    assert len(handed_in) == students
    write_class(essay.root, "03-essay", "essay", handed_in)
    verdicts = grade(essay, "03-essay", GradeOptions(workers=1))
    assert {cell.outcome for one in verdicts for cell in one.cells} == {Outcome.NOT_GRADED}
    assert {(cell.points, cell.max_points) for one in verdicts for cell in one.cells} == {(None, 5.0)}
    assert not [one for one in verdicts if one.grader_errors]


def test_verify_says_of_an_essay_who_gives_its_points(essay: Course) -> None:
    found = list(verify_assignment(essay, "03-essay"))
    assert [one for one in found if not one.holds] == []
    assert "essay: no exercise, so a person gives all of its 5 points" in [one.what for one in found]


def test_the_demo_of_an_essay_goes_all_the_way(essay: Course) -> None:
    demo = made(essay.root, assignment="03-essay", students=2)
    assert len(demo.feedback) == len(demo.verdicts) == 2
    assert demo.failures == ()
