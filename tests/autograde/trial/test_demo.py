"""The demo's class, graded in earnest: everyone gets what they deserve, and nbgrader agrees about the honest ones."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.records import mentions
from autograde.contract.verdict import Outcome, Verdict
from autograde.course.folder import Course
from autograde.gradebook.writer import gradebook_of
from autograde.grading.records import forget, recorded
from autograde.grading.run import GradeOptions
from autograde.trial import demo
from autograde.trial.demo import Demo, run_demo
from autograde.trial.hostile import HOSTILE
from autograde.trial.synthetic import Submission

pytestmark = pytest.mark.xdist_group("demo")  # one class for all of these tests

ROOT = Path(__file__).resolve().parents[3]
ASSIGNMENT = "01-backprop"


def ignore(_: Any) -> None:
    pass


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(demo, "LIMITS", "[limits]\nrequest_seconds = 3.0\n")
        yield run_demo(
            ROOT / "course",
            tmp_path_factory.mktemp("demo"),
            assignment=ASSIGNMENT,
            students=30,
            options=GradeOptions(),
            say=ignore,
            on_start=ignore,
            on_verdict=ignore,
        )


def pairs(made: Demo) -> list[tuple[Submission, Verdict]]:
    verdicts = {verdict.student: verdict for verdict in made.verdicts}
    return [(submission, verdicts[submission.student]) for submission in made.submissions]


def lost(verdict: Verdict) -> set[str | None]:
    """The exercises that did not get all their points."""
    return {cell.exercise for cell in verdict.cells if cell.points != cell.max_points and cell.points is not None}


def test_nobody_is_left_ungraded(made: Demo) -> None:
    assert len(made.verdicts) == len(made.feedback) == 30
    assert not [verdict for verdict in made.verdicts if verdict.grader_errors]
    assert all(page.stat().st_size > 10_000 for page in made.feedback)


def test_correct_work_gets_full_marks_however_it_is_written(made: Demo) -> None:
    correct = [verdict for submission, verdict in pairs(made) if submission.kind.startswith("correct")]
    assert len(correct) >= 2
    assert {verdict.points for verdict in correct} == {20.0}


def test_every_known_mistake_is_called_by_its_name(made: Demo) -> None:
    mistaken = [(submission, verdict) for submission, verdict in pairs(made) if submission.mistake]
    assert len(mistaken) >= 15
    for submission, verdict in mistaken:
        named = {cell.exercise: cell.mistake for cell in verdict.cells}
        assert named[submission.exercise] == submission.mistake
        assert submission.exercise in lost(verdict)


def test_half_done_gets_its_half_and_the_rest_nothing(made: Demo) -> None:
    by_kind = {submission.kind: verdict for submission, verdict in pairs(made)}
    assert by_kind["half done"].points == 10.0
    assert {by_kind[kind].points for kind in ("untouched", "forged metadata", "broken file")} == {0.0}


OUTCOMES = {
    "endless loop": {Outcome.TIME_LIMIT},
    "fork bomb": {Outcome.TIME_LIMIT, Outcome.CRASHED, Outcome.ERROR},
    "memory hog": {Outcome.MEMORY_LIMIT},
    "ends the process": {Outcome.CRASHED},
    "patches NumPy": {Outcome.WRONG, Outcome.ERROR, Outcome.VIOLATION},
    "looks for the answers": {Outcome.WRONG, Outcome.ERROR},
}
# What builds on the exercise that was attacked may fall with it.
BUILT_ON = {
    "relu_backward": {"skip_backward", "two_layer_gradient"},
    "cross_entropy": {"two_layer_gradient"},
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_solution_gets_nothing_for_it_and_loses_nothing_else(made: Demo, kind: str) -> None:
    ((submission, verdict),) = [pair for pair in pairs(made) if pair[0].kind == kind]
    outcome = {cell.exercise: cell.outcome for cell in verdict.cells}
    assert outcome[submission.exercise] in OUTCOMES[kind]
    assert {submission.exercise} <= lost(verdict) <= {submission.exercise, *BUILT_ON.get(submission.exercise or "", ())}


def test_no_answer_of_ours_is_in_what_a_student_gets_back(made: Demo) -> None:
    """Not the seed, not a hidden test; of those who wrote nothing, not a solution either."""
    seed = str(made.course.seed())
    for submission, page in zip(sorted(made.submissions, key=lambda one: one.student), made.feedback, strict=True):
        text = page.read_text(encoding="utf-8")
        assert seed not in text
        assert "HIDDEN" not in text
        assert re.search(r"\bcheck\([^)]*hidden", re.sub(r"<[^>]*>", "", text)) is None
        if submission.kind in ("untouched", "broken file", "forged metadata"):
            assert "np.ndindex(theta.shape):" not in text


def test_a_folder_that_is_no_demos_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CourseError, match="is not a demo's folder, so it is left alone"):
        run_demo(
            ROOT / "course",
            tmp_path,
            assignment=ASSIGNMENT,
            students=1,
            options=GradeOptions(),
            say=ignore,
            on_start=ignore,
            on_verdict=ignore,
        )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_nbgraders_formgrader_sees_the_class_as_graded(made: Demo) -> None:
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config
    from traitlets.config.loader import PyFileConfigLoader

    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(made.course.root)).load_config())
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    (assignment,) = [one for one in api.get_assignments() if one["name"] == ASSIGNMENT]
    assert (assignment["num_submissions"], assignment["max_score"]) == (30, 20.0)
    submissions = api.get_submissions(ASSIGNMENT)
    points = {verdict.student: verdict.points for verdict in made.verdicts}
    assert {one["student"]: one["score"] for one in submissions} == points
    assert all(one["autograded"] and not one["needs_manual_grade"] for one in submissions)


# --- nbgrader as the oracle


def compared(made: Demo) -> list[str]:
    """Two correct ones, two with mistakes, a half-done one and an untouched one."""
    chosen: dict[str, list[str]] = {}
    for submission in made.submissions:
        if submission.honest:
            chosen.setdefault(submission.kind, []).append(submission.student)
    return [student for students in chosen.values() for student in students[:2]][:6]


def without_pictures(path: Path) -> None:
    """Empty the cells that only draw: they take most of nbgrader's time, and no grade depends on them."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["metadata"].get("machine_room", {}).get("role") == "explore":
            cell["source"] = []
    path.write_text(json.dumps(notebook), encoding="utf-8")


def autograde_with_nbgrader(made: Demo, root: Path, students: list[str]) -> None:
    """Run nbgrader's own autograde, in this process and without a sandbox, on the very files that we graded."""
    from nbgrader.converters import Autograde, GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    shutil.copytree(made.course.root / "source" / ASSIGNMENT, root / "source" / ASSIGNMENT)
    without_pictures(root / "source" / ASSIGNMENT / "backprop.ipynb")
    for student in students:
        shutil.copytree(made.course.root / "submitted" / student, root / "submitted" / student)
    gradebook_of(root).close()
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.assignment_id = ASSIGNMENT
    for step in (GenerateAssignment, Autograde):
        step(coursedir=CourseDirectory(config=config), config=config).start()


def scores(root: Path, student: str) -> dict[str, tuple[float | None, bool, str | None]]:
    with gradebook_of(root) as book:
        found = book.find_submission_notebook("backprop", ASSIGNMENT, student)
        comments = {comment.name: comment.auto_comment for comment in found.comments}
        return {g.name: (g.auto_score, g.needs_manual_grade, comments.get(g.name)) for g in found.grades}


@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning")  # nbgrader's
def test_nbgraders_own_autograde_gives_the_honest_ones_the_same_grades(
    made: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    students = compared(made)
    assert len(students) == 6
    monkeypatch.setenv("MACHINE_ROOM_SEED", str(made.course.seed()))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "lib"), os.environ.get("PYTHONPATH", "")]))
    autograde_with_nbgrader(made, tmp_path, students)
    for student in students:
        assert scores(tmp_path, student) == scores(made.course.root, student), student


def test_the_masters_of_former_editions_come_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them the build could not tell which edition may follow, and older hand-ins would have no master."""
    course = tmp_path / "all"
    kept = Path("editions") / "01-backprop" / "1" / "backprop.ipynb"
    for path in (course / kept, course / "course" / "01-backprop" / "backprop.md"):
        path.parent.mkdir(parents=True)
        path.write_text("{}", encoding="utf-8")

    def stop(root: Path, assignments: list[str]) -> None:
        assert (root / kept).exists()
        raise CourseError("far enough")

    monkeypatch.setattr(demo, "build", stop)
    with pytest.raises(CourseError, match="far enough"):
        run_demo(
            course / "course",
            tmp_path / "demo",
            assignment="01-backprop",
            students=1,
            options=GradeOptions(),
            say=lambda line: None,
            on_start=lambda total: None,
            on_verdict=lambda verdict: None,
        )


# --- what is recorded of them (docs/student-data.md)

PLACES = {
    "submitted/{}/": "submitted",
    "autograded/{}/": "autograded",
    "feedback/{}/": "feedback",
    "gradebook.db": "gradebook",
    ".autograde/journal/": "journal",
    ".autograde/serve.log": "log",
}
#: There before anybody handed in; the view is the library as the sandbox shows it, and one student is called elif.
TEXT = ("course/", "source/", "release/", "editions/", ".autograde/view/")


def names(root: Path, student: str) -> set[str]:
    """Every file that names a student, by its path or by what is in it."""
    files = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {
        name
        for name, path in files.items()
        if not name.startswith(TEXT)
        and mentions(f"{name}\n{path.read_bytes().decode('utf-8', 'replace')}", student)
        and not (name.split("/")[0] in ("submitted", "autograded", "feedback") and name.split("/")[1] != student)
    }


def test_every_file_that_names_a_student_is_in_a_place_that_the_page_names(made: Demo) -> None:
    page = (ROOT / "docs" / "student-data.md").read_text(encoding="utf-8")
    for submission in made.submissions:
        student, seen = submission.student, set()
        for name in names(made.course.root, student):
            [place] = [place for start, place in PLACES.items() if name.startswith(start.format(student))]
            assert f"| `{place}` |" in page
            seen.add(place)
        assert seen == {place.name for place, _ in recorded(made.course, student).places}, student
        assert seen == {"submitted", "autograded", "feedback", "gradebook", "journal"}, student


def test_no_file_names_who_is_forgotten(made: Demo, tmp_path: Path) -> None:
    shutil.copytree(made.course.root, tmp_path / "demo", symlinks=True)
    course = Course(tmp_path / "demo")
    gone = made.submissions[0].student
    others = {one.student: names(course.root, one.student) for one in made.submissions[1:]}
    assert forget(course, gone).is_empty
    assert names(course.root, gone) == set()
    assert {student: names(course.root, student) for student in others} == others
