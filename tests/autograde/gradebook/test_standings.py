"""What the tables learn from the gradebook: everyone's points as nbgrader counts them, names, and who is missing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import CellVerdict, Outcome, Verdict
from autograde.course.intake import rebuild
from autograde.course.notebook import Notebook, Role, cell_json, notebook_json, to_text
from autograde.gradebook.database import gradebook_of, has_gradebook
from autograde.gradebook.standings import read_roll
from autograde.gradebook.writer import GradebookWriter

ASSIGNMENT = "01-backprop"


@pytest.fixture
def root(tmp_path: Path, small_course: Path) -> Path:
    shutil.copytree(small_course / "source", tmp_path / "source")
    return tmp_path


@pytest.fixture
def book(root: Path, master: Notebook) -> Iterator[Any]:
    """A gradebook in which ada and bo have handed in, and cy and dee have not."""
    graded = rebuild(master, to_text(notebook_json(map(cell_json, master.cells))).encode())
    with GradebookWriter(root) as writer:
        writer.ensure(master)
        for student, share in (("ada", 1.0), ("bo", 0.0)):
            cells = tuple(
                CellVerdict(c.id, c.exercise, share * c.points, c.points, Outcome.CORRECT if share else Outcome.WRONG)
                for c in master.cells
                if c.role is Role.CHECK
            )
            writer.record(Verdict(student, ASSIGNMENT, "small", cells, key="k"), graded)
    with gradebook_of(root) as book:
        book.add_student("cy", first_name="Cy", last_name="Young")
        book.add_student("dee")
        book.update_or_create_student("ada", first_name="Ada", last_name="Lovelace")
        book.db.commit()
        yield book


def test_without_a_gradebook_there_is_nothing_and_none_is_made(root: Path) -> None:
    assert read_roll(root, ASSIGNMENT) is None
    assert not has_gradebook(root)
    assert not (root / "gradebook.db").exists()


def test_an_assignment_that_is_not_in_it_has_nobody(root: Path, book: Any) -> None:
    roll = read_roll(root, "09-none")
    assert roll is not None
    assert (roll.standings, roll.due) == ((), None)


def test_names_and_who_is_missing_come_from_the_gradebook(root: Path, book: Any) -> None:
    (root / "submitted" / "dee" / ASSIGNMENT).mkdir(parents=True)  # handed in, and not graded yet
    roll = read_roll(root, ASSIGNMENT)
    assert roll is not None
    assert roll.missing == ("cy",)
    assert roll.names == {"ada": "Ada Lovelace", "cy": "Cy Young"}


def test_points_are_what_nbgrader_counts(root: Path, book: Any) -> None:
    by_hand = book.find_grade("gradient_descent_step-check", "small", ASSIGNMENT, "bo")
    by_hand.manual_score, by_hand.extra_credit = 0.5, 0.25
    book.find_grade("relative_error-check", "small", ASSIGNMENT, "ada").extra_credit = 2.0
    book.find_submission_notebook("small", ASSIGNMENT, "ada").late_submission_penalty = 1.5
    book.find_grade("written-one-step-1", "small", ASSIGNMENT, "ada").needs_manual_grade = True
    book.db.commit()
    roll = read_roll(root, ASSIGNMENT)
    assert roll is not None
    for student in ("ada", "bo"):
        theirs, ours = book.find_submission_notebook("small", ASSIGNMENT, student), roll.of(student, "small")
        assert ours is not None
        assert (ours.points, ours.max_points) == (theirs.score, theirs.max_score)
        assert ours.waits == theirs.needs_manual_grade
    ada, bo = roll.of("ada", "small"), roll.of("bo", "small")
    assert ada
    assert bo
    assert (ada.total, ada.by_hand, ada.extra_credit, ada.penalty) == (4.0, False, 2.0, 1.5)
    assert (bo.total, bo.by_hand, bo.extra_credit, bo.penalty) == (0.75, True, 0.25, 0.0)
    assert (ada.waits, bo.waits) == (True, False)
