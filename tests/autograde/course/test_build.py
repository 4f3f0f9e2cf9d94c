"""course/ -> source/ -> release/: roles expanded, ids stable, nothing secret released, the same bytes each time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from autograde.contract.failures import CourseError
from autograde.course.build import Drift, How, build
from autograde.course.notebook import MAY_RAISE, Role, role_of
from autograde.course.text import CourseTextError, read_course_text

from ..conftest import write_text

ROOT = Path(__file__).resolve().parents[3]
TEXT = '''# A title

```{code-cell} ipython3
:role: given

import numpy as np
```

## Relative error: "when?" è

Some prose.

```{code-cell} ipython3
:role: solution
:exercise: relative_error

def relative_error(a, b):
    """Say how far apart."""
    ### BEGIN SOLUTION
    return secret_answer(a, b)
    ### END SOLUTION
```

```{code-cell} ipython3
:role: check
:exercise: relative_error
:points: 2.5

check(relative_error)
### BEGIN HIDDEN TESTS
check(relative_error, hidden=True)
### END HIDDEN TESTS
```

```{code-cell} ipython3
print("play here")
```

```{code-cell} ipython3
:role: explore
:tags: [wide]

explore.worked_network()
```

+++ {"role": "written", "points": 3}

Why?

### BEGIN SOLUTION
Because of the model answer.
### END SOLUTION
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("course")
    write_text(root, TEXT)
    build(root)
    return root


def cells(root: Path, part: str) -> dict[str, dict[str, Any]]:
    notebook = json.loads((root / part / "01-backprop" / "small.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: cell for cell in notebook["cells"]}


def test_ids_come_from_exercises_and_headings(course: Path) -> None:
    assert list(cells(course, "source")) == [
        "prose-a-title-1",
        "given-a-title-1",
        "prose-relative-error-when-e-1",
        "relative_error",
        "relative_error-check",
        "prose-relative-error-when-e-2",
        "explore-relative-error-when-e-1",
        "given-relative-error-when-e-1",
        "written-relative-error-when-e-1",
    ]


@pytest.mark.parametrize(
    ("cell", "grade", "locked", "solution", "points"),
    [
        ("given-a-title-1", False, True, False, None),
        ("relative_error", False, False, True, None),
        ("relative_error-check", True, True, False, 2.5),
        ("explore-relative-error-when-e-1", False, True, False, None),
        ("written-relative-error-when-e-1", True, False, True, 3),
    ],
)
def test_a_role_becomes_nbgraders_flags(
    course: Path, cell: str, grade: bool, locked: bool, solution: bool, points: float | None
) -> None:
    flags = cells(course, "release")[cell]["metadata"]["nbgrader"]
    assert (flags["grade"], flags["locked"], flags["solution"], flags.get("points")) == (
        grade,
        locked,
        solution,
        points,
    )
    assert flags["grade_id"] == cell


def test_the_release_holds_the_stub_and_no_secret(course: Path) -> None:
    released = cells(course, "release")
    assert "".join(released["relative_error"]["source"]) == (
        'def relative_error(a, b):\n    """Say how far apart."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    assert "".join(released["relative_error-check"]["source"]) == "check(relative_error)"
    assert "".join(released["given-relative-error-when-e-1"]["source"]) == "Why?"
    assert "".join(released["written-relative-error-when-e-1"]["source"]) == "YOUR ANSWER HERE"
    text = (course / "release" / "01-backprop" / "small.ipynb").read_text(encoding="utf-8")
    assert not re.search("secret_answer|hidden=True|HIDDEN|model answer|BEGIN SOLUTION", text)


@pytest.mark.parametrize("part", ["source", "release"])
def test_other_metadata_is_passed_on(course: Path, part: str) -> None:
    assert "wide" in cells(course, part)["explore-relative-error-when-e-1"]["metadata"]["tags"]


@pytest.mark.parametrize("part", ["source", "release"])
def test_every_cell_that_may_call_a_students_function_lets_run_all_go_on(course: Path, part: str) -> None:
    for identifier, cell in cells(course, part).items():
        tagged = MAY_RAISE in cell["metadata"].get("tags", [])
        assert tagged is (cell["cell_type"] == "code" and role_of(cell) is not Role.GIVEN), identifier


def test_building_again_changes_nothing(course: Path) -> None:
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    assert build(course) == []
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_check_reports_every_kind_of_drift_and_writes_nothing(course: Path) -> None:
    edited, missing = course / "source/01-backprop/small.ipynb", course / "release/01-backprop/small.ipynb"
    extra, stranger = course / "release/01-backprop/old.ipynb", course / "source/07-old/x.ipynb"
    kept = edited.read_bytes(), missing.read_bytes()
    edited.write_bytes(kept[0] + b"\n")
    missing.unlink()
    extra.touch()
    stranger.parent.mkdir()
    stranger.touch()
    assert build(course, check=True) == [
        Drift(Path("release/01-backprop/old.ipynb"), How.EXTRA),
        Drift(Path("release/01-backprop/small.ipynb"), How.MISSING),
        Drift(Path("source/01-backprop/small.ipynb"), How.DIFFERS),
        Drift(Path("source/07-old"), How.EXTRA),
    ]
    assert not missing.exists()
    build(course)
    assert (edited.read_bytes(), missing.read_bytes()) == kept
    assert not extra.exists()
    assert stranger.exists(), "what may be someone's work is reported, never deleted"


CODE = "```{{code-cell}} ipython3\n{}\n```\n"
SOLUTION = (
    ":role: solution\n:exercise: relative_error\n\n"
    "def relative_error(a, b):\n    ### BEGIN SOLUTION\n    ### END SOLUTION"
)
MISTAKES = [
    (":role: solutoin\n\nx", 1, "unknown role 'solutoin': choose one of given, explore, solution, check, written."),
    (":role: given\n:exercice: a\n\nx", 1, "unknown option 'exercice' of a cell: choose among role, exercise, points"),
    (":role: check\n:points: 1\n\nx", 1, "a check cell without an exercise: add the line"),
    (":role: check\n:exercise: relative_error\n\nx", 1, "a check cell without points: add the line `:points: 1`."),
    (":role: check\n:exercise: relative_error\n:points: 0\n\nx", 1, "a check cell is worth more than 0 points"),
    (":role: check\n:exercise: relative_error\n:points: many\n\nx", 1, "points are a number from 0 to 1000, but these"),
    (":role: check\n:exercise: relative_error\n:points: .nan\n\nx", 1, "points are a number from 0 to 1000, but these"),
    (":role: check\n:exercise: relative_error\n:points: 0\n\nx", 1, "write `:optional: true` in place of the points."),
    (
        ":role: check\n:exercise: relative_error\n:points: 2\n:optional: true\n\nx",
        1,
        "an optional check has no points, but this one has 2: take one of the two out.",
    ),
    (
        ":role: check\n:exercise: relative_error\n:optional: false\n\nx",
        1,
        "true or not there at all, but here it is False",
    ),
    (":role: check\n:exercise: relative_error\n:optional: yes, do\n\nx", 1, "but here it is 'yes, do'."),
    (":role: check\n:exercise: relative_error\n:optional: 1\n\nx", 1, "true or not there at all, but here it is 1."),
    (SOLUTION.replace(":exercise", ":optional: true\n:exercise", 1), 1, "a solution cell is not optional: the word"),
    (":role: given\n:optional: true\n\nx", 1, "a given cell is not optional: the word belongs to"),
    (":optional: true\n\nx", 1, "a prose cell is not optional: the word belongs to"),
    (":role: check\n:exercise: swish\n:points: 1\n\nx", 1, "'swish' is no exercise of this assignment"),
    (":role: written\n:points: 1\n\nx", 1, "a written cell is markdown, but this one is code."),
    (":role: given\n:points: 1\n\nx", 1, "a given cell has no points, but this one has 1"),
    (":role: solution\n:exercise: relative_error\n\ndef relative_error(a, b): ...", 1, "a solution cell without ###"),
    (SOLUTION.replace("def rel", "def red"), 1, "has no line `def relative_error(...)` at the margin."),
    (SOLUTION.replace("END SOL", "BEGIN SOL"), 1, "every ### BEGIN SOLUTION needs an ### END SOLUTION after it"),
    (":role: given\n\n### BEGIN HIDDEN TESTS", 1, "BEGIN HIDDEN TESTS in a given cell, where nothing takes it out"),
    ("### BEGIN SOLUTION", 1, "BEGIN SOLUTION in a prose cell, where nothing takes it out"),
    (f"{SOLUTION}\n```\n\n```{{code-cell}} ipython3\n{SOLUTION}", 10, "a second solution cell of 'relative_error'"),
    (":role: check\n:exercise: relative_error\n:points: 1\n\nx", 1, "comes before any solution cell of it."),
]


@pytest.mark.parametrize(("cell", "line", "sentence"), MISTAKES)
def test_a_mistake_in_the_text_is_told_with_file_and_line(tmp_path: Path, cell: str, line: int, sentence: str) -> None:
    path = write_text(tmp_path, CODE.format(cell))
    with pytest.raises(CourseTextError) as raised:
        read_course_text(path, ["relative_error"])
    assert f"{path}:{line}: " in str(raised.value)
    assert sentence in str(raised.value)


def test_a_text_that_jupytext_cannot_read_is_told_by_name(tmp_path: Path) -> None:
    path = write_text(tmp_path, "---\nkernelspec:\n  name: python3\n---\n\ntext\n")
    with pytest.raises(CourseTextError, match=r"small\.md:1: not a MyST notebook .*'display_name' is a required"):
        read_course_text(path, [])


def test_one_broken_text_does_not_keep_the_others_from_being_built(tmp_path: Path) -> None:
    write_text(tmp_path, TEXT)
    broken = tmp_path / "course" / "02-activations" / "broken.md"
    broken.parent.mkdir()
    broken.write_text(CODE.format(":role: nonsense\n\nx"), encoding="utf-8")
    with pytest.raises(CourseTextError, match=r"broken\.md:1: unknown role"):
        build(tmp_path)
    assert (tmp_path / "release/01-backprop/small.ipynb").exists()
    assert not (tmp_path / "source/02-activations").exists()


def test_an_unknown_assignment_is_refused_by_name(tmp_path: Path) -> None:
    write_text(tmp_path, TEXT)
    with pytest.raises(CourseError, match=r"No text course/nonsense/<name>.md .* Assignments there: 01-backprop"):
        build(tmp_path, ["nonsense"])


def test_what_is_committed_is_what_the_course_makes() -> None:
    assert build(ROOT, check=True) == []


ASSIGNED = sorted(ROOT / "release" / path.relative_to(ROOT / "source") for path in (ROOT / "source").rglob("*.ipynb"))


@pytest.mark.parametrize("path", ASSIGNED, ids=lambda path: path.name)
def test_no_released_notebook_holds_a_solution_a_hidden_test_or_a_seed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search("HIDDEN|SOLUTION|hidden *= *True|hidden_seed|MACHINE_ROOM_SEED", text)
    source = json.loads((ROOT / "source" / path.relative_to(ROOT / "release")).read_text(encoding="utf-8"))
    answers = [region for cell in source["cells"] for region in solution_regions("".join(cell["source"]))]
    assert answers, "a source notebook has solutions"
    released = ["".join(cell["source"]) for cell in json.loads(text)["cells"]]
    assert not [region for region in answers for cell in released if region in cell]


def solution_regions(source: str) -> list[str]:
    """The longest line of each answer."""
    found = re.findall(r"### BEGIN SOLUTION\n(.*?)\n *### END SOLUTION", source, re.DOTALL)
    return [max(region.split("\n"), key=len).strip() for region in found]
