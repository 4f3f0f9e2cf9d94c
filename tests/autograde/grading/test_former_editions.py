"""Every edition that was given out before: its work, done right, is right today, and loses nothing by what is new."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, read_master, role_of, source_of, without_hidden
from autograde.grading.run import GradeOptions, grade

pytestmark = pytest.mark.xdist_group("former-editions")  # one class is graded for all of these

ROOT = Path(__file__).resolve().parents[3]
FORMER = sorted((ROOT / "editions").glob("*/*/*.ipynb"))
ASKED_ANEW = {"train_and_read"}  # for another result than in its first edition: its check says so


def handed_in(path: Path, *, done: bool) -> dict[str, Any]:
    """What a student had of an edition: its master without hidden tests, and solved or not."""
    notebook = dict(json.loads(path.read_text(encoding="utf-8")))
    for cell in notebook["cells"]:
        if role_of(cell) is Role.SOLUTION:
            given = f"def {exercise_of(cell)}(*args, **kwargs):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
            cell["source"] = re.sub(r" *### (BEGIN|END) SOLUTION\n?", "", source_of(cell)) if done else given
        elif role_of(cell) is Role.CHECK:
            cell["source"] = without_hidden(source_of(cell))
    return notebook


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> dict[str, Verdict]:
    path: Path = request.param
    root, assignment = tmp_path_factory.mktemp("course"), path.parents[1].name
    for part in ("source", "editions"):
        shutil.copytree(ROOT / part / assignment, root / part / assignment)
    for student, done in (("done", True), ("nothing", False)):
        target = root / "submitted" / student / assignment / path.name
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(handed_in(path, done=done)), encoding="utf-8")
    return {verdict.student: verdict for verdict in grade(Course(root), assignment, GradeOptions(workers=1))}


every_edition = pytest.mark.parametrize(
    "verdicts", FORMER, indirect=True, ids=lambda path: "-".join(path.parts[-3:-1]), scope="module"
)


def test_all_five_that_have_changed_are_kept() -> None:
    assert {path.parents[1].name[:2] for path in FORMER} == {"01", "02", "03", "04", "06"}


@every_edition
def test_each_check_says_what_it_said(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["done"]
    said = {cell.exercise: cell for cell in verdict.cells if cell.exercise and cell.outcome is not Outcome.NOT_GRADED}
    assert len(said) >= 6
    for exercise, cell in said.items():
        if exercise not in ASKED_ANEW:
            assert (cell.outcome, cell.points) == (Outcome.CORRECT, cell.max_points), cell.text
    assert not verdict.grader_errors
    assert verdict.edition is not None


@every_edition
def test_all_points_are_had_or_wait_for_a_person(verdicts: dict[str, Verdict]) -> None:
    verdict = verdicts["done"]
    present = read_master(ROOT / "source" / verdict.assignment / f"{verdict.notebook}.ipynb")
    assert {cell.cell_id: cell.max_points for cell in verdict.cells} == {
        cell.id: cell.points for cell in present.cells if cell.graded
    }
    waiting = [cell for cell in verdict.cells if cell.points is None]
    asked = [cell for cell in verdict.cells if cell.exercise not in ASKED_ANEW]
    assert sum(cell.points or 0 for cell in asked) == sum(cell.max_points for cell in asked) - sum(
        cell.max_points for cell in waiting
    )
    for cell in waiting:
        if cell.exercise:
            assert f"did not ask for {cell.exercise}" in cell.text


@every_edition
def test_who_wrote_nothing_has_nothing(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["nothing"].points == 0
    assert not verdicts["nothing"].grader_errors
