"""Ids stand in the text: no rewritten heading, no moved cell and no new neighbour changes one."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jupytext
import pytest

from autograde.course.build import Drift, How, build
from autograde.course.text import CourseText, CourseTextError, read_course_text
from machine_room.exercises import of_assignment

ROOT = Path(__file__).resolve().parents[3]
RELEASED = ROOT / "tests" / "fixtures" / "0.1.0" / "release"
TEXTS = sorted((ROOT / "course").glob("*/*.md"))
SMALL = """# Title

Words.

```{code-cell} ipython3
:role: given

x = 1
```

```{code-cell} ipython3
y = 2
```

```{code-cell} ipython3
---
role: explore
tags: [wide]
---

explore.worked_network()
```

+++

More words.

+++ {"role": "written", "points": 3}

Why?
"""
PINNED = """+++ {"id": "prose-title-1"}

# Title

Words.

```{code-cell} ipython3
:role: given
:id: given-title-1

x = 1
```

```{code-cell} ipython3
:id: prose-title-2

y = 2
```

```{code-cell} ipython3
---
id: explore-title-1
role: explore
tags: [wide]
---

explore.worked_network()
```

+++ {"id": "prose-title-3"}

More words.

+++ {"role": "written", "points": 3, "question": "given-title-2", "id": "written-title-1"}

Why?
"""


def write(root: Path, text: str) -> Path:
    path = root / "course" / "01-backprop" / "small.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, text: str) -> CourseText:
    """Read a course text as if this stood in it."""
    path.write_text(text, encoding="utf-8")
    return read_course_text(path, [exercise.name for exercise in of_assignment(path.parent.name)])


@pytest.fixture
def copy_of(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path: Path = tmp_path / request.param.parent.name / request.param.name
    path.parent.mkdir()
    path.write_bytes(request.param.read_bytes())
    return path


every_text = pytest.mark.parametrize("copy_of", TEXTS, indirect=True, ids=lambda path: path.stem)


@every_text
def test_the_course_has_the_ids_that_students_hold(copy_of: Path) -> None:
    held = json.loads((RELEASED / copy_of.parent.name / f"{copy_of.stem}.ipynb").read_text(encoding="utf-8"))
    text = read(copy_of, copy_of.read_text(encoding="utf-8"))
    lost = {cell["id"] for cell in held["cells"]} - {cell.id for cell in text.cells}
    assert not lost or text.edition > 1, "within an edition cells may come, but those that students hold stay"
    assert text.fresh == ()


@every_text
def test_rewriting_any_heading_changes_no_id(copy_of: Path) -> None:
    text = copy_of.read_text(encoding="utf-8")
    before = [cell.id for cell in read(copy_of, text).cells]
    headings = [match.span(1) for match in re.finditer(r"^#{1,6} (?!.*(?:SOLUTION|HIDDEN))(.+)$", text, re.MULTILINE)]
    assert len(headings) > 5
    for start, end in [*headings, (None, None)]:
        changed = (
            f"{text[:start]}Another title{text[end:]}" if start else re.sub(r"^## .+$", "## Same", text, flags=re.M)
        )
        assert [cell.id for cell in read(copy_of, changed).cells] == before


@every_text
def test_moving_cells_changes_no_id(copy_of: Path) -> None:
    text = copy_of.read_text(encoding="utf-8")
    before = {cell.id: cell.source for cell in read(copy_of, text).cells}
    front, *parts = re.split(r"\n(?=\+\+\+ )", text)
    parts.sort(key=lambda part: ":exercise:" in part)  # solutions stay before their checks
    moved = read(copy_of, "\n".join([front, *(part.rstrip("\n") + "\n" for part in parts)]))
    assert {cell.id: cell.source for cell in moved.cells} == before
    assert [cell.id for cell in moved.cells] != list(before)


@every_text
def test_saving_the_text_in_jupyterlab_keeps_ids_and_edition(copy_of: Path) -> None:
    text = copy_of.read_text(encoding="utf-8").replace("edition: 1", "edition: 2", 1)
    before = read(copy_of, text)
    saved = read(copy_of, jupytext.writes(jupytext.reads(text, fmt="md:myst"), fmt="md:myst"))
    assert (saved.cells, saved.edition, saved.fresh) == (before.cells, 2, ())


def test_the_build_writes_ids_into_the_text_and_says_where(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)
    drifted = [drift for drift in build(tmp_path) if drift.how is How.UNPINNED]
    where = (
        "line 1: prose-title-1; line 5: given-title-1; line 11: prose-title-2; line 15: explore-title-1; "
        "line 25: prose-title-3; line 29: given-title-2, written-title-1"
    )
    assert drifted == [Drift(Path("course/01-backprop/small.md"), How.UNPINNED, where)]
    assert drifted[0].mended == f"course/01-backprop/small.md has ids for its new cells now ({where})"
    assert path.read_text(encoding="utf-8") == PINNED
    assert build(tmp_path) == []


def test_check_tells_of_cells_without_an_id_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, PINNED)
    build(tmp_path)
    longer = f"{PINNED}\n```{{code-cell}} ipython3\nz = 3\n```\n"
    path = write(tmp_path, longer)
    told = [str(drift) for drift in build(tmp_path, check=True)]
    assert "course/01-backprop/small.md has cells without an id (line 38: prose-title-4)" in told
    assert path.read_text(encoding="utf-8") == longer


NEW = "```{{code-cell}} ipython3\n:role: given\n{}\nnew = 1\n```\n\n"


@pytest.mark.parametrize("place", ["```{code-cell} ipython3\n:id: prose-title-2", "+++\n", '+++ {"role"'])
def test_a_new_cell_takes_no_id_of_another(tmp_path: Path, place: str) -> None:
    text = PINNED.replace('+++ {"id": "prose-title-3"}', '+++\n\n+++ {"id": "prose-title-3"}')
    write(tmp_path, text)
    build(tmp_path)
    path = write(tmp_path, text.replace(place, f"{NEW.format('')}{place}"))
    build(tmp_path)
    pinned = ":id: given-title-3\n"
    assert path.read_text(encoding="utf-8") == text.replace(place, f"{NEW.format(pinned)}{place}")


def test_a_cell_that_lost_its_id_gets_the_same_one_again(tmp_path: Path) -> None:
    path = write(tmp_path, PINNED.replace("title", "older"))
    build(tmp_path)
    path.write_text(SMALL, encoding="utf-8")
    build(tmp_path)
    assert path.read_text(encoding="utf-8") == PINNED.replace("title", "older")


REWRITTEN = {
    "prose": ('+++ {"id": "prose-title-3"}\n\nMore words.', "+++\n\nOther words.", 31, "prose-title-3"),
    "code": (":id: given-title-1\n\nx = 1", "\nx = 2", 7, "given-title-1"),
    "a question": (
        '"question": "given-title-2", "id": "written-title-1"}\n\nWhy?',
        '"id": "written-title-1"}\n\nHow?',
        35,
        "given-title-2",
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "lost"), REWRITTEN.values(), ids=REWRITTEN)
def test_a_rewritten_cell_without_its_id_is_the_authors_to_name(
    tmp_path: Path, old: str, new: str, line: int, lost: str
) -> None:
    write(tmp_path, PINNED)
    build(tmp_path)
    assert old in PINNED
    changed = PINNED.replace(old, new)
    path = write(tmp_path, changed)
    with pytest.raises(CourseTextError) as raised:
        build(tmp_path)
    assert raised.value.problems == [
        f"{path}:{line}: a cell without an id, and {lost} of source/ is in no cell any more. "
        "If it is this one, write that id here. If this is a new cell, give it another id."
    ]
    assert path.read_text(encoding="utf-8") == changed


CODE = "```{{code-cell}} ipython3\n{}\n\nx\n```\n"
WRONG = [
    (CODE.format(f":id: {'a' * 65}"), 1, "an id has 1 to 64 letters, digits, - or _, but this id is 'aaa"),
    (CODE.format(":id: with blanks"), 1, "but this id is 'with blanks'."),
    (CODE.format(":id: ''"), 1, "but this id is ''."),
    (CODE.format(":id: é"), 1, "but this id is 'é'."),
    (CODE.format(":id: a.b"), 1, "but this id is 'a.b'."),
    (CODE.format(":id: 12"), 1, "but this id is 12."),
    (CODE.format(":id: [a]"), 1, "but this id is ['a']."),
    (CODE.format(":id:"), 1, "but this id is None."),
    (
        '+++ {"id": "a"}\n\nText.\n\n+++ {"id": "a"}\n\nMore.\n',
        6,
        "a second cell with the id 'a'; the first is in line 2.",
    ),
    ('+++ {"id": "a", "question": "b"}\n\nText.\n', 2, "a prose cell has no question, but this one has 'b'"),
    ('+++ {"role": "written", "points": 1, "id": "a", "question": "a"}\n\nWhy?\n', 2, "a second cell with the id 'a'"),
    (CODE.format(":role: solution\n:exercise: relative_error\n:id: a"), 1, "its exercise is its id. Take it out."),
    (CODE.format(":role: check\n:exercise: relative_error\n:points: 1\n:id: a"), 1, "a check cell has no id, but this"),
]


@pytest.mark.parametrize(("text", "line", "sentence"), WRONG)
def test_an_id_that_cannot_be_is_told_with_file_and_line(tmp_path: Path, text: str, line: int, sentence: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(CourseTextError) as raised:
        read_course_text(path, ["relative_error"])
    assert any(problem.startswith(f"{path}:{line}: ") and sentence in problem for problem in raised.value.problems)


def test_prose_cannot_take_the_id_of_an_exercise(tmp_path: Path) -> None:
    solution = (
        "```{code-cell} ipython3\n:role: solution\n:exercise: relative_error\n\n"
        "def relative_error(a, b):\n    ### BEGIN SOLUTION\n    ### END SOLUTION\n```\n"
    )
    path = write(tmp_path, f'+++ {{"id": "relative_error"}}\n\nText.\n\n{solution}')
    with pytest.raises(
        CourseTextError, match=r":5: a second cell with the id 'relative_error'; the first is in line 2"
    ):
        read_course_text(path, ["relative_error"])
