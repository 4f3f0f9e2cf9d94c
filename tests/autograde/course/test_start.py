"""The start notebook: built and released like the others, and no assignment."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograde.contract.failures import CourseError
from autograde.course.build import Drift, How, build
from autograde.course.folder import Course
from autograde.course.start import NAME, PLACE, TEXT, start_notebook
from autograde.course.text import CourseTextError
from machine_room.notebook.points import assignments

ROOT = Path(__file__).resolve().parents[3]
SMALL = """+++ {"id": "prose-start-1"}

# Start

```{code-cell} ipython3
:id: prose-start-2

progress()
```
"""
ASSIGNMENT = """+++ {"id": "prose-small-1"}

# A small notebook

```{code-cell} ipython3
:role: solution
:exercise: relative_error

def relative_error(a, b):
    ### BEGIN SOLUTION
    return 0
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
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    for name, text in ((TEXT, SMALL), (Path("course/01-backprop/small.md"), ASSIGNMENT)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    build(tmp_path)
    return tmp_path


def test_it_is_released_without_a_master_and_nothing_in_it_is_graded(course: Path) -> None:
    assert Course(course).assignments() == ["01-backprop"]
    assert not (course / "source" / NAME).exists()
    notebook = json.loads((course / PLACE).read_text(encoding="utf-8"))
    nbformat.validate(nbformat.from_dict(notebook))
    assert [cell["id"] for cell in notebook["cells"]] == ["prose-start-1", "prose-start-2"]
    assert all(set(cell["metadata"]) <= {"tags"} for cell in notebook["cells"])
    assert "edition" not in json.dumps(notebook).lower()


def test_the_build_tells_where_it_is_not_what_the_text_says_and_mends_it(course: Path) -> None:
    assert build(course, check=True) == []
    right = (course / PLACE).read_bytes()
    (course / PLACE).write_text("{}")
    (course / PLACE).with_name("old.ipynb").write_text("{}")
    wanted = [Drift(PLACE.with_name("old.ipynb"), How.EXTRA), Drift(PLACE, How.DIFFERS)]
    assert build(course, check=True) == wanted
    assert build(course) == wanted
    assert (course / PLACE).read_bytes() == right
    (course / PLACE).unlink()
    assert build(course, check=True) == [Drift(PLACE, How.MISSING)]


def test_a_course_without_its_text_has_none(course: Path) -> None:
    (course / TEXT).unlink()
    assert start_notebook(course) is None
    assert build(course, check=True) == [Drift(PLACE.parent, How.EXTRA)]


def test_what_a_notebook_remembers_where_it_was_run_is_no_drift(course: Path) -> None:
    for folder in ("source", "release", "release/01-backprop"):
        (course / folder / ".machine_room").mkdir()
        (course / folder / ".machine_room" / "01-backprop.json").write_text("{}")
    assert build(course, check=True) == []


WRONG = {
    "a cell without an id": (
        SMALL.replace(":id: prose-start-2\n", ""),
        r"00-start\.md:7?\d?: a cell without an id\. Write",
    ),
    "a cell that is graded": (
        SMALL + '\n+++ {"role": "written", "points": 1, "id": "written-1", "question": "given-1"}\n\nWhy?\n',
        r"a given cell, but the start notebook is prose and plain cells\.",
    ),
    "a cell with an exercise": (
        SMALL.replace(":id: prose-start-2", ":role: solution\n:exercise: relative_error"),
        r"00-start\.md:\d+: .*relative_error",
    ),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_a_text_that_cannot_be_used_is_told_with_file_and_line_and_the_rest_is_built(
    text: str, said: str, course: Path
) -> None:
    (course / TEXT).write_text(text, encoding="utf-8")
    (course / "release/01-backprop/small.ipynb").unlink()
    with pytest.raises(CourseTextError, match=said):
        build(course)
    assert (course / "release/01-backprop/small.ipynb").exists()


def test_it_is_no_assignment_to_build_or_to_grade(course: Path) -> None:
    with pytest.raises(CourseError, match="Assignments there: 01-backprop"):
        build(course, [NAME])
    with pytest.raises(CourseError, match="Assignments there: 01-backprop"):
        Course(course).masters(NAME)


def test_nbgraders_exchange_hands_it_out(course: Path, tmp_path: Path) -> None:
    """On a hub it is fetched like an assignment: nbgrader asks for a folder in release/ and for no master."""
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.exchange.default import ExchangeFetchAssignment, ExchangeReleaseAssignment
    from traitlets.config import Config

    exchange, student = tmp_path / "exchange", tmp_path / "student"
    exchange.mkdir()
    exchange.chmod(0o777)
    student.mkdir()
    config = Config()
    config.Exchange.root, config.Exchange.assignment_dir = str(exchange), str(student)
    config.CourseDirectory.update(root=str(course), course_id="ours", assignment_id=NAME)
    for step in (ExchangeReleaseAssignment, ExchangeFetchAssignment):
        folder = CourseDirectory(config=config)
        step(coursedir=folder, authenticator=Authenticator(config=config), config=config).start()
    assert (student / NAME / "start.ipynb").read_bytes() == (course / PLACE).read_bytes()


def test_the_courses_own_leads_to_every_notebook_and_runs(tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / PLACE, as_version=4)
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    linked = re.findall(r"\]\(\.\./([^)]+\.ipynb)\)", text)
    assert sorted(linked) == sorted(
        path.relative_to(ROOT / "release").as_posix()
        for path in (ROOT / "release").glob("*/*.ipynb")
        if path.parent.name != NAME
    )
    for one in assignments():
        assert f"(../{one.name}/{one.notebook}) | **{one.title}**" in text
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = "\n".join(
        output.data["text/plain"] for cell in notebook.cells for output in cell.get("outputs", ()) if "data" in output
    )
    assert "All is here: you can begin." in shown
    assert "0 of 132 points so far" in shown
    assert "Begin here: 01-backprop/backprop.ipynb, forward_difference." in shown
    assert "Nothing is recorded of you here." in shown
    assert list(tmp_path.iterdir()) == []
