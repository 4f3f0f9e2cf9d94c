"""The course's text: one MyST Markdown notebook, read into cells, its mistakes told with file and line.

```{code-cell} blocks and `+++` lines carry a role word and what belongs to it (DESIGN section 4):

    given, explore          nothing more
    solution                exercise; the answer between ### BEGIN SOLUTION and ### END SOLUTION
    check                   exercise, points; the hidden part between ### BEGIN HIDDEN TESTS and ### END HIDDEN TESTS
    written                 points; the text is the question, a model answer may stand between the solution markers
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..contract.failures import CourseError
from .notebook import BEGIN_HIDDEN, END_HIDDEN, JSON, Cell, Role, cell_json

__all__ = ["CourseTextError", "read_course_text"]

BEGIN_SOLUTION, END_SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
OURS = ("role", "exercise", "points")
JUPYTERS = ("tags", "jupyter", "slideshow")  # passed on as they are
WRITABLE = tuple(role for role in Role if role not in (Role.PROSE, Role.EXTRA))
SLUG_LENGTH = 40
ANSWER_HERE = "YOUR ANSWER HERE"


class CourseTextError(CourseError):
    """What is wrong in one text; each problem is a line `file:line: sentence`."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class _TextCell:
    """One cell as it stands in the text."""

    kind: str
    source: str
    metadata: JSON
    line: int

    @property
    def role(self) -> Role:
        return Role(self.metadata.get("role", Role.PROSE.value))

    @property
    def exercise(self) -> str | None:
        return self.metadata.get("exercise")


def read_course_text(path: Path, exercises: Collection[str]) -> list[JSON]:
    """Read a text into the cells of an instructor notebook, with stable ids.

    Args:
        path: `course/<assignment>/<name>.md`.
        exercises: the exercises that the assignment may use.

    Raises:
        CourseTextError: the text is not what the build can use; all of its problems at once.
    """
    cells = _cells(path)
    problems = [f"{path}:{cell.line}: {problem}" for cell in cells for problem in _problems(cell, exercises)]
    problems = problems or [f"{path}:{line}: {problem}" for line, problem in _problems_between(cells)]
    if problems:
        raise CourseTextError(problems)
    return list(_with_ids(cells))


def _cells(path: Path) -> list[_TextCell]:
    from jupytext.myst import MystMetadataParsingError, myst_to_notebook
    from nbformat import ValidationError

    try:
        notebook = myst_to_notebook(path.read_text(encoding="utf-8"), add_source_map=True)
    except (MystMetadataParsingError, UnicodeDecodeError, ValidationError) as error:
        reason = str(error).split("\n")[0]
        raise CourseTextError([f"{path}:1: not a MyST notebook that jupytext can read: {reason}"]) from error
    return [
        _TextCell(cell["cell_type"], cell["source"], dict(cell["metadata"]), line + (cell["cell_type"] == "markdown"))
        for cell, line in zip(notebook["cells"], notebook["metadata"]["source_map"], strict=True)
    ]


def _problems(cell: _TextCell, exercises: Collection[str]) -> Iterator[str]:
    """What is wrong with a cell by itself."""
    word = cell.metadata.get("role", Role.PROSE.value)
    if word not in {role.value for role in WRITABLE} and "role" in cell.metadata:
        yield f"unknown role {word!r}: choose one of {', '.join(role.value for role in WRITABLE)}."
        return
    for key in cell.metadata:
        if key not in OURS + JUPYTERS:
            yield f"unknown option {key!r} of a cell: choose among {', '.join(OURS + JUPYTERS)}."
    wanted = "markdown" if cell.role is Role.WRITTEN else "code"
    if cell.role not in (Role.PROSE, Role.GIVEN) and cell.kind != wanted:
        yield f"a {word} cell is {wanted}, but this one is {cell.kind}."
    yield from _problems_of_exercise(cell, exercises)
    yield from _problems_of_points(cell)
    yield from _problems_of_markers(cell)


def _problems_of_exercise(cell: _TextCell, exercises: Collection[str]) -> Iterator[str]:
    word, exercise = cell.role.value, cell.exercise
    if cell.role not in (Role.SOLUTION, Role.CHECK):
        if exercise is not None:
            yield f"a {word} cell has no exercise, but this one names {exercise!r}: is its role right?"
    elif exercise is None:
        yield f"a {word} cell without an exercise: add the line `:exercise: name_of_the_function`."
    elif exercise not in exercises:
        known = ", ".join(exercises) or "none yet"
        yield f"{exercise!r} is no exercise of this assignment in machine_room.exercises: there are {known}."
    elif cell.role is Role.SOLUTION and not re.search(rf"^def {re.escape(exercise)}\(", cell.source, re.MULTILINE):
        yield f"the solution of {exercise!r} has no line `def {exercise}(...)` at the margin."


def _problems_of_points(cell: _TextCell) -> Iterator[str]:
    points, word = cell.metadata.get("points"), cell.role.value
    if cell.role not in (Role.CHECK, Role.WRITTEN):
        if points is not None:
            yield f"a {word} cell has no points, but this one has {points!r}: is its role right?"
    elif points is None:
        yield f"a {word} cell without points: add the line `:points: 1`."
    elif isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < 1000:
        yield f"points are a number from 0 to 1000, but these are {points!r}."
    elif cell.role is Role.CHECK and points == 0:
        yield "a check cell is worth more than 0 points: whoever fails it must lose something."


def _problems_of_markers(cell: _TextCell) -> Iterator[str]:
    for begin, end, roles in (
        (BEGIN_SOLUTION, END_SOLUTION, (Role.SOLUTION, Role.WRITTEN)),
        (BEGIN_HIDDEN, END_HIDDEN, (Role.CHECK,)),
    ):
        found = [begin if begin in line else end for line in cell.source.split("\n") if begin in line or end in line]
        if found and cell.role not in roles:
            yield f"{found[0]} in a {cell.role.value} cell, where nothing takes it out: is its role right?"
        elif found != [begin, end] * (len(found) // 2):
            yield f"every ### {begin} needs an ### {end} after it, but here stand: {', '.join(found)}."
        elif not found and cell.role is Role.SOLUTION and begin == BEGIN_SOLUTION:
            yield f"a solution cell without ### {begin} and ### {end}: put them around what students are to write."


def _problems_between(cells: list[_TextCell]) -> Iterator[tuple[int, str]]:
    """What is wrong with a cell beside the others: exercises twice, checks without a solution before them."""
    first: dict[tuple[Role, str], int] = {}
    for cell in cells:
        if cell.exercise is None:
            continue
        key = (cell.role, cell.exercise)
        if key in first:
            yield cell.line, f"a second {cell.role.value} cell of {cell.exercise!r}; the first is in line {first[key]}."
        elif cell.role is Role.CHECK and (Role.SOLUTION, cell.exercise) not in first:
            yield cell.line, f"the check of {cell.exercise!r} comes before any solution cell of it."
        first.setdefault(key, cell.line)


def _with_ids(cells: list[_TextCell]) -> Iterator[JSON]:
    """Expand each cell. Ids come from the exercise, else from the role and the heading that the cell stands under."""
    heading, count = "top", Counter[str]()

    def numbered(role: Role) -> str:
        stem = f"{role.value}-{heading}"
        count[stem] += 1
        return f"{stem}-{count[stem]}"

    for cell in cells:
        headings = _headings(cell)
        heading = headings[0] if headings else heading
        extra = {key: value for key, value in cell.metadata.items() if key in JUPYTERS}
        yield from (cell_json(made, metadata=extra) for made in _expand(cell, numbered))
        heading = headings[-1] if headings else heading


def _expand(cell: _TextCell, numbered: Callable[[Role], str]) -> Iterator[Cell]:
    exercise, points = cell.exercise, float(cell.metadata.get("points", 0))
    if cell.role is Role.SOLUTION:
        yield Cell(f"{exercise}", cell.role, cell.kind, cell.source, exercise)
    elif cell.role is Role.CHECK:
        yield Cell(f"{exercise}-check", cell.role, cell.kind, cell.source, exercise, points)
    elif cell.role is Role.WRITTEN:
        question, _, answer = cell.source.partition(f"### {BEGIN_SOLUTION}")
        yield Cell(numbered(Role.GIVEN), Role.GIVEN, cell.kind, question.strip())
        model = f"### {BEGIN_SOLUTION}{answer}" if answer else ANSWER_HERE
        yield Cell(numbered(cell.role), cell.role, cell.kind, model, points=points)
    else:
        yield Cell(numbered(cell.role), cell.role, cell.kind, cell.source)


def _headings(cell: _TextCell) -> list[str]:
    if cell.kind != "markdown" or cell.role is Role.WRITTEN:  # there "### BEGIN SOLUTION" is no heading
        return []
    return [_slug(text) for text in re.findall(r"^#{1,6} +(.+)$", cell.source, re.MULTILINE)]


def _slug(text: str) -> str:
    """The heading as an id may hold it; cut, because nbformat allows an id 64 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].rstrip("-") or "section"
