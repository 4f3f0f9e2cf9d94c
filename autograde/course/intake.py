"""A submission is data: the notebook to grade is rebuilt from the master, with the student's answers put in.

*Trust*: the file and everything in it is the student's. Our cells come from the master; solution and written cells come
from the student by id; the student's own cells stand where they stood. Tags, metadata, outputs and locked cells of the
student count for nothing. What had to be mended is told in a note; what was deleted costs its own points only.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..contract.names import encodable, escaped
from ..inside.limits import BUDGETS
from .editions import master_for
from .handin import open_below, told
from .notebook import JSON, Cell, Notebook, Role, id_of, known_to_nbgrader, said_edition, source_of, without_hidden

__all__ = ["MAX_BYTES", "IntakeError", "blank", "parsed", "read_submission", "rebuild"]

MAX_BYTES = BUDGETS.submission_bytes  # a notebook full of pictures has a tenth of it
MAX_VALUES = BUDGETS.submission_values  # one costs up to 250 bytes when parsed; a notebook of the course has 3,000
MAX_CELLS = BUDGETS.submission_cells
MAX_SOURCE = BUDGETS.cell_characters
MAX_SOURCES = BUDGETS.cells_characters  # each cell is read, run, coloured and stored

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class IntakeError(Exception):
    """The file is no notebook. The text is for the student: what was expected, what came, what to do."""


def read_submission(path: Path, below: Path | None = None) -> bytes:
    """Read a submitted file: a regular one, of a sensible size, where it says it is.

    Never follows a link (it might show the student any file of the grader's) and never waits (for a pipe's writer).

    Args:
        path: submitted/<student>/<assignment>/<file>, or deeper.
        below: the student's folder; None: the one above the file's. Neither it nor what is below it may be a link.

    Raises:
        IntakeError: there is no such file, or it is something else; says what was there.
    """
    name = escaped(path.name)
    path = path.absolute()
    folder = below.absolute() if below else path.parent.parent
    try:
        descriptor = open_below(folder, path.relative_to(folder).parts)
    except FileNotFoundError as error:
        raise IntakeError(
            f"No file {name} was handed in. {told(path.parent)} "
            "Hand in the notebook itself, under the name it came with."
        ) from error
    except OSError as error:
        raise IntakeError(_not_a_file(name)) from error
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise IntakeError(_not_a_file(name))
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise IntakeError(
            f"{name} has {max(found.st_size, len(content)) / 2**20:.0f} MB; a notebook may have "
            f"{MAX_BYTES // 2**20} MB. Clear all outputs (Edit, Clear Outputs of All Cells), save, hand in again."
        )
    return content


def _not_a_file(name: str) -> str:
    return f"{name} is a link, a folder or a device, not a file. Hand in the notebook itself."


@dataclass(frozen=True)
class _Theirs:
    """One cell of the student's file, as far as it can be believed: some text."""

    id: str | None
    kind: str
    source: str
    of_a_course: bool = False  # nbgrader's metadata stand on it

    @property
    def unfinished(self) -> bool:
        return "# YOUR CODE HERE" in self.source and "raise NotImplementedError" in self.source


def rebuild(master: Notebook, content: bytes, former: Mapping[int, Notebook] | None = None) -> Notebook:
    """Put the student's answers into the master.

    Args:
        master: the instructor notebook.
        content: the submitted file.
        former: the masters of older editions that a file may be made from, by number.

    Returns:
        The notebook to grade. Its locked cells are the master's, whatever the file holds in their place.

    Raises:
        IntakeError: the file is no notebook.
    """
    notes: list[str] = []
    notebook = _parse(content, notes)
    theirs = _cells(notebook, notes)
    master = master_for(said_edition(notebook), {cell.id for cell in theirs if cell.id}, master, former or {})
    notes[:0] = master.notes
    matched = _match(master, theirs, notes)
    _refuse_another(master, theirs, matched)
    notes += _misplaced(master, theirs, matched)
    extras = _extras(master, theirs, matched)
    cells = list(extras[-1])
    for position, ours in enumerate(master.cells):
        answer = theirs[matched[ours.id]] if ours.id in matched else None
        cells += [*_answered(ours, answer, theirs, notes), *extras[position]]
    return replace(master, cells=tuple(cells), notes=tuple(notes))


def _refuse_another(master: Notebook, theirs: Sequence[_Theirs], matched: Mapping[str, int]) -> None:
    """A notebook of a course, and nothing in it that this one asks for: it is another one under this one's name."""
    asked = [cell for cell in master.cells if cell.graded or cell.role is Role.SOLUTION]
    # all notebooks leave the same words where an answer is to be written: those say nothing
    there = (cell for cell in asked if cell.id in matched)
    ours = any(cell.role is not Role.WRITTEN or theirs[matched[cell.id]].id == cell.id for cell in there)
    if asked and not ours and any(cell.of_a_course for cell in theirs):
        lines = (line for cell in theirs if cell.kind == "markdown" for line in cell.source.split("\n", 20)[:20])
        title = next((f', "{escaped(line.strip("# "), 60)}"' for line in lines if line.startswith("#")), "")
        raise IntakeError(
            f"The file holds another notebook{title}: none of its cells is one that {master.name} asks for. "
            f"Hand in {master.name}.ipynb."
        )


def _misplaced(master: Notebook, theirs: Sequence[_Theirs], matched: Mapping[str, int]) -> Iterator[str]:
    """Tell of answers that were typed into cells of ours, which are put back as they were."""
    solutions = [cell for cell in master.cells if cell.role is Role.SOLUTION]
    for ours in master.cells:
        if not ours.locked or ours.id not in matched:
            continue
        typed = theirs[matched[ours.id]]
        if _as_released(typed.source) == _as_released(ours.source):
            continue
        where = f"the check cell of {ours.called}" if ours.role is Role.CHECK else f"the locked cell {ours.id}"
        for wanted in solutions:
            if _writes(typed.source, wanted) and not _writes(ours.source, wanted):
                yield f"What you wrote in {where} does not count: write it in the cell for {wanted.exercise}."


def _writes(source: str, ours: Cell) -> bool:
    """Whether the text gives the exercise's name a meaning, also inside a condition."""
    name = re.escape(ours.exercise or "")
    bound = rf"^[ \t]{{0,80}}(?:(?:async[ ]{{1,9}})?def[ ]{{1,9}}{name}[ ]{{0,9}}\(|{name}[ ]{{0,9}}=(?!=))"
    return bool(name) and re.search(bound, source, re.MULTILINE) is not None


def parsed(content: bytes) -> JSON:
    """Return what a submitted file holds, as JSON, within the bounds that grading has.

    Raises:
        IntakeError: it is no JSON object, or one that no notebook is.
    """
    return _parse(content, [])


def blank(master: Notebook, reason: str) -> Notebook:
    """The notebook of somebody whose file could not be read: ours without any answer, and the reason as its note."""
    answers = (Role.SOLUTION, Role.WRITTEN)
    cells = tuple(replace(cell, source="") if cell.role in answers else cell for cell in master.cells)
    return replace(master, cells=cells, notes=(reason,))


def _answered(ours: Cell, answer: _Theirs | None, theirs: Sequence[_Theirs], notes: list[str]) -> Iterator[Cell]:
    """Yield the cell as it is graded: ours if locked, else with the student's text."""
    if ours.locked:
        if answer is None and ours.role is Role.CHECK:
            notes.append(f"The check of {ours.called} was deleted. It was put back.")
        elif answer and ours.role is Role.GIVEN and answer.source.strip() != ours.source.strip():
            notes.append(f"The locked cell {ours.id} was changed. The original was used.")
        yield ours
    elif ours.role is Role.PROSE:
        if answer is not None and answer.kind != "raw":
            yield replace(ours, kind=answer.kind, source=answer.source)
    elif answer is not None:
        if answer.kind != ours.kind and ours.kind == "code":
            notes.append(f"The cell for {ours.called} was no code cell. It was run as code.")
        yield replace(ours, source=answer.source)
    else:
        yield replace(ours, source=_merged(ours, theirs, notes))


def _merged(ours: Cell, theirs: Sequence[_Theirs], notes: list[str]) -> str:
    """The source of a lost solution: that of whatever cell now defines its function, else nothing."""
    found = [cell for cell in theirs if cell.kind != "raw" and _defines(cell, ours)]
    if found:
        notes.append(f"The cell for {ours.exercise} was merged with another one. It was found by its `def` line.")
        return found[-1].source
    notes.append(f"The cell for {ours.exercise or 'the written answer ' + ours.id} was deleted.")
    return ""


def _defines(cell: _Theirs, ours: Cell) -> bool:
    if ours.role is not Role.SOLUTION or ours.exercise is None:
        return False
    return re.search(rf"^(async )?def {re.escape(ours.exercise)}\s*\(", cell.source, re.MULTILINE) is not None


def _match(master: Notebook, theirs: Sequence[_Theirs], notes: list[str]) -> dict[str, int]:
    """Which of their cells stands for which of ours: by id, then by an unchanged text, then by its `def` line."""
    matched: dict[str, int] = {}
    for ours in master.cells:
        found = [index for index, cell in enumerate(theirs) if cell.id == ours.id]
        found = [index for index in found if theirs[index].kind != "raw"] or found  # a copy that was put aside is none
        if not found:
            continue
        matched[ours.id] = [index for index in found if not theirs[index].unfinished or index == found[0]][-1]
        if len(found) > 1 and not ours.locked and ours.role is not Role.PROSE:
            notes.append(f"There were {len(found)} cells for {ours.called}. The last written one counts.")
    taken = set(matched.values())
    free = [index for index in range(len(theirs)) if index not in taken]
    released = {index: _as_released(theirs[index].source) for index in free}
    for ours in master.cells:
        if ours.id in matched:
            continue
        wanted = _as_released(ours.source)
        same = [index for index in free if released[index] == wanted]
        by_def = [index for index in free if theirs[index].kind != "markdown" and _defines(theirs[index], ours)]
        defining = [index for index in by_def if theirs[index].kind == "code"] or by_def
        if defining:
            notes.append(f"The cell for {ours.exercise} had lost its id. It was found by its `def` line.")
        if chosen := same[:1] or defining[-1:]:
            matched[ours.id] = chosen[0]
            free.remove(chosen[0])
    return matched


def _as_released(source: str) -> str:
    return without_hidden(source).strip()


def _extras(master: Notebook, theirs: Sequence[_Theirs], matched: dict[str, int]) -> dict[int, list[Cell]]:
    """The student's own cells by the position in the master that they stood after; -1: before all."""
    positions = {matched[cell.id]: position for position, cell in enumerate(master.cells) if cell.id in matched}
    taken = {cell.id for cell in master.cells}
    extras: dict[int, list[Cell]] = {position: [] for position in range(-1, len(master.cells))}
    here, count = -1, 0
    for index, cell in enumerate(theirs):
        if index in positions:
            here = positions[index]
        elif cell.source.strip() and cell.kind != "raw":
            count += 1
            while (identifier := f"extra-{count}") in taken:
                count += 1
            extras[here].append(Cell(identifier, Role.EXTRA, cell.kind, cell.source))
    return extras


# --- from bytes to cells


def _parse(content: bytes, notes: list[str]) -> JSON:
    text = _decode(content, notes)
    if not text.strip():
        raise IntakeError("The file is empty. Save the notebook, look at it once more, and hand it in again.")
    if _values(text) > MAX_VALUES:
        raise IntakeError(
            f"The file holds more than {MAX_VALUES:,} lists, names and values; a notebook has a few thousand. "
            "Clear all outputs (Edit, Clear Outputs of All Cells), save, hand in again."
        )
    try:
        notebook = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        whole = text.strip()
        cut_off = error.pos >= len(text.rstrip()) - 1 or (whole.startswith("{") and not whole.endswith("}"))
        where = "ends in the middle, as after an upload that broke off"
        if not cut_off:
            where = f"is not JSON from line {error.lineno} on"
        raise IntakeError(f"The file {where}. Hand in the .ipynb file that Jupyter saved, unedited.") from error
    except (ValueError, RecursionError) as error:
        raise IntakeError(
            "The file is JSON that no notebook holds. Hand in the .ipynb file that Jupyter saved."
        ) from error
    if not isinstance(notebook, dict):
        raise IntakeError(f"The file holds a {_json_name(notebook)}, not a notebook. Hand in the .ipynb file.")
    return notebook


def _values(text: str) -> int:
    """How many values a JSON text has at the most, in a few times its own memory, without parsing it.

    A comma or an opening bracket stands before each, outside of strings. Escapes are taken out first, so that every
    quote left begins or ends a string. In a text that is no JSON this is so up to its first error, where parsing ends.
    """
    plain = text.encode("utf-8", errors="replace").replace(b"\\\\", b"").replace(b'\\"', b"")
    strings = plain.count(b'"') // 2
    if strings > MAX_VALUES:  # to take them apart would cost what parsing does
        return strings
    outside = b"".join(plain.split(b'"')[::2])
    return 1 + sum(map(outside.count, (b",", b"[", b"{")))


def _json_name(value: Any) -> str:
    return {list: "list", str: "string", bool: "truth value", type(None): "null"}.get(type(value), "number")


def _decode(content: bytes, notes: list[str]) -> str:
    """Decode by its byte-order mark, else as UTF-8, else as what an editor on Windows may have made of it."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            text = content[len(mark) :].decode(encoding, errors="replace")
            break
    else:
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
            notes.append("The file was not in UTF-8. It was read as Windows-1252; letters with accents may be wrong.")
    if "\0" in text:
        text = text.replace("\0", "")
        notes.append("The file held zero bytes. They were taken out.")
    return text


def _cells(notebook: JSON, notes: list[str]) -> list[_Theirs]:
    """The cells of format 4, or of the formats before it, which keep them in worksheets."""
    raw = notebook.get("cells")
    if not isinstance(raw, list):
        raw = _worksheets(notebook.get("worksheets"))
        if raw is None:
            raise IntakeError("The file is JSON without cells, so it is no notebook. Hand in the .ipynb file.")
        notes.append("The file was in an old format of notebooks.")
    if len(raw) > MAX_CELLS:
        notes.append(f"The file had {len(raw)} cells. Only the first {MAX_CELLS} were looked at.")
    cells = [_their_cell(cell, notes) for cell in raw[:MAX_CELLS] if isinstance(cell, dict)]
    return list(_within_room(cells, notes))


def _within_room(cells: Sequence[_Theirs], notes: list[str]) -> Iterator[_Theirs]:
    room, told = MAX_SOURCES, False
    for cell in cells:
        room -= len(cell.source)
        if room >= 0:
            yield cell
            continue
        yield replace(cell, source="")
        if not told:
            notes.append(f"All cells together had more than {MAX_SOURCES} characters. What came after was left out.")
            told = True


def _worksheets(sheets: Any) -> list[Any] | None:
    if not isinstance(sheets, list):
        return None
    return [
        {**cell, "source": cell.get("source", cell.get("input", ""))}
        for sheet in sheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
        if isinstance(cell, dict)
    ]


def _their_cell(cell: JSON, notes: list[str]) -> _Theirs:
    identifier, kind = id_of(cell), cell.get("cell_type")
    source = encodable(source_of(cell))
    if len(source) > MAX_SOURCE:
        notes.append(f"A cell had {len(source)} characters. It was left out: more than {MAX_SOURCE} is no answer.")
        source = ""
    known = {"code": "code", "markdown": "markdown", "heading": "markdown"}
    kind = known.get(kind, "raw") if isinstance(kind, str) else "raw"
    return _Theirs(identifier, kind, source, known_to_nbgrader(cell))
