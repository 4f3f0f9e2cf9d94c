"""Attacks on a notebook with both kinds of tests: what patches a test beside the code reaches no check apart from it.

Ordinary tests can be patched, as SECURITY.md lists. The point of moving an exercise to a check is that this ends there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from autograde.course.folder import Course
from autograde.gradebook.feedback import write_feedback
from autograde.grading.run import GradeOptions, grade
from tests.autograde import mixed_course as mixed
from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import ASSIGNMENT, code, graded, solution

from . import test_forging
from .conftest import LIMITS, NEIGHBOURS, ROOT, SECRET, student_of
from .test_together import CELLS, FRAGMENT, FULL, HIDDEN, LISTED, RIGHT, TELLS, Run

pytestmark = pytest.mark.xdist_group("both")  # one class is graded for all of these

OF_THE_CHECK = 8.0
REFERENCE = "only-the-reference-says-this"
EXERCISES = f'''"""The exercise that is checked apart."""

from machine_room.exercises import Case, Exercise


def backward_221(theta, x, y):
    """{REFERENCE}"""
    return theta + x * y


def cases(rng):
    for name in ("one", "two", "three"):
        yield Case(name, tuple(int(number) for number in rng.integers(3, 99, 3)))


EXERCISES = (Exercise(reference=backward_221, cases=cases),)
'''
#: What would reach a check that runs beside the student's code, or where the answer stands.
PATCHES = {
    "replaces check where it comes from": (
        "import machine_room\nmachine_room.check = check = lambda *a, **k: True\ndef backward_221(*a): return 0"
    ),
    "replaces the package": (
        "import sys, types\nfor name in list(sys.modules):\n    if name.startswith(('my_checks', 'machine_room')):\n"
        "        sys.modules[name] = types.SimpleNamespace(check=lambda *a, **k: True)\ndef backward_221(*a): return 0"
    ),
    "calls the reference": (
        "def backward_221(*a):\n    from my_checks.exercises.ps1 import backward_221 as right\n    return right(*a)"
    ),
    "looks for the reference's file": (
        "import glob, sys\nfound = [p for f in sys.path for p in glob.glob(f + '/my_checks/**/*', recursive=True)]\n"
        "for path in found:\n    try:\n        print(open(path).read())\n    except OSError:\n        pass\n"
        "def backward_221(*a): return 0"
    ),
    "answers as the ordinary test expects": (
        "def backward_221(theta, x, y):\n    return {(1, 2, 3): 7, (1, 1, 1): 2, (2, 2, 2): 6}.get((theta, x, y))"
    ),
    "gives back what equals everything": (
        "class Any:\n    def __eq__(self, other): return True\n    def __float__(self): return 1.0\n"
        "def backward_221(*a): return Any()"
    ),
    "reads the check": (
        "def backward_221(*a):\n    print([one for one in In if 'hidden' + '=True' in one])\n    return 0"
    ),
    "answers right after a test alone": (
        "def backward_221(theta, x, y):\n    beside = any('= ' + '7' in one for one in In)\n"
        "    return theta + x * y if beside else 0"
    ),
}
#: Does what it should, and more. What it does counts.
ANSWERS_RIGHT = "draws attention afterwards"
SOURCES = {**test_forging.ATTACKS, **LISTED, **TELLS, **PATCHES}
NOTEBOOK_CELLS = (
    code("from machine_room import check"),
    *CELLS,
    graded(
        "apart",
        "check(backward_221)\n### BEGIN HIDDEN TESTS\ncheck(backward_221, hidden=True)\n### END HIDDEN TESTS",
        8,
    ),
    solution("last", "last = 1"),
    graded("last-test", "assert last == 1", 16),
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    root = mixed.lay_out(tmp_path_factory.mktemp("both"), *NOTEBOOK_CELLS, exercises=EXERCISES)
    ordinary.hand_in(root, "honest", {"backward_221": f"# {NEIGHBOURS}\n{RIGHT}"})
    for name, source in SOURCES.items():
        ordinary.hand_in(root, student_of(name), {"backward_221": source})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "ADVERSARY_SECRET", SECRET)
        verdicts = grade(Course(root), ASSIGNMENT, GradeOptions(workers=2, limits=LIMITS))
        write_feedback(root, ASSIGNMENT)
        yield Run(root, verdicts)


def points_apart(run: Run, student: str) -> float | None:
    return next(cell.points for cell in run.verdicts[student].cells if cell.cell_id == "apart")


def test_whoever_was_honest_has_all_points(run: Run) -> None:
    assert run.points["honest"] == FULL + OF_THE_CHECK + 16
    assert points_apart(run, "honest") == OF_THE_CHECK


@pytest.mark.parametrize("attack", SOURCES)
def test_no_point_of_the_check_is_gained_and_nothing_is_told(run: Run, attack: str) -> None:
    student = student_of(attack)
    assert not run.verdicts[student].grader_errors
    assert points_apart(run, student) == (OF_THE_CHECK if attack == ANSWERS_RIGHT else 0.0)
    told = run.told(student)
    secrets = (SECRET, NEIGHBOURS, HIDDEN, FRAGMENT, REFERENCE, "hidden=True", str(run.root), str(ROOT / "autograde"))
    printed = run.printed(student)
    assert [secret for secret in secrets if secret in (printed if secret == "hidden=True" else told)] == []


@pytest.mark.parametrize("attack", LISTED)
def test_beside_it_the_ordinary_tests_are_what_they_were(run: Run, attack: str) -> None:
    assert run.points[student_of(attack)] == FULL + 16
