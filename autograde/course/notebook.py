"""Notebooks as data: roles, cells, and the one place that reads and writes notebook metadata.

A role is one word in the course's text. Here it becomes nbgrader's four booleans, and here it is read back, from
masters only: what a student's file says about roles, points and locks counts for nothing (see `intake`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..contract.failures import CourseError
from ..contract.names import of_error
from .apart import checked, exercises_of

__all__ = [
    "Cell",
    "Judging",
    "Notebook",
    "Role",
    "cell_json",
    "checksum_of",
    "edition_of",
    "exercise_of",
    "id_of",
    "is_locked",
    "known_to_nbgrader",
    "notebook_json",
    "read_master",
    "role_of",
    "said_by_nbgrader",
    "said_edition",
    "solutions_of",
    "source_of",
    "tell_nbgrader",
    "to_text",
    "with_edition",
    "without_edition",
    "without_hidden",
    "without_mark_scheme",
]

JSON = dict[str, Any]

BEGIN_HIDDEN, END_HIDDEN = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"
BEGIN_MARKS, END_MARKS = "BEGIN MARK SCHEME", "END MARK SCHEME"
#: Jupyter's word for a cell that may raise: Run All goes on after it. nbgrader looks at what came out, not at the tag.
MAY_RAISE = "raises-exception"
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


class Role(StrEnum):
    """Who owns a cell and when it runs (DESIGN section 4)."""

    PROSE = "prose"  # ours or the student's text or code, editable; code runs as the student left it
    GIVEN = "given"  # ours, locked; runs
    EXPLORE = "explore"  # ours, locked: a picture with sliders; not run while grading
    SOLUTION = "solution"  # the student's; runs in the sandbox
    CHECK = "check"  # ours, locked, with a hidden part; runs in the judge
    WRITTEN = "written"  # the student's, graded by a person; code of an ordinary course runs, too
    TASK = "task"  # of an ordinary course: ours, locked; a person grades what the student put below it
    EXTRA = "extra"  # a cell the student added; runs where it stood


class Judging(StrEnum):
    """Where the tests of a notebook run. The master alone decides: nothing that is handed in can change it."""

    APART = "apart"  # in the judge, out of reach of students' code: masters that know this library
    TOGETHER = "together"  # beside students' code, in the box: any other nbgrader course
    BOTH = "both"  # each test in its way: ordinary ones, and beside them checks of a course's own package

    @property
    def some_apart(self) -> bool:
        """Whether exercises are checked: with a seed, and with the students' view of the library."""
        return self is not Judging.TOGETHER

    @property
    def some_together(self) -> bool:
        """Whether tests run beside the students' code: with the files that lie beside the notebook."""
        return self is not Judging.APART


@dataclass(frozen=True)
class _Flags:
    """What nbgrader calls a role."""

    grade: bool
    locked: bool
    solution: bool
    task: bool = False


FLAGS = {
    Role.GIVEN: _Flags(grade=False, locked=True, solution=False),
    Role.EXPLORE: _Flags(grade=False, locked=True, solution=False),
    Role.SOLUTION: _Flags(grade=False, locked=False, solution=True),
    Role.CHECK: _Flags(grade=True, locked=True, solution=False),
    Role.WRITTEN: _Flags(grade=True, locked=False, solution=True),
    Role.TASK: _Flags(grade=False, locked=True, solution=False, task=True),
}
#: Where a function that is wrong, or not written yet, may end the cell. A given cell runs our code alone: where the
#: first one cannot import the library, no later cell has anything to say.
CALLS_STUDENTS_CODE = frozenset((Role.SOLUTION, Role.CHECK, Role.EXPLORE, Role.PROSE))


@dataclass(frozen=True)
class Cell:
    """One cell of a master or of a submission rebuilt from it."""

    id: str  # nbgrader grade_id where there is one, else the stable cell id
    role: Role
    kind: str  # "code" or "markdown"
    source: str
    exercise: str | None = None
    points: float = 0.0

    @property
    def graded(self) -> bool:
        return self.role in (Role.CHECK, Role.WRITTEN, Role.TASK)

    @property
    def called(self) -> str:
        """What people call it: its exercise where it belongs to one of ours, else its name in the notebook."""
        return self.exercise or self.id

    @property
    def locked(self) -> bool:
        return self.role in FLAGS and FLAGS[self.role].locked

    @property
    def optional(self) -> bool:
        """Whether it is a check that nobody must pass: the only ones without points."""
        return self.role is Role.CHECK and self.points == 0


@dataclass(frozen=True)
class Notebook:
    """A notebook to grade: cells in running order, and notes on what had to be mended."""

    assignment: str
    name: str  # without .ipynb
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    judging: Judging = Judging.APART
    edition: int = 1  # of a submission: the one that it is graded by
    edition_refused: bool = False  # of a submission: it says another edition, which the course does not grade
    not_asked: tuple[Cell, ...] = ()  # of a submission: what is graded now, and its edition did not have


def source_of(cell: Mapping[str, Any]) -> str:
    """The text of a cell, which the format allows to be a string or a list of lines; "" for anything else."""
    source = cell.get("source", "")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def _section(cell: Mapping[str, Any], name: str) -> JSON:
    metadata = cell.get("metadata")
    section = metadata.get(name) if isinstance(metadata, dict) else None
    return section if isinstance(section, dict) else {}


def id_of(cell: Mapping[str, Any]) -> str | None:
    """nbgrader's grade_id, else the cell's own id, else None."""
    for found in (_section(cell, "nbgrader").get("grade_id"), cell.get("id")):
        if isinstance(found, str) and found:
            return found
    return None


def role_of(cell: Mapping[str, Any]) -> Role:
    """The role that the build noted, else the one that nbgrader's flags amount to."""
    noted = _section(cell, "machine_room").get("role")
    if noted in {role.value for role in Role}:
        return Role(noted)
    flags = _section(cell, "nbgrader")
    if flags.get("task"):
        return Role.TASK
    if flags.get("grade"):
        by_hand = flags.get("solution") or cell.get("cell_type") == "markdown"
        return Role.WRITTEN if by_hand else Role.CHECK
    if flags.get("solution"):
        return Role.SOLUTION
    return Role.GIVEN if flags.get("locked") else Role.PROSE


def exercise_of(cell: Mapping[str, Any]) -> str | None:
    """The exercise that the build noted on a solution or check cell."""
    exercise = _section(cell, "machine_room").get("exercise")
    return exercise if isinstance(exercise, str) else None


def said_edition(notebook: Mapping[str, Any]) -> Any:
    """What a notebook says of its edition, whatever that is; None where it says nothing."""
    return _section(notebook, "machine_room").get("edition")


def edition_of(notebook: Mapping[str, Any]) -> int:
    """The edition of a master. Those of 0.1.0 say nothing: they are the first."""
    edition = said_edition(notebook)
    return edition if type(edition) is int else 1


def known_to_nbgrader(cell: Mapping[str, Any]) -> bool:
    """Whether nbgrader's metadata stands on the cell, as on all of ours but prose."""
    return bool(_section(cell, "nbgrader"))


def said_by_nbgrader(cell: Mapping[str, Any]) -> JSON:
    """What nbgrader's metadata say of the cell; nothing where there are none, or they are no object."""
    return dict(_section(cell, "nbgrader"))


def is_locked(cell: Mapping[str, Any]) -> bool:
    """Whether nbgrader is told to restore the cell from the master."""
    return bool(_section(cell, "nbgrader").get("locked"))


def checksum_of(cell: Mapping[str, Any]) -> str | None:
    """What nbgrader tells by whether the cell was changed, where it was computed."""
    checksum = _section(cell, "nbgrader").get("checksum")
    return checksum if isinstance(checksum, str) else None


def tell_nbgrader(cell: Mapping[str, Any], **values: Any) -> None:
    """Set values in the cell's nbgrader metadata, in place; a cell that nbgrader does not know stays as it is."""
    _section(cell, "nbgrader").update(values)


def solutions_of(notebook: Mapping[str, Any]) -> dict[str, str]:
    """The solution cells' sources by exercise, in the notebook's order."""
    return {
        exercise: source_of(cell)
        for cell in notebook["cells"]
        if role_of(cell) is Role.SOLUTION and (exercise := exercise_of(cell))
    }


def read_master(path: Path) -> Notebook:
    """Read an instructor notebook: `source/<assignment>/<name>.ipynb`, ours or any nbgrader course's.

    Raises:
        CourseError: the file is no notebook, or two of its cells have one id.
    """
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        judging = _judging(notebook)
        ours = judging is Judging.APART
        cells = tuple(_master_cell(cell, None if ours else at) for at, cell in enumerate(notebook["cells"], 1))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CourseError(
            f"{path} is not a notebook that `autograde build` made ({of_error(error)}). Run `autograde build`, or save "
            "another course's notebook anew in Jupyter."
        ) from error
    if not ours:
        cells = _renamed(cells)
    if judging is Judging.BOTH:
        cells = _with_exercises(cells)
    ids = [cell.id for cell in cells]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        what_to_do = "Run `autograde build`." if ours else "Give one of them another name in Create Assignment."
        raise CourseError(f"{path} has more than one cell with the id {twice[0]}. {what_to_do}")
    return Notebook(path.parent.name, path.stem, cells, judging=judging, edition=edition_of(notebook))


def _judging(notebook: JSON) -> Judging:
    """Where a master's tests run: what knows this library is judged apart, or refused, but for tests beside checks."""
    if _section(notebook, "machine_room") or any(_section(cell, "machine_room") for cell in notebook["cells"]):
        return Judging.APART
    texts = [(role_of(cell), source_of(cell)) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    if not any("machine_room" in text for _, text in texts):
        return Judging.TOGETHER
    return Judging.BOTH if any(checked(text) for role, text in texts if role is Role.CHECK) else Judging.APART


def _with_exercises(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of a notebook with checks: each check knows its exercise, and so does the cell that answers it."""
    tests, answers = ({one.id: one.source for one in cells if one.role is role} for role in (Role.CHECK, Role.SOLUTION))
    names = exercises_of(tests, answers)
    return tuple(replace(cell, exercise=names.get(cell.id)) for cell in cells)


def _master_cell(cell: JSON, position: int | None) -> Cell:
    """A cell of a master; `position` stands in for the id that ordinary masters need not have."""
    identifier = id_of(cell) or (f"cell-{position}" if position else None)
    if identifier is None:
        raise KeyError("a cell has no id")
    return Cell(
        id=identifier,
        role=role_of(cell),
        kind=cell["cell_type"],
        source=source_of(cell),
        exercise=exercise_of(cell),
        points=max(0.0, float(_section(cell, "nbgrader").get("points") or 0.0)),  # "" in the first schema
    )


def _renamed(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """The cells of an ordinary master. What nbgrader does not know may have anyone's id: it gets one of its own."""
    taken = {cell.id for cell in cells if cell.role in FLAGS}
    found = []
    for cell in cells:
        if cell.role not in FLAGS:
            while cell.id in taken:
                cell = replace(cell, id=f"{cell.id}-again")
            taken.add(cell.id)
        found.append(cell)
    return tuple(found)


def with_edition(source: str, edition: int) -> str:
    """The first words of a notebook, and a line that says which edition it is."""
    return f"{source}\n\n*Edition {edition} of this notebook.*"


def without_edition(source: str) -> str:
    return re.sub(r"\n\n\*Edition \d+ of this notebook\.\*\Z", "", source)


def without_hidden(source: str) -> str:
    """A check cell's source as students see it: without what stands between the hidden tests' markers."""
    return _without(source, BEGIN_HIDDEN, END_HIDDEN)


def without_mark_scheme(source: str) -> str:
    """A task's text as students see it: without what tells graders what to look for."""
    return _without(source, BEGIN_MARKS, END_MARKS)


def _without(source: str, begin: str, end: str) -> str:
    shown, hidden = [], False
    for line in source.split("\n"):
        if begin in line:
            hidden = True
        elif end in line:
            hidden = False
        elif not hidden:
            shown.append(line)
    return "\n".join(shown)


def cell_json(cell: Cell, *, metadata: Mapping[str, Any] | None = None, outputs: Sequence[JSON] = ()) -> JSON:
    """The cell as nbformat 4.5 holds it, its role expanded to nbgrader's flags.

    Args:
        cell: a cell of a master or of a rebuilt submission.
        metadata: more of it, e.g. tags; ours wins.
        outputs: nbformat outputs, for code.
    """
    expanded: JSON = dict(metadata or {})
    if cell.role in FLAGS:
        expanded["nbgrader"] = _nbgrader(cell)
        noted = {"role": cell.role.value, "exercise": cell.exercise}
        expanded["machine_room"] = {key: value for key, value in noted.items() if value is not None}
    if cell.kind == "code" and cell.role in CALLS_STUDENTS_CODE:
        expanded["tags"] = list(dict.fromkeys([*expanded.get("tags", ()), MAY_RAISE]))
    plain: JSON = {"cell_type": cell.kind, "id": cell.id, "metadata": expanded, "source": cell.source}
    if cell.kind == "code":
        plain |= {"execution_count": None, "outputs": list(outputs)}
    return plain


def _nbgrader(cell: Cell) -> JSON:
    flags = FLAGS[cell.role]
    expanded: JSON = {
        "grade": flags.grade,
        "grade_id": cell.id,
        "locked": flags.locked,
        "schema_version": 3,
        "solution": flags.solution,
        "task": flags.task,
    }
    if cell.graded:
        expanded["points"] = int(cell.points) if cell.points == int(cell.points) else cell.points
    return expanded


def notebook_json(cells: Iterable[JSON], *, noted: Mapping[str, Any] | None = None) -> JSON:
    """A whole notebook; nothing in it depends on the machine it is made on.

    Args:
        cells: as `cell_json` makes them.
        noted: what we keep in the notebook's own metadata, e.g. its edition.
    """
    metadata: JSON = {"kernelspec": dict(KERNELSPEC), "language_info": {"name": "python"}}
    if noted:
        metadata["machine_room"] = dict(noted)
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def to_text(notebook: Mapping[str, Any]) -> str:
    """The notebook as Jupyter and nbgrader write it, byte for byte: sorted keys, sources as lists of lines."""
    plain = dict(notebook)
    plain["cells"] = [{**cell, "source": source_of(cell).splitlines(keepends=True)} for cell in notebook["cells"]]
    return json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
