"""The rule for late work that docs/adapting.md shows, written as it stands there into a course's own package."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from autograde.course.build import build
from autograde.course.carried import SETTINGS, carried
from autograde.course.folder import Course
from autograde.gradebook.standings import read_roll, set_due
from autograde.grading.run import GradeOptions, grade
from tests.own_course import RIGHT, copy_of_course, hand_in

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "adapting.md").read_text(encoding="utf-8")
#: When work came that was due on the first of December at noon, and what of 3 points that costs.
MOMENTS = {
    "in-time": ("2026-12-01 11:59:59 UTC", 0.0),
    "a-second-late": ("2026-12-01 12:00:01 UTC", 0.3),
    "a-day-and-a-half": ("2026-12-03 00:00:00 UTC", 0.6),
    "two-weeks": ("2026-12-15 12:00:01 UTC", 3.0),
}


@pytest.fixture(scope="module")
def penalties(tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    root = copy_of_course(tmp_path_factory.mktemp("late") / "course")
    (rule,) = re.findall(r"```python\n(from nbgrader\.plugins .*?)```", PAGE, re.DOTALL)
    (line,) = re.findall(r"`(c\.AssignLatePenalties[^`]*)`", PAGE)
    (root / "lib" / "signals" / "late.py").write_text(rule, encoding="utf-8")
    shutil.copyfile(carried() / SETTINGS, root / SETTINGS)
    with (root / SETTINGS).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    build(root)
    for student, (moment, _) in MOMENTS.items():
        folder = hand_in(root, "02-waves", "waves", student, RIGHT)
        (folder / "timestamp.txt").write_text(moment, encoding="utf-8")
    grade(Course(root), "02-waves", GradeOptions(workers=1))
    set_due(root, "02-waves", datetime(2026, 12, 1, 12, tzinfo=UTC))
    grade(Course(root), "02-waves", GradeOptions(workers=1))
    roll = read_roll(root, "02-waves")
    assert roll is not None
    return {one.student: one.penalty for one in roll.standings}


@pytest.mark.parametrize("student", MOMENTS)
def test_the_rule_takes_a_tenth_for_each_day_that_has_begun(student: str, penalties: dict[str, float]) -> None:
    assert penalties[student] == pytest.approx(MOMENTS[student][1])
