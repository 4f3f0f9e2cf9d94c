"""course/ -> source/ -> release/: the same bytes on every machine, or a list of where they differ.

Written besides: the start notebook, which has no master; the ids of new cells into the text; where the text is of a new
edition, the master of the former one into editions/; in a clone the table of points that the library has; and what
makes the course be in another language.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from machine_room.translation import ENGLISH, TABLE

from ..contract.failures import CourseError
from ..contract.names import escaped
from .belongings import remove
from .beside import NOT_DATA, is_ignored, of_course
from .catalogues import compiled, language_text, place_of_catalogue
from .editions import problems_of_edition, read_former
from .folder import Course
from .notebook import Notebook, Role, read_master, to_text
from .pins import pin
from .points import place_of_points, points_text
from .release import generate_release
from .start import NAME as START
from .start import PLACE as START_PLACE
from .start import TEXT as START_TEXT
from .start import start_notebook
from .text import CourseText, CourseTextError, read_course_text

__all__ = ["Drift", "How", "build", "files_below", "leftovers", "prune"]

MADE = ("source", "release")


class How(StrEnum):
    """How a file differs from what course/ makes."""

    MISSING = "is missing"
    DIFFERS = "differs"
    EXTRA = "comes from nothing in course/"
    UNPINNED = "has cells without an id"


@dataclass(frozen=True)
class Drift:
    """One file or folder that is not what course/ makes; the path is relative to the course folder."""

    path: Path
    how: How
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.path.as_posix()} {self.how.value}{self.detail and f' ({self.detail})'}"

    @property
    def mended(self) -> str:
        """What to say once it is written."""
        done = "has ids for its new cells now" if self.how is How.UNPINNED else "is up to date now"
        return f"{self.path.as_posix()} {done}{self.detail and f' ({self.detail})'}"


def build(root: Path, assignments: Sequence[str] | None = None, *, check: bool = False) -> list[Drift]:
    """Make source/ and release/ of the assignments and return what was, or with `check` is, not as it should be.

    Args:
        root: the course folder, with course/ in it.
        assignments: which; None for all.
        check: write nothing.

    Raises:
        CourseTextError: texts that cannot be built, with file and line; the other assignments are built all the same.
        CourseError: no such assignment, or nbgrader refused.
    """
    problems: list[str] = []
    drifted: list[Drift] = []
    names = _assignments(root, assignments)
    with TemporaryDirectory() as folder, Course(root).in_use():
        made = Path(folder)
        for assignment in names:
            try:
                drifted += _make(root, assignment, made)
            except CourseTextError as error:
                problems += error.problems
                continue
            for part in MADE:
                drifted += _drift(root, made, Path(part) / assignment)
        problems += _in_two_assignments(root, made)
        try:
            drifted += _beside(root, made)
        except CourseTextError as error:
            problems += error.problems
        if not check:
            for drift in drifted:
                _mend(root, made, drift)
    if check and assignments is None:
        drifted += _strangers(root, names)
    if problems:
        raise CourseTextError(problems)
    return sorted(drifted, key=lambda drift: drift.path)


def _assignments(root: Path, wanted: Sequence[str] | None) -> list[str]:
    present = sorted({path.parent.name for path in (root / "course").glob("*/*.md")})
    unknown = sorted(set(wanted or ()) - set(present))
    if unknown or not present:
        raise CourseError(
            f"No text course/{escaped(unknown[0]) if unknown else '<assignment>'}/<name>.md in {root}. Assignments "
            f"there: {', '.join(present) or 'none'}. Correct the name, or name the course folder with --course."
        )
    return [name for name in present if wanted is None or name in wanted]


def _beside(root: Path, made: Path) -> Iterator[Drift]:
    """Make the start notebook and the library's table of points under `made`; yield what is otherwise, or missing."""
    start = start_notebook(root)
    if start is not None:
        _kept(made, START_PLACE, start, How.DIFFERS)
        yield from _drift(root, made, START_PLACE.parent)
    points = place_of_points(root, Course(root).packages())
    if (root / points.parent).is_dir():
        text, place = points_text(_masters(root, made)), root / points
        there = place.read_text(encoding="utf-8") if place.exists() else None
        if there != text:
            yield _kept(made, points, text, How.MISSING if there is None else How.DIFFERS)
    yield from _of_the_language(root, made)


def _of_the_language(root: Path, made: Path) -> Iterator[Drift]:
    """Make what tells the package which language the course is in, and the translations as they are read."""
    language, own = Course(root).settings().language, Course(root).packages()
    table = place_of_points(root, own).parent / TABLE
    if language == ENGLISH:
        if (root / table).exists():
            yield Drift(table, How.EXTRA)
        return
    ready = place_of_catalogue(root, own, language).with_suffix(".mo")
    for path, content in ((table, language_text(language).encode()), (ready, compiled(root, own, language))):
        there = (root / path).read_bytes() if (root / path).exists() else None
        if content is None and there is not None:
            yield Drift(path, How.EXTRA)
        elif content is not None and there != content:
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_bytes(content)
            yield Drift(path, How.MISSING if there is None else How.DIFFERS)


def _masters(root: Path, made: Path) -> Iterator[Notebook]:
    """Yield what each text makes: made just now, or as source/ has it."""
    for text in sorted((root / "course").glob("*/*.md")):
        place = Path("source") / text.parent.name / f"{text.stem}.ipynb"
        if master := _last_built(made / place) or _last_built(root / place):
            yield master


def _in_two_assignments(root: Path, made: Path) -> Iterator[str]:
    """A function that two notebooks ask for: its name says which exercise it is, so only one of them could count."""
    first: dict[str, Notebook] = {}
    for master in _masters(root, made):
        for cell in master.cells:
            if cell.role is not Role.CHECK or cell.exercise is None:
                continue
            other = first.setdefault(cell.exercise, master)
            if other is not master:
                text = root / "course" / master.assignment / f"{master.name}.md"
                yield (
                    f"{text}:{_line_of(text, cell.exercise)}: {cell.exercise!r} is asked for in {other.assignment} "
                    "already: give one of the two another name, or take it out."
                )


def _line_of(text: Path, exercise: str) -> int:
    """The line of the text that names an exercise; 1 where none does."""
    lines = text.read_text(encoding="utf-8").split("\n")
    return next((number for number, line in enumerate(lines, 1) if line == f":exercise: {exercise}"), 1)


def _make(root: Path, assignment: str, made: Path) -> list[Drift]:
    """Make the assignment's source and release under `made`; return what is not as it should be beside these."""
    origin, source = root / "course" / assignment, made / "source" / assignment
    source.mkdir(parents=True)
    problems: list[str] = []
    drifted: list[Drift] = []
    for path in files_below(origin):
        if path.suffix == ".md" and path.parent == origin:
            try:
                drifted += _make_notebook(root, path, made)
            except CourseTextError as error:
                problems += error.problems
        else:
            problems += _problems_of_file(origin, path)
            target = source / path.relative_to(origin)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    problems += _problems_of_size(origin)
    if problems:
        raise CourseTextError(problems)
    generate_release(made, assignment)
    return drifted


def _problems_of_file(origin: Path, path: Path) -> Iterator[str]:
    """What goes to students as it is, and should not."""
    if path.suffix == ".ipynb":
        yield (
            f"{path}:1: a notebook beside the text would go to students as it is, with a master's rights in source/. "
            f"Write what belongs to the course into a text .md, and move the rest out of {origin}."
        )
    elif path.suffix in (".py", ".so"):
        yield (
            f"{path}:1: a module beside a notebook can be imported at home and not where work is graded. Put it into "
            "a package of the course's own, lib/<package>/ (docs/adapting.md)."
        )


def _problems_of_size(origin: Path) -> Iterator[str]:
    try:
        of_course(origin, NOT_DATA)
    except CourseError as error:
        yield f"{origin}:1: {error}"


def _make_notebook(root: Path, path: Path, made: Path) -> Iterator[Drift]:
    """Make one text's master; beside it the text with the ids of its new cells, and the master of a former edition."""
    assignment, name = path.parent.name, f"{path.stem}.ipynb"
    place = Path("source") / assignment / name
    source, former = _last_built(root / place), read_former(Course(root).former(assignment, path.stem))
    known = {cell.id for one in former.values() for cell in one.cells}
    exercises = [exercise.name for exercise in Course(root).exercises(assignment)]
    text = read_course_text(path, exercises, source, known)
    now = text.master(path)
    problems = _lost_ids(text) or [f"1: {one}" for one in problems_of_edition(now, source, former)]
    if problems:
        raise CourseTextError([f"{path}:{problem}" for problem in problems])
    (made / place).write_text(to_text(text.notebook()), encoding="utf-8")
    if text.fresh:
        pinned = pin(path.read_text(encoding="utf-8"), text.fresh)
        yield _kept(made, path.relative_to(root), pinned, How.UNPINNED, "; ".join(map(str, text.fresh)))
    if source and source.edition < now.edition and source.edition not in former:
        stored = Path("editions") / assignment / str(source.edition) / name
        yield _kept(made, stored, (root / place).read_text(encoding="utf-8"), How.MISSING)


def _kept(made: Path, path: Path, text: str, how: How, detail: str = "") -> Drift:
    (made / path).parent.mkdir(parents=True, exist_ok=True)
    (made / path).write_text(text, encoding="utf-8")
    return Drift(path, how, detail)


def _last_built(path: Path) -> Notebook | None:
    """What source/ holds; a file that is no notebook any more is made anew."""
    try:
        return read_master(path) if path.exists() else None
    except CourseError:
        return None


def _lost_ids(text: CourseText) -> list[str]:
    """Where a new cell may be an old one that was rewritten and has lost its id: nobody but the author knows."""
    return [
        f"{cell.line}: a cell without an id, and {', '.join(cell.doubtful[:3])} of source/ is in no cell any more. "
        "If it is this one, write that id here. If this is a new cell, give it another id."
        for cell in text.fresh
        if cell.doubtful
    ]


def files_below(folder: Path) -> Iterator[Path]:
    """What of a folder of course/, source/ or release/ is the course's, in order."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(is_ignored(part, NOT_DATA) for part in path.relative_to(folder).parts):
            yield path


def _drift(root: Path, made: Path, part: Path) -> Iterator[Drift]:
    right = {path.relative_to(made) for path in files_below(made / part)}
    there = {path.relative_to(root) for path in files_below(root / part)}
    for path in sorted(right | there):
        if path not in there:
            yield Drift(path, How.MISSING)
        elif path not in right:
            yield Drift(path, How.EXTRA)
        elif (root / path).read_bytes() != (made / path).read_bytes():
            yield Drift(path, How.DIFFERS)


def _mend(root: Path, made: Path, drift: Drift) -> None:
    target = root / drift.path
    if drift.how is How.EXTRA:
        target.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made / drift.path, target)


def leftovers(root: Path) -> list[Drift]:
    """What in source/ and release/ comes from no text any more: of an assignment that was dropped or renamed."""
    return sorted(_strangers(root, _assignments(root, None)), key=lambda drift: drift.path)


def prune(root: Path) -> list[Path]:
    """Remove the leftovers, and return what they were. Hand-ins, editions and grades stay."""
    gone = [drift.path for drift in leftovers(root)]
    for path in gone:
        remove(root / path)
    return gone


def _strangers(root: Path, names: Sequence[str]) -> Iterator[Drift]:
    """What no text makes, whole folders too. Deleted only when asked for: it may be someone's work."""
    for part in MADE:
        for path in (root / part).glob("*"):
            ours = path.name in names or (
                part == START_PLACE.parts[0] and path.name == START and (root / START_TEXT).exists()
            )
            if not ours and not is_ignored(path.name, NOT_DATA):
                yield Drift(path.relative_to(root), How.EXTRA)
