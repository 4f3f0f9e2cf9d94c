"""The library's table of points is made of the text, and told where it is not what the text says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograde.course.build import Drift, How, build
from autograde.course.points import place_of_points

LIBRARYS = place_of_points(Path("here"), ())  # where no package of a course's own lies

TEXT = """# {title}

```{{code-cell}} ipython3
:role: solution
:exercise: {exercise}

def {exercise}():
    ### BEGIN SOLUTION
    return 0
    ### END SOLUTION
```

```{{code-cell}} ipython3
:role: check
:exercise: {exercise}
:points: {points}

check({exercise})
### BEGIN HIDDEN TESTS
check({exercise}, hidden=True)
### END HIDDEN TESTS
```

+++ {{"role": "written", "points": 3}}

Why?
"""


def write(root: Path, assignment: str, exercise: str, points: str) -> None:
    path = root / "course" / assignment / "small.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEXT.format(title=f"On {exercise}", exercise=exercise, points=points), encoding="utf-8")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A course beside a library, as in the repository."""
    write(tmp_path, "01-backprop", "relative_error", "2.5")
    write(tmp_path, "02-activations", "sigmoid", "2")
    (tmp_path / LIBRARYS).parent.mkdir(parents=True)
    build(tmp_path)
    return tmp_path


def table(root: Path) -> dict[str, object]:
    return dict(json.loads((root / LIBRARYS).read_text(encoding="utf-8")))


def test_it_says_of_each_notebook_what_its_text_says(clone: Path) -> None:
    assert table(clone) == {
        "01-backprop": {
            "notebook": "small.ipynb", "title": "On relative_error", "checks": {"relative_error": 2.5}, "written": 3,
        },
        "02-activations": {"notebook": "small.ipynb", "title": "On sigmoid", "checks": {"sigmoid": 2}, "written": 3},
    }  # fmt: skip


def test_what_is_optional_is_worth_nothing_there(clone: Path) -> None:
    path = clone / "course" / "02-activations" / "small.md"
    path.write_text(path.read_text(encoding="utf-8").replace(":points: 2\n", ":optional: true\n"), encoding="utf-8")
    (clone / "source" / "02-activations" / "small.ipynb").unlink()
    build(clone)
    assert table(clone)["02-activations"] == {
        "notebook": "small.ipynb", "title": "On sigmoid", "checks": {"sigmoid": 0}, "written": 3,
    }  # fmt: skip


def test_a_table_that_is_old_or_missing_is_told_and_made_anew(clone: Path) -> None:
    assert build(clone, check=True) == []
    right = (clone / LIBRARYS).read_bytes()
    (clone / LIBRARYS).write_text("{}")
    assert build(clone, check=True) == [Drift(LIBRARYS, How.DIFFERS)]
    assert build(clone, ["02-activations"]) == [Drift(LIBRARYS, How.DIFFERS)]
    assert (clone / LIBRARYS).read_bytes() == right
    (clone / LIBRARYS).unlink()
    assert build(clone) == [Drift(LIBRARYS, How.MISSING)]


def test_a_course_by_itself_has_no_library_to_write_into(tmp_path: Path) -> None:
    write(tmp_path, "01-backprop", "relative_error", "1")
    build(tmp_path)
    assert not (tmp_path / "lib").exists()
