"""What a graded submission looks like: the notebook in autograded/, for formgrader and for feedback.

*Trust*: text cells and everything printed are the student's. Nothing of theirs may run in the browser that shows it:
their Markdown cannot open an HTML tag here, and their output stays text, which nbconvert escapes.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ..contract.names import readable
from ..contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from ..course.notebook import JSON, Cell, Notebook, Role, cell_json, notebook_json, tell_nbgrader, to_text

__all__ = ["autograded_notebook", "harmless_markdown", "write_autograded"]

NOTES_ID = "intake-notes"
MAX_MARKDOWN = 10_000  # characters of a text cell that are formatted; a written answer has a tenth of it
MAX_BLANKS = 300  # in a row: in a fence of Python they take the square of their number


def autograded_notebook(master: Notebook, graded: Notebook, verdict: Verdict, checksums: Mapping[str, str]) -> str:
    """The graded submission as the text of an .ipynb file.

    nbgrader's `determine_grade` reads the verdict's points from it: every check cell ends in a plain number.

    Args:
        master: the instructor notebook.
        graded: the submission as it was rebuilt.
        verdict: what grading said.
        checksums: nbgrader's, by cell id.
    """
    ours = {cell.id: cell for cell in master.cells}
    said = {cell.cell_id: cell for cell in verdict.cells}
    outputs = {output.cell_id: output for output in verdict.outputs}
    cells = [_notes(verdict)] if verdict.notes else []
    for cell in (*graded.cells, *graded.not_asked):
        if cell.id not in ours or ours[cell.id].role is not cell.role:  # of an older edition: not in the gradebook
            cell = replace(cell, role=Role.EXTRA)
        if cell.kind == "markdown" and cell != ours.get(cell.id):
            cell = Cell(cell.id, cell.role, cell.kind, harmless_markdown(cell.source), cell.exercise, cell.points)
        plain = cell_json(cell, metadata={"deletable": False, "editable": False} if cell.locked else None)
        if cell.id in checksums:
            tell_nbgrader(plain, checksum=checksums[cell.id], cell_type=cell.kind)
        if cell.kind == "code":
            plain["outputs"] = [*_printed(outputs.get(cell.id)), *_told(cell, said.get(cell.id))]
        cells.append(plain)
    return to_text(notebook_json(cells, noted={"key": verdict.key, "edition": graded.edition}))


def harmless_markdown(text: str) -> str:
    """The student's Markdown without HTML, and without links to anything but the web and the page itself.

    A `<` that could open a tag gets a blank after it, which no formula minds. A link to `javascript:`, also one that is
    spelled otherwise (`java&#115;cript:`), is none once its brackets stand apart.
    """
    if len(text) > MAX_MARKDOWN or re.search(rf"\s{{{MAX_BLANKS}}}", text):
        return _as_it_stands(text)
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", text)
    return re.sub(r"\](?=[(:])(?!.\s*(https?://|#))", "] ", text, flags=re.DOTALL)


def _as_it_stands(text: str) -> str:
    """The text in a fence longer than any in it: no Markdown is looked for, which can take hours in a hostile text."""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`{3,}", text)), default=2))
    return f"{fence}\n{text}\n{fence}"


def _notes(verdict: Verdict) -> JSON:
    lines = [
        "**What had to be mended in your file**",
        "",
        *(f"- {harmless_markdown(readable(note))}" for note in verdict.notes),
    ]
    return cell_json(Cell(NOTES_ID, Role.EXTRA, "markdown", "\n".join(lines)))


def _printed(output: CellOutput | None) -> Iterator[JSON]:
    """What the student's cell printed, showed and raised."""
    if output is None:
        return
    for name, text in (("stdout", output.stdout), ("stderr", output.stderr)):
        if text:
            yield {"output_type": "stream", "name": name, "text": _lines(text)}
    for image in output.images:
        data = {"image/png": base64.b64encode(image).decode("ascii")}
        yield {"output_type": "display_data", "data": data, "metadata": {"image/png": {"alt": "what the cell drew"}}}
    if output.error:
        last = readable(output.error).strip().split("\n")[-1]
        name, _, message = last.partition(": ")
        traceback = readable(output.error).split("\n")
        yield {"output_type": "error", "ename": name[:80], "evalue": message[:500], "traceback": traceback}
    elif output.result:
        yield _result(output.result)


def _told(cell: Cell, said: CellVerdict | None) -> Iterator[JSON]:
    """What a check said, and the points that nbgrader reads from the cell."""
    if cell.role is not Role.CHECK:
        return
    if said is None or said.points is None:  # without an output nbgrader would give full marks
        reason = said.text if said else "This check was not graded."
        outcome = said.outcome if said else Outcome.GRADER_ERROR
        yield {"output_type": "error", "ename": outcome.value, "evalue": "", "traceback": _lines(reason)}
        return
    data: JSON = {"text/plain": _lines(said.text or said.hint or said.outcome.value)}
    if said.html:
        data["text/html"] = _lines(said.html)
    yield {"output_type": "display_data", "data": data, "metadata": {}}
    yield _result(repr(float(said.points)))


def _result(text: str) -> JSON:
    return {
        "output_type": "execute_result",
        "data": {"text/plain": _lines(text)},
        "execution_count": None,
        "metadata": {},
    }


def _lines(text: str) -> list[str]:
    return readable(text).splitlines(keepends=True)


def write_autograded(path: Path, text: str) -> None:
    """Write the file as nbgrader leaves it, read-only, in one step: a killed run leaves the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}.half")
    try:
        half.write_text(text, encoding="utf-8")
        half.chmod(0o444)
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
