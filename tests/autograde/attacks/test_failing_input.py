"""failing_input through the judge: no formula is run on what a student's process sends until that is a number."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from autograde.contract.verdict import Outcome, Verdict
from autograde.course.folder import Course
from autograde.course.notebook import Role, exercise_of, role_of
from autograde.grading.run import GradeOptions, grade
from autograde.trial.hostile import HOSTILE_AND_MORE

pytestmark = pytest.mark.xdist_group("failing-input")  # one class is graded for all of these

ROOT = Path(__file__).resolve().parents[3]
ASSIGNMENT, NOTEBOOK, NAME = "02-activations", "activations.ipynb", "failing_input"
HEAD = f"def {NAME}(formula, *, limit):\n"
RIGHT = "    right = {'sigmoid_slope': -limit, 'softplus': limit, 'exp_minus_1': 1e-17, 'softmax': [limit]}\n"
KINDS = (
    "a gigantic array",
    "an array that claims to be endless",
    "not a number",
    "one huge number",
    "nested without end",
    "an exception of our own",
    "answers before it is asked",
)
ATTACKS = {kind: HOSTILE_AND_MORE[kind].replace("{name}", NAME).strip() for kind in KINDS} | {
    "endless": f"{HEAD}    while True: pass",
    "a generator": f"{HEAD}    while True: yield limit",
    "a number that lies": f"class Number(float):\n    def __float__(self): return -limit\n{HEAD}    return Number(0)",
    "a patched exponential": f"np.exp = lambda z: np.float64('nan')\n{HEAD}    return 1.0",
    "patched formulas": "from machine_room import naive\n"
    f"naive.fails, naive.TOLERANCE = lambda formula, z: True, -1\n{HEAD}    return 1.0",
    "the library's answer": f"from machine_room import naive\n{HEAD}    return naive.{NAME}(formula, limit=limit)",
    "a thousand logits": f"{HEAD}{RIGHT}    right['softmax'] = np.full(1000, limit)\n    return right[formula]",
    "right, once": f"calls = []\n{HEAD}{RIGHT}    calls.append(1)\n    return right[formula] if calls == [1] else 1.0",
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source" / ASSIGNMENT, root / "source" / ASSIGNMENT)
    (root / "autograde.toml").write_text("[limits]\nrequest_seconds = 3.0\n", encoding="utf-8")
    answers = {**ATTACKS, "right": f"{HEAD}{RIGHT}    return right[formula]"}
    students = {f"s{number}": kind for number, kind in enumerate(answers)}
    for student, kind in students.items():
        released = json.loads((ROOT / "release" / ASSIGNMENT / NOTEBOOK).read_text(encoding="utf-8"))
        for cell in released["cells"]:
            if role_of(cell) is Role.SOLUTION and exercise_of(cell) == NAME:
                cell["source"] = answers[kind]
        target = root / "submitted" / student / ASSIGNMENT / NOTEBOOK
        target.parent.mkdir(parents=True)
        target.write_text(json.dumps(released), encoding="utf-8")
    return {students[verdict.student]: verdict for verdict in grade(Course(root), ASSIGNMENT, GradeOptions(workers=2))}


@pytest.mark.parametrize("kind", ATTACKS)
def test_it_earns_nothing_and_is_nobodys_fault_but_its_own(verdicts: dict[str, Verdict], kind: str) -> None:
    verdict = verdicts[kind]
    assert verdict.points == 0.0
    assert not verdict.grader_errors
    (cell,) = [cell for cell in verdict.cells if cell.exercise == NAME]
    assert cell.outcome not in (Outcome.CORRECT, Outcome.NOT_GRADED)
    assert cell.text.strip()


def test_an_honest_one_beside_them_has_its_points(verdicts: dict[str, Verdict]) -> None:
    assert verdicts["right"].points == 2.0
