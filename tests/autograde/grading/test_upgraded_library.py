"""A course of one's own over the next machine_room, as docs/adapting.md says it: in the middle of a course, too.

The next version is a copy of this one with another number, a module inside it renamed, the reference of an exercise
that the course takes changed, and an exercise and a picture of the course's own names added. Each version is a process
of its own, as it is where somebody installs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import machine_room
from tests.own_course import RIGHT, copy_of_course, hand_in

pytestmark = pytest.mark.xdist_group("upgraded_library")  # one course goes through both versions

FIRST, SECOND = "01-smoothing", "02-waves"
STOLEN = {**RIGHT, "moving_average": "from signals.filters import moving_average\n"}
MISTAKEN = {**RIGHT, "sine_wave": "def sine_wave(time, *, frequency):\n    return np.sin(np.pi * frequency * time)\n"}
NAMED_LIKE_THEIRS = '''"""A section that a later version has, too."""
from machine_room.exercises import Case, Exercise
def sine_wave(time):
    """Return something else."""
    return 0.0
EXERCISES = (Exercise(reference=sine_wave, cases=lambda rng: iter([Case("none", (0.0,))])),)
'''

PRELUDE = """
import json, sys
from pathlib import Path
import machine_room
from autograde.contract.failures import CourseError
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.gradebook.feedback import write_feedback
from autograde.grading.compare import compare
from autograde.grading.run import GradeOptions, grade
from autograde.trial.verify import verify_assignment

course = Course(Path(sys.argv[1]))
said = {"version": machine_room.__version__, "from": machine_room.__file__}

def graded(assignment, **options):
    kept = {}
    verdicts = grade(
        course, assignment, GradeOptions(workers=1, **options), on_kept=lambda one, why: kept.update({one.student: why})
    )
    return {one.student: [one.points, kept.get(one.student, "new")] for one in verdicts}
"""
BEFORE = """
build(course.root)
"""
GRADED = """
said["first"], said["second"] = graded("01-smoothing"), graded("02-waves")
write_feedback(course.root, "01-smoothing")
"""
AFTER = """
said["drift"] = [str(one) for one in build(course.root, check=True)]
said["verify"] = [f"{one.what}: {one.detail}" for one in verify_assignment(course, "02-waves") if not one.holds]
said["found"] = [one.reference.__module__ for one in course.exercises("02-waves")]
said["first"], said["second"] = graded("01-smoothing"), graded("02-waves")
compared = compare(course, "02-waves", GradeOptions(workers=1))
said["would change"] = sorted(one.student for one in compared.changes)
said["after comparing"] = graded("02-waves")
said["regraded"] = graded("02-waves", regrade=True)
said["once more"] = graded("02-waves")
"""


def run(script: str, root: Path, library: Path | None = None) -> dict[str, Any]:
    """What a script says that runs with this library, or with the one that is installed."""
    environment = {**os.environ, "PYTHONPATH": str(library.parent) if library else ""}
    whole = f"{PRELUDE}\ntry:\n" + "".join(f"    {line}\n" for line in script.strip().splitlines())
    whole += "except CourseError as error:\n    said['refused'] = str(error)\nprint(json.dumps(said))\n"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", whole, str(root)],
        capture_output=True, text=True, check=False, env=environment, cwd=root,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def next_version(target: Path) -> Path:
    """The next machine_room, in a folder of its own."""
    library = target / "machine_room"
    shutil.copytree(Path(machine_room.__file__).parent, library, ignore=shutil.ignore_patterns("__pycache__"))
    change(library / "__init__.py", f'__version__ = "{machine_room.__version__}"', '__version__ = "9.0.0"')
    (library / "error_function.py").rename(library / "complementary_error.py")
    for path in library.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("machine_room.error_function", "machine_room.complementary_error"), "utf-8")
    change(library / "gradients.py", "np.maximum(1e-8, np.abs(a) + np.abs(b))))", "np.maximum(1e-8, np.abs(b))))")
    (library / "exercises" / "waves.py").write_text(NAMED_LIKE_THEIRS, encoding="utf-8")
    (library / "explore" / "smoothing.py").write_text("def smoothing_window():\n    return None\n", encoding="utf-8")
    return library


def authors_files(root: Path) -> dict[str, bytes]:
    """All that is the author's, what is built from it, and what was handed in."""
    parts = ("course", "lib", "autograde.toml", "source", "release", "submitted")
    found = [path for part in parts for path in ((root / part).rglob("*") if (root / part).is_dir() else [root / part])]
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in found
        if path.is_file() and "__pycache__" not in path.parts
    }


class Story:
    """A course that is built, handed in and graded, and then upgraded: what each version said, and what lay there."""

    def __init__(self, folder: Path) -> None:
        self.root = copy_of_course(folder / "course")
        run(BEFORE, self.root)
        for student, answers in {"ada": RIGHT, "mallory": STOLEN}.items():
            hand_in(self.root, FIRST, "smoothing", student, answers)
        for student, answers in {"ada": RIGHT, "bob": MISTAKEN}.items():
            hand_in(self.root, SECOND, "waves", student, answers)
        self.before = run(GRADED, self.root)
        hand_in(self.root, SECOND, "waves", "dora", RIGHT)  # made from the release of then, graded by the next version
        self.files = authors_files(self.root)
        self.after = run(AFTER, self.root, next_version(folder / "next"))
        self.files_after = authors_files(self.root)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("upgrade"))


def test_before_the_attack_on_the_own_package_earns_nothing_and_work_has_its_points(story: Story) -> None:
    assert story.before["version"] == machine_room.__version__
    assert story.before["first"] == {"ada": [3.0, "new"], "mallory": [1.0, "new"]}
    assert story.before["second"] == {"ada": [3.0, "new"], "bob": [1.0, "new"]}


def test_the_next_version_is_what_runs(story: Story) -> None:
    assert story.after["version"] == "9.0.0"
    assert "next/machine_room" in story.after["from"]


def test_nothing_is_rebuilt_that_the_texts_do_not_ask_for(story: Story) -> None:
    assert story.after["drift"] == []


def test_nothing_of_the_authors_or_of_a_student_was_touched(story: Story) -> None:
    assert story.files_after == story.files
    assert "lib/signals/exercises/waves.py" in story.files
    assert "submitted/dora/02-waves/waves.ipynb" in story.files


def test_names_that_the_next_version_has_too_are_still_the_courses_own(story: Story) -> None:
    assert story.after["found"] == ["signals.exercises.waves", "machine_room.gradients"]


def test_verify_says_which_answer_of_the_course_is_none_any_more(story: Story) -> None:
    told = "\n".join(story.after["verify"])
    assert "waves: solutions get 2 of 3" in told
    assert "relative_error-check" in told
    assert "sine_wave" not in told


def test_no_grade_moves_before_somebody_asks(story: Story) -> None:
    assert story.after["first"] == {"ada": [3.0, "other engine"], "mallory": [1.0, "other engine"]}
    kept = {student: story.after["second"][student] for student in ("ada", "bob")}
    assert kept == {"ada": [3.0, "other engine"], "bob": [1.0, "other engine"]}
    assert story.after["would change"] == ["ada", "bob"]
    assert {name: points for name, (points, _) in story.after["after comparing"].items()} == {
        "ada": 3.0, "bob": 1.0, "dora": 2.0,
    }  # fmt: skip


def test_what_was_handed_in_before_still_grades(story: Story) -> None:
    assert story.after["second"]["dora"] == [2.0, "new"]


def test_where_somebody_asks_all_have_the_points_of_the_next_version(story: Story) -> None:
    assert story.after["regraded"] == {"ada": [2.0, "new"], "bob": [0.0, "new"], "dora": [2.0, "nothing new"]}
    assert story.after["once more"] == {name: [points, "nothing new"] for name, (points, _) in
                                        story.after["regraded"].items()}  # fmt: skip


# --- what a later version may lack or have, so that something has to be done

VIEW = """
from autograde.grading.run import withheld_for
from autograde.sandbox.student_view import write_view
with course.in_use():
    write_view(course.root / "view", withheld_for("01-smoothing"), course.packages())
"""


def an_exercise_is_gone(library: Path) -> None:
    with (library / "exercises" / "backprop" / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("\ndel relative_error\n")


def a_class_is_renamed(library: Path) -> None:
    for path in library.rglob("*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace("EarlyStopping", "StopsEarly"), "utf-8")


#: What is done to the library, what is run, and what is told: where, and a sentence.
CONFLICTS: dict[str, tuple[Callable[[Path], object], str, str, str]] = {
    "an exercise that the course takes is gone": (
        an_exercise_is_gone,
        "course.exercises('02-waves')",
        "lib/signals/exercises/waves.py:15: ",
        "cannot import name 'relative_error'",
    ),
    "the same, when it is built": (
        an_exercise_is_gone,
        "build(course.root, check=True)",
        "lib/signals/exercises/waves.py:15: ",
        "Correct it there, and run the same command again.",
    ),
    "a module has the package's name": (
        lambda library: (library / "signals.py").write_text("", encoding="utf-8"),
        "build(course.root, check=True)",
        "signals is the name of a part of machine_room",
        "give your package another one.",
    ),
    "what is withheld has another name": (
        a_class_is_renamed,
        VIEW,
        "cannot withhold ",
        "name in withheld= where it is defined.",
    ),
}


@pytest.mark.parametrize("conflict", CONFLICTS)
def test_a_conflict_is_told_in_a_sentence_and_nothing_is_touched(conflict: str, tmp_path: Path) -> None:
    damage, script, where, told = CONFLICTS[conflict]
    root = copy_of_course(tmp_path / "course")
    withheld = '"signals.filters.Smoother")'
    section = root / "lib" / "signals" / "exercises" / "smoothing.py"
    change(section, withheld, f'{withheld[:-1]}, "callbacks.EarlyStopping")')
    before = authors_files(root)
    library = next_version(tmp_path / "next")
    damage(library)
    refused = run(script, root, library)["refused"]
    assert where in refused
    assert told in refused
    assert "Traceback" not in refused
    assert authors_files(root) == before
