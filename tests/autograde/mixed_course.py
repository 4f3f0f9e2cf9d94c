"""An ordinary course in which one exercise has moved to a check of the course's own package, and others have not."""

from __future__ import annotations

from pathlib import Path

from tests.autograde import ordinary_course as ordinary
from tests.autograde.ordinary_course import JSON, code, graded, solution, text

PACKAGE = "my_checks"
EXERCISES = '''"""The exercises of ps1 that are judged apart."""

from machine_room.exercises import Case, Exercise


def scaled(numbers, factor):
    """Return the numbers, each times the factor."""
    return [number * factor for number in numbers]


def scaled_cases(rng):
    for length in (2, 5):
        yield Case(f"{length} numbers", ([int(n) for n in rng.integers(1, 99, length)], int(rng.integers(2, 9))))


scaling = Exercise(reference=scaled, cases=scaled_cases)


@scaling.mistake("Multiply by the factor: yours adds it.")
def added(numbers, factor):
    return [number + factor for number in numbers]


@scaling.also_correct
def by_a_loop(numbers, factor):
    found = []
    for number in numbers:
        found.append(factor * number)
    return found


EXERCISES = (scaling,)
'''
SCALED = "def scaled(numbers, factor):\n    return [helper.times(number, factor) for number in numbers]"
CHECK = "check(scaled)\n### BEGIN HIDDEN TESTS\ncheck(scaled, hidden=True)\n### END HIDDEN TESTS"
HIDDEN = "only-the-hidden-test-says-this"
CELLS: tuple[JSON, ...] = (
    text("# Problem set 1"),
    code("import helper\nfrom machine_room import check\nstate = []"),
    solution("squares", "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]"),
    graded("squares-test", "assert squares(2) == [1, 4]\nstate.append('seen')", 1),
    solution("scaled", SCALED),
    graded("scaled-check", CHECK, 8),
    graded(
        "squares-hidden",
        f"assert state == ['seen']\n### BEGIN HIDDEN TESTS\nassert squares(3) == [1, 4, 9], {HIDDEN!r}\n"
        "### END HIDDEN TESTS",
        2,
    ),
    code("plot = squares(2)", name="plot", grade=True, solution=True, points=4),
    graded("after", "assert scaled([1], 2) == [2] and plot and helper.times(2, 3) == 6\n0.5", 1),
)
FILES = {"helper.py": b"def times(a, b):\n    return a * b\n"}
RIGHT = {"squares-test": 1.0, "scaled-check": 8.0, "squares-hidden": 2.0, "plot": None, "after": 0.5}


def lay_out(root: Path, *cells: JSON, exercises: str = EXERCISES) -> Path:
    """The course with its package in lib/."""
    ordinary.lay_out(root, *(cells or CELLS), files=FILES)
    (root / "autograde.toml").write_text(f'packages = ["{PACKAGE}"]\n')
    package = root / "lib" / PACKAGE
    (package / "exercises").mkdir(parents=True)
    (package / "__init__.py").write_text('"""Checks of this course."""\n\n__version__ = "1.0"\n')
    (package / "exercises" / "__init__.py").write_text("")
    (package / "exercises" / "ps1.py").write_text(exercises)
    return root
