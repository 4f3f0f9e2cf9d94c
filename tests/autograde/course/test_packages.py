"""A course's own packages: found where the course says, loaded from there, kept from students, given to them whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograde.course import packages as packages_of_a_course
from autograde.course.build import build
from autograde.course.folder import Course
from autograde.course.kit import FOLDER, make_kit
from autograde.course.libraries import LibrariesError, allowed
from autograde.course.packages import CoursePackage, PackagesError, find_packages, in_use, load
from autograde.grading.engine import this_engine
from autograde.grading.run import GradeOptions, grade
from autograde.sandbox import box
from autograde.sandbox.student_view import NotWithheld, write_view
from autograde.trial.verify import verify_assignment
from machine_room import explore
from machine_room.exercises import all_exercises, find, of_assignment
from machine_room.packages import packages
from tests.own_course import RIGHT, hand_in

SECOND = Path(__file__).resolve().parents[2] / "second_course"
ENTRY = "[machine_room.packages]\nsignals = signals\n"


@pytest.fixture
def course(tmp_path: Path) -> Course:
    root = tmp_path / "second"
    shutil.copytree(SECOND, root)
    return Course(root)


def change(course: Course, file: str, old: str, new: str) -> Path:
    path = course.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


#: What autograde.toml may say of packages, and what is told.
NO_PACKAGES = {
    '["my-course"]': "'my-course' is no name of a package.",
    '["_hidden"]': "'_hidden' is no name of a package.",
    '["uni.course"]': "'uni.course' is no name of a package.",
    '["machine_room"]': "machine_room is the name of another package already",
    '["autograde"]': "autograde is the name of another package already",
    '["json"]': "json is the name of another package already",
    '["layers"]': "layers is the name of a part of machine_room",
    '["exercises"]': "exercises is the name of a part of machine_room",
    '["nowhere_to_be_found"]': "The package nowhere_to_be_found is neither lib/nowhere_to_be_found/__init__.py",
    '"signals"': 'packages should be a list of names in quotes, as in ["my_course"], not ',
    "[1]": "packages should be a list of names in quotes",
}


@pytest.mark.parametrize("said", NO_PACKAGES)
def test_what_is_no_package_is_told_in_a_sentence(said: str, course: Course) -> None:
    (course.root / "autograde.toml").write_text(f"packages = {said}\n", encoding="utf-8")
    with pytest.raises(Exception, match="packag") as raised:
        build(course.root)
    assert NO_PACKAGES[said] in str(raised.value)
    assert "\n" not in str(raised.value)


def test_its_exercises_and_pictures_are_found_by_name_and_only_inside(course: Course) -> None:
    with course.in_use():
        assert packages() == ("signals", "machine_room")
        assert [one.name for one in of_assignment("01-smoothing")] == ["moving_average", "decibels"]
        assert [one.name for one in of_assignment("9-smoothing")] == ["moving_average", "decibels"]
        assert find("sine_wave").reference.__module__ == "signals.exercises.waves"
        assert explore.smoothing_window(seed=1).image[1:4] == b"PNG"
        assert len({one.name for one in all_exercises()}) == len(all_exercises())
        assert of_assignment("01-backprop")  # ours are there, too
    assert packages() == ("machine_room",)
    with pytest.raises(LookupError):
        find("sine_wave")
    with pytest.raises(AttributeError):
        _ = explore.smoothing_window


def test_two_courses_with_packages_of_one_name_each_have_their_own(course: Course, tmp_path: Path) -> None:
    other = Course(tmp_path / "other")
    shutil.copytree(course.root, other.root)
    change(other, "lib/signals/exercises/waves.py", "EXERCISES = (wave, relative_error)", "EXERCISES = (wave,)")
    assert [len(one.exercises("02-waves")) for one in (course, other, course)] == [2, 1, 2]


#: What is wrong with an author's file, and the line and error that are told.
BROKEN = {
    "a name that is not": ("lib/signals/exercises/waves.py", "EXERCISES = (wave", "EXERCISES = (wve", "NameError"),
    "a syntax error": ("lib/signals/exercises/waves.py", "EXERCISES = (wave", "EXERCISES = (wave wave", "SyntaxError"),
    "a missing library": (
        "lib/signals/__init__.py",
        "__version__",
        "import nothing_of_this_name\n\n__version__",
        "Mod",
    ),
    "a key that is not": ("lib/signals/exercises/waves.py", "EXERCISES =", "{}['x']\nEXERCISES =", "KeyError"),
    "a string of names": (
        "lib/signals/exercises/smoothing.py",
        'withheld=("signals.filters.smoothed", "signals.filters.Smoother")',
        'withheld=("signals.filters.smoothed")',
        "TypeError: withheld is a tuple of names",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_an_error_in_the_authors_python_is_one_sentence_with_its_place(fault: str, course: Course) -> None:
    file, old, new, error = BROKEN[fault]
    path = change(course, file, old, new)
    with pytest.raises(PackagesError) as raised:
        build(course.root)
    told = str(raised.value)
    assert told.startswith(f"{path}:")
    assert told.removeprefix(f"{path}:").partition(":")[0].isdigit()
    assert error in told
    assert told.endswith("Correct it there, and run the same command again.")
    assert "\n" not in told


def test_the_table_of_points_is_written_into_the_own_package(course: Course) -> None:
    assert "lib/signals/points.json is missing" in [str(drift) for drift in build(course.root, check=True)]
    build(course.root)
    assert build(course.root, check=True) == []
    assert '"moving_average": 2' in (course.root / "lib" / "signals" / "points.json").read_text()


def test_the_engine_is_another_one_when_the_package_is(course: Course) -> None:
    before = this_engine((), course.packages())
    assert before != this_engine(())
    assert before == this_engine((), course.packages())
    change(course, "lib/signals/exercises/waves.py", "A whole turn", "A full turn")
    assert this_engine((), course.packages()) != before


# --- what students' code has of it while it is graded


def test_an_installed_copy_is_on_no_shelf_and_cannot_be_declared(
    install: Callable[..., None], site_packages: Path
) -> None:
    install("signals", {"signals/__init__.py": "", "signals/filters.py": "SECRET = 1"})
    install("other-course", {"other/__init__.py": "", "other_course-1.0.dist-info/entry_points.txt": ENTRY})
    install("helper", {"helper.py": "", "signals/late.py": "SECRET = 1"}, requires=["signals", "other-course"])
    for name in ("signals", "other-course"):
        with pytest.raises(LibrariesError, match="is a course's own package and holds answers"):
            allowed([name], ["signals"])
    shown = {library.name: library.files for library in allowed(["helper"], ["signals"])}
    assert {"helper.py"} <= shown["helper"]
    assert not {"signals", "other-course"} & set(shown)
    assert [file for files in shown.values() for file in files if file.startswith("signals")] == []


def test_the_folder_of_a_package_inside_what_is_mounted_is_covered(course: Course) -> None:
    with in_use(course.packages()):
        above = box._Mount(course.root.resolve().parent, "/python/lib")
        assert f"/python/lib/{course.root.name}/lib/signals" in box._covers([above])


def test_what_declares_exercises_is_left_out_wherever_it_stands(course: Course, tmp_path: Path) -> None:
    package = course.root / "lib" / "signals"
    (package / "elsewhere.py").write_text("from machine_room.exercises import Case\nKEPT_BACK = 1\n")
    (package / "deeper").mkdir()
    (package / "deeper" / "more.py").write_text("import machine_room.exercises as e\nKEPT_BACK = e.Exercise()\n")
    (package / "odd.py").write_text("import machine_room\nKEPT_BACK = machine_room.exercises.Exercise()\n")
    (package / "tests").mkdir()
    (package / "tests" / "test_it.py").write_text("KEPT_BACK = 1\n")
    (package / "solutions.ipynb").write_text("KEPT_BACK\n")
    write_view(tmp_path / "view", (), course.packages())
    shown = {
        path.relative_to(tmp_path / "view"): path.read_bytes()
        for path in (tmp_path / "view").rglob("*.*")
        if path.is_file()
    }
    assert Path("signals/filters.py") in shown
    assert [name for name, content in shown.items() if b"KEPT_BACK" in content] == []


#: Names that would be withheld and are nowhere.
NOWHERE = ("signals.nothing.at_all", "signals.filters.not_there", "signals.exercises.waves.sine_wave", "nothing.at_all")


@pytest.mark.parametrize("name", NOWHERE)
def test_a_name_that_would_not_be_withheld_is_told(name: str, course: Course, tmp_path: Path) -> None:
    with course.in_use(), pytest.raises(NotWithheld, match="cannot withhold"):
        write_view(tmp_path / "view", (name,), course.packages())


def test_verify_finds_a_function_that_gives_an_exercise_away(course: Course) -> None:
    change(
        course,
        "lib/signals/filters.py",
        "def ramp(",
        "def forgotten(x, wide):\n    return np.convolve(x, np.ones(wide) / wide, 'valid')\n\n\ndef ramp(",
    )
    build(course.root)
    found = list(verify_assignment(course, "01-smoothing"))
    assert [finding.detail for finding in found if not finding.holds] == [
        'signals.filters.forgotten answers moving_average: write withheld=("signals.filters.forgotten",) into its '
        "Exercise."
    ]


# --- what students have of it in their own notebooks

AT_HOME = """
import numpy as np
from machine_room import check, explore, notebook
def moving_average(x, *, width):
    return np.convolve(x, np.ones(width) / width, "valid")
def decibels(power, reference=1.0):
    return 10 * np.log(power / reference)
print(check(moving_average).passed)
try:
    check(decibels, hint=3)
except AssertionError as error:
    print("base 10" in str(error))
print(explore.smoothing_window().image[1:4])
print(notebook.progress().text.splitlines()[0])
"""


def test_the_kit_has_its_wheel_with_which_a_notebook_knows_the_course(course: Course, tmp_path: Path) -> None:
    build(course.root)
    assert make_kit(course.root, tmp_path / "kit.zip") == []
    with zipfile.ZipFile(tmp_path / "kit.zip") as kit:
        kit.extractall(tmp_path)
    unpacked = tmp_path / FOLDER
    wheel = "signals-2026.1-py3-none-any.whl"
    assert f"./{wheel}" in (unpacked / "requirements.txt").read_text()
    assert wheel in (unpacked / "START-HERE.html").read_text()
    with zipfile.ZipFile(unpacked / wheel) as archive:
        archive.extractall(tmp_path / "installed")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r})\n{AT_HOME}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.stdout.splitlines() == [
        "True",
        "True",
        "b'PNG'",
        "0 of 7 points so far, by the checks that you have run here.",
    ]


def test_a_version_that_is_none_is_told(course: Course, tmp_path: Path) -> None:
    change(course, "lib/signals/__init__.py", "2026.1", "of this year")
    build(course.root)
    with pytest.raises(Exception, match="says a __version__ that is none for a wheel"):
        make_kit(course.root, tmp_path / "kit.zip")


def test_finding_is_not_loading(course: Course) -> None:
    (course.root / "lib" / "signals" / "__init__.py").write_text("1 / 0\n")
    (found,) = find_packages(course.root, ["signals"])
    assert found == CoursePackage("signals", (course.root / "lib" / "signals").resolve())
    with pytest.raises(PackagesError, match="ZeroDivisionError"):
        load([found])


# --- how often the author's files are looked at


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The folders of packages that were gone through, one after the other."""
    gone: list[Path] = []
    stamp = packages_of_a_course._stamp

    def counted(package: CoursePackage) -> tuple[object, ...]:
        gone.append(package.folder)
        return stamp(package)

    monkeypatch.setattr(packages_of_a_course, "_stamp", counted)
    return gone


def test_a_block_inside_another_one_looks_at_no_file_again(course: Course, looks: list[Path]) -> None:
    with course.in_use():
        for _ in range(5):
            assert course.exercises("01-smoothing")
            with course.in_use():
                assert course.exercises("02-waves")
    assert len(looks) == 1
    with course.in_use():
        assert len(looks) == 2  # the next run looks anew


#: How often each goes through the package's folder, whatever the number of texts and hand-ins.
RUNS: dict[str, tuple[Callable[[Course], object], int]] = {
    "build": (lambda course: build(course.root), 1),
    "build --check": (lambda course: build(course.root, check=True), 1),
    "verify": (lambda course: list(verify_assignment(course, "02-waves")), 2),
    "grade": (lambda course: grade(course, "02-waves", GradeOptions(workers=1)), 1),
}


@pytest.mark.parametrize("run", RUNS)
def test_a_run_looks_at_the_packages_once(run: str, course: Course, looks: list[Path]) -> None:
    build(course.root)
    for student in ("ada", "bob"):
        hand_in(course.root, "02-waves", "waves", student, RIGHT)
    more = course.root / "course" / "03-more" / "more.md"
    more.parent.mkdir()
    more.write_text("# More\n")
    build(course.root)
    looks.clear()
    what, most = RUNS[run]
    what(course)
    assert len(looks) <= most


def test_a_change_between_two_runs_is_seen_and_within_one_not(course: Course) -> None:
    with course.in_use():
        assert len(course.exercises("02-waves")) == 2
        change(course, "lib/signals/exercises/waves.py", "EXERCISES = (wave, relative_error)", "EXERCISES = (wave,)")
        assert len(course.exercises("02-waves")) == 2
    assert len(course.exercises("02-waves")) == 1


def test_inside_one_courses_block_another_ones_package_of_the_same_name_is_loaded(
    course: Course, tmp_path: Path
) -> None:
    other = Course(tmp_path / "other")
    shutil.copytree(course.root, other.root)
    change(other, "lib/signals/exercises/waves.py", "EXERCISES = (wave, relative_error)", "EXERCISES = (wave,)")
    with course.in_use():
        assert [len(one.exercises("02-waves")) for one in (course, other, course, other)] == [2, 1, 2, 1]


def test_two_threads_with_a_course_each_find_their_own(course: Course, tmp_path: Path) -> None:
    other = Course(tmp_path / "other")
    shutil.copytree(course.root, other.root)
    (other.root / "autograde.toml").write_text("packages = []\n", encoding="utf-8")
    with course.in_use(), ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(lambda: len(other.exercises("02-waves"))).result() == 0
        assert len(course.exercises("02-waves")) == 2
