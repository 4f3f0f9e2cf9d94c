"""Ordinary assignments graded in an environment that the course names: its Python, its libraries, the same box."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from autograde.contract.failures import CourseError
from autograde.contract.verdict import Kept, Outcome
from autograde.course.folder import Course
from autograde.grading.bench import Work
from autograde.grading.cluster import Cluster
from autograde.grading.run import GradeOptions, grade, task_for
from autograde.trial.survey import survey
from tests.autograde import ordinary_course as ordinary
from tests.autograde.interpreters import furnished_environment, install, interpreters, made_environment
from tests.autograde.ordinary_course import ASSIGNMENT, NOTEBOOK, code, graded, solution

from .test_ordinary_course import by_name, graded_one, recorded

ONE = GradeOptions(workers=1)
GROUP = "[machine_room.packages]\nwaves = waves\n"
#: Cells that must not find anything but what the course's environment has; each prints nothing, or is found out.
CLOSED = {
    "the answers of this project": "__import__('machine' + '_room').ANSWER",
    "the grader": "from autograde import ANSWER",
    "a course's package with answers": "from waves.exercises import ANSWER",
    "another one": "from my_checks import ANSWER",
    "NumPy of the environment that grades": "import numpy",
    "a folder to write to": "import tinytable\nopen(tinytable.__file__, 'a')",
    "the environment's folder": "import os\nos.listdir({env!r})",
    "where it came from": (
        "import glob, sys\nfound = [p for f in sys.path for p in glob.glob(f + '/*info/direct_url.json')]\n"
        "text = ''.join(open(p).read() for p in found)\nassert 'file:' in text"
    ),
    "what runs at the start": (
        "import glob, sys\ntext = ''.join(open(p).read() for f in sys.path for p in glob.glob(f + '/*.pth'))\n"
        "assert 'secret' in text"
    ),
}


def course_in(root: Path, *cells: ordinary.JSON, toml: str = 'python = "../env/bin/python"\n') -> Course:
    ordinary.lay_out(root / "course", *cells, files={})
    (root / "course" / "autograde.toml").write_text(toml)
    return Course(root / "course")


def doubles(version: str) -> tuple[ordinary.JSON, ...]:
    """A notebook whose tests pass in that Python alone, with that environment's library, but for the last two."""
    number = tuple(map(int, version.split(".")))
    return (
        code("import sys, tinytable"),
        solution("double", "def double(n):\n    return 2 * n"),
        graded("right", "assert double(2) == 4", 1),
        graded("python", f"assert sys.version_info[:2] == {number}", 2),
        graded("library", "assert tinytable.words() == ['one', 'two', 'three']\nassert tinytable.columns('a')", 4),
        graded("metadata", "from importlib.metadata import version\nassert version('tinytable') == '2.5'", 1),
        graded("state", "import inspect\nassert 'return 2' in inspect.getsource(double) and 'tinytable' in In[1]", 1),
        graded("number", "0.25", 8),
        graded("wrong", "assert double(2) == 5, 'not so'", 16),
    )


@pytest.mark.parametrize("version", interpreters())
def test_a_notebook_is_graded_in_the_python_that_the_course_names(tmp_path: Path, version: str) -> None:
    made_environment(tmp_path / "env", interpreters()[version])
    course = course_in(tmp_path, *doubles(version))
    ordinary.hand_in(course.root, "ada")
    verdict = graded_one(course.root)
    assert {cell.cell_id: cell.points for cell in verdict.cells} == {
        "right": 1.0, "python": 2.0, "library": 4.0, "metadata": 1.0, "state": 1.0, "number": 0.25, "wrong": 0.0
    }  # fmt: skip
    assert by_name(verdict)["wrong"].hint == "AssertionError: not so (line 1: assert double(2) == 5, 'not so')"
    assert recorded(course.root)["ada"]["library"] == 4.0


def test_an_environment_with_numpy_and_ipython_grades_every_trait_as_ours_does(tmp_path: Path) -> None:
    furnished_environment(tmp_path / "env")
    course = ordinary.lay_out(tmp_path / "course")
    ordinary.hand_in(course, "ada")
    grade(Course(course), ASSIGNMENT, ONE)
    here = recorded(course)["ada"]
    (course / "autograde.toml").write_text('python = "../env/bin/python"\n')
    (verdict,) = grade(Course(course), ASSIGNMENT, GradeOptions(workers=1, regrade=True))
    assert recorded(course)["ada"] == here
    assert not verdict.grader_errors


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Outcome]:
    """What became of tests that ask for what the box must not show, out of an environment that has all of it."""
    root = tmp_path_factory.mktemp("closed")
    made_environment(root / "env", next(iter(interpreters().values())))
    (packages,) = (root / "env").glob("lib/python*/site-packages")
    install(packages, "machine_room", "1.0", {"__init__.py": "ANSWER = 1\n"})
    install(packages, "autograde", "1.0", {"__init__.py": "ANSWER = 1\n"})
    install(packages, "waves", "1.0", {"__init__.py": "", "exercises/__init__.py": "ANSWER = 1\n"}, GROUP)
    install(packages, "my_checks", "1.0", {"__init__.py": "ANSWER = 1\n"})
    (packages / "start.pth").write_text("import sys; sys.secret = 1\n")
    (root / "course" / "lib" / "my_checks").mkdir(parents=True)
    (root / "course" / "lib" / "my_checks" / "__init__.py").write_text("")
    cells = [graded(name, text.replace("{env!r}", repr(str(root / "env"))), 1) for name, text in CLOSED.items()]
    toml = 'packages = ["my_checks"]\npython = "../env/bin/python"\n'
    course = course_in(root, *cells, graded("its own", "import tinytable", 1), toml=toml)
    ordinary.hand_in(course.root, "ada")
    return {cell.cell_id: cell.outcome for cell in graded_one(course.root).cells}


@pytest.mark.parametrize("name", CLOSED)
def test_of_an_environment_the_box_shows_its_libraries_and_no_more(closed: Mapping[str, Outcome], name: str) -> None:
    assert closed["its own"] is Outcome.CORRECT
    assert closed[name] is not Outcome.CORRECT


def test_another_library_there_is_another_engine_and_what_was_graded_stands(tmp_path: Path) -> None:
    made_environment(tmp_path / "env", next(iter(interpreters().values())))
    course = course_in(tmp_path, *doubles(next(iter(interpreters()))))
    ordinary.hand_in(course.root, "ada")
    (before,) = grade(course, ASSIGNMENT, ONE)
    (packages,) = (tmp_path / "env").glob("lib/python*/site-packages")
    install(packages, "other", "1.0", {"__init__.py": ""})
    kept: list[Kept] = []
    (stands,) = grade(course, ASSIGNMENT, ONE, on_kept=lambda verdict, why: kept.append(why))
    assert (stands.engine, len(kept)) == (before.engine, 1)
    (anew,) = grade(course, ASSIGNMENT, GradeOptions(workers=1, regrade=True))
    assert anew.engine != before.engine
    assert anew.key == before.key


def test_each_assignment_may_have_its_own_and_the_others_have_ours(tmp_path: Path) -> None:
    made_environment(tmp_path / "env", next(iter(interpreters().values())))
    course = course_in(tmp_path, *doubles("3.11"), toml='[python]\nps2 = "../env/bin/python"\n')
    ordinary.write(course.root / "source" / "ps2" / "p.ipynb", ordinary.notebook(*doubles("3.11")))
    ours, theirs = (task_for(course, course.read_masters(name)[0], ONE, view=tmp_path) for name in ("ps1", "ps2"))
    assert ours.interpreter is None
    assert theirs.interpreter is not None
    assert ours.engine != theirs.engine


def test_one_that_is_not_there_stops_before_anything_is_changed(tmp_path: Path) -> None:
    course = course_in(tmp_path, *doubles("3.11"))
    ordinary.hand_in(course.root, "ada")
    with pytest.raises(CourseError, match=r"\.\./env/bin/python, the python of autograde\.toml, is not there"):
        grade(course, ASSIGNMENT, ONE)
    assert not (course.root / "autograded").exists()


def test_a_cluster_is_refused_since_the_environment_is_here_alone(tmp_path: Path) -> None:
    made_environment(tmp_path / "env", next(iter(interpreters().values())))
    course = course_in(tmp_path, *doubles("3.11"))
    task = task_for(course, course.read_masters(ASSIGNMENT)[0], ONE, view=tmp_path / "view")
    work = cast(Work, SimpleNamespace(task=task, jobs=[]))
    with pytest.raises(CourseError, match="Grade this assignment without --scheduler"):
        next(Cluster(cast(Any, None), print).graded(work))


def test_an_assignment_that_is_judged_apart_has_none(small_course: Path, tmp_path: Path) -> None:
    shutil.copytree(small_course, root := tmp_path / "course")
    [assignment] = Course(root).assignments()
    (root / "autograde.toml").write_text(f'[python]\n{assignment} = "env/bin/python"\n')
    course = Course(root)
    with pytest.raises(CourseError, match="its tests are judged apart"):
        task_for(course, course.read_masters(assignment)[0], ONE, view=root / "view")
    assert [(one.assignment, one.stops) for one in survey(course)] == [(assignment, True)]


# --- what `autograde doctor` says


def remarks(course: Course, text: str) -> list[bool]:
    return [remark.stops for remark in survey(course) if text in remark.text]


def test_the_doctor_names_what_an_environment_lacks(tmp_path: Path) -> None:
    made_environment(tmp_path / "env", next(iter(interpreters().values())))
    course = course_in(tmp_path, code("import tinytable, numpy, json"))
    assert remarks(course, "imports numpy, which is not in the environment of ../env/bin/python. Install it there") == [
        False
    ]
    assert remarks(course, "../env/bin/python has no IPython") == [False]
    assert remarks(course, "imports") == [False]


def test_the_doctor_says_of_a_complete_one_what_it_says_of_ours(tmp_path: Path) -> None:
    furnished_environment(tmp_path / "env")
    course = course_in(tmp_path, code("import tinytable, numpy, json"))
    assert [one.text[:26] for one in survey(course)] == ["the tests of problem1 run ", "a cell may take 30 seconds"]


@pytest.mark.parametrize(("break_it", "text"), [
    (lambda env: (env / "bin" / "python").unlink(), "is not there"),
    (lambda env: (env / "bin").chmod(0o777), "Everybody may write to"),
    (lambda env: next(env.glob("lib/*/site-packages")).joinpath("numpy.py").write_text("1 / 0"), "does not start in"),
])  # fmt: skip
def test_the_doctor_says_why_an_environment_cannot_be_used(tmp_path: Path, break_it: Any, text: str) -> None:
    made_environment(tmp_path / "env", next(iter(interpreters().values())))
    course = course_in(tmp_path, *doubles("3.11"))
    break_it(tmp_path / "env")
    assert remarks(course, text) == [True]


def test_the_doctor_names_a_python_for_no_assignment(tmp_path: Path) -> None:
    course = course_in(tmp_path, *doubles("3.11"), toml='[python]\nps9 = "env/bin/python"\n')
    assert remarks(course, "there is no such assignment") == [True]


def test_a_journal_holds_no_path_of_the_environment(tmp_path: Path) -> None:
    made_environment(tmp_path / "env", next(iter(interpreters().values())))
    course = course_in(tmp_path, code("import sys, tinytable\nprint(sys.path, sys.prefix, sys.executable)\n1 / 0"))
    ordinary.hand_in(course.root, "ada")
    grade(course, ASSIGNMENT, ONE)
    said = course.journal(ASSIGNMENT, NOTEBOOK).read_text()
    assert json.loads(said)["outputs"]
    assert "/packages/0" in said
    assert str(tmp_path) not in said
