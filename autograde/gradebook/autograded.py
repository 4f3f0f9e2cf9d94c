"""What a graded submission looks like: the notebook in autograded/, for formgrader and for feedback.

*Trust*: text cells and everything printed are the student's. Nothing of theirs may run in, or load anything into, the
browser that shows it. Whoever shows this notebook (formgrader, JupyterLab) makes its own HTML of it and typesets its
formulas with MathJax, so the Markdown itself is made harmless here; `texts` sanitises our own pages, besides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from machine_room.translation import say

from ..contract.names import readable
from ..contract.verdict import CellOutput, CellVerdict, Outcome, Verdict
from ..course.intake import IntakeError, read_submission
from ..course.notebook import (
    JSON,
    Cell,
    Notebook,
    Role,
    cell_json,
    id_of,
    notebook_json,
    role_of,
    source_of,
    tell_nbgrader,
    to_text,
    without_hidden,
)
from .allowance import Allowance
from .pictures import Pixels
from .pieces import NO_FORMULAS, drawn, in_pieces, lines, result

__all__ = ["autograded_notebook", "harmless_markdown", "is_of", "shows_answers_of"]

NOTES_ID = "intake-notes"
ANSWERS = (Role.SOLUTION, Role.WRITTEN)
#: What MathJax takes for more than a formula: links, styles, programs, files, and definitions by which to spell them.
ACTIVE_TEX = re.compile(
    r"\\(?=(?:href|url|style|class|cssId|html|data|unicode|require|include|import|input|bbox|mml|tooltip|texttip|toggle"
    r"|mathtip|action|def|gdef|edef|xdef|let|futurelet|new|renew|provide|Declare|csname|char|catcode|begingroup|sandbox"
    r"|(?:ce|pu)(?![A-Za-z])))",
    re.IGNORECASE,
)
#: What is drawn by a program of its own.
DIAGRAM = re.compile(r"(`{3,}|~{3,})(?=\s*mermaid)", re.IGNORECASE)


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
    allowance, pixels = Allowance(), Pixels()
    cells = [_notes(verdict)] if verdict.notes else []
    for cell in (*graded.cells, *graded.not_asked):
        if cell.id not in ours or ours[cell.id].role is not cell.role:  # of an older edition: not in the gradebook
            cell = replace(cell, role=Role.EXTRA)
        if cell.kind == "markdown" and cell != ours.get(cell.id):
            cell = replace(cell, source=harmless_markdown(cell.source, allowance))
        plain = cell_json(cell, metadata={"deletable": False, "editable": False} if cell.locked else None)
        if cell.id in checksums:
            tell_nbgrader(plain, checksum=checksums[cell.id], cell_type=cell.kind)
        if cell.kind == "code":
            judged, output = said.get(cell.id), outputs.get(cell.id)
            if graded.judging.some_together and cell.exercise is None:
                plain["outputs"] = in_pieces(cell, judged, output, pixels)
            else:
                plain["outputs"] = [*_printed(output, pixels), *_told(cell, judged)]
        cells.append(plain)
    noted = {"engine": verdict.engine.digest, "key": verdict.key, "edition": graded.edition}
    return to_text(notebook_json(cells, noted=noted))


def is_of(text: bytes, verdict: Verdict) -> bool:
    """Whether a notebook of autograded/ was written for exactly this verdict.

    One that 0.1.0 wrote names no engine; its key covers it. Quotes of the student's are escaped in the file.
    """
    engine = f'"engine": "{verdict.engine.digest}"'.encode()
    return f'"key": "{verdict.key}"'.encode() in text and (engine in text or b'"engine": "' not in text)


def shows_answers_of(path: Path, graded: Notebook) -> bool:
    """Whether a notebook of autograded/ was made of the same file, as far as answers and the student's own cells tell.

    The master may have been another one then: a cell of it that is gone since is the student's own cell now.
    """
    try:
        cells = json.loads(read_submission(path))["cells"]
        shown = [
            (role_of(cell), id_of(cell), _shown(str(cell.get("cell_type")), source_of(cell)))
            for cell in cells
            if id_of(cell) != NOTES_ID
        ]
    except (IntakeError, ValueError, KeyError, TypeError):
        return False
    answers = {cell_id: source for role, cell_id, source in shown if role in ANSWERS}
    texts = {without_hidden(source).strip() for _, _, source in shown}
    own = {_shown(cell.kind, cell.source) for cell in graded.cells if cell.role is Role.EXTRA}
    return (
        all(_shown(cell.kind, cell.source) == answers.get(cell.id, "") for cell in graded.cells if cell.role in ANSWERS)
        and {text.strip() for text in own} <= texts
        and {source for role, _, source in shown if role is Role.EXTRA} <= own
    )


def _shown(kind: str, source: str) -> str:
    """The text as it is compared: 0.1.0 took less out of Markdown than we do, and what was taken out stays out."""
    return harmless_markdown(source) if kind == "markdown" else source


def harmless_markdown(text: str, allowance: Allowance | None = None) -> str:
    """The student's Markdown without HTML, active TeX and pictures, and with links to the web and the page itself only.

    A `<` that could open a tag gets a blank after it, which no formula minds; so do an `&` that could spell another
    character and the backslash of a command that links or styles. A link to `javascript:` is none once its brackets
    stand apart. A picture, which would be loaded as soon as it is seen, becomes a link.

    Args:
        text: the cell.
        allowance: what the notebook's other texts left. A text for which that is not enough is shown as it stands.
    """
    if not (allowance or Allowance()).for_text(text):
        return _as_it_stands(text)
    text = re.sub(r"<(?=[A-Za-z/!?])", "< ", text)
    text = re.sub(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)", "& ", text)
    text = ACTIVE_TEX.sub(lambda found: f"{found[0]} ", text)
    text = DIAGRAM.sub(r"\1text ", text)
    text = re.sub(r"!+\[", "[picture: ", text)
    return re.sub(r"\](?=[(:])(?!.\s*(https?://|#))", "] ", text, flags=re.DOTALL)


def _as_it_stands(text: str) -> str:
    """The text in a fence longer than any in it: no Markdown is looked for, which can take hours in a hostile text."""
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`{3,}", text)), default=2))
    return f"{fence}\n{text}\n{fence}"


def _notes(verdict: Verdict) -> JSON:
    lines = [
        say("**What had to be mended in your file**"),
        "",
        *(f"- {harmless_markdown(readable(note))}" for note in verdict.notes),
    ]
    return cell_json(Cell(NOTES_ID, Role.EXTRA, "markdown", "\n".join(lines)))


def _printed(output: CellOutput | None, pixels: Pixels) -> Iterator[JSON]:
    """What the student's cell printed, showed and raised."""
    if output is None:
        return
    for name, text in (("stdout", output.stdout), ("stderr", output.stderr)):
        if text:
            yield {"output_type": "stream", "name": name, "text": lines(text)}
    for image in output.images:
        yield drawn(image, pixels)
    if output.error:
        last = readable(output.error).strip().split("\n")[-1]
        name, _, message = last.partition(": ")
        traceback = readable(output.error).split("\n")
        yield {"output_type": "error", "ename": name[:80], "evalue": message[:500], "traceback": traceback}
    elif output.result:
        yield result(output.result)


def _told(cell: Cell, said: CellVerdict | None) -> Iterator[JSON]:
    """What a check said, and the points that nbgrader reads from the cell."""
    if cell.role is not Role.CHECK:
        return
    if said is None or said.points is None:  # without an output nbgrader would give full marks
        reason = said.text if said else say("This check was not graded.")
        outcome = said.outcome if said else Outcome.GRADER_ERROR
        yield {"output_type": "error", "ename": outcome.value, "evalue": "", "traceback": lines(reason)}
        return
    data: JSON = {"text/plain": lines(said.text or said.hint or said.outcome.value)}
    if said.html:
        data["text/html"] = lines(NO_FORMULAS.format(said.html))
    yield {"output_type": "display_data", "data": data, "metadata": {}}
    yield result(repr(float(said.points)))
