"""0.1.0's six notebooks, which students hold, graded by what is there today."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, read_master, role_of, solutions_of
from autograde.grading.run import GradeOptions, grade

pytestmark = pytest.mark.xdist_group("first-release")  # one class is graded for all of these

ROOT = Path(__file__).resolve().parents[3]
FIRST = ROOT / "tests" / "fixtures" / "0.1.0"
RELEASES = sorted((FIRST / "release").glob("*/*.ipynb"))
ASKED_ANEW = {"train_and_read-check"}  # in a later edition of its notebook, for another result: its check says so


def read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def solved(path: Path) -> dict[str, Any]:
    """The release with the solutions of its own master."""
    notebook = read(path)
    answers = solutions_of(read(FIRST / "source" / path.relative_to(FIRST / "release")))
    for cell in notebook["cells"]:
        if role_of(cell) is Role.SOLUTION:
            cell["source"] = re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", answers[exercise_of(cell) or ""])
    return notebook


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Verdict]:
    """A class of two: one has solved everything, one has touched nothing."""
    path: Path = request.param
    root, assignment = tmp_path_factory.mktemp("course"), path.parent.name
    for part in ("source", "editions"):
        if (ROOT / part / assignment).exists():
            shutil.copytree(ROOT / part / assignment, root / part / assignment)
    for student, notebook in (("solved", solved(path)), ("untouched", read(path))):
        target = root / "submitted" / student / assignment / path.name
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(notebook), encoding="utf-8")
    return {verdict.student: verdict for verdict in grade(Course(root), assignment, GradeOptions(workers=1))}


every_release = pytest.mark.parametrize("verdicts", RELEASES, indirect=True, ids=lambda path: path.stem, scope="module")


def test_there_are_six() -> None:
    assert len(RELEASES) == 6


@every_release
def test_what_was_right_is_right(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["solved"]
    edition = read_master(ROOT / "source" / verdict.assignment / f"{verdict.notebook}.ipynb").edition
    lost = {
        cell.cell_id: cell.text
        for cell in verdict.cells
        if cell.points != cell.max_points and cell.outcome is not Outcome.NOT_GRADED
    }
    assert lost.keys() <= (ASKED_ANEW if edition > 1 else set()), lost
    assert all(text.strip() for text in lost.values())
    assert not verdict.grader_errors
    assert verdict.edition == (1 if edition > 1 else None)


@every_release
def test_who_wrote_nothing_gets_nothing_and_it_is_nobodys_fault(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["untouched"]
    assert verdict.points == 0.0
    asked_otherwise = {"train_and_read"}  # called as it is asked for now, 0.1.0's stub cannot even say that it is one
    written = [cell for cell in verdict.cells if cell.exercise not in asked_otherwise]
    assert {cell.outcome for cell in written} <= {Outcome.MISSING, Outcome.NOT_GRADED}
    assert not verdict.grader_errors


@every_release
def test_nothing_had_to_be_mended(verdicts: dict[str, Verdict]) -> None:
    """Their ids are ours: no cell was taken for a lost or a deleted one."""
    assert not [note for verdict in verdicts.values() for note in verdict.notes if "edition" not in note.lower()]
