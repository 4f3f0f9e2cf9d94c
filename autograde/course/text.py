"""The course's text: one MyST Markdown notebook, read into cells, its mistakes told with file and line.

```{code-cell} blocks and `+++` lines carry a role word and what belongs to it (DESIGN section 4):

    given, explore          nothing more
    solution                exercise; the answer between ### BEGIN SOLUTION and ### END SOLUTION
    check                   exercise, points or `optional: true`; the hidden part between ### BEGIN HIDDEN TESTS and
                            ### END HIDDEN TESTS
    written                 points; the text is the question, a model answer may stand between the solution markers

A sentence may carry the marker of a claim (see `claims`), which goes into no notebook, and numbers that the cells say
already (`counts`). Answers may be folded (`folds`).

Every cell but solutions and checks has an `id` (see `pins`), a written one also that of its `question`. The front
matter says which `edition` of the notebook the text makes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..contract.failures import CourseError
from ..contract.imports import spare_grammars
from .claims import problems_of_claims, without_claims
from .code import problems_of_check, problems_of_code
from .counts import numbers_of, problems_of_counts, with_counts
from .folds import problems_of_folds
from .lines import problems_of_lines
from .notebook import BEGIN_HIDDEN, END_HIDDEN, JSON, Cell, Notebook, Role, cell_json, notebook_json, with_edition
from .pins import Fresh, Ids, is_id, slug

__all__ = ["CourseText", "CourseTextError", "read_course_text"]

BEGIN_SOLUTION, END_SOLUTION = "BEGIN SOLUTION", "END SOLUTION"
OURS = ("role", "exercise", "points", "optional", "id", "question")
JUPYTERS = ("tags", "jupyter", "slideshow")  # passed on as they are
WRITABLE = tuple(role for role in Role if role not in (Role.PROSE, Role.EXTRA, Role.TASK))
HIGHEST_EDITION = 1000
ANSWER_HERE = "YOUR ANSWER HERE"
#: The first line of a solution cell whose check is optional: nothing of it stands in the text.
OPTIONAL_HERE = "# Optional: no points."


class CourseTextError(CourseError):
    """What is wrong in one text; each problem is a line `file:line: sentence`."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class _TextCell:
    """One cell as it stands in the text."""

    kind: str
    text: str
    metadata: JSON
    line: int

    @property
    def source(self) -> str:
        """What the notebook gets."""
        return without_claims(self.text) if self.kind == "markdown" else self.text

    @property
    def role(self) -> Role:
        return Role(self.metadata.get("role", Role.PROSE.value))

    @property
    def exercise(self) -> str | None:
        return self.metadata.get("exercise")

    @property
    def pinned(self) -> dict[str, str]:
        """The ids that the cell has: written in the text, or by its exercise."""
        if self.role is Role.SOLUTION:
            return {"id": f"{self.exercise}"}
        if self.role is Role.CHECK:
            return {"id": f"{self.exercise}-check"}
        return {option: self.metadata[option] for option in self.options if option in self.metadata}

    @property
    def optional(self) -> bool:
        return bool(self.metadata.get("optional", False))

    @property
    def options(self) -> tuple[str, ...]:
        """The options that hold ids. A written cell becomes two: the question, and the answer."""
        return ("question", "id") if self.role is Role.WRITTEN else ("id",)

    def role_of(self, option: str) -> Role:
        return Role.GIVEN if option == "question" else self.role


@dataclass(frozen=True)
class CourseText:
    """What one text says."""

    edition: int
    cells: tuple[Cell, ...]
    metadata: Mapping[str, JSON]  # what else of a cell goes into the notebook, by id
    lines: Mapping[str, int]  # where a cell stands, by id
    fresh: tuple[Fresh, ...]  # cells without an id: they got one, which is to be written into the text

    def notebook(self) -> JSON:
        """The instructor notebook. Its first paragraph says which edition it is."""
        cells = [cell_json(cell, metadata=self.metadata[cell.id]) for cell in self.cells]
        prose = next((cell for cell in cells if cell["cell_type"] == "markdown"), None)
        if prose is not None:
            prose["source"] = with_edition(prose["source"], self.edition)
        return notebook_json(cells, noted={"edition": self.edition})

    def master(self, path: Path) -> Notebook:
        return Notebook(path.parent.name, path.stem, self.cells, edition=self.edition)


def read_course_text(
    path: Path, exercises: Collection[str], source: Notebook | None = None, taken: Collection[str] = ()
) -> CourseText:
    """Read a text into the cells of an instructor notebook.

    Args:
        path: `course/<assignment>/<name>.md`.
        exercises: the exercises that the assignment may use.
        source: what the text made last; None at first.
        taken: ids of older editions, that no new cell may get: students' files may hold them.

    Raises:
        CourseTextError: the text is not what the build can use; all of its problems at once.
    """
    if of_lines := problems_of_lines(_read(path)):
        raise CourseTextError([f"{path}:{line}: {problem}" for line, problem in of_lines])
    notebook = _parse(path)
    cells = _cells(notebook)
    edition = notebook["metadata"].get("edition", 1)
    problems = [f"{path}:1: {problem}" for problem in _problems_of_edition(edition)]
    problems += [f"{path}:{cell.line}: {problem}" for cell in cells for problem in _problems(cell, exercises)]
    problems = problems or [f"{path}:{line}: {problem}" for line, problem in _problems_between(cells)]
    numbers = {} if problems else _numbers(path, cells)
    problems = problems or [
        f"{path}:{cell.line}: {problem}"
        for cell in cells
        for problem in problems_of_counts(cell.kind, cell.text, numbers)
    ]
    problems = problems or [f"{path}:{cell.line}: {problem}" for cell in cells for problem in _problems_of_code(cell)]
    if problems:
        raise CourseTextError(problems)
    cells = [replace(cell, text=with_counts(cell.text, numbers)) if cell.kind == "markdown" else cell for cell in cells]
    pinned = {value for cell in cells for value in cell.pinned.values()}
    return _with_ids(cells, edition, Ids(pinned, source, taken))


def _numbers(path: Path, cells: list[_TextCell]) -> dict[str, str]:
    """What the markers of a text stand for; its cells have no problems."""
    worth = [(cell, 0.0 if cell.optional else float(cell.metadata.get("points", 0))) for cell in cells]
    checks = {f"{cell.exercise}": points for cell, points in worth if cell.role is Role.CHECK}
    return numbers_of(path, checks, sum(points for cell, points in worth if cell.role is Role.WRITTEN))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise CourseTextError([f"{path}:1: the text is not in UTF-8 ({error}). Save it so."]) from error


def _parse(path: Path) -> JSON:
    spare_grammars()
    from jupytext.myst import MystMetadataParsingError, myst_to_notebook
    from nbformat import ValidationError

    try:
        return dict(myst_to_notebook(_read(path), add_source_map=True))
    except (MystMetadataParsingError, ValidationError) as error:
        mark = getattr(error.__context__, "problem_mark", None)  # of YAML; it counts from the line below ---
        if str(error).startswith("Notebook metadata") and mark is not None:
            what = getattr(error.__context__, "problem", None)
            problem = f"{mark.line + 2}: the front matter is no YAML ({what}): write `name: value` in each line."
        else:
            problem = f"1: not a MyST notebook that jupytext can read: {str(error).splitlines()[0]}"
        raise CourseTextError([f"{path}:{problem}"]) from error


def _cells(notebook: JSON) -> list[_TextCell]:
    return [
        _TextCell(cell["cell_type"], cell["source"], dict(cell["metadata"]), line + (cell["cell_type"] == "markdown"))
        for cell, line in zip(notebook["cells"], notebook["metadata"]["source_map"], strict=True)
    ]


def _problems_of_edition(edition: object) -> Iterator[str]:
    if type(edition) is not int or not 1 <= edition <= HIGHEST_EDITION:
        yield f"the edition in the front matter is a whole number from 1 on, but this one is {edition!r}."


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
    yield from _problems_of_ids(cell)
    yield from _problems_of_markers(cell)
    yield from problems_of_claims(cell.kind, cell.text)
    yield from problems_of_folds(cell.kind, cell.text)


def _problems_of_exercise(cell: _TextCell, exercises: Collection[str]) -> Iterator[str]:
    word, exercise = cell.role.value, cell.exercise
    if cell.role not in (Role.SOLUTION, Role.CHECK):
        if exercise is not None:
            yield f"a {word} cell has no exercise, but this one names {exercise!r}: is its role right?"
    elif exercise is None:
        yield f"a {word} cell without an exercise: add the line `:exercise: name_of_the_function`."
    elif exercise not in exercises:
        known = ", ".join(exercises) or "none yet"
        yield (
            f"{exercise!r} is no exercise of this assignment: there are {known}. They are declared in exercises/ of "
            "the package that has the assignment's section."
        )
    elif cell.role is Role.SOLUTION and not re.search(rf"^def {re.escape(exercise)}\(", cell.source, re.MULTILINE):
        yield f"the solution of {exercise!r} has no line `def {exercise}(...)` at the margin."


def _problems_of_points(cell: _TextCell) -> Iterator[str]:
    points, word = cell.metadata.get("points"), cell.role.value
    if "optional" in cell.metadata:
        yield from _problems_of_optional(cell)
    elif cell.role not in (Role.CHECK, Role.WRITTEN):
        if points is not None:
            yield f"a {word} cell has no points, but this one has {points!r}: is its role right?"
    elif points is None:
        yield f"a {word} cell without points: add the line `:points: 1`."
    elif isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points < 1000:
        yield f"points are a number from 0 to 1000, but these are {points!r}."
    elif cell.role is Role.CHECK and points == 0:
        yield (
            "a check cell is worth more than 0 points: whoever fails it must lose something. Where nobody must do it, "
            "write `:optional: true` in place of the points."
        )


def _problems_of_optional(cell: _TextCell) -> Iterator[str]:
    if cell.role is not Role.CHECK:
        yield f"a {cell.role.value} cell is not optional: the word belongs to the exercise's check cell."
    elif cell.metadata["optional"] is not True:
        yield f"optional is true or not there at all, but here it is {cell.metadata['optional']!r}."
    elif "points" in cell.metadata:
        yield f"an optional check has no points, but this one has {cell.metadata['points']!r}: take one of the two out."


def _problems_of_ids(cell: _TextCell) -> Iterator[str]:
    by_exercise = cell.role in (Role.SOLUTION, Role.CHECK)
    for option in ("id", "question"):
        value = cell.metadata.get(option)
        if option not in cell.metadata:
            continue
        if by_exercise or option not in cell.options:
            why = "its exercise is its id" if by_exercise else "only a written cell has that"
            yield f"a {cell.role.value} cell has no {option}, but this one has {value!r}: {why}. Take it out."
        elif not is_id(value):
            yield f"an id has 1 to 64 letters, digits, - or _, but this {option} is {value!r}."


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


def _problems_of_code(cell: _TextCell) -> Iterator[str]:
    if cell.kind == "code":
        yield from problems_of_code(cell.source)
        if cell.role is Role.CHECK and cell.exercise is not None:
            yield from problems_of_check(cell.source, cell.exercise)


def _problems_between(cells: list[_TextCell]) -> Iterator[tuple[int, str]]:
    """What is wrong with a cell beside the others: exercises twice, checks without a solution before them."""
    first: dict[tuple[Role, str], int] = {}
    named: dict[str, int] = {}
    for cell in cells:
        for value in cell.pinned.values():
            if value in named and (cell.role, cell.exercise) not in first:
                yield cell.line, f"a second cell with the id {value!r}; the first is in line {named[value]}."
            named.setdefault(value, cell.line)
        if cell.exercise is None:
            continue
        key = (cell.role, cell.exercise)
        if key in first:
            yield cell.line, f"a second {cell.role.value} cell of {cell.exercise!r}; the first is in line {first[key]}."
        elif cell.role is Role.CHECK and (Role.SOLUTION, cell.exercise) not in first:
            yield cell.line, f"the check of {cell.exercise!r} comes before any solution cell of it."
        first.setdefault(key, cell.line)


def _with_ids(cells: list[_TextCell], edition: int, ids: Ids) -> CourseText:
    """Expand each cell; one that has no id gets its own again, or one by its role and the heading it stands under."""
    found = [_found(cell, ids) for cell in cells]  # all of them first: what one had is not for another
    heading = "top"
    made: list[Cell] = []
    fresh: list[Fresh] = []
    metadata: dict[str, JSON] = {}
    lines: dict[str, int] = {}
    optional = {cell.exercise for cell in cells if cell.optional}
    for cell, known in zip(cells, found, strict=True):
        headings = _headings(cell)
        fresh.append(_fresh(cell, known, ids, headings[0] if headings else heading))
        for expanded in _expand(cell, {**cell.pinned, **fresh[-1].ids}):
            made.append(_marked(expanded) if expanded.exercise in optional else expanded)
            lines[expanded.id] = cell.line
            metadata[expanded.id] = {key: value for key, value in cell.metadata.items() if key in JUPYTERS}
        heading = headings[-1] if headings else heading
    return CourseText(edition, tuple(made), metadata, lines, tuple(one for one in fresh if one.ids))


def _fresh(cell: _TextCell, known: Mapping[str, str], ids: Ids, heading: str) -> Fresh:
    """The ids that the text does not have yet."""
    missing = [option for option in cell.options if option not in known]
    doubtful = tuple(lost for option in missing for lost in ids.still_lost(cell.role_of(option)))
    new = {option: ids.new(cell.role_of(option), heading) for option in missing}
    unpinned = {option: value for option, value in {**known, **new}.items() if option not in cell.pinned}
    return Fresh(cell.kind, cell.line, unpinned, doubtful)


def _found(cell: _TextCell, ids: Ids) -> dict[str, str]:
    """The ids that a cell has, or had when source/ was made of it."""
    found = dict(cell.pinned)
    text = cell.source.partition(f"### {BEGIN_SOLUTION}")[0] if cell.role is Role.WRITTEN else cell.source
    for option in cell.options:
        if option in found:
            continue
        answer = option == "id" and cell.role is Role.WRITTEN
        lost = ids.lost_after(found.get("question", "")) if answer else ids.lost(cell.role_of(option), text)
        if lost:
            found[option] = lost
    return found


def _expand(cell: _TextCell, ids: Mapping[str, str]) -> Iterator[Cell]:
    identifier, points = ids["id"], float(cell.metadata.get("points", 0))
    if cell.role is Role.WRITTEN:
        question, _, answer = cell.source.partition(f"### {BEGIN_SOLUTION}")
        yield Cell(ids["question"], Role.GIVEN, cell.kind, question.strip())
        model = f"### {BEGIN_SOLUTION}{answer}" if answer else ANSWER_HERE
        yield Cell(identifier, cell.role, cell.kind, model, points=points)
    else:
        yield Cell(identifier, cell.role, cell.kind, cell.source, cell.exercise, points)


def _marked(cell: Cell) -> Cell:
    """The cell of an optional exercise: where the answer is written, its first line says so."""
    return replace(cell, source=f"{OPTIONAL_HERE}\n{cell.source}") if cell.role is Role.SOLUTION else cell


def _headings(cell: _TextCell) -> list[str]:
    if cell.kind != "markdown" or cell.role is Role.WRITTEN:  # there "### BEGIN SOLUTION" is no heading
        return []
    return [slug(text) for text in re.findall(r"^#{1,6} +(.+)$", cell.source, re.MULTILINE)]
