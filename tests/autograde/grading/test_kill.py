"""`kill -9` at eight points of a run; a hundred, over three assignments: `python -m benchmarks kill`.

And the comparison that finds nothing there finds what there is to find.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.kill import Victim, in_a_fork, make_course, points_of, trials
from benchmarks.traces import differences

from ..conftest import ASSIGNMENT, TEXT, write_text

POINTS = 8
SEED = 7


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course with two hand-ins that nobody has graded; for copying."""
    root = tmp_path_factory.mktemp("kill")
    text = write_text(root / "text", TEXT).parent
    make_course(root / "fresh", {ASSIGNMENT: text})
    return root / "fresh"


def test_killed_wherever_it_is_a_run_and_one_more_leave_what_an_unbroken_run_does(fresh: Path) -> None:
    tried = list(trials(POINTS, SEED, fresh, jobs=2))
    assert {one.point.victim for one in tried} == set(Victim)
    assert {(one.point.victim, bool(one.point.step)) for one in tried} == {
        (v, s) for v in Victim for s in (False, True)
    }
    assert [one.point for one in tried if one.different] == []
    assert all(one.killed for one in tried if one.point.step), "at a step somebody is killed"


def test_points_are_of_all_kinds_and_the_same_for_the_same_seed() -> None:
    steps = dict.fromkeys(Victim, 50)
    drawn = points_of(80, steps=steps, seconds={False: 3.0, True: 4.0}, seed=1)
    assert drawn == points_of(80, steps=steps, seconds={False: 3.0, True: 4.0}, seed=1)
    assert drawn != points_of(80, steps=steps, seconds={False: 3.0, True: 4.0}, seed=2)
    assert {sum(one.kind == kind for one in drawn) for kind in {one.kind for one in drawn}} == {10}
    assert all((0 < one.seconds < 4) != (1 <= one.step <= 50) for one in drawn)


# --- the comparison can fail


@pytest.fixture(scope="module")
def graded(fresh: Path) -> Path:
    """That course, graded, with its pages; for copying."""
    root = fresh.with_name("graded")
    shutil.copytree(fresh, root)
    assert in_a_fork(root).code == 0
    return root


def row(statement: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        with sqlite3.connect(root / "gradebook.db") as book:
            assert book.execute(statement).rowcount > 0
        book.close()

    return change


def page(change: Callable[[Path], object]) -> Callable[[Path], None]:
    return lambda root: (change(min(root.glob("feedback/*/*/*.html"))), None)[1]


def work(change: Callable[[Path], object]) -> Callable[[Path], None]:
    return lambda root: (change(min(root.glob("autograded/*/*/*.ipynb"))), None)[1]


def one_byte_other(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])


ONE_GRADE = "(SELECT id FROM grade LIMIT 1)"
CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a score": (row(f"UPDATE grade SET auto_score = 0.25 WHERE id = {ONE_GRADE}"), "gradebook: grade"),
    "a row less": (row(f"DELETE FROM grade WHERE id = {ONE_GRADE}"), "gradebook: grade"),
    "a comment": (row("UPDATE comment SET auto_comment = 'x'"), "gradebook: comment"),
    "a time": (row("UPDATE submitted_assignment SET timestamp = '2026-01-01 00:00:00'"), "gradebook: submitted_assign"),
    "a cell of another notebook": (
        row(f"UPDATE grade SET cell_id = 'none' WHERE id = {ONE_GRADE}"),
        "gradebook: grade",
    ),
    "a row twice": (
        row("INSERT INTO student (id, first_name) SELECT id || '2', first_name FROM student LIMIT 1"),
        "gradebook: student",
    ),
    "a page": (page(one_byte_other), "feedback/"),
    "a page gone": (page(Path.unlink), "feedback/"),
    "a page cut off": (page(lambda path: path.write_bytes(path.read_bytes()[:-9])), "feedback/"),
    "graded work": (work(one_byte_other), "autograded/"),
    "graded work gone": (work(Path.unlink), "autograded/"),
    "graded work for others to write": (work(lambda path: path.chmod(0o666)), "autograded/"),
    "a file more": (work(lambda path: path.with_name("left.unfinished").touch()), "autograded/"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_other_is_found_and_named(graded: Path, tmp_path: Path, name: str) -> None:
    change, where = CHANGES[name]
    root = tmp_path / "changed"
    shutil.copytree(graded, root)
    assert differences(graded, root) == []
    change(root)
    found = differences(graded, root)
    assert found
    assert any(one.startswith(where) for one in found)
