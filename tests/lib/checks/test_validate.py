"""nbgrader's *Validate*, really run: it shows what a check says, and right work passes without a warning."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade

from machine_room.checks import CheckFailed, check
from machine_room.checks.run import VALIDATOR_WIDTH

RIGHT = "def relative_error(a, b):\n    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))"
WRONG = "def relative_error(a, b):\n    return np.max(np.abs(a - b))"
UNTOUCHED = "def relative_error(a, b):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
LAST_VALUE, STATEMENT = "check(relative_error)", "result = check(relative_error)"
NOBODYS = re.compile(r".*(No nbgrader_config.py file found|Kernel is running over TCP without encryption).*")


#: The tag of the course's notebooks, with which Run All goes on after an error; 0.1.0's have none.
TAGS = pytest.mark.parametrize("tags", [["raises-exception"], []], ids=["tagged", "as in 0.1.0"])


def notebook(solution: str, check_cell: str = LAST_VALUE, tags: Sequence[str] = ()) -> Any:
    role = {"grade": True, "solution": False, "locked": True, "points": 3, "grade_id": "a", "schema_version": 3}
    cells = [
        new_code_cell("import numpy as np\nfrom machine_room import check"),
        new_code_cell(solution, metadata={"tags": list(tags)}),
        new_code_cell(
            check_cell, metadata={"nbgrader": {**role, "task": False, "cell_type": "code"}, "tags": list(tags)}
        ),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return new_notebook(cells=cells, metadata=kernel)


def validated(folder: Path, solution: str, check_cell: str = LAST_VALUE, tags: Sequence[str] = ()) -> str:
    """What `nbgrader validate` prints, its own remarks about the machine left out."""
    path = folder / "work.ipynb"
    path.write_text(json.dumps(notebook(solution, check_cell, tags)), encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "nbgrader", "validate", str(path)],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "PYTHONWARNINGS": "ignore"},
        timeout=300,
    )
    said = (ended.stderr + ended.stdout).splitlines()
    return "\n".join(line for line in said if not NOBODYS.fullmatch(line))


@pytest.mark.parametrize("check_cell", [LAST_VALUE, STATEMENT, f"{LAST_VALUE}\n{LAST_VALUE}"])
def test_right_work_validates_without_a_warning(tmp_path: Path, check_cell: str) -> None:
    said = validated(tmp_path, RIGHT, check_cell)
    assert "Success! Your notebook passes all the tests." in said
    assert "WARNING" not in said
    assert "float" not in said


@pytest.mark.parametrize(
    ("solution", "sentences"),
    [
        (WRONG, ["That is the absolute error. Divide it by the size", "Smallest case: ", "yours ", "expected "]),
        (UNTOUCHED, ["relative_error is not written yet: replace the line"]),
        ("def relative_error(a, b):\n    return nothing", ["Your function raised NameError: name 'nothing'"]),
    ],
)
@TAGS
def test_what_the_check_says_is_what_validate_shows(
    tmp_path: Path, solution: str, sentences: list[str], tags: list[str]
) -> None:
    said = validated(tmp_path, solution, tags=tags)
    assert "VALIDATION FAILED ON 1 CELL(S)!" in said
    for sentence in sentences:
        assert sentence in said
    assert "see the message above" not in said
    assert not [line for line in said.splitlines() if line.endswith("...")], "nothing is cut"


@pytest.mark.parametrize(("solution", "points"), [(RIGHT, 3), (WRONG, 0), (UNTOUCHED, 0), ("nobody", 0), ("", 0)])
@TAGS
def test_nbgrader_gives_the_same_points_with_the_tag_and_without(
    monkeypatch: pytest.MonkeyPatch, solution: str, points: int, tags: list[str]
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    run, _ = Execute(kernel_name="python3").preprocess(notebook(solution, tags=tags), {})
    assert determine_grade(run.cells[-1]) == (points, 3)


UNBEGUN = "def mish(z):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


@pytest.mark.parametrize(
    ("solution", "holds"),
    [
        (UNBEGUN, True),
        ("def mish(z):\n    return z * np.tanh(np.logaddexp(0, z))", True),
        ("def mish(z):\n    return np.tanh(np.logaddexp(0, z))", False),
    ],
    ids=["not begun", "right", "wrong"],
)
@TAGS
def test_what_is_optional_may_be_left_unwritten(tmp_path: Path, solution: str, holds: bool, tags: list[str]) -> None:
    said = validated(tmp_path, solution, "check(mish)", tags)
    assert ("Success! Your notebook passes all the tests." in said) == holds


@pytest.mark.parametrize("variable", ["NBGRADER_VALIDATING", "NBGRADER_EXECUTION"])
def test_lines_are_folded_to_what_validate_shows(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1")

    def relative_error(a: Any, b: Any) -> None:
        raise ValueError("a very long sentence " * 20)

    with pytest.raises(CheckFailed) as failed:
        check(relative_error)
    lines = str(failed.value).split("\n")
    assert max(map(len, lines)) <= VALIDATOR_WIDTH
    assert "".join(str(failed.value).split()) == "".join(failed.value.result.text.split()), "no word is lost"


def test_outside_of_nbgrader_a_pass_stays_the_cells_value(monkeypatch: pytest.MonkeyPatch) -> None:
    from machine_room.exercises import find

    for name in ("NBGRADER_VALIDATING", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(NotImplementedError):
        check(find("relative_error").reference)._ipython_display_()
